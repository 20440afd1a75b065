package decode

// message2 puts a header of IKE_AUTH before body.
func message2(next PayloadType, body ...byte) []byte {
	h := Header{Initiator: SPI{1}, Responder: SPI{2}, NextPayload: next, Version: 0x20, Exchange: ExchangeAuth,
		Flags: FlagInitiator, MessageID: 1, Length: uint32(HeaderLen + len(body))}
	return append(h.Append(nil), body...)
}
