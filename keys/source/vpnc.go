package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// vpnc prints keys with --debug 3, and the passwords too with 99. A dump of up to 16 bytes stands on the line of its label, a longer one
// below it; the SPIs follow the keys of ESP:
//
//	i_cookie: 83ac720b 3199e22e
//	skeyid_e:
//	6d1a96a7 3a630131 158166a0 56bdf57b f422c083
//	rx.key_cry:
//	...
//	remote -> local spi: 0x9d6f3a52
var vpncFormat = format{
	name:  "vpnc debug output",
	words: []string{" spi: 0x", "shared-key: ", "_cookie:", "skeyid", "dh_shared_secret:", "enc-key:", "x.key_"},
	start: func(o *out) parser { return &vpnc{out: o} },
}

var (
	reVpncLabel = pattern(`(?:^|\s)(i_cookie|r_cookie|dh_shared_secret|psk_skeyid|skeyid|skeyid_[dae]|enc-key|[rt]x\.key_(?:cry|md)): ?((?:[0-9A-Fa-f]{1,8} +)*[0-9A-Fa-f]{0,8})$`)
	reVpncSPI   = pattern(`(remote -> local|local -> remote) spi: 0x([0-9A-Fa-f]{1,8})`)
)

var vpncKinds = map[string]secret.Kind{"dh_shared_secret": secret.DHSecret, "psk_skeyid": secret.SKEYID, "skeyid": secret.SKEYID,
	"skeyid_d": secret.SKEYIDd, "skeyid_a": secret.SKEYIDa, "skeyid_e": secret.SKEYIDe, "enc-key": secret.EncKey}

type vpnc struct {
	*out
	rows  hexRows
	where secret.Where
	group int
	own   bool // this is vpnc's output: a name of its own was seen
	keys  map[string][]byte
	spis  map[string]string // rx and tx: those that stood before their keys
	num   int
}

func (p *vpnc) needs() need { return p.rows.needs() }

func (p *vpnc) line(l line) error {
	if p.rows.num != 0 {
		if p.rows.goesOn(l.text) {
			return nil
		}
		p.value()
	}
	text := strings.TrimRight(l.text, " ")
	if m := reVpncSPI.FindStringSubmatch(text); m != nil {
		p.child(m)
		return nil
	}
	if _, psk, ok := strings.Cut(text, "shared-key: "); ok && p.own {
		if lex.IsRedacted(psk) {
			p.redacted(l.num, "shared-key")
			return nil
		}
		p.secret(secret.Secret{Kind: secret.PSK, Value: []byte(psk)}, l.num, "shared-key")
		return nil
	}
	if !strings.Contains(text, ":") {
		return nil
	}
	m := reVpncLabel.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	p.own = true
	p.rows.begin(l.num, m[1], 0)
	p.rows.program = programOf(l.text)
	if p.rows.row(m[2]) {
		p.value()
	}
	return nil
}

// value takes the dump that was read.
func (p *vpnc) value() {
	const leastDH = 93 // bytes: vpnc has MODP groups only, of which the smallest has 96, perhaps without zeros
	label, value, num, ok := p.rows.take()
	p.warnFilled(p.rows.filled, num, label)
	kind := vpncKinds[label]
	switch {
	case kind != 0 && (!ok || kind == secret.DHSecret && len(value) < leastDH):
		p.warn(num, "%s lacks rows below it: they are in another order, or cut off", label)
	case !ok:
	case label == "i_cookie" || label == "r_cookie":
		p.cookie(label, value)
	case kind != 0:
		if p.group == 0 {
			p.group = p.newGroup()
		}
		p.secret(secret.Secret{Kind: kind, Where: p.where, Value: value, Group: p.group}, num, label)
	default:
		p.recognise()
		if p.keys == nil {
			p.keys = make(map[string][]byte)
		}
		p.keys[label], p.num = value, num
	}
}

// cookie notes the IKE SA of what follows: vpnc prints the headers of all messages.
func (p *vpnc) cookie(label string, value []byte) {
	if len(value) != 8 {
		return
	}
	if label == "r_cookie" {
		p.where.Responder = [8]byte(value)
		return
	}
	if p.where.Initiator != [8]byte(value) {
		p.where, p.group = secret.Where{Initiator: [8]byte(value)}, 0
	}
}

// child takes an SPI of ESP: rx from the gateway, tx to it. Its keys stand before it, or behind.
func (p *vpnc) child(m []string) {
	way := "rx"
	if m[1] == "local -> remote" {
		way = "tx"
	}
	if spi := p.spis[way]; spi != "" {
		p.add(way, spi)
	}
	if p.spis == nil {
		p.spis = make(map[string]string)
	}
	if p.spis[way] = m[2]; p.add(way, m[2]) {
		p.spis[way] = ""
	}
}

// add adds an SA whose keys are there.
func (p *vpnc) add(way, spi string) bool {
	enc, auth := p.keys[way+".key_cry"], p.keys[way+".key_md"]
	if enc == nil && auth == nil {
		return false
	}
	delete(p.keys, way+".key_cry")
	delete(p.keys, way+".key_md")
	p.addKeys(esp.Params{Protocol: esp.ESP, SPI: hex32(spi), Tunnel: true, Derived: true}, saKeys{num: p.num, enc: enc, auth: auth})
	return true
}

func (p *vpnc) end() error {
	if p.rows.num != 0 {
		p.value()
	}
	for _, way := range []string{"rx", "tx"} {
		if spi := p.spis[way]; spi != "" {
			p.add(way, spi)
		}
	}
	return nil
}
