package source

import (
	"slices"
	"testing"
)

// A file is named by the sources that are in it, and what one of them never prints is only said where no other has it.
func TestFormatsOfFile(t *testing.T) {
	const (
		esp   = `"IPv4","192.0.2.1","192.0.2.2","0xcf127d15","AES-CBC [RFC3602]","0xf149fb92e77d33e7c9fa9d3a592fa48f","NULL",""` + "\n"
		ikev2 = `191ccd371a7a1f7b,bc123d15e4af593f,9096dddd9096dddd9096dddd9096dddd,6718c6b26718c6b26718c6b26718c6b2,"AES-CBC-128 [RFC3602]",12d532c312d532c312d532c312d532c312d532c3,30c4ead130c4ead130c4ead130c4ead130c4ead1,"HMAC_SHA1_96 [RFC2404]"` + "\n"
		sides = "ikev2 I 0xba1143d176e1557b 0xb62a3c712fd1f26a sha1:0x0001020304050607080900010203040506070809 aes128:0x000102030405060708090a0b0c0d0e0f\n"
	)
	for name, c := range map[string]struct {
		text    string
		formats []string
		lacks   int
	}{
		"esp_sa":             {esp, []string{"Wireshark esp_sa"}, 1},
		"esp_sa with ikev2":  {esp + ikev2, []string{"Wireshark esp_sa", "Wireshark ikev2_decryption_table"}, 0},
		"tcpdump":            {"0xcf127d15@192.0.2.2 aes128-cbc-hmac96:0xf149fb92e77d33e7c9fa9d3a592fa48f\n", []string{"tcpdump -E file"}, 2},
		"tcpdump with ikev2": {"0xcf127d15@192.0.2.2 aes128-cbc-hmac96:0xf149fb92e77d33e7c9fa9d3a592fa48f\n" + sides, []string{"tcpdump -E file"}, 1},
		"libreswan":          {"| " + sides, []string{"libreswan log"}, 0},
		"VPP":                {" iip 192.0.2.1 ispi 3f4910656249f831 rip 192.0.2.2 rspi 361d287720d78d15\n SK_d    000102030405060708090a0b0c0d0e0f00010203\n", []string{"VPP show ikev2 sa details"}, 0},
	} {
		b := mustRead(t, c.text)
		var got []string
		lacks := 0
		for _, f := range b.Formats {
			got = append(got, f.Name)
			lacks += len(f.Lacks)
		}
		if !slices.Equal(got, c.formats) || lacks != c.lacks {
			t.Errorf("%s: %q with %d lacks, want %q with %d", name, got, lacks, c.formats, c.lacks)
		}
	}
}
