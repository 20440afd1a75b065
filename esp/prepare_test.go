package esp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// A sameOpened is what Open says of a packet, in a form that can be compared.
type sameOpened struct {
	text, err       string
	payload, packet []byte
}

func outcome(o Opened, err error) sameOpened {
	s := sameOpened{fmt.Sprint(o.NextHeader, o.Dummy, o.Cut, o.Verified, o.Seq, o.Notes), fmt.Sprint(err), bytes.Clone(o.Payload), bytes.Clone(o.IP)}
	for _, l := range o.Layers {
		s.text += fmt.Sprint(" ", l.Protocol, l.SPI, l.Seq, l.Extended, l.Src, l.Dst, l.Next, l.Verified, l.Notes, l.SA.Params)
	}
	return s
}

// testPrepare opens packets one after the other, and prepared in batches: both must say the same, of the packets and of the SAs.
func testPrepare(t *testing.T, params []Params, packets []*Packet, size int) {
	t.Helper()
	plainly, ahead := newTable(t, params...), newTable(t, params...)
	for _, table := range []*Table{plainly, ahead} {
		table.wide.Store(1 << 17) // that damaged packets do not take the time of the test
	}
	var s, front, back Scratch
	var slab []byte
	for batch := range slices.Chunk(packets, size) {
		slab = ahead.Prepare(batch, slab[:0], &front)
		for _, pkt := range batch {
			alone := *pkt
			alone.ahead = prepared{}
			want := outcome(plainly.Open(&alone, &s))
			if got := outcome(ahead.Open(pkt, &back)); !reflect.DeepEqual(got, want) {
				t.Errorf("frame %d, prepared by %d: %+v, want %+v", pkt.Frame, size, got, want)
			}
		}
	}
	for i, sa := range plainly.SAs() {
		if got, want := ahead.SAs()[i].Stats(), sa.Stats(); !reflect.DeepEqual(got, want) {
			t.Errorf("%v, prepared by %d: %+v, want %+v", sa.Params, size, got, want)
		}
	}
}

// Every cipher and MAC, with sequence numbers of 32 and 64 bits, damaged, cut, repeated and foreign packets among them.
func TestPrepareChangesNothing(t *testing.T) {
	var params []Params
	for _, c := range alg.Ciphers() {
		for _, m := range alg.MACs() {
			if m.IVLen > 0 || c.AEAD != m.Null() {
				continue
			}
			p := Params{Protocol: ESP, Src: gwA, Dst: gwB, SPI: uint32(0x1000 + len(params)), Cipher: c, Source: Source{Name: "test"},
				CipherKey: bytes.Repeat([]byte{byte(len(params)), 7, 1, 9}, 64)[:c.KeyBits[0]/8+c.SaltLen], ESN: len(params)%3 == 0}
			if !m.Null() {
				p.MAC, p.MACKey = m, bytes.Repeat([]byte{byte(len(params))}, m.KeyLen)
			}
			params = append(params, p)
		}
	}
	unchecked := cbcSA(t, 0x2001, "HMAC-SHA1-96", 3)
	unchecked.MAC, unchecked.MACKey = nil, nil
	anySPI := cbcSA(t, 0x2002, "HMAC-SHA2-256-128", 4)
	params = append(params, unchecked, ahSA(t, 0x2003, 1))
	rnd := rand.New(rand.NewChaCha8([32]byte{3}))
	var packets []*Packet
	for i := range uint64(600) {
		p := params[rnd.IntN(len(params)-1)]
		if i%20 == 0 {
			p = anySPI
		}
		if i%31 == 0 {
			p = params[len(params)-1]
		}
		data := ipv4(hostA, hostB, ip.ProtoUDP, udp(1, 2, make([]byte, 4*rnd.IntN(300))))
		seq := i + 1
		if p.ESN {
			seq += i / 200 << 32
		}
		var pkt *Packet
		if p.Protocol == AH {
			pkt = toPacket(sealAH(t, p, seq, 4, data))
		} else {
			pkt = packetOf(p, seal(t, p, seq, 4, data))
		}
		switch pkt.Frame = int(i); i % 13 {
		case 3:
			pkt.Payload = bytes.Clone(pkt.Payload)
			pkt.Payload[rnd.IntN(len(pkt.Payload))] ^= 1
		case 5:
			pkt.Payload, pkt.Cut = pkt.Payload[:rnd.IntN(len(pkt.Payload))], true
		case 7:
			pkt.Payload = pkt.Payload[:rnd.IntN(len(pkt.Payload))]
		case 9:
			pkt.Src = mid
		case 11:
			packets = append(packets, pkt)
			again := *pkt
			pkt = &again
		}
		packets = append(packets, pkt)
	}
	for i := range params {
		if i%5 == 0 {
			params[i].ESN = !params[i].ESN // sources may be wrong
		}
	}
	anySPI.SPI, anySPI.AnySPI = 0, true
	for _, size := range []int{1, 7, 1000} {
		testPrepare(t, append(params, anySPI), packets, size)
	}
}

// The draft's truncation of HMAC-SHA-256 is found as it is without Prepare.
func TestPrepareTruncation(t *testing.T) {
	p := cbcSA(t, 0x1001, "HMAC-SHA2-256-96", 1)
	var packets []*Packet
	for i := range uint64(9) {
		packets = append(packets, packetOf(p, seal(t, p, i+1, 4, inner)))
	}
	known := p
	known.MAC = macRow(t, "HMAC-SHA2-256-128")
	for _, size := range []int{1, 4, 9} {
		testPrepare(t, []Params{known}, packets, size)
	}
}

func TestPrepareSessions(t *testing.T) {
	for _, dir := range sessions(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			for _, size := range []int{1, 64} {
				testPrepare(t, readXFRM(t, filepath.Join(dir, "gwb.xfrm")), readPackets(t, filepath.Join(dir, "wire.pcap")), size)
			}
		})
	}
}

// Prepare does what Open would have to: no packet of a usual SA is left over.
func TestPrepareIsUsed(t *testing.T) {
	null := cbcSA(t, 0x1003, "HMAC-SHA1-96", 1)
	null.Cipher, null.CipherKey = cipherRow(t, "NULL"), nil
	for _, p := range []Params{cbcSA(t, 0x1001, "HMAC-SHA1-96", 1), cbcSA(t, 0x1002, "HMAC-SHA2-384-192", 1), gcmSA(t, 0x1004, 1), null} {
		table := newTable(t, p)
		var packets []*Packet
		for i := range uint64(5) {
			packets = append(packets, packetOf(p, seal(t, p, i+1, 4, inner)))
		}
		var s Scratch
		table.Prepare(packets, nil, &s)
		for i, pkt := range packets {
			if !pkt.ahead.fits || len(pkt.ahead.data) < len(inner) {
				t.Errorf("%v: packet %d is not prepared", p, i)
				continue
			}
			o, err := table.Open(pkt, &s)
			if err != nil || &o.Payload[0] != &pkt.ahead.data[0] {
				t.Errorf("%v: packet %d was opened once more: %v", p, i, err)
			}
		}
	}
}

// Preparing allocates nothing once buffers have grown.
func TestPrepareNoAllocation(t *testing.T) {
	list := []Params{cbcSA(t, 0x1001, "HMAC-SHA1-96", 1), cbcSA(t, 0x1002, "HMAC-SHA2-256-128", 1), gcmSA(t, 0x1003, 1)}
	table := newTable(t, list...)
	var packets []*Packet
	for _, p := range list {
		for i := range uint64(7) {
			packets = append(packets, packetOf(p, seal(t, p, i, 4, inner)))
		}
	}
	var s Scratch
	slab := table.Prepare(packets, nil, &s)
	if n := testing.AllocsPerRun(20, func() { slab = table.Prepare(packets, slab[:0], &s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
