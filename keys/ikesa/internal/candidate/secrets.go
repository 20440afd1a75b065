// Package candidate finds the secrets in a bag that may belong to one IKE SA, and the DH secrets that follow from them. The solvers of
// both versions of IKE use it.
package candidate

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A Pool is a bag of secrets, in order so that an IKE SA need not look at those of all others, with what was computed from them. Its
// lists are places in the bag, in the bag's order.
type Pool struct {
	bag     *secret.Bag
	bound   index[decode.SPI]     // by the initiator's SPI that a secret is bound to
	free    map[secret.Kind][]int // not bound to an initiator's SPI
	printed index[together]       // by what was printed together
	ivs     index[message]        // those of IKEv1 messages, which may be many
	places  map[fact]int
	sorted  int // how many of the bag's secrets are in these
	publics map[publicKey][]byte
}

// together names values of one key schedule in one file.
type together struct {
	file  string
	group int
}

// A message names the exchange of an IV by what it is bound to; without an initiator's SPI it may be of any SA.
type message struct {
	initiator decode.SPI
	id        uint32
}

// A fact names a secret of the bag.
type fact struct {
	kind  secret.Kind
	where secret.Where
	value string
}

// A publicKey names the public value of one private value in one group.
type publicKey struct {
	group   *alg.Group
	private string
}

// NewPool makes a pool of the secrets in bag, which may be nil and may get more as long as it loses none.
func NewPool(bag *secret.Bag) *Pool {
	if bag == nil {
		bag = &secret.Bag{}
	}
	p := &Pool{bag: bag, publics: make(map[publicKey][]byte), free: make(map[secret.Kind][]int)}
	p.bound, p.printed, p.ivs = newIndex(p.initiator), newIndex(p.together), newIndex(p.message)
	return p
}

func (p *Pool) initiator(place int) decode.SPI { return p.bag.Secrets[place].Where.Initiator }

func (p *Pool) together(place int) together {
	x := &p.bag.Secrets[place]
	return together{x.Origin.File, x.Group}
}

func (p *Pool) message(place int) message {
	x := &p.bag.Secrets[place]
	return message{x.Where.Initiator, x.Where.MessageID}
}

// sort puts in order what is new in the bag.
func (p *Pool) sort() {
	from := p.sorted
	p.places, p.sorted = nil, len(p.bag.Secrets)
	var bound, printed, ivs []int
	for i := from; i < p.sorted; i++ {
		x := &p.bag.Secrets[i]
		if x.Kind == secret.IV {
			ivs = append(ivs, i)
			continue
		}
		if x.Where.Initiator.IsZero() {
			p.free[x.Kind] = append(p.free[x.Kind], i)
		} else {
			bound = append(bound, i)
		}
		if x.Group != 0 {
			printed = append(printed, i)
		}
	}
	p.bound.add(bound)
	p.printed.add(printed)
	p.ivs.add(ivs)
}

// Secrets are the secrets of a pool as one SA may use them.
type Secrets struct {
	pool    *Pool
	sa      *ikesa.SA
	Was     []ikesa.SPIPair // the IKE SAs that this one rekeys: a log may print its keys under their SPIs
	Matched []ikesa.Proof   // private values that belong to the SA
}

// For are the secrets for an SA.
func (p *Pool) For(sa *ikesa.SA) *Secrets {
	if p.sorted < len(p.bag.Secrets) {
		p.sort()
	}
	return &Secrets{pool: p, sa: sa}
}

// All are all secrets of the pool, whatever they are bound to.
func (s *Secrets) All() []secret.Secret { return s.pool.bag.Secrets }

// Of returns those of a kind that may belong to the SA: bound to it first, then the unbound ones.
func (s *Secrets) Of(kind secret.Kind) []secret.Secret {
	places := slices.DeleteFunc(s.bound(), func(i int) bool { return s.pool.bag.Secrets[i].Kind != kind })
	return s.at(append(places, s.unbound(kind)...))
}

// IVs returns those that were given for a message ID, at most so many: bound to the SA first, then the unbound ones.
func (s *Secrets) IVs(id uint32, most int) (list []secret.Secret) {
	for _, at := range []message{{s.sa.Initiator, id}, {decode.SPI{}, id}} {
		for _, i := range s.pool.ivs.of(at) {
			if x := s.pool.bag.Secrets[i]; len(list) < most && s.binds(x) {
				list = append(list, x)
			}
		}
	}
	return list
}

// InOrder returns those of some kinds that may belong to the SA, in the order of the bag.
func (s *Secrets) InOrder(kinds ...secret.Kind) []secret.Secret {
	places := slices.DeleteFunc(s.bound(), func(i int) bool { return !slices.Contains(kinds, s.pool.bag.Secrets[i].Kind) })
	for _, k := range kinds {
		places = append(places, s.unbound(k)...)
	}
	return s.at(sorted(places))
}

// With returns those that the source printed together with have, or bound to the same SA, in the order of the bag.
func (s *Secrets) With(have secret.Secret) []secret.Secret {
	places := s.bound()
	if have.Group != 0 {
		places = append(places, s.pool.printed.of(together{have.Origin.File, have.Group})...)
	}
	return s.at(sorted(places))
}

// MaxForms bounds the pre-shared keys whose other forms are tried.
const MaxForms = 64

// PSKs returns the pre-shared keys, those for one of the SA's addresses first. None is left out: the HASH decides.
func (s *Secrets) PSKs() []secret.Secret {
	var near, rest []secret.Secret
	i, r := s.sa.InitiatorAddr.Addr().String(), s.sa.ResponderAddr.Addr().String()
	for _, x := range s.Of(secret.PSK) {
		if x.Where.Peer != "" && (x.Where.Peer == i || x.Where.Peer == r) {
			near = append(near, x)
		} else {
			rest = append(rest, x)
		}
	}
	return append(near, rest...)
}

// Elsewhere returns a secret of one of those kinds that its source ties to another IKE SA.
func (s *Secrets) Elsewhere(kinds ...secret.Kind) (secret.Secret, bool) {
	for _, x := range s.pool.bag.Secrets {
		if slices.Contains(kinds, x.Kind) && !s.binds(x) {
			return x, true
		}
	}
	return secret.Secret{}, false
}

// Place is where the bag has a secret. Line numbers would not do: a log may show its newest line first.
func (s *Secrets) Place(x secret.Secret) int {
	p := s.pool
	if p.places == nil {
		p.places = make(map[fact]int, len(p.bag.Secrets))
		for i, y := range p.bag.Secrets {
			p.places[fact{y.Kind, y.Where, string(y.Value)}] = i
		}
	}
	return p.places[fact{x.Kind, x.Where, string(x.Value)}]
}

// bound are the places of the secrets that are bound to the SA.
func (s *Secrets) bound() []int {
	list := s.pool.bound.of(s.sa.Initiator)
	for _, p := range s.Was {
		list = append(list, s.pool.bound.of(p.I)...)
	}
	return slices.DeleteFunc(sorted(list), func(i int) bool { return !s.binds(s.pool.bag.Secrets[i]) })
}

// unbound are the places of the secrets of a kind that may belong to any initiator's SPI.
func (s *Secrets) unbound(kind secret.Kind) []int {
	return slices.DeleteFunc(slices.Clone(s.pool.free[kind]), func(i int) bool { return !s.binds(s.pool.bag.Secrets[i]) })
}

// at are the secrets at some places.
func (s *Secrets) at(places []int) []secret.Secret {
	list := make([]secret.Secret, len(places))
	for i, at := range places {
		list[i] = s.pool.bag.Secrets[at]
	}
	return list
}

// sorted puts places into the order of the bag, each once.
func sorted(places []int) []int {
	slices.Sort(places)
	return slices.Compact(places)
}

// binds reports whether a secret may belong to the SA by what it is bound to.
func (s *Secrets) binds(x secret.Secret) bool {
	return boundTo(x.Where, ikesa.SPIPair{I: s.sa.Initiator, R: s.sa.Responder}) ||
		slices.ContainsFunc(s.Was, func(p ikesa.SPIPair) bool { return boundTo(x.Where, p) })
}

// boundTo reports whether a binding allows an IKE SA.
func boundTo(w secret.Where, sa ikesa.SPIPair) bool {
	if !w.Initiator.IsZero() && w.Initiator != sa.I {
		return false
	}
	return w.Responder.IsZero() || w.Responder == sa.R
}
