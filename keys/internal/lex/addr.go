package lex

import "net/netip"

// Addr is an address as tables have it: "*" for any.
func Addr(a netip.Addr) string {
	if !a.IsValid() {
		return "*"
	}
	return a.String()
}
