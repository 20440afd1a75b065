package ikedecode_test

import (
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/source"
)

// A file for tcpdump -E has no word for an ICV of 16 bytes, and nothing here decrypts the IKE messages: packets tell its length. A wrong key decrypts
// nothing with any.
func TestICVLengthOfPackets(t *testing.T) {
	dir := "testdata/pcaps/v2-psk-aes128-sha256"
	const outward, homeward = "a811976d669337b12cc166a70e61c25e", "60cb194a87950d72b95068fa46c9d6f1"
	want := clearTruth(t, dir)
	for _, c := range []struct {
		name, algorithm, key string
		missing              int
	}{
		{"not named", "aes-128-cbc", outward, 0},
		{"named shorter", "aes128-hmac96", outward, 0},
		{"a wrong key", "aes-128-cbc", strings.Replace(outward, "a8", "a9", 1), 32},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := "0xc203f085@192.0.2.2 " + c.algorithm + ":0x" + c.key + "\n0xc0077ff1@192.0.2.1 " + c.algorithm + ":0x" + homeward + "\n"
			bag, err := source.Read("keys", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			r := analyze(t, bag, dir+"/wire.pcap")
			if missing, extra := compare(r.inner, want); missing != c.missing || extra > 0 {
				t.Errorf("%d packets missing, want %d; %d extra", missing, c.missing, extra)
			}
			for _, sa := range bag.SAs {
				if sa.ICVLen > 12 {
					t.Errorf("the bag has an ICV of %d bytes", sa.ICVLen)
				}
			}
		})
	}
}
