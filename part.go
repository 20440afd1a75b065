package ikedecode

import (
	"reflect"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A Choice says what of a Session is of interest.
type Choice struct {
	IKE func(*ikesa.SA) bool
	SA  func(*esp.SA) bool
	// Flow is how many packets of a flow that was not decrypted are.
	Flow func(*UnknownSPI) int
	// Counts are those of the packets.
	Counts Counts
}

// Part is the Session, after Run, as if it had nothing but what was chosen: for reports, not to be run again. What was found out by the rest
// stays known.
func (s *Session) Part(c Choice) *Session {
	p := *s
	p.Counts, p.Table = c.Counts, s.Table.Part(c.SA)
	unwanted := func(sa *ikesa.SA) bool { return !c.IKE(sa) }
	p.SAs, p.evicted = slices.DeleteFunc(slices.Clone(s.SAs), unwanted), slices.DeleteFunc(slices.Clone(s.evicted), unwanted)
	p.wanted = c.IKE
	p.Unread, p.DecoderPanics, p.Unknown, p.UnknownMore = nil, 0, nil, 0
	for _, u := range s.Unknown {
		if n := c.Flow(u); n > 0 {
			part := *u
			part.Packets = n
			p.Unknown = append(p.Unknown, &part)
		}
	}
	return &p
}

// Since are the counts of what came after those of before.
func (c Counts) Since(before Counts) Counts { return c.plus(before, -1) }

// Plus are the counts of both.
func (c Counts) Plus(d Counts) Counts { return c.plus(d, 1) }

func (c Counts) plus(d Counts, times int64) Counts {
	sum, with := reflect.ValueOf(&c).Elem(), reflect.ValueOf(d)
	for i := range sum.NumField() {
		sum.Field(i).SetInt(sum.Field(i).Int() + times*with.Field(i).Int())
	}
	return c
}
