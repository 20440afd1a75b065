package report

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
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

// pattern says what the packets that failed have in common.
func (f *icvWatch) pattern() (details []string) {
	const some = 2
	switch {
	case f.opened > 0 && f.opened < f.failed[0]:
		details = append(details, fmt.Sprintf("from frame %d on all of them fail: the sender goes on with other keys, after a restart or a rekeying that the capture lacks", f.failed[0]))
	case f.sizes[0] > f.largest && len(f.failed) >= some:
		details = append(details, fmt.Sprintf("only packets of %d bytes and more fail, and none up to %d: something on the way cuts or changes large ones", f.sizes[0], f.largest))
	}
	return details
}

// integrity finds SAs whose keys are right or wrong by their ICVs.
func (d *diagnosis) integrity() {
	var list []Finding
	children := childrenOf(d.session)
	for _, group := range groupSAs(d.session.Table.SAs()) {
		t := newTrafficSA(group)
		bad := t.ICVFailures + t.Malformed
		if t.Packets == 0 || bad == 0 {
			continue
		}
		about := fmt.Sprintf("%s %s %s > %s", t.Protocol, t.SPI, t.Src, t.Dst)
		f := Finding{Code: "icv-failures", Severity: SeverityProblem, Frames: frames(t.FirstFrame, t.LastFrame), span: true, sa: children[childKey{group[0].Protocol, group[0].SPI}].sa}
		switch {
		case t.Proved:
			f.Text = fmt.Sprintf("%d of %s on %s fail the check, with keys that opened %d: what the receiver gets is not what was sent", bad, count(t.Packets, "packet"), about, t.Opened)
			f.Hint = "look for what changes or damages packets between the gateways (NAT helpers, offload of checksums or encryption, faulty links)"
			d.failures(group[0], &f)
		case t.Opened == 0:
			f.Code, f.Text = "wrong-esp-key", fmt.Sprintf("the keys for %s fit none of its %s", about, count(t.Packets, "packet"))
			f.Hint = "the keys are of another SA with the same SPI, of another time, or of another algorithm; from " + join(t.Sources, ", ")
		default:
			continue
		}
		list = append(list, f)
	}
	d.addBounded(list)
}

// failures puts the frames that failed into f, and what they have in common.
func (d *diagnosis) failures(sa *esp.SA, f *Finding) {
	kind := map[esp.Protocol]capture.Kind{esp.ESP: capture.ESP, esp.AH: capture.AH}[sa.Protocol]
	w := d.watch.icv[icvKey{kind, sa.SPI, sa.Src, sa.Dst}]
	if w == nil || len(w.failed) == 0 {
		return
	}
	f.Frames, f.span = w.failed, false
	f.Details = w.pattern()
}
