// Package keys holds the key schedules of IKEv1 as pure functions: bytes in, bytes out, no state and no look-ups.
//
// A SKEYID comes from one function for each way to authenticate; its Keys are what protects phase 1 and what KEYMAT, the keys
// of ESP and AH, comes from (RFC 2409, section 5):
//
//	SKEYIDFromPSK, ...  →  SKEYID.Keys  →  Phase1Keys.E  →  CipherKey, FirstIV, Phase2IV
//	                                       Phase1Keys.A  →  Hash1, Hash2, Hash3
//	                                       Phase1Keys.D  →  Keymat
package keys
