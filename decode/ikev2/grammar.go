// Package ikev2 reads the payloads of IKEv2 (RFC 7296 and its extensions): Grammar has a parser for each.
package ikev2

import (
	"github.com/ikedecode/ikedecode/decode"
)

// Grammar is how messages of IKEv2 are read. The encrypted payloads are not among those that can follow one another: they do
// not stand inside one another. The next payload field of theirs names the first payload inside (RFC 7296, section 3.14; RFC
// 7383, section 2.5).
var Grammar = &decode.Grammar{
	Parsers: [256]decode.Parser{
		PayloadSA:       parseSA,
		PayloadKE:       parseKE,
		PayloadIDi:      parseID,
		PayloadIDr:      parseID,
		PayloadCert:     parseCert,
		PayloadCertReq:  parseCertReq,
		PayloadAuth:     parseAuth,
		PayloadNonce:    parseNonce,
		PayloadNotify:   parseNotify,
		PayloadDelete:   parseDelete,
		PayloadVendorID: decode.ParseVendorID,
		PayloadTSi:      parseTS,
		PayloadTSr:      parseTS,
		PayloadSK:       parseSK,
		PayloadCP:       parseCP,
		PayloadEAP:      parseEAP,
		PayloadIDg:      parseID,
		PayloadSKF:      parseSKF,
	},
	Known: [256]bool{
		PayloadSA: true, PayloadKE: true, PayloadIDi: true, PayloadIDr: true, PayloadCert: true, PayloadCertReq: true,
		PayloadAuth: true, PayloadNonce: true, PayloadNotify: true, PayloadDelete: true, PayloadVendorID: true,
		PayloadTSi: true, PayloadTSr: true, PayloadCP: true, PayloadEAP: true, PayloadGSPM: true, PayloadIDg: true,
		PayloadGSA: true, PayloadKD: true, PayloadPS: true,
	},
	Last:     [256]bool{PayloadSK: true, PayloadSKF: true},
	Critical: true,
	Flags:    FlagInitiator | FlagVersion | FlagResponse,
}

// Plausible reports whether b, a decrypted body of IKEv2 with its padding and the pad length behind it (RFC 7296, section
// 3.14), is a chain of payloads that ends where the padding begins. It is the cheap half of a proof: of wrong keys one in
// some 10,000 passes, of those for an empty body (first is PayloadNone) one in 256.
func Plausible(first decode.PayloadType, b []byte) bool {
	body, _, ok := Unpad(b)
	if !ok {
		return false
	}
	end, ok := Grammar.WalkChain(first, body)
	return ok && end == len(body)
}

// Unpad takes the padding and its length off a decrypted body of IKEv2; false where the length cannot be.
func Unpad(b []byte) (body, padding []byte, ok bool) {
	if len(b) == 0 {
		return nil, nil, false
	}
	n := len(b) - 1 - int(b[len(b)-1])
	if n < 0 {
		return nil, nil, false
	}
	return b[:n:n], b[n : len(b)-1], true
}
