package alg_test

import (
	"encoding/hex"
	"fmt"
	"log"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// One row of the table has all names and numbers of an algorithm.
func ExampleCipherByStrongSwan() {
	c := alg.CipherByStrongSwan("AES_GCM_16")
	fmt.Println(c.Name, c.IKEv2, c.KeyBits, c.SaltLen, c.XFRM)
	fmt.Println(c.Wireshark)
	// Output:
	// AES-GCM-16 20 [128 192 256] 4 rfc4106(gcm(aes))
	// AES-GCM with 16 octet ICV [RFC4106]
}

// The shared secret of the example in RFC 7748, section 6.1.
func ExampleGroupByID() {
	g := alg.GroupByID(31)
	private, _ := hex.DecodeString("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
	public, _ := hex.DecodeString("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
	shared, err := g.Shared(private, public)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %d %x\n", g.Name, g.PublicLen, shared[:4])
	// Output:
	// Curve25519 32 4a5d9d5b
}
