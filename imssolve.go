package ikedecode

import (
	"bytes"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Nobody has to say which CK and IK belong to which registration: the ICV of a packet proves IK whatever is encrypted, and with it what the packet
// decrypts to proves CK.

const (
	maxIMSTrials   = 1 << 21 // ICVs computed for all registrations
	maxIMSPackets  = 8       // of a registration that no IK was correct for
	maxIMSKeys     = 512     // sets of keys of a registration, of which a packet tries each
	fewIMSKeys     = 16      // that go into the table where nothing tells which is correct
	wrongIMSKeys   = 2       // where packets have refuted all: one tells why, another that there are more
	maxIMSPacket   = 1 << 16
	lastIMSPackets = 64 // of a registration whose CK nothing proves
)

// open decrypts a packet of a registration with the keys that are correct, and finds them first.
func (t *imsTracker) open(r *IMSRegistration, p *esp.Packet) (o esp.Opened, ok bool) {
	if r.found == nil && r.tried < lastIMSPackets && !t.try(r, p) {
		return o, false
	}
	if r.table == nil {
		return o, false
	}
	o, err := r.table.Open(p, &t.scratch)
	if err != nil || o.SA == nil {
		r.tried++
		return o, false
	}
	if r.found == nil {
		t.prove(r, o.SA, p)
	}
	return o, true
}

// try makes the table of a registration: of all keys that a packet does not refute.
func (t *imsTracker) try(r *IMSRegistration, p *esp.Packet) bool {
	if r.table != nil {
		return true
	}
	sets := t.sets(r, p)
	if len(sets) == 0 {
		if r.tried++; r.tried < maxIMSPackets && len(t.iks) > 0 {
			return false
		}
		k := r.keyless()
		if k == nil {
			r.tried = lastIMSPackets
			return false
		}
		sets = append(sets, k)
	}
	r.fits = sets
	if k := sets[0]; k.ik != nil && k.offer.suite.MAC != nil {
		r.Proved, r.Frame, r.SPI = []secret.Secret{*k.ik}, p.Frame, spiOf(p)
	}
	r.table = esp.NewTable()
	for _, k := range sets {
		for _, q := range r.params(k) {
			_, _ = r.table.Add(q) // one that cannot be added decrypts nothing
		}
	}
	return true
}

// prove keeps the keys of the SA that decrypted a packet, once it is sure.
func (t *imsTracker) prove(r *IMSRegistration, sa *esp.SA, p *esp.Packet) {
	for _, k := range r.fits {
		i := slices.IndexFunc(r.params(k), func(q esp.Params) bool {
			return q.SPI == sa.SPI && q.Cipher == sa.Cipher && q.MAC == sa.MAC && bytes.Equal(q.CipherKey, sa.CipherKey) && bytes.Equal(q.MACKey, sa.MACKey)
		})
		if i < 0 || !sa.CipherProved() && len(r.fits) > 1 && !sa.Cipher.Null() {
			continue
		}
		r.found = k
		if sa.Checked() && sa.Proven() {
			r.Proved, r.Frame, r.SPI = nil, p.Frame, sa.SPI
			for _, s := range []*secret.Secret{k.ck, k.ik} {
				if s != nil {
					r.Proved = append(r.Proved, *s)
				}
			}
		}
		return
	}
}

// sets are the keys that a packet does not refute; p nil: all.
func (t *imsTracker) sets(r *IMSRegistration, p *esp.Packet) (list []*imsKeys) {
	for i := range r.offers {
		o := &r.offers[i]
		s := &o.suite
		none := []*secret.Secret{nil}
		iks, cks := none, none
		if s.NeedsIK() {
			iks = refs(t.iks)
		}
		if s.MAC != nil && p != nil {
			iks = slices.DeleteFunc(iks, func(ik *secret.Secret) bool { return !t.fits(o, ik, p) })
		}
		for _, ik := range iks {
			if s.NeedsCK() {
				cks = t.near(ik)
			}
			for _, ck := range cks {
				if len(list) >= maxIMSKeys {
					return list
				}
				list = append(list, &imsKeys{o, ck, ik})
			}
		}
	}
	return list
}

// fits reports whether the ICV of a packet is that of an IK.
func (t *imsTracker) fits(o *imsOffer, ik *secret.Secret, p *esp.Packet) bool {
	m := o.suite.MAC
	n := len(p.Payload) - m.ICVLen
	if n <= 0 || n > maxIMSPacket || t.trials >= maxIMSTrials {
		return false
	}
	t.trials++
	h := m.New(o.suite.Integrity(ik.Value))
	h.Write(p.Payload[:n])
	return bytes.Equal(h.Sum(nil)[:m.ICVLen], p.Payload[n:])
}

func refs(list []secret.Secret) []*secret.Secret {
	all := make([]*secret.Secret, len(list))
	for i := range list {
		all[i] = &list[i]
	}
	return all
}

// near are all CKs, the one that stands with ik first.
func (t *imsTracker) near(ik *secret.Secret) []*secret.Secret {
	all := refs(t.cks)
	if ik != nil {
		slices.SortStableFunc(all, func(a, b *secret.Secret) int { return apart(a, ik) - apart(b, ik) })
	}
	return all
}

// apart is 0 for keys that stand together, 1 for those of one source, 2 for others.
func apart(ck, ik *secret.Secret) int {
	switch {
	case ck.Group != 0 && ck.Group == ik.Group, ck.Group == 0 && ck.Origin == ik.Origin:
		return 0
	case ck.Origin.File == ik.Origin.File:
		return 1
	}
	return 2
}

// results are the SAs of a registration for the second pass.
func (t *imsTracker) results(r *IMSRegistration) (list []esp.Params) {
	sets := r.fits
	switch {
	case r.found != nil:
		sets = []*imsKeys{r.found}
	case len(sets) == 0 && r.keyless() != nil && (len(t.iks) == 0 || r.tried > 0):
		sets = []*imsKeys{r.keyless()}
	case len(sets) == 0 && r.tried > 0:
		if r.Refuted = len(t.iks) > 0; len(t.registrations) > len(t.iks) {
			return nil // those given are of other registrations
		}
		sets = t.sets(r, nil)
		sets = sets[:min(len(sets), wrongIMSKeys)]
	case len(sets) == 0:
		if sets = t.sets(r, nil); len(sets) > fewIMSKeys {
			return nil // and no packet needs them
		}
	}
	for _, k := range sets[:min(len(sets), fewIMSKeys)] {
		list = append(list, r.params(k)...)
	}
	return list
}

// endIMS puts the SAs of registrations into the table, and the keys that the capture itself has into the bag.
func (s *Session) endIMS() {
	s.ims.finish()
	s.IMS = s.ims.registrations
	for _, list := range [][]secret.Secret{s.ims.cks, s.ims.iks} {
		for _, x := range list {
			if x.Origin.File == "" {
				s.Bag.Add(x)
			}
		}
	}
	for _, r := range s.IMS {
		for _, p := range s.ims.results(r) {
			if _, err := s.Table.Add(p); err != nil {
				s.Problems = append(s.Problems, err.Error())
			}
		}
		r.table, r.fits = nil, nil
	}
}
