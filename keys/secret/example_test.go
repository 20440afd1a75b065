package secret_test

import (
	"fmt"
	"log"
	"os"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A bag keeps each fact once. Its key log has the values; nothing else prints them unless it is asked to.
func ExampleWriteKeyLog() {
	bag := &secret.Bag{}
	psk := secret.Secret{Kind: secret.PSK, Value: []byte("correct horse"), Origin: secret.Origin{Label: "typed"}}
	at := secret.Where{Initiator: decode.SPI{0x38, 0xdb, 0x76, 0x4f, 0x3d, 0x54, 0x47, 0xca}}
	bag.Add(psk, psk, secret.Secret{Kind: secret.SKEYIDd, Where: at, Value: []byte{1, 2, 3, 4}})
	for _, l := range bag.Masked(false) {
		fmt.Println(l.Kind, l.Where, l.Value)
	}
	if err := secret.WriteKeyLog(os.Stdout, bag); err != nil {
		log.Fatal(err)
	}
	// Output:
	// PSK * 13 bytes
	// SKEYID_D 38db764f3d5447ca 4 bytes
	// PSK           * "correct horse"
	// SKEYID_D      38db764f3d5447ca 0x01020304
}
