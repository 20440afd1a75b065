package source

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// ip xfrm state (also -s, -o, and ip xfrm monitor) prints the SAs of the Linux kernel, and "ip xfrm state add" in scripts
// takes the same words:
//
//	src 192.1.2.45 dst 192.1.2.23
//		proto esp spi 0xc150f464 reqid 16389 mode tunnel
//		replay-window 0 flag af-unspec esn
//		aead rfc4106(gcm(aes)) 0xc4cf... 128
//		encap type espinudp sport 4500 dport 4500 addr 0.0.0.0
var xfrmFormat = format{
	name:    "ip xfrm state",
	words:   append([]string{" dst "}, xfrmCommandWords...),
	looks:   isShellSet,
	lacks:   kernelTable,
	keyless: "ip prints them to root alone, and not with nokeys; give ip xfrm state of root, taken while the tunnel is up",
	start:   func(o *out) parser { return &xfrmParser{out: o} },
}

var (
	reXFRMHeader = pattern(`(?:^|[^a-z])src ([0-9A-Fa-f.:]+) dst ([0-9A-Fa-f.:]+)(?:\s|\\|$)`)
	// reXFRMMasked is a header of which an address was taken out, alone in its line or with -o: "src <srcip> dst x.x.x.x". ip xfrm monitor has a word before it.
	reXFRMMasked = pattern(`^\s*(?:Updated |Deleted |Expired )?src ([^\s/$]+) dst ([^\s/$]+)\s*(?:$|\\|proto )`)
	reXFRMProto  = pattern(`(?:^|[^a-z])proto (esp|ah|comp|50|51|108) spi ((?:0x)?[0-9a-fA-F]+)(\.\d*E\+?\d+)?`)
	// A command may have them apart, and in either order.
	reXFRMTypedProto = pattern(`\sproto (esp|ah|comp|50|51|108)\b`)
	reXFRMTypedSPI   = pattern(`\sspi ((?:0x)?[0-9a-fA-F]+)\b`)
)

type xfrmParser struct {
	*out
	state *xfrmState
	cont  bool // a script's line went on behind a backslash
	vars  shellVars
	funcs shellFuncs

	command backslashed // whose addresses are not in its first words
	// larval are states without any algorithm: their negotiation goes on, or, where no state has one, keys were taken out.
	larval lineCount
}

// An xfrmState is one state being read.
type xfrmState struct {
	num   int
	sa    esp.Params
	proto bool
	algs  bool // an algorithm was seen
	// the selector, where it is two hosts
	innerSrc, innerDst netip.Addr
	unknown            string    // an algorithm that is not known
	keyless            bool      // the length of a key stands in its place
	rounded            string    // an SPI of which digits are missing
	encGone, authGone  bool      // keys that are redacted
	macLen             int       // bytes of the ICV, where its key is
	typed              bool      // of a script: a person chose the key
	spiVar             bool      // the SPI is a variable
	apart              [2]string // protocol and SPI of a command that has other words between them
}

// kernelTable is what tables of a kernel lack.
var kernelTable = []secret.Lack{{Of: secret.IKEKeys, Text: "a kernel's table has no IKE keys", Advice: "the log of the IKE daemon has them"}}

// needs is every line of a state.
func (p *xfrmParser) needs() need {
	if p.state != nil || p.command.open() || p.funcs.reading != "" {
		return needLine
	}
	return needLook
}

func (p *xfrmParser) line(l line) error {
	if back, taken := p.funcs.read(l, isXFRMCommand); taken {
		for _, b := range back {
			if err := p.take(b); err != nil {
				return err
			}
		}
		return nil
	}
	if name := p.funcs.call(l.text); name != "" {
		inside := p.funcs.depth > 0
		err := p.funcs.run(name, l, &p.vars, p.line)
		if !inside && p.funcs.lines > maxShellLines {
			p.warn(l.num, "%s runs more than %d lines: those behind are not read", name, maxShellLines)
		}
		return err
	}
	return p.take(l)
}

// looks reports whether a line sets variables, or begins or calls a function.
func (p *xfrmParser) looks(text string) bool {
	return isShellSet(text) || opensShellFunc(text) != "" || p.funcs.call(text) != ""
}

// take takes a line that stands in no function, or as its call has it.
func (p *xfrmParser) take(l line) error {
	p.vars.note(l.text)
	text := xfrmUnquoted(xfrmListed(p.vars.expand(l.text)))
	if p.command.open() || xfrmHeader(text) == nil && reXFRMCommand.FindStringSubmatch(text) != nil {
		whole, ended := p.command.add(l.with(text))
		if !ended {
			return nil
		}
		l.num, text = p.command.num, xfrmOrdered(whole)
	}
	wasCont := p.cont
	p.cont = strings.HasSuffix(trimBlanks(text), `\`)
	if m := xfrmHeader(text); m != nil && !xfrmInner(text[:m[2]]) {
		p.finish()
		p.state = &xfrmState{num: l.num, sa: esp.Params{Src: hostOf(text[m[2]:m[3]]), Dst: hostOf(text[m[4]:m[5]])}, typed: strings.Contains(text[:m[2]], " add ") || strings.Contains(text[:m[2]], " update ")}
		if p.state.typed { // the words of a command have no order
			p.words(text[:m[2]])
		}
		p.words(text[m[5]:])
		return nil
	}
	if strings.Contains(text, "xfrm state add ") && strings.Contains(text, "$") {
		p.recognise()
		p.warn(l.num, "the addresses are variables: put their values in their place")
	}
	if p.state == nil {
		return nil
	}
	trimmed := strings.TrimSpace(text)
	indented := len(text) > 0 && (text[0] == ' ' || text[0] == '\t')
	if trimmed == "" || !indented && !wasCont && !xfrmLine(trimmed) {
		p.finish()
		return nil
	}
	p.words(text)
	return nil
}

// xfrmHeader finds "src A dst B". Most lines of a large log are not one, which is cheap to see.
func xfrmHeader(text string) []int {
	if !strings.Contains(text, " dst ") {
		return nil
	}
	if m := reXFRMHeader.FindStringSubmatchIndex(text); m != nil && isAddr(text[m[2]:m[3]]) && isAddr(text[m[4]:m[5]]) {
		return m
	}
	return reXFRMMasked.FindStringSubmatchIndex(text)
}

func isAddr(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// xfrmInner reports whether a "src ... dst ..." is the selector or template of a state or policy, not a new state.
func xfrmInner(before string) bool {
	words := strings.Fields(strings.TrimSuffix(strings.TrimRight(before, " "), "src"))
	if len(words) == 0 {
		return false
	}
	last := words[len(words)-1]
	return last == "sel" || last == "tmpl" || last == "from" || last == "route"
}

// xfrmLine reports whether a line without indentation goes on with a state: pastes lose their tabs.
func xfrmLine(s string) bool {
	word, _, _ := strings.Cut(s, " ")
	switch word {
	case "proto", "replay-window", "aead", "auth", "auth-trunc", "enc", "comp", "encap", "anti-replay", "sel", "lastused",
		"dir", "mark", "output-mark", "if_id", "lifetime", "limit:", "stats:", "crypto", "security", "tfcpad", "seq-hi":
		return true
	}
	return reXFRMProto.MatchString(s) // behind a logger's prefix
}

// xfrmAddr is an address of a state; the unspecified one stands for any.
func xfrmAddr(a netip.Addr) netip.Addr {
	if a.IsUnspecified() {
		return netip.Addr{}
	}
	return a
}

// words reads the words of a line.
func (p *xfrmParser) words(text string) {
	s := p.state
	if m := s.protoSPI(text); m != nil && !s.proto {
		spi, err := strconv.ParseUint(m[2], 0, 32)
		if m[3] != "" {
			s.rounded = m[2] + m[3]
		}
		if err == nil {
			s.proto = true
			s.sa.SPI = uint32(spi)
			s.sa.Protocol = map[string]esp.Protocol{"esp": esp.ESP, "50": esp.ESP, "ah": esp.AH, "51": esp.AH, "comp": esp.IPComp, "108": esp.IPComp}[m[1]]
			p.recognise()
		}
	}
	words := lex.ShellWords(strings.ReplaceAll(text, `\`, " "))
	for i := 0; i < len(words); i++ {
		rest := words[i+1:]
		switch words[i].Text {
		case "sel":
			s.inner(rest)
		case "mode":
			s.sa.Tunnel = s.sa.Tunnel || lex.Word(rest, 0) == "tunnel"
			s.sa.Transport = s.sa.Transport || lex.Word(rest, 0) == "transport"
			s.sa.BEET = s.sa.BEET || lex.Word(rest, 0) == "beet"
		case "esn":
			s.sa.ESN = true
		case "anti-replay": // "esn context" is how the kernel keeps a window of more than 32 packets, too
			if lex.Word(rest, 0) == "esn" {
				i++
			}
		case "encap":
			typ := lex.Word(rest, 0)
			if typ == "type" {
				typ = lex.Word(rest, 1)
			}
			s.sa.UDP = strings.HasPrefix(typ, "espinudp")
		case "enc":
			p.cipher(rest, false)
		case "aead":
			p.cipher(rest, true)
		case "auth", "auth-trunc":
			p.mac(rest, words[i].Text == "auth-trunc")
		case "comp":
			if n, err := secret.CompressionNumber(lex.Word(rest, 0)); err == nil && lex.Word(rest, 0) != "spi" {
				s.sa.IPCompAlg, s.algs = n, true
			}
		}
	}
}

// protoSPI finds the protocol and the SPI, as reXFRMProto has them.
func (s *xfrmState) protoSPI(text string) []string {
	if m := reXFRMProto.FindStringSubmatch(text); m != nil || !s.typed {
		return m
	}
	s.spiVar = s.spiVar || strings.Contains(strings.ReplaceAll(text, `"`, ""), " spi $")
	for i, re := range []*lazyRegexp{reXFRMTypedProto, reXFRMTypedSPI} {
		if m := re.FindStringSubmatch(text); m != nil && s.apart[i] == "" {
			s.apart[i] = m[1]
		}
	}
	if s.apart[0] == "" || s.apart[1] == "" {
		return nil
	}
	return []string{"", s.apart[0], s.apart[1], ""}
}

// inner takes the selector, which in BEET mode is the pair of addresses inside: "sel src 10.2.0.10/32 dst 10.1.0.10/32".
func (s *xfrmState) inner(w []lex.Field) {
	src, err1 := netip.ParsePrefix(lex.Word(w, 1))
	dst, err2 := netip.ParsePrefix(lex.Word(w, 3))
	if err1 == nil && err2 == nil && src.IsSingleIP() && dst.IsSingleIP() {
		s.innerSrc, s.innerDst = src.Addr(), dst.Addr()
	}
}

// cipher reads NAME KEY, for an AEAD NAME KEY ICVBITS.
func (p *xfrmParser) cipher(w []lex.Field, aead bool) {
	s := p.state
	name, key, bits, gone, ok := p.algorithm(w, aead)
	s.encGone = s.encGone || gone
	if ok && !setCipher(&s.sa, cipherByXFRM(name, bits), key) {
		s.unknown = "encryption algorithm " + lex.Clip(name) + " is not known"
	}
}

// mac reads NAME KEY or NAME KEY BITS.
func (p *xfrmParser) mac(w []lex.Field, trunc bool) {
	s := p.state
	name, key, bits, gone, ok := p.algorithm(w, trunc)
	if !ok {
		return
	}
	m, icv := macByXFRM(name, bits)
	s.authGone = s.authGone || gone
	switch {
	case gone && m != nil:
		if s.macLen = icv; icv == 0 {
			s.macLen = m.ICVLen
		}
		return
	case !setMAC(&s.sa, m, key):
		s.unknown = "integrity algorithm " + lex.Clip(name) + " is not known"
	}
	s.sa.ICVLen, s.sa.Kernel = icv, trunc && bits > 0 && !s.typed
	if trunc && bits == 0 && !s.typed {
		p.cutMAC(&s.sa, s.num)
	}
}

// algorithm reads NAME KEY, where sized is set NAME KEY BITS, and notes that the SA has an algorithm.
func (p *xfrmParser) algorithm(w []lex.Field, sized bool) (name string, key []byte, bits int, gone, ok bool) {
	name = lex.Word(w, 0)
	if name == "" || strings.HasPrefix(name, "0x") {
		return "", nil, 0, false, false
	}
	p.state.algs = true
	used := lex.RedactedWords(w[1:])
	if gone = used > 0; !gone {
		if key, used, ok = p.key(w[1:]); !ok {
			return "", nil, 0, false, false
		}
		gone = !p.state.typed && p.hides(key) // a kernel in lockdown prints zeros (LOCKDOWN_XFRM_SECRET)
	}
	if sized {
		if bits, _ = strconv.Atoi(lex.Word(w[1:], used)); bits == 0 {
			key, bits = icvBehind(name, key)
		}
	}
	return name, key, bits, gone, true
}

// icvBehind takes the bits of the ICV off a key in pairs of digits, of which they look like the last.
func icvBehind(name string, key []byte) (rest []byte, bits int) {
	n := len(key) - 1
	if n < 0 {
		return key, 0
	}
	if bits, _ = strconv.Atoi(hex.EncodeToString(key[n:])); bits != 96 && bits != 64 {
		return key, 0
	}
	m, _ := macByXFRM(name, bits)
	sa := esp.Params{Protocol: esp.ESP, SPI: 1}
	if m != nil && m.KeyLen == n || setCipher(&sa, cipherByXFRM(name, bits), key[:n]) && sa.Cipher.AEAD && secret.CheckSA(sa) == nil {
		return key[:n:n], bits
	}
	return key, 0
}

// key reads a key, and how many words it took: with -s its length follows, "(160 bits)". NULL has none.
func (p *xfrmParser) key(w []lex.Field) (key []byte, used int, ok bool) {
	s := p.state
	text := lex.Word(w, 0)
	if len(w) == 0 || !w[0].Quoted && xfrmLine(text) || text == "mode" || text == "sel" {
		return nil, 0, true
	}
	used = 1
	if strings.HasPrefix(lex.Word(w, 1), "(") && strings.HasPrefix(lex.Word(w, 2), "bits") {
		used = 3
	}
	if strings.Contains(text, "$") && s.typed {
		s.unknown = "the key is a variable: put the key in its place"
		return nil, 0, false
	}
	if digits, isHexKey := strings.CutPrefix(text, "0x"); isHexKey {
		b, err := hex.DecodeString(digits)
		if err != nil {
			s.unknown = "key is not hex"
			return nil, 0, false
		}
		return b, used, true
	}
	if isBits(text) && !w[0].Quoted { // how long the key is, which itself is not there
		s.keyless = true
		return nil, used, true
	}
	if b, err := hex.DecodeString(text); err == nil && !s.typed { // ip prints all keys as hex, from which someone took the 0x
		return b, used, true
	}
	return []byte(text), used, true // ip takes what has no 0x as the key itself
}

// isBits reports whether a word is the length of a key in bits: no key is three digits.
func isBits(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && len(text) <= 3 && n%8 == 0
}

// finish adds the state that was read.
func (p *xfrmParser) finish() {
	s := p.state
	p.state = nil
	switch {
	case s == nil:
		return
	case s.spiVar && s.sa.SPI == 0:
		p.recognise()
		p.warn(s.num, "spi is a variable: put the SPI in its place")
		return
	case s.algs && s.sa.SPI == 0:
		p.recognise()
		p.warn(s.num, "the SPI is missing or redacted: give the SA with its SPI")
		return
	case !s.proto || s.sa.SPI == 0:
		return // an acquire, a policy
	case !s.algs:
		p.larval.add(s.num)
		return
	case s.rounded != "":
		p.warn(s.num, "SPI %s is rounded, as spreadsheets do: have that column as text", s.rounded)
		return
	case s.encGone || s.authGone && s.sa.Cipher == nil:
		p.redactedSA(s.num, s.sa.SPI)
		return
	case s.keyless:
		p.keyless(s.num)
		return
	case s.unknown != "":
		p.warn(s.num, "SA 0x%08x: %s", s.sa.SPI, s.unknown)
		return
	case s.authGone:
		p.unchecked(&s.sa, s.macLen, s.num)
	}
	if s.sa.BEET {
		s.sa.Inner = &esp.Inner{Src: s.innerSrc, Dst: s.innerDst}
	}
	s.sa.CipherKey, s.sa.MACKey = slices.Clip(s.sa.CipherKey), slices.Clip(s.sa.MACKey)
	p.addSA(s.sa, s.num)
}

func (p *xfrmParser) end() error {
	for _, l := range p.funcs.uncalled() {
		if err := p.take(l); err != nil {
			return err
		}
	}
	p.finish()
	p.keylessAlone(p.larval)
	return nil
}
