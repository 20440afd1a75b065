package secret

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
)

// An index finds what a bag holds, so that to add a secret costs the same however many there are.
type index struct {
	of       *Bag              // a copy of a bag does not share its index
	secrets  map[uint32]uint32 // the place in Secrets by the sum of what names a secret
	groups   int               // the largest group of Secrets
	sas      map[uint32]uint32 // the place in SAs by the sum of what names an SA
	seed     maphash.Seed
	buf      []byte
	firstOne *Secret // of Secrets and SAs as the bag left them: whoever changes them himself makes the index void
	firstSA  *esp.Params
	nSecrets int
	nSAs     int
}

// sameSecret reports whether two secrets are one, wherever they were found.
func sameSecret(a, b *Secret) bool {
	return a.Kind == b.Kind && a.Where == b.Where && bytes.Equal(a.Value, b.Value)
}

// indexed returns the index, made anew where Secrets or SAs are not as the bag left them. What is in them twice then goes.
func (b *Bag) indexed() *index {
	if b.isIndexed() {
		return b.index
	}
	secrets, sas := b.Secrets, b.SAs
	b.index = &index{of: b, sas: make(map[uint32]uint32, len(sas)), seed: maphash.MakeSeed()}
	b.Secrets, b.SAs = nil, nil
	b.index.addSecrets(secrets)
	b.index.addSAs(sas)
	return b.index
}

// Unique takes out what is there twice, as Add and Merge do, but in the arrays themselves: there may be millions of secrets and SAs.
func (b *Bag) Unique() {
	if b.isIndexed() {
		return
	}
	secrets, sas := b.Secrets, b.SAs
	b.index = &index{of: b, sas: make(map[uint32]uint32, len(sas)), seed: maphash.MakeSeed()}
	b.Secrets, b.SAs = secrets[:0], sas[:0] // each moves to the front, over those that were read
	b.index.addSecrets(secrets)
	b.index.addSAs(sas)
	b.Secrets, b.SAs = fitted(b.Secrets, len(secrets)), fitted(b.SAs, len(sas))
	b.index.firstOne, b.index.firstSA = first(b.Secrets), first(b.SAs)
}

// fitted is the front of a list that was longer, in an array that is not much larger than it.
func fitted[T any](list []T, was int) []T {
	n := len(list)
	clear(list[n:was])
	if cap(list) > n+n/8 {
		return append(make([]T, 0, n), list...)
	}
	return list
}

// isIndexed reports whether Secrets and SAs are as the bag left them.
func (b *Bag) isIndexed() bool {
	x := b.index
	return x != nil && x.of == b && x.nSecrets == len(b.Secrets) && x.nSAs == len(b.SAs) &&
		x.firstOne == first(b.Secrets) && x.firstSA == first(b.SAs)
}

func first[T any](list []T) *T {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

func (b *Bag) addSecrets(list []Secret) {
	if len(list) > 0 {
		b.indexed().addSecrets(list)
	}
}

func (b *Bag) addSAs(list []esp.Params) {
	if len(list) > 0 {
		b.indexed().addSAs(list)
	}
}

// addSecrets adds what is new in list, its groups numbered on behind those of the bag. Where a group repeats an earlier one (the logs
// of both peers), what is new in it joins the earlier group.
func (x *index) addSecrets(list []Secret) {
	b, shift := x.of, x.groups
	joins := make(map[int]int) // a group that repeats a value of an earlier one: the earlier one
	from := len(b.Secrets)
	if from == 0 {
		x.secrets, b.Secrets = make(map[uint32]uint32, len(list)), slices.Grow(b.Secrets, len(list))
	}
	for _, s := range list {
		if s.Group > 0 {
			s.Group += shift
		}
		h := x.sumSecret(&s)
		i, ok := x.secrets[h]
		for ok && !sameSecret(&b.Secrets[i], &s) { // another secret with the same sum
			h++
			i, ok = x.secrets[h]
		}
		if !ok {
			x.secrets[h] = uint32(len(b.Secrets))
			b.Secrets = append(b.Secrets, s)
			continue
		}
		if have := b.Secrets[i].Group; have > 0 && s.Group > have && joins[s.Group] == 0 {
			joins[s.Group] = have
		}
	}
	for i := from; i < len(b.Secrets); i++ {
		s := &b.Secrets[i]
		for joins[s.Group] != 0 {
			s.Group = joins[s.Group]
		}
		x.groups = max(x.groups, s.Group)
	}
	x.firstOne, x.nSecrets = first(b.Secrets), len(b.Secrets)
}

// addSAs adds the SAs of list that are new, and what they alone know to those that are not.
func (x *index) addSAs(list []esp.Params) {
	b := x.of
	for _, p := range list {
		h := x.sum(&p)
		i, ok := x.sas[h]
		for ok && !sameSA(&b.SAs[i], &p) { // another SA with the same sum
			h++
			i, ok = x.sas[h]
		}
		if ok {
			b.SAs[i] = mergeSA(b.SAs[i], p)
			continue
		}
		x.sas[h] = uint32(len(b.SAs))
		b.SAs = append(b.SAs, p)
	}
	x.firstSA, x.nSAs = first(b.SAs), len(b.SAs)
}

// sumSecret sums up what makes two secrets equal.
func (x *index) sumSecret(s *Secret) uint32 {
	w := &s.Where
	x.buf = append(append(append(x.buf[:0], byte(s.Kind)), w.Initiator[:]...), w.Responder[:]...)
	x.buf = binary.BigEndian.AppendUint32(x.buf, w.MessageID)
	x.buf = append(append(append(x.buf, w.Peer...), 0), s.Value...)
	return uint32(maphash.Bytes(x.seed, x.buf))
}

// sum sums up what names an SA and its keys.
func (x *index) sum(p *esp.Params) uint32 {
	x.buf = append(append(x.buf[:0], byte(p.Protocol)), p.CipherKey...)
	x.buf = append(x.buf, p.MACKey...)
	return uint32(maphash.Bytes(x.seed, x.buf) ^ maphash.Comparable(x.seed, saName{p.Dst, p.SPI}))
}

type saName struct {
	dst netip.Addr
	spi uint32
}

// sameSA reports whether all is equal that decides how the packets of two SAs are found and decrypted.
func sameSA(a, b *esp.Params) bool {
	return a.Protocol == b.Protocol && a.Src == b.Src && a.Dst == b.Dst && a.SPI == b.SPI && a.Cipher == b.Cipher && a.MAC == b.MAC &&
		a.ICVLen == b.ICVLen && a.NoCheck == b.NoCheck && a.ESN == b.ESN && a.IPCompAlg == b.IPCompAlg &&
		(a.TCP == b.TCP || a.TCP != nil && b.TCP != nil && *a.TCP == *b.TCP) &&
		bytes.Equal(a.CipherKey, b.CipherKey) && bytes.Equal(a.MACKey, b.MACKey)
}
