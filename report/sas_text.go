package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Text writes the SAs for people.
func (r *SAs) Text(p *Printer) error {
	null := ""
	if n := r.withoutKeys(); n > 0 {
		null = count(n, "SA") + " without encryption opened without keys, "
	}
	if n := r.bare(); n > 0 {
		null += count(n, "AH SA") + " read without a key, "
	}
	p.line(0, 2, plain(fmt.Sprintf("%s, %s with keys, %s%s closed",
		count(len(r.IKE), "IKE SA"), count(r.withTraffic(), "traffic SA"), null, count(len(r.Unknown), "flow"))))
	if r.Selection != nil {
		r.Selection.write(p, r.Selection.text())
	}
	for i := range r.IKE {
		p.blank()
		r.IKE[i].head(p)
		r.IKE[i].certificates(p)
	}
	if len(r.SAs) > 0 {
		r.traffic(p)
	}
	if len(r.Unknown) > 0 {
		r.unknown(p)
	}
	return p.Err()
}

// shown reports whether the table has t: SAs of key files that are not in the capture are only counted.
func (t *TrafficSA) shown() bool { return t.Packets > 0 || t.IKE != "" }

func (r *SAs) withTraffic() (n int) {
	for i := range r.SAs {
		if sa := &r.SAs[i]; sa.shown() && !sa.NullOnly && !sa.Bare {
			n++
		}
	}
	return n
}

// withoutKeys counts the SAs that were found by their content.
func (r *SAs) withoutKeys() (n int) {
	for i := range r.SAs {
		if r.SAs[i].NullOnly {
			n++
		}
	}
	return n
}

// bare counts the SAs of AH that no key is known for.
func (r *SAs) bare() (n int) {
	for i := range r.SAs {
		if r.SAs[i].Bare {
			n++
		}
	}
	return n
}

func (r *SAs) traffic(p *Printer) {
	t := newTable("SA", "keys", "traffic")
	idle, width := 0, r.trafficWidth()
	for i := range r.SAs {
		sa := &r.SAs[i]
		if !sa.shown() {
			idle++
			continue
		}
		t.row(sa.flow(), sa.description(), fold(sa.traffic(), width))
	}
	if idle < len(r.SAs) {
		p.blank()
		t.write(p)
	}
	if idle > 0 {
		p.blank()
		p.text(0, count(idle, "SA")+" of the key files without a packet in the capture")
	}
}

// trafficWidth is what the other columns leave for that of the traffic.
func (r *SAs) trafficWidth() int {
	flow, keys := 0, 0
	for i := range r.SAs {
		if sa := &r.SAs[i]; sa.shown() {
			flow, keys = max(flow, columns(sa.flow())), max(keys, columns(sa.description()))
		}
	}
	return max(Width-flow-keys-3*cellGap, 20)
}

// columns is the width of the longest line.
func columns(s string) (n int) {
	for _, line := range strings.Split(s, "\n") {
		n = max(n, utf8.RuneCountInString(Escape(line)))
	}
	return n
}

func (r *SAs) unknown(p *Printer) {
	p.blank()
	p.line(0, 2, styled(Bad, "closed:"))
	t := newTable("SA", "traffic", "why")
	for i := range r.Unknown {
		u := &r.Unknown[i]
		why := u.Reason
		if u.Negotiated != "" {
			why += " (" + u.Negotiated + ")"
		}
		if text := u.Null.closedText(); text != "" {
			why += "; " + text
		}
		t.row(flowText(u.Protocol, u.SPI, u.Src, u.Dst, u.UDP),
			count(u.Packets, "packet")+"\n"+frameRange(u.FirstFrame, u.LastFrame), fold(why, whyWidth))
	}
	t.write(p)
	if r.UnknownMore > 0 {
		p.text(0, count(r.UnknownMore, "packet")+" of further flows")
	}
}

func (t *TrafficSA) flow() string { return flowText(t.Protocol, t.SPI, t.Src, t.Dst, t.UDP) }

func flowText(protocol, spi, src, dst string, udp bool) string {
	head := protocol + " " + spi
	if udp {
		head += " in UDP"
	}
	return head + "\n" + src + " >\n" + dst
}

// The widest an address can be leaves this much for the other columns.
const (
	keysWidth = 28
	whyWidth  = 34
)

func (t *TrafficSA) description() string {
	lines := nonEmpty(t.Encryption, t.Integrity)
	mode := nonEmpty(t.Mode)
	if t.ESN {
		mode = append(mode, "ESN")
	}
	lines = append(lines, nonEmpty(join(mode, " "), t.lineage())...)
	switch {
	case t.Bare:
		lines = append(lines, "no key known")
	case t.NullOnly && t.Null != nil:
		lines = append(lines, "found by its content: "+t.Null.text)
	case len(t.Sources) > 0:
		lines = append(lines, "from "+t.Sources[0][strings.LastIndexByte(t.Sources[0], '/')+1:])
	}
	if t.Selectors != "" {
		lines = append(lines, t.Selectors)
	}
	if len(t.Deleted) > 0 {
		lines = append(lines, "deleted in "+frameList(t.Deleted))
	}
	return fold(join(lines, "\n"), keysWidth)
}

// traffic is the cell with the packets.
func (t *TrafficSA) traffic() string {
	if t.Packets == 0 {
		return "no packet"
	}
	lines := []string{fmt.Sprintf("%s, %s", count(t.Packets, "packet"), count(int(t.Bytes), "byte"))}
	opened := fmt.Sprintf("%d opened", t.Opened)
	if t.ICVFailures > 0 {
		opened += fmt.Sprintf(", %d bad ICV", t.ICVFailures)
	}
	if t.Malformed > 0 {
		opened += fmt.Sprintf(", %d malformed", t.Malformed)
	}
	lines = append(lines, opened)
	lines = append(lines, nonEmpty(
		counts(t.Cut-t.CutOpened, "cut and closed", t.CutOpened, "cut and opened in part"),
		counts(t.Replays, "replayed", t.Repeats, "seen twice at once", t.Dummies, "dummy"),
		t.innerLine(), frameRange(t.FirstFrame, t.LastFrame))...)
	lines = append(lines, t.sequenceLines()...)
	return join(append(lines, t.proof()), "\n")
}

func (t *TrafficSA) proof() string {
	switch {
	case t.Candidates > 0:
		return fmt.Sprintf("none of %d keys fits", t.Candidates)
	case t.NullOnly || t.Bare:
		return "not verified"
	case t.Proved:
		return "proved by " + t.Proof
	}
	return "not proved"
}

func nonEmpty(parts ...string) (all []string) {
	for _, s := range parts {
		if s != "" {
			all = append(all, s)
		}
	}
	return all
}

func frameRange(first, last int) string {
	switch {
	case first == 0:
		return ""
	case first == last:
		return fmt.Sprintf("frame %d", first)
	}
	return fmt.Sprintf("frames %d-%d", first, last)
}
