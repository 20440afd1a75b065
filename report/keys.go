package report

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// Keys is what files of secrets hold.
type Keys struct {
	Formats  []KeyFormat `json:"formats"`
	Secrets  KeyList     `json:"secrets"`
	Unread   []UnreadKey `json:"not_understood,omitempty"`
	Warnings []string    `json:"warnings,omitempty"`

	Captured bool `json:"-"` // captures were given: each secret says what uses it
	Shown    bool `json:"-"` // the values are not masked
}

// A KeyList is a list of secrets, each made when it is asked for: there may be millions. In JSON it is an array. The zero value is empty.
type KeyList struct {
	n  int
	at func(i int) KeyEntry
}

// KeyListOf is a list of some secrets.
func KeyListOf(entries ...KeyEntry) KeyList {
	return KeyList{len(entries), func(i int) KeyEntry { return entries[i] }}
}

// Len is how many there are.
func (l KeyList) Len() int { return l.n }

// At is the secret at i, from 0.
func (l KeyList) At(i int) KeyEntry { return l.at(i) }

// MarshalJSON makes the array as a whole; Document.Write doesn't.
func (l KeyList) MarshalJSON() ([]byte, error) {
	list := make([]KeyEntry, l.n)
	for i := range list {
		list[i] = l.at(i)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // that is for the encoder that this is called by
	err := enc.Encode(list)
	return b.Bytes(), err
}

// A KeyFormat is a format that was recognised in a file.
type KeyFormat struct {
	File   string `json:"file"`
	Format string `json:"format"`
	Count  int    `json:"count"` // values found; a format can be recognised and hold none

	Keyless  int       `json:"sas_without_keys,omitempty"`
	Redacted int       `json:"redacted,omitempty"` // values that were taken out
	Lacks    []KeyLack `json:"lacks,omitempty"`
	Advice   string    `json:"advice,omitempty"` // what to do where there is no key in it
}

// A KeyLack is what a source never prints.
type KeyLack struct {
	Of   string `json:"of"` // "ike", "ikev1-phase1", "ipsec", "authentication"
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// A KeyEntry is one secret. Value is masked unless it was asked for.
type KeyEntry struct {
	Kind   string `json:"kind"` // as in the key log
	Where  string `json:"where"`
	Bytes  int    `json:"bytes"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
	NoSalt bool   `json:"no_salt,omitempty"` // the source leaves out the salt that belongs to the key

	File   string `json:"file,omitempty"`   // as it was given
	Member string `json:"member,omitempty"` // of the directory or archive
	Line   int    `json:"line,omitempty"`
	Label  string `json:"label,omitempty"` // how the file calls it

	// With captures: what became of it (UseVerified and the others), the SA that it belongs to, and what proves it.
	Use    string     `json:"use,omitempty"`
	SA     string     `json:"sa,omitempty"`
	Proofs []KeyProof `json:"proofs,omitempty"`
	Why    string     `json:"why,omitempty"` // nothing proves it
}

// What became of a secret.
const (
	UseVerified = "verified"
	UseUnproven = "unverified" // an SA uses it, and nothing verifies it by itself
	UseWrong    = "wrong"      // its SA is in the capture, and it does not decrypt or verify it
	UseNone     = "unused"     // nothing in the capture uses it
)

// A KeyProof is what proves a key.
type KeyProof struct {
	Of    string `json:"of,omitempty"` // of an IPsec SA: "authentication key", "encryption key"
	Kind  string `json:"kind"`         // "HASH", "ICV", "AUTH", "public value", "payload chain", "inner header"
	Frame int    `json:"frame,omitempty"`
	Text  string `json:"text"`
}

// An UnreadKey is a line with what looks like a key in a form that no source has.
type UnreadKey struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// NewKeys lists what a bag holds, which must not change while the list is in use; show puts the values in. Members of archives and directories are told by files, as they were given.
func NewKeys(b *secret.Bag, show bool, files ...string) *Keys {
	k := &Keys{Formats: []KeyFormat{}, Shown: show}
	for _, f := range b.Formats {
		one := KeyFormat{File: f.File, Format: f.Name, Count: f.Count, Keyless: f.Keyless, Redacted: f.Redacted, Advice: f.Advice}
		for _, l := range f.Lacks {
			one.Lacks = append(one.Lacks, KeyLack{l.Of.String(), l.Text, l.Advice})
		}
		k.Formats = append(k.Formats, one)
	}
	k.Secrets = KeyList{b.Len(), func(i int) KeyEntry {
		l := b.Listing(i, show)
		e := KeyEntry{Kind: l.Kind, Where: l.Where, Bytes: l.Bytes, Value: l.Value, Origin: l.Origin, NoSalt: l.NoSalt}
		if i < len(b.Secrets) {
			e.place(b.Secrets[i].Origin, files)
		} else {
			e.place(secret.OriginOf(b.SAs[i-len(b.Secrets)].Source), files)
		}
		return e
	}}
	for _, u := range b.Unread {
		k.Unread = append(k.Unread, UnreadKey{u.File, u.Line, fmt.Sprintf("%d bytes of hex beside %q, in a form that is not known", u.Bytes, u.Near)})
	}
	for _, w := range b.Warnings {
		k.Warnings = append(k.Warnings, w.String())
	}
	return k
}

// place says where a secret was found.
func (e *KeyEntry) place(o secret.Origin, files []string) {
	e.File, e.Member = o.In(files)
	e.Line, e.Label = o.Line, o.Label
}

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
	u := &keyUses{x: x, proofs: make(map[provenKey][]provenUse), used: make(map[provenKey]*ikesa.SA), spis: make(map[decode.SPI]*ikesa.SA), table: make(map[givenSA][]*esp.SA)}
	for _, sa := range x.Session.SAs {
		u.spis[sa.Initiator] = sa
		for _, p := range sa.Proofs {
			k := provenKey{p.Of, p.Origin}
			u.proofs[k] = append(u.proofs[k], provenUse{sa, p})
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

// ownProof is the proof of a set of keys as far as it is one of the key itself; ok is false where it is none: of several keys that are printed
// together an ICV shows nothing of those for other purposes.
func ownProof(sa *ikesa.SA, s *secret.Secret, p ikesa.Proof) (own ikesa.Proof, ok bool) {
	switch s.Kind {
	case secret.SKei, secret.SKer:
		if p.By == ikesa.ByICV && sa.Policy.Cipher != nil && !sa.Policy.Cipher.AEAD {
			p.By, p.Messages = ikesa.ByChain, 0
		}
		return p, true
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
		g := &sa.Generations[i].IKEv2Keys
		for _, own := range []struct {
			kind secret.Kind
			key  []byte
		}{{secret.SKd, g.D}, {secret.SKai, g.AI}, {secret.SKar, g.AR}, {secret.SKei, g.EI}, {secret.SKer, g.ER}, {secret.SKpi, g.PI}, {secret.SKpr, g.PR}} {
			if own.kind == s.Kind && bytes.Equal(own.key, s.Value) {
				value = own.key
			}
		}
	}
	if len(value) == 0 || !bytes.Equal(value, s.Value) {
		return
	}
	e.SA = nameOf(sa)
	if p := provedByMessages(sa, s.Kind); p.Frame != 0 {
		e.Proofs = append(e.Proofs, keyProof(p))
	}
}

// provedByMessages is the proof that the messages of an SA have for a key of theirs; its frame is 0 where there is none.
func provedByMessages(sa *ikesa.SA, kind secret.Kind) (p ikesa.Proof) {
	for _, m := range sa.Messages {
		switch {
		case m.State == ikesa.Clear || m.State == ikesa.Closed:
		case kind == secret.SKEYIDe || kind == secret.EncKey || kind == secret.SKei || kind == secret.SKer:
			return ikesa.Proof{Of: kind, By: ikesa.ByChain, Frame: m.Frame}
		case kind == secret.SKai || kind == secret.SKar:
			return ikesa.Proof{Of: kind, By: ikesa.ByICV, Frame: m.Frame}
		case kind == secret.SKEYIDa && m.Hash.OK && m.Hash.Name >= ikesa.Hash1 && m.Hash.Name <= ikesa.Hash3:
			return ikesa.Proof{Of: kind, By: ikesa.ByHash, Hash: m.Hash.Name, Frame: m.Frame}
		case kind == secret.SKEYID && m.Hash.OK:
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
				if a.OK && a.With != ikesa.WithPublicKey && a.Initiator == (s.Kind == secret.SKpi) && u.used[provenKey{s.Kind, s.Origin}] == sa {
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
		text := "padding and inner headers of " + packets
		if sa.Derived && !sa.Weighed() && sa.Checked() {
			text = "the key schedule that gave both"
		}
		list = append(list, KeyProof{Of: "encryption key", Kind: "inner header", Frame: st.First.Frame, Text: text})
	}
	return list
}

// UseText says what proves a secret, or that nothing does.
func (e *KeyEntry) UseText() []string {
	var list []string
	for _, p := range e.Proofs {
		if p.Of != "" {
			list = append(list, p.Of+": "+p.Text)
		} else {
			list = append(list, p.Text)
		}
	}
	if e.Why != "" {
		list = append(list, e.Why)
	}
	return list
}

// Text is the source as a line: what it has, and what it never has.
func (f *KeyFormat) Text() string {
	s := fmt.Sprintf("%s: %s, %s", f.File, f.Format, words.Count(f.Count, "value"))
	if f.Keyless > 0 {
		s += fmt.Sprintf("; %s without keys", words.Count(f.Keyless, "SA"))
	}
	if f.Redacted > 0 {
		s += fmt.Sprintf("; %d redacted", f.Redacted)
	}
	if f.Advice != "" {
		s += ": " + f.Advice
	}
	for _, l := range f.Lacks {
		s += "; " + l.Text
		if l.Hint != "" {
			s += ": " + l.Hint
		}
	}
	return s
}
