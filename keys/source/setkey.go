package source

import (
	"net/netip"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// setkey -D prints the SAs of a BSD kernel, of macOS and of old Linux systems (libipsec's pfkey_dump.c):
//
//	192.168.2.101[4500] 192.168.2.100[4500]
//		esp-udp mode=tunnel spi=135040102(0x080c8c66) reqid=16395(0x0000400b)
//		E: rijndael-cbc  deb3098e 67577550 f23ffb5e c3737c04
//		A: hmac-sha1  881ecd0b 71431e1b 6c35503d 5258bda9 17505da3
//		seq=0x00000b9c replay=4 flags=0x00000000 state=mature
var setkeyFormat = format{
	name:    "setkey -D",
	words:   []string{" spi="},
	starts:  []string{"No SAD entries."},
	looks:   func(text string) bool { return isAddressByte(text[0]) && setkeyAddrs(text) != nil },
	lacks:   kernelTable,
	keyless: "setkey -D prints them to root; on Linux ip xfrm state does, those of AES-GCM, too",
	start:   func(o *out) parser { return &setkeyParser{out: o} },
}

var (
	reSetkeyAddrs = pattern(`^\s*([0-9A-Fa-f.:]+)(?:%\w+)?(\[\d+\])? ([0-9A-Fa-f.:]+)(?:%\w+)?(\[\d+\])?\s*$`)
	reSetkeySA    = pattern(`(?:^|\s)(esp|esp-udp|ah|ipcomp) mode=(\w+) spi=\d+\(0x([0-9a-fA-F]{1,8})\)`)
	reSetkeyKey   = pattern(`^\s*([EAC]): (\S+)(.*)$`)
)

type setkeyParser struct {
	*out
	src, dst netip.Addr
	sa       *setkeySA
}

type setkeySA struct {
	num         int
	sa          esp.Params
	cipher, mac string
	enc, auth   []string // groups
	row         byte     // 'E' or 'A': what a row without a letter goes on with
	gone        [2]bool  // the encryption, the authentication key is redacted
	larval      bool
}

// needs is every line of an SA.
func (p *setkeyParser) needs() need {
	if p.sa != nil {
		return needLine
	}
	return needLook
}

func (p *setkeyParser) line(l line) error {
	if m := setkeyAddrs(l.text); m != nil {
		p.finish()
		src, err1 := netip.ParseAddr(m[1])
		dst, err2 := netip.ParseAddr(m[3])
		if err1 == nil && err2 == nil {
			p.src, p.dst = src, dst
			return nil
		}
	}
	if strings.HasPrefix(l.text, "No SAD entries.") {
		p.recognise()
	}
	if strings.Contains(l.text, " spi=") {
		if m := reSetkeySA.FindStringSubmatch(l.text); m != nil {
			p.begin(l.num, m)
			return nil
		}
	}
	if p.sa != nil {
		p.inside(l)
	}
	return nil
}

// isAddressByte reports whether an address may begin with a byte.
func isAddressByte(c byte) bool { return lex.IsHexDigit(c) || c == ':' }

// setkeyAddrs finds a line of two addresses and nothing else.
func setkeyAddrs(text string) []string {
	const longest = 2*len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%interfacename0[65535]") + 8
	if len(text) > longest || strings.Count(strings.TrimSpace(text), " ") != 1 {
		return nil
	}
	return reSetkeyAddrs.FindStringSubmatch(text)
}

func (p *setkeyParser) begin(num int, m []string) {
	p.finish()
	p.recognise()
	spi := hex32(m[3])
	proto := map[string]esp.Protocol{"esp": esp.ESP, "esp-udp": esp.ESP, "ah": esp.AH, "ipcomp": esp.IPComp}[m[1]]
	p.sa = &setkeySA{num: num, sa: esp.Params{
		Protocol: proto, Src: xfrmAddr(p.src), Dst: xfrmAddr(p.dst), SPI: spi,
		Tunnel: m[2] == "tunnel", Transport: m[2] == "transport", BEET: m[2] == "beet", UDP: m[1] == "esp-udp",
	}}
}

// inside takes a line of an SA.
func (p *setkeyParser) inside(l line) {
	s := p.sa
	if m := reSetkeyKey.FindStringSubmatch(l.text); m != nil {
		s.row = m[1][0]
		s.gone[btoi(s.row == 'A')] = lex.IsRedacted(m[3])
		groups, _, _ := hexWords(m[3])
		switch s.row {
		case 'E':
			s.cipher, s.enc = m[2], groups
		case 'A':
			s.mac, s.auth = m[2], groups
		case 'C':
			s.sa.IPCompAlg, _ = secret.CompressionNumber(m[2])
		}
		return
	}
	s.larval = s.larval || strings.Contains(l.text, "state=larval")
	more, _, ok := hexWords(l.text)
	if !ok || len(s.enc)+len(s.auth) >= maxRows {
		s.row = 0
		return
	}
	switch s.row {
	case 'E':
		s.enc = append(s.enc, more...)
	case 'A':
		s.auth = append(s.auth, more...)
	}
}

// groupBytes are the bytes of a key in groups.
func groupBytes(groups []string) []byte {
	b, _ := lex.ParseHex(strings.Join(groups, " "))
	return b
}

// finish adds the SA that was read.
func (p *setkeyParser) finish() {
	s := p.sa
	p.sa = nil
	if s == nil {
		return
	}
	s.gone[0], s.gone[1] = s.gone[0] || p.hides(groupBytes(s.enc)), s.gone[1] || p.hides(groupBytes(s.auth))
	if s.gone[0] || s.gone[1] && s.sa.Protocol == esp.AH {
		p.redactedSA(s.num, s.sa.SPI)
		return
	}
	if s.sa.Protocol == esp.IPComp {
		p.add(s, nil)
		return
	}
	if s.sa.Protocol == esp.ESP {
		c := cipherBySetkey(s.cipher)
		if s.cipher == "" {
			c = nullCipher()
		}
		if s.cipher == "" && s.mac == "" {
			if !s.larval {
				p.keyless(s.num)
			}
			return
		}
		if !setCipher(&s.sa, c, groupBytes(s.enc)) {
			p.warn(s.num, "SA 0x%08x: unknown encryption algorithm %s", s.sa.SPI, lex.Clip(s.cipher))
			return
		}
	}
	if s.mac == "" || s.sa.Cipher != nil && s.sa.Cipher.AEAD {
		p.add(s, nil)
		return
	}
	macs := macsBySetkey(s.mac)
	if s.gone[1] && len(macs) > 0 {
		p.unchecked(&s.sa, macs[0].ICVLen, s.num)
		p.add(s, nil)
		return
	}
	if len(macs) == 0 {
		p.warn(s.num, "SA 0x%08x: unknown integrity algorithm %s", s.sa.SPI, lex.Clip(s.mac))
	}
	for _, m := range macs {
		sa := s.sa
		setMAC(&sa, m, groupBytes(s.auth))
		if p.cutMAC(&sa, s.num) {
			s.sa = sa
			p.add(s, nil)
			return
		}
		p.add(s, m)
	}
}

// add adds the SA with one MAC.
func (p *setkeyParser) add(s *setkeySA, m *alg.MAC) {
	sa := s.sa
	if m != nil {
		setMAC(&sa, m, groupBytes(s.auth))
	}
	p.addSA(sa, s.num)
}

func (p *setkeyParser) end() error {
	p.finish()
	return nil
}
