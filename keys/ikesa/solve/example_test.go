package solve_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/keys/ikesa/solve"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// The IKE SA of a capture is solved with its pre-shared key and DH secret; what proves each secret is told with it.
func ExampleSolver_Solve() {
	gir, _ := hex.DecodeString("78e9bfc9a3f540a12992791cf55d9d45527bc4007ef7aaa4173e30793fe29b26")
	bag := &secret.Bag{}
	bag.Add(secret.Secret{Kind: secret.PSK, Value: []byte("sekrit")}, secret.Secret{Kind: secret.DHSecret, Value: gir})
	tracker := exchange.NewTracker(exchange.Options{})
	for d := range datagrams("../../../testdata/pcaps/v2-psk-gcm-x25519-pfs-rekey/wire.pcap") {
		if d.Kind == capture.IKE {
			_ = tracker.Add(&d)
		}
	}
	solver := solve.New(bag, solve.Options{})
	for _, c := range tracker.Conversations() {
		sa := solver.Solve(c)
		fmt.Println(sa.Initiator, sa.IDi, sa.Policy.Cipher.Name, len(sa.Children))
		for _, p := range sa.Proofs {
			fmt.Println(p.Of, "by", p.By)
		}
	}
	// Output:
	// 5e90fb90093467bc gwa.example.org AES-GCM-16 2
	// DH_SECRET by ICV
	// PSK by AUTH
	// PSK by AUTH
	// a9b75bbe7a17d374 <nil> AES-GCM-16 0
}

// datagrams are the datagrams of a capture.
func datagrams(path string) func(yield func(capture.Datagram) bool) {
	return func(yield func(capture.Datagram) bool) {
		src, err := capture.Open([]string{path}, capture.Options{})
		if err != nil {
			log.Fatal(err)
		}
		defer src.Close()
		r, err := src.Reader()
		if err != nil {
			log.Fatal(err)
		}
		split := capture.NewSplitter(capture.SplitOptions{})
		for {
			p, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				log.Fatal(err)
			}
			for _, d := range split.Split(p) {
				if !yield(d) {
					return
				}
			}
		}
	}
}
