package esp_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"net/netip"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// One packet with AES-GCM, opened with the key of its SA. A packet of another SPI has none.
func ExampleTable_Open() {
	key, _ := hex.DecodeString("000102030405060708090a0b0c0d0e0f10111213") // with the salt
	gcm := alg.CipherByKeyLog("aes-gcm-16")
	a, err := gcm.NewAEAD(key[:16])
	if err != nil {
		log.Fatal(err)
	}
	header, iv := []byte{0, 0, 0x10, 1, 0, 0, 0, 7}, make([]byte, 8) // SPI 0x1001, sequence number 7
	plain := []byte{0x45, 0, 0, 20, 0, 0, 0, 0, 64, 59, 0, 0, 10, 1, 0, 10, 10, 2, 0, 10, 1, 2, 2, 4}
	payload := a.Seal(append(header[:8:8], iv...), append(key[16:20:20], iv...), plain, header)

	table := esp.NewTable()
	if _, err := table.Add(esp.Params{Protocol: esp.ESP, SPI: 0x1001, Cipher: gcm, CipherKey: key, Tunnel: true}); err != nil {
		log.Fatal(err)
	}
	p := esp.Packet{Proto: esp.ESP, Src: netip.MustParseAddr("192.0.2.1"), Dst: netip.MustParseAddr("192.0.2.2"), Payload: payload}
	var scratch esp.Scratch
	o, err := table.Open(&p, &scratch)
	fmt.Println(o.Seq, o.Verified, o.NextHeader, len(o.IP), err)

	p.Payload = append([]byte{0, 0, 0x10, 2}, payload[4:]...)
	_, err = table.Open(&p, &scratch)
	fmt.Println(errors.Is(err, esp.ErrNoSA))
	// Output:
	// 7 true 4 20 <nil>
	// true
}
