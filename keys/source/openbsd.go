package source

import (
	"errors"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// OpenBSD's ipsecctl prints SAs with "-s sa -k", in the words in which ipsec.conf has manual ones:
//
//	esp tunnel from 192.0.2.1 to 198.51.100.2 spi 0x8b6c1f05 auth hmac-sha2-256 enc aes \
//		authkey 0x20272e33... \
//		enckey 0x1017...
//
// A manual SA may have both directions, "spi 0xOUT:0xIN" and keys likewise. With -v the kernel's message follows, which repeats the keys;
// "ipsecctl -m -k" prints that alone. ipsec.conf and iked.conf hold pre-shared keys, too.
var openBSDFormat = format{
	name:    "ipsecctl, ipsec.conf of OpenBSD",
	typed:   true,
	words:   []string{" spi ", " psk", "\tpsk"},
	looks:   func(text string) bool { return text[len(text)-1] == '\\' },
	lacks:   []secret.Lack{{Of: secret.IKEKeys, Text: "ipsecctl prints no IKE keys", Advice: "iked -dvvv, or isakmpd -d -D A=99, prints them"}},
	keyless: "give ipsecctl -s sa -k, as root",
	start:   func(o *out) parser { return &openBSD{out: o} },
}

var (
	reOpenBSDSA  = pattern(`(?:^|\s)(esp|ah)(?: (tunnel|transport))?(?: proto \S+)? from (\S+) to (\S+) spi (0x[0-9a-fA-F]+|\d+)(?::(0x[0-9a-fA-F]+|\d+))?(.*)$`)
	reOpenBSDMsg = pattern(`^\s*sa: spi (0x[0-9A-Fa-f]{1,8})( auth \S+)?( enc \S+)?`)
	reOpenBSDIKE = pattern(`^(?:ike|ikev2)\s.*?\sfrom\s.*\spsk\s+(.*)$`)
	rePeerWord   = pattern(`\bpeer (\S+)`)
)

type openBSD struct {
	*out
	command backslashed
	num     int
	sas     []int // places of the SA before, for what the message says of it
	spi     uint32
	bareSPI uint32 // of one that was listed without keys
	msg     *openBSDMessage
}

// An openBSDMessage is an SA as the kernel's message has it.
type openBSDMessage struct {
	sa   esp.Params
	keys saKeys
}

// needs is every line of a rule or a message.
func (p *openBSD) needs() need {
	if p.command.open() || p.msg != nil {
		return needLine
	}
	return needLook
}

func (p *openBSD) line(l line) error {
	text, whole := p.command.add(l)
	if !whole {
		return nil
	}
	p.num = p.command.num
	isRule := strings.Contains(text, " spi ") && strings.Contains(text, " from ")
	if isRule || strings.Contains(text, "sa: spi 0x") {
		if m := reOpenBSDSA.FindStringSubmatch(text); m != nil {
			p.finish()
			p.rule(m)
			return nil
		}
		if m := reOpenBSDMsg.FindStringSubmatch(text); m != nil {
			p.finish()
			p.message(m)
			return nil
		}
	}
	if m := p.psk(text); m != "" {
		return p.pskRule(text, m)
	}
	if p.msg != nil {
		p.inside(strings.TrimSpace(text))
	}
	return nil
}

// psk is what follows the word psk in a rule for IKE; "": it is none.
func (p *openBSD) psk(text string) string {
	if !strings.HasPrefix(text, "ike") || !strings.Contains(text, "psk") {
		return ""
	}
	if m := reOpenBSDIKE.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

func (p *openBSD) pskRule(text, value string) error {
	key, err := secretsValue(value)
	if errors.Is(err, lex.ErrRedacted) {
		p.redacted(p.num, "psk")
		return nil
	}
	if err != nil {
		return p.syntax(p.num, "psk: %v", err)
	}
	where := secret.Where{}
	if m := rePeerWord.FindStringSubmatch(text); m != nil && m[1] != "any" {
		where.Peer = m[1]
	}
	p.secret(secret.Secret{Kind: secret.PSK, Where: where, Value: key}, p.num, "psk")
	return nil
}

// rule takes an SA in the words of ipsec.conf, or two.
func (p *openBSD) rule(m []string) {
	p.recognise()
	sa := esp.Params{Protocol: esp.ESP, Src: hostOf(m[3]), Dst: hostOf(m[4]), Tunnel: m[2] != "transport", Transport: m[2] == "transport"}
	if m[1] == "ah" {
		sa.Protocol = esp.AH
	}
	spis := [2]string{m[5], m[6]}
	var keys [2]saKeys
	words := strings.Fields(m[7])
	for i := 0; i+1 < len(words); i++ {
		out, in, both := strings.Cut(words[i+1], ":")
		switch words[i] {
		case "auth":
			keys[0].mac, keys[1].mac = words[i+1], words[i+1]
		case "enc":
			keys[0].cipher, keys[1].cipher = words[i+1], words[i+1]
		case "authkey", "enckey":
			for dir, digits := range []string{out, in}[:1+btoi(both)] {
				if reShellVar.MatchString(digits) {
					p.warn(p.num, "%s is a variable: put the key in its place", words[i])
					return
				}
				if err := keys[dir].read(digits, words[i] == "authkey"); err != nil {
					p.warn(p.num, "%s: %v", words[i], err)
				}
			}
		}
	}
	p.sas = p.sas[:0]
	for dir, spi := range spis {
		n, err := strconv.ParseUint(spi, 0, 32)
		if err != nil {
			continue
		}
		sa.SPI, p.spi, keys[dir].num = uint32(n), uint32(n), p.num
		if dir == 1 {
			sa.Src, sa.Dst = sa.Dst, sa.Src
		}
		p.addRule(sa, keys[dir])
	}
}

// addRule adds an SA whose keys are there: without -k they are not.
func (p *openBSD) addRule(sa esp.Params, k saKeys) {
	if k.empty() {
		p.sas, p.bareSPI = p.sas[:0], sa.SPI
		p.keyless(k.num)
		return
	}
	if k.cipher == "" && sa.Protocol == esp.ESP {
		k.cipher = "aes" // ipsec.conf's defaults
	}
	if k.mac == "" && (len(k.auth) > 0 || k.authGone) {
		k.mac = "hmac-sha2-256"
	}
	first := len(p.bag.SAs)
	p.addKeys(sa, k)
	for i := first; i < len(p.bag.SAs); i++ {
		p.sas = append(p.sas, i)
	}
}

// message begins the kernel's message about an SA, most often the one just listed.
func (p *openBSD) message(m []string) {
	p.recognise()
	p.msg = &openBSDMessage{sa: esp.Params{Protocol: esp.ESP, SPI: hex32(m[1][2:])}}
	p.msg.keys = saKeys{num: p.num, mac: strings.TrimPrefix(m[2], " auth "), cipher: strings.TrimPrefix(m[3], " enc ")}
	if m[3] == "" {
		p.msg.sa.Protocol = esp.AH
	}
}

// inside takes a line of the message.
func (p *openBSD) inside(text string) {
	s := p.msg
	name, value, _ := strings.Cut(text, ": ")
	switch name {
	case "address_src":
		s.sa.Src = hostOf(value)
	case "address_dst":
		s.sa.Dst = hostOf(value)
	case "key_auth", "key_encrypt":
		_, digits, _ := strings.Cut(value, ": ")
		key, _ := lex.HexGroups(digits)
		if name == "key_auth" {
			s.keys.auth = key
		} else {
			s.keys.enc = key
		}
	case "udpencap":
		s.sa.UDP = true
	default:
		if _, flags, ok := strings.Cut(text, "flags "); ok {
			s.sa.ESN = s.sa.ESN || strings.Contains(flags, "esn")
			s.sa.UDP = s.sa.UDP || strings.Contains(flags, "udpencap")
			s.sa.Tunnel = s.sa.Tunnel || strings.Contains(flags, "tunnel")
		}
	}
}

// finish ends the message: it adds to the SA just listed what that does not tell, or is an SA of its own.
func (p *openBSD) finish() {
	s := p.msg
	p.msg = nil
	if s == nil {
		return
	}
	if len(p.sas) > 0 && p.spi == s.sa.SPI {
		for _, i := range p.sas {
			p.bag.SAs[i].ESN, p.bag.SAs[i].UDP = s.sa.ESN, s.sa.UDP
		}
		p.sas = p.sas[:0]
		return
	}
	if len(s.keys.enc)+len(s.keys.auth) > 0 || p.bareSPI != s.sa.SPI {
		p.addKeys(s.sa, s.keys)
	}
}

func (p *openBSD) end() error {
	p.finish()
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
