package alg

import (
	"fmt"

	"github.com/cloudflare/circl/kem"
	"github.com/cloudflare/circl/kem/mlkem/mlkem1024"
	"github.com/cloudflare/circl/kem/mlkem/mlkem512"
	"github.com/cloudflare/circl/kem/mlkem/mlkem768"
)

// kems are the key exchange methods that are no Diffie-Hellman: ML-KEM (FIPS 203) as IKEv2 has it in
// draft-ietf-ipsecme-ikev2-mlkem. Go's own crypto/mlkem lacks 512, and takes no expanded key.
var kems = []*KeyExchange{
	mlkemRow(35, mlkem512.Scheme()),
	mlkemRow(36, mlkem768.Scheme()),
	mlkemRow(37, mlkem1024.Scheme()),
}

func mlkemRow(id uint16, s kem.Scheme) *KeyExchange {
	m := mlkemSet{s}
	return &KeyExchange{
		Name: s.Name(), ID: id, KEM: true,
		InitiatorLen: s.PublicKeySize(), ResponderLen: s.CiphertextSize(), SharedLen: s.SharedKeySize(),
		Public: m.public, Shared: m.shared,
	}
}

// An mlkemSet is one parameter set. A private value is told by its length: the seed d | z (64 bytes), or the expanded
// decapsulation key (FIPS 203, section 7.1), or the responder's randomness m (32 bytes).
type mlkemSet struct{ kem.Scheme }

// public is the encapsulation key that the initiator sends.
func (m mlkemSet) public(private []byte) ([]byte, error) {
	dk, err := m.private(private)
	if err != nil {
		return nil, err
	}
	return dk.Public().MarshalBinary()
}

// shared decapsulates the responder's ciphertext, or does once more what the responder did: encapsulate to the initiator's
// key. A ciphertext made for another key gives a secret that fits nothing, by design, and no error (FIPS 203, section 6.3).
func (m mlkemSet) shared(private, peer []byte) ([]byte, error) {
	if len(private) == m.EncapsulationSeedSize() {
		return m.encapsulate(private, peer)
	}
	dk, err := m.private(private)
	if err != nil {
		return nil, err
	}
	if len(peer) != m.CiphertextSize() {
		return nil, fmt.Errorf("%s ciphertext of %d bytes: %w", m.Name(), len(peer), ErrPublicValue)
	}
	return m.Decapsulate(dk, peer)
}

func (m mlkemSet) encapsulate(randomness, peer []byte) ([]byte, error) {
	ek, err := m.UnmarshalBinaryPublicKey(peer)
	if err != nil {
		return nil, fmt.Errorf("%s encapsulation key of %d bytes: %w", m.Name(), len(peer), ErrPublicValue)
	}
	_, shared, err := m.EncapsulateDeterministically(ek, randomness)
	return shared, err
}

// private reads a decapsulation key. The library checks that an expanded one fits together.
func (m mlkemSet) private(b []byte) (kem.PrivateKey, error) {
	if len(b) == m.SeedSize() {
		_, dk := m.DeriveKeyPair(b)
		return dk, nil
	}
	dk, err := m.UnmarshalBinaryPrivateKey(b)
	if err != nil {
		return nil, fmt.Errorf("%s decapsulation key of %d bytes: %w", m.Name(), len(b), ErrPrivateValue)
	}
	return dk, nil
}
