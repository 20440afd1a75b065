package secret

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
)

// parseSPI reads an IKE cookie or SPI: 16 hex digits, 0x allowed.
func parseSPI(s string) (spi decode.SPI, err error) {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "0x"), "0X")
	if len(s) != 2*len(spi) || !isHex(s) {
		return spi, fmt.Errorf("%q is not a cookie of 16 hex digits", clip(s))
	}
	_, err = hex.Decode(spi[:], []byte(s))
	return spi, err
}

// parseBinding reads ICOOKIE, ICOOKIE:RCOOKIE or ICOOKIE:RCOOKIE:MSGID, the message ID in hex.
func parseBinding(s string) (w Where, err error) {
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return w, fmt.Errorf("%q is not ICOOKIE[:RCOOKIE[:MSGID]]", clip(s))
	}
	if w.Initiator, err = parseSPI(parts[0]); err != nil {
		return Where{}, err
	}
	if len(parts) > 1 {
		if w.Responder, err = parseSPI(parts[1]); err != nil {
			return Where{}, err
		}
	}
	if len(parts) > 2 {
		mid, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(parts[2]), "0x"), 16, 32)
		if err != nil {
			return Where{}, fmt.Errorf("%q is not a message ID of up to 8 hex digits", clip(parts[2]))
		}
		w.MessageID = uint32(mid)
	}
	return w, nil
}

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
		if _, err := parseBinding(s); err == nil || strings.ContainsAny(s, " \t\"\\#*") || s == "-" || isForeign(s) || !printable(s) {
			s = quote(s)
		}
	}
	if group != 0 {
		s += "/" + strconv.Itoa(group)
	}
	return s
}

// clip shortens what an error quotes. A run of hex digits longer than a cookie may be a key in the wrong column and is not
// shown.
func clip(s string) string {
	const most, cookie = 40, 16
	run := 0
	for i := 0; i < len(s); i++ {
		if !isHexDigit(s[i]) {
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
