package alg

// A KeyExchange is one key exchange method of IKEv2 (transform type 4; RFC 9370, section 2): a Diffie-Hellman group, or a KEM.
type KeyExchange struct {
	Name string // as reports print it: "MODP-2048", "ML-KEM-768"
	ID   uint16 // IANA transform ID
	// KEM says that the responder's KE payload is a ciphertext made for the initiator's encapsulation key.
	KEM bool
	// InitiatorLen and ResponderLen are the bytes of what each side's KE payload holds. They differ for a KEM.
	InitiatorLen, ResponderLen int
	SharedLen                  int // bytes of the shared secret, leading zeros kept
	// Public computes what a side's KE payload holds from its private value. Of a KEM that works for the initiator alone.
	Public func(private []byte) ([]byte, error)
	// Shared computes the shared secret from one side's private value and what the other's KE payload holds. The private value
	// of a KEM's initiator is its decapsulation key, as seed or expanded; that of the responder the randomness it encapsulated
	// with.
	Shared func(private, peer []byte) ([]byte, error)
}

// KeyExchanges lists the supported key exchange methods of IKEv2: every group, then the KEMs.
func KeyExchanges() []*KeyExchange {
	var all []*KeyExchange
	for _, g := range groups {
		all = append(all, g.keyExchange())
	}
	return append(all, kems...)
}

// KeyExchangeByID finds a key exchange method by its transform ID; nil where it is not supported.
func KeyExchangeByID(id uint16) *KeyExchange {
	if id == 0 {
		return nil
	}
	if g := GroupByID(id); g != nil {
		return g.keyExchange()
	}
	return find(kems, func(k *KeyExchange) bool { return k.ID == id })
}

func (g *Group) keyExchange() *KeyExchange {
	return &KeyExchange{
		Name: g.Name, ID: g.ID, InitiatorLen: g.PublicLen, ResponderLen: g.PublicLen, SharedLen: g.SharedLen,
		Public: g.Public, Shared: g.Shared,
	}
}
