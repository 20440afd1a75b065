// Package export writes SAs and IKE keys in the formats of other programs: tables of Wireshark, a file for tcpdump -E, ip xfrm state
// commands. The output has the keys unmasked: write it to files with mode 0600.
package export

import (
	"errors"
	"fmt"

	"github.com/ikedecode/ikedecode/esp"
)

// An Unexpressed is an SA that a format of another program cannot express, or not in every version of it.
type Unexpressed struct {
	SA     esp.Params
	Reason string
}

// String names the SA, without its keys, and the reason.
func (u Unexpressed) String() string { return fmt.Sprintf("%v: %s", u.SA, u.Reason) }

func unexpressed(p esp.Params, format string, args ...any) Unexpressed {
	return Unexpressed{SA: p, Reason: fmt.Sprintf(format, args...)}
}

// errNotNeeded is for SAs that a format neither holds nor needs: IPComp has no keys.
var errNotNeeded = errors.New("not needed")

// icvBits is the length of the ICV in bits, 0 for none or a combined mode.
func icvBits(p esp.Params) int {
	switch {
	case p.ICVLen != 0:
		return 8 * p.ICVLen
	case p.MAC != nil:
		return 8 * p.MAC.ICVLen
	}
	return 0
}
