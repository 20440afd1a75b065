package esp

import (
	"bytes"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// A kernelSA is one direction of an SA of the Linux kernel with its packets (testdata/README.md).
type kernelSA struct {
	name   string
	params Params
	wire   [][]byte
	clear  [][]byte // nil for transport mode
}

func readKernel(t testing.TB) (out []kernelSA) {
	t.Helper()
	b, err := os.ReadFile("testdata/kernel.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(strings.TrimSpace(string(b)), "\n\n") {
		var k kernelSA
		for _, line := range strings.Split(block, "\n") {
			k.line(t, line)
		}
		if k.params.Cipher == nil && k.params.Protocol == ESP {
			t.Fatalf("%s: no cipher row", k.name)
		}
		k.params.Source = Source{Name: k.name}
		out = append(out, k)
	}
	return out
}

func (k *kernelSA) line(t testing.TB, line string) {
	t.Helper()
	w := strings.Fields(line)
	p := &k.params
	key := func(s string) []byte { return fromHex(t, strings.TrimPrefix(s, "0x")) }
	switch w[0] {
	case "name":
		k.name = strings.TrimPrefix(line, "name ")
	case "proto":
		p.Protocol = map[string]Protocol{"ESP": ESP, "AH": AH}[w[1]]
	case "spi":
		n, err := strconv.ParseUint(w[1], 0, 32)
		if err != nil {
			t.Fatal(err)
		}
		p.SPI = uint32(n)
	case "mode":
		p.Tunnel, p.Transport, p.BEET = w[1] == "tunnel", w[1] == "transport", w[1] == "beet"
	case "inner":
		p.Inner = &Inner{netip.MustParseAddr(w[1]), netip.MustParseAddr(w[2])}
	case "auth-trunc":
		p.MAC, p.MACKey, p.ICVLen = alg.MACByXFRM(w[1], atoi(t, w[3])), key(w[2]), atoi(t, w[3])/8
	case "enc":
		p.Cipher = alg.CipherByXFRM(w[1], 0)
		if len(w) > 2 {
			p.CipherKey = key(w[2])
		}
	case "aead":
		p.Cipher, p.CipherKey = alg.CipherByXFRM(w[1], atoi(t, w[3])), key(w[2])
	case "flags":
		p.ESN = true
	case "wire":
		k.wire = append(k.wire, fromHex(t, w[1]))
	case "clear":
		k.clear = append(k.clear, fromHex(t, w[1]))
	}
}

// TestKernelPackets opens what the Linux kernel sealed: every algorithm that it has for ESP and AH, all modes, ESN from the
// middle of an SA's life and over a wrap.
func TestKernelPackets(t *testing.T) {
	for _, k := range readKernel(t) {
		t.Run(k.name, func(t *testing.T) {
			table := newTable(t, k.params)
			var s Scratch
			var last uint64
			for i, wire := range k.wire {
				o, err := table.Open(toPacket(wire), &s)
				if err != nil {
					t.Fatalf("packet %d: %v", i, err)
				}
				if o.Verified != table.SAs()[0].Checked() || o.Inner != nil || o.Seq <= last || o.Layers[0].Extended != k.params.ESN {
					t.Errorf("packet %d: verified %v, inner %v, sequence number %#x after %#x", i, o.Verified, o.Inner, o.Seq, last)
				}
				last = o.Seq
				if k.params.Transport {
					if got := plausible(o.NextHeader, o.Payload, o.Layers[0].Src, o.Layers[0].Dst); got != convincing {
						t.Errorf("packet %d: next header %d, content %x", i, o.NextHeader, o.Payload)
					}
				} else if o.IP == nil || hop(o.IP) != hop(k.clear[i]) {
					t.Errorf("packet %d: opened to\n%x, want\n%x", i, o.IP, k.clear[i])
				}
			}
			if st := table.SAs()[0].Stats(); st.Opened != len(k.wire) || st.Lost+uint64(st.Duplicates+st.Reordered) != 0 || len(st.Inner) == 0 {
				t.Errorf("statistics: %+v", st)
			}
			damage(t, &k)
		})
	}
}

// damage flips a bit at each place of the first packet.
func damage(t *testing.T, k *kernelSA) {
	t.Helper()
	table := newTable(t, k.params)
	if !table.SAs()[0].Checked() || k.params.ESN { // the search for ESN's half is bounded, and slow
		return
	}
	var s Scratch
	from := 4
	if k.params.Protocol == AH {
		from = 8
	}
	whole := toPacket(k.wire[0])
	for i := from; i < len(whole.Payload); i++ {
		q := *whole
		q.Payload = bytes.Clone(whole.Payload)
		q.Payload[i] ^= 1 << (i % 8)
		if _, err := table.Open(&q, &s); err == nil {
			t.Errorf("opened with byte %d changed", i)
		}
	}
}

// TestEveryRowHasAPacket demands a packet of another implementation for each algorithm.
func TestEveryRowHasAPacket(t *testing.T) {
	have := map[string]bool{"NONE": true}
	note := func(p *Params) {
		if p.Cipher != nil {
			have[p.Cipher.Name] = true
		}
		if p.MAC != nil {
			have[p.MAC.Name] = true
			have[p.Protocol.String()+" "+p.MAC.Name] = true
		}
	}
	for _, p := range readForeign(t) {
		note(&p.params)
	}
	for _, k := range readKernel(t) {
		note(&k.params)
	}
	for _, c := range alg.Ciphers() {
		if !have[c.Name] {
			t.Errorf("no packet with %s", c.Name)
		}
	}
	for _, m := range alg.MACs() {
		if !have[m.Name] || m.ICVLen > 0 && !have["AH "+m.Name] || m.ICVLen > 0 && m.IVLen == 0 && !have["ESP "+m.Name] {
			t.Errorf("no packet with %s", m.Name)
		}
	}
}
