package keys

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

const (
	nextAt      = 16 // the header's next payload field
	lengthAt    = 24 // its length field
	genericLen  = 4  // a generic payload header
	fragmentLen = 4  // fragment number and total fragments
)

// What keeps an Encrypted payload from being decoded or decrypted.
var (
	// ErrNoSK: the message has no SK or SKF payload.
	ErrNoSK = errors.New("no encrypted payload")
	// ErrSKLength: the payload is too short for IV, padding length and ICV, or not a whole number of blocks.
	ErrSKLength = errors.New("impossible length of an encrypted payload")
	// ErrICV: forged, damaged, or another key's.
	ErrICV = errors.New("ICV mismatch")
	// ErrPadding: the padding length is more than there is. Of a payload without ICV check it means another key.
	ErrPadding = errors.New("impossible padding")
	// ErrFragment: a fragment's number is zero or more than the total.
	ErrFragment = errors.New("impossible fragment number")
)

// An SK is an Encrypted payload (RFC 7296, section 3.14) or an Encrypted Fragment payload (RFC 7383, section 2.5) in its message.
type SK struct {
	Type   decode.PayloadType // PayloadSK or PayloadSKF
	Offset int                // of its generic header in the message
	First  decode.PayloadType // the first payload inside; of fragments the first one tells
	// Fragment counts from 1 up to Fragments; both are 0 for SK.
	Fragment, Fragments uint16

	message []byte // up to the end of the payload
	typeAt  int    // where the message says the payload's type
	body    int    // where the IV starts
}

// FindSK finds the SK or SKF payload of a message, which is the last one, by the generic headers before it. What follows it is
// left out. Errors are ErrNoSK, ErrFragment, decode.ErrTruncated and decode.ErrLength.
func FindSK(message []byte) (SK, error) {
	if len(message) < decode.HeaderLen {
		return SK{}, fmt.Errorf("header: %w", decode.ErrTruncated)
	}
	at, typeAt := decode.HeaderLen, nextAt
	for {
		t := decode.PayloadType(message[typeAt])
		if t == decode.PayloadNone {
			return SK{}, ErrNoSK
		}
		n, err := payloadLen(message, at)
		if err != nil {
			return SK{}, fmt.Errorf("%v payload at offset %d: %w", t, at, err)
		}
		if t == ikev2.PayloadSK || t == ikev2.PayloadSKF {
			return newSK(message[:at+n], at, typeAt)
		}
		at, typeAt = at+n, at
	}
}

// payloadLen is the length of the payload at an offset, which the message has in full.
func payloadLen(message []byte, at int) (int, error) {
	if len(message)-at < genericLen {
		return 0, decode.ErrTruncated
	}
	n := int(binary.BigEndian.Uint16(message[at+2:]))
	switch {
	case n < genericLen:
		return 0, decode.ErrLength
	case n > len(message)-at:
		return 0, decode.ErrTruncated
	}
	return n, nil
}

// newSK reads what an SK or SKF payload at the end of message has in clear.
func newSK(message []byte, at, typeAt int) (SK, error) {
	sk := SK{
		Type: decode.PayloadType(message[typeAt]), Offset: at, First: decode.PayloadType(message[at]),
		message: message, typeAt: typeAt, body: at + genericLen,
	}
	if sk.Type == ikev2.PayloadSK {
		return sk, nil
	}
	if len(message)-sk.body < fragmentLen {
		return SK{}, fmt.Errorf("SKF payload at offset %d: %w", at, decode.ErrTruncated)
	}
	sk.Fragment = binary.BigEndian.Uint16(message[sk.body:])
	sk.Fragments = binary.BigEndian.Uint16(message[sk.body+2:])
	sk.body += fragmentLen
	if sk.Fragment == 0 || sk.Fragment > sk.Fragments {
		return SK{}, fmt.Errorf("SKF payload at offset %d, %d of %d: %w", at, sk.Fragment, sk.Fragments, ErrFragment)
	}
	return sk, nil
}
