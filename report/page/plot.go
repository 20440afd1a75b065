package page

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/report/traffic"
)

// The measures of a plot, in pixels; across it goes by percent, so that it fits every screen.
const (
	panelTop   = 22 // of the panel of packets
	panelHigh  = 48
	marksAt    = panelTop + panelHigh + 11 // the middle of the strip of marks
	bytesTop   = marksAt + 31
	plotHeight = bytesTop + panelHigh + 20
	leastSpan  = 1.6  // seconds: a short series does not make its bars as wide as the page
	mostTicks  = 5    // of the time axis
	leastBar   = 0.25 // percent
)

// A plotScale is what the plots of one card have in common: the stretch of time, in seconds since the start of the capture, and the tops of
// both panels, a second. Floats, since the times that a hostile capture claims overflow integers.
type plotScale struct {
	from, to       float64
	packets, bytes float64
	any            bool
}

// add widens the scale for a series, which may be nil.
func (c *plotScale) add(s *traffic.Series, origin time.Time) {
	if s == nil || s.Nonempty() == 0 {
		return
	}
	from := s.Start.Sub(origin).Seconds()
	to := from + max(float64(len(s.Buckets))*s.Width.Seconds(), leastSpan)
	if !c.any || from < c.from {
		c.from = from
	}
	if !c.any || to > c.to {
		c.to = to
	}
	c.any = true
	for i := range s.Buckets {
		c.packets = max(c.packets, float64(s.Buckets[i].Packets)/s.Width.Seconds())
		c.bytes = max(c.bytes, float64(s.Buckets[i].Bytes)/s.Width.Seconds())
	}
}

// percent is where a time, in seconds, is on the axis.
func (c *plotScale) percent(at float64) float64 { return 100 * (at - c.from) / (c.to - c.from) }

// A plot is the traffic of an SA over time: packets and bytes a second as bars, loss and ICV failures as marks.
type plot struct {
	Title    string
	Text     string // the same in words
	Bars     []bar
	Marks    []mark
	Lost     bool // there are marks of the kind
	Failures bool
	Panels   [2]panel // packets, bytes
	Times    []timeTick
	Rows     []plotRow
	Height   int
	MarksAt  int
}

// A panel is one half of a plot with its scale.
type panel struct {
	Unit  string // "packets/s"
	Top   int
	Base  int
	Ticks []tick
}

// UnitY is the line of the unit.
func (p panel) UnitY() int { return p.Top - 10 }

// A tick is a number beside a line of the grid.
type tick struct {
	Y    int
	Text string
}

// TextY is the line of the number.
func (t tick) TextY() int { return t.Y + 4 }

// A timeTick is a time below a line of the grid.
type timeTick struct {
	X    string // percent
	Text string
	Edge string // "start" or "end" at the edges, where the text has no room on one side
}

// AxisY is the line of the times.
func (p *plot) AxisY() int { return p.Panels[1].Base + 16 }

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
	Dx    int
	Text  string
}

// A plotRow is a bucket as a row of the table below the plot.
type plotRow struct{ Time, Packets, Bytes, Lost, Failures string }

// newPlot draws a series, which may be nil, in a scale; offsets count from origin.
func newPlot(name string, s *traffic.Series, origin time.Time, scale plotScale) *plot {
	p := &plot{Title: "Traffic of " + name + " over time", Text: "No packet.", Height: plotHeight, MarksAt: marksAt}
	unit, per := byteUnit(scale.bytes)
	p.Panels = [2]panel{newPanel("packets/s", panelTop, scale.packets), newPanel(unit, bytesTop, scale.bytes/per)}
	p.Times = scale.ticks()
	if s == nil || s.Nonempty() == 0 {
		return p
	}
	start := s.Start.Sub(origin)
	tops := [2]float64{roundUp(scale.packets), roundUp(scale.bytes/per) * per}
	for i := range s.Buckets {
		if b := &s.Buckets[i]; !b.IsEmpty() {
			at := start + time.Duration(i)*s.Width
			from := scale.percent(start.Seconds() + float64(i)*s.Width.Seconds())
			wide := scale.percent(scale.from + s.Width.Seconds())
			p.addBar(b, at, s.Width, from, wide, tops)
			p.addMarks(b, at, from+wide/2)
		}
	}
	p.Text = words(s, start)
	return p
}

// newPanel has the lines of the grid at the top, in the middle and at the base.
func newPanel(unit string, top int, most float64) panel {
	p := panel{Unit: unit, Top: top, Base: top + panelHigh}
	if most = roundUp(most); most == 0 {
		p.Ticks = []tick{{p.Base, "0"}}
		return p
	}
	p.Ticks = []tick{{p.Top, rate(most)}, {p.Top + panelHigh/2, rate(most / 2)}, {p.Base, "0"}}
	return p
}

// roundUp is the next round number that is not below v; half of it is round, too.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 2, 4, 5, 6, 8} {
		if v <= n*unit*(1+1e-9) {
			return n * unit
		}
	}
	return 10 * unit
}

// byteUnit is the unit for so many bytes a second at the most, and how many of them it is.
func byteUnit(most float64) (unit string, per float64) {
	switch {
	case most >= 2e9:
		return "GB/s", 1e9
	case most >= 2e6:
		return "MB/s", 1e6
	case most >= 2e3:
		return "kB/s", 1e3
	}
	return "bytes/s", 1
}

// tickSteps are the steps of a time axis, in seconds.
var tickSteps = []float64{0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600, 1200, 3600, 7200, 21_600, 43_200, 86_400}

// ticks are the times of the axis, at round numbers.
func (c *plotScale) ticks() (list []timeTick) {
	if !c.any {
		return nil
	}
	i := 0
	for i < len(tickSteps)-1 && (c.to-c.from)/tickSteps[i] > mostTicks {
		i++
	}
	step := tickSteps[i]
	for (c.to-c.from)/step > mostTicks {
		step *= 2
	}
	for n := math.Ceil(c.from / step); n*step <= c.to; n++ {
		t := timeTick{X: fmt.Sprintf("%.3f%%", c.percent(n*step)), Text: tickText(n*step, step, c.to)}
		switch x := c.percent(n * step); {
		case x < 5:
			t.Edge = "start"
		case x > 95:
			t.Edge = "end"
		}
		list = append(list, t)
	}
	return list
}

// tickText writes a time of an axis that ends at last, all of one axis alike.
func tickText(at, step, last float64) string {
	const minutes, days = 10 * 60, 100 * 60 * 60
	switch {
	case last < minutes && step < 1:
		return fmt.Sprintf("%.1f s", at)
	case last < minutes:
		return fmt.Sprintf("%.0f s", at)
	case last < days:
		return long(time.Duration(at) * time.Second)
	}
	return fmt.Sprintf("%.1f days", at/86_400)
}

// addBar adds the bars of a bucket, which begins at a time. from and wide are percents.
func (p *plot) addBar(b *traffic.Bucket, at, width time.Duration, from, wide float64, tops [2]float64) {
	const gap = 0.86 // of the width is the bar
	packets, bytes := float64(b.Packets)/width.Seconds(), float64(b.Bytes)/width.Seconds()
	h1, h2 := scaled(packets, tops[0]), scaled(bytes, tops[1])
	row := plotRow{Time: offset(at), Packets: rate(packets), Bytes: rate(bytes), Lost: grouping(b.Lost), Failures: number(b.ICVFailures)}
	p.Rows = append(p.Rows, row)
	p.Bars = append(p.Bars, bar{
		X: fmt.Sprintf("%.3f%%", from), W: fmt.Sprintf("%.3f%%", max(leastBar, gap*wide)),
		Y1: p.Panels[0].Base - h1, H1: h1, Y2: p.Panels[1].Base - h2, H2: h2,
		Text: fmt.Sprintf("from %s for %s: %s (%s/s), %s bytes (%s/s)", row.Time, duration(width), plural(b.Packets, "packet"), row.Packets, grouping(b.Bytes), row.Bytes),
	})
}

// addMarks adds the marks of a bucket in the middle of it.
func (p *plot) addMarks(b *traffic.Bucket, at time.Duration, percent float64) {
	x := fmt.Sprintf("%.3f%%", percent)
	dx := 0
	if b.Lost > 0 && b.ICVFailures > 0 {
		dx = 6 // one beside the other
	}
	if b.Lost > 0 {
		p.Lost = true
		p.Marks = append(p.Marks, mark{"lost", x, -dx, fmt.Sprintf("%s: %s sequence numbers missing", offset(at), grouping(b.Lost))})
	}
	if b.ICVFailures > 0 {
		p.Failures = true
		p.Marks = append(p.Marks, mark{"icv", x, dx, fmt.Sprintf("%s: %s", offset(at), plural(b.ICVFailures, "ICV failure"))})
	}
}

// words says what a plot shows. Its first bucket is at start.
func words(s *traffic.Series, start time.Duration) string {
	total, most := s.Sum(), 0
	for i := range s.Buckets {
		if s.Buckets[i].Packets > s.Buckets[most].Packets {
			most = i
		}
	}
	parts := []string{
		fmt.Sprintf("%s with %s bytes in %s", plural(total.Packets, "packet"), grouping(total.Bytes), duration(s.End.Sub(s.Start))),
		fmt.Sprintf("peak: %s in %s, at %s", number(s.Buckets[most].Packets), duration(s.Width), offset(start+time.Duration(most)*s.Width)),
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
	return max(1, min(panelHigh, int(math.Round(panelHigh*v/most))))
}

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

// offset is a time since the start of the capture: "12.25 s", "3 h 5 min 10 s".
func offset(d time.Duration) string {
	if d < 10*time.Minute {
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return long(d)
}

// duration writes a length of time in the unit that suits it.
func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Minute:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0") + " s"
	}
	return long(d)
}

// long writes a time of some minutes and more: "42 min 9 s", "3 h 5 min", "12.5 days".
func long(d time.Duration) string {
	if d >= 100*time.Hour {
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	}
	var parts []string
	for _, u := range []struct {
		n    int
		name string
	}{{int(d.Hours()), "h"}, {int(d.Minutes()) % 60, "min"}, {int(d.Seconds()) % 60, "s"}} {
		if u.n != 0 {
			parts = append(parts, fmt.Sprintf("%d %s", u.n, u.name))
		}
	}
	return cmp.Or(strings.Join(parts, " "), "0 s")
}
