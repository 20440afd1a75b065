package source

import (
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// An ikedPolicy is what a policy is set to take for the IKE SA and for its children, and the line that says so.
type ikedPolicy struct {
	ike, child *logs.Offer
	line       int
}

var (
	// ikedPolicyLine is how iked writes a policy when it reads its configuration:
	//
	//	ikev2 "t" passive tunnel esp inet from 10.2.0.0/24 to 10.1.0.0/24 local 192.0.2.2 peer 192.0.2.1 ikesa enc aes-256 prf hmac-sha2-256
	//	  auth hmac-sha2-256 group modp2048 childsa enc aes-128 auth hmac-sha1 group none noesn srcid gwb dstid gwa lifetime 10800 bytes 4294967296
	ikedPolicyLine = behind(`^ikev2 "([^"]*)" (.*) lifetime \d+ bytes \d+`, `ikev2 "`)
	ikedInPolicy   = having(`, policy '([^']*)'`, ", policy '")
	ikedTransform  = behind(`^(IKE|ESP|AH) #(\d+) (ENCR|INTEGR|PRF|DH|ESN)=(\S+)$`, "IKE #", "ESP #", "AH #")
)

// policy takes the line of a policy; false where it is none.
func (g *ikedEvents) policy(e entry) bool {
	m := ikedPolicyLine.FindStringSubmatch(e.text)
	if m == nil {
		return false
	}
	protocol := ike.ESP
	if strings.Contains(" "+m[2]+" ", " ah ") {
		protocol = ike.AH
	}
	if g.policies == nil {
		g.policies = make(map[string]ikedPolicy)
	}
	if len(g.policies) < maxEventList {
		g.policies[m[1]] = ikedPolicy{ike: ikedOffer(m[2], " ikesa ", ike.IKE), child: ikedOffer(m[2], " childsa ", protocol), line: e.num}
	}
	return true
}

// ikedOffer reads the proposals of a policy, each of which begins with a word; nil where there is something in them that is not known.
func ikedOffer(policy, begin string, protocol ike.Protocol) *logs.Offer {
	o := &logs.Offer{Offer: ike.Offer{Version: ike.V2}}
	for _, part := range strings.Split(policy, begin)[1:] {
		p := ike.Proposal{Number: uint8(len(o.Words) + 1), Protocol: protocol, Suites: make([]ike.Suite, 1)}
		words, n := strings.Fields(part), 0
		for ; n < len(words); n++ {
			t, width, ok := ikedSetting(words[n:], protocol)
			if width == 0 {
				break // of the next proposal, or of the policy
			}
			if !ok {
				return nil
			}
			if n += width - 1; t != (ike.Transform{}) {
				p.Suites[0].Transforms = append(p.Suites[0].Transforms, t)
			}
		}
		if len(p.Suites[0].Transforms) == 0 || len(o.Words) == maxEventList {
			return nil
		}
		o.Proposals = append(o.Proposals, p)
		o.Words = append(o.Words, strings.TrimSpace(begin)+" "+strings.Join(words[:n], " "))
	}
	if len(o.Words) == 0 {
		return nil
	}
	return o
}

// ikedSetting reads one algorithm at the front of words, and says how many of them it is; 0: it is none. No algorithm is a zero Transform.
func ikedSetting(words []string, protocol ike.Protocol) (t ike.Transform, width int, ok bool) {
	switch words[0] {
	case "esn":
		t, ok = charonTransform("EXT_SEQ")
		return t, 1, ok
	case "noesn":
		t, ok = charonTransform("NO_EXT_SEQ")
		return t, 1, ok
	}
	kind, known := map[string]ike.Kind{"enc": ike.Encryption, "prf": ike.PRF, "auth": ike.Integrity, "group": ike.KeyExchange}[words[0]]
	if !known || len(words) < 2 {
		return t, 0, false
	}
	name := words[1]
	if name == "none" {
		return t, 2, true
	}
	t, ok = plutoTransform(kind, ikedNamed(kind, name, protocol))
	return t, 2, ok
}

var ikedAES = pattern(`^aes-(\d+)(?:-(gcm|ctr|gmac))?(?:-(\d+))?$`)

// ikedNames are the names in iked's configuration that are not spelt as the others are.
var ikedNames = map[string]string{"3des": "3DES_CBC", "blowfish": "BLOWFISH_CBC", "cast": "CAST_CBC", "hmac-md5": "HMAC_MD5_96", "hmac-sha1": "HMAC_SHA1_96",
	"hmac-sha2-256": "HMAC_SHA2_256_128", "hmac-sha2-384": "HMAC_SHA2_384_192", "hmac-sha2-512": "HMAC_SHA2_512_256"}

// ikedNamed is pluto's name for an algorithm of iked's configuration.
func ikedNamed(kind ike.Kind, name string, protocol ike.Protocol) string {
	upper := strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	switch {
	case kind == ike.PRF:
		return upper
	case kind == ike.KeyExchange:
		if bits, ok := strings.CutPrefix(upper, "BRAINPOOL"); ok {
			return "ECP_" + bits + "_BP"
		}
		if bits, ok := strings.CutPrefix(upper, "ECP"); ok {
			return "ECP_" + bits
		}
		return upper
	}
	if other, ok := ikedNames[name]; ok {
		return other
	}
	m := ikedAES.FindStringSubmatch(name)
	switch {
	case m == nil:
		return upper
	case m[2] == "gcm" && m[3] == "":
		return "AES_GCM_16_" + m[1]
	case m[2] == "gcm":
		return "AES_GCM_" + m[3] + "_" + m[1]
	case m[2] == "ctr":
		return "AES_CTR_" + m[1]
	case m[2] == "gmac":
		return "NULL_AES_GMAC_" + m[1]
	}
	return "AES_CBC_" + m[1]
}

// offered takes a line of the peer's proposals, none of which was chosen; false where it is none. With the first line that is none, the event
// of both sides' is added.
func (g *ikedEvents) offered(e entry, name, text string, t *talk) bool {
	m := ikedTransform.FindStringSubmatch(text)
	if name != "ikev2_log_proposal" || m == nil {
		g.endOffer()
		return false
	}
	number, err := strconv.ParseUint(m[2], 10, 8)
	if g.lists.received == nil {
		g.lists.begin(true)
		g.listedAt, g.listedOf = e, t
	}
	o := g.lists.received
	if n := len(o.Proposals); n == 0 || o.Proposals[n-1].Number != uint8(number) {
		g.lists.add(ike.Proposal{Number: uint8(number), Protocol: charonProtocols[m[1]], Suites: make([]ike.Suite, 1)}, m[1]+" #"+m[2])
	}
	kind := map[string]ike.Kind{"ENCR": ike.Encryption, "INTEGR": ike.Integrity, "PRF": ike.PRF, "DH": ike.KeyExchange, "ESN": ike.ESN}[m[3]]
	value := strings.ReplaceAll(m[4], "-", "_")
	switch {
	case kind == ike.ESN && value == "NONE":
		value = "NO_EXT_SEQ"
	case kind == ike.ESN:
		value = "EXT_SEQ"
	case value == "NONE":
		return true
	}
	x, ok := plutoTransform(kind, value)
	if g.lists.unread = g.lists.unread || !ok || err != nil; len(o.Proposals) > 0 {
		s := &o.Proposals[len(o.Proposals)-1].Suites[0]
		s.Transforms = append(s.Transforms, x)
		last := len(o.Words) - 1
		if o.Words[last] += " " + m[3] + "=" + m[4]; len(s.Transforms) > maxEventList {
			g.lists.unread = true
		}
	}
	return true
}

// endOffer adds the event of the peer's proposals and of those of the policy, where there are both.
func (g *ikedEvents) endOffer() {
	if g.lists.received == nil {
		return
	}
	p, ok := g.policies[g.inPolicy]
	if !ok && len(g.policies) == 1 {
		for _, p = range g.policies {
		}
	}
	if g.lists.configured = p.child; len(g.lists.received.Proposals) > 0 && g.lists.received.Proposals[0].Protocol == ike.IKE {
		g.lists.configured = p.ike
	}
	g.listedAt.num = p.line
	g.noneChosen(g.listedAt, g.listedOf, &g.lists)
	g.lists = offerLists{}
}
