package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// FreeS/WAN and Openswan with KLIPS take manual keys by "ipsec spi", and from connections of ipsec.conf (FreeS/WAN, ipsec.conf(5), "manual keying"), where
// those of each direction may have the side before them that the SA goes to. Underscores between groups count for nothing:
//
//	ipsec spi --af inet --edst 192.0.2.2 --spi 0xcf127d15 --proto esp --src 192.0.2.1 --esp 3des-md5-96 --enckey 0x... --authkey 0x...
//
//	conn manual
//		left=192.0.2.1
//		right=192.0.2.2
//		spi=0x200
//		esp=3des-md5-96
//		espenckey=0x01234567_89abcdef_...
//		leftespauthkey=0x12345678_...
var klipsFormat = format{
	name:   "manual keys of FreeS/WAN and Openswan",
	typed:  true,
	words:  []string{"spi --", "espenckey=", "espauthkey=", "espspi=", "ahkey=", "ahspi="},
	starts: []string{"conn ", "left=", "right=", "spi=", "esp=", "ah="},
	looks:  isShellSet,
	lacks:  manualKeys,
	start:  func(o *out) parser { return &klips{out: o} },
}

var klipsNames = map[string]setting{"--edst": settingDst, "--src": settingSrc, "--spi": settingSPI, "--proto": settingProtocol, "--enckey": settingEnc, "--authkey": settingAuth}

type klips struct {
	*out
	vars  shellVars
	lines backslashed
	conn  map[string]string // settings of a connection; nil: none is read
	num   int
}

// needs is every line of a command.
func (p *klips) needs() need {
	if p.lines.open() {
		return needLine
	}
	return needLook
}

func (p *klips) line(l line) error {
	text, whole := p.lines.add(l)
	if !whole {
		return nil
	}
	text = strings.TrimSpace(text)
	if name, ok := strings.CutPrefix(text, "conn "); ok {
		p.finish()
		if p.conn = map[string]string{}; strings.HasPrefix(name, "%") {
			p.conn = nil // defaults
		}
		return nil
	}
	if name, value, ok := shellSet(text); ok {
		p.vars.note(text)
		if p.conn != nil && len(value) < maxVarText && len(p.conn) < maxVars {
			p.conn[name] = strings.Trim(value, `"`)
			if p.num == 0 && isKLIPSKey(name) {
				p.num = l.num
			}
		}
		return nil
	}
	if _, options, ok := strings.Cut(text, "spi --"); ok {
		p.command(p.vars.expand("--" + options))
	}
	return nil
}

// isKLIPSKey reports whether a setting is a manual key; others, leftrsasigkey for one, are of IKE.
func isKLIPSKey(name string) bool {
	return strings.HasSuffix(name, "espenckey") || strings.HasSuffix(name, "espauthkey") || strings.HasSuffix(name, "ahkey")
}

// command takes the options of "ipsec spi".
func (p *klips) command(text string) {
	words := lex.ShellWords(text)
	sa := newSettledSA(p.lines.num)
	for i := range words {
		switch lex.Word(words, i) {
		case "--esp", "--ah":
			klipsAlgorithms(&sa.keys, lex.Word(words, i+1), lex.Word(words, i) == "--ah")
		case "--said": // esp0xcf127d15@192.0.2.2
			said, dst, _ := strings.Cut(lex.Word(words, i+1), "@")
			if protocol, spi, ok := strings.Cut(said, "0x"); ok && sa.set(settingSPI, "0x"+spi) == nil {
				sa.set(settingProtocol, protocol)
				sa.set(settingDst, dst)
			}
		}
	}
	if sa.keys.mac != "" && p.setWords(&sa, words, klipsNames) {
		p.addSettled(sa)
	}
}

// klipsAlgorithms takes "3des-md5-96", of AH "hmac-md5-96".
func klipsAlgorithms(k *saKeys, name string, ah bool) {
	if ah {
		k.mac = name
		return
	}
	k.cipher, k.mac, _ = strings.Cut(name, "-")
	k.mac = firstOf(k.mac, "null")
}

// finish adds the SAs of a connection, one to each side.
func (p *klips) finish() {
	conn, num := p.conn, p.num
	p.conn, p.num = nil, 0
	if num == 0 {
		return
	}
	for _, side := range []string{"left", "right"} {
		other := map[string]string{"left": "right", "right": "left"}[side]
		of := func(name string) string { return firstOf(conn[side+name], conn[name]) }
		sa := newSettledSA(num)
		sa.sa.Src, sa.sa.Dst = hostOf(conn[other]), hostOf(conn[side])
		spi, protocol := firstOf(of("espspi"), conn["spi"]), "esp"
		if of("ahkey") != "" {
			spi, protocol = firstOf(of("ahspi"), conn["spi"]), "ah"
			sa.sa.Protocol = esp.AH
		}
		klipsAlgorithms(&sa.keys, conn[protocol], protocol == "ah")
		for _, s := range []struct {
			what  setting
			value string
		}{{settingSPI, spi}, {settingEnc, of("espenckey")}, {settingAuth, firstOf(of("ahkey"), of("espauthkey"))}} {
			if err := sa.set(s.what, s.value); err != nil {
				p.recognise()
				p.warn(num, "manual keys to %s: %v", side, err)
				sa.haveSPI = false
				break
			}
		}
		p.addSettled(sa)
	}
}

func (p *klips) end() error {
	p.finish()
	return nil
}
