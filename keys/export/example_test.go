package export_test

import (
	"fmt"
	"log"
	"os"

	"github.com/ikedecode/ikedecode/keys/export"
	"github.com/ikedecode/ikedecode/keys/source"
)

// Keys of a kernel for Wireshark's table esp_sa.
func ExampleWriteESPSA() {
	bag, err := source.Read("state", []byte(`src 192.0.2.1 dst 192.0.2.2
	proto esp spi 0xcf127d15 reqid 1 mode tunnel
	auth-trunc hmac(sha1) 0xb426b426b426b426b426b426b426b426b426b426 96
	enc cbc(aes) 0xf149fb92e77d33e7c9fa9d3a592fa48f
`))
	if err != nil {
		log.Fatal(err)
	}
	res, err := export.WriteESPSA(os.Stdout, bag.SAs, export.Wireshark5)
	fmt.Println(res.SAs, len(res.Left), err)
	// Output:
	// "IPv4","192.0.2.1","192.0.2.2","0xcf127d15","AES-CBC [RFC3602]","0xf149fb92e77d33e7c9fa9d3a592fa48f","HMAC-SHA-1-96 [RFC2404]","0xb426b426b426b426b426b426b426b426b426b426"
	// 1 0 <nil>
}
