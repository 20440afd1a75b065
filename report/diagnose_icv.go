package report

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about ICVs: packets that were changed, and keys that are not the right ones.

// An icvKey is one direction of one SPI as the packets name it.
type icvKey struct {
	kind     capture.Kind
	spi      uint32
	src, dst netip.Addr
}

// An icvWatch notes which packets of a direction failed the check.
type icvWatch struct {
	failed      []int // frames, the first of them
	sizes       [2]int
	opened      int // frame of the last packet that did not fail
	largest     int // size of the largest one of those
	lastFailure int
}

const (
	maxICVFlows  = 4096
	maxICVFrames = 8
)

// checked takes an ESP or AH packet in.
func (w *Watch) checked(it *ikedecode.Item) {
	d := it.Datagram
	off := 0
	switch d.Kind {
	case capture.ESP:
	case capture.AH:
		off = 4 // RFC 4302, section 2
	default:
		return
	}
	if len(d.Payload) < off+4 || it.Err != nil && !errors.Is(it.Err, esp.ErrICV) {
		return
	}
	k := icvKey{d.Kind, binary.BigEndian.Uint32(d.Payload[off:]), d.Src.Addr(), d.Dst.Addr()}
	f := w.icv[k]
	switch {
	case f != nil:
	case w.icv == nil:
		w.icv = make(map[icvKey]*icvWatch)
		fallthrough
	default:
		if len(w.icv) >= maxICVFlows {
			return
		}
		f = &icvWatch{}
		w.icv[k] = f
	}
	f.note(d, it.Err != nil)
}

func (f *icvWatch) note(d *capture.Datagram, failed bool) {
	n := len(d.Payload)
	if !failed {
		f.opened, f.largest = d.Frame, max(f.largest, n)
		return
	}
	if f.lastFailure = d.Frame; len(f.failed) < maxICVFrames {
		f.failed = append(f.failed, d.Frame)
	}
	if f.sizes[0] == 0 || n < f.sizes[0] {
		f.sizes[0] = n
	}
	f.sizes[1] = max(f.sizes[1], n)
}

// integrity finds SAs whose keys are right or wrong by their ICVs.
func (d *diagnosis) integrity() {
	var list []diagnose.Finding
	children := d.children()
	for _, group := range d.groups() {
		t := newTrafficSA(group)
		bad := t.ICVFailures + t.Malformed
		if t.Packets == 0 || bad == 0 {
			continue
		}
		f := diagnose.Finding{Code: diagnose.CodeICVFailures, Severity: SeverityProblem, Grade: diagnose.Keys, Frames: frames(t.FirstFrame, t.LastFrame), Span: true}
		if sa := children[negotiation.ChildKey{Protocol: group[0].Protocol, SPI: group[0].SPI}].SA; sa != nil {
			f.Subject = subjectOf(sa)
		}
		switch {
		case t.Proved:
			facts := diagnose.ICVFailures{Flow: flowOf(group[0]), Failed: bad, Packets: t.Packets, Opened: t.Opened}
			d.failures(group[0], &f, &facts)
			f.Facts = facts
		case t.Opened == 0:
			f.Code, f.Facts = diagnose.CodeWrongESPKey, diagnose.WrongKey{Flow: flowOf(group[0]), Packets: t.Packets, Sources: t.Sources}
		default:
			continue
		}
		list = append(list, f)
	}
	d.addBounded(list)
}

// failures puts the frames that failed into f, and what they have in common into facts.
func (d *diagnosis) failures(sa *esp.SA, f *diagnose.Finding, facts *diagnose.ICVFailures) {
	kind := map[esp.Protocol]capture.Kind{esp.ESP: capture.ESP, esp.AH: capture.AH}[sa.Protocol]
	w := d.watch.icv[icvKey{kind, sa.SPI, sa.Src, sa.Dst}]
	if w == nil || len(w.failed) == 0 {
		return
	}
	f.Frames, f.Span = w.failed, false
	const some = 2
	switch {
	case w.opened > 0 && w.opened < w.failed[0]:
		facts.Since = w.failed[0]
	case w.sizes[0] > w.largest && len(w.failed) >= some:
		facts.Large, facts.Small = w.sizes[0], w.largest
	}
}
