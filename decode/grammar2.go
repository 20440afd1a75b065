package decode

// Grammar2 is how messages of IKEv2 are read. The encrypted payloads are not among those that can follow one another: they do
// not stand inside one another. The next payload field of theirs names the first payload inside (RFC 7296, section 3.14; RFC
// 7383, section 2.5).
var Grammar2 = &Grammar{
	Parsers: [256]Parser{
		Payload2SA:      parseSA2,
		Payload2KE:      parseKE2,
		Payload2IDi:     parseID2,
		Payload2IDr:     parseID2,
		Payload2Cert:    parseCert2,
		Payload2CertReq: parseCertReq2,
		Payload2Auth:    parseAuth2,
		Payload2Nonce:   parseNonce2,
		Payload2Notify:  parseNotify2,
		Payload2Delete:  parseDelete2,
		Payload2Vendor:  ParseVendorID,
		Payload2TSi:     parseTS2,
		Payload2TSr:     parseTS2,
		Payload2SK:      parseSK2,
		Payload2CP:      parseCP2,
		Payload2EAP:     parseEAP2,
		Payload2IDg:     parseID2,
		Payload2SKF:     parseSKF2,
	},
	Known: [256]bool{
		Payload2SA: true, Payload2KE: true, Payload2IDi: true, Payload2IDr: true, Payload2Cert: true, Payload2CertReq: true,
		Payload2Auth: true, Payload2Nonce: true, Payload2Notify: true, Payload2Delete: true, Payload2Vendor: true,
		Payload2TSi: true, Payload2TSr: true, Payload2CP: true, Payload2EAP: true, Payload2GSPM: true, Payload2IDg: true,
		Payload2GSA: true, Payload2KD: true, Payload2PS: true,
	},
	Last:     [256]bool{Payload2SK: true, Payload2SKF: true},
	Critical: true,
	Flags:    FlagInitiator | FlagVersion | FlagResponse,
}

// Plausible2 reports whether b, a decrypted body of IKEv2 with its padding and the pad length behind it (RFC 7296, section
// 3.14), is a chain of payloads that ends where the padding begins. It is the cheap half of a proof: of wrong keys one in
// some 10,000 passes, of those for an empty body (first is PayloadNone) one in 256.
func Plausible2(first PayloadType, b []byte) bool {
	body, _, ok := Unpad2(b)
	if !ok {
		return false
	}
	end, ok := Grammar2.WalkChain(first, body)
	return ok && end == len(body)
}

// Unpad2 takes the padding and its length off a decrypted body of IKEv2; false where the length cannot be.
func Unpad2(b []byte) (body, padding []byte, ok bool) {
	if len(b) == 0 {
		return nil, nil, false
	}
	n := len(b) - 1 - int(b[len(b)-1])
	if n < 0 {
		return nil, nil, false
	}
	return b[:n:n], b[n : len(b)-1], true
}
