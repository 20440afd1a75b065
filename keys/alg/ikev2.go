package alg

// KeyLen is the PRF's preferred key length in bytes: that of SK_d, SK_pi and SK_pr (RFC 7296, section 2.13). An HMAC prefers its
// output's length, and the two PRFs with a fixed one have output of that length, too.
func (p PRF) KeyLen() int { return p.Size }

// The IKEv2 transform IDs of the PRFs whose key has a fixed length.
const (
	prfAESXCBC = 4
	prfAESCMAC = 8
)

// HalfNonces reports whether SKEYSEED is keyed by the first 8 bytes of each nonce alone: so it is for AES-XCBC-PRF-128 and
// AES-CMAC-PRF-128 (RFC 7296, section 2.14).
func (p PRF) HalfNonces() bool { return p.IKEv2 == prfAESXCBC || p.IKEv2 == prfAESCMAC }
