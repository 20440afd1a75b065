package source

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A script for setkey -f has SAs as commands that end with a semicolon; a key is 0x and hex, or text in quotes:
//
//	add 192.0.2.1 192.0.2.2 esp 0xcf127d15 -m tunnel
//		-E aes-cbc 0xf149...
//		-A hmac-sha1 "twenty bytes of text";
var setkeyConfFormat = format{
	name:  "setkey.conf",
	typed: true,
	words: []string{"add ", "add\t"},
	lacks: manualKeys,
	start: func(o *out) parser { return &setkeyConf{out: o} },
}

type setkeyConf struct {
	*out
	num  int // line that the command begins in; 0: none is read
	text strings.Builder
}

// needs is every line of a command.
func (p *setkeyConf) needs() need {
	if p.num != 0 {
		return needLine
	}
	return needLook
}

func (p *setkeyConf) line(l line) error {
	text, _, _ := strings.Cut(l.text, "#")
	if p.num != 0 && strings.HasPrefix(strings.TrimSpace(text), "add ") { // the one before has lost its semicolon
		p.command()
		p.num = 0
	}
	if p.num == 0 {
		text = strings.ReplaceAll(text, "\t", " ")
		i := strings.Index(text, "add ")
		if i < 0 || !beginsCommand(text[:i]) {
			return nil
		}
		p.num = l.num
		p.text.Reset()
		text = text[i:]
	}
	for {
		command, rest, ended := strings.Cut(text, ";")
		p.text.WriteString(command)
		p.text.WriteByte(' ')
		if !ended {
			break
		}
		p.command()
		if text = strings.TrimSpace(rest); !strings.HasPrefix(text, "add ") {
			p.num = 0
			return nil
		}
	}
	if p.text.Len() > maxCall {
		p.num = 0
	}
	return nil
}

// beginsCommand reports whether a command may begin behind a text: alone, behind another, or as an argument of a shell's echo.
func beginsCommand(before string) bool {
	before = strings.TrimSpace(before)
	return before == "" || strings.HasSuffix(before, ";") || strings.HasSuffix(strings.TrimRight(before, ` "'`), "echo")
}

// command takes "add SRC DST PROTOCOL SPI OPTIONS".
func (p *setkeyConf) command() {
	words := lex.ShellWords(strings.ReplaceAll(p.text.String(), "\t", " "))
	p.text.Reset()
	for len(words) > 1 && strings.HasPrefix(words[1].Text, "-") { // add -4, add -6, add -n
		words = words[1:]
	}
	protocol := lex.Word(words, 3)
	proto, ok := map[string]esp.Protocol{"esp": esp.ESP, "esp-old": esp.ESP, "esp-udp": esp.ESP, "ah": esp.AH, "ah-old": esp.AH, "ipcomp": esp.IPComp}[protocol]
	spi, err := strconv.ParseUint(lex.Word(words, 4), 0, 32)
	src, dst := hostOf(lex.Word(words, 1)), hostOf(lex.Word(words, 2))
	if !ok || err != nil || !dst.IsValid() && !hasAlgorithm(words) { // an address may have been taken out
		return
	}
	p.recognise()
	if v := variableIn(words); v != "" {
		p.warn(p.num, "SA 0x%08x: %s is a variable: put the key in its place", spi, lex.Clip(v))
		return
	}
	sa := esp.Params{Protocol: proto, SPI: uint32(spi), Src: src, Dst: dst, UDP: protocol == "esp-udp"}
	k := saKeys{num: p.num, chosen: true}
	for i := 5; i < len(words); i++ {
		switch words[i].Text {
		case "-m":
			sa.Tunnel, sa.Transport, sa.BEET = lex.Word(words, i+1) == "tunnel", lex.Word(words, i+1) == "transport", lex.Word(words, i+1) == "beet"
		case "-E", "enc":
			k.cipher = lex.Word(words, i+1)
			k.enc, k.encGone = p.key(words, i+2)
		case "-A", "auth": // the word of other tools
			k.mac = lex.Word(words, i+1)
			k.auth, k.authGone = p.key(words, i+2)
		case "-esn": // FreeBSD
			sa.ESN = true
		case "-natt":
			sa.UDP = true
		case "-C":
			sa.IPCompAlg, _ = secret.CompressionNumber(lex.Word(words, i+1))
		}
	}
	if proto == esp.IPComp {
		p.addSA(sa, p.num)
		return
	}
	if proto == esp.ESP && k.cipher == "" {
		p.warn(p.num, "SA 0x%08x: ESP without an encryption algorithm: no -E", sa.SPI)
		return
	}
	p.addKeys(sa, k)
}

// hasAlgorithm reports whether a command has an option with an algorithm.
func hasAlgorithm(words []lex.Field) bool {
	return slices.ContainsFunc(words, func(w lex.Field) bool { return isAlgorithmOption(w.Text) })
}

// isAlgorithmOption reports whether an algorithm and its key stand behind a word: setkey's option, or what ip calls it.
func isAlgorithmOption(word string) bool {
	return word == "-E" || word == "-A" || word == "enc" || word == "auth"
}

// variableIn is the variable of a script that stands in the place of a key; "" where none does.
func variableIn(words []lex.Field) string {
	for i := range words {
		if key := lex.Word(words, i+2); isAlgorithmOption(words[i].Text) && reShellVar.MatchString(key) {
			return key
		}
	}
	return ""
}

// reShellVar is a value that a script has from a variable.
var reShellVar = pattern(`^(?:0x)?\$(?:\w+|\{\w+\})$`)

// key reads a key: 0x and hex, or text; gone: it is redacted.
func (p *setkeyConf) key(words []lex.Field, i int) (key []byte, gone bool) {
	text := lex.Word(words, i)
	if lex.IsRedacted(text) || i < len(words) && lex.RedactedWords(words[i:]) > 0 {
		return nil, true
	}
	quoted := i < len(words) && words[i].Quoted
	if b, ok := bareHex(text); ok && !quoted { // setkey wants 0x, or quotation marks: someone took the 0x off
		return b, false
	}
	if quoted || !strings.HasPrefix(text, "0x") {
		if strings.HasPrefix(text, "-") {
			return nil, false // null has no key
		}
		return []byte(text), false
	}
	b, err := lex.ParseHex(text)
	if err != nil {
		p.warn(p.num, "key: %v", err)
	}
	return b, false
}

func (p *setkeyConf) end() error {
	if p.num != 0 { // the file ends before the semicolon
		p.command()
	}
	return nil
}
