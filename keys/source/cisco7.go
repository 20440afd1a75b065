package source

import (
	"encoding/hex"
	"strconv"
)

// Cisco's type 7 hides a text on the screen: two digits say where in a fixed sequence of letters, which is public, its exclusive or begins, and the rest is hex.
const cisco7Letters = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"

// cisco7 is the text that Cisco hid as type 7; false: it is none.
func cisco7(s string) (text string, ok bool) {
	if len(s) < 4 {
		return "", false
	}
	at, err := strconv.ParseUint(s[:2], 10, 8)
	b, err2 := hex.DecodeString(s[2:])
	if err != nil || err2 != nil {
		return "", false
	}
	for i := range b {
		b[i] ^= cisco7Letters[(int(at)+i)%len(cisco7Letters)]
		if b[i] < ' ' || b[i] > '~' {
			return "", false
		}
	}
	return string(b), true
}
