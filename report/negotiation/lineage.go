package negotiation

import (
	"net/netip"
	"slices"
	"sync"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A Lineage ties an IKE SA to the one that it replaces.
type Lineage struct {
	Kind     LineageKind // NoLineage: it replaces no other one, as far as the capture shows
	SA, From *ikesa.SA
	Frame    int  // that shows it
	Likely   bool // it may be a coincidence
}

// A LineageKind is how an IKE SA replaces another one.
type LineageKind uint8

// The kinds.
const (
	NoLineage       LineageKind = iota
	Rekeyed                     // a CREATE_CHILD_SA has its SPIs (RFC 7296, section 2.18)
	Reauthenticated             // it is between the same hosts and there when the older one is deleted, or right after (section 2.8.3)
	LaterAttempt                // it went through between hosts that had failed before
)

// A Family is the IKE SAs of a capture, with which of them replaces which.
type Family struct {
	rekeys  map[[2]decode.SPI]Lineage // by the SPIs of the newer one
	heirs   map[*ikesa.SA]*ikesa.SA   // by the older one: what replaced it by rekeying between the same hosts
	between map[Hosts][]*ikesa.SA     // by the hosts that began them
	starts  map[Hosts][]*ikesa.SA     // those, in order of time
	met     map[Hosts][]*ikesa.SA     // by all hosts between which their messages went
	ports   map[saHost][]uint16       // see portsAt
	next    map[deleted]Lineage       // see Successor
	mu      sync.Mutex                // guards ports and next
	up      map[Hosts]bool            // between which an IKE SA was established
}

// A saHost is a host of an IKE SA.
type saHost struct {
	sa   *ikesa.SA
	host netip.Addr
}

// A deleted is an IKE SA and the message that deletes it.
type deleted struct {
	sa *ikesa.SA
	m  *ikesa.Message
}

// maxBetween bounds the IKE SAs between two hosts that are looked at for each of them, maxRekeys the rekeyings that are followed back.
const (
	maxBetween = 256
	maxRekeys  = 1000
)

// NewFamily readies the index of some IKE SAs.
func NewFamily(sas []*ikesa.SA) *Family {
	f := &Family{
		rekeys: make(map[[2]decode.SPI]Lineage), heirs: make(map[*ikesa.SA]*ikesa.SA),
		between: make(map[Hosts][]*ikesa.SA), starts: make(map[Hosts][]*ikesa.SA), met: make(map[Hosts][]*ikesa.SA),
		ports: make(map[saHost][]uint16), next: make(map[deleted]Lineage), up: make(map[Hosts]bool),
	}
	for _, sa := range sas {
		f.meet(sa)
		k := HostsOf(sa)
		f.up[k] = f.up[k] || sa.Established
		if len(f.between[k]) < maxBetween {
			f.between[k] = append(f.between[k], sa)
		}
		for _, x := range sa.Exchanges {
			if sa.Version != 2 || x.Type != ikev2.ExchangeCreateChild || len(x.Messages) == 0 {
				continue
			}
			i, r, frame, ok := NewSPIs(x)
			k := [2]decode.SPI{i, r}
			if _, had := f.rekeys[k]; ok && !had && k != [2]decode.SPI{sa.Initiator, sa.Responder} {
				f.rekeys[k] = Lineage{Kind: Rekeyed, From: sa, Frame: frame}
			}
		}
	}
	for k, list := range f.between {
		f.starts[k] = slices.SortedStableFunc(slices.Values(list), func(a, b *ikesa.SA) int { return a.Start().Compare(b.Start()) })
	}
	f.inherit(sas)
	return f
}

// inherit finds who took over the Child SAs of each IKE SA. Where both peers rekeyed one at the same time, the redundant new one is deleted at once
// (RFC 7296, section 2.8.2): the one that is not deleted, or is last, has them, and where only that which is deleted is in the capture, none does.
func (f *Family) inherit(sas []*ikesa.SA) {
	made, seen := make(map[*ikesa.SA]int), make(map[*ikesa.SA]int)
	for _, l := range f.rekeys {
		made[l.From]++
	}
	ends := make(map[*ikesa.SA]*ikesa.Message) // Deletes of the heirs so far, by the older one
	for _, sa := range sas {
		from := f.Rekeyed(sa).From
		if from == nil || HostsOf(from) != HostsOf(sa) {
			continue
		}
		seen[from]++
		end, had := IKEDelete(sa), ends[from]
		if f.heirs[from] == nil || had != nil && (end == nil || end.Time.After(had.Time)) {
			f.heirs[from], ends[from] = sa, end
		}
	}
	for from, end := range ends {
		if end != nil && seen[from] < made[from] {
			delete(f.heirs, from)
		}
	}
}

// Heir is the IKE SA that replaced sa by rekeying between the same hosts; nil: none did.
func (f *Family) Heir(sa *ikesa.SA) *ikesa.SA { return f.heirs[sa] }

// meet notes the hosts between which the messages of an IKE SA went: MOBIKE and NAT move it.
func (f *Family) meet(sa *ikesa.SA) {
	seen := Hosts{}
	for _, m := range sa.Messages {
		for src, dst := range m.Paths() {
			k := InOrder(src.Addr(), dst.Addr())
			if list := f.met[k]; k != seen && len(list) < maxBetween && (len(list) == 0 || list[len(list)-1] != sa) {
				f.met[k] = append(list, sa)
			}
			seen = k
		}
	}
}

// Rekeyed is the IKE SA whose CREATE_CHILD_SA set up sa; Frame is that of the response.
func (f *Family) Rekeyed(sa *ikesa.SA) Lineage {
	l := f.rekeys[[2]decode.SPI{sa.Initiator, sa.Responder}]
	if sa.Version != 2 || l.From == sa {
		return Lineage{}
	}
	l.SA = sa
	return l
}

// First is the IKE SA in which the peers of sa said who they are: the first one, if sa replaced it by rekeying.
func (f *Family) First(sa *ikesa.SA) *ikesa.SA {
	for range maxRekeys {
		l := f.Rekeyed(sa)
		if l.Kind == NoLineage {
			break
		}
		sa = l.From
	}
	return sa
}

// Between are the IKE SAs between two hosts.
func (f *Family) Between(hosts Hosts) []*ikesa.SA { return f.between[hosts] }

// Met are the IKE SAs with messages between two hosts, wherever they began.
func (f *Family) Met(hosts Hosts) []*ikesa.SA { return f.met[hosts] }

// CameUp reports whether an IKE SA was established between two hosts.
func (f *Family) CameUp(hosts Hosts) bool { return f.up[hosts] }

// Begins reports whether the first message of an IKE SA is in the capture.
func Begins(sa *ikesa.SA) bool {
	if len(sa.Messages) == 0 {
		return false
	}
	m := sa.Messages[0]
	if sa.Version == 2 {
		return (TypeOf(m) == ikev2.ExchangeSAInit || TypeOf(m) == ikev2.ExchangeSessionResume) && !m.IsResponse()
	}
	return IsPhase1(TypeOf(m)) && sa.RolesKnown && m.FromInitiator
}

// Phase1Of is the first phase 1 exchange of an IKE SA that has messages; nil: there is none.
func Phase1Of(sa *ikesa.SA) *ikesa.Exchange {
	for _, x := range sa.Exchanges {
		if IsPhase1(x.Type) && len(x.Messages) > 0 {
			return x
		}
	}
	return nil
}

// ErrorBefore is the last message with an error notification before m that no Child SA came up after, but for those of IKE_SA_INIT, which was tried again; nil:
// none.
func ErrorBefore(sa *ikesa.SA, m *ikesa.Message) (found *ikesa.Message) {
	for _, o := range sa.Messages {
		if o == m {
			return found
		}
		if TypeOf(o) == ikev2.ExchangeSAInit {
			continue
		}
		for _, p := range o.Parts {
			if n, ok := p.(*ike.Notify); ok && n.IsError() {
				found = o
			}
		}
		if x := o.Exchange; x != nil && x.Child != nil && x.Child.Complete && found != nil && o.Offer() != nil && found.Exchange != x {
			found = nil
		}
	}
	return found
}
