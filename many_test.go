package ikedecode_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"io"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// manyIKE is a capture of n IKE SAs, each with SPIs, a child and a line of the key log of its own. They are copies of the first of a
// recorded session: the keys stay, what names the SAs is changed in the messages, which are closed again.
func manyIKE(t testing.TB, n int) (string, *secret.Bag) {
	t.Helper()
	dir := filepath.Join(pcaps, "v2-psk-aes128-sha256")
	ps := readPackets(t, filepath.Join(dir, "wire.pcap"))
	s := analyze(t, readBag(t, filepath.Join(dir, "gwa.log")), filepath.Join(dir, "wire.pcap"))
	sa := s.SAs[0]
	g := sa.Generations[0]
	var out []*capture.Packet
	bag := &secret.Bag{}
	for k := range n {
		var i, r [8]byte
		binary.BigEndian.PutUint64(i[:], 0x1111_0000_0000_0000+uint64(k))
		binary.BigEndian.PutUint64(r[:], 0x2222_0000_0000_0000+uint64(k))
		for _, m := range sa.Messages {
			p := *ps[m.Frame-1]
			p.Data = bytes.Clone(p.Data)
			raw := p.Data[bytes.Index(p.Data, m.Raw):][:len(m.Raw)]
			copy(raw, i[:])
			if !sa.Responder.IsZero() && raw[8]|raw[9]|raw[10] != 0 {
				copy(raw[8:], r[:])
			}
			if m.State != ikesa.Clear {
				ek, ak := g.EI, g.AI
				if raw[19]&0x08 == 0 {
					ek, ak = g.ER, g.AR
				}
				reclose(t, raw, ek, func(plain []byte) {
					for _, c := range sa.Children {
						for j := range c.SAs {
							var spi [4]byte
							binary.BigEndian.PutUint32(spi[:], c.SAs[j].SPI)
							if at := bytes.Index(plain, spi[:]); at >= 0 {
								binary.BigEndian.PutUint32(plain[at:], 0xc000_0000+uint32(2*k+j))
							}
						}
					}
				})
				h := sa.Policy.Integ.New(ak)
				icv := sa.Policy.Integ.ICVLen
				h.Write(raw[:len(raw)-icv])
				copy(raw[len(raw)-icv:], h.Sum(nil))
			}
			out = append(out, &p)
		}
		at := secret.Where{Initiator: i, Responder: r}
		for _, x := range []secret.Secret{
			{Kind: secret.SKd, Value: g.D}, {Kind: secret.SKai, Value: g.AI}, {Kind: secret.SKar, Value: g.AR}, {Kind: secret.SKei, Value: g.EI}, {Kind: secret.SKer, Value: g.ER},
		} {
			x.Where, x.Group = at, k+1
			bag.Secrets = append(bag.Secrets, x)
		}
	}
	return writePackets(t, out), bag
}

// reclose changes what an encrypted payload holds, under the same IV. The ICV is left to the caller.
func reclose(t testing.TB, raw, key []byte, change func(plain []byte)) {
	t.Helper()
	b, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	body := raw[28+4 : len(raw)-16] // header, generic header; ICV of 128 bits
	iv, text := body[:16], body[16:]
	cipher.NewCBCDecrypter(b, iv).CryptBlocks(text, text)
	change(text)
	cipher.NewCBCEncrypter(b, iv).CryptBlocks(text, text)
}

// keyLogCost is how many bytes are allocated on the way from a capture of n IKE SAs to their key log.
func keyLogCost(t testing.TB, path string, bag *secret.Bag, n int) uint64 {
	t.Helper()
	src, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	log := s.KeyLog(true)
	if err := secret.WriteKeyLog(io.Discard, log); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if len(log.Secrets) != 5*n || len(log.SAs) != 2*n {
		t.Fatalf("%d secrets and %d SAs of %d IKE SAs", len(log.Secrets), len(log.SAs), n)
	}
	return after.TotalAlloc - before.TotalAlloc
}

// Twice the IKE SAs cost twice the memory that goes through the hands, not four times.
func TestManyIKESAs(t *testing.T) {
	cost := func(n int) uint64 {
		path, bag := manyIKE(t, n)
		return keyLogCost(t, path, bag, n)
	}
	small, large := cost(1000), cost(2000)
	if large > small*5/2 {
		t.Errorf("2,000 IKE SAs cost %d bytes, 1,000 cost %d", large, small)
	}
	if each := (large - small) / 1000; each > 50_000 {
		t.Errorf("an IKE SA costs %d bytes", each)
	}
}

// What one of many IKE SAs costs from the capture to the key log, in time and in bytes allocated.
func BenchmarkManyIKESAs(b *testing.B) {
	const n = 10_000
	path, bag := manyIKE(b, n)
	var bytes uint64
	for b.Loop() {
		bytes += keyLogCost(b, path, bag, n)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/SA")
	b.ReportMetric(float64(bytes)/float64(b.N)/n, "B/SA")
}
