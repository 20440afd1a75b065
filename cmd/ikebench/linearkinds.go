package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// A wire is a capture in the making: packets of bare IP, and the key files that go with them.
type wire struct {
	pcap bytes.Buffer
	keys bytes.Buffer
	at   time.Time
	rng  *rand.ChaCha8
	id   uint16
	last []byte // the packet that was added last
}

func newWire() *wire {
	w := &wire{at: time.Unix(1_700_000_000, 0), rng: rand.NewChaCha8([32]byte{7})}
	h := pcapHeader()
	le.PutUint32(h[20:], 101) // LINKTYPE_RAW
	w.pcap.Write(h)
	return w
}

// random are bytes that are the same in each run.
func (w *wire) random(n int) []byte {
	b := make([]byte, n)
	w.rng.Read(b)
	return b
}

// packet adds an IPv4 packet, a millisecond after the one before.
func (w *wire) packet(src, dst netip.Addr, proto byte, fragment uint16, payload []byte) {
	b := make([]byte, 20, 20+len(payload))
	b[0], b[8], b[9] = 0x45, 64, proto
	copy(b[12:], src.AsSlice())
	copy(b[16:], dst.AsSlice())
	binary.BigEndian.PutUint16(b[6:], fragment)
	b = append(b, payload...)
	w.id++
	setIPv4(b, w.id)
	w.last = b
	rec := make([]byte, 16)
	le.PutUint32(rec, uint32(w.at.Unix()))
	le.PutUint32(rec[4:], uint32(w.at.Nanosecond()/1000))
	le.PutUint32(rec[8:], uint32(len(b)))
	le.PutUint32(rec[12:], uint32(len(b)))
	w.pcap.Write(rec)
	w.pcap.Write(b)
	w.at = w.at.Add(time.Millisecond)
}

func (w *wire) udp(src, dst netip.AddrPort, payload []byte) {
	b := make([]byte, 8, 8+len(payload))
	binary.BigEndian.PutUint16(b, src.Port())
	binary.BigEndian.PutUint16(b[2:], dst.Port())
	binary.BigEndian.PutUint16(b[4:], uint16(8+len(payload)))
	w.packet(src.Addr(), dst.Addr(), 17, 0, append(b, payload...))
}

// host is the nth of a network of 2^24.
func host(net byte, n int) netip.Addr {
	return netip.AddrFrom4([4]byte{net, byte(n >> 16), byte(n >> 8), byte(n)})
}

func ikePort(a netip.Addr) netip.AddrPort { return netip.AddrPortFrom(a, 500) }

// cookie makes a cookie, or an SPI of IKEv2, from a number.
func cookie(side byte, n int) uint64 {
	return uint64(side)<<56 | uint64(uint32(n)*2654435761)<<16 | 0x5a5a
}

// A link is two hosts between which the messages of an IKE SA go.
type link struct {
	w    *wire
	i, r netip.AddrPort
}

// message adds an ISAKMP message with a chain of payloads, from the initiator or back.
func (l link) message(back bool, spis [2]uint64, version, exchange, flags byte, id uint32, chain []payload) {
	b := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, spis[0]), spis[1])
	first := byte(0)
	if len(chain) > 0 {
		first = chain[0].kind
	}
	b = append(b, first, version, exchange, flags)
	b = binary.BigEndian.AppendUint32(b, id)
	b = append(b, 0, 0, 0, 0)
	for i, p := range chain {
		next := p.next
		if i+1 < len(chain) {
			next = chain[i+1].kind
		}
		if p.bare {
			b = append(b, p.body...)
			continue
		}
		b = append(b, next, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(4+len(p.body)))
		b = append(b, p.body...)
	}
	binary.BigEndian.PutUint32(b[24:], uint32(len(b)))
	from, to := l.i, l.r
	if back {
		from, to = to, from
	}
	l.w.udp(from, to, b)
}

// A payload is one of a message.
type payload struct {
	kind, next byte // next: of what is inside, of the last one
	body       []byte
	bare       bool // without a generic header: what is encrypted in IKEv1
}

// Payloads of IKEv2 and of IKEv1, with what most peers send.
func sa2() payload {
	return payload{kind: 33, body: proposal(1, nil, []byte{1, 0, 0, 12, 0x80, 14, 1, 0}, []byte{2, 0, 0, 5}, []byte{3, 0, 0, 12}, []byte{4, 0, 0, 14})}
}

func sa1() payload {
	attributes := []byte{0x80, 1, 0, 7, 0x80, 14, 0, 128, 0x80, 2, 0, 2, 0x80, 3, 0, 1, 0x80, 4, 0, 2, 0x80, 11, 0, 1, 0x80, 12, 0x0e, 0x10}
	transform := append([]byte{0, 0, 0, byte(8 + len(attributes)), 1, 1, 0, 0}, attributes...)
	proposal := append([]byte{0, 0, 0, byte(8 + len(transform)), 1, 1, 0, 1}, transform...)
	return payload{kind: 1, body: append([]byte{0, 0, 0, 1, 0, 0, 0, 1}, proposal...)}
}

func (w *wire) ke2() payload {
	return payload{kind: 34, body: append([]byte{0, 14, 0, 0}, w.random(256)...)}
}
func (w *wire) ke2Short() payload {
	return payload{kind: 34, body: append([]byte{0, x25519, 0, 0}, w.random(32)...)}
}
func (w *wire) nonce2() payload { return payload{kind: 40, body: w.random(32)} }
func (w *wire) ke1() payload    { return payload{kind: 4, body: w.random(128)} }
func (w *wire) nonce1() payload { return payload{kind: 10, body: w.random(16)} }

// sealed2 is an Encrypted payload that nobody has keys for.
func (w *wire) sealed2(inside byte, n int) payload {
	return payload{kind: 46, next: inside, body: w.random(n)}
}

// sealed1 is what is encrypted in IKEv1; kind is that of the first payload inside.
func (w *wire) sealed1(kind byte, n int) payload {
	return payload{kind: kind, body: w.random(n), bare: true}
}

const (
	v1, v2                            = 0x10, 0x20
	mainMode, aggressive, info1       = 2, 4, 5
	saInit, ikeAuth, childSA, info2   = 34, 35, 36, 37
	initiator, response, encrypted    = 8, 32, 1
	keyedNotify, deletePayload, idOne = 41, 42, 5
)

// begin2 is the start of an IKE SA of IKEv2: both messages of IKE_SA_INIT and, with auth, of IKE_AUTH.
func (l link) begin2(spis [2]uint64, auth bool) {
	w := l.w
	l.message(false, [2]uint64{spis[0]}, v2, saInit, initiator, 0, []payload{sa2(), w.ke2(), w.nonce2()})
	l.message(true, spis, v2, saInit, response, 0, []payload{sa2(), w.ke2(), w.nonce2()})
	if auth {
		l.message(false, spis, v2, ikeAuth, initiator, 1, []payload{w.sealed2(35, 208)})
		l.message(true, spis, v2, ikeAuth, response, 1, []payload{w.sealed2(36, 192)})
	}
}

// begin1 is a Main Mode of IKEv1.
func (l link) begin1(spis [2]uint64) {
	w := l.w
	l.message(false, [2]uint64{spis[0]}, v1, mainMode, 0, 0, []payload{sa1()})
	l.message(true, spis, v1, mainMode, 0, 0, []payload{sa1()})
	l.message(false, spis, v1, mainMode, 0, 0, []payload{w.ke1(), w.nonce1()})
	l.message(true, spis, v1, mainMode, 0, 0, []payload{w.ke1(), w.nonce1()})
	l.message(false, spis, v1, mainMode, encrypted, 0, []payload{w.sealed1(idOne, 64)})
	l.message(true, spis, v1, mainMode, encrypted, 0, []payload{w.sealed1(idOne, 64)})
}

func (w *wire) between(n int) link { return link{w, ikePort(host(10, n)), ikePort(host(11, n))} }

// A kind is input of one sort, as large as one likes.
type kind struct {
	name string
	fill func(w *wire, n int)
}

// kinds are those of which work must grow as they do: what attackers make, and what a week of a gateway has.
var kinds = []kind{
	{"responder cookies of one initiator", func(w *wire, n int) {
		l := w.between(0)
		l.message(false, [2]uint64{1}, v1, mainMode, 0, 0, []payload{sa1()})
		for i := range n {
			l.message(true, [2]uint64{1, cookie(2, i)}, v1, mainMode, 0, 0, []payload{sa1()})
		}
	}},
	{"responder SPIs of one initiator", func(w *wire, n int) {
		l := w.between(0)
		l.message(false, [2]uint64{1}, v2, saInit, initiator, 0, []payload{sa2(), w.ke2(), w.nonce2()})
		for i := range n {
			l.message(true, [2]uint64{1, cookie(2, i)}, v2, saInit, response, 0, []payload{sa2(), w.ke2(), w.nonce2()})
		}
	}},
	{"IKE SAs of IKEv2, each with its hosts", func(w *wire, n int) {
		for i := range n {
			w.between(i).begin2([2]uint64{cookie(1, i), cookie(2, i)}, true)
		}
	}},
	{"IKE SAs of IKEv2 between two hosts", func(w *wire, n int) {
		for i := range n {
			w.between(0).begin2([2]uint64{cookie(1, i), cookie(2, i)}, true)
		}
	}},
	{"IKE SAs of IKEv1, each with its hosts", func(w *wire, n int) {
		for i := range n {
			w.between(i).begin1([2]uint64{cookie(1, i), cookie(2, i)})
		}
	}},
	{"IKE SAs of IKEv1 between two hosts", func(w *wire, n int) {
		for i := range n {
			w.between(0).begin1([2]uint64{cookie(1, i), cookie(2, i)})
		}
	}},
	{"failures, each with its hosts", func(w *wire, n int) {
		for i := range n {
			l, spis := w.between(i), [2]uint64{cookie(1, i)}
			l.message(false, spis, v2, saInit, initiator, 0, []payload{sa2(), w.ke2(), w.nonce2()})
			spis[1] = cookie(2, i)
			l.message(true, spis, v2, saInit, response, 0, []payload{{kind: keyedNotify, body: []byte{0, 0, 0, 14}}})
		}
	}},
	{"failures between two hosts", func(w *wire, n int) {
		for i := range n {
			l, spis := w.between(0), [2]uint64{cookie(1, i)}
			l.message(false, spis, v1, mainMode, 0, 0, []payload{sa1()})
			spis[1] = cookie(2, i)
			l.message(true, spis, v1, info1, 0, uint32(i+1), []payload{{kind: 11, body: []byte{0, 0, 0, 1, 1, 0, 0, 14}}})
		}
	}},
	{"requests without response", func(w *wire, n int) {
		for i := range n {
			w.between(0).message(false, [2]uint64{cookie(1, i)}, v2, saInit, initiator, 0, []payload{sa2(), w.ke2(), w.nonce2()})
		}
	}},
	{"messages of one IKE SA of IKEv2", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
		l.begin2(spis, true)
		for i := range n / 2 {
			l.message(false, spis, v2, info2, initiator, uint32(i+2), []payload{w.sealed2(0, 64)})
			l.message(true, spis, v2, info2, response, uint32(i+2), []payload{w.sealed2(0, 64)})
		}
	}},
	{"requests of one IKE SA without response", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
		l.begin2(spis, true)
		for i := range n {
			l.message(i%2 == 0, spis, v2, childSA, byte(initiator*(1-i%2)), uint32(i+2), []payload{w.sealed2(33, 160)})
		}
	}},
	{"messages of one IKE SA of IKEv1", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
		l.begin1(spis)
		for i := range n {
			l.message(i%2 == 1, spis, v1, info1, encrypted, uint32(i+1), []payload{w.sealed1(8, 80)})
		}
	}},
	{"Quick Modes of one IKE SA", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
		l.begin1(spis)
		for i := range n {
			l.message(i%3 == 1, spis, v1, 32, encrypted, uint32(i/3+1), []payload{w.sealed1(8, 160)})
		}
	}},
	{"retransmissions of one message", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0)}
		chain := []payload{sa2(), w.ke2(), w.nonce2()}
		for range n {
			l.message(false, spis, v2, saInit, initiator, 0, chain)
			w.at = w.at.Add(time.Second)
		}
	}},
	{"IKE fragments of IKEv1 with different IDs", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
		l.begin1(spis)
		for i := range n {
			body := append([]byte{byte(i >> 8), byte(i), 1, 0}, w.random(60)...)
			l.message(false, spis, v1, mainMode, 0, 0, []payload{{kind: 132, body: body}})
		}
	}},
	{"IKE fragments of IKEv2, the rest missing", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
		l.begin2(spis, true)
		for i := range n {
			body := append([]byte{0, 1, 0, 2}, w.random(60)...)
			l.message(false, spis, v2, info2, initiator, uint32(i+2), []payload{{kind: 53, body: body}})
		}
	}},
	{"flows of ESP without keys", func(w *wire, n int) {
		for i := range n {
			for seq := range uint32(2) {
				w.esp(host(10, i), host(11, i), uint32(0x10000+i), seq+1, w.random(96))
			}
		}
	}},
	{"flows of ESP between two hosts", func(w *wire, n int) {
		for i := range n {
			w.esp(host(10, 0), host(11, 0), uint32(0x10000+i), 1, w.random(96))
		}
	}},
	{"ESP SAs with packets", func(w *wire, n int) {
		for i := range n {
			from, to := host(10, i/2), host(11, i/2)
			if i%2 == 1 {
				from, to = to, from
			}
			w.keyed(from, to, uint32(0x10000+i), 3)
		}
	}},
	{"ESP SAs between two hosts", func(w *wire, n int) {
		for i := range n {
			from, to := host(10, 0), host(11, 0)
			if i%2 == 1 {
				from, to = to, from
			}
			w.keyed(from, to, uint32(0x10000+i), 3)
		}
	}},
	{"ESP SAs of one SPI", func(w *wire, n int) {
		for i := range n {
			e := w.saAs(host(10, i), host(11, i), uint32(0x10000+i), 0x10000)
			inner := make([]byte, 64)
			innerPacket(inner, 1)
			e.packet(w, host(10, i), host(11, i), inner)
		}
	}},
	{"ESP SAs without packets", func(w *wire, n int) {
		w.keyed(host(10, 0), host(11, 0), 0x10000, 3)
		for i := range n {
			fmt.Fprintf(&w.keys, "ESP_SA %v>%v:0x%08x aes-cbc:0x%x hmac-sha1-96:0x%x tunnel\n", host(12, i), host(13, i), 0x20000+i, w.random(16), w.random(20))
		}
	}},
	{"packets of one ESP SA, half of them lost", func(w *wire, n int) {
		e := w.sa(host(10, 0), host(11, 0), 0x10000)
		for i := range n {
			e.seq++
			e.packet(w, host(10, 0), host(11, 0), w.tcp(i, i%50, false))
		}
	}},
	{"TCP connections inside", func(w *wire, n int) {
		e, back := w.sa(host(10, 0), host(11, 0), 0x10000), w.sa(host(11, 0), host(10, 0), 0x10001)
		for i := range n {
			e.packet(w, host(10, 0), host(11, 0), w.tcp(i, 0, false))
			if i%2 == 0 {
				back.packet(w, host(11, 0), host(10, 0), w.tcp(i, 0, true))
			}
		}
	}},
	{"pre-shared keys", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0)}
		id := payload{kind: 5, body: []byte{1, 0, 0, 0, 192, 0, 2, 1}}
		l.message(false, spis, v1, aggressive, 0, 0, []payload{sa1(), w.ke1(), w.nonce1(), id})
		spis[1] = cookie(2, 0)
		l.message(true, spis, v1, aggressive, 0, 0, []payload{sa1(), w.ke1(), w.nonce1(), id, {kind: 8, body: w.random(20)}})
		l.message(false, spis, v1, aggressive, encrypted, 0, []payload{w.sealed1(8, 48)})
		for i := range n {
			fmt.Fprintf(&w.keys, "PSK * \"secret number %d\"\n", i)
		}
	}},
	{"keys of other IKE SAs", func(w *wire, n int) {
		w.between(0).begin1([2]uint64{cookie(1, 0), cookie(2, 0)})
		w.between(1).begin2([2]uint64{cookie(1, 1), cookie(2, 1)}, true)
		for i := range n {
			fmt.Fprintf(&w.keys, "SKEYID_E %016x:%016x 0x%x\n", cookie(3, i), cookie(4, i), w.random(20))
			fmt.Fprintf(&w.keys, "SK_D %016x:%016x 0x%x\n", cookie(5, i), cookie(6, i), w.random(32))
		}
	}},
	{"keys that name no IKE SA", func(w *wire, n int) {
		w.between(0).begin1([2]uint64{cookie(1, 0), cookie(2, 0)})
		w.between(1).begin2([2]uint64{cookie(1, 1), cookie(2, 1)}, true)
		for range n / 4 {
			fmt.Fprintf(&w.keys, "SKEYID - 0x%x\nSK_D - 0x%x\nSK_EI - 0x%x\nDH_SECRET - 0x%x\n", w.random(20), w.random(32), w.random(16), w.random(256))
		}
	}},
	{"lines of a log without keys", func(w *wire, n int) {
		w.between(0).begin2([2]uint64{cookie(1, 0), cookie(2, 0)}, true)
		for i := range n {
			fmt.Fprintf(&w.keys, "Nov 14 22:13:%02d gw charon: %02d[IKE] <gw|%d> initiating IKE_SA gw[%d] to %v\n", i/1000%60, i%16, i, i, host(11, i))
			fmt.Fprintf(&w.keys, "Nov 14 22:13:%02d gw charon: %02d[IKE] <gw|%d> received NO_PROPOSAL_CHOSEN notify error\n", i/1000%60, i%16, i)
		}
	}},
	{"IP fragments, the rest missing", func(w *wire, n int) {
		for i := range n {
			w.packet(host(10, i), host(11, 0), 17, 0x2000, append([]byte{0x01, 0xf4, 0x01, 0xf4, 4, 0, 0, 0}, w.random(64)...))
		}
	}},
	{"ICMP errors about IKE", func(w *wire, n int) {
		for i := range n {
			l := w.between(i)
			l.message(false, [2]uint64{cookie(1, i)}, v2, saInit, initiator, 0, []payload{sa2(), w.ke2(), w.nonce2()})
			const quoted = 20 + 8 + 28 // with the header of ISAKMP
			w.packet(l.r.Addr(), l.i.Addr(), 1, 0, icmp(append([]byte{3, 3, 0, 0, 0, 0, 0, 0}, w.last[:quoted]...)))
		}
	}},
	{"connections of IKE over TCP", func(w *wire, n int) {
		for i := range n {
			body := append([]byte("IKETCP"), 0, 34, 0, 0, 0, 0)
			body = append(body, ikeHeader(i)...)
			w.packet(host(10, i), host(11, 0), 6, 0, tcpSegment(uint16(1024+i%60000), 4500, 1, 0x18, body))
		}
	}},
	{"NAT mappings", func(w *wire, n int) {
		for i := range n {
			w.udp(netip.AddrPortFrom(host(10, 0), uint16(1024+i%60000)), netip.AddrPortFrom(host(11, 0), 4500), append([]byte{0, 1, 0, 1, 0, 0, 0, 1}, w.random(64)...))
		}
	}},
}

func ikeHeader(i int) []byte {
	b := binary.BigEndian.AppendUint64(nil, cookie(1, i))
	return append(b, 0, 0, 0, 0, 0, 0, 0, 0, 0, v2, info2, initiator, 0, 0, 0, 0, 0, 0, 0, 28)
}

func (w *wire) esp(src, dst netip.Addr, spi, seq uint32, body []byte) {
	w.packet(src, dst, 50, 0, append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, spi), seq), body...))
}

// sa enters an ESP SA in the key log.
func (w *wire) sa(src, dst netip.Addr, spi uint32) *sealer { return w.saAs(src, dst, spi, spi) }

// saAs enters an ESP SA with the keys of a number.
func (w *wire) saAs(src, dst netip.Addr, keys, spi uint32) *sealer {
	e, err := suites[0].newEncoder(keys)
	if err != nil {
		panic(err) // the first suite is there
	}
	e.spi = spi
	fmt.Fprintf(&w.keys, "ESP_SA %v>%v:0x%08x aes-cbc:0x%x hmac-sha1-96:0x%x tunnel\n", src, dst, spi, e.key, e.auth)
	return &sealer{e}
}

// keyed adds an ESP SA with so many packets.
func (w *wire) keyed(src, dst netip.Addr, spi uint32, packets int) {
	w.sa(src, dst, spi).carry(w, src, dst, packets)
}

// A sealer is an ESP SA at work.
type sealer struct{ *encoder }

func (e *sealer) packet(w *wire, src, dst netip.Addr, inner []byte) {
	w.packet(src, dst, 50, 0, e.encode(nil, inner))
}

// tcp is an inner packet: a SYN of a connection, or another segment of it, there or back.
func (w *wire) tcp(connection, segment int, back bool) []byte {
	from, to := host(172, connection), host(173, 0)
	flags, port := byte(2), uint16(1024+connection%60000)
	seg := tcpSegment(port, 443, uint32(segment*100+1), flags, nil)
	if segment > 0 {
		seg = tcpSegment(port, 443, uint32(segment*100+1), 0x18, make([]byte, 20))
	}
	if back {
		from, to = to, from
		seg = tcpSegment(443, port, 1, 0x12, nil)
		binary.BigEndian.PutUint32(seg[8:], 2)
	}
	b := make([]byte, 20, 20+len(seg))
	b[0], b[8], b[9] = 0x45, 64, 6
	copy(b[12:], from.AsSlice())
	copy(b[16:], to.AsSlice())
	b = append(b, seg...)
	setIPv4(b, uint16(connection))
	return b
}

func tcpSegment(src, dst uint16, seq uint32, flags byte, data []byte) []byte {
	b := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, src), dst)
	b = append(binary.BigEndian.AppendUint32(b, seq), 0, 0, 0, 0, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0)
	return append(b, data...)
}

func icmp(b []byte) []byte {
	binary.BigEndian.PutUint16(b[2:], checksum(b))
	return b
}

// A tunnel is an IKE SA of IKEv2 whose keys are in the key log: AES-GCM with 128 bits and an ICV of 16 bytes (RFC 5282), HMAC-SHA-256 as
// PRF.
type tunnel struct {
	link
	spis   [2]uint64
	number int
	keys   [2][]byte // of the initiator and of the responder, with salt
	d      []byte    // SK_d
	nonces [2][]byte
	id     [2]uint32 // next message IDs of requests
	agreed []byte    // the DH secret that the keys come from; nil: they are given
	// Of one with agreed: what AUTH is made of.
	prf          alg.PRF
	proof, inits [2][]byte // SK_pi and SK_pr; the messages of IKE_SA_INIT
}

func proposal(protocol byte, spi []byte, transforms ...[]byte) []byte {
	body := append([]byte{0, 0, 0, 0, 1, protocol, byte(len(spi)), byte(len(transforms))}, spi...)
	for i, t := range transforms {
		more := byte(3)
		if i+1 == len(transforms) {
			more = 0
		}
		body = append(append(body, more, 0, 0, byte(4+len(t))), t...)
	}
	binary.BigEndian.PutUint16(body[2:], uint16(len(body)))
	return body
}

var (
	gcm128, prf256    = []byte{1, 0, 0, 20, 0x80, 14, 0, 128}, []byte{2, 0, 0, 5}
	modp2048, shortSN = []byte{4, 0, 0, 14}, []byte{5, 0, 0, 0}
	curve             = []byte{4, 0, 0, x25519}
)

// keyed2 is an IKE SA whose keys are given.
func (l link) keyed2(number int) *tunnel {
	w := l.w
	t := &tunnel{link: l, number: number, spis: [2]uint64{cookie(1, number), cookie(2, number)}, d: w.random(32), id: [2]uint32{1, 0}}
	for i, kind := range []string{"SK_EI", "SK_ER"} {
		t.keys[i] = w.random(20)
		fmt.Fprintf(&w.keys, "%s %016x:%016x 0x%x\n", kind, t.spis[0], t.spis[1], t.keys[i])
	}
	fmt.Fprintf(&w.keys, "SK_D %016x:%016x 0x%x\n", t.spis[0], t.spis[1], t.d)
	return t
}

// begin is IKE_SA_INIT and IKE_AUTH, with the first Child SA.
func (t *tunnel) begin() {
	w := t.w
	for side := range 2 {
		nonce := w.nonce2()
		t.nonces[side] = nonce.body
		spis := t.spis
		if side == 0 {
			spis[1] = 0
		}
		group, ke := modp2048, w.ke2
		if t.agreed != nil {
			group, ke = curve, w.ke2Short
		}
		chain := []payload{{kind: 33, body: proposal(1, nil, gcm128, prf256, group)}, ke(), nonce}
		t.message(side == 1, spis, v2, saInit, [...]byte{initiator, response}[side], 0, chain)
		t.inits[side] = bytes.Clone(w.last[28:]) // behind IPv4 and UDP
	}
	if t.agreed != nil {
		t.derive()
	}
	for side := range 2 {
		id := append([]byte{1, 0, 0, 0}, [...]netip.Addr{t.i.Addr(), t.r.Addr()}[side].AsSlice()...)
		t.exchange(side == 1, side == 1, ikeAuth, append([]payload{{kind: byte(35 + side), body: id}, t.auth(side, id)}, t.child(side, 0)...))
	}
}

// child are the payloads of a Child SA: its SPI is made from its number, and that of the IKE SA.
func (t *tunnel) child(side, n int) []payload {
	ts := append([]byte{1, 0, 0, 0, 7, 0, 0, 16, 0, 0, 0xff, 0xff}, 10, 1, 0, 0, 10, 1, 0, 255)
	ts2 := append([]byte{1, 0, 0, 0, 7, 0, 0, 16, 0, 0, 0xff, 0xff}, 10, 2, 0, 0, 10, 2, 0, 255)
	spi := binary.BigEndian.AppendUint32(nil, t.childSPI(side, n))
	return []payload{{kind: 33, body: proposal(3, spi, gcm128, shortSN)}, {kind: 44, body: ts}, {kind: 45, body: ts2}}
}

func (t *tunnel) childSPI(side, n int) uint32 { return uint32(0x10000000*(side+1) + t.number*64 + n) }

// exchange adds a request or a response of a side, encrypted.
func (t *tunnel) exchange(back, answers bool, kind byte, chain []payload) {
	side, asker := 0, 0
	if back {
		side = 1
	}
	flags := byte(initiator * (1 - side))
	asker = side
	if answers {
		flags |= response
		asker = 1 - side
	}
	id := t.id[asker]
	if answers {
		t.id[asker]++
	}
	plain, first := chained(chain), byte(0)
	if len(chain) > 0 {
		first = chain[0].kind
	}
	plain = append(plain, 0) // no padding
	b := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, t.spis[0]), t.spis[1])
	b = binary.BigEndian.AppendUint32(append(b, 46, v2, kind, flags), id)
	const iv, icv = 8, 16
	b = binary.BigEndian.AppendUint32(b, uint32(28+4+iv+len(plain)+icv))
	b = binary.BigEndian.AppendUint16(append(b, first, 0), uint16(4+iv+len(plain)+icv))
	header := bytes.Clone(b)
	t.seal(&b, side, header, plain)
	from, to := t.i, t.r
	if back {
		from, to = to, from
	}
	t.w.udp(from, to, b)
}

func (t *tunnel) seal(b *[]byte, side int, header, plain []byte) {
	key := t.keys[side]
	block, err := aes.NewCipher(key[:16])
	if err != nil {
		panic(err) // the key is 16 bytes long
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes
	}
	iv := t.w.random(8)
	*b = append(*b, iv...)
	*b = aead.Seal(*b, append(bytes.Clone(key[16:]), iv...), plain, header)
}

// keep is a liveness check: an INFORMATIONAL exchange with nothing in it.
func (t *tunnel) keep() {
	t.exchange(false, false, info2, nil)
	t.exchange(true, true, info2, nil)
}

// rekeyChild is a CREATE_CHILD_SA for a Child SA more.
func (t *tunnel) rekeyChild(n int) {
	for side := range 2 {
		chain := t.child(side, n)
		t.exchange(side == 1, side == 1, childSA, []payload{chain[0], t.w.nonce2(), chain[1], chain[2]})
	}
}

// end deletes the IKE SA.
func (t *tunnel) end() {
	t.exchange(false, false, info2, []payload{{kind: deletePayload, body: []byte{1, 0, 0, 0}}})
	t.exchange(true, true, info2, nil)
}

// carry are packets of the first Child SA (RFC 7296, section 2.17), both ways.
func (t *tunnel) carry(packets int) {
	keymat, last := []byte(nil), []byte(nil)
	for i := byte(1); len(keymat) < 40; i++ {
		h := hmac.New(sha256.New, t.d)
		h.Write(last)
		h.Write(t.nonces[0])
		h.Write(t.nonces[1])
		h.Write([]byte{i})
		last = h.Sum(nil)
		keymat = append(keymat, last...)
	}
	for side := range 2 {
		block, err := aes.NewCipher(keymat[side*20:][:16])
		if err != nil {
			panic(err) // the key is 16 bytes long
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			panic(err) // AES has blocks of 16 bytes
		}
		e := &sealer{&encoder{spi: t.childSPI(1-side, 0), key: keymat[side*20:][:20], aead: aead, iv: make([]byte, 8)}}
		from, to := t.i.Addr(), t.r.Addr()
		if side == 1 {
			from, to = to, from
		}
		e.carry(t.w, from, to, packets)
	}
}

// kindsKeyed are kinds in which everything is decrypted.
var kindsKeyed = []kind{
	{"tunnels, each with its hosts", func(w *wire, n int) {
		for i := range n {
			t := w.between(i).keyed2(i)
			t.begin()
			t.carry(2)
			t.keep()
			t.end()
		}
	}},
	{"tunnels between two hosts", func(w *wire, n int) {
		for i := range n {
			t := w.between(0).keyed2(i)
			t.begin()
			t.carry(2)
			t.end()
		}
	}},
	{"tunnels to one gateway, none deleted", func(w *wire, n int) {
		for i := range n {
			t := link{w, ikePort(host(10, i)), ikePort(host(11, 0))}.keyed2(i)
			t.begin()
			t.carry(1)
		}
	}},
	{"liveness checks of one tunnel", func(w *wire, n int) {
		t := w.between(0).keyed2(0)
		t.begin()
		for range n {
			t.keep()
		}
	}},
	{"Child SAs of one tunnel", func(w *wire, n int) {
		t := w.between(0).keyed2(0)
		t.begin()
		for i := range n {
			t.rekeyChild(i + 1)
		}
	}},
}
