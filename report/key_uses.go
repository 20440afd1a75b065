package report

import (
	"bytes"
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// Keys lists the secrets of the session, and what each of them is good for in its captures.
func (x *Reading) Keys(show bool, files ...string) *Keys {
	b := x.Session.Bag
	k := NewKeys(b, show, files...)
	k.Captured = true
	uses, masked := newKeyUses(x), k.Secrets.at
	k.Secrets.at = func(i int) KeyEntry {
		e := masked(i)
		if i < len(b.Secrets) {
			uses.secret(&e, &b.Secrets[i])
		} else {
			uses.sa(&e, &b.SAs[i-len(b.Secrets)])
		}
		return e
	}
	return k
}

// keyUses are what the SAs of a session use, by what names it.
type keyUses struct {
	x      *Reading
	proofs map[provenKey][]provenUse
	used   map[provenKey]*ikesa.SA
	spis   map[decode.SPI]*ikesa.SA // by the initiator's
	table  map[givenSA][]*esp.SA
	ivs    map[secret.Origin]provenUse
}

type provenKey struct {
	kind   secret.Kind
	origin secret.Origin
}

type provenUse struct {
	sa    *ikesa.SA
	proof ikesa.Proof
}

type givenSA struct {
	source esp.Source
	spi    uint32
}

func newKeyUses(x *Reading) *keyUses {
	u := &keyUses{x: x, ivs: make(map[secret.Origin]provenUse), proofs: make(map[provenKey][]provenUse), used: make(map[provenKey]*ikesa.SA), spis: make(map[decode.SPI]*ikesa.SA), table: make(map[givenSA][]*esp.SA)}
	for _, sa := range x.Session.SAs {
		u.spis[sa.Initiator] = sa
		for _, p := range sa.Proofs {
			k := provenKey{p.Of, p.Origin}
			u.proofs[k] = append(u.proofs[k], provenUse{sa, p})
		}
		for _, m := range sa.Messages {
			if from := m.IV.Given; from != (secret.Origin{}) {
				p := ikesa.Proof{Of: secret.IV, Origin: from, By: ikesa.ByChain, Frame: m.Frame}
				if m.Hash.OK {
					p.By, p.Hash = ikesa.ByHash, m.Hash.Name
				}
				u.ivs[from] = provenUse{sa, p}
			}
		}
		used := sa.Keys.Used
		for i := range sa.Generations {
			used = append(used[:len(used):len(used)], sa.Generations[i].Used...)
		}
		for _, s := range used {
			u.used[provenKey{s.Kind, s.Origin}] = sa
		}
	}
	for _, sa := range x.Session.Table.SAs() {
		for _, source := range sa.From() {
			k := givenSA{source, sa.SPI}
			u.table[k] = append(u.table[k], sa)
		}
	}
	return u
}

// secret says what uses a secret of IKE. An ICV proves the authentication key, and what that comes from, alone.
func (u *keyUses) secret(e *KeyEntry, s *secret.Secret) {
	switch {
	case s.Kind.IsAKA():
		u.aka(e, s)
		return
	case s.Kind == secret.IV:
		u.iv(e, s)
		return
	}
	k := provenKey{s.Kind, s.Origin}
	for _, use := range u.proofs[k] {
		if e.SA == "" {
			e.SA = nameOf(use.sa)
		}
		if nameOf(use.sa) != e.SA || !use.proof.By.Proved() {
			continue
		}
		if p, ok := ownProof(use.sa, s, use.proof); ok {
			e.Proofs = append(e.Proofs, keyProof(p))
		}
	}
	if len(e.Proofs) == 0 {
		u.childSecret(e, s)
	}
	if e.SA == "" {
		u.equalSecret(e, s)
	}
	switch sa := u.used[k]; {
	case len(e.Proofs) > 0:
		e.Use = UseVerified
	case e.SA != "" || sa != nil:
		if e.SA == "" {
			e.SA = nameOf(sa)
		}
		e.Use, e.Why = UseUnproven, "used with keys of the same source that are verified"
	case u.spis[s.Where.Initiator] != nil && !s.Where.Initiator.IsZero():
		e.SA = nameOf(u.spis[s.Where.Initiator])
		e.Use, e.Why = UseNone, "its IKE SA is in the capture, and does not use it"
	default:
		e.Use, e.Why = UseNone, "nothing in the capture uses it"
	}
}

// iv says which message begins with an IV.
func (u *keyUses) iv(e *KeyEntry, s *secret.Secret) {
	use, ok := u.ivs[s.Origin]
	if !ok {
		e.Use, e.Why = UseNone, "no message in the capture begins with it"
		return
	}
	e.Use, e.SA = UseVerified, nameOf(use.sa)
	e.Proofs = []KeyProof{keyProof(use.proof)}
}

// aka says which registration uses a key of IMS-AKA.
func (u *keyUses) aka(e *KeyEntry, s *secret.Secret) {
	for _, r := range u.x.Session.IMS {
		if !r.Uses(s) {
			continue
		}
		e.Use, e.SA = UseVerified, r.SetUpBy()
		p := KeyProof{Kind: ikesa.ByTraffic.String(), Frame: r.Frame, Text: fmt.Sprintf("the ICV of ESP 0x%08x in frame %d", r.SPI, r.Frame)}
		if s.Kind == secret.AKACK && r.Apart() {
			p.Kind, p.Text = "inner header", fmt.Sprintf("padding and inner headers of ESP 0x%08x from frame %d on", r.SPI, r.Frame)
		}
		e.Proofs = []KeyProof{p}
		return
	}
	e.Use, e.Why = UseNone, "nothing in the capture uses it"
	if len(u.x.Session.IMS) > 0 {
		e.Why = "no registration in the capture uses it"
	}
}

// ownProof is the proof of a set of keys as far as it is one of the key itself; ok is false where it is none: of several keys that are printed
// together an ICV shows nothing of those for other purposes.
func ownProof(sa *ikesa.SA, s *secret.Secret, p ikesa.Proof) (own ikesa.Proof, ok bool) {
	switch s.Kind {
	case secret.SKai, secret.SKar, secret.SKei, secret.SKer:
		own = sideProof(sa, s)
		return own, own.Frame != 0
	case secret.SKd, secret.SKEYIDd, secret.SKpi, secret.SKpr:
		return p, p.By == ikesa.ByTraffic || p.By == ikesa.ByAuth
	}
	return p, true
}

func keyProof(p ikesa.Proof) KeyProof {
	text := words.Evidence(p)
	if p.By == ikesa.ByChain {
		text = fmt.Sprintf("the payload chain from frame %d on", p.Frame)
	}
	return KeyProof{Kind: p.By.String(), Frame: p.Frame, Text: text}
}

// equalSecret looks for a secret that equals a key which was derived from others: it is as sure as what it decrypts or verifies.
func (u *keyUses) equalSecret(e *KeyEntry, s *secret.Secret) {
	sa := u.spis[s.Where.Initiator]
	if sa == nil {
		return
	}
	k := &sa.Keys
	value := map[secret.Kind][]byte{secret.SKEYID: k.SKEYID, secret.SKEYIDd: k.D, secret.SKEYIDa: k.A, secret.SKEYIDe: k.E, secret.EncKey: k.Ka}[s.Kind]
	for i := range sa.Generations {
		if own := keyOf(&sa.Generations[i].IKEv2Keys, s.Kind); bytes.Equal(own, s.Value) {
			value = own
		}
	}
	if len(value) == 0 || !bytes.Equal(value, s.Value) {
		return
	}
	e.SA = nameOf(sa)
	if p := provedByMessages(sa, s); p.Frame != 0 {
		e.Proofs = append(e.Proofs, keyProof(p))
	}
}

// sideProof is what the messages of the side whose key it is prove of SK_a or SK_e; its frame is 0 where none of them was decrypted with it.
func sideProof(sa *ikesa.SA, s *secret.Secret) ikesa.Proof {
	initiator := s.Kind == secret.SKai || s.Kind == secret.SKei
	by := ikesa.ByICV
	if c := sa.Policy.Cipher; (s.Kind == secret.SKei || s.Kind == secret.SKer) && c != nil && !c.AEAD {
		by = ikesa.ByChain
	}
	for _, m := range sa.Messages {
		if m.State == ikesa.Clear || m.State == ikesa.Closed || m.FromInitiator != initiator || m.Generation >= len(sa.Generations) {
			continue
		}
		if g := &sa.Generations[m.Generation].IKEv2Keys; bytes.HasPrefix(keyOf(g, s.Kind), s.Value) {
			return ikesa.Proof{Of: s.Kind, By: by, Frame: m.Frame}
		}
	}
	return ikesa.Proof{}
}

// keyOf is a key of an IKEv2 SA by its kind.
func keyOf(g *keys.IKEv2Keys, kind secret.Kind) []byte {
	return map[secret.Kind][]byte{secret.SKd: g.D, secret.SKai: g.AI, secret.SKar: g.AR, secret.SKei: g.EI, secret.SKer: g.ER, secret.SKpi: g.PI, secret.SKpr: g.PR}[kind]
}

// provedByMessages is the proof that the messages of an SA have for a key of theirs; its frame is 0 where there is none.
func provedByMessages(sa *ikesa.SA, s *secret.Secret) (p ikesa.Proof) {
	kind := s.Kind
	switch kind {
	case secret.SKai, secret.SKar, secret.SKei, secret.SKer:
		return sideProof(sa, s)
	}
	for _, m := range sa.Messages {
		switch {
		case m.State == ikesa.Clear || m.State == ikesa.Closed:
		case kind == secret.SKEYIDe || kind == secret.EncKey:
			return ikesa.Proof{Of: kind, By: ikesa.ByChain, Frame: m.Frame}
		case kind == secret.SKEYIDa && m.Hash.OK && m.Hash.Name >= ikesa.Hash1 && m.Hash.Name <= ikesa.Hash3, kind == secret.SKEYID && m.Hash.OK:
			return ikesa.Proof{Of: kind, By: ikesa.ByHash, Hash: m.Hash.Name, Frame: m.Frame}
		}
	}
	return p
}

// childSecret looks for a secret in what the keys of Child SAs come from, and in AUTH payloads.
func (u *keyUses) childSecret(e *KeyEntry, s *secret.Secret) {
	for _, sa := range u.x.Session.SAs {
		switch s.Kind {
		case secret.SKpi, secret.SKpr:
			for i := range sa.Auth {
				a := &sa.Auth[i]
				if a.OK && a.With != ikesa.WithPublicKey && a.Initiator == (s.Kind == secret.SKpi) && opens(sa, a.Frame, s) {
					e.SA, e.Proofs = nameOf(sa), []KeyProof{{Kind: ikesa.ByAuth.String(), Frame: a.Frame, Text: fmt.Sprintf("AUTH in frame %d", a.Frame)}}
					return
				}
			}
		case secret.SKd, secret.SKEYIDd, secret.QMDHSecret, secret.ChildDHSecret, secret.DHSecret:
			if proof := provedByChild(sa, s.Value); proof != nil {
				e.SA, e.Proofs = nameOf(sa), []KeyProof{*proof}
				return
			}
		}
	}
}

// opens reports whether a secret is of the generation of keys that decrypted the message of a frame.
func opens(sa *ikesa.SA, frame int, s *secret.Secret) bool {
	for _, m := range sa.Messages {
		if m.Frame == frame && m.Generation < len(sa.Generations) {
			return bytes.Equal(keyOf(&sa.Generations[m.Generation].IKEv2Keys, s.Kind), s.Value)
		}
	}
	return false
}

// provedByChild is the proof of what the keys of a Child SA come from; nil where there is none.
func provedByChild(sa *ikesa.SA, value []byte) *KeyProof {
	for _, c := range sa.Children {
		for _, d := range c.SAs {
			if !d.Proved || len(d.From) != 1 {
				continue
			}
			if f := d.From[0]; bytes.Equal(f.D, value) || bytes.Equal(f.GXY, value) {
				return &KeyProof{Kind: ikesa.ByTraffic.String(), Text: fmt.Sprintf("the ICV of packets of SPI 0x%08x", d.SPI)}
			}
		}
	}
	return nil
}

// sa says what uses the keys of an IPsec SA.
func (u *keyUses) sa(e *KeyEntry, p *esp.Params) {
	var own *esp.SA
	for _, sa := range u.table[givenSA{p.Source, p.SPI}] {
		if sa.Cipher == p.Cipher && sa.MAC == p.MAC && (p.NoSalt || bytes.Equal(sa.CipherKey, p.CipherKey)) && bytes.Equal(sa.MACKey, p.MACKey) {
			if own == nil || sa.Stats().Packets > own.Stats().Packets {
				own = sa
			}
		}
	}
	if own == nil {
		e.Use, e.Why = UseNone, "nothing in the capture uses it"
		return
	}
	st := own.Stats()
	e.SA = fmt.Sprintf("%v %s", own.Protocol, spiString(own.Protocol, own.SPI))
	if ref := u.x.Child(negotiation.KeyOf(own)); ref.Child != nil {
		e.SA += " of " + nameOf(ref.SA)
	}
	fault, _ := own.KeyFault()
	switch {
	case st.Packets == 0:
		e.Use, e.Why = UseNone, "no packet of this SPI needs it"
	case fault != esp.NoKeyFault:
		e.Use, e.Why = UseWrong, "the "+keyFaults[fault]+" is wrong"
	case !st.Proven && st.ICVFailures > 0:
		e.Use, e.Why = UseWrong, "no ICV of "+words.Count(st.Packets, "packet")+" is correct"
	case !st.Proven:
		e.Use, e.Why = UseUnproven, "nothing verifies it"
	default:
		e.Use, e.Proofs = UseVerified, espProofs(own, &st)
		if !own.CipherProved() {
			e.Why = "too few packets to verify the encryption key"
		}
	}
}

// espProofs are what packets prove of the keys of an SA.
func espProofs(sa *esp.SA, st *esp.Stats) (list []KeyProof) {
	packets := words.Count(st.Opened, "packet")
	combined := sa.Cipher != nil && sa.Cipher.AEAD
	if sa.Checked() {
		p := KeyProof{Of: "authentication key", Kind: ikesa.ByTraffic.String(), Frame: st.First.Frame, Text: "the ICV of " + packets}
		if combined {
			p.Of = ""
		}
		list = append(list, p)
	}
	if sa.Protocol == esp.ESP && !combined && sa.Cipher != nil && !sa.Cipher.Null() && sa.CipherProved() {
		p := KeyProof{Of: "encryption key", Kind: "inner header", Frame: st.First.Frame, Text: "padding and inner headers of " + packets}
		if sa.Derived && !sa.Weighed() && sa.Checked() {
			p.Kind, p.Text = "key schedule", "the key schedule that gave both"
		}
		list = append(list, p)
	}
	return list
}
