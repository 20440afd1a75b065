package source

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// A setting is what a value in a command or a configuration says of an SA.
type setting uint8

const (
	settingNone setting = iota
	settingSrc
	settingDst
	settingSPI
	settingCipher
	settingMAC
	settingEnc
	settingAuth
	settingMode
	settingProtocol
	settingESN
	settingLocal // of both directions, which have it as their destination or their source
	settingRemote
	settings // how many there are
)

// A settledSA is an SA that is given setting by setting: each product has names of its own for them.
type settledSA struct {
	sa      esp.Params
	keys    saKeys
	haveSPI bool
}

func newSettledSA(num int) settledSA {
	return settledSA{sa: esp.Params{Protocol: esp.ESP}, keys: saKeys{num: num, chosen: true}}
}

// set takes a value, whose quotation marks are off. What is no value of its kind is an error.
func (s *settledSA) set(what setting, value string) (err error) {
	switch what {
	case settingSrc, settingDst:
		host, _, _ := strings.Cut(value, "/")
		if what == settingSrc {
			s.sa.Src = hostOf(host)
		} else {
			s.sa.Dst = hostOf(host)
		}
	case settingSPI:
		n, err := strconv.ParseUint(value, 0, 32)
		if err != nil {
			return err
		}
		s.sa.SPI, s.haveSPI = uint32(n), n != 0
	case settingCipher:
		s.keys.cipher = value
	case settingMAC:
		s.keys.mac = value
	case settingEnc:
		return s.keys.read(settledKey(value), false)
	case settingAuth:
		return s.keys.read(settledKey(value), true)
	case settingMode:
		s.sa.Tunnel, s.sa.Transport = strings.Contains(value, "tunnel"), strings.Contains(value, "transport")
	case settingProtocol:
		if strings.EqualFold(value, "ah") || value == "51" {
			s.sa.Protocol = esp.AH
		}
	case settingESN:
		s.sa.ESN = slices.Contains([]string{"true", "yes", "on", "1", "64-bit"}, strings.ToLower(value))
	}
	return nil
}

// settledKey is a key as ParseHex reads it: FreeS/WAN allows underscores between groups, Solaris writes the length behind it in bits, and the salt in
// brackets.
func settledKey(value string) string {
	value, _, _ = strings.Cut(value, "/")
	return strings.NewReplacer("_", "", "[", "", "]", "").Replace(value)
}

// setWords takes the settings of a command: a name, and its value in the word behind it.
func (o *out) setWords(s *settledSA, words []lex.Field, names map[string]setting) bool {
	for i := 0; i+1 < len(words); i++ {
		what := names[words[i].Text]
		if what == settingNone {
			continue
		}
		i++
		value := words[i].Text
		if strings.Contains(value, "$") {
			o.recognise()
			o.warn(s.keys.num, "%s is a variable: put the value in its place", words[i-1].Text)
			return false
		}
		if err := s.set(what, value); err != nil {
			o.recognise()
			o.warn(s.keys.num, "%s: %v", words[i-1].Text, err)
			return false
		}
	}
	return true
}

// addSettled adds the SA, if it has an SPI.
func (o *out) addSettled(s settledSA) {
	if !s.haveSPI {
		return
	}
	o.recognise()
	o.addKeys(s.sa, s.keys)
}
