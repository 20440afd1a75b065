package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// DPDK's ipsec-secgw has the SAs in its configuration, a rule for each; the salt of a combined mode or of CTR ends the key (DPDK, "IPsec Security Gateway
// Sample Application", SA rule syntax):
//
//	sa out 5 cipher_algo aes-128-cbc cipher_key c3:c3:... \
//	auth_algo sha1-hmac auth_key c3:c3:... \
//	mode ipv4-tunnel src 172.16.1.5 dst 172.16.2.5
//	sa in 105 aead_algo aes-128-gcm aead_key de:ad:be:ef:... mode transport
var secgwFormat = format{
	name:   "DPDK ipsec-secgw configuration",
	typed:  true,
	starts: []string{"sa in ", "sa out "},
	words:  []string{"cipher_key ", "aead_key ", "auth_key "},
	lacks:  manualKeys,
	start:  func(o *out) parser { return &secgw{out: o} },
}

var secgwNames = map[string]setting{"spi": settingSPI, "cipher_algo": settingCipher, "aead_algo": settingCipher, "cipher_key": settingEnc, "aead_key": settingEnc,
	"auth_algo": settingMAC, "auth_key": settingAuth, "mode": settingMode, "src": settingSrc, "dst": settingDst}

type secgw struct {
	*out
	command backslashed
}

// needs is every line of a rule.
func (p *secgw) needs() need {
	if p.command.open() {
		return needLine
	}
	return needLook
}

func (p *secgw) line(l line) error {
	text, whole := p.command.add(l)
	if !whole {
		return nil
	}
	for m := reSecgwSA.FindStringIndex(text); m != nil; m = reSecgwSA.FindStringIndex(text) {
		rule := text[m[1]-1:]
		if next := reSecgwSA.FindStringIndex(rule); next != nil {
			rule = rule[:next[0]]
		}
		sa := newSettledSA(p.command.num)
		if p.setWords(&sa, secgwWords("spi "+strings.TrimSpace(rule)), secgwNames) {
			p.addSettled(sa)
		}
		text = text[m[1]:]
	}
	return nil
}

// secgwWords are the words of a rule. A line may end inside a key, behind a colon, and a byte of a key may have one digit: 0:0:a:ff.
func secgwWords(rule string) (words []lex.Field) {
	for _, w := range lex.ShellWords(rule) {
		if n := len(words); n > 0 && strings.HasSuffix(words[n-1].Text, ":") {
			words[n-1].Text += w.Text
		} else {
			words = append(words, w)
		}
	}
	for i := 1; i < len(words); i++ {
		if strings.HasSuffix(words[i-1].Text, "_key") {
			words[i].Text = fullBytes(words[i].Text)
		}
	}
	return words
}

// fullBytes gives each byte of a key with colons its two digits.
func fullBytes(key string) string {
	bytes := strings.Split(key, ":")
	for i, b := range bytes {
		if len(bytes) > 1 && len(b) == 1 {
			bytes[i] = "0" + b
		}
	}
	return strings.Join(bytes, ":")
}

// reSecgwSA is the front of a rule, up to the first digit of its SPI. Before it may stand another, where a window broke lines.
var reSecgwSA = pattern(`(?:^|[^a-zA-Z_-])sa (?:in|out) \d`)

func (p *secgw) end() error { return nil }
