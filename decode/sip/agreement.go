package sip

import (
	"strconv"
	"strings"
)

// A Mechanism is one entry of a Security-Client, -Server or -Verify header field (RFC 3329, section 2.2; TS 33.203, annex H). Names
// are in lower case.
type Mechanism struct {
	Name       string // "ipsec-3gpp", "tls"
	Preference int    // q, in thousandths; 0 where it is left out
	Integrity  string // alg: "hmac-sha-1-96"
	Encryption string // ealg: "aes-cbc"; "null" where it is left out
	Protocol   string // prot: "esp" where it is left out
	Mode       string // mod: "trans" where it is left out
	// SPIs and ports of the packets to the side that lists it: those to its client port, and those to its server port.
	ClientSPI, ServerSPI   uint32
	ClientPort, ServerPort uint16
}

// maxMechanisms is how many of a header field are read.
const maxMechanisms = 32

// IPsec reports whether it is one of IPsec whose SPIs can be on the wire.
func (m *Mechanism) IPsec() bool {
	const reserved = 255 // RFC 4303, section 2.1
	return m.Name == "ipsec-3gpp" && m.Protocol == "esp" && m.Integrity != "" && m.ClientSPI > reserved && m.ServerSPI > reserved
}

// appendMechanisms reads the value of a header field, which may list several.
func appendMechanisms(list []Mechanism, value string) []Mechanism {
	for value != "" && len(list) < maxMechanisms {
		var one string
		one, value = cutQuoted(value, ',')
		name, params := cutQuoted(one, ';')
		m := Mechanism{Name: strings.ToLower(strings.TrimSpace(name)), Encryption: "null", Protocol: "esp", Mode: "trans"}
		for params != "" {
			var p string
			p, params = cutQuoted(params, ';')
			m.set(param(p))
		}
		if m.Name != "" {
			list = append(list, m)
		}
	}
	return list
}

func (m *Mechanism) set(name, value string) {
	word := strings.ToLower(value)
	switch name {
	case "alg":
		m.Integrity = word
	case "ealg":
		m.Encryption = word
	case "prot":
		m.Protocol = word
	case "mod":
		m.Mode = word
	case "q":
		if q, err := strconv.ParseFloat(value, 32); err == nil && q >= 0 && q <= 1 {
			m.Preference = int(q*1000 + 0.5)
		}
	case "spi-c":
		m.ClientSPI = number[uint32](value, 32)
	case "spi-s":
		m.ServerSPI = number[uint32](value, 32)
	case "port-c":
		m.ClientPort = number[uint16](value, 16)
	case "port-s":
		m.ServerPort = number[uint16](value, 16)
	}
}

func number[T uint16 | uint32](text string, bits int) T {
	n, err := strconv.ParseUint(text, 10, bits)
	if err != nil {
		return 0
	}
	return T(n)
}

// param splits NAME = VALUE, around which there may be blanks; the name in lower case, the value without its quotation marks.
func param(text string) (name, value string) {
	name, value, _ = strings.Cut(text, "=")
	return strings.ToLower(strings.TrimSpace(name)), strings.Trim(strings.TrimSpace(value), `"`)
}

// cutQuoted is strings.Cut by a separator that is not between quotation marks.
func cutQuoted(s string, sep byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
