package keys_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// The keys of an IKEv2 SA and of its first child: each step is a method of what the step before gave.
func Example() {
	prf, _ := alg.PRFByIKEv2(5)                  // HMAC-SHA2-256
	gcm := alg.CipherByIKEv2(20)                 // AES-GCM-16
	l, err := keys.IKEv2LengthsOf(gcm, 256, nil) // 256: the Key Length attribute
	if err != nil {
		log.Fatal(err)
	}
	ni, nr, gir := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32), bytes.Repeat([]byte{3}, 32)
	sk := keys.SKEYSEEDFromInit(prf, ni, nr, gir).Keys(ni, nr, decode.SPI{1}, decode.SPI{2}, l)
	child := sk.ChildKeys(prf, ni, nr, l.Encr, l.Integ)
	fmt.Printf("SK_ei %d bytes, %x...\n", len(sk.EI), sk.EI[:4])
	fmt.Printf("ESP   %d bytes, %x...\n", len(child.EI), child.EI[:4])
	// Output:
	// SK_ei 36 bytes, 8a78ae32...
	// ESP   36 bytes, bd868b4e...
}
