package source

import (
	"bytes"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// dump takes one dump.
func (c *charonLog) dump(sa *charonSA, e event) {
	if isSendingSA(e.text) {
		c.kernelSA(e)
		return
	}
	sa = c.keyed(sa, e)
	switch e.text {
	case "natd_chunk":
		c.natd(sa, e.dump)
		return
	case "HASH_I data", "HASH_R data":
		c.hashData(sa, e)
		return
	case "secret":
		if sa.authKey != 0 {
			c.keepAuthKey(sa, sa.authKey, e)
			sa.authKey = 0
			return
		}
		if sa.secret = &e; len(sa.tried) < maxTried {
			sa.tried = append(sa.tried, e)
		}
		return
	case "nonces":
		c.settle(sa, true)
		return
	}
	if len(e.dump) == 0 {
		return // "additional key exchange secret => 0 bytes", the key of NULL
	}
	if id, ok := ivMessage(e.text); ok {
		c.keep(sa, secret.Secret{Kind: secret.IV, Where: secret.Where{MessageID: id}, Value: e.dump}, e)
		return
	}
	switch kind := charonLabels[e.text]; {
	case e.text == "shared Diffie Hellman secret":
		c.settle(sa, true)
		sa.pending = &e
		c.settle(sa, true)
	case kind == secret.DHSecret || kind == secret.ChildDHSecret:
		c.exchangeSecret(sa, e)
	case kind != 0:
		c.ikeKey(sa, kind, e)
	default:
		c.childDump(sa, e)
	}
}

// natd takes the cookies from the data of a NAT detection hash: both cookies, address and port (RFC 3947, section 3.2).
func (c *charonLog) natd(sa *charonSA, b []byte) {
	if len(b) == 8+8+4+2 || len(b) == 8+8+16+2 {
		c.bind(sa, decode.SPI(b[:8]), decode.SPI(b[8:16]))
	}
}

// hashData takes the cookies from what HASH_I and HASH_R are computed over (RFC 2409, section 5):
//
//	HASH_I: g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b
//	HASH_R: g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b
//
// A public value is as long as g^xy, or for elliptic curves twice as long; that the SA payload's DOI and situation, both 1,
// follow the cookies verifies the place.
func (c *charonLog) hashData(sa *charonSA, e event) {
	for _, at := range []int{2 * sa.sharedLen, 4 * sa.sharedLen} {
		if at == 0 || len(e.dump) < at+24 || !bytes.Equal(e.dump[at+16:at+24], []byte{0, 0, 0, 1, 0, 0, 0, 1}) {
			continue
		}
		first, second := decode.SPI(e.dump[at:at+8]), decode.SPI(e.dump[at+8:at+16])
		if e.text == "HASH_R data" {
			first, second = second, first
		}
		c.bind(sa, first, second)
		return
	}
}

// ikeKey takes a value of the IKE SA's own key schedule.
func (c *charonLog) ikeKey(sa *charonSA, kind secret.Kind, e event) {
	c.settle(sa, true)
	starts := kind == secret.SKEYSEED || kind == secret.SKEYID
	if starts && c.hasKind(sa.group, kind) || sa.group == 0 {
		sa.group = c.newGroup()
	}
	sa.derived = sa.derived || kind == secret.SKpr
	c.keep(sa, secret.Secret{Kind: kind, Value: e.dump, Group: sa.group}, e)
}

// hasKind reports whether a group has a value of this kind already, among the last few secrets.
func (c *charonLog) hasKind(group int, kind secret.Kind) bool {
	all := c.bag.Secrets
	for i := len(all) - 1; i >= 0 && i >= len(all)-64; i-- {
		if all[i].Group == group && all[i].Kind == kind {
			return true
		}
	}
	return false
}

// exchangeSecret takes a DH secret that may be the IKE SA's or a child's. The group of the line says which; without
// one, what is printed next does.
func (c *charonLog) exchangeSecret(sa *charonSA, e event) {
	switch {
	case e.group == "IKE":
		c.settle(sa, true)
		sa.pending = &e
		c.settle(sa, true)
	case e.group == "CHD" || e.text == "DH secret":
		c.settle(sa, false)
		sa.pending = &e
		c.settle(sa, false)
	default:
		if e.text == "additional key exchange secret" && sa.pending != nil && !bytes.Equal(sa.pending.dump, e.dump) {
			c.settle(sa, false) // only a child's derivation prints both
			sa.pending = &e
			c.settle(sa, false)
			return
		}
		sa.pending = &e
	}
}
