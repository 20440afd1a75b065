package source

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What a FortiGate says under "diagnose debug application ike -1", apart from keys. Each line has the virtual domain, the gateway or the
// SPIs, and a number of the negotiation:
//
//	ike 0: comes 192.0.2.1:500->192.0.2.2:500,ifindex=3,vrf=0....
//	ike 0: IKEv2 exchange=SA_INIT id=d1ae31d584881057/0000000000000000 len=464
//	ike 0:d1ae31d584881057/0000000000000000:2086423: no SA proposal chosen
//	ike V=root:0:to-hq:2086423: probable pre-shared secret mismatch
type fortiEvents struct {
	*daemonLog
	talks  talkList // by number, and by SPI of the initiator
	now    *talk
	packet struct{ from, to netip.AddrPort }
	lists  offerLists
}

func newFortiEvents(p *daemonLog) grammar { return &fortiEvents{daemonLog: p, now: &talk{}} }

var (
	fortiBare     = behind(`^ike (Negotiate .*)$`, "ike Negotiate ")
	fortiComes    = behind(`^comes (\S+?)->(\S+?),`, "comes ")
	fortiExchange = behind(`^IKEv([12]) exchange=(.+?) id=([0-9a-f]{16})/([0-9a-f]{16})(?::([0-9a-f]{8}))? len=(\d+)`, "IKEv")
	fortiSent     = behind(`^sent IKE msg \(([^)]+)\): (\S+?)->(\S+?), len=(\d+)(?:, vrf=\d+)?, id=([0-9a-f]{16})/([0-9a-f]{16})(?::([0-9a-f]{8}))?`, "sent IKE msg ")
	fortiBegins   = behind(`^(initiator|responder)(?::| received) `, "initiator", "responder")
	fortiPeerID   = behind(`^(?:received )?peer identifier (\w+) '?([^']+?)'?$`, "received peer identifier ", "peer identifier ")
	fortiPeerTS   = behind(`^peer proposal is: peer:\d+:(\S+?)-(\S+?):\d+, me:\d+:(\S+?)-(\S+?):\d+`, "peer proposal is: ")
	fortiNotify   = pattern(`(?:notify(?: msg)?(?: type)?(?: received)?:?|processing notify type) (?:\d+ )?([A-Z][A-Z_-]+)`)
	fortiSPIs     = pattern(`SPIs=([0-9a-f]{8})/([0-9a-f]{8})`)
)

var fortiStems = withOpenSSL([]stem{
	{then: "no matching gateway for new request", reason: logs.NoConnection},
	{then: "unable to match gateway", reason: logs.NoConnection},
	{then: "ignoring IKE", only: "no policy configured", reason: logs.NoConnection},
	{then: "gateway not found", reason: logs.NoConnection},
	{then: "PSK auth failed", reason: logs.PSKMismatch},
	{then: "probable pre-shared key mismatch", reason: logs.PSKMismatch},
	{then: "pre-shared secret mismatch", reason: logs.PSKLikely},
	{then: "pre-shared key mismatch", reason: logs.PSKLikely},
	{then: "no pre-shared key", reason: logs.PSKMissing},
	{then: "failed to match peer ID", reason: logs.IdentityMismatch},
	{then: "peer ID mismatch", reason: logs.IdentityMismatch},
	{then: "peer identifier mismatch", reason: logs.IdentityMismatch},
	{then: "peer id does not match", reason: logs.IdentityMismatch},
	{then: "gw validation failed", reason: logs.IdentityMismatch, unsure: true},
	{then: "gateway validation failed", reason: logs.IdentityMismatch, unsure: true, late: true},
	{then: "auth method mismatch", reason: logs.AuthMethod},
	{then: "authentication method mismatch", reason: logs.AuthMethod},
	{then: "no SA proposal chosen", reason: logs.NoProposal},
	{then: "no proposal chosen", reason: logs.NoProposal},
	{then: "peer SA proposal not match local policy", reason: logs.NoProposal},
	{then: "failed to get responder proposal", reason: logs.NoProposal, late: true},
	{then: "pfs is mandatory", reason: logs.PFSRequired},
	{then: "PFS is required", reason: logs.PFSRequired},
	{then: "specified selectors mismatch", reason: logs.NoTraffic},
	{then: "no matching phase2 found", reason: logs.NoTraffic},
	{then: "no matching IPsec selector", reason: logs.NoTraffic},
	{then: "no matching selector", reason: logs.NoTraffic},
	{then: "certificate validation failed", reason: logs.InvalidCertificate},
	{then: "signature verification failed", reason: logs.InvalidSignature},
	{then: "peer has not sent a cert", reason: logs.NoCertificate},
	{then: "XAUTH", only: "failed", reason: logs.UserRefused, detail: pattern(`(?:user|for) "([^"]+)"|`), fill: fillUserXAUTH},
	{then: "FNBAM_DENIED", reason: logs.UserRefused},
	{then: "EAP", only: "result failure", reason: logs.UserRefused},
	{then: "could not allocate IP", reason: logs.NoAddress},
	{then: "no free IP", reason: logs.NoAddress},
	{then: "mode-cfg", only: "no IP", reason: logs.NoAddress},
})

// fortiExchanges are exchanges by a FortiGate's names for them, of messages that came.
var fortiExchanges = map[string]uint8{"Identity Protection": 2, "Aggressive": 4, "Informational": 5, "Mode config": 6, "Quick": 32,
	"SA_INIT": 34, "AUTH": 35, "CREATE_CHILD": 36, "INFORMATIONAL": 37}

// fortiSends are exchanges by the beginnings of a FortiGate's names for messages that it sends.
var fortiSends = []struct {
	start string
	typ   uint8
}{{"SA_INIT", 34}, {"AUTH", 35}, {"CREATE_CHILD", 36}, {"INFORMATIONAL", 37}, {"ident_", 2}, {"agg_", 4}, {"quick_", 32}}

// A fortiFront is what stands before a message, and the message.
type fortiFront struct {
	spis         [2]string // of an IKE SA, in hex; "": they are not there
	name, number string    // of the gateway, and of the negotiation
	text         string
}

// fortiFrontOf reads "ike V=root:0:d1ae31d584881057/0000000000000000:to-hq:7:to-hq:12: text", of which all but the first number may lack.
func fortiFrontOf(s string) (f fortiFront, ok bool) {
	s, ok = strings.CutPrefix(s, "ike ")
	if rest, versioned := strings.CutPrefix(s, "V="); ok && versioned {
		domain := 0
		domain, s = fortiField(rest, func(c byte) bool { return c != ':' })
		ok = domain > 0
	}
	digits, s := fortiField(s, isDigit)
	if !ok || digits == 0 {
		return f, false
	}
	const pair = 16 + 1 + 16
	if n, rest := fortiField(s, func(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || c == '/' }); n == pair && strings.IndexByte(s, '/') == 16 && strings.IndexByte(s[17:n], '/') < 0 {
		f.spis = [2]string{s[:16], s[17:n]}
		s = rest
	}
	isName := func(c byte) bool { return c != ':' && c != ' ' }
	if n, rest := fortiField(s, isName); len(rest) < len(s) {
		f.name, s = s[:n], rest
	}
	if n, rest := fortiField(s, isDigit); n > 0 {
		f.number, s = s[:n], rest
	}
	if _, rest := fortiField(s, isName); len(rest) < len(s) {
		s = rest
	}
	if n, rest := fortiField(s, isDigit); n > 0 {
		f.number, s = cmp.Or(f.number, s[:n]), rest
	}
	f.text = strings.TrimPrefix(s, " ")
	return f, true
}

// fortiField is the length of the bytes of a kind that a text begins with, before a colon, and what is behind that; 0 and the text where no colon follows.
func fortiField(s string, is func(byte) bool) (n int, rest string) {
	if n = runEnd(s, 0, is); n < len(s) && s[n] == ':' {
		return n, s[n+1:]
	}
	return 0, s
}

func (g *fortiEvents) take(e entry) {
	if isFortiRecord(e.text) {
		g.record(e)
		return
	}
	text := ""
	if f, ok := fortiFrontOf(e.text); ok {
		if text = f.text; f.spis[0] != "" || f.number != "" {
			g.about(f.spis[0], f.spis[1], f.name, f.number)
		}
	} else if m := fortiBare.FindStringSubmatch(e.text); m != nil {
		text = m[1]
	} else {
		return
	}
	e.text = strings.TrimSpace(text)
	if g.messages(e, e.text) || g.proposals(e.text) {
		return
	}
	g.says(e, e.text, g.now)
}

// about makes an IKE SA the one that is worked at, found by its number, or by its SPI where it has none yet.
func (g *fortiEvents) about(spi, other, name, number string) {
	t := g.talks.of(number, spi)
	t.group.Name = cmp.Or(t.group.Name, name)
	t.setSPIs(spi, other)
	if g.now = t; !t.remote.Addr.IsValid() && g.packet.from.IsValid() {
		t.local.Addr, t.remote.Addr = g.packet.to, g.packet.from
	}
}

// messages takes the lines that tell of messages.
func (g *fortiEvents) messages(e entry, text string) bool {
	if m := fortiComes.FindStringSubmatch(text); m != nil {
		g.packet.from, g.packet.to = hostPort(m[1]), hostPort(m[2])
		return true
	}
	if m := fortiExchange.FindStringSubmatch(text); m != nil {
		g.about(m[3], m[4], "", "")
		t := g.now
		t.local.Addr, t.remote.Addr = g.packet.to, g.packet.from
		t.message = logs.Message{Exchange: fortiExchanges[m[2]], Version: ike.Version(m[1][0] - '0'), ID: hex32(m[5])}
		t.message.Size, _ = strconv.Atoi(m[6])
		t.message.Response = strings.HasSuffix(m[2], "_RESPONSE") || t.role == ike.Initiator
		g.event(e, logs.Received, t)
		return true
	}
	m := fortiSent.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	g.now.setSPIs(m[5], m[6])
	g.now.local.Addr, g.now.remote.Addr = hostPort(m[2]), hostPort(m[3])
	kind := logs.Sent
	if strings.Contains(m[1], "RETRANSMIT") || strings.Contains(m[1], "retransmit") {
		kind = logs.Resent
	}
	ev := g.event(e, kind, g.now)
	ev.Message = logs.Message{ID: hex32(m[7]), Response: strings.Contains(m[1], "RESPONSE") || g.now.role == ike.Responder}
	for _, x := range fortiSends {
		if strings.HasPrefix(m[1], x.start) {
			ev.Message.Exchange, ev.Message.Version = x.typ, versionOf(x.typ)
			break
		}
	}
	ev.Message.Size, _ = strconv.Atoi(m[4])
	return true
}

// proposals takes the lists of proposals: the incoming ones, then those of each gateway that is compared.
func (g *fortiEvents) proposals(text string) bool {
	l := &g.lists
	switch ofPeer := strings.HasPrefix(text, "incoming proposal"); {
	case ofPeer, strings.HasPrefix(text, "my proposal"):
		l.begin(ofPeer)
		return true
	case l.listing == nil:
		return false
	case strings.HasPrefix(text, "proposal id = "):
		l.add(ike.Proposal{Number: uint8(len(l.listing.Words) + 1), Protocol: ike.IKE, Suites: make([]ike.Suite, 1)}, "")
		return true
	case strings.HasPrefix(text, "protocol = "), strings.HasPrefix(text, "protocol id = "):
		l.unread = l.unread || strings.Contains(text, "ISAKMP") || !strings.Contains(text, "IKEv2")
		return true
	case strings.HasPrefix(text, "encapsulation = "), strings.HasPrefix(text, "trans_id = "):
		return true
	}
	kind, word, bits, ok := fortiValueOf(text)
	if !ok || len(l.listing.Words) == 0 {
		return false
	}
	i := len(l.listing.Words) - 1
	if bits != "" {
		word += "_" + bits
	}
	l.listing.Words[i] = strings.TrimPrefix(l.listing.Words[i]+"/"+word, "/")
	t, ok := fortiTransform(kind, word)
	if l.unread = l.unread || !ok; ok && t.Kind != 0 {
		s := &l.listing.Proposals[i].Suites[0]
		s.Transforms = append(s.Transforms, t)
	}
	return true
}

// fortiValueOf reads "type=ENCR, val=AES_CBC (key_len = 256)", the length of the key in digits, or without it.
func fortiValueOf(text string) (kind, value, bits string, ok bool) {
	for {
		_, rest, ok := strings.Cut(text, "type=")
		if !ok {
			return "", "", "", false
		}
		text = rest
		end := runEnd(rest, 0, isWordByte)
		kind, rest = rest[:end], rest[end:]
		if rest, ok = strings.CutPrefix(rest, ", val="); !ok || kind == "" {
			continue
		}
		if end = runEnd(rest, 0, func(c byte) bool { return isWordByte(c) || c == '-' }); end > 0 {
			return kind, rest[:end], fortiKeyBits(rest[end:]), true
		}
	}
}

// fortiKeyBits is the length of a key behind the name of an algorithm, in digits; "": there is none.
func fortiKeyBits(s string) string {
	for _, mark := range []string{".", ",", " ", "(", "key"} {
		rest, ok := strings.CutPrefix(s, mark)
		if s = rest; mark == "key" && !ok {
			return ""
		}
	}
	if s == "" || s[0] != '_' && s[0] != '-' || !strings.HasPrefix(s[1:], "len") {
		return ""
	}
	s, ok := strings.CutPrefix(strings.TrimPrefix(s[len("_len"):], " "), "=")
	if !ok {
		return ""
	}
	s = strings.TrimPrefix(s, " ")
	return s[:runEnd(s, 0, isDigit)]
}

// fortiTransform reads one algorithm: ENCR AES_CBC_256, INTEGR AUTH_HMAC_SHA_2_256_128, PRF PRF_HMAC_SHA_2_256, DH_GROUP MODP2048. The
// kind is 0 for none.
func fortiTransform(kind, name string) (ike.Transform, bool) {
	name = strings.TrimPrefix(strings.ReplaceAll(name, "SHA_2_", "SHA2_"), "AUTH_")
	name = strings.Replace(strings.Replace(name, "HMAC_SHA_96", "HMAC_SHA1_96", 1), "PRF_HMAC_SHA_", "PRF_HMAC_SHA2_", 1)
	name = strings.Replace(name, "SHA2_2_", "SHA2_", 1)
	if name == "NONE" || name == "PRF_HMAC_SHA" && kind == "PRF" {
		name += "1"
	}
	switch kind {
	case "ENCR":
		t, ok := plutoTransform(ike.Encryption, name)
		return t, ok
	case "INTEGR", "INTEG", "AUTH":
		if name == "NONE1" {
			return ike.Transform{}, true
		}
		return plutoTransform(ike.Integrity, name)
	case "PRF":
		return plutoTransform(ike.PRF, strings.TrimPrefix(name, "PRF_"))
	case "DH_GROUP":
		return plutoTransform(ike.KeyExchange, strings.Replace(strings.Replace(name, "ECP", "ECP_", 1), "__", "_", 1))
	}
	return ike.Transform{}, false
}

// says takes what is said of a negotiation.
func (g *fortiEvents) says(e entry, text string, t *talk) {
	if m := fortiPeerID.FindStringSubmatch(text); m != nil {
		t.remote.Identity = identity(m[2])
		return
	}
	if strings.Contains(text, "no SA proposal chosen") {
		g.noneChosen(e, t, &g.lists)
	}
	g.lists.listing = nil
	if m := fortiPeerTS.FindStringSubmatch(text); m != nil {
		t.asked = trafficOf(rangeOf(m[3], m[4]), rangeOf(m[1], m[2]))
		return
	}
	if g.refused(fortiStems, e, text, t) != nil {
		return
	}
	switch {
	case fortiBegins.MatchString(text):
		if role := ike.SideOf(strings.HasPrefix(text, "initiator")); t.role == ike.NoSide {
			t.role = role
			g.event(e, logs.Started, t)
		}
	case strings.HasPrefix(text, "established IKE SA"):
		g.event(e, logs.Up, t)
	case strings.HasPrefix(text, "added IPsec SA"):
		ev := g.event(e, logs.ChildUp, t)
		if m := fortiSPIs.FindStringSubmatch(text); m != nil {
			ev.Children = childSPIs(m[1:]...)
		}
	case strings.HasPrefix(text, "negotiation timeout"):
		g.event(e, logs.GaveUp, t)
	case strings.Contains(text, "notify"):
		if m := fortiNotify.FindStringSubmatch(text); m != nil && !strings.Contains(text, "send") && !strings.Contains(text, "sent") {
			g.peerError(e, t, ike.V2, m[1])
		}
	}
}
