package lex

import "fmt"

// Clip shortens what an error quotes. A run of hex digits longer than a cookie may be a key in the wrong column and is not
// shown.
func Clip(s string) string {
	const most, cookie = 40, 16
	run := 0
	for i := 0; i < len(s); i++ {
		if !IsHexDigit(s[i]) {
			run = 0
		} else if run++; run > cookie {
			return fmt.Sprintf("(%d characters)", len(s))
		}
	}
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
