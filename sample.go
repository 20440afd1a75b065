package ikedecode

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/bits"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// What a key log says of an SA, its keys, addresses, ICV and kind of sequence numbers, some packets of each of its flows tell. With Options.Samples
// the first pass keeps those, and RunSamples stands for the second one: it decrypts them, and reads the capture again only for flows of which
// they leave open what more would tell.

// A sampler keeps packets of the first pass.
type sampler struct {
	first    int // packets of a flow that are kept in a row; then every one whose number is a power of two
	flows    map[sampleKey]*sampledFlow
	list     []sample // in the order of the capture
	room     int64    // bytes that are left
	lastKey  sampleKey
	last     *sampledFlow
	missed   bool   // there was no room for a flow
	odd      spiSet // where UDP on other ports than those of IKE would have an SPI
	ike, esp int    // datagrams
	split    *capture.Splitter
}

// FewSamples is what Options.Samples may be: three plausible packets verify keys that have no ICV.
const FewSamples = 16

// sampleBytes is about what a sample, or a flow, takes beside its packet.
const sampleBytes = 400

// A sampleKey is what tells flows of an SA apart: an SA may go between several pairs of addresses, of which the key log has each.
type sampleKey struct {
	proto    esp.Protocol
	spi      uint32
	src, dst netip.AddrPort // ports of TCP alone
	udp      bool
}

type sampledFlow struct {
	packets, kept, opened int
	inside                bool // others of IPsec are in its packets, or may be: which ones, each packet tells for itself
	undecided             bool
}

type sample struct {
	datagram capture.Datagram
	flow     *sampledFlow
	flushed  bool // no frame has it: see capture.Splitter.Flush
}

func newSampler(first int, room int64) *sampler {
	return &sampler{first: first, flows: make(map[sampleKey]*sampledFlow), room: room}
}

func sampleKeyOf(p *esp.Packet, d *capture.Datagram) sampleKey {
	k := sampleKey{proto: p.Proto, spi: spiOf(p), src: d.Src, dst: d.Dst, udp: d.UDP}
	if !d.TCP {
		k.src, k.dst = netip.AddrPortFrom(d.Src.Addr(), 0), netip.AddrPortFrom(d.Dst.Addr(), 0)
	}
	return k
}

// take looks at a datagram of the first pass, of a packet or of none (capture.Splitter.Flush), and keeps it if it is a sample. x is nil in sessions
// without samples.
func (x *sampler) take(frame *capture.Packet, d *capture.Datagram, carriers *capture.Carriers) {
	if x == nil {
		return
	}
	if frame != nil && d.Kind != capture.Other && d.Kind != capture.Keepalive && d.Kind != capture.ICMPError {
		carriers.Add(frame, d)
	}
	var p esp.Packet
	switch d.Kind {
	case capture.IKE:
		x.ike++
		return
	case capture.Other:
		x.other(d)
		return
	}
	if espPacket(d, &p) == nil {
		return
	}
	x.esp++
	if d.Repeat {
		return
	}
	k := sampleKeyOf(&p, d)
	f := x.flow(k)
	if f == nil {
		x.missed = true
		return
	}
	if f.packets++; f.packets > x.first && bits.OnesCount(uint(f.packets)) > 1 {
		return
	}
	n := int64(len(d.IP) + sampleBytes)
	if x.room < n {
		return
	}
	x.room -= n
	f.kept++
	x.list = append(x.list, sample{lasting(d), f, frame == nil})
}

// flow is the flow of a key, made if there is room.
func (x *sampler) flow(k sampleKey) *sampledFlow {
	if x.last != nil && k == x.lastKey {
		return x.last
	}
	f := x.flows[k]
	if f == nil {
		if x.room < sampleBytes {
			return nil
		}
		x.room -= sampleBytes
		f = &sampledFlow{}
		x.flows[k] = f
	}
	x.lastKey, x.last = k, f
	return f
}

// other notes what may be ESP in UDP on a port that only the SPIs of known SAs tell.
func (x *sampler) other(d *capture.Datagram) {
	const udpHeader = 8
	if at := d.HeaderLen + udpHeader; d.UDP && len(d.IP) >= at+8 {
		x.odd.add(binary.BigEndian.Uint32(d.IP[at:]))
	}
}

// lasting is a datagram whose bytes are its own.
func lasting(d *capture.Datagram) capture.Datagram {
	c := *d
	c.IP, c.WESP, c.Frames, c.Wrapping = bytes.Clone(d.IP), bytes.Clone(d.WESP), nil, nil
	if n := len(d.Payload); n > 0 {
		for at := range len(d.IP) - n + 1 { // as a rule it is behind a header or two
			if &d.IP[at] == &d.Payload[0] {
				c.Payload = c.IP[at : at+n]
				return c
			}
		}
	}
	c.Payload = bytes.Clone(d.Payload)
	return c
}

// RunSamples is Run for what a key log says, of a session that was analysed with Options.Samples. fn gets the samples, and further packets that were
// needed, not always in the order of the capture, and of their Frames the datagrams alone. Of Counts, only whether they are zero can be told.
func (s *Session) RunSamples(ctx context.Context, fn func(*Frame) error) error {
	x, carriers := s.samples, s.Carriers
	s.begin()
	s.Carriers = carriers
	var scratch esp.Scratch
	for i := range x.list {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.sample(&x.list[i].datagram, &scratch, x.list[i].flow, x.list[i].flushed, fn); err != nil {
			return err
		}
	}
	if s.undecided() {
		if err := s.runUndecided(ctx, fn); err != nil {
			return err
		}
	}
	s.Counts.IKE, s.Counts.ESP = x.ike, max(x.esp, s.Counts.ESP)
	s.countClosed()
	s.end(x.split)
	return nil
}

// sample decrypts a packet.
func (s *Session) sample(d *capture.Datagram, scratch *esp.Scratch, flow *sampledFlow, flushed bool, fn func(*Frame) error) error {
	f := Frame{Packet: &capture.Packet{Number: d.Frame, Time: d.Time}, Items: make([]Item, 1)}
	it := &f.Items[0]
	it.begin(d)
	it.esp = espPacket(d, new(esp.Packet))
	s.open(it, scratch)
	s.count(it)
	if o := it.Opened; o != nil && flow != nil {
		flow.opened++
		flow.inside = flow.inside || hasInside(o)
	}
	if flushed {
		return nil
	}
	return fn(&f)
}

// hasInside reports whether there is a packet of IPsec in a packet inside another one.
func hasInside(o *esp.Opened) bool {
	if o.Inner != nil {
		return true
	}
	for i := 1; i < len(o.Layers); i++ {
		if o.Layers[i].Src != o.Layers[0].Src || o.Layers[i].Dst != o.Layers[0].Dst {
			return true
		}
	}
	return o.Aggregate != nil && slices.ContainsFunc(o.Aggregate.Packets, func(p esp.AggregatePacket) bool { return p.Inner != nil || len(p.Layers) > 0 })
}

// undecided finds the flows of which further packets may tell more than the samples have.
func (s *Session) undecided() (any bool) {
	x := s.samples
	var compressed []netip.Addr // where SAs of IPComp go that no sample was compressed by
	for _, sa := range s.Table.Used() {
		if sa.Protocol == esp.IPComp && sa.Stats().Packets == 0 {
			compressed = append(compressed, sa.Dst)
		}
	}
	for k, f := range x.flows {
		if f.packets == f.kept {
			continue
		}
		f.undecided = f.inside || !s.Table.Decided(k.proto, k.spi, k.src.Addr(), k.dst.Addr(), f.opened > 0) ||
			slices.ContainsFunc(compressed, func(dst netip.Addr) bool { return !dst.IsValid() || dst == k.dst.Addr() })
		any = any || f.undecided
	}
	return any || x.missed || s.Table.Names(esp.ESP, x.odd.has)
}

// runUndecided reads the capture again for the packets of undecided flows.
func (s *Session) runUndecided(ctx context.Context, fn func(*Frame) error) error {
	x := s.samples
	taken := make(map[[3]int]bool) // samples: frame, SPI, and sequence number or what is in its place
	id := func(p *esp.Packet) [3]int {
		at := 4
		if p.Proto == esp.AH {
			at = 8
		}
		n := 0
		if len(p.Payload) >= at+4 {
			n = int(binary.BigEndian.Uint32(p.Payload[at:]))
		}
		return [3]int{p.Frame, int(spiOf(p)), n}
	}
	var p esp.Packet
	for i := range x.list {
		if espPacket(&x.list[i].datagram, &p) != nil {
			taken[id(&p)] = true
		}
	}
	open := make(map[uint32]bool) // SPIs
	for k, f := range x.flows {
		open[k.spi] = open[k.spi] || f.undecided
	}
	split := s.splitter()
	split.KnownSPI = s.Table.Known
	split.Skip = func(proto uint8, payload []byte) bool {
		return proto == uint8(esp.ESP) && len(payload) >= 4 && !x.missed && !open[binary.BigEndian.Uint32(payload)]
	}
	var scratch esp.Scratch
	var failed error
	take := func(list []capture.Datagram, flushed bool) {
		for i := range list {
			d := &list[i]
			if failed != nil || espPacket(d, &p) == nil {
				continue
			}
			f := x.flows[sampleKeyOf(&p, d)]
			if f != nil && !f.undecided || taken[id(&p)] {
				continue
			}
			failed = s.sample(d, &scratch, nil, flushed, fn)
		}
	}
	var ds []capture.Datagram
	err := s.packets(ctx, 2, func(p *capture.Packet) {
		ds = split.AppendSplit(ds[:0], p)
		take(ds, false)
	})
	take(split.Flush(), true)
	return errors.Join(err, failed)
}

// countClosed counts the IKE messages that were not decrypted.
func (s *Session) countClosed() {
	s.Counts.IKEClosed = s.messages.closed()
	for _, sa := range s.archived.each() {
		x := newMessageIndex([]*ikesa.SA{sa})
		s.Counts.IKEClosed += x.closed()
	}
}

// A spiSet is about a set of SPIs: what was added is in it, and seldom what was not.
type spiSet []uint64

const spiSetBits = 27

func (s *spiSet) place(spi uint32) (word int, bit uint64) {
	h := spi * 0x9e3779b1 >> (32 - spiSetBits)
	return int(h / 64), 1 << (h % 64)
}

func (s *spiSet) add(spi uint32) {
	if *s == nil {
		*s = make(spiSet, 1<<spiSetBits/64)
	}
	word, bit := s.place(spi)
	(*s)[word] |= bit
}

func (s *spiSet) has(spi uint32) bool {
	word, bit := s.place(spi)
	return *s != nil && (*s)[word]&bit != 0
}
