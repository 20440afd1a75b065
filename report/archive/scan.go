package archive

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

var errNoCapture = errors.New("not a capture")

// Bounds of what a Stretch lists.
const (
	maxHosts = 1000
	maxSPIs  = 10_000
)

// scan reads a capture for what is in it.
func scan(ctx context.Context, s Store, obj Object, o UpdateOptions) (*File, error) {
	local, done, err := s.Fetch(ctx, capture.Part{Path: obj.Name})
	if err != nil {
		return nil, err
	}
	defer done()
	path := local.Path
	if !capture.IsCapture(path) && !capture.IsCaptureName(obj.Name) {
		return nil, errNoCapture
	}
	src, err := capture.OpenContext(ctx, []string{path}, capture.Options{})
	if in := (*capture.InputError)(nil); errors.As(err, &in) {
		return nil, in.Err // its path may be that of a copy
	}
	if err != nil {
		return nil, err
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	sc, split := newScanner(o), capture.NewSplitter(capture.SplitOptions{})
	var p capture.Packet
	var list []capture.Datagram
	var read int64
	unread := 0
	for {
		err := r.Read(&p)
		if now := r.BytesRead(); o.Progress != nil && (now-read > 1<<20 || err != nil) {
			o.Progress(now - read)
			read = now
		}
		if err == io.EOF {
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		list = split.AppendSplit(list[:0], &p)
		n := split.UnreadCount()
		sc.packet(&p, list, n > unread)
		unread = n
	}
	f := sc.end(obj)
	if cuts := src.Cuts(); len(cuts) > 0 {
		f.Cut = cuts[0].Err.Error()
	}
	return f, nil
}

// A scanner goes through the packets of a file.
type scanner struct {
	file *File
	opt  UpdateOptions

	now   *Stretch
	hosts map[[2]netip.Addr]bool
	spis  map[uint32]bool
	ike   map[[8]byte]bool
	last  seen
	steps []step

	latest time.Time  // of the packets of the stretch
	all    *numbering // of a pass over all files; nil in one over this file alone
}

// A seen is what a packet of ESP or AH adds to the sets of a stretch.
type seen struct {
	spi      uint32
	src, dst netip.Addr
}

func newScanner(o UpdateOptions) *scanner { return &scanner{file: &File{}, opt: o} }

// A step is a place in the tail of a stretch.
type step struct {
	time   time.Time
	at     int64 // bytes
	packet int   // packets of the stretch before it
}

// tailSteps is into how many steps the tail is divided: it is longer than it has to be by one of them at most.
const tailSteps = 8

// packet takes a packet with what it holds; unread says that it is not looked into.
func (sc *scanner) packet(p *capture.Packet, list []capture.Datagram, unread bool) {
	f, at := sc.file, p.Place
	if sc.now == nil && len(f.Stretches) == 0 {
		f.Head = at.Start
	}
	f.Bound = f.Bound || at.Bound
	if sc.now != nil && sc.opt.Stretch > 0 && at.Start-sc.now.From >= sc.opt.Stretch && !f.Bound {
		sc.now.To = at.Start
		sc.endStretch()
	}
	if sc.now == nil {
		sc.now = &Stretch{From: at.Start, First: p.Time.UTC()}
		sc.hosts, sc.spis, sc.ike, sc.steps, sc.last = map[[2]netip.Addr]bool{}, map[uint32]bool{}, map[[8]byte]bool{}, nil, seen{}
		sc.latest = p.Time
		if sc.all != nil {
			*sc.all = numbering{room: sc.all.room}
		}
	}
	sc.step(p.Time, at.Start)
	sc.now.Packets++
	if sc.all != nil {
		sc.all.packet(sc.now.Packets, p.Number)
	}
	if p.Time.After(sc.latest) {
		sc.latest = p.Time
	}
	sc.now.Last, sc.now.Bytes = p.Time.UTC(), at.End-sc.now.From
	if unread {
		sc.now.Unread++
	}
	for i := range list {
		sc.datagram(&list[i])
	}
}

// step notes where a packet starts, if that may be where the tail does.
func (sc *scanner) step(t time.Time, at int64) {
	back := sc.opt.LookBack
	if n := len(sc.steps); n > 0 && t.Sub(sc.steps[n-1].time).Abs() < back/tailSteps {
		return
	}
	sc.steps = append(sc.steps, step{t, at, sc.now.Packets})
	for len(sc.steps) > 1 && t.Sub(sc.steps[1].time) >= back {
		sc.steps = sc.steps[1:]
	}
	if len(sc.steps) > 4*tailSteps { // clocks that jump back
		sc.steps = slices.Clone(sc.steps[len(sc.steps)-2*tailSteps:])
	}
}

func (sc *scanner) datagram(d *capture.Datagram) {
	s := sc.now
	spi, at := false, 0
	switch d.Kind {
	case capture.IKE:
		if s.IKE++; len(d.Payload) >= 8 {
			add(sc.ike, [8]byte(d.Payload), maxSPIs, &s.More)
		}
	case capture.ESP:
		s.IPsec++
		spi = true
	case capture.AH:
		s.IPsec++
		spi, at = true, 4
	case capture.IPComp:
		s.IPsec++
	case capture.Keepalive:
		s.IPsec++ // it is counted in the second pass, too
		return
	default:
		return
	}
	x := seen{src: d.Src.Addr(), dst: d.Dst.Addr()}
	if spi && len(d.Payload) >= at+4 {
		x.spi = binary.BigEndian.Uint32(d.Payload[at:])
		if sc.all != nil {
			sc.all.flow(x)
		}
		if x == sc.last {
			return
		}
		sc.last = x
		add(sc.spis, x.spi, maxSPIs, &s.More)
	}
	hosts := [2]netip.Addr{x.src, x.dst}
	if x.dst.Less(x.src) {
		hosts = [2]netip.Addr{x.dst, x.src}
	}
	add(sc.hosts, hosts, maxHosts, &s.More)
}

// add puts x into a set, up to a bound.
func add[T comparable](set map[T]bool, x T, most int, more *bool) {
	switch {
	case set[x]:
	case len(set) < most:
		set[x] = true
	default:
		*more = true
	}
}

// end completes the file, which obj is.
func (sc *scanner) end(obj Object) *File {
	sc.endStretch()
	f := sc.file
	f.Name, f.Size, f.Modified = obj.Name, obj.Size, obj.Modified
	return f
}

func (sc *scanner) endStretch() {
	s := sc.now
	if s == nil {
		return
	}
	if len(sc.steps) > 0 {
		s.Tail, s.TailPackets = sc.steps[0].at, s.Packets-sc.steps[0].packet
	}
	if latest := sc.latest.UTC(); !latest.Equal(s.Last) {
		s.Latest = latest
	}
	if sc.all != nil {
		s.Numbers = sc.all.end()
	}
	s.Hosts = sorted(sc.hosts, func(h [2]netip.Addr) string { return h[0].String() + " " + h[1].String() })
	s.SPIs = sorted(sc.spis, func(spi uint32) string { return fmt.Sprintf("0x%08x", spi) })
	s.IKESAs = sorted(sc.ike, func(spi [8]byte) string { return fmt.Sprintf("%x", spi) })
	sc.file.Stretches = append(sc.file.Stretches, *s)
	sc.now = nil
}

func sorted[T comparable](set map[T]bool, text func(T) string) []string {
	list := make([]string, 0, len(set))
	for x := range set {
		list = append(list, text(x))
	}
	slices.Sort(list)
	return list
}
