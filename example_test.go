package ikedecode_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"log"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A capture is opened with the pre-shared key and the Diffie-Hellman secret of its IKE SA, and the inner packets are printed. Nobody has
// to say which SA a secret belongs to.
func Example() {
	gir, _ := hex.DecodeString("78e9bfc9a3f540a12992791cf55d9d45527bc4007ef7aaa4173e30793fe29b26")
	bag := &secret.Bag{}
	bag.Add(secret.Secret{Kind: secret.PSK, Value: []byte("sekrit")}, secret.Secret{Kind: secret.DHSecret, Value: gir})
	src, err := capture.Open([]string{"testdata/pcaps/v2-psk-gcm-x25519-pfs-rekey/wire.pcap"}, capture.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{})
	if err != nil {
		log.Fatal(err)
	}
	n := 0
	err = s.Run(context.Background(), func(f *ikedecode.Frame) error {
		for i := range f.Items {
			if in, ok := f.Items[i].Inner(); ok && n < 3 {
				n++
				fmt.Println(f.Packet.Number, in.Src, in.Dst, in.Protocol, len(in.Packet))
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.SAs[0].Initiator, s.Counts.Opened > 0)
	// Output:
	// 5 10.1.0.10 10.2.0.10 1 84
	// 6 10.2.0.10 10.1.0.10 1 84
	// 7 10.1.0.10 10.2.0.10 1 84
	// 5e90fb90093467bc true
}

// The first datagram of an IKEv2 negotiation.
func ExampleParse() {
	b, _ := hex.DecodeString("5e90fb90093467bc0000000000000000" + "29202208" + "00000000" + "00000024" + "0000000800004016")
	m, err := ikedecode.Parse(b)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Initiator, m.Major(), m.MessageID)
	for _, p := range m.Payloads {
		fmt.Println(p.Name(), p.Body)
	}
	// Output:
	// 5e90fb90093467bc 2 0
	// N REDIRECT_SUPPORTED
}
