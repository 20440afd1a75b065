package source

import (
	"encoding/hex"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
)

// Debuggers of the Linux kernel (drgn, crash, gdb) print an SA as the structures that it is made of, the algorithms behind it:
//
//	(struct xfrm_state){ .id = { .spi = (__be32)362680015, ... } }            crash: spi = 0x157d12cf
//	(struct xfrm_algo){ .alg_name = (char [64])"cbc(aes)", .alg_key_len = (unsigned int)128, .alg_key = { -15, 73, -5, ... } }
//
// The key is an array of bytes, which may be signed, or a string with escapes; where it is but an address, rows of the memory there follow. The SPI is in the byte
// order of the network, and so are its bytes in reverse order in what is printed.
var kernelStructFormat = format{
	name:  "struct xfrm_state of the Linux kernel",
	words: []string{"struct xfrm_", "alg_name", "alg_key", "spi = "},
	lacks: kernelTable,
	start: func(o *out) parser { return &kernelStructs{out: o} },
}

var (
	reStructMember = pattern(`\b(spi|alg_name|alg_key_len|alg_trunc_len|alg_icv_len|alg_key|proto)\s*=\s*`)
	reMemoryRow    = pattern(`^\s*[0-9a-f]{8,16}:\s+((?:[0-9a-f]{2}|[0-9a-f]{8}|[0-9a-f]{16})(?:\s[0-9a-f]{2}|\s[0-9a-f]{8}|\s[0-9a-f]{16})*)(?:\s|$)`)
	reCString      = pattern(`^(?:\([^)]*\))?"((?:[^"\\]|\\.)*)"`)
	reAlgName      = pattern(`^(?:\([^)]*\))?"([^"\\]*)`)
)

// A kernelAlg is an algorithm being read.
type kernelAlg struct {
	name       string
	bits       int // of the key; -1: not told yet
	trunc, icv int
	key        []byte
	inArray    bool // the bytes of the key go on
	inMemory   bool // they are in rows of memory, if there are any
}

type kernelStructs struct {
	*out
	num  int // line of the SPI; 0: no SA is read
	rest int // lines that it may yet have
	sa   esp.Params
	algs int // that it has
	alg  kernelAlg
}

// needs is every line of an SA.
func (p *kernelStructs) needs() need {
	if p.num != 0 {
		return needLine
	}
	return needLook
}

func (p *kernelStructs) line(l line) error {
	if p.num != 0 {
		if p.rest--; p.rest < 0 {
			p.finish()
		}
	}
	text := l.text
	switch {
	case p.num != 0 && p.alg.inArray:
		text = p.array(text)
	case p.num != 0 && p.alg.inMemory:
		if m := reMemoryRow.FindStringSubmatch(text); m != nil {
			p.memory(m[1])
			return nil
		}
	}
	const most = 256
	for range most {
		m := reStructMember.FindStringSubmatchIndex(text)
		if m == nil {
			break
		}
		text = p.member(l.num, text[m[2]:m[3]], text[m[1]:])
	}
	return nil
}

// member takes a member of a structure, and returns the text behind it.
func (p *kernelStructs) member(num int, name, value string) string {
	if n, ok := firstNumber(value); name == "spi" {
		if ok && n > 0 && n < 1<<32 {
			p.begin(num, bits.ReverseBytes32(uint32(n)))
		}
		return value
	} else if p.num == 0 {
		return value
	} else if ok {
		switch name {
		case "proto":
			if n == uint64(esp.AH) {
				p.sa.Protocol = esp.AH
			}
		case "alg_key_len":
			p.alg.bits = int(min(n, 1<<12))
		case "alg_trunc_len":
			p.alg.trunc = int(min(n, 1<<12))
		case "alg_icv_len":
			p.alg.icv = int(min(n, 1<<12))
		}
	}
	switch name {
	case "alg_name":
		p.finishAlg()
		if m := reAlgName.FindStringSubmatch(value); m != nil {
			p.alg = kernelAlg{name: strings.Clone(m[1]), bits: -1}
		}
	case "alg_key":
		return p.key(value)
	}
	return value
}

func (p *kernelStructs) begin(num int, spi uint32) {
	p.finish()
	const longest = 400
	p.num, p.rest, p.algs = num, longest, 0
	p.sa = esp.Params{Protocol: esp.ESP, SPI: spi}
}

// key takes what stands for a key, and returns the text behind it.
func (p *kernelStructs) key(value string) string {
	p.alg.key, p.alg.inMemory = nil, true
	if m := reCString.FindStringSubmatch(value); m != nil {
		p.add(cString(m[1]))
		return value[len(m[0]):]
	}
	if at := strings.IndexByte(value, '{'); at >= 0 && !strings.ContainsAny(value[:at], ",;=") {
		p.alg.inArray = true
		return p.array(value[at+1:])
	}
	return value
}

// array takes the bytes of an array up to its end, and returns the text behind it.
func (p *kernelStructs) array(text string) string {
	inside, after, ended := strings.Cut(text, "}")
	p.alg.inArray = !ended
	for number := range strings.FieldsFuncSeq(inside, func(r rune) bool { return strings.ContainsRune(", \t", r) }) {
		if strings.HasPrefix(number, "'") || strings.HasPrefix(number, "(") || strings.HasPrefix(number, "[") { // as a character, too; a cast; an index
			continue
		}
		n, err := strconv.ParseInt(number, 0, 16)
		if err != nil || n < -128 || n > 255 {
			p.alg.inArray = false
			break
		}
		p.add([]byte{byte(n)})
	}
	return after
}

// memory takes a row of memory, in bytes or in words, whose bytes are in reverse order.
func (p *kernelStructs) memory(row string) {
	for word := range strings.FieldsSeq(row) {
		b, err := hex.DecodeString(word)
		if err != nil {
			return
		}
		slices.Reverse(b)
		p.add(b)
	}
}

// add adds bytes to the key; those beyond its length are not of it.
func (p *kernelStructs) add(b []byte) {
	if want := p.alg.bits / 8; len(p.alg.key) < want {
		p.alg.key = append(p.alg.key, b...)
		p.alg.key = p.alg.key[:min(len(p.alg.key), want)]
	}
}

// finishAlg gives the SA the algorithm that was read.
func (p *kernelStructs) finishAlg() {
	a := p.alg
	p.alg = kernelAlg{bits: -1}
	if p.num == 0 || a.name == "" || a.bits < 0 {
		return
	}
	p.recognise()
	if len(a.key) < a.bits/8 {
		p.warn(p.num, "SA 0x%08x: the key of %s is not there", p.sa.SPI, a.name)
		return
	}
	if c := cipherByXFRM(a.name, a.icv); c != nil {
		setCipher(&p.sa, c, a.key)
		p.algs++
		return
	}
	mac, icv := macByXFRM(a.name, a.trunc)
	if !setMAC(&p.sa, mac, a.key) {
		p.warn(p.num, "SA 0x%08x: algorithm %q is not known", p.sa.SPI, a.name)
		return
	}
	p.sa.ICVLen = icv
	p.algs++
}

// finish adds the SA that was read.
func (p *kernelStructs) finish() {
	p.finishAlg()
	num := p.num
	if p.num = 0; num == 0 || p.algs == 0 || p.sa.Protocol == esp.ESP && p.sa.Cipher == nil {
		return
	}
	if p.hides(p.sa.CipherKey) || p.hides(p.sa.MACKey) {
		p.redactedSA(num, p.sa.SPI)
		return
	}
	p.addSA(p.sa, num)
}

func (p *kernelStructs) end() error {
	p.finish()
	return nil
}

// cString is the value of a string of C with octal escapes.
func cString(s string) (b []byte) {
	for len(s) > 0 {
		c, _, rest, err := strconv.UnquoteChar(octal(s), '"')
		if err != nil {
			return b
		}
		b, s = append(b, byte(c)), rest
	}
	return b
}

// octal fills an octal escape at the front of a string up to three digits: C takes fewer.
func octal(s string) string {
	n := 1
	for n < min(4, len(s)) && '0' <= s[n] && s[n] <= '7' {
		n++
	}
	if s[0] != '\\' || n == 1 || n == 4 {
		return s
	}
	return `\` + strings.Repeat("0", 4-n) + s[1:]
}
