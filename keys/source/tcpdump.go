package source

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A file for tcpdump -E holds SPI@DESTINATION ALGORITHM:KEY, separated by commas or a line each, or ALGORITHM:KEY alone
// for every SA; a key is 0x and hex, or text. The same stands in commands. "-hmac96" behind the algorithm says that an ICV of 12 bytes follows; its key is not in the file. The keys of an IKE SA are a
// line for each side, as libreswan prints them.
var tcpdumpFormat = format{
	name:   "tcpdump -E file",
	typed:  true,
	words:  []string{":0x", "-cbc:", "-hmac96:", "tcpdump"},
	starts: []string{"ikev2 "},
	looks:  hasSPIAt,
	lacks: []secret.Lack{
		{Of: secret.IKEKeys, Text: "there are no lines ikev2 in it, and so no IKE keys"},
		{Of: secret.ICVKeys, Text: "tcpdump -E has no authentication keys: ICVs of ESP are not verified"},
	},
	start: func(o *out) parser { return &tcpdumpFile{out: o} },
}

var (
	reTCPDump = pattern(`^(?:((?:0[xX])?[0-9a-fA-F]+)@([0-9A-Fa-f.:]+)\s+)?([0-9A-Za-z]+(?:-[0-9A-Za-z]+)*):(0x[0-9A-Za-z]*|\S*)$`)
	// reTCPDumpE is the option in a command, which may stand behind others in one word.
	reTCPDumpE = pattern(`tcpdump(?:\.exe)? (?:.* )?-[A-Za-z#]*E *(\S.*)`)
)

type tcpdumpFile struct {
	*out
	ike plutoIKE
}

// isTCPDumpIKE reports whether a line begins as one with the keys of an IKE SA: what pluto prints has more before it.
func isTCPDumpIKE(text string) bool { return strings.HasPrefix(text, "ikev2 ") }

// hasSPIAt reports whether there is a digit in hex before an @: a cheap look.
func hasSPIAt(text string) bool {
	for at := 0; ; at++ {
		i := strings.IndexByte(text[at:], '@')
		if i < 0 {
			return false
		}
		if at += i; at > 0 && lex.IsHexDigit(text[at-1]) {
			return true
		}
	}
}

func (p *tcpdumpFile) line(l line) error {
	text := strings.TrimSpace(l.text)
	if isTCPDumpIKE(text) {
		p.ike.line(p.out, l.num, text)
		return nil
	}
	option, command := tcpdumpOption(text)
	if !command && strings.HasPrefix(text, "#") || strings.Count(text, " ") > 64 { // a command may stand behind root's prompt
		return nil
	}
	if file, ok := strings.CutPrefix(option, "file "); ok && command {
		p.recognise()
		p.warn(l.num, "tcpdump -E: the keys are in another file: give %s", lex.Clip(strings.TrimSpace(file)))
		return nil
	}
	for entry := range strings.SplitSeq(option, ",") {
		m := reTCPDump.FindStringSubmatch(strings.TrimSpace(entry))
		if m == nil {
			continue
		}
		c, hmac96 := tcpdumpCipher(m[3])
		if c == nil {
			p.unknownCipher(l.num, m, command)
			continue
		}
		sure := command || m[1] != "" || strings.HasPrefix(m[4], "0x")
		if !sure && !strings.Contains(m[3], "-") {
			continue // "https:..." and other words with a colon
		}
		if err := p.entry(l.num, m, c, hmac96); err != nil && sure {
			return err
		}
	}
	return nil
}

// unknownCipher says what an entry names that is no cipher here.
func (p *tcpdumpFile) unknownCipher(num int, m []string, command bool) {
	switch {
	case m[1] != "":
		p.warn(num, "tcpdump -E: SA %s: unknown encryption algorithm %s", lex.Clip(m[1]), lex.Clip(m[3]))
	case command:
		p.warn(num, "tcpdump -E: unknown encryption algorithm %s", lex.Clip(m[3]))
	default:
		return
	}
	p.recognise()
}

// tcpdumpOption is what a command has behind -E, or the text itself.
func tcpdumpOption(text string) (option string, command bool) {
	m := reTCPDumpE.FindStringSubmatch(text)
	if m == nil {
		return text, false
	}
	if option = m[1]; option[0] == '"' || option[0] == '\'' {
		option, _, _ = strings.Cut(option[1:], option[:1])
		return option, true
	}
	words := strings.Fields(option)
	n := 1
	if strings.Contains(words[0], "@") || words[0] == "file" { // ALGORITHM:KEY, or the name, is the next word
		n = min(len(words), 2)
	}
	return strings.Join(words[:n], " "), true
}

func (p *tcpdumpFile) entry(num int, m []string, c *alg.Cipher, hmac96 bool) error {
	sa := esp.Params{Protocol: esp.ESP, AnySPI: m[1] == ""}
	if m[1] != "" {
		spi, err1 := strconv.ParseUint(m[1], 0, 32)
		dst, err2 := netip.ParseAddr(m[2])
		if err1 != nil || err2 != nil {
			return p.syntax(num, "tcpdump -E: %q is not SPI@ADDRESS", lex.Clip(m[1]+"@"+m[2]))
		}
		sa.SPI, sa.Dst = uint32(spi), dst
	}
	if c.Null() {
		m[4] = "" // what stands there is no key
	}
	if hmac96 {
		sa.ICVLen, sa.NoCheck = 12, true
	}
	key, err := wiresharkKey(m[4]) // the same rule: 0x and hex, or the text itself
	if errors.Is(err, lex.ErrRedacted) {
		p.redactedSA(num, sa.SPI)
		return nil
	}
	if err != nil {
		return p.syntax(num, "tcpdump -E: %v", err)
	}
	bare, ok := bareHex(m[4]) // tcpdump takes it for text, which a person seldom means: the packets tell
	if ok && p.keyed(num, sa, c, bare) == nil {
		p.keyed(num, sa, c, key) //nolint:errcheck // the other is one
		return nil
	}
	if err := p.keyed(num, sa, c, key); err != nil {
		return p.syntax(num, "tcpdump -E: %v", err)
	}
	return nil
}

// keyed adds the SA of an entry with a key.
func (p *tcpdumpFile) keyed(num int, sa esp.Params, c *alg.Cipher, key []byte) error {
	setCipher(&sa, c, key)
	if err := secret.CheckSA(sa); err != nil {
		return err
	}
	p.sa(sa, num)
	return nil
}

func (p *tcpdumpFile) end() error { return nil }

// tcpdumpCipher finds a cipher by its -E name, OpenSSL's with "-cbc" or tcpdump's own.
func tcpdumpCipher(name string) (c *alg.Cipher, hmac96 bool) {
	name, hmac96 = strings.CutSuffix(strings.ToLower(name), "-hmac96")
	if c, _ = alg.CipherByTCPDump(name); c == nil && strings.HasSuffix(name, "-cbc") {
		c = spelledCipher(name) // "aes-cbc", which tcpdump refuses: the key tells its length
	}
	return c, hmac96
}
