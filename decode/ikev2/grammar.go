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
