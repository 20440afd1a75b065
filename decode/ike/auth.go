package ike

// An AuthMethod is a way to authenticate: the attribute of IKEv1's phase 1 (RFC 2409, appendix A), or what an AUTH payload of IKEv2
// says (RFC 7296, section 3.8). The zero value is none that is known.
type AuthMethod struct {
	Version Version
	Number  uint16
}

// Authentication methods of phase 1 (RFC 2409, appendix A; RFC 4754; draft-ietf-ipsec-isakmp-hybrid-auth; draft-beaulieu-ike-xauth).
// Those of hybrid authentication and XAUTH say which side starts.
const (
	authPSK          = 1
	authDSS          = 2
	authRSA          = 3
	authRSAEnc       = 4
	authRSARevised   = 5
	authElGamal      = 6
	authElGamalRev   = 7
	authECDSA        = 8
	authECDSA521     = 11
	authHybridFirst  = 64221
	authHybridLast   = 64228
	authXAUTHFirst   = 65001
	authXAUTHPSKLast = 65002
	authXAUTHSigLast = 65006
	authXAUTHLast    = 65010
)

// Authentication methods of IKEv2.
const (
	auth2RSA       = 1
	auth2SharedKey = 2
	auth2DSS       = 3
	auth2ECDSA256  = 9 // RFC 4754
	auth2ECDSA521  = 11
	auth2GSPM      = 12 // RFC 6467
	auth2Null      = 13 // RFC 7619
	auth2Signature = 14 // RFC 7427
)

var authMethodNames = [3]map[uint16]string{
	V1: {
		authPSK: "PSK", authDSS: "DSS signatures", authRSA: "RSA signatures", authRSAEnc: "RSA encryption",
		authRSARevised: "revised RSA encryption", authElGamal: "ElGamal encryption", authElGamalRev: "revised ElGamal encryption",
		authECDSA: "ECDSA signatures", 9: "ECDSA-256", 10: "ECDSA-384", authECDSA521: "ECDSA-521",
		authHybridFirst: "Hybrid-Init-RSA", 64222: "Hybrid-Resp-RSA", 64223: "Hybrid-Init-DSS", 64224: "Hybrid-Resp-DSS",
		authXAUTHFirst: "XAUTH-Init-PSK", authXAUTHPSKLast: "XAUTH-Resp-PSK",
		65003: "XAUTH-Init-DSS", 65004: "XAUTH-Resp-DSS", 65005: "XAUTH-Init-RSA", authXAUTHSigLast: "XAUTH-Resp-RSA",
		65007: "XAUTH-Init-RSA-encryption", 65008: "XAUTH-Resp-RSA-encryption",
		65009: "XAUTH-Init-revised-RSA-encryption", authXAUTHLast: "XAUTH-Resp-revised-RSA-encryption",
	},
	V2: {
		0: "none", auth2RSA: "RSA signature", auth2SharedKey: "shared key", auth2DSS: "DSS signature",
		auth2ECDSA256: "ECDSA-256", 10: "ECDSA-384", auth2ECDSA521: "ECDSA-521",
		auth2GSPM: "secure password", auth2Null: "NULL", auth2Signature: "digital signature",
	},
}

// String is the method's name in its version, such as "PSK" or "shared key", or "authentication method 99".
func (m AuthMethod) String() string {
	return NameOf(authMethodNames[min(m.Version, V2)], m.Number, "authentication method")
}

// AuthKind sorts methods by what they need.
type AuthKind uint8

// The kinds of methods.
const (
	AuthUnknown   AuthKind = iota
	AuthPSK                // a pre-shared key
	AuthSignature          // a key pair that signs
	AuthPublicKey          // a key pair that decrypts (RFC 2409, sections 5.2 and 5.3)
	AuthPassword           // a password (RFC 6467)
	AuthNull               // nothing (RFC 7619)
)

// Kind sorts the method. An AUTH payload after EAP has the method of a pre-shared key, too.
func (m AuthMethod) Kind() AuthKind {
	if m.Version == V2 {
		switch n := m.Number; {
		case n == auth2SharedKey:
			return AuthPSK
		case n == auth2RSA, n == auth2DSS, n >= auth2ECDSA256 && n <= auth2ECDSA521, n == auth2Signature:
			return AuthSignature
		case n == auth2GSPM:
			return AuthPassword
		case n == auth2Null:
			return AuthNull
		}
		return AuthUnknown
	}
	switch n := m.Number; {
	case n == authPSK, n >= authXAUTHFirst && n <= authXAUTHPSKLast:
		return AuthPSK
	case n == authDSS, n == authRSA, n >= authECDSA && n <= authECDSA521, n > authXAUTHPSKLast && n <= authXAUTHSigLast, m.Hybrid():
		return AuthSignature
	case n >= authRSAEnc && n <= authElGamalRev, n > authXAUTHSigLast && n <= authXAUTHLast:
		return AuthPublicKey
	}
	return AuthUnknown
}

// XAUTH reports whether the user authenticates by XAUTH after phase 1: that is so with hybrid authentication, too.
func (m AuthMethod) XAUTH() bool {
	return m.Version == V1 && m.Number >= authXAUTHFirst && m.Number <= authXAUTHLast || m.Hybrid()
}

// Hybrid reports whether only one side authenticates in phase 1 (draft-ietf-ipsec-isakmp-hybrid-auth).
func (m AuthMethod) Hybrid() bool {
	return m.Version == V1 && m.Number >= authHybridFirst && m.Number <= authHybridLast
}
