package ike

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// An Offer is what an SA payload proposes, or, of a response, what it accepts: of IKEv1 (RFC 2408, section 3.5) and of IKEv2 (RFC 7296,
// section 3.3). Everything is in wire order.
type Offer struct {
	Version   Version
	Proposals []Proposal
}

// A Proposal is one protocol with the suites that will do. Of IKEv1 several with one number belong together (ESP and IPComp).
type Proposal struct {
	Number   uint8
	Protocol Protocol
	SPI      []byte // of the side that sends it; empty where there is none yet
	// Suites are alternatives: each transform payload of IKEv1; the one suite of an IKEv2 proposal.
	Suites []Suite
}

// A Suite are transforms that go together. Of those of one kind, of which IKEv2 may name several, one is to be taken.
type Suite struct {
	Number        uint8 // of IKEv1's transform payload; 0 in IKEv2
	Transforms    []Transform
	Encapsulation Encapsulation // of IKEv1's phase 2; 0 where none is named
	Life          Lifetime      // of IKEv1
	FurtherLives  []Lifetime    // those that it names besides, which count for nothing
	Other         []Attribute   // attributes of IKEv1 that are none of these
}

// A Transform is one algorithm: what it is for, and its number.
type Transform struct {
	Kind  Kind
	Space Space
	ID    uint16
	Bits  uint16 // key length in bits; 0 where none is named
}

// Kind is what a transform is for. The kinds up to 255 are the transform types of IKEv2 (RFC 7296, section 3.3.2); those that IKEv1
// alone negotiates follow.
type Kind uint16

// The kinds of transforms.
const (
	Encryption  Kind = 1
	PRF         Kind = 2
	Integrity   Kind = 3
	KeyExchange Kind = 4 // a Diffie-Hellman group; of a child: PFS
	ESN         Kind = 5
	AddKE1      Kind = 6 // additional key exchanges (RFC 9370)
	AddKE7      Kind = 12
	KeyWrap     Kind = 13 // RFC 9838
	GCAuth      Kind = 14 // RFC 9838
	HashAlg     Kind = 256
	Auth        Kind = 257 // authentication method
	Compression Kind = 258
	KeyIKE      Kind = 259 // IKEv1's one transform of phase 1
)

var kindNames = map[Kind]string{
	Encryption: "ENCR", PRF: "PRF", Integrity: "INTEG", KeyExchange: "KE", ESN: "ESN", AddKE1: "ADDKE1", 7: "ADDKE2", 8: "ADDKE3",
	9: "ADDKE4", 10: "ADDKE5", 11: "ADDKE6", AddKE7: "ADDKE7", KeyWrap: "KWA", GCAuth: "GCAUTH",
	HashAlg: "HASH", Auth: "AUTH", Compression: "COMP", KeyIKE: "KEY_IKE",
}

// String is the kind in IANA's short form, such as "ENCR", or "transform type 99".
func (k Kind) String() string { return NameOf(kindNames, k, "transform type") }

// IsAdditional reports whether the kind is one of RFC 9370's additional key exchanges.
func (k Kind) IsAdditional() bool { return k >= AddKE1 && k <= AddKE7 }

// Encapsulation is the value of IKEv1's Encapsulation Mode attribute (RFC 2407, section 4.5; RFC 3947, section 5.1, and the private
// numbers of its drafts).
type Encapsulation uint16

var encapsulationNames = map[Encapsulation]string{
	1: "tunnel", 2: "transport", 3: "UDP-tunnel", 4: "UDP-transport", 61443: "UDP-tunnel (draft)", 61444: "UDP-transport (draft)",
	61440: "UDP-tunnel (Check Point)",
}

// String is the mode, such as "UDP-tunnel", or "encapsulation mode 99".
func (e Encapsulation) String() string { return NameOf(encapsulationNames, e, "encapsulation mode") }

// Mode is the mode without what NAT makes of it.
func (e Encapsulation) Mode() Mode {
	switch e {
	case 1, 3, 61443, 61440:
		return Tunnel
	case 2, 4, 61444:
		return Transport
	}
	return NoMode
}

// UDP reports whether UDP encapsulation is asked for.
func (e Encapsulation) UDP() bool { return e == 3 || e == 4 || e == 61443 || e == 61444 || e == 61440 }

// Mode is how a child SA carries packets.
type Mode uint8

// The modes.
const (
	NoMode Mode = iota // not known
	Tunnel
	Transport
	BEET
)

// String is "tunnel", "transport", "BEET" or "".
func (m Mode) String() string { return [...]string{"", "tunnel", "transport", "BEET"}[min(m, BEET)] }

// A Lifetime is the life of an SA as IKEv1's attributes give it. 0: not given.
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

// An Attribute is a data attribute whose meaning depends on where it stands.
type Attribute struct {
	Type  uint16
	Value []byte
}

// Equal reports whether both have the same value, leading zeros apart.
func (a Attribute) Equal(o Attribute) bool {
	return a.Type == o.Type && bytes.Equal(bytes.TrimLeft(a.Value, "\x00"), bytes.TrimLeft(o.Value, "\x00"))
}

// Find returns the first transform of a kind: the one chosen, in a response.
func (s *Suite) Find(k Kind) (Transform, bool) {
	for _, t := range s.Transforms {
		if t.Kind == k {
			return t, true
		}
	}
	return Transform{}, false
}

// Same reports whether both suites have the same transforms, mode and other attributes, in whatever order. Lifetimes are left out: a
// responder may shorten them.
func (s *Suite) Same(o *Suite) bool {
	return s.Encapsulation == o.Encapsulation && s.within(o) && o.within(s)
}

func (s *Suite) within(o *Suite) bool {
	return !slices.ContainsFunc(s.Transforms, func(t Transform) bool { return !slices.Contains(o.Transforms, t) }) &&
		!slices.ContainsFunc(s.Other, func(a Attribute) bool { return !slices.ContainsFunc(o.Other, a.Equal) })
}

// TakenBy is the proposal of a response that takes this one, nil where there is none: a responder repeats its number.
func (p *Proposal) TakenBy(answer *Offer) *Proposal {
	if answer == nil {
		return nil
	}
	for i := range answer.Proposals {
		if a := &answer.Proposals[i]; a.Number == p.Number && a.Protocol == p.Protocol {
			return a
		}
	}
	return nil
}

// ChosenSuite reports whether a response of IKEv1 holds suite s of the proposal. A responder repeats the numbers and the attributes;
// some number the transforms anew or reorder attributes: then the attributes decide.
func (p *Proposal) ChosenSuite(s *Suite, answer *Offer) bool {
	if answer == nil {
		return false
	}
	for i := range answer.Proposals {
		a := &answer.Proposals[i]
		if a.Protocol != p.Protocol || a.Number != p.Number {
			continue
		}
		if slices.ContainsFunc(a.Suites, func(c Suite) bool { return c.Same(s) }) {
			return true
		}
	}
	return false
}

// ChosenTransform reports whether a response of IKEv2 holds transform t of the proposal: of a kind, an ID can be offered with several
// key lengths.
func (p *Proposal) ChosenTransform(t Transform, answer *Offer) bool {
	a := p.TakenBy(answer)
	return a != nil && slices.ContainsFunc(a.Suites, func(s Suite) bool { return slices.Contains(s.Transforms, t) })
}

// Find returns the first transform of a kind in any suite of the proposal: the one chosen, in a response.
func (p *Proposal) Find(k Kind) (Transform, bool) {
	for i := range p.Suites {
		if t, ok := p.Suites[i].Find(k); ok {
			return t, true
		}
	}
	return Transform{}, false
}

// Takes reports whether a response is inside the offer: each of its proposals is one of the offer's, with transforms of that. The
// responder's SPIs are its own.
func (o *Offer) Takes(answer *Offer) bool {
	return !slices.ContainsFunc(answer.Proposals, func(a Proposal) bool {
		return !slices.ContainsFunc(o.Proposals, func(p Proposal) bool { return p.takes(&a, o.Version) })
	})
}

// AdditionalKeyExchanges counts the additional key exchanges of a proposal (RFC 9370): those of a chosen one take place. NONE is none.
func (p *Proposal) AdditionalKeyExchanges() (n int) {
	for k := AddKE1; k <= AddKE7; k++ {
		if t, ok := p.Find(k); ok && t.ID != 0 {
			n++
		}
	}
	return n
}

func (p *Proposal) takes(a *Proposal, v Version) bool {
	if p.Number != a.Number || p.Protocol != a.Protocol || len(a.Suites) != 1 {
		return false
	}
	c := &a.Suites[0]
	return slices.ContainsFunc(p.Suites, func(s Suite) bool {
		if v == V1 {
			return s.Same(c)
		}
		return c.within(&s)
	})
}

// Equal reports whether two offers propose the same in the same order, SPIs and lifetimes left out.
func (o *Offer) Equal(x *Offer) bool {
	return slices.EqualFunc(o.Proposals, x.Proposals, func(a, b Proposal) bool {
		return a.Number == b.Number && a.Protocol == b.Protocol &&
			slices.EqualFunc(a.Suites, b.Suites, func(s, t Suite) bool { return s.Same(&t) })
	})
}

// HasAuth reports whether phase 1 is offered, or accepted, with a method of a kind.
func (o *Offer) HasAuth(kind AuthKind) bool {
	for i := range o.Proposals {
		for k := range o.Proposals[i].Suites {
			t, ok := o.Proposals[i].Suites[k].Find(Auth)
			if ok && (AuthMethod{V1, t.ID}).Kind() == kind {
				return true
			}
		}
	}
	return false
}

// Protocols are the protocols of the proposals with a number, which are to be taken together, each once.
func (o *Offer) Protocols(number uint8) (list []Protocol) {
	for _, p := range o.Proposals {
		if p.Number == number && !slices.Contains(list, p.Protocol) {
			list = append(list, p.Protocol)
		}
	}
	return list
}

// Summary is a suite of a proposal for protocol p in one line: "AES-CBC-128/SHA1/PSK/MODP-1024/15840 s" for phase 1 of IKEv1,
// "AES-CBC-128 HMAC-SHA1-96 tunnel 4200 s" for its phase 2.
func (s *Suite) Summary(p Protocol) string {
	if p == IKE {
		return s.summaryPhase1()
	}
	return s.summaryPhase2(p)
}

// lives are the lifetime, and in brackets those that do not count.
func (s *Suite) lives() string {
	text := s.Life.String()
	if len(s.FurtherLives) == 0 {
		return text
	}
	var further []string
	for _, l := range s.FurtherLives {
		further = append(further, l.String())
	}
	return text + " (then " + strings.Join(further, ", ") + ")"
}

func (s *Suite) summaryPhase1() string {
	var parts []string
	for _, k := range []Kind{Encryption, HashAlg, Auth, KeyExchange} {
		if t, ok := s.Find(k); ok {
			parts = append(parts, t.Name())
		}
	}
	if t, ok := s.Find(PRF); ok {
		parts = append(parts, "PRF "+t.Name())
	}
	return join(parts, "/", s.lives())
}

func (s *Suite) summaryPhase2(p Protocol) string {
	var parts []string
	integ, hasInteg := s.Find(Integrity)
	hasInteg = hasInteg && integ.Space == Phase2Auth
	for _, t := range s.Transforms {
		// What AH authenticates with is in the attribute; the transform ID says it again.
		if t.Space == Phase2Auth || t.Kind == KeyExchange || t.Kind == ESN || p == AH && hasInteg {
			continue
		}
		parts = append(parts, t.Name())
	}
	if hasInteg {
		parts = append(parts, integ.Name())
	}
	if s.Encapsulation != 0 {
		parts = append(parts, s.Encapsulation.String())
	}
	if t, ok := s.Find(KeyExchange); ok {
		parts = append(parts, "PFS "+t.Name())
	}
	if t, ok := s.Find(ESN); ok && t.ID == 1 {
		parts = append(parts, "ESN")
	}
	return join(parts, " ", s.lives())
}

// Kinds is a suite in one line, by the kinds of its transforms, as IKEv2 orders them: "ENCR AES-CBC-128|AES-CBC-256, INTEG HMAC-SHA1-96,
// ESN no".
func (s *Suite) Kinds() string {
	var order []Kind
	names := make(map[Kind][]string)
	for _, t := range s.Transforms {
		if _, seen := names[t.Kind]; !seen {
			order = append(order, t.Kind)
		}
		names[t.Kind] = append(names[t.Kind], t.Name())
	}
	slices.Sort(order)
	parts := make([]string, 0, len(order))
	for _, k := range order {
		parts = append(parts, k.String()+" "+strings.Join(names[k], "|"))
	}
	return strings.Join(parts, ", ")
}

// join joins the parts and, where it is not empty, a last one.
func join(parts []string, sep, last string) string {
	if last != "" {
		parts = append(parts, last)
	}
	return strings.Join(parts, sep)
}
