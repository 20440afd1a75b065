package decodetest

import "github.com/ikedecode/ikedecode/decode"

// Message puts the header of an IKE_AUTH request before body, whose first payload is of type next.
func Message(next decode.PayloadType, body ...byte) []byte {
	const exchangeAuth, flagInitiator = 35, 1 << 3
	h := decode.Header{
		Initiator: decode.SPI{1}, Responder: decode.SPI{2}, NextPayload: next, Version: 0x20, Exchange: exchangeAuth,
		Flags: flagInitiator, MessageID: 1, Length: uint32(decode.HeaderLen + len(body)),
	}
	return append(h.Append(nil), body...)
}
