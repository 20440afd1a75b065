package secret

import (
	"bytes"
	"strings"
	"testing"
)

// What a part of a capture needs is read back as it is written: IVs, which do not belong to the derivation of the keys at their place, and the TCP
// connections of an SA, each on a line.
func TestLinesForParts(t *testing.T) {
	const log = `SKEYID_A      38db764f3d5447ca:90ab12cd34ef5678 0x0102030405060708090a0b0c0d0e0f1011121314
IV            38db764f3d5447ca:90ab12cd34ef5678 0x00112233445566778899aabbccddeeff
IV            38db764f3d5447ca:90ab12cd34ef5678:ca5490c3 0x269a7f9e490f78f0cb00f5ba594c814b
ESP_SA        192.0.2.1>192.0.2.2:0xcf127d15 aes-cbc:0xf149fb92e77d33e7c9fa9d3a592fa48f hmac-sha1-96:0xb426b426b426b426b426b426b426b426b426b426 udp tcp=50000>443
ESP_SA        192.0.2.1>192.0.2.2:0xcf127d15 aes-cbc:0xf149fb92e77d33e7c9fa9d3a592fa48f hmac-sha1-96:0xb426b426b426b426b426b426b426b426b426b426 udp tcp=50001>443
`
	var bag Bag
	group := 0
	for line := range strings.Lines(log) {
		e, ok, err := ParseLine(strings.TrimSpace(line))
		if err != nil || !ok {
			t.Fatalf("%s: %v", line, err)
		}
		if e.SA != nil {
			bag.Merge(&Bag{SAs: append(bag.SAs, *e.SA)})
			continue
		}
		if (e.Group == "") != (e.Secret.Kind == IV) {
			t.Errorf("%v has group %q", e.Secret, e.Group)
		}
		if e.Group != "" {
			group++
			e.Secret.Group = group
		}
		bag.Add(e.Secret)
	}
	var b bytes.Buffer
	if err := WriteKeyLog(&b, &bag); err != nil || b.String() != log {
		t.Errorf("%v, written as\n%s", err, &b)
	}
	for _, wrong := range []string{"tcp=", "tcp=1", "tcp=1>x", "tcp=65536>1", "tcp=-1>2"} {
		if _, _, err := ParseLine("ESP_SA *>*:0x00001001 null none " + wrong); err == nil {
			t.Errorf("%s is read", wrong)
		}
	}
}
