package source

import (
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// ikeadm of Solaris shows the IKE SAs of in.iked, which speaks IKEv1, to root with their keys, where the daemon runs at the privilege level keymat (illumos,
// cmd/cmd-inet/usr.sbin/ipsecutils/ikeadm.c):
//
//	# ikeadm dump p1
//	IKESA: Cookies: Initiator 0x112124cc538ac351  Responder 0x2df52bfbf2f4581e
//	KEY:   SKEYID_d (20 bytes): a452.../160
//	KEY:   Encryption key (16 bytes): d031.../128
var ikeadmFormat = format{
	name:    "ikeadm of Solaris and illumos",
	words:   []string{"IKESA: Cookies: ", "KEY:  "},
	lacks:   []secret.Lack{{Of: secret.IPsecKeys, Text: "ikeadm has no ESP keys", Advice: "ipseckey dump has them"}},
	keyless: "run ikeadm set priv keymat, and give ikeadm dump p1, as root",
	start:   func(o *out) parser { return &ikeadm{out: o} },
}

var (
	reIkeadmSA  = pattern(`IKESA: Cookies: Initiator 0x([0-9a-f]{1,16})  ?Responder 0x([0-9a-f]{1,16})`)
	reIkeadmKey = pattern(`KEY:  +(Pre-shared key|SKEYID|SKEYID_[dae]|Encryption key) \(\d+ bytes\): ([^/\s]+)`)
)

var ikeadmKinds = map[string]secret.Kind{"Pre-shared key": secret.PSK, "SKEYID": secret.SKEYID, "SKEYID_d": secret.SKEYIDd, "SKEYID_a": secret.SKEYIDa, "SKEYID_e": secret.SKEYIDe,
	"Encryption key": secret.EncKey}

type ikeadm struct {
	*out
	where secret.Where
	group int // of the IKE SA; 0: none is read
	num   int
	keys  bool
}

func (p *ikeadm) line(l line) error {
	if m := reIkeadmSA.FindStringSubmatch(l.text); m != nil {
		p.finish()
		p.recognise()
		p.where.Initiator, _ = ikeSPI(m[1])
		p.where.Responder, _ = ikeSPI(m[2])
		p.group, p.num = p.newGroup(), l.num
		return nil
	}
	m := reIkeadmKey.FindStringSubmatch(l.text)
	if m == nil || p.group == 0 {
		return nil
	}
	p.keys = true
	value, err := lex.ParseHexValue(m[2])
	if err != nil {
		p.unread(l.num, m[1], err)
		return nil
	}
	s := secret.Secret{Kind: ikeadmKinds[m[1]], Where: p.where, Value: value, Group: p.group}
	if s.Kind == secret.PSK {
		s.Where, s.Group = secret.Where{}, 0
	}
	p.secret(s, l.num, m[1])
	return nil
}

// finish counts the IKE SA that was read, if it has no keys.
func (p *ikeadm) finish() {
	if p.group != 0 && !p.keys {
		p.keyless(p.num)
	}
	p.group, p.keys = 0, false
}

func (p *ikeadm) end() error {
	p.finish()
	return nil
}
