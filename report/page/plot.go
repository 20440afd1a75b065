package page

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/report/traffic"
)

// The measures of a plot, in pixels; across it goes by percent, so that it fits every screen.
const (
	packetsTop = 22 // of the panel
	panelHigh  = 64
	marksAt    = packetsTop + panelHigh + 18 // the middle of the strip of marks
	bytesTop   = marksAt + 40
	plotHeight = bytesTop + panelHigh + 22
	leastBars  = 16 // a short series does not make its bars as wide as the page
)

// A plot is the traffic of an SA over time: packets and bytes a second as bars, loss and ICV failures as marks.
type plot struct {
	Title    string
	Text     string // the same in words
	Bars     []bar
	Marks    []mark
	Lost     bool // there are marks of the kind
	Failures bool
	Packets  string // the scale: "packets/s, up to 12"
	Bytes    string
	From     string // of the time axis
	To       string
	Rows     []plotRow
	Height   int
	Base1    int // where the bars of the panels stand
	Base2    int
	MarksAt  int
}

// BytesLabel is the line of the lower panel's scale.
func (p *plot) BytesLabel() int { return p.Base2 - panelHigh - 8 }

// AxisY is the line of the times.
func (p *plot) AxisY() int { return p.Base2 + 16 }

// A bar is one bucket: its place across, and the heights of both its bars.
type bar struct {
	X, W   string // percent
	Y1, H1 int    // packets
	Y2, H2 int    // bytes
	Text   string
}

// A mark says that something was lost or failed in a bucket.
type mark struct {
	Class string // "lost", "icv"
	X     string // percent
	Dy    int
	Text  string
}

// A plotRow is a bucket as a row of the table below the plot.
type plotRow struct{ Time, Packets, Bytes, Lost, Failures string }

// newPlot draws a series; offsets count from origin. nil where there is nothing to draw.
func newPlot(name string, s *traffic.Series, origin time.Time) *plot {
	if s == nil || s.Nonempty() == 0 {
		return nil
	}
	span := max(len(s.Buckets), leastBars)
	seconds := s.Width.Seconds()
	mostPackets, mostBytes := 0, int64(0)
	for i := range s.Buckets {
		mostPackets, mostBytes = max(mostPackets, s.Buckets[i].Packets), max(mostBytes, s.Buckets[i].Bytes)
	}
	start := s.Start.Sub(origin)
	p := &plot{Title: "Traffic of " + name + " over time", Height: plotHeight, Base1: packetsTop + panelHigh, Base2: bytesTop + panelHigh, MarksAt: marksAt,
		Packets: "packets/s, up to " + rate(float64(mostPackets)/seconds), Bytes: "bytes/s, up to " + rate(float64(mostBytes)/seconds),
		From: offset(start), To: offset(start + time.Duration(span)*s.Width)}
	for i := range s.Buckets {
		b := &s.Buckets[i]
		if b.IsEmpty() {
			continue
		}
		at := start + time.Duration(i)*s.Width
		p.addBar(i, span, b, at, s.Width, mostPackets, mostBytes)
		p.addMarks(i, span, b, at)
	}
	p.Text = words(s, mostPackets, start)
	return p
}

func (p *plot) addBar(i, span int, b *traffic.Bucket, at, width time.Duration, mostPackets int, mostBytes int64) {
	seconds := width.Seconds()
	h1, h2 := scaled(float64(b.Packets), float64(mostPackets)), scaled(float64(b.Bytes), float64(mostBytes))
	row := plotRow{Time: offset(at), Packets: rate(float64(b.Packets) / seconds), Bytes: rate(float64(b.Bytes) / seconds), Lost: fmt.Sprint(b.Lost), Failures: fmt.Sprint(b.ICVFailures)}
	p.Rows = append(p.Rows, row)
	p.Bars = append(p.Bars, bar{
		X: percent(i, span), W: fmt.Sprintf("%.3f%%", 86/float64(span)), Y1: p.Base1 - h1, H1: h1, Y2: p.Base2 - h2, H2: h2,
		Text: fmt.Sprintf("from %s for %s: %d packets (%s/s), %d bytes (%s/s)", row.Time, duration(width), b.Packets, row.Packets, b.Bytes, row.Bytes),
	})
}

func (p *plot) addMarks(i, span int, b *traffic.Bucket, at time.Duration) {
	x := fmt.Sprintf("%.3f%%", 100*(float64(i)+0.43)/float64(span))
	dy := 0
	if b.Lost > 0 && b.ICVFailures > 0 {
		dy = 6 // one above the other
	}
	if b.Lost > 0 {
		p.Lost = true
		p.Marks = append(p.Marks, mark{"lost", x, -dy, fmt.Sprintf("%s: %d sequence numbers missing", offset(at), b.Lost)})
	}
	if b.ICVFailures > 0 {
		p.Failures = true
		p.Marks = append(p.Marks, mark{"icv", x, dy, fmt.Sprintf("%s: %d ICV failures", offset(at), b.ICVFailures)})
	}
}

// words says what a plot shows. Its first bucket is at start.
func words(s *traffic.Series, most int, start time.Duration) string {
	total := s.Sum()
	parts := []string{fmt.Sprintf("%s with %s bytes in %s", plural(total.Packets, "packet"), grouping(total.Bytes), duration(s.End.Sub(s.Start)))}
	for i := range s.Buckets {
		if s.Buckets[i].Packets == most {
			parts = append(parts, fmt.Sprintf("peak: %s in %s, at %s", grouping(int64(most)), duration(s.Width), offset(start+time.Duration(i)*s.Width)))
			break
		}
	}
	if total.Lost > 0 {
		parts = append(parts, grouping(total.Lost)+" sequence numbers missing")
	}
	if total.ICVFailures > 0 {
		parts = append(parts, plural(total.ICVFailures, "ICV failure"))
	}
	return strings.Join(parts, "; ") + "."
}

// scaled is the height of a bar: what is there shows.
func scaled(v, most float64) int {
	if v <= 0 || most <= 0 {
		return 0
	}
	return max(1, int(math.Round(panelHigh*v/most)))
}

func percent(i, span int) string { return fmt.Sprintf("%.3f%%", 100*float64(i)/float64(span)) }

// rate writes a number with three digits or more: "0.25", "12", "1,440".
func rate(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 1:
		return fmt.Sprintf("%.2g", v)
	case v < 100:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
	}
	return grouping(int64(math.Round(v)))
}

// grouping writes a number with commas between each three digits.
func grouping(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// offset is a time since the start of the capture: "12.25 s", "3:05:10 h".
func offset(d time.Duration) string {
	switch {
	case d < 10*time.Minute:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < 100*time.Hour:
		return fmt.Sprintf("%d:%02d:%02d h", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}

// duration writes a length of time in the unit that suits it.
func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Minute:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0") + " s"
	case d < 100*time.Hour:
		return fmt.Sprintf("%d:%02d:%02d h", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}
