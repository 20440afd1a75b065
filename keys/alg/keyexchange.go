package alg

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
