package secret

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// Where binds a secret: to an IKE SA, to one Quick Mode of it, or to a peer. The zero value binds to nothing.
type Where struct {
	Initiator, Responder decode.SPI // zero: any
	MessageID            uint32     // 0: none
	Peer                 string     // address, prefix or identity, from a PSK file
}

// IsZero reports whether the secret may belong to anything.
func (w Where) IsZero() bool { return w == Where{} }

// ParseSPI reads an IKE cookie or SPI: 16 hex digits, 0x allowed.
func ParseSPI(s string) (spi decode.SPI, err error) {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "0x"), "0X")
	if len(s) != 2*len(spi) || !lex.IsHex(s) {
		return spi, fmt.Errorf("%q must be a cookie of 16 hex digits", lex.Clip(s))
	}
	_, err = hex.Decode(spi[:], []byte(s))
	return spi, err
}

// ParseBinding reads ICOOKIE, ICOOKIE:RCOOKIE or ICOOKIE:RCOOKIE:MSGID, the message ID in hex.
func ParseBinding(s string) (w Where, err error) {
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return w, fmt.Errorf("%q must be ICOOKIE[:RCOOKIE[:MSGID]]", lex.Clip(s))
	}
	if w.Initiator, err = ParseSPI(parts[0]); err != nil {
		return Where{}, err
	}
	if len(parts) > 1 {
		if w.Responder, err = ParseSPI(parts[1]); err != nil {
			return Where{}, err
		}
	}
	if len(parts) > 2 {
		mid, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(parts[2]), "0x"), 16, 32)
		if err != nil {
			return Where{}, fmt.Errorf("%q must be a message ID of up to 8 hex digits", lex.Clip(parts[2]))
		}
		w.MessageID = uint32(mid)
	}
	return w, nil
}

// String is the binding as the key log has it: "-" for none.
func (w Where) String() string { return whereText(w, 0) }

// whereText is the WHERE column of the key log: "-", "ICOOKIE:RCOOKIE", "ICOOKIE:RCOOKIE:MSGID", for a peer its name;
// group, where it is not 0, goes behind a slash.
func whereText(w Where, group int) string {
	s := "-"
	switch {
	case w.MessageID != 0:
		s = fmt.Sprintf("%v:%v:%08x", w.Initiator, w.Responder, w.MessageID)
	case !w.Responder.IsZero():
		s = fmt.Sprintf("%v:%v", w.Initiator, w.Responder)
	case !w.Initiator.IsZero():
		s = w.Initiator.String()
	case w.Peer != "":
		s = w.Peer
		if _, err := ParseBinding(s); err == nil || strings.ContainsAny(s, " \t\"\\#*") || s == "-" || isForeign(s) || !lex.Printable(s) {
			s = lex.Quote(s)
		}
	}
	if group != 0 {
		s += "/" + strconv.Itoa(group)
	}
	return s
}

// compareWhere orders by IKE SA, then message ID, then peer.
func compareWhere(a, b Where) int {
	return cmp.Or(
		slices.Compare(a.Initiator[:], b.Initiator[:]),
		slices.Compare(a.Responder[:], b.Responder[:]),
		cmp.Compare(a.MessageID, b.MessageID),
		strings.Compare(a.Peer, b.Peer),
	)
}

// isForeign tells what stands behind such a word in other formats: a peer that is called so has to be quoted.
func isForeign(word string) bool {
	switch word {
	case "=>", "computed:", "=", ":", "with", "secret":
		return true
	}
	return false
}
