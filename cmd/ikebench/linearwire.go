package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"
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
	v1, v2                          = 0x10, 0x20
	mainMode, aggressive, info1     = 2, 4, 5
	saInit, ikeAuth, childSA, info2 = 34, 35, 36, 37
	initiator, response, encrypted  = 8, 32, 1
	notify, deletePayload, idOne    = 41, 42, 5
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
