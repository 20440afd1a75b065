package source

import (
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// isakmpd prints keys with -d -D A=99 (-D 8=99 -D 3=99 is enough). Each row repeats the time, class and level of its label; lines of other
// classes stand between a dump and the next label:
//
//	212704.500917 Negt 80 ike_phase_1_post_exchange_KE_NONCE: SKEYID:
//	212704.501002 Negt 80 df9bca6c bbcaca35 9c0068be 7f7f86d0 a8f12eba 166e3af8 acbc20c2 45d7e2ac
//	212704.501657 Cryp 40 crypto_init: key:
//	212704.501734 Cryp 40 7c17f851 d8b3c0e1 6e8397fc ba3b619b 741e7426 53b816b5 00b7b4d8 4a743ae4
//
// "[priv]" at the end of a line is of the process with privileges. "last KEYMAT" is a block of an unfinished KEYMAT.
var isakmpdFormat = format{
	name:  "isakmpd log",
	words: []string{" Negt ", " Cryp ", " Exch "},
	start: func(o *out) parser { return &isakmpd{out: o} },
}

var (
	reIsakmpdLine    = pattern(`\b\d{6}\.\d{6} (Negt|Cryp|Exch) +(\d+) (.*)$`)
	reIsakmpdCookies = pattern(`icookie ([0-9A-Fa-f]{16}) rcookie ([0-9A-Fa-f]{16})`)
)

// isakmpdKinds are the labels of phase 1.
var isakmpdKinds = map[string]secret.Kind{"g^xy:": secret.DHSecret, "SKEYID:": secret.SKEYID, "SKEYID_d:": secret.SKEYIDd, "SKEYID_a:": secret.SKEYIDa,
	"SKEYID_e:": secret.SKEYIDe, "key:": secret.EncKey}

type isakmpd struct {
	*out
	rows  hexRows
	class string // of the dump being read, with its level
	quick bool   // it is one of Quick Mode

	where secret.Where
	group int
	proto int
	spi   []byte
}

func (p *isakmpd) line(l line) error {
	m := reIsakmpdLine.FindStringSubmatch(l.text)
	if m == nil {
		return nil
	}
	text := trimBlanks(strings.TrimSuffix(trimBlanks(m[3]), "[priv]"))
	if p.rows.num != 0 {
		if m[1]+m[2] == p.class && p.rows.row(text) {
			return nil
		}
		p.value()
	}
	function, label, ok := strings.Cut(text, ": ")
	switch {
	case !ok:
	case strings.HasPrefix(label, "icookie "):
		p.cookies(label)
	case strings.HasPrefix(label, "suite ") && function == "post_quick_mode":
		_, proto, _ := strings.Cut(label, "proto ")
		p.proto, _ = strconv.Atoi(proto)
	case wantedByIsakmpd(function, label):
		p.recognise()
		p.class, p.quick = m[1]+m[2], function == "post_quick_mode"
		p.rows.begin(l.num, label, 0)
	}
	return nil
}

// wantedByIsakmpd reports whether a function prints a key below a label.
func wantedByIsakmpd(function, label string) bool {
	switch function {
	case "ike_phase_1_post_exchange_KE_NONCE":
		return isakmpdKinds[label] != 0
	case "crypto_init":
		return label == "key:"
	case "post_quick_mode":
		return label == "SPI:" || label == "KEYMAT:" || label == "g^xy:"
	}
	return false
}

func (p *isakmpd) cookies(text string) {
	m := reIsakmpdCookies.FindStringSubmatch(text)
	if m == nil {
		return
	}
	var where secret.Where
	where.Initiator, _ = ikeSPI(m[1])
	where.Responder, _ = ikeSPI(m[2])
	if where.Initiator != p.where.Initiator {
		p.group = 0
	}
	p.where = where
}

// value takes the dump that was read.
func (p *isakmpd) value() {
	label, value, num, ok := p.rows.take()
	p.warnFilled(p.rows.filled, num, label)
	switch {
	case !ok:
	case label == "SPI:":
		p.spi = value
	case label == "KEYMAT:":
		p.keymat(num, value)
	case p.quick:
		p.secret(secret.Secret{Kind: secret.QMDHSecret, Where: p.where, Value: value}, num, label)
	default:
		if p.group == 0 || label == "g^xy:" {
			p.group = p.newGroup()
		}
		p.secret(secret.Secret{Kind: isakmpdKinds[label], Where: p.where, Value: value, Group: p.group}, num, label)
	}
}

// keymat adds an SA for each way to cut its key, which is exactly as long as the algorithms need.
func (p *isakmpd) keymat(num int, value []byte) {
	if len(p.spi) != 4 {
		return
	}
	sa := esp.Params{Protocol: esp.ESP, SPI: bytesSPI(p.spi), Derived: true}
	p.spi = nil
	if p.proto == ikeProtoAH {
		sa.Protocol = esp.AH
		p.addKeys(sa, saKeys{num: num, auth: value})
		return
	}
	p.addKeymat(sa, num, value)
}

func (p *isakmpd) end() error {
	if p.rows.num != 0 {
		p.value()
	}
	return nil
}
