package keys

import (
	"encoding/binary"
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// FindSalt finds the salt of an encryption key that lacks it, SK_ei or SK_er, by one whole message of its side. m is the integrity
// algorithm, of no concern with an AEAD, whose ICV is the proof; without one, confirm is to say whether a key with its salt is right. The
// additional data end where the IV starts (RFC 5282, section 5.1). Errors are those of FindSK, ErrSKSuite, ErrSKLength and those of
// alg.SaltSearch.
func FindSalt(s *alg.SaltSearch, c *alg.Cipher, m *alg.MAC, key, message []byte, confirm func(key []byte) bool) ([]byte, error) {
	sk, err := FindSK(message)
	if err != nil {
		return nil, err
	}
	icvLen := c.ICVLen
	switch {
	case c.IVLen != 8, !c.AEAD && (m == nil || m.Null() || confirm == nil):
		return nil, fmt.Errorf("%s: %w", c.Name, ErrSKSuite)
	case !c.AEAD:
		icvLen = m.ICVLen
	}
	body := sk.message[sk.body:]
	n := len(body) - c.IVLen - icvLen
	if n < 1 {
		return nil, fmt.Errorf("%d bytes with %s: %w", len(body), c.Name, ErrSKLength)
	}
	q := alg.SaltQuery{Sealed: alg.Sealed{AD: sk.message[:sk.body], IV: body[:c.IVLen], Text: body[c.IVLen:]}}
	if !c.AEAD {
		q.Text = q.Text[:n]
		q.Confirm = func(salt []byte) bool { return confirm(join(key, salt)) }
	}
	q.Look, q.Plausible = lookInside(sk, n)
	return s.Find(c, key, q)
}

// lookInside says what of n bytes of plaintext shows that they may be those of a payload: the generic header of the first one inside,
// or of what has no payload the padding length at its end. Of a fragment but the first nothing does.
func lookInside(sk SK, n int) (look int, plausible func(block []byte) bool) {
	switch {
	case sk.Fragment > 1:
		return 0, nil
	case sk.First == decode.PayloadNone && sk.Fragment == 0: // an answer without payloads
		return n - 1, func(block []byte) bool { return int(block[len(block)-1]) == n-1 }
	case n < genericLen:
		return 0, nil
	}
	return 0, func(block []byte) bool {
		if len(block) < genericLen || block[1]&0x7f != 0 {
			return false
		}
		length, next := int(binary.BigEndian.Uint16(block[2:])), decode.PayloadType(block[0])
		return length >= genericLen && (length < n || sk.Fragment > 0) && (next == decode.PayloadNone || ikev2.Grammar.Known[next])
	}
}
