// Package ikev1 reads the payloads of IKEv1 (RFC 2407, RFC 2408, RFC 2409 and what is used in the field): Grammar has a parser for
// each.
package ikev1

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// Grammar is how messages of IKEv1 are read.
var Grammar = &decode.Grammar{
	Parsers: [256]decode.Parser{
		PayloadSA:          parseSA,
		PayloadKE:          parseKE,
		PayloadID:          parseID,
		PayloadCert:        parseCert,
		PayloadCertReq:     parseCertReq,
		PayloadHash:        parseHash,
		PayloadSig:         parseSig,
		PayloadNonce:       parseNonce,
		PayloadNotify:      parseNotify,
		PayloadDelete:      parseDelete,
		PayloadVendorID:    decode.ParseVendorID,
		PayloadAttributes:  parseAttributes,
		PayloadNATDDraft4:  parseNATDDraft4,
		PayloadNATOADraft:  parseNATOA,
		PayloadNATOADraft5: parseNATOADraft5,
		PayloadNATD:        parseNATD,
		PayloadNATOA:       parseNATOA,
		PayloadNATDDraft:   parseNATD,
		PayloadFragment:    parseFragment,
	},
	Known: [256]bool{
		PayloadSA: true, PayloadKE: true, PayloadID: true, PayloadCert: true, PayloadCertReq: true, PayloadHash: true,
		PayloadSig: true, PayloadNonce: true, PayloadNotify: true, PayloadDelete: true, PayloadVendorID: true,
		PayloadAttributes: true, PayloadNATDDraft4: true, PayloadNATOADraft5: true, PayloadKD: true, PayloadSEQ: true,
		PayloadPOP: true, PayloadNATD: true, PayloadNATOA: true, PayloadGAP: true, PayloadNATDDraft: true,
		PayloadNATOADraft: true, PayloadFragment: true,
	},
	Flags:  FlagEncryption | FlagCommit | FlagAuthOnly,
	Header: readHeader,
}

// cipherBlock divides the length of every encrypted body: all ciphers have blocks of 8 or 16 bytes.
const cipherBlock = 8

// readHeader reports whether the body is to be decrypted as a whole. A fragment is never encrypted, only what the fragments
// make together is, yet some senders set the flag on it.
func readHeader(h decode.Header, body []byte) (encrypted bool, notes []wire.Note) {
	encrypted = Encrypted(h, body)
	switch {
	case h.Flags&FlagEncryption == 0:
	case !encrypted:
		notes = []wire.Note{wire.NoteAt(wire.FlagsOffset, "encryption flag set on a fragment")}
	case len(body)%cipherBlock != 0:
		notes = []wire.Note{wire.NoteAt(decode.HeaderLen, "encrypted body of %d bytes, no multiple of %d", len(body), cipherBlock)}
	}
	return encrypted, notes
}

// Encrypted reports whether the body of a message is encrypted: its flag is set, and it is not one Fragment payload and nothing
// else.
func Encrypted(h decode.Header, body []byte) bool {
	isFragment := h.NextPayload == PayloadFragment && len(body) >= wire.PayloadHeaderLen && body[0] == 0 && body[1] == 0 &&
		int(binary.BigEndian.Uint16(body[2:])) == len(body)
	return h.Flags&FlagEncryption != 0 && !isFragment
}
