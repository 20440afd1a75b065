package source

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/testfile"
)

// What charon gives the kernel is what its group CHD derives: of real logs the lines of KNL alone give the same SAs, those of AH and with ESN too.
func TestKernelMessages(t *testing.T) {
	for _, name := range []string{"diag-v2-one-sa-lost/gwa.log.gz", "diag-v2-ah-nat/gwb.log.gz", "diag-v1-restarted/gwb.log.gz"} {
		data := testfile.Read(t, filepath.Join("../../testdata/pcaps", name))
		kernel := ""
		for l := range strings.Lines(string(data)) {
			if strings.Contains(l, "[KNL]") {
				kernel += l
			}
		}
		want, got := mustRead(t, string(data)).SAs, mustRead(t, kernel).SAs
		if len(got) < 2 {
			t.Errorf("%s: %d SAs of the kernel", name, len(got))
		}
		for _, sa := range got {
			if !hasKeys(want, sa) {
				t.Errorf("%s: %s is not what CHD has", name, describeSA(sa))
			}
		}
	}
}

// hasKeys reports whether a list has an SA with the SPI and the keys of another.
func hasKeys(list []esp.Params, sa esp.Params) bool {
	for _, p := range list {
		if p.SPI == sa.SPI && p.Protocol == sa.Protocol && p.Cipher == sa.Cipher && p.MAC == sa.MAC && bytes.Equal(p.CipherKey, sa.CipherKey) && bytes.Equal(p.MACKey, sa.MACKey) {
			return true
		}
	}
	return false
}

// netlinkMessage is an SA as a machine of some byte order gives it to its kernel.
func netlinkMessage(order binary.AppendByteOrder, padding int) []byte {
	attr := func(kind uint16, name string, bits ...uint32) (b []byte) {
		b = append(b, make([]byte, 4)...)
		b = append(b, name...)
		b = append(b, make([]byte, 64-len(name))...)
		for _, n := range bits {
			b = order.AppendUint32(b, n)
		}
		b = append(b, bytes.Repeat([]byte{0xab}, int(bits[0]/8))...)
		copy(b, order.AppendUint16(order.AppendUint16(nil, uint16(len(b))), kind))
		return b
	}
	info := make([]byte, 220+padding)
	copy(info[56:], []byte{192, 0, 2, 2})
	copy(info[72:], []byte{0, 0, 3, 0xe9, 50})
	copy(info[80:], []byte{192, 0, 2, 1})
	copy(info[212:], order.AppendUint16(nil, 2))
	info[214], info[216] = 1, 128
	body := append(append(info, attr(20, "hmac(sha1)", 160, 96)...), attr(2, "cbc(aes)", 128)...)
	return append(order.AppendUint32(order.AppendUint16(order.AppendUint16(order.AppendUint32(nil, uint32(16+len(body))), 0x10), 5), 1), append(make([]byte, 4), body...)...)
}

// A message is read in both byte orders, and of machines of 32 bits; one that is cut gives no SA with a key that is none.
func TestNetlinkSA(t *testing.T) {
	key := strings.Repeat("ab", 16)
	want := "ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-cbc:" + key + " hmac-sha1-96:" + key + "abababab esn tunnel"
	for _, m := range [][]byte{netlinkMessage(binary.LittleEndian, 4), netlinkMessage(binary.BigEndian, 4), netlinkMessage(binary.LittleEndian, 0)} {
		sa, ok, err := netlinkSA(m)
		if got := describeSA(sa); !ok || err != nil || got != want {
			t.Errorf("%v %v %s, want %s", ok, err, got, want)
		}
		for n := range m {
			if _, ok, _ := netlinkSA(m[:n]); ok {
				t.Fatalf("%d of %d bytes are a message", n, len(m))
			}
		}
	}
}

func FuzzNetlinkSA(f *testing.F) {
	f.Add(netlinkMessage(binary.LittleEndian, 4))
	f.Add(netlinkMessage(binary.BigEndian, 0))
	f.Fuzz(func(t *testing.T, data []byte) { netlinkSA(data) })
}
