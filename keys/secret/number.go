package secret

import "fmt"

// A Number is a value of a text of no known form that may be a key of an IKE SA: only messages tell whether, and which.
type Number struct {
	Value  []byte
	Origin Origin
}

// String says where the number stands, never its value.
func (n Number) String() string { return fmt.Sprintf("%v (%d bytes)", n.Origin, len(n.Value)) }

// GoString is String, so that %#v prints no value either.
func (n Number) GoString() string { return n.String() }

// mostNumbers bounds the numbers of a bag: each is tried for each IKE SA that no secret decrypts.
const mostNumbers = 64

// supposedKinds are what a number may be. What decrypts messages is tried by itself; what only makes other keys with it, such as SK_d, has the packets of
// Child SAs for a proof.
var supposedKinds = []struct {
	kind  Kind
	alone bool
}{
	{SKei, true}, {SKer, true}, {DHSecret, true}, {SKEYSEED, true}, {EncKey, true}, {SKEYIDe, true},
	{SKd, false}, {ChildDHSecret, false}, {SKEYIDd, false}, {QMDHSecret, false},
}

// Supposed is a bag with each number as each of the keys that it may be, and the pre-shared keys that may go with one; nil without numbers.
func (b *Bag) Supposed() *Bag {
	if b == nil || len(b.Numbers) == 0 {
		return nil
	}
	out, group := new(Bag), 0
	for _, s := range b.Secrets {
		if s.Kind == PSK || s.Kind == PPK {
			out.Add(s)
		}
	}
	for _, n := range b.Numbers {
		for _, k := range supposedKinds {
			s := Secret{Kind: k.kind, Value: n.Value, Origin: n.Origin}
			if k.alone {
				group++
				s.Group = group
			}
			out.Add(s)
		}
	}
	return out
}
