package source

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A configuration of ipdecap has an SA on a line, and no authentication key:
//
//	192.0.2.1	192.0.2.2	aes128-cbc	hmac_sha1-96	0xf149...	0xcf127d15
var ipdecapFormat = format{
	name:  "ipdecap configuration",
	typed: true,
	looks: func(text string) bool { return isAddressByte(text[0]) && strings.Contains(text, "0x") },
	lacks: []secret.Lack{
		{Of: secret.IKEKeys, Text: "ipdecap has no IKE keys"},
		{Of: secret.ICVKeys, Text: "ipdecap has no authentication keys: ICVs are not verified"},
	},
	start: func(o *out) parser { return &ipdecap{o} },
}

type ipdecap struct{ *out }

func (p *ipdecap) line(l line) error {
	if strings.Count(l.text, "0x") < 1 {
		return nil
	}
	words := strings.Fields(l.text)
	if len(words) != 6 || !strings.HasPrefix(words[5], "0x") {
		return nil
	}
	src, err1 := netip.ParseAddr(words[0])
	dst, err2 := netip.ParseAddr(words[1])
	spi, err3 := strconv.ParseUint(words[5], 0, 32)
	if err1 != nil || err2 != nil || err3 != nil {
		return nil
	}
	c := spelledCipher(words[2])
	icv, ok := icvOf(words[3])
	if c == nil || !ok {
		p.warn(l.num, "SA 0x%08x: unknown algorithms %s, %s", spi, lex.Clip(words[2]), lex.Clip(words[3]))
		return nil
	}
	key, err := lex.ParseHexValue(words[4])
	if err != nil {
		p.unread(l.num, fmt.Sprintf("SA 0x%08x: key", spi), err)
		return nil
	}
	sa := esp.Params{Protocol: esp.ESP, SPI: uint32(spi), Src: src, Dst: dst}
	setCipher(&sa, c, key)
	sa.NoCheck, sa.ICVLen = icv > 0, icv
	p.addSA(sa, l.num)
	return nil
}

// icvOf is the length of the ICV, in bytes, of an algorithm by its name: ipdecap also has "any96" and the like, for those that it does not know.
func icvOf(name string) (int, bool) {
	if bits, ok := strings.CutPrefix(name, "any"); ok {
		n, err := strconv.Atoi(bits)
		return n / 8, err == nil && n > 0 && n%8 == 0 && n <= 512
	}
	macs, ok := spelledMACs(name)
	if len(macs) == 0 {
		return 0, ok
	}
	return macs[0].ICVLen, true
}

func (p *ipdecap) end() error { return nil }
