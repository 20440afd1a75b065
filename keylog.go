package ikedecode

import (
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// KeyLog returns everything that is known and proved, bound to the SAs that it belongs to: what a key log needs to open the
// same traffic in any part of the capture. It is complete after Run. With all set, keys that nothing has proved are in it
// too.
func (s *Session) KeyLog(all bool) *secret.Bag {
	bag := &secret.Bag{}
	for _, sa := range s.SAs {
		addIKE(bag, sa, all)
	}
	for _, sa := range s.Table.SAs() {
		if sa.AnySPI || (sa.Protocol != esp.IPComp && !all && !sa.Proven()) {
			continue
		}
		p := sa.Params
		if n := sa.ICVLength(); n != 0 && p.MAC != nil && n != p.MAC.ICVLen {
			p.ICVLen = n // the truncation that the traffic has shown
		}
		bag.SAs = append(bag.SAs, p)
	}
	return bag
}

// addIKE adds the keys of an IKE SA and of its Quick Modes; with all set, those of IKEv2 that nothing has proved, too.
func addIKE(bag *secret.Bag, sa *ikesa.SA, all bool) {
	at := secret.Where{Initiator: sa.Initiator, Responder: sa.Responder}
	k := sa.Keys
	add := func(kind secret.Kind, w secret.Where, value []byte) {
		if len(value) > 0 {
			bag.Add(secret.Secret{Kind: kind, Where: w, Value: value})
		}
	}
	for i, g := range sa.Generations {
		if g.Unproven && !all {
			continue
		}
		group := 0
		if len(sa.Generations) > 1 {
			group = i + 1
		}
		addGeneration(bag, at, group, g)
	}
	add(secret.PSK, secret.Where{}, k.PSK)
	add(secret.EAPMSK, at, k.MSK)
	add(secret.PPK, at, k.PPK)
	for _, x := range k.Used {
		if x.Kind == secret.DHPrivate {
			add(secret.DHPrivate, secret.Where{}, x.Value)
		}
	}
	add(secret.DHSecret, at, k.GXY)
	add(secret.SKEYID, at, k.SKEYID)
	add(secret.SKEYIDd, at, k.D)
	add(secret.SKEYIDa, at, k.A)
	add(secret.SKEYIDe, at, k.E)
	add(secret.EncKey, at, k.Ka)
	for _, c := range sa.Children {
		w := at
		w.MessageID = c.MessageID
		kind := secret.QMDHSecret
		if c.Version == 2 {
			kind = secret.ChildDHSecret
		}
		add(kind, w, c.GXY)
		for _, x := range c.More {
			add(kind, w, x)
		}
	}
}

// addGeneration adds the keys of one generation of an IKEv2 SA. Where there are several, those of one share a group.
func addGeneration(bag *secret.Bag, at secret.Where, group int, g ikesa.Generation) {
	var all []secret.Secret
	for _, x := range []struct {
		kind  secret.Kind
		value []byte
	}{
		{secret.SKEYSEED, g.SKEYSEED}, {secret.SKd, g.D}, {secret.SKai, g.AI}, {secret.SKar, g.AR},
		{secret.SKei, g.EI}, {secret.SKer, g.ER}, {secret.SKpi, g.PI}, {secret.SKpr, g.PR},
	} {
		if len(x.value) > 0 {
			all = append(all, secret.Secret{Kind: x.kind, Where: at, Value: x.value, Group: group})
		}
	}
	bag.Add(all...)
}
