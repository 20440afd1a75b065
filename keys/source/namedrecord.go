package source

import (
	"strings"
	"unicode"
)

// Directions of a record that has both SAs of a pair: those of packets to the gateway have names with "in", the others with "out".
const (
	bothWays = iota
	inbound
	outbound
	waysOfRecord
)

// wayWords are the words in a name that tell a direction.
var wayWords = map[string]int{"in": inbound, "inbound": inbound, "ingress": inbound, "incoming": inbound, "rx": inbound,
	"out": outbound, "outbound": outbound, "egress": outbound, "outgoing": outbound, "tx": outbound}

// A namedRecord is the values of a record by their directions and by what they are.
type namedRecord struct {
	num    int // line that it begins in; 0: it has no values
	values [waysOfRecord][settings]string
}

// has reports whether a record has a value of a kind, in any direction.
func (r *namedRecord) has(what setting) bool {
	return r.values[bothWays][what] != "" || r.values[inbound][what] != "" || r.values[outbound][what] != ""
}

// namedSetting is what a name says of a value, and of which direction.
func namedSetting(name string) (way int, what setting) {
	if what = namedSettings[alphanumeric(name)]; what != settingNone {
		return bothWays, what
	}
	rest := ""
	for _, word := range nameWords(name) {
		if w := wayWords[word]; w != bothWays && way == bothWays {
			way = w
			continue
		}
		rest += word
	}
	if what = namedSettings[rest]; way == bothWays || what == settingNone {
		return bothWays, settingNone
	}
	return way, what
}

// nameWords are the words of a name in lower case: "in_spi", "spiIn", "Inbound SPI".
func nameWords(name string) []string {
	const longest = 64
	if len(name) > longest {
		return nil
	}
	var b strings.Builder
	small := false
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			r = ' '
		}
		if small && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		small = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(b.String())
}

// isNoValue reports whether a value is what programs write for none.
func isNoValue(value string) bool {
	switch value {
	case "", "null", "~", "None", "nil", "<nil>", "-":
		return true
	}
	return false
}

// addRecord adds the SA of a record, or one for each direction that has an SPI.
func (o *out) addRecord(r *namedRecord) {
	if r.values[bothWays][settingSPI] != "" {
		o.addWay(r, bothWays)
		return
	}
	for way := inbound; way <= outbound; way++ {
		if r.values[way][settingSPI] != "" {
			o.addWay(r, way)
		}
	}
}

// addWay adds the SA of a direction, which has what stands for both, too.
func (o *out) addWay(r *namedRecord, way int) {
	value := func(what setting) string { return firstOf(r.values[way][what], r.values[bothWays][what]) }
	sa := newSettledSA(r.num)
	for what := settingSrc; what < settings; what++ {
		text := value(what)
		if text == "" {
			continue
		}
		if what == settingSPI && !strings.HasPrefix(text, "0x") && strings.Trim(text, "0123456789") != "" {
			text = "0x" + text
		}
		err := sa.set(what, text)
		if isKey := what == settingEnc || what == settingAuth; err != nil && isKey {
			b, ok := base64Key(text)
			if !ok {
				o.warn(r.num, "SA 0x%08x: key: %v", sa.sa.SPI, err)
				return
			}
			sa.keys.set(b, false, what == settingAuth)
		} else if err != nil {
			return
		}
	}
	local, remote := hostOf(value(settingLocal)), hostOf(value(settingRemote))
	switch way {
	case inbound:
		sa.sa.Src, sa.sa.Dst = remote, local
	case outbound:
		sa.sa.Src, sa.sa.Dst = local, remote
	}
	o.addSettled(sa)
}
