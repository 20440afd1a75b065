package decode

import (
	"fmt"
	"strings"
)

// Flags are the flags of the ISAKMP header.
type Flags uint8

// Flags of IKEv1 (RFC 2408, section 3.1).
const (
	FlagEncryption Flags = 1 << iota // the body is encrypted
	FlagCommit
	FlagAuthOnly
)

// Flags of IKEv2 (RFC 7296, section 3.1).
const (
	FlagInitiator Flags = 1 << (iota + 3) // from the original initiator of the IKE SA
	FlagVersion                           // the sender can speak a higher version
	FlagResponse
)

// knownFlags are the flags that a major version has.
var knownFlags = [3]Flags{
	1: FlagEncryption | FlagCommit | FlagAuthOnly,
	2: FlagInitiator | FlagVersion | FlagResponse,
}

var flagNames = []struct {
	flag Flags
	name string
}{
	{FlagEncryption, "encryption"}, {FlagCommit, "commit"}, {FlagAuthOnly, "authentication only"},
	{FlagInitiator, "initiator"}, {FlagVersion, "version"}, {FlagResponse, "response"},
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
