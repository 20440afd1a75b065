package decode

// AuthMethod2 is an authentication method of IKEv2 (RFC 7296, section 3.8).
type AuthMethod2 uint8

// Authentication methods of IKEv2.
const (
	Auth2RSA              AuthMethod2 = 1
	Auth2SharedKey        AuthMethod2 = 2
	Auth2DSS              AuthMethod2 = 3
	Auth2ECDSA256         AuthMethod2 = 9 // RFC 4754
	Auth2ECDSA384         AuthMethod2 = 10
	Auth2ECDSA521         AuthMethod2 = 11
	Auth2GSPM             AuthMethod2 = 12 // RFC 6467
	Auth2Null             AuthMethod2 = 13 // RFC 7619
	Auth2DigitalSignature AuthMethod2 = 14 // RFC 7427
)

var authMethodNames2 = map[AuthMethod2]string{
	0: "none", Auth2RSA: "RSA signature", Auth2SharedKey: "shared key", Auth2DSS: "DSS signature",
	Auth2ECDSA256: "ECDSA-256", Auth2ECDSA384: "ECDSA-384", Auth2ECDSA521: "ECDSA-521",
	Auth2GSPM: "secure password", Auth2Null: "NULL", Auth2DigitalSignature: "digital signature",
}

// String is the method's name, such as "shared key", or "authentication method 99".
func (m AuthMethod2) String() string { return nameOf(authMethodNames2, m, "authentication method") }

// Auth2 is an Authentication payload (RFC 7296, section 3.8).
type Auth2 struct {
	Method   AuthMethod2
	Reserved uint32 // 3 bytes, zero
	Data     []byte
}

func parseAuth2(c *cursor) Body {
	a := &Auth2{Method: AuthMethod2(c.uint8("authentication method"))}
	a.Reserved = c.reserved("reserved bytes of the AUTH payload", 3)
	off := c.Offset()
	a.Data = c.rest()
	if _, _, ok := a.Signature(); c.Err() == nil && a.Method == Auth2DigitalSignature && !ok {
		c.note(off, "no algorithm identifier in the digital signature")
	}
	return a
}

// Append implements Body.
func (a *Auth2) Append(dst []byte) []byte {
	dst = append(dst, byte(a.Method), byte(a.Reserved>>16), byte(a.Reserved>>8), byte(a.Reserved))
	return append(dst, a.Data...)
}

// Signature splits the data of a digital signature (RFC 7427, section 3) into its algorithm and the signature itself; false
// for other methods and where the algorithm does not parse.
func (a *Auth2) Signature() (alg SignatureAlgorithm, signature []byte, ok bool) {
	if a.Method != Auth2DigitalSignature || len(a.Data) == 0 {
		return alg, nil, false
	}
	n := int(a.Data[0])
	if n > len(a.Data)-1 {
		return alg, nil, false
	}
	alg, ok = parseSignatureAlgorithm(a.Data[1 : 1+n])
	return alg, a.Data[1+n:], ok
}

// String is the method, of a digital signature with its algorithm: "digital signature, RSASSA-PSS SHA2-256 salt 32".
func (a *Auth2) String() string {
	if alg, _, ok := a.Signature(); ok {
		return a.Method.String() + ", " + alg.String()
	}
	return a.Method.String()
}
