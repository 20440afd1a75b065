package decode

import (
	"fmt"
	"strings"
)

// Flags are the flags of the ISAKMP header. IKEv1 and IKEv2 share the number space.
type Flags uint8

var flagNames = []struct {
	flag Flags
	name string
}{
	{1 << 0, "encryption"}, {1 << 1, "commit"}, {1 << 2, "authentication only"},
	{1 << 3, "initiator"}, {1 << 4, "version"}, {1 << 5, "response"},
}

// String lists the flags that are set: "encryption, commit", "none", "0x80".
func (f Flags) String() string {
	if f == 0 {
		return "none"
	}
	var names []string
	for _, n := range flagNames {
		if f&n.flag != 0 {
			names = append(names, n.name)
			f &^= n.flag
		}
	}
	if f != 0 {
		names = append(names, fmt.Sprintf("%#02x", uint8(f)))
	}
	return strings.Join(names, ", ")
}
