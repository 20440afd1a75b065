package source

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What libreswan's pluto, and Openswan's, says apart from keys. Each state has a number, an IKE SA and its children each their own; what
// belongs to no state yet is told of the packet:
//
//	"t" #1: responding to Main Mode
//	"t" #2: we require PFS but Quick I1 SA specifies no GROUP_DESCRIPTION
//	packet from 192.0.2.1:500: initial Main Mode message received on 192.0.2.2:500 but no connection has been authorized with policy PSK
type plutoEvents struct {
	*daemonLog
	talks   map[int]*talk         // by the number of the state
	newest  map[string]*talk      // the IKE SA that a connection began last
	offers  map[string]plutoOffer // what connections are set to take
	listing *logs.Offer           // the proposals of a connection that are being listed
	packet  plutoPacket           // that is being worked at, where debugging shows it
	latest  *talk                 // the IKE SA of the line before
}

// A plutoPacket is what debugging says of a packet: where it came from, and its header.
type plutoPacket struct {
	fresh         bool // the next message is about it
	local, remote netip.AddrPort
	spis          [2]ike.SPI
	message       logs.Message
}

// plutoSkips reports whether a line is debugging that no event is made of: there are thousands.
func plutoSkips(s string) bool {
	i := strings.Index(s, "| ")
	return i >= 0 && i < 64 && !strings.Contains(s, "bytes from ") && !strings.Contains(s, " SPI: ") && !strings.Contains(s, "exchange type: ") &&
		!strings.Contains(s, "Message ID: ") && !strings.Contains(s, " cookie:")
}

// A plutoOffer is what a connection is set to take for the IKE SA and for its children.
type plutoOffer struct{ ike, child *logs.Offer }

func newPlutoEvents(p *daemonLog) grammar {
	g := &plutoEvents{daemonLog: p}
	g.restart()
	return g
}

func (g *plutoEvents) restart() {
	g.talks, g.newest, g.offers = make(map[int]*talk), make(map[string]*talk), make(map[string]plutoOffer)
}

var (
	// plutoState is the front of a message about a connection, an instance of it, its peer where that may be any, and a state.
	plutoState = regexp.MustCompile(`^"([^"]+)"(?:/\d+x\d+)?(?:\[\d+\])?(?:/\d+x\d+)?(?: ([0-9a-fA-F.:]+))?(?: #(\d+))?: (.*)$`)
	plutoFrom  = regexp.MustCompile(`^packet from (\S+): (.*)$`)

	plutoParent    = regexp.MustCompile(`(?:using (?:isakmp|ISAKMP SA |IKE SA )?#|\{using isakmp#)(\d+)`)
	plutoProposal  = regexp.MustCompile(`^ +(\d+:(?:IKE|ESP|AH)[=:].*)$`)
	plutoRemote    = regexp.MustCompile(`no (?:local )?proposal (?:matches remote proposals |chosen from:? ?)(.+)$`)
	plutoAsked     = regexp.MustCompile(`^the peer proposed: (\S+) (?:-\S*)?> (\S+)`)
	plutoUnknown   = regexp.MustCompile(`no connection is known for (.+)$`)
	plutoPeerID    = regexp.MustCompile(`(?:[Pp]eer ID is ID_[A-Z0-9_]+: |ID_[A-Z0-9_]+ )'(.+?)'$`)
	plutoChildUp   = regexp.MustCompile(`\{(?:ESP|AH)\S*=>0x([0-9a-f]{8}) <0x([0-9a-f]{8})`)
	plutoTo        = regexp.MustCompile(`(?: to | from |connection to )((?:\[[0-9a-fA-F:]+\]|[0-9a-fA-F.:]+?):\d+|[0-9a-fA-F.:]*[0-9a-fA-F])(?:[\s,;]|$)`)
	plutoOn        = regexp.MustCompile(` on (\S+?:\d+)[ ,]`)
	plutoMessageID = regexp.MustCompile(`\((?:Message )?ID (\d+)\)|msgid[:=]([0-9a-f]{8})`)
	plutoPeerError = regexp.MustCompile(`(?:received unauthenticated|[Rr]eceived (?:error )?notif\w+|rejected by peer:|request rejected:|response contained the (?:error|CHILD SA error) notification|rejected (?:Child SA )?with|failed with error notification|message containing|ignoring (?:secured |unsecured )?informational payload,?(?: type)?) '?(?:v2N_)?([A-Z][A-Z0-9_]+)`)
	plutoErrno     = regexp.MustCompile(`included errno \d+: (.+)$`)
	plutoGaveUp    = regexp.MustCompile(`max number of retransmissions \((\d+)\) reached|timeout exceeded after (\d+) retransmits`)
	plutoRedirect  = regexp.MustCompile(`redirects? to (?:new gateway )?([0-9a-fA-F.:]+)|initiating .*to new gateway \(address: ([0-9a-fA-F.:]+)\)`)
)

// plutoExchanges are words for exchanges, and their exchange types.
var plutoExchanges = []struct {
	word    string
	typ     uint8
	version ike.Version
}{
	{"IKE_SA_INIT", 34, ike.V2}, {"parent SA", 34, ike.V2}, {"IKE_AUTH", 35, ike.V2}, {"CREATE_CHILD_SA", 36, ike.V2},
	{"IKE_INTERMEDIATE", 43, ike.V2}, {"IKE_SESSION_RESUME", 38, ike.V2},
	{"Main Mode", 2, ike.V1}, {"Aggressive Mode", 4, ike.V1}, {"Quick Mode", 32, ike.V1}, {"Quick I1", 32, ike.V1},
	{"the peer proposed: ", 32, ike.V1}, {"Proposal in IPsec SA", 32, ike.V1}, {"IPsec SA request", 32, ike.V1},
}

// plutoMessage is the message that a text names; of exchange 0 where it names none.
func plutoMessage(text string) (m logs.Message) {
	for _, x := range plutoExchanges {
		if strings.Contains(text, x.word) {
			m.Exchange, m.Version = x.typ, x.version
			break
		}
	}
	m.Response = strings.Contains(text, " response") || strings.Contains(text, " reply")
	if id := plutoMessageID.FindStringSubmatch(text); id != nil {
		n, _ := strconv.ParseUint(id[1], 10, 32)
		if id[2] != "" {
			n, _ = strconv.ParseUint(id[2], 16, 32)
		}
		m.ID = uint32(n)
	} else if m.Exchange == 35 { // IKE_AUTH, at first
		m.ID = 1
	}
	return m
}

func (g *plutoEvents) take(e entry) {
	if strings.HasPrefix(e.text, "Starting Pluto") {
		g.run++
		g.restart()
		return
	}
	if m := plutoFrom.FindStringSubmatch(e.text); m != nil {
		g.stateless(e, hostPort(m[1]), m[2])
		return
	}
	if rest, ok := strings.CutPrefix(e.text, "| "); ok {
		g.packet.debug(strings.TrimSpace(rest))
		return
	}
	m := plutoState.FindStringSubmatch(e.text)
	if m == nil {
		return
	}
	name, text := m[1], m[4]
	if g.proposals(name, text) {
		return
	}
	number, _ := strconv.Atoi(m[3])
	t := g.talk(name, number, text)
	if peer, err := netip.ParseAddr(m[2]); err == nil && !t.remote.Addr.IsValid() {
		t.remote.Addr = netip.AddrPortFrom(peer, 0)
	}
	t.plutoSays(text)
	if g.latest = t; number > 0 {
		g.packet.about(t)
	}
	g.message(e, name, text, t)
}

var (
	plutoReceived = regexp.MustCompile(`^\*?received (\d+) bytes from (\S+) on \S+ (?:\(?)([^\s()]+)`)
	plutoHeader   = regexp.MustCompile(`^(initiator|responder) (?:SPI|cookie): ?((?:[0-9a-f]{2} *){8})`)
	plutoNumber   = regexp.MustCompile(`^(exchange type|Message ID): .*\((?:0x)?([0-9a-f]{2}(?: [0-9a-f]{2})*)\)$`)
)

// debug takes a line of debugging. The first header behind a packet that came is its own.
func (p *plutoPacket) debug(text string) {
	if m := plutoReceived.FindStringSubmatch(text); m != nil {
		*p = plutoPacket{fresh: true, remote: hostPort(m[2]), local: hostPort(m[3])}
		p.message.Size, _ = strconv.Atoi(m[1])
		return
	}
	if !p.fresh {
		return
	}
	if m := plutoHeader.FindStringSubmatch(text); m != nil {
		side := 0
		if m[1] == "responder" {
			side = 1
		}
		if p.spis[side].IsZero() {
			p.spis[side] = spi64(strings.ReplaceAll(m[2], " ", ""))
		}
	} else if m := plutoNumber.FindStringSubmatch(text); m != nil {
		n, _ := strconv.ParseUint(strings.ReplaceAll(m[2], " ", ""), 16, 32)
		switch {
		case m[1] == "exchange type" && p.message.Exchange == 0:
			const firstOfV2 = 34
			if p.message.Exchange, p.message.Version = uint8(n), ike.V1; n >= firstOfV2 {
				p.message.Version = ike.V2
			}
		case m[1] == "Message ID" && p.message.ID == 0:
			p.message.ID = uint32(n)
		}
	}
}

// about makes the packet the one that an IKE SA is at.
func (p *plutoPacket) about(t *talk) {
	if !p.fresh {
		return
	}
	p.fresh = false
	t.local.Addr, t.remote.Addr = p.local, p.remote
	for side := range t.spis {
		if t.spis[side].IsZero() {
			t.spis[side] = p.spis[side]
		}
	}
	p.message.Response = t.role == ike.Initiator
	t.message = p.message
}

// stateless takes what is said of a packet that belongs to no state.
func (g *plutoEvents) stateless(e entry, from netip.AddrPort, text string) {
	t := &talk{remote: logs.Peer{Addr: from}, message: plutoMessage(text)}
	t.role = ike.Responder
	if last := g.latest; last != nil && strings.HasPrefix(text, "sending notification ") && !last.remote.Addr.IsValid() {
		last.remote.Addr = from // the answer to what was just rejected
	}
	if g.packet.fresh && g.packet.remote == from {
		g.packet.about(t)
	}
	if m := plutoOn.FindStringSubmatch(text); m != nil {
		t.local.Addr = hostPort(m[1])
	}
	g.message(e, "", text, t)
}

// talk is the IKE SA of a state, or, for 0, the newest one of the connection.
func (g *plutoEvents) talk(name string, number int, text string) *talk {
	if t := g.talks[number]; t != nil && number > 0 {
		return t
	}
	parent := g.newest[name]
	if m := plutoParent.FindStringSubmatch(text); m != nil {
		if n, _ := strconv.Atoi(m[1]); g.talks[n] != nil {
			parent = g.talks[n]
		}
	}
	if begun := plutoBegins(text); parent == nil || begun && number > 0 {
		parent = &talk{group: logs.Group{ID: number, Name: name}}
		if g.newest[name] = parent; number == 0 {
			return parent
		}
	}
	if number > 0 && len(g.talks) < maxThreads*16 {
		g.talks[number] = parent
	}
	return parent
}

// plutoBegins reports whether a message is the first one about an IKE SA.
func plutoBegins(text string) bool {
	switch {
	case strings.Contains(text, "Quick Mode"), strings.Contains(text, "Child SA"), strings.Contains(text, "CHILD SA"):
		return false
	case strings.HasPrefix(text, "initiating "), strings.HasPrefix(text, "responding to "), strings.HasPrefix(text, "processing IKE_SA_INIT request"):
		return true
	}
	return strings.Contains(text, "STATE_PARENT_") || strings.Contains(text, ":IKE=") || strings.Contains(text, ":IKE:")
}

// learn keeps what a message says of its IKE SA.
func (t *talk) plutoSays(text string) {
	switch {
	case strings.HasPrefix(text, "initiating ") && plutoBegins(text):
		t.role = ike.Initiator
	case strings.HasPrefix(text, "responding to Main"), strings.HasPrefix(text, "responding to Aggressive"), strings.HasPrefix(text, "proposal 1:IKE"),
		strings.HasPrefix(text, "processing decrypted IKE_AUTH request"), strings.HasPrefix(text, "sent IKE_SA_INIT re") && !strings.Contains(text, "request"):
		if t.role == ike.NoSide {
			t.role = ike.Responder
		}
	}
	if m := plutoTo.FindStringSubmatch(text); m != nil {
		if a := hostPort(m[1]); a.IsValid() && !a.Addr().IsUnspecified() && (a.Port() > 0 || !t.remote.Addr.IsValid()) {
			t.remote.Addr = a
		}
	}
	if m := plutoPeerID.FindStringSubmatch(text); m != nil && (strings.Contains(text, "eer ID is ") || strings.Contains(text, "authenticated")) {
		t.remote.Identity = identity(m[1])
	}
	if m := plutoAsked.FindStringSubmatch(text); m != nil {
		local, ok1 := plutoSelector(m[1])
		remote, ok2 := plutoSelector(m[2])
		if t.asked = nil; ok1 && ok2 {
			t.asked = &logs.Traffic{Local: ike.Selectors{local}, Remote: ike.Selectors{remote}}
		}
	}
	// What this side sends is of the exchange that the peer's next answer is of.
	if m := plutoMessage(text); m.Exchange != 0 && (m.ID != 0 || t.message.Exchange != m.Exchange) {
		t.message = m
	}
}

// proposals takes the lists of what a connection is set to take.
func (g *plutoEvents) proposals(name, text string) bool {
	if strings.Contains(text, " proposals (") || strings.HasPrefix(text, "local IKE proposals") || strings.HasPrefix(text, "local ESP/AH proposals") {
		g.listing = &logs.Offer{Offer: ike.Offer{Version: ike.V2}}
		o := g.offers[name]
		if strings.Contains(text, "IKE SA proposals") || strings.Contains(text, "IKE proposals") {
			o.ike = g.listing
		} else {
			o.child = g.listing
		}
		if len(g.offers) < maxThreads {
			g.offers[name] = o
		}
		return true
	}
	m := plutoProposal.FindStringSubmatch(text)
	if m == nil || g.listing == nil {
		g.listing = nil
		return false
	}
	if o := plutoOffer1(m[1]); o == nil {
		g.listing.Words = nil // a part would pass for the whole
		g.listing = nil
	} else if len(g.listing.Words) < maxEventList {
		g.listing.Proposals, g.listing.Words = append(g.listing.Proposals, o.Proposals...), append(g.listing.Words, o.Words...)
	}
	return true
}

// plutoStems are those of Openswan 2.6 and of libreswan 3 to 5.
var plutoStems = []stem{
	{then: "but no connection has been authorized", reason: logs.NoConnection},
	{then: "but no matching connection has been authorized", reason: logs.NoConnection},
	{then: "no suitable connection found with IKEv2 policy", reason: logs.NoConnection},
	{start: "initial Aggressive Mode message from", then: "connection has been configured", reason: logs.NoConnection},
	{then: "does not allow IKEv1 connections", reason: logs.NoConnection},
	{start: "no suitable connection for peer", reason: logs.NoPeer, detail: regexp.MustCompile(`peer '(.+)'`), fill: fillCame},
	{start: "Peer ID '", then: "mismatched on first found connection", reason: logs.IdentityMismatch, detail: regexp.MustCompile(`^Peer ID '(.+?)' mismatched`), fill: fillCame},
	{start: "Peer mismatch on first found connection", reason: logs.IdentityMismatch},
	{then: "IDr payload does not match our expected ID", reason: logs.IdentityMismatch},
	{then: "DER_ASN1_DN '", reason: logs.IdentityMismatch, detail: regexp.MustCompile(`DER_ASN1_DN '(.+)' does not match expected '(.+)'`), fill: fillCameWanted},
	{start: "we require ", then: "but peer declares", reason: logs.IdentityMismatch, detail: regexp.MustCompile(`to have ID '(.+)', but peer declares '(.+)'`), fill: fillWantedCame},
	{then: "subjectAltName extension does not match", reason: logs.CertificateName, detail: regexp.MustCompile(`does not match (?:ID_\w+ )?'(.+)'`), fill: fillCame},
	{then: "SubjectAltName does not match peer ID", reason: logs.CertificateName},
	{then: "unmatched IKE ID in certificate SAN", reason: logs.CertificateName},
	{then: "CERT payload does not match connection ID", reason: logs.CertificateName},
	{then: "contains no subjectAltName extension", reason: logs.CertificateName},

	{then: "no preshared key found for", reason: logs.PSKMissing, detail: plutoKeyFor, fill: fillPlutoKey},
	{then: "no PSK found for", reason: logs.PSKMissing},
	{start: "Failed to find our PreShared Key", reason: logs.PSKMissing, own: true},
	{then: "AUTH mismatch", reason: logs.PSKMismatch},
	{start: "authentication failed: computed hash does not match hash received", reason: logs.PSKMismatch},
	{then: "mismatch of preshared secrets?", reason: logs.PSKLikely},
	{start: "received Hash Payload does not match computed value", reason: logs.InvalidHash},
	{start: "authentication failed: peer attempted ", reason: logs.AuthMethod, detail: regexp.MustCompile(`attempted (.+?) (?:authentication )?but we want (\S+)`), fill: fillPlutoMethods},
	{start: "authentication failed: peer authentication requires policy", reason: logs.AuthMethod},
	{then: "attempted PSK authentication but we want", reason: logs.AuthMethod, detail: regexp.MustCompile(`attempted (.+?) authentication but we want (\S+)`), fill: fillPlutoMethods},
	{then: "Auth Method mismatched", reason: logs.AuthMethod},
	{start: "Peer attempted EAP authentication", reason: logs.AuthMethod, fill: fillEAPUsed},
	{start: "policy does not allow Extended Authentication", reason: logs.AuthMethod},
	{start: "policy does not allow OAKLEY_", reason: logs.AuthMethod},

	{then: "we require PFS but Quick I1 SA specifies no GROUP_DESCRIPTION", reason: logs.PFSRequired},
	{then: "KE payload requires a GROUP_DESCRIPTION attribute", reason: logs.PFSRequired},
	{then: "no acceptable Oakley Transform", reason: logs.NoProposal, late: true},
	{then: "no acceptable Proposal in IPsec SA", reason: logs.NoProposal},
	{then: "no local proposal matches remote proposals", reason: logs.NoProposal},
	{start: "no proposal chosen from", reason: logs.NoProposal},
	{then: "NO_PROPOSAL_CHOSEN; no ", reason: logs.NoProposal},
	{then: "unauthenticated INVALID_KE_PAYLOAD response to ", only: "is not acceptable", reason: logs.GroupRefused},
	{start: "local policy requires ", then: " Mode but peer requires", reason: logs.ModeRefused},
	{start: "policy dictates ", then: "but peer requested", reason: logs.ModeRefused},
	{start: "cannot respond to IPsec SA request because no connection is known for", reason: logs.NoTraffic},
	{then: "subnet returned doesn't match my proposal", reason: logs.NoTraffic},
	{then: "peer returned port doesn't match my proposal", reason: logs.NoTraffic},
	{then: "peer returned protocol id does not match my proposal", reason: logs.NoTraffic},
	{then: "responding with TS_UNACCEPTABLE", reason: logs.NoTraffic},
	{start: "TS_UNACCEPTABLE", reason: logs.NoTraffic},
	{start: "No IKEv2 connection found with compatible Traffic Selectors", reason: logs.NoTraffic},
	{start: "Traffic Selectors", then: "unacceptable", reason: logs.NoTraffic},
	{start: "Quick Mode request rejected; connection has no remote client selector", reason: logs.NoTraffic},

	{then: "malformed payload in packet", reason: logs.Unreadable},
	{then: "failed to match authenticator", reason: logs.Unreadable},
	{then: "HASH(", only: "data does not match computed value", reason: logs.InvalidHash},

	{then: "SEC_ERROR_UNKNOWN_ISSUER", reason: logs.NoIssuer},
	{then: "Certificate issuer is not recognized", reason: logs.NoIssuer},
	{then: "certificate issuer has been marked as not trusted", reason: logs.UntrustedIssuer},
	{then: "SEC_ERROR_UNTRUSTED", reason: logs.UntrustedIssuer},
	{then: "SEC_ERROR_EXPIRED_", reason: logs.ExpiredCertificate},
	{then: "ertificate has expired", reason: logs.ExpiredCertificate},
	{then: "SEC_ERROR_REVOKED_", reason: logs.RevokedCertificate},
	{then: "ertificate has been revoked", reason: logs.RevokedCertificate},
	{start: "certificate revoked!", reason: logs.RevokedCertificate},
	{then: "is expired or not yet valid", reason: logs.ExpiredCertificate},
	{then: "crl-strict=yes and Certificate Revocation List", reason: logs.UnknownRevocation},
	{then: "SEC_ERROR_INADEQUATE_", reason: logs.CertificateUse},
	{then: "CERT payload bogus or revoked", reason: logs.InvalidCertificate},
	{then: "no EE-cert in chain", reason: logs.InvalidCertificate},
	{then: "no trust anchor available", reason: logs.NoIssuer},
	{start: "X509: ", then: "ertificate", only: "rejected for this connection", reason: logs.InvalidCertificate},
	{start: "X509: authentication failed", reason: logs.InvalidCertificate},
	{then: " public key known for '", reason: logs.NoTrustedKey, detail: regexp.MustCompile(`known for '(.+?)'`), fill: fillRemoteID},
	{then: "Signature check (on ", reason: logs.InvalidSignature, detail: regexp.MustCompile(`check \(on (.+?)\) failed`), fill: fillRemoteID},
	{start: "authentication failed: no acceptable ECDSA/RSA-PSS", reason: logs.WeakSignature},
	{then: "legacy RSA-SHA1 is not allowed but peer supports nothing else", reason: logs.WeakSignature},
	{start: "unable to locate my private key", reason: logs.NoPrivateKey, own: true},
	{start: "private key for connection not found", reason: logs.NoPrivateKey, own: true},
	{start: "No ", then: " private key found", reason: logs.NoPrivateKey, own: true},

	{start: "XAUTH: User ", then: "Authentication Failed", reason: logs.UserRefused, detail: regexp.MustCompile(`User (.+?): `), fill: fillUserXAUTH},
	{start: "leasing ", then: " address failed", reason: logs.NoAddress},
	{start: "Quick Mode request rejected, peer requested lease of", reason: logs.NoAddress},
	{then: "no valid internal address request", reason: logs.NoAddress},
	{start: "ERROR: netlink", then: "included errno", reason: logs.KernelRefused, own: true, detail: plutoErrno, fill: fillErrnoText},
	{start: "ERROR: PF_KEY", then: "included errno", reason: logs.KernelRefused, own: true, detail: plutoErrno, fill: fillErrnoText},
	{start: "kernel: ", then: "included errno", reason: logs.KernelRefused, own: true, detail: plutoErrno, fill: fillErrnoText},
	{then: "dropping negotiation as superseded by", reason: logs.Replaced},
}

// plutoKeyFor names both sides of a pre-shared key, this one's first.
var plutoKeyFor = regexp.MustCompile("found for [`'](.+?)' and [`'](.+?)'")

func fillPlutoKey(e *logs.Event, m []string) {
	e.Local.Identity, e.Remote.Identity = identity(m[1]), identity(m[2])
}

func fillRemoteID(e *logs.Event, m []string) { e.Remote.Identity = identity(m[1]) }

func fillPlutoMethods(e *logs.Event, m []string) {
	e.Used, e.Required = plutoMethod(m[1]), plutoMethod(m[2])
}

// plutoMethod reads a way to authenticate: "PSK", "RSASIG", "authentication through Digital Signature".
func plutoMethod(s string) (m logs.Method) {
	switch {
	case strings.Contains(s, "PSK"), s == "secret":
		m.Kind = ike.AuthPSK
	case strings.Contains(s, "RSA"), strings.Contains(s, "ECDSA"), strings.Contains(s, "igital"), strings.Contains(s, "DIGSIG"):
		m.Kind = ike.AuthSignature
	case strings.Contains(s, "EAP"):
		m.EAP = true
	}
	return m
}

// message makes events of a message.
func (g *plutoEvents) message(e entry, name, text string, t *talk) {
	if m := plutoRemote.FindStringSubmatch(text); m != nil {
		g.noProposal(e, name, m[1], t)
	}
	if ev := g.refused(plutoStems, e, text, t); ev != nil {
		if m := plutoUnknown.FindStringSubmatch(text); m != nil && ev.Asked == nil {
			ev.Asked = plutoTraffic(m[1])
		}
		return
	}
	g.told(e, text, t)
}

// noProposal tells what both sides propose, where the log has both.
func (g *plutoEvents) noProposal(e entry, name, words string, t *talk) {
	received := plutoOffer1(words)
	if received == nil {
		return
	}
	configured := g.offers[name].ike
	if received.Proposals[0].Protocol != ike.IKE {
		configured = g.offers[name].child
	}
	if configured == nil || len(configured.Words) == 0 {
		return
	}
	ev := g.event(e, logs.Offers, t)
	ev.Received, ev.Configured = received, configured
}

// told makes an event of a message that rejects nothing.
func (g *plutoEvents) told(e entry, text string, t *talk) {
	switch {
	case plutoBegins(text) && (strings.HasPrefix(text, "initiating ") || strings.HasPrefix(text, "responding to ")):
		if m := plutoMessage(text); strings.HasPrefix(text, "responding to ") && m.Version == ike.V2 {
			return // an answer to a message
		}
		g.event(e, logs.Started, t)
	case strings.Contains(text, "retransmission; will wait"):
		g.event(e, logs.Resent, t)
	case strings.Contains(text, "ISAKMP SA established"), strings.Contains(text, "PARENT SA established"), strings.HasPrefix(text, "IKE SA established"),
		strings.Contains(text, " established IKE SA"):
		g.event(e, logs.Up, t)
	case strings.Contains(text, "IPsec SA established"), strings.Contains(text, "established Child SA"), strings.Contains(text, "rekeyed Child SA"),
		strings.Contains(text, "negotiated connection"):
		ev := g.event(e, logs.ChildUp, t)
		if m := plutoChildUp.FindStringSubmatch(text); m != nil {
			ev.Children = []ike.ChildSPI{ike.ChildSPI(hex32(m[1])), ike.ChildSPI(hex32(m[2]))}
		}
	case strings.HasPrefix(text, "received Delete SA"):
		g.event(e, logs.Deleted, t)
	default:
		g.toldOfPeer(e, text, t)
	}
}

func (g *plutoEvents) toldOfPeer(e entry, text string, t *talk) {
	if m := plutoGaveUp.FindStringSubmatch(text); m != nil {
		ev := g.event(e, logs.GaveUp, t)
		ev.Count, _ = strconv.Atoi(m[1] + m[2])
		return
	}
	if m := plutoRedirect.FindStringSubmatch(text); m != nil {
		g.event(e, logs.Redirected, t).Gateway = m[1] + m[2]
		return
	}
	if strings.HasPrefix(text, "Received Cisco XAUTH status: FAIL") {
		ev := g.event(e, logs.PeerError, t)
		ev.Reason, ev.XAUTH = logs.UserRefused, true
		return
	}
	if m := plutoPeerError.FindStringSubmatch(text); m != nil {
		version := t.message.Version
		if version == 0 {
			version = ike.V2
			if strings.Contains(text, "informational payload") {
				version = ike.V1
			}
		}
		if n, ok := ike.NotifyNamed(version, m[1]); ok && n.IsError() {
			g.event(e, logs.PeerError, t).Notify = n
		}
	}
}

// plutoOffer1 reads proposals as pluto writes them, received ones and its own; nil where there is something in them that is not known:
//
//	1:IKE:ENCR=AES_CBC_256;PRF=HMAC_SHA2_512,HMAC_SHA2_256;INTEG=HMAC_SHA2_512_256;DH=MODP4096 2:IKE:...
//	1:IKE=AES_CBC_256-HMAC_SHA2_256-HMAC_SHA2_256_128-MODP2048+MODP3072
func plutoOffer1(text string) *logs.Offer {
	o := &logs.Offer{Offer: ike.Offer{Version: ike.V2}}
	for _, word := range strings.Fields(text) {
		word, _, _ = strings.Cut(word, "[")
		number, rest, ok := strings.Cut(word, ":")
		n, err := strconv.ParseUint(number, 10, 8)
		if !ok || err != nil || len(o.Words) >= maxEventList {
			return nil
		}
		p := ike.Proposal{Number: uint8(n), Suites: make([]ike.Suite, 1)}
		if p.Suites[0].Transforms, p.Protocol, ok = plutoSuite(rest); !ok {
			return nil
		}
		o.Proposals, o.Words = append(o.Proposals, p), append(o.Words, word)
	}
	if len(o.Words) == 0 {
		return nil
	}
	return o
}

// plutoKinds are the kinds of transforms in the order in which pluto writes its own proposals.
var plutoKinds = map[ike.Protocol][]ike.Kind{
	ike.IKE: {ike.Encryption, ike.PRF, ike.Integrity, ike.KeyExchange},
	ike.ESP: {ike.Encryption, ike.Integrity, ike.KeyExchange, ike.ESN},
	ike.AH:  {ike.Integrity, ike.KeyExchange, ike.ESN},
}

// plutoLabels are pluto's names for kinds of transforms.
var plutoLabels = map[string]ike.Kind{"ENCR": ike.Encryption, "PRF": ike.PRF, "INTEG": ike.Integrity, "DH": ike.KeyExchange, "KE": ike.KeyExchange, "ESN": ike.ESN, "SN": ike.ESN}

func plutoSuite(text string) (list []ike.Transform, protocol ike.Protocol, ok bool) {
	name, labelled, isRemote := strings.Cut(text, ":")
	if !isRemote {
		name, labelled, _ = strings.Cut(text, "=")
	}
	protocol = charonProtocols[name]
	add := func(kind ike.Kind, names, sep string) bool {
		for _, name := range strings.Split(names, sep) {
			if name == "NONE" || name == "" {
				continue
			}
			t, ok := plutoTransform(kind, name)
			if !ok {
				return false
			}
			list = append(list, t)
		}
		return true
	}
	if !isRemote {
		kinds := plutoKinds[protocol]
		for i, names := range strings.Split(labelled, "-") {
			if i >= len(kinds) || !add(kinds[i], names, "+") {
				return nil, protocol, false
			}
		}
		return list, protocol, len(list) > 0
	}
	for _, field := range strings.Split(labelled, ";") {
		label, names, _ := strings.Cut(field, "=")
		if kind, ok := plutoLabels[label]; !ok || !add(kind, names, ",") {
			return nil, protocol, false
		}
	}
	return list, protocol, len(list) > 0 && protocol != ike.NoProtocol
}

// plutoNames are pluto's names for algorithms where they are not charon's.
var plutoNames = map[string]string{
	"ENABLED": "EXT_SEQ", "YES": "EXT_SEQ", "DISABLED": "NO_EXT_SEQ", "NO": "NO_EXT_SEQ", "DH19": "ECP_256", "DH20": "ECP_384", "DH21": "ECP_521",
	"DH31": "CURVE_25519", "CURVE25519": "CURVE_25519", "DH22": "MODP_1024_160", "DH23": "MODP_2048_224", "DH24": "MODP_2048_256",
}

func plutoTransform(kind ike.Kind, name string) (ike.Transform, bool) {
	if other, ok := plutoNames[name]; ok {
		name = other
	} else if bits, ok := strings.CutPrefix(name, "MODP"); ok {
		name = "MODP_" + strings.TrimPrefix(bits, "_")
	}
	name = strings.Replace(strings.Replace(strings.Replace(name, "GCM_C_", "GCM_16_", 1), "GCM_B_", "GCM_12_", 1), "GCM_A_", "GCM_8_", 1)
	if kind == ike.PRF {
		name = "PRF_" + strings.Replace(name, "AES_", "AES128_", 1)
	}
	t, ok := charonTransform(name)
	return t, ok && t.Kind == kind
}

// plutoSelector reads one side of what the peer proposes: "10.2.0.0/24", "10.2.0.0/24:0/0", "10.2.0.0/24:17/1701".
func plutoSelector(s string) (ike.Selector, bool) {
	network, rest, restricted := s, "", false
	if i := strings.IndexByte(s, '/'); i >= 0 {
		if j := strings.IndexByte(s[i:], ':'); j >= 0 {
			network, rest, restricted = s[:i+j], s[i+j+1:], true
		}
	}
	p, err := netip.ParsePrefix(network)
	if err != nil {
		return ike.Selector{}, false
	}
	sel := ike.Network(p)
	if !restricted {
		return sel, true
	}
	protocol, port, _ := strings.Cut(rest, "/")
	n, err1 := strconv.ParseUint(protocol, 10, 8)
	ports, err2 := strconv.ParseUint(port, 10, 16)
	if sel.Protocol = uint8(n); ports > 0 {
		sel.StartPort, sel.EndPort = uint16(ports), uint16(ports)
	}
	return sel, err1 == nil && err2 == nil
}

// plutoTraffic reads a pair of clients with their hosts: "10.2.0.0/24===192.0.2.2[@gwb]...192.0.2.1[@gwa]===10.1.0.0/24".
func plutoTraffic(s string) *logs.Traffic {
	here, there, ok := strings.Cut(s, "...")
	if !ok {
		return nil
	}
	local, _, ok1 := strings.Cut(here, "===")
	i := strings.LastIndex(there, "===")
	if !ok1 || i < 0 {
		return nil
	}
	l, ok1 := plutoSelector(local)
	r, ok2 := plutoSelector(there[i+3:])
	if !ok1 || !ok2 {
		return nil
	}
	return &logs.Traffic{Local: ike.Selectors{l}, Remote: ike.Selectors{r}}
}
