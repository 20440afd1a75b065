package source

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What Cisco's IOS and ASA say under "debug crypto ikev2" and "debug crypto isakmp". A message of IKEv2 goes over several lines, of which
// the first alone says whose it is:
//
//	IKEv2:(SESSION ID = 1,SA ID = 1):Received Packet [From 192.0.2.1:500/To 192.0.2.2:500/VRF i0:f0]
//	Initiator SPI : 112124CC538AC351 - Responder SPI : 0000000000000000 Message id: 0
//	IKEv2 IKE_SA_INIT Exchange REQUEST
//	IKEv2-ERROR:(SESSION ID = 1,SA ID = 1):: Failed to find a matching policy
//	ISAKMP:(0):Encryption algorithm offered does not match policy!
//	[IKEv1]: Group = 192.0.2.1, IP = 192.0.2.1, All SA proposals found unacceptable
type ciscoEvents struct {
	*daemonLog
	talks  talkList // by the number of the SA, by the peer's address
	now    *talk
	coming bool // the message whose lines follow was received
	lists  offerLists
}

func newCiscoEvents(p *daemonLog) grammar { return &ciscoEvents{daemonLog: p, now: &talk{}} }

var (
	ciscoV2       = pattern(`^IKEv2(?:-[A-Z]+)*(?:-\d+)?: ?(?:\((?:SESSION ID = \d+, ?)?(?:SA ID = |SESSION ID = )?(\d+)\))? ?[: ]*(.*)$`)
	ciscoV1       = pattern(`^ISAKMP(?:-[A-Z]+)?:? ?(?:\((?:\d+:)?(\d+)\))?: ?(.*)$`)
	ciscoASA      = pattern(`^(?:%(?:ASA|FTD)-\d-\d+: |\[IKEv1(?: \w+)?\](?:: )?)(?:Group = ([^,]+), )?(?:Username = [^,]+, )?(?:IP = ([0-9a-fA-F.:]+?)(?:, |: ))?(.*)$`)
	ciscoHosts    = behind(`^Local:(\S+?:\d+) Remote:(\S+?:\d+) `, "Local:")
	ciscoSyslog   = pattern(`^%(?:CRYPTO|IKEV2|PKI)-\d-\w+: (.*)$`)
	ciscoV2Packet = pattern(`(Received|Sending) Packet \[(?:From|To) (\S+?)/(?:To|From) (\S+?)/`)
	ciscoV2SPIs   = pattern(`Initiator SPI : ([0-9A-F]{16}) - Responder SPI : ([0-9A-F]{16}) Message id: (\d+)`)
	ciscoV2Kind   = pattern(`^IKEv2 (\w+) Exchange (REQUEST|RESPONSE)`)
	ciscoV1From   = pattern(`^received packet from (\S+) dport (\d+) sport (\d+) .*?\(([IRN])\) (\S+)`)
	ciscoV1To     = pattern(`^sending packet to (\S+) my_port (\d+) peer_port (\d+) \(([IRN])\) (\S+)`)
	ciscoOffer    = pattern(`^\s*Proposal (\d+): +(.+?)\s*$`)
	ciscoNotify   = pattern(`(?:NOTIFY\(|processing NOTIFY |[Rr]eceived (?:an un-encrypted |non-routine |encrypted )?(?:Notify message: )?)([A-Z][A-Z_]+)`)
	ciscoProxies  = pattern(`remote proxy ([0-9.]+)/([0-9.]+)/\d+/\d+ local proxy ([0-9.]+)/([0-9.]+)/\d+/\d+`)
	ciscoMessage  = pattern(`IKE message from (\S+) failed its sanity check|pre-shared key with ([0-9a-fA-F.:]+)`)
)

var ciscoStems = withOpenSSL([]stem{
	{then: "Failed to find a matching policy", reason: logs.NoProposal},
	{then: "There was no IPSEC policy found for received TS", reason: logs.NoTraffic},
	{then: "no matching crypto map entry for remote proxy", reason: logs.NoTraffic},
	{start: "IKE Initiator unable to find policy", reason: logs.NoTraffic, own: true},
	{then: "proxy identities not supported", reason: logs.NoTraffic},
	{then: "IPSec policy invalidated proposal with error 32", reason: logs.NoTraffic},
	{then: "IPSec policy invalidated proposal", reason: logs.NoProposal},
	{then: "transform proposal not supported for identity", reason: logs.NoProposal},
	{then: "Received unsupported transform", reason: logs.NoProposal},
	{then: "The peer's KE payload contained the wrong DH group", reason: logs.GroupRefused},
	{then: "Verification of peer's authentication data FAILED", reason: logs.PSKMismatch},
	{then: "Pre-shared key mismatch", reason: logs.PSKMismatch},
	{then: "Failed to get pre-shared key", reason: logs.PSKMissing},
	{then: "No pre-shared key with", reason: logs.PSKMissing},
	{then: "no pre-shared key found", reason: logs.PSKMissing},
	{then: "No Cert or pre-shared address key", reason: logs.PSKMissing},
	{then: "No preshared key found", reason: logs.PSKMissing},
	{then: "No preshared key or trustpoint configured for self", reason: logs.PSKMissing, own: true},
	{then: "No preshared key or trustpoint configured for peer", reason: logs.PSKMissing},
	{then: "probably due to mismatched pre-shared key", reason: logs.PSKLikely},
	{then: "Main Mode packet with invalid payloads", reason: logs.PSKLikely},
	{then: "reserved not zero on", reason: logs.PSKLikely},
	{then: "reserved not NULL", reason: logs.PSKLikely},
	{then: "failed its sanity check or is malformed", reason: logs.PSKLikely},
	{then: "Encryption algorithm offered does not match policy", reason: logs.NoProposal, tried: true},
	{then: "Hash algorithm offered does not match policy", reason: logs.NoProposal, tried: true},
	{then: "Diffie-Hellman group offered does not match policy", reason: logs.NoProposal, tried: true},
	{then: "Proposed key length does not match policy", reason: logs.NoProposal, tried: true},
	{then: "uthentication offered but does not match policy", reason: logs.AuthMethod, tried: true},
	{then: "uthentication method offered does not match policy", reason: logs.AuthMethod, tried: true},
	{then: "Mismatched attribute types for class", reason: logs.NoProposal, tried: true},
	{then: "All SA proposals found unacceptable", reason: logs.NoProposal, late: true},
	{then: "All IPSec SA proposals found unacceptable", reason: logs.NoProposal, late: true},
	{then: "no offers accepted", reason: logs.NoProposal, late: true},
	{then: "SA policy not acceptable", reason: logs.NoProposal, late: true},
	{then: "SA not acceptable", reason: logs.NoProposal, late: true},
	{then: "Rejecting new initial contact", reason: logs.NoConnection},
	{then: "no IKE profile found", reason: logs.NoConnection},
	{then: "IKEv2 profile not found", reason: logs.NoPeer},
	{then: "profile not found", reason: logs.NoPeer},
	{then: "Failed to locate an item in the database", reason: logs.NoPeer, late: true},
	{then: "No policy match found", reason: logs.NoPeer, late: true},
	{then: "peer matches *none* of the profiles", reason: logs.NoPeer, late: true},
	{then: "ID mismatch", reason: logs.IdentityMismatch},
	{then: "Peer's ID", only: "does not match", reason: logs.IdentityMismatch},
	{then: "nexpected auth method", reason: logs.AuthMethod},
	{then: "uthentication method mismatch", reason: logs.AuthMethod},
	{then: "ertificate", only: "has expired", reason: logs.ExpiredCertificate},
	{then: "ertificate is expired", reason: logs.ExpiredCertificate},
	{then: "ertificate", only: "not yet valid", reason: logs.EarlyCertificate},
	{then: "ertificate", only: "is revoked", reason: logs.RevokedCertificate},
	{then: "certificate chain validation failed", reason: logs.NoIssuer},
	{then: "Certificate chain failed validation", reason: logs.NoIssuer},
	{then: "certificate", only: "revoked", reason: logs.RevokedCertificate},
	{then: "signature verification failed", reason: logs.InvalidSignature},
	{then: "User authentication failed", reason: logs.UserRefused},
	{then: "uthentication rejected: Reason = ", reason: logs.UserRefused, detail: pattern(`user = (\S+)`), fill: fillUserXAUTH},
	{then: "No available addresses", reason: logs.NoAddress},
	{then: "Failed to allocate IP addr", reason: logs.NoAddress},
	{then: "Failed to allocate IP", reason: logs.NoAddress},
	{then: "Maximum number of SAs", reason: logs.TooBusy},
	{then: "SA request rejected by CAC", reason: logs.TooBusy},
	{then: "Auth exchange failed", reason: logs.PSKLikely, late: true},
})

// ciscoStates are exchanges by the states of IOS.
var ciscoStates = []struct {
	start string
	typ   uint8
}{{"MM_", 2}, {"AG_", 4}, {"QM_", 32}, {"CONF_", 6}}

func (g *ciscoEvents) take(e entry) {
	text := e.text[ciscoFront(e.text):]
	if m := ciscoV2SPIs.FindStringSubmatch(text); m != nil {
		g.now.setSPIs(m[1], m[2])
		g.now.message.ID = decimal32(m[3])
		return
	}
	if m := ciscoV2Kind.FindStringSubmatch(text); m != nil {
		g.kind(e, m[1], m[2] == "RESPONSE")
		return
	}
	if g.proposals(text) {
		return
	}
	switch {
	case strings.HasPrefix(text, "IKEv2"):
		if m := ciscoV2.FindStringSubmatch(text); m != nil {
			g.about("v2 "+m[1], m[1] != "")
			text = m[2]
			g.now.message.Version = ike.V2
		}
	case strings.HasPrefix(text, "ISAKMP"):
		if m := ciscoV1.FindStringSubmatch(text); m != nil {
			g.about("v1 "+m[1], m[1] != "" && m[1] != "0")
			text = m[2]
			g.now.message.Version = ike.V1
		}
	case strings.HasPrefix(text, "[IKEv1"), strings.HasPrefix(text, "%ASA-"), strings.HasPrefix(text, "%FTD-"):
		m := ciscoASA.FindStringSubmatch(text)
		if m == nil {
			return
		}
		if hosts := ciscoHosts.FindStringSubmatch(m[3]); hosts != nil {
			g.about("ip "+hosts[2], true)
			g.now.local.Addr, g.now.remote.Addr = hostPort(hosts[1]), hostPort(hosts[2])
		}
		g.about("ip "+m[2], m[2] != "")
		if a := hostPort(m[2]); a.IsValid() && !g.now.remote.Addr.IsValid() {
			g.now.remote.Addr = a
		}
		text = m[3]
	default:
		if m := ciscoSyslog.FindStringSubmatch(text); m != nil {
			text = m[1]
		}
	}
	e.text = strings.TrimSpace(strings.TrimLeft(text, ": "))
	g.says(e, e.text, g.now)
}

// ciscoFront is where a message begins behind what a syslog server or a console put before it: "asa1 : %ASA-...", "12: Nov 25 10:00:00.003: ISAKMP:...".
func ciscoFront(text string) int {
	const front = 64
	for _, begins := range []string{"%ASA-", "%FTD-", "%CRYPTO-", "%IKEV2-", "%PKI-", ": ISAKMP", ": IKEv2", ": IPSEC(", ": [IKEv1"} {
		if i := strings.Index(text[:min(len(text), front)], begins); i >= 0 {
			return i + runEnd(begins, 0, func(c byte) bool { return c == ':' || c == ' ' })
		}
	}
	return 0
}

// about makes an IKE SA the one that is worked at.
func (g *ciscoEvents) about(key string, named bool) {
	if !named {
		return
	}
	if g.now.group.ID == 0 && g.now.remote.Addr.IsValid() && g.talks.byKey[key] == nil {
		g.talks.add(g.now, key) // it has a number now
		return
	}
	g.now = g.talks.of(key)
}

// kind takes the line that tells which message it is, of one whose hosts and SPIs were told.
func (g *ciscoEvents) kind(e entry, exchange string, response bool) {
	t := g.now
	id := t.message.ID
	m := logs.Message{Exchange: charonExchanges[exchange], Version: ike.V2, ID: id, Response: response}
	if exchange == "IKE_SA_INIT" {
		t.role = ike.SideOf(g.coming == response)
	}
	kind := logs.Sent
	if g.coming {
		kind, t.message = logs.Received, m
	}
	g.event(e, kind, t).Message = m
}

// proposals takes the lists of what came and what is configured.
func (g *ciscoEvents) proposals(text string) bool {
	if ofPeer := strings.Contains(text, "Received Policies:"); ofPeer || strings.Contains(text, "Expected Policies:") {
		g.lists.begin(ofPeer)
	}
	m := ciscoOffer.FindStringSubmatch(text)
	if m == nil || g.lists.listing == nil {
		return false
	}
	list, ok := ciscoSuite(m[2])
	g.lists.unread = g.lists.unread || !ok
	g.lists.add(ike.Proposal{Number: uint8(decimal32(m[1])), Protocol: ike.IKE, Suites: []ike.Suite{{Transforms: list}}}, m[2])
	return true
}

// ciscoSuite reads "AES-CBC-256 SHA512 SHA512 DH_GROUP_521_ECP/Group 21": encryption, PRF, integrity and group. Of several of a kind
// IOS writes each behind the other.
func ciscoSuite(text string) (list []ike.Transform, ok bool) {
	text = ciscoGroup.ReplaceAllString(text, " GROUP_$1 ")
	words := strings.Fields(text)
	hashes, prfs := 0, 0
	for _, w := range words {
		if _, isHash := ciscoHashes[w]; isHash {
			hashes++
		}
	}
	for _, w := range words {
		var t ike.Transform
		known := true
		h, isHash := ciscoHashes[w]
		bits, isGroup := strings.CutPrefix(w, "GROUP_")
		switch {
		case isGroup:
			n, err := strconv.ParseUint(bits, 10, 16)
			t, known = ike.Transform{Kind: ike.KeyExchange, Space: ike.Group, ID: uint16(n)}, err == nil
		case isHash && (prfs < (hashes+1)/2):
			prfs++
			t, known = plutoTransform(ike.PRF, h.prf)
		case isHash:
			t, known = plutoTransform(ike.Integrity, h.integrity)
		case w == "Don't", w == "use", w == "ESN", w == "None":
			continue
		default:
			t, known = plutoTransform(ike.Encryption, strings.ReplaceAll(strings.Replace(w, "AES-GCM-", "AES-GCM-16-", 1), "-", "_"))
			if w == "3DES" {
				t, known = plutoTransform(ike.Encryption, "3DES_CBC")
			}
		}
		if !known {
			return nil, false
		}
		list = append(list, t)
	}
	return list, len(list) > 0
}

var (
	ciscoGroup  = pattern(` DH_GROUP_\S+?/Group (\d+)`)
	ciscoHashes = map[string]struct{ prf, integrity string }{
		"MD5": {"HMAC_MD5", "HMAC_MD5_96"}, "MD596": {"HMAC_MD5", "HMAC_MD5_96"}, "SHA1": {"HMAC_SHA1", "HMAC_SHA1_96"}, "SHA96": {"HMAC_SHA1", "HMAC_SHA1_96"},
		"SHA256": {"HMAC_SHA2_256", "HMAC_SHA2_256_128"}, "SHA384": {"HMAC_SHA2_384", "HMAC_SHA2_384_192"}, "SHA512": {"HMAC_SHA2_512", "HMAC_SHA2_512_256"},
	}
)

// says takes what is said of a negotiation.
func (g *ciscoEvents) says(e entry, text string, t *talk) {
	if m := ciscoV2Packet.FindStringSubmatch(text); m != nil {
		g.coming = m[1] == "Received"
		t.remote.Addr, t.local.Addr = hostPort(m[2]), hostPort(m[3])
		return
	}
	if m := ciscoV1From.FindStringSubmatch(text); m != nil {
		g.packet(e, logs.Received, t, addrPort(m[1], m[3]), m[4], m[5])
		return
	}
	if m := ciscoV1To.FindStringSubmatch(text); m != nil {
		g.packet(e, logs.Sent, t, addrPort(m[1], m[3]), m[4], m[5])
		return
	}
	if m := ciscoMessage.FindStringSubmatch(text); m != nil && !t.remote.Addr.IsValid() {
		t.remote.Addr = hostPort(m[1] + m[2])
	}
	if m := ciscoProxies.FindStringSubmatch(text); m != nil {
		t.asked = trafficOf(maskOf(m[3], m[4]), maskOf(m[1], m[2]))
	}
	if strings.Contains(text, "Failed to find a matching policy") {
		g.noneChosen(e, t, &g.lists)
	}
	if g.refused(ciscoStems, e, text, t) == nil {
		g.told(e, text, t)
	}
}

// packet takes a message of IKEv1.
func (g *ciscoEvents) packet(e entry, kind logs.Kind, t *talk, peer netip.AddrPort, role, state string) {
	if t.remote.Addr.IsValid() && peer.IsValid() && t.remote.Addr.Addr() != peer.Addr() || state == "NEW" {
		t = &talk{group: logs.Group{ID: -len(g.events) - 1}}
		g.now = t
	}
	t.remote.Addr = peer
	if role == "I" || role == "R" {
		t.role = ike.SideOf(role == "I")
	}
	m := logs.Message{Version: ike.V1}
	for _, s := range ciscoStates {
		if strings.HasPrefix(state, s.start) {
			m.Exchange = s.typ
		}
	}
	if kind == logs.Received {
		t.message = m
	}
	g.event(e, kind, t).Message = m
}

func (g *ciscoEvents) told(e entry, text string, t *talk) {
	switch {
	case strings.HasPrefix(text, "atts are acceptable"), strings.HasSuffix(text, "proposal is acceptable"), strings.Contains(text, "SA Proposal # ") && strings.Contains(text, " acceptable"):
		g.took(t)
	case strings.HasPrefix(text, "retransmitting phase"), strings.HasPrefix(text, "Retransmitting packet"):
		g.event(e, logs.Resent, t)
	case strings.Contains(text, "Death by retransmission"), strings.Contains(text, "Maximum number of retransmissions reached"), strings.Contains(text, "Negotiation timed out"),
		strings.Contains(text, "Failed to receive the AUTH msg before the timer expired"):
		g.event(e, logs.GaveUp, t)
	case strings.Contains(text, "Old State = IKE_") && strings.Contains(text, "New State = IKE_P1_COMPLETE"), strings.HasPrefix(text, "PHASE 1 COMPLETED"),
		strings.Contains(text, "IKEV2 SA created"):
		g.event(e, logs.Up, t)
	case strings.HasPrefix(text, "PHASE 2 COMPLETED"), strings.Contains(text, "Creating IPsec SAs"):
		g.event(e, logs.ChildUp, t)
	case g.coming || strings.Contains(text, "eceived") || strings.HasPrefix(text, "processing NOTIFY"):
		if m := ciscoNotify.FindStringSubmatch(text); m != nil {
			g.peerError(e, t, ike.V1, strings.Replace(m[1], "PROPOSAL_NOT_CHOSEN", "NO_PROPOSAL_CHOSEN", 1))
		}
	}
}
