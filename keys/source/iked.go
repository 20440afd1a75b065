package source

import (
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// OpenIKED prints keys with -dvvv, each below a label with its length:
//
//	spi=0x71b408ef6ed89fda: ikev2_sa_keys: DHSECRET with 256 bytes
//	0c47a394 ba1507c8 15844a66 5eb05121 34edafc2 dd6d33e1 a2ebac1e 0e305a0f
//	ikev2_sa_keys: SK_ei with 16 bytes
//	1af9403b 76e846f8 60b2c74a 650f9148
//
// S is Ni|Nr|SPIi|SPIr, so that it names the IKE SA. The keys of a Child SA are the Tn behind "key material length", which is rounded up; its
// SPIs, in the order of that KEYMAT, and its algorithms come later:
//
//	spi=0x71b4...: ikev2_childsa_enable: loaded SPIs: 0xff37cf0f, 0xcd0ad932 (enc aes-128 auth hmac-sha1 esn)
var ikedFormat = format{
	name:  "OpenIKED log",
	words: []string{"ikev2_sa_keys", "ikev2_prfplus: ", "ikev2_childsa_negotiate: key material ", "loaded SPIs: "},
	start: func(o *out) parser { return &iked{out: o} },
}

var (
	reIkedLabel  = pattern(`(?:spi=0x([0-9A-Fa-f]{1,16}): )?(ikev2_sa_keys|ikev2_prfplus|ikev2_sa_keys_\w+): (\w+) with (\d+) bytes`)
	reIkedLength = having(`ikev2_childsa_negotiate: key material length (\d+)`, "key material length ")
	reIkedLoaded = having(`loaded SPIs: 0x([0-9A-Fa-f]{1,8}), 0x([0-9A-Fa-f]{1,8}) \(([^)]*)\)`, "loaded SPIs: ")
)

var ikedKinds = map[string]secret.Kind{"DHSECRET": secret.DHSecret, "SKEYSEED": secret.SKEYSEED, "SK_d": secret.SKd, "SK_ai": secret.SKai,
	"SK_ar": secret.SKar, "SK_ei": secret.SKei, "SK_er": secret.SKer, "SK_pi": secret.SKpi, "SK_pr": secret.SKpr}

type iked struct {
	*out
	rows  hexRows
	group int
	where secret.Where
	first int  // place of the first secret in the bag that has no SPIs yet
	seed  bool // the group has SKEYSEED

	keymat int // bytes of a child's KEYMAT; 0: what comes is not a child's
	child  []byte
	num    int
}

func (p *iked) needs() need { return p.rows.needs() }

func (p *iked) line(l line) error {
	if p.rows.num != 0 {
		if p.rows.goesOn(l.text) {
			return nil
		}
		if p.rows.full() && !strings.Contains(l.text, ": ") && p.more(l.text) {
			return nil
		}
		p.value()
	}
	if !strings.Contains(l.text, "ikev2_") {
		return nil
	}
	if strings.Contains(l.text, "ikev2_sa_keys") || strings.Contains(l.text, "ikev2_prfplus: ") {
		if m := reIkedLabel.FindStringSubmatch(l.text); m != nil {
			p.label(l.num, m)
			p.rows.program = programOf(l.text)
			return nil
		}
	}
	if m := reIkedLength.FindStringSubmatch(l.text); m != nil {
		p.keymat, _ = strconv.Atoi(m[1])
	} else if m := reIkedLoaded.FindStringSubmatch(l.text); m != nil {
		p.loaded(m)
	}
	return nil
}

// more takes a row behind a dump that has all that its label announced: then one of them is there twice, and where it is not the last one, no row tells which.
func (p *iked) more(text string) bool {
	_, row, ok := hexWords(text)
	if !ok || isAgain(row, p.rows.last) {
		return ok
	}
	if _, isKey := ikedKinds[p.rows.label]; isKey || p.keymat > 0 && p.rows.label == "Tn" {
		p.warn(p.rows.num, "%s has more rows than its length says: the copy has one twice", p.rows.label)
	}
	p.rows.num = 0
	return true
}

func (p *iked) label(num int, m []string) {
	p.recognise()
	want, err := strconv.Atoi(m[4])
	if err != nil || want > maxRows {
		return
	}
	switch m[3] {
	case "DHSECRET":
		p.group, p.where = 0, secret.Where{}
		p.where.Initiator, _ = ikeSPI(m[1])
	case "SKEYSEED":
		if p.group == 0 || p.seed {
			p.newSA()
		}
		p.keymat = 0
	}
	p.rows.begin(num, m[3], want)
}

// newSA begins the keys of another IKE SA.
func (p *iked) newSA() { p.group, p.first, p.seed = p.newGroup(), len(p.bag.Secrets), false }

// value takes the dump that was read.
func (p *iked) value() {
	label, value, num, ok := p.rows.take()
	p.warnFilled(p.rows.filled, num, label)
	kind := ikedKinds[label]
	switch {
	case label == "Tn" && p.keymat > 0:
		if len(value) >= p.keymat && ok {
			p.child, p.num = value[:p.keymat], num
		} else {
			p.warn(num, "the key material of a Child SA is cut off, %d of %d bytes: the copy lacks a row", len(value), p.keymat)
		}
		p.keymat = 0
	case !ok:
		if kind != 0 {
			p.warn(num, "%s is cut off", label)
		}
	case label == "S" && len(value) > 16:
		p.names(value[len(value)-16:])
	case kind != 0:
		if p.group == 0 {
			p.newSA()
		}
		p.seed = p.seed || kind == secret.SKEYSEED
		p.secret(secret.Secret{Kind: kind, Where: p.where, Value: value, Group: p.group}, num, label)
	}
}

// names gives the keys of the IKE SA their SPIs.
func (p *iked) names(spis []byte) {
	p.where = secret.Where{Initiator: decode.SPI(spis[:8]), Responder: decode.SPI(spis[8:])}
	for i := p.first; i < len(p.bag.Secrets); i++ {
		if p.bag.Secrets[i].Group == p.group {
			p.bag.Secrets[i].Where = p.where
		}
	}
	p.first = len(p.bag.Secrets)
}

// loaded takes the SPIs of the child whose KEYMAT was printed last: encryption and integrity from the initiator of the exchange, then to it
// (RFC 7296, section 2.17).
func (p *iked) loaded(m []string) {
	keymat := p.child
	p.child = nil
	if keymat == nil {
		return
	}
	words := strings.Fields(m[3])
	k := saKeys{num: p.num}
	sa := esp.Params{Protocol: esp.ESP, ESN: strings.HasSuffix(m[3], " esn"), Derived: true}
	for i := 0; i+1 < len(words); i++ {
		switch words[i] {
		case "enc":
			k.cipher = words[i+1]
		case "auth":
			k.mac = words[i+1]
		}
	}
	half := len(keymat) / 2
	enc := half
	if k.mac != "" {
		macs, ok := spelledMACs(k.mac)
		if !ok {
			p.warn(p.num, "unknown integrity algorithm %s", lex.Clip(k.mac))
			return
		}
		if len(macs) > 0 {
			enc -= macs[0].KeyLen
		}
	}
	if enc < 0 {
		p.warn(p.num, "the key material of 0x%s is too short", m[1])
		return
	}
	if k.cipher == "" {
		sa.Protocol = esp.AH
	}
	for dir, spi := range m[1:3] {
		part := keymat[dir*half : (dir+1)*half]
		sa.SPI, k.enc, k.auth = hex32(spi), part[:enc], part[enc:]
		p.addKeys(sa, k)
	}
}

func (p *iked) end() error {
	if p.rows.num != 0 {
		p.value()
	}
	return nil
}
