// Package export writes SAs and IKE keys in the formats of other programs: tables of Wireshark, the secrets block of a pcapng file, a file
// for tcpdump -E, commands for ip xfrm state and setkey. The output has the keys unmasked: write it to files with mode 0600.
package export

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/ikedecode/ikedecode/esp"
)

// A Result is what became of the SAs that a writer was given.
type Result struct {
	SAs   int           // written
	Left  []Unexpressed // not written, or as a comment only
	Notes []Unexpressed // written, but not all that is known of them, or not for each version of the program
	Since Wireshark     // the oldest version that reads all that is written; of esp_sa alone
}

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

// errNoSalt is for SAs whose source left out the salt of the encryption key, and no packet gave it.
var errNoSalt = errors.New("the salt of the encryption key is not known")

// A sheet is a text of lines that is written, no line twice.
type sheet struct {
	w    *bufio.Writer
	seen map[string]bool
	Result
}

func newSheet(w io.Writer) *sheet { return &sheet{w: bufio.NewWriter(w), seen: make(map[string]bool)} }

// add writes the lines of an SA, or notes why it has none.
func (s *sheet) add(p esp.Params, lines []string, err error) {
	switch {
	case errors.Is(err, errNotNeeded):
		return
	case err != nil:
		s.Left = append(s.Left, unexpressed(p, "%v", err))
		return
	}
	s.SAs++
	for _, l := range lines {
		s.line(l)
	}
}

func (s *sheet) line(l string) {
	if !s.seen[l] {
		s.seen[l] = true
		fmt.Fprintln(s.w, l)
	}
}

// end is what the writer returns.
func (s *sheet) end() (Result, error) { return s.Result, s.w.Flush() }

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
