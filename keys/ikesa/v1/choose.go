package v1

import "github.com/ikedecode/ikedecode/keys/ikesa"

// bits is the evidence of all messages.
func (o *opening) bits() int {
	n := 0
	for _, r := range o.results {
		n += r.bits
	}
	return n
}

func (o *opening) hashProved() bool {
	for _, r := range o.results {
		if r.check.OK {
			return true
		}
	}
	return false
}

// complete reports that nothing better can be found: all messages are decrypted, every HASH that could be checked matches, and
// SKEYID_d is among the keys.
func (o *opening) complete() bool {
	for _, r := range o.results {
		if !r.opened || (r.check.Done && !r.check.OK) {
			return false
		}
	}
	return o.hashProved() && o.k.keys.D != nil
}

// betterThan compares two openings: HASHes that match first, then what was decrypted, then how far the keys lead.
func (o *opening) betterThan(b *opening) bool {
	rank := func(x *opening) [5]int {
		var n [5]int
		for _, r := range x.results {
			switch {
			case r.check.OK:
				n[0]++
			case r.check.Done:
				n[0]--
			}
			if r.opened && !r.clear {
				n[1]++
				n[2] -= r.unknown
			}
		}
		for _, k := range [][]byte{x.k.keys.D, x.k.keys.A, x.k.keys.E} {
			if k != nil {
				n[3]++
			}
		}
		n[4] = x.bits()
		return n
	}
	a, c := rank(o), rank(b)
	for i := range a {
		if a[i] != c[i] {
			return a[i] > c[i]
		}
	}
	return false
}

// adopt writes a result into its message.
func (r *result) adopt() {
	m := r.msg
	if r.clear {
		m.Hash = r.check
		return
	}
	if !r.opened {
		m.Why = &ikesa.Gap{Code: ikesa.GapWrongKey, Cause: ikesa.CauseDamaged, Version: 1}
		return
	}
	m.State, m.Plain, m.Unknown, m.IV = ikesa.Opened, r.plain, r.unknown, r.iv
	if r.unknown > 0 {
		m.State = ikesa.Partly
	}
	m.Read(r.payloads)
	m.PayErr, m.Hash = r.err, r.check
}
