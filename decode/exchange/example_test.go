package exchange_test

import (
	"encoding/hex"
	"fmt"
	"log"

	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// An answer that refuses what was offered, parsed without a key. The body of a payload is a type of its version's package.
func ExampleParse() {
	b, _ := hex.DecodeString("5e90fb90093467bc829a59870ec3efdb" + "29202220" + "00000000" + "00000024" + "000000080000000e")
	m, err := exchange.Parse(b)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Initiator, m.Responder, m.Major())
	for _, p := range m.Payloads {
		if n, ok := p.Body.(*ikev2.Notify); ok {
			fmt.Println(p.Name(), n.Type)
		}
	}
	// Output:
	// 5e90fb90093467bc 829a59870ec3efdb 2
	// N NO_PROPOSAL_CHOSEN
}
