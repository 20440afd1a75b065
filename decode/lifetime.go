package decode

import (
	"fmt"
	"strings"
)

// Life types, the same in phase 1 (RFC 2409, appendix A) and phase 2 (RFC 2407, section 4.5).
const (
	LifeSeconds   = 1
	LifeKilobytes = 2
)

var LifeTypeNames = map[uint16]string{LifeSeconds: "seconds", LifeKilobytes: "kilobytes"}

// A Lifetime is the life of an SA as attributes give it. 0: not given.
type Lifetime struct {
	Seconds   uint64
	Kilobytes uint64
}

// String reads "3600 s", "4608000 kB", "3600 s 4608000 kB", or "" where nothing is given.
func (l Lifetime) String() string {
	var parts []string
	if l.Seconds != 0 {
		parts = append(parts, fmt.Sprintf("%d s", l.Seconds))
	}
	if l.Kilobytes != 0 {
		parts = append(parts, fmt.Sprintf("%d kB", l.Kilobytes))
	}
	return strings.Join(parts, " ")
}

// LifetimeOf reads pairs of a life type and a life duration, which stand one after the other. A duration without a type
// is in seconds. Of two durations of one type the first counts; one longer than 64 bits is taken as the longest.
func LifetimeOf(as []Attribute, typeAttr, durationAttr uint16) Lifetime {
	var l Lifetime
	unit := uint64(LifeSeconds)
	for _, a := range as {
		switch a.Type {
		case typeAttr:
			unit, _ = a.Uint()
		case durationAttr:
			v, ok := a.Uint()
			if !ok && len(a.Value) > 0 {
				v = ^uint64(0)
			}
			l.set(unit, v)
		}
	}
	return l
}

func (l *Lifetime) set(unit, v uint64) {
	switch {
	case unit == LifeSeconds && l.Seconds == 0:
		l.Seconds = v
	case unit == LifeKilobytes && l.Kilobytes == 0:
		l.Kilobytes = v
	}
}
