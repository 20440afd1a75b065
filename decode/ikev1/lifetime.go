package ikev1

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
)

// Life types, the same in phase 1 (RFC 2409, appendix A) and phase 2 (RFC 2407, section 4.5).
const (
	LifeSeconds   = 1
	LifeKilobytes = 2
)

var lifeTypeNames = map[uint16]string{LifeSeconds: "seconds", LifeKilobytes: "kilobytes"}

// lifetimeOf reads pairs of a life type and a life duration, which stand one after the other. A duration without a type
// is in seconds. Of two durations of one type the first counts; one longer than 64 bits is taken as the longest. further
// are the durations after it, unknown those whose type is neither.
func lifetimeOf(as []decode.Attribute, typeAttr, durationAttr uint16) (l ike.Lifetime, further []ike.Lifetime, unknown []ike.Attribute) {
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
			switch {
			case unit == LifeSeconds && l.Seconds == 0:
				l.Seconds = v
			case unit == LifeKilobytes && l.Kilobytes == 0:
				l.Kilobytes = v
			case v == 0:
			case unit == LifeSeconds:
				further = append(further, ike.Lifetime{Seconds: v})
			case unit == LifeKilobytes:
				further = append(further, ike.Lifetime{Kilobytes: v})
			default:
				unknown = append(unknown, ike.Attribute{Type: a.Type, Value: a.Value})
			}
		}
	}
	return l, further, unknown
}
