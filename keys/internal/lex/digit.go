package lex

// IsHexDigit reports whether c is a hex digit of either case.
func IsHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// IsHex reports whether s is hex digits alone, and at least one.
func IsHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if !IsHexDigit(s[i]) {
			return false
		}
	}
	return s != ""
}
