package source_test

import (
	"fmt"
	"log"

	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// A file is recognised by what is in it, and may hold several formats.
func ExampleRead() {
	bag, err := source.Read("notes.txt", []byte(`gwa gwb : PSK "correct horse"
src 192.0.2.1 dst 192.0.2.2
	proto esp spi 0xcf127d15 reqid 1 mode tunnel
	auth-trunc hmac(sha1) 0xb426b426b426b426b426b426b426b426b426b426 96
	enc cbc(aes) 0xf149fb92e77d33e7c9fa9d3a592fa48f
`))
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range bag.Formats {
		fmt.Println(f.Name, f.Count)
	}
	for _, s := range bag.Secrets {
		fmt.Println(s.Kind, s.Where.Peer, s.Origin)
	}
	for _, sa := range bag.SAs {
		fmt.Println(sa)
	}
	// Output:
	// ip xfrm state 1
	// ipsec.secrets 2
	// PSK gwa notes.txt:1 (PSK)
	// PSK gwb notes.txt:1 (PSK)
	// ESP 192.0.2.1>192.0.2.2:0xcf127d15 AES-CBC HMAC-SHA1-96
}

// What a person typed.
func ExampleParseValue() {
	s, err := source.ParseValue(secret.DHSecret, "38db764f3d5447ca=0x9bc6", secret.Origin{Label: "typed"})
	fmt.Println(s, err)
	// Output:
	// DH_SECRET 38db764f3d5447ca (2 bytes) <nil>
}
