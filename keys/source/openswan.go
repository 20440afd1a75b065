package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Openswan, and libreswan 3 and from 5 on, print keys as a label and a dump, whose first row may stand on the line of the label, or each behind it. The keys of
// both directions follow each other, and what is said when the SA is established has their SPIs:
//
//	| Skeyid_e:  d0 31 cb 7e  9d 63 08 27  89 38 72 0d  17 e9 5f fd
//	|   02 a7 0a e4
//	| KEYMAT computed:
//	|   7e bc ef ce  ...
//	| Peer KEYMAT computed:
//	|   f1 49 fb 92  ...
//	"t" #2: ... IPsec SA established tunnel mode {ESP=>0xcf127d15 <0xc9e510a3 xfrm=AES_128-HMAC_SHA1 ...}
//
// libreswan calls them "our  keymat" and "peer keymat", or "inbound  keymat:" and "outbound keymat:", with IKEv1 "inbound:" and "outbound:" below
// "ESP KEYMAT".
var openswanFormat = format{
	name:  "log of Openswan, or libreswan's KEYMAT",
	words: []string{"=>0x", "| ICOOKIE", "| RCOOKIE", "| Skeyid", "| enc key", "| shared", "| skeyseed", "| SK_", "KEYMAT computed", "keymat", "|   inbound:", "|   outbound:"},
	start: func(o *out) parser { return &openswan{out: o} },
}

var (
	reOpenswanLabel = pattern(`\| +(ICOOKIE|RCOOKIE|Skeyid|Skeyid_[dae]|enc key|shared|skeyseed|SK_[aep][ir]|SK_d|(?:Peer )?KEYMAT computed|(?:our|peer|inbound|outbound) +keymat|(?:in|out)bound):? *((?:[0-9a-f]{2} *)*)$`)
	reOpenswanAlgs  = pattern(`xfrm=([A-Z0-9_]+)(?:-([A-Z0-9_]+))?`)
)

var openswanKinds = map[string]secret.Kind{"Skeyid": secret.SKEYID, "Skeyid_d": secret.SKEYIDd, "Skeyid_a": secret.SKEYIDa, "Skeyid_e": secret.SKEYIDe,
	"enc key": secret.EncKey, "shared": secret.DHSecret, "skeyseed": secret.SKEYSEED, "SK_d": secret.SKd, "SK_ai": secret.SKai, "SK_ar": secret.SKar,
	"SK_ei": secret.SKei, "SK_er": secret.SKer, "SK_pi": secret.SKpi, "SK_pr": secret.SKpr}

type openswan struct {
	*out
	rows   hexRows
	group  int
	where  secret.Where
	seen   map[secret.Kind]bool // in the group
	keymat [2][]byte            // inbound, outbound
	num    int
}

func (p *openswan) needs() need { return p.rows.needs() }

func (p *openswan) line(l line) error {
	if p.rows.num != 0 {
		if p.rows.goesOn(l.text) || p.again(l.text) {
			return nil
		}
		p.value()
	}
	switch {
	case strings.Contains(l.text, "=>0x"):
		if m := rePlutoPair.FindStringSubmatch(l.text); m != nil {
			p.established(l.text, m)
		}
	case strings.Contains(l.text, "| "):
		if m := reOpenswanLabel.FindStringSubmatch(trimBlanks(l.text)); m != nil {
			p.rows.groups = plutoRow
			p.rows.begin(l.num, m[1], 0)
			p.rows.program = programOf(l.text)
			if first, ok := lex.HexGroups(m[2]); ok {
				p.rows.value = first
			}
		}
	}
	return nil
}

// again takes a row behind the label that the row before has, too: libreswan 3 prints KEYMAT so.
func (p *openswan) again(text string) bool {
	m := reOpenswanLabel.FindStringSubmatch(trimBlanks(text))
	if m == nil || m[1] != p.rows.label || openswanKinds[m[1]] != 0 || !isWholeRows(p.rows.value) {
		return false
	}
	row, ok := lex.HexGroups(m[2])
	p.rows.value = append(p.rows.value, row...)
	return ok
}

// value takes the dump that was read.
func (p *openswan) value() {
	label, value, num, ok := p.rows.take()
	p.warnFilled(p.rows.filled, num, label)
	kind := openswanKinds[label]
	switch {
	case !ok:
	case label == "ICOOKIE" && len(value) == 8:
		if spi := [8]byte(value); spi != p.where.Initiator {
			p.where, p.group = secret.Where{Initiator: spi}, 0
		}
	case label == "RCOOKIE" && len(value) == 8:
		p.where.Responder = [8]byte(value)
	case kind != 0:
		if p.group == 0 || p.seen[kind] {
			p.group, p.seen = p.newGroup(), map[secret.Kind]bool{}
		}
		p.seen[kind] = true
		p.secret(secret.Secret{Kind: kind, Where: p.where, Value: value, Group: p.group}, num, label)
	case strings.HasPrefix(label, "Peer ") || strings.HasPrefix(label, "peer") || strings.HasPrefix(label, "outbound"):
		p.keymat[1] = value
	default:
		p.recognise()
		p.keymat, p.num = [2][]byte{value}, num
	}
}

// established takes the SPIs and algorithms of the keys before: {ESP=>0xOUT <0xIN xfrm=AES_128-HMAC_SHA1 ...}.
func (p *openswan) established(text string, m []string) {
	keymat := p.keymat
	p.keymat = [2][]byte{}
	if keymat[0] == nil && keymat[1] == nil {
		return
	}
	sa := esp.Params{Protocol: esp.ESP, ESN: strings.Contains(m[1], "/ESN"), Derived: true}
	sa.UDP = strings.Contains(m[1], "inUDP") || strings.Contains(m[1], "/NAT")
	sa.Tunnel, sa.Transport = strings.Contains(text, "tunnel mode"), strings.Contains(text, "transport mode")
	algs := reOpenswanAlgs.FindStringSubmatch(text)
	for way, key := range keymat {
		if sa.SPI = hex32(m[3-way]); key == nil {
			continue
		}
		if algs == nil {
			p.addKeymat(sa, p.num, key)
			continue
		}
		enc := len(key)
		macs, ok := spelledMACs(algs[2])
		if len(macs) > 0 {
			enc -= macs[0].KeyLen
		}
		if !ok || enc < 0 {
			p.warn(p.num, "SA 0x%08x: unknown integrity algorithm %s", sa.SPI, lex.Clip(algs[2]))
			continue
		}
		if k := (saKeys{num: p.num, cipher: algs[1], mac: algs[2], enc: key[:enc], auth: key[enc:]}); p.whole(sa.SPI, &k) {
			p.addKeys(sa, k)
		}
	}
}

func (p *openswan) end() error {
	if p.rows.num != 0 {
		p.value()
	}
	return nil
}
