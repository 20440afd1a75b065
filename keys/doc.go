// Package keys has the key schedules of IKEv1 and IKEv2 as pure functions: bytes in, bytes out, no state and no look-ups.
//
// IKEv1: a SKEYID comes from one function for each way to authenticate; its Keys are what protects phase 1 and what KEYMAT, the keys
// of ESP and AH, comes from (RFC 2409, section 5):
//
//	SKEYIDFromPSK, ...  →  SKEYID.Keys  →  Phase1Keys.E  →  CipherKey, FirstIV, Phase2IV
//	                                       Phase1Keys.A  →  Hash, Hash2, Hash3
//	                                       Phase1Keys.D  →  Keymat
//
// IKEv2: a SKEYSEED comes from IKE_SA_INIT, or from the SK_d of the generation or the IKE SA before; its Keys are one generation of
// the keys of an IKE SA (RFC 7296, section 2.14; RFC 9370):
//
//	SKEYSEEDFromInit, ...  →  SKEYSEED.Keys  →  IKEv2Keys.E*, .A*  →  SKOpener
//	                                            IKEv2Keys.P*       →  SignedOctets  →  SharedKeyAuth, VerifySignature
//	                                            IKEv2Keys.D        →  ChildKeys, and SKEYSEEDFromIntermediate, ...FromRekey
package keys
