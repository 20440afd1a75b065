package ikev2

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// AuthMethod is an authentication method of IKEv2 (RFC 7296, section 3.8).
type AuthMethod uint8

// Authentication methods of IKEv2.
const (
	AuthRSA              AuthMethod = 1
	AuthSharedKey        AuthMethod = 2
	AuthDSS              AuthMethod = 3
	AuthECDSA256         AuthMethod = 9 // RFC 4754
	AuthECDSA384         AuthMethod = 10
	AuthECDSA521         AuthMethod = 11
	AuthGSPM             AuthMethod = 12 // RFC 6467
	AuthNull             AuthMethod = 13 // RFC 7619
	AuthDigitalSignature AuthMethod = 14 // RFC 7427
)

// String is the method's name, such as "shared key", or "authentication method 99".
func (m AuthMethod) String() string { return m.Neutral().String() }

// Auth is an Authentication payload (RFC 7296, section 3.8).
type Auth struct {
	Method   AuthMethod
	Reserved uint32 // 3 bytes, zero
	Data     []byte
}

func parseAuth(c *wire.Cursor) decode.Body {
	a := &Auth{Method: AuthMethod(c.Uint8("authentication method"))}
	a.Reserved = c.Reserved("reserved bytes of the AUTH payload", 3)
	off := c.Offset()
	a.Data = c.Rest()
	if _, _, ok := a.Signature(); c.Err() == nil && a.Method == AuthDigitalSignature && !ok {
		c.Note(off, "no algorithm identifier in the digital signature")
	}
	return a
}

// Append implements Body.
func (a *Auth) Append(dst []byte) []byte {
	dst = append(dst, byte(a.Method), byte(a.Reserved>>16), byte(a.Reserved>>8), byte(a.Reserved))
	return append(dst, a.Data...)
}

// Signature splits the data of a digital signature (RFC 7427, section 3) into its algorithm and the signature itself; false
// for other methods and where the algorithm does not parse.
func (a *Auth) Signature() (alg cert.SignatureAlgorithm, signature []byte, ok bool) {
	if a.Method != AuthDigitalSignature || len(a.Data) == 0 {
		return alg, nil, false
	}
	n := int(a.Data[0])
	if n > len(a.Data)-1 {
		return alg, nil, false
	}
	alg, ok = cert.ParseSignatureAlgorithm(a.Data[1 : 1+n])
	return alg, a.Data[1+n:], ok
}

// String is the method, of a digital signature with its algorithm: "digital signature, RSASSA-PSS SHA2-256 salt 32".
func (a *Auth) String() string {
	if alg, _, ok := a.Signature(); ok {
		return a.Method.String() + ", " + alg.String()
	}
	return a.Method.String()
}

// Neutral is the method as a value of both versions.
func (m AuthMethod) Neutral() ike.AuthMethod {
	return ike.AuthMethod{Version: ike.V2, Number: uint16(m)}
}
