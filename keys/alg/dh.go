package alg

// A Group is a Diffie-Hellman group.
type Group struct {
	Name      string // as reports print it: "MODP-2048", "ECP-256"
	ID        uint16 // IANA group description, the same in IKEv1 and IKEv2; 0 for one given as values
	PublicLen int    // bytes of the public value in a KE payload
	SharedLen int    // bytes of g^xy, leading zeros kept
	// Public computes the public value of a private one: big-endian, leading zeros allowed; for Curve25519 and Curve448 the
	// bytes of RFC 7748.
	Public func(private []byte) ([]byte, error)
	// Shared computes g^xy from one peer's private value and the other's public value. A public value that is not in the
	// group gives ErrPublicValue. It need not run in constant time: the private value is the user's own, read from a file.
	Shared func(private, peer []byte) ([]byte, error)
}

// trimZeros takes the leading zeros off a big-endian number.
func trimZeros(b []byte) []byte {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return b
}

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
	// Shared computes the shared secret from one peer's private value and what the other's KE payload holds. The private value
	// of a KEM's initiator is its decapsulation key, as seed or expanded; that of the responder the randomness it encapsulated
	// with.
	Shared func(private, peer []byte) ([]byte, error)
}
