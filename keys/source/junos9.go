package source

import "strings"

// Junos stores secrets of its configuration obfuscated, not encrypted: "$9$", then characters of an alphabet of 65 in four families, of which each is a distance from
// the one before; the weights of the distances of one byte change with its place. The form is public (Crypt::Juniper). "$8$" is encrypted.
const junosMark = "$9$"

var (
	junosFamilies = [4]string{"QzF3n6/9CAtpu0O", "B1IREhcSyrleKvMW8LXx", "7N-dVbwsY2g4oaJZGUDj", "iHkq.mPf5T"}
	junosAlphabet = strings.Join(junosFamilies[:], "")
	junosWeights  = [][]int{{1, 4, 32}, {1, 16, 32}, {1, 8, 32}, {1, 64}, {1, 32}, {1, 4, 16, 128}, {1, 32, 64}}
)

// junosSecret is the text of a secret that Junos obfuscated; false: it is none.
func junosSecret(s string) (text string, ok bool) {
	s, ok = strings.CutPrefix(s, junosMark)
	if !ok || s == "" {
		return "", false
	}
	salt := 0
	for i, family := range junosFamilies {
		if strings.IndexByte(family, s[0]) >= 0 {
			salt = len(junosFamilies) - 1 - i
		}
	}
	if 1+salt > len(s) {
		return "", false
	}
	last := strings.IndexByte(junosAlphabet, s[0])
	s = s[1+salt:]
	var out []byte
	for s != "" {
		weights := junosWeights[len(out)%len(junosWeights)]
		if len(s) < len(weights) {
			return "", false
		}
		sum := 0
		for i, weight := range weights {
			at := strings.IndexByte(junosAlphabet, s[i])
			if at < 0 || last < 0 {
				return "", false
			}
			distance := (at - last + len(junosAlphabet)) % len(junosAlphabet)
			sum += (distance - 1) * weight
			last = at
		}
		out, s = append(out, byte(sum)), s[len(weights):]
	}
	return string(out), true
}
