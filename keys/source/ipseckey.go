package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// ipseckey of Solaris and illumos dumps the SAs of the kernel, with what its lines are about before each; -p prints X for the keys. The same SAs are commands in
// /etc/inet/secret/ipseckeys and in what "ipseckey save" writes (illumos, lib/libipsecutil/common/ipsec_util.c):
//
//	Base message (version 2) type DUMP, SA type ESP.
//	SA: SADB_ASSOC spi=0x4d2, replay window size=32, state=MATURE
//	SA: Authentication algorithm = hmac-sha1
//	SA: Encryption algorithm = aes-cbc
//	SRC: AF_INET: port 0, 192.0.2.1 <unknown>.
//	DST: AF_INET: port 0, 192.0.2.2 (gwb).
//	AKY: b426.../160
//	EKY: f149.../128                     of a combined mode "f149...[1d2c3b4a]/128+32": the salt is in brackets
//
//	add esp spi 0x4d2 src 192.0.2.1 dst 192.0.2.2 encralg aes encrkey f149... authalg sha1 authkey b426...
var ipseckeyFormat = format{
	name:    "ipseckey of Solaris and illumos",
	typed:   true,
	words:   []string{"add esp ", "add ah ", "SADB_ASSOC spi=", "AKY: ", "EKY: ", "SRC: AF_INET", "DST: AF_INET", "SA: Authentication algorithm", "SA: Encryption algorithm", "SA: flags=", ", SA type "},
	lacks:   kernelTable,
	keyless: "give ipseckey dump without -p, as root",
	start:   func(o *out) parser { return &ipseckey{out: o} },
}

var ipseckeyNames = map[string]setting{"spi": settingSPI, "src": settingSrc, "saddr": settingSrc, "srcaddr": settingSrc, "src6": settingSrc, "saddr6": settingSrc, "srcaddr6": settingSrc,
	"dst": settingDst, "daddr": settingDst, "dstaddr": settingDst, "dst6": settingDst, "daddr6": settingDst, "dstaddr6": settingDst,
	"encralg": settingCipher, "encr_alg": settingCipher, "authalg": settingMAC, "auth_alg": settingMAC,
	"encrkey": settingEnc, "encr_key": settingEnc, "authkey": settingAuth, "auth_key": settingAuth}

type ipseckey struct {
	*out
	lines    backslashed
	protocol esp.Protocol // of the message
	sa       settledSA    // of the dump; its line is 0 where none is read
}

// needs is every line of a command.
func (p *ipseckey) needs() need {
	if p.lines.open() {
		return needLine
	}
	return needLook
}

func (p *ipseckey) line(l line) error {
	text, whole := p.lines.add(l)
	if !whole {
		return nil
	}
	switch {
	case strings.Contains(text, "add esp ") || strings.Contains(text, "add ah "):
		p.command(text)
	case strings.Contains(text, ", SA type "):
		p.finish()
		p.protocol = esp.ESP
		if strings.Contains(text, ", SA type AH") {
			p.protocol = esp.AH
		}
	case strings.Contains(text, "SADB_ASSOC spi="):
		p.finish()
		p.sa = newSettledSA(l.num)
		if p.protocol == esp.AH {
			p.sa.sa.Protocol = esp.AH
		}
		_, value, _ := strings.Cut(text, "spi=")
		value, _, _ = strings.Cut(value, ",")
		if p.sa.set(settingSPI, value) != nil {
			p.sa = settledSA{}
		}
	case p.sa.keys.num != 0:
		p.inside(text)
	}
	return nil
}

// command takes "add esp spi SPI NAME VALUE ...".
func (p *ipseckey) command(text string) {
	at := strings.Index(text, "add ")
	before := strings.TrimRight(text[:at], ` "'`)
	words := lex.ShellWords(strings.TrimRight(text[at:], `"' `))
	if before != "" && !strings.HasSuffix(before, "ipseckey") && !strings.HasSuffix(before, "echo") || lex.Word(words, 2) != "spi" {
		return
	}
	sa := newSettledSA(p.lines.num)
	if lex.Word(words, 1) == "ah" {
		sa.sa.Protocol = esp.AH
	}
	if p.setWords(&sa, words[2:], ipseckeyNames) {
		p.addSettled(sa)
	}
}

// inside takes a line of a dump.
func (p *ipseckey) inside(text string) {
	if _, flags, ok := strings.Cut(text, "SA: flags="); ok {
		p.sa.sa.Tunnel = strings.Contains(flags, "X_TUNNEL")
		p.sa.sa.UDP = strings.Contains(flags, "X_NATT")
		return
	}
	for _, field := range []struct {
		label string
		what  setting
	}{{"SA: Authentication algorithm = ", settingMAC}, {"SA: Encryption algorithm = ", settingCipher}, {"SRC: AF_INET", settingSrc}, {"DST: AF_INET", settingDst}, {"AKY: ", settingAuth}, {"EKY: ", settingEnc}} {
		_, value, ok := strings.Cut(text, field.label)
		if !ok {
			continue
		}
		switch field.what {
		case settingSrc, settingDst:
			_, value, _ = strings.Cut(value, ", ")
			value, _, _ = strings.Cut(strings.TrimSuffix(value, "."), " ")
		case settingAuth, settingEnc:
			if strings.HasSuffix(value, " key.") {
				return // the line before the key
			}
		}
		if err := p.sa.set(field.what, value); err != nil {
			p.warn(p.sa.keys.num, "SA 0x%08x: the keys must be hex", p.sa.sa.SPI)
			p.sa = settledSA{}
		}
		return
	}
}

// finish adds the SA of the dump.
func (p *ipseckey) finish() {
	if p.sa.keys.num != 0 {
		p.addSettled(p.sa)
	}
	p.sa = settledSA{}
}

func (p *ipseckey) end() error {
	p.finish()
	return nil
}
