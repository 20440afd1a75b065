package ikev2

import (
	"github.com/ikedecode/ikedecode/decode"
)

// Payload types of IKEv2 (RFC 7296, section 3.2, and later ones).
const (
	PayloadSA       decode.PayloadType = 33
	PayloadKE       decode.PayloadType = 34
	PayloadIDi      decode.PayloadType = 35
	PayloadIDr      decode.PayloadType = 36
	PayloadCert     decode.PayloadType = 37
	PayloadCertReq  decode.PayloadType = 38
	PayloadAuth     decode.PayloadType = 39
	PayloadNonce    decode.PayloadType = 40
	PayloadNotify   decode.PayloadType = 41
	PayloadDelete   decode.PayloadType = 42
	PayloadVendorID decode.PayloadType = 43
	PayloadTSi      decode.PayloadType = 44
	PayloadTSr      decode.PayloadType = 45
	PayloadSK       decode.PayloadType = 46
	PayloadCP       decode.PayloadType = 47
	PayloadEAP      decode.PayloadType = 48
	PayloadGSPM     decode.PayloadType = 49 // RFC 6467
	PayloadIDg      decode.PayloadType = 50 // RFC 9838
	PayloadGSA      decode.PayloadType = 51
	PayloadKD       decode.PayloadType = 52
	PayloadSKF      decode.PayloadType = 53 // RFC 7383
	PayloadPS       decode.PayloadType = 54 // RFC 8019
)

// Exchange types of IKEv2 (RFC 7296, section 3.1, and later ones).
const (
	ExchangeSAInit          decode.ExchangeType = 34
	ExchangeAuth            decode.ExchangeType = 35
	ExchangeCreateChild     decode.ExchangeType = 36
	ExchangeInformational   decode.ExchangeType = 37
	ExchangeSessionResume   decode.ExchangeType = 38 // RFC 5723
	ExchangeGSAAuth         decode.ExchangeType = 39 // RFC 9838
	ExchangeGSARegistration decode.ExchangeType = 40
	ExchangeGSARekey        decode.ExchangeType = 41
	ExchangeGSAInbandRekey  decode.ExchangeType = 42
	ExchangeIntermediate    decode.ExchangeType = 43 // RFC 9242
	ExchangeFollowupKE      decode.ExchangeType = 44 // RFC 9370
)

// Flags of IKEv2 (RFC 7296, section 3.1).
const (
	FlagInitiator decode.Flags = 1 << (iota + 3) // from the original initiator of the IKE SA
	FlagVersion                                  // the sender can speak a higher version
	FlagResponse
)

// sha1Len is the length of a SHA-1 hash, the only one that the payloads of RFC 7296 have.
const sha1Len = 20
