package text

import (
	"maps"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/report"
)

// A LiveDiagnosis writes findings as they come up. What a capture shows while it goes on may be undone by its next packet, so that a finding is
// written when it has stood for a while, and again where it is gone.
type LiveDiagnosis struct {
	p     *Printer
	stood time.Duration // how long a finding must
	seen  map[string]*standing
}

// A standing is a finding that was made.
type standing struct {
	since   time.Time
	now     bool // it is among those that were made last
	written bool
	text    string
}

// NewLiveDiagnosis returns a diagnosis that is written to p; a finding is written when it has stood for some time.
func NewLiveDiagnosis(p *Printer, stood time.Duration) *LiveDiagnosis {
	return &LiveDiagnosis{p: p, stood: stood, seen: make(map[string]*standing)}
}

// Update takes in what a diagnosis finds now.
func (l *LiveDiagnosis) Update(d *report.Diagnosis, now time.Time) error {
	for _, s := range l.seen {
		s.now = false
	}
	for i := range d.Findings {
		f := &d.Findings[i]
		key := f.Key()
		s := l.seen[key]
		if s == nil {
			s = &standing{since: now}
			l.seen[key] = s
		}
		s.now, s.text = true, f.Text
		if !s.written && now.Sub(s.since) >= l.stood {
			s.written = true
			finding(l.p, f)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(l.seen)) {
		s := l.seen[key]
		if s.now {
			continue
		}
		if s.written {
			l.p.line(0, 2, styled(dim, "no longer: "), plain(s.text))
		}
		delete(l.seen, key)
	}
	return l.p.Err()
}

// FinalDiagnosis writes the diagnosis of a capture that has ended, below what was found before.
func FinalDiagnosis(p *Printer, d *report.Diagnosis) error {
	p.line(0, 2, styled(bold, "the capture has ended:"))
	return Diagnosis(p, d)
}
