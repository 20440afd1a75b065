package report

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// An IKESA is what is known of one IKE SA, keys and secrets left out.
type IKESA struct {
	Initiator     string    `json:"initiator_cookie"`
	Responder     string    `json:"responder_cookie"`
	Version       int       `json:"version"`
	InitiatorAddr string    `json:"initiator"` // address and port as in the first message
	ResponderAddr string    `json:"responder"`
	RolesKnown    bool      `json:"roles_known"` // false: the initiator is the sender of the first message seen
	InitiatorID   *Identity `json:"initiator_id,omitempty"`
	ResponderID   *Identity `json:"responder_id,omitempty"`
	Start         time.Time `json:"start"`
	Duration      float64   `json:"duration"` // seconds from the first message to the last time that one was sent
	Messages      int       `json:"messages"`
	Opened        int       `json:"opened"` // encrypted messages that were opened, partly opened ones included
	Closed        int       `json:"closed"` // encrypted messages that were not
	Established   bool      `json:"established"`
	Policy        *Policy   `json:"policy,omitempty"`
	NAT           string    `json:"nat,omitempty"`
	Keys          []string  `json:"keys,omitempty"` // names of the keys that are known
	Proofs        []Proof   `json:"proofs,omitempty"`
	Gaps          []Gap     `json:"gaps,omitempty"`
	DeletedFrame  int       `json:"deleted_frame,omitempty"`
	Dropped       int       `json:"dropped,omitempty"` // messages that went over the bounds

	// Of IKEv2: how each side proved its identity, how many sets of keys are known, and the IKE SA that this one replaced.
	InitiatorAuth string `json:"initiator_auth,omitempty"`
	ResponderAuth string `json:"responder_auth,omitempty"`
	Generations   int    `json:"key_generations,omitempty"`
	RekeyedFrom   string `json:"rekeyed_from,omitempty"`

	Certificates []*Certificate `json:"certificates,omitempty"` // of both sides

	first time.Time
}

// A Policy is the transform chosen for phase 1.
type Policy struct {
	Text        string `json:"text"` // "AES-CBC-128, SHA1, MODP-1024, pre-shared key"
	Source      string `json:"source,omitempty"`
	Unsupported string `json:"unsupported,omitempty"`
}

// A Proof says why a secret was taken.
type Proof struct {
	Secret string `json:"secret"` // what and from where, never the value
	Kind   string `json:"kind"`
	Frame  int    `json:"frame,omitempty"`
	Text   string `json:"text,omitempty"`
	name   string // of Secret, without where it is from
	origin secret.Origin
}

// A Gap is something that stayed closed, with what would open it.
type Gap struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// An Identity is an Identification payload.
type Identity struct {
	Type     string `json:"type"`
	Value    string `json:"value"`
	Protocol uint8  `json:"protocol,omitempty"`
	Port     uint16 `json:"port,omitempty"`
	// Text is the identity as reports call it.
	Text string `json:"-"`
}

func (id *Identity) String() string { return id.Text }

func newIKESA(sa *ikesa.SA) IKESA {
	r := IKESA{
		Initiator: sa.Initiator.String(), Responder: sa.Responder.String(), Version: sa.Version,
		InitiatorAddr: endpoint(sa.InitiatorAddr), ResponderAddr: endpoint(sa.ResponderAddr), RolesKnown: sa.RolesKnown,
		InitiatorID: newIdentity(sa.InitiatorID), ResponderID: newIdentity(sa.ResponderID),
		Established: sa.Established, NAT: natTextOf(sa), Keys: keyNames(sa.Keys), Dropped: sa.Dropped,
		Messages: len(sa.Messages),
	}
	if len(sa.Conversation.Messages) > 0 {
		r.first = sa.Start()
		r.Start, r.Duration = r.first.UTC(), lastSent(sa).Sub(r.first).Seconds()
	}
	for _, m := range sa.Messages {
		switch m.State {
		case ikesa.Opened, ikesa.Partly:
			r.Opened++
		case ikesa.Closed:
			r.Closed++
		}
	}
	if text := policyText(sa.Policy); text != "" || sa.Policy.Unsupported != "" {
		r.Policy = &Policy{Text: text, Source: sourceText(sa.Policy.Source), Unsupported: sa.Policy.Unsupported}
	}
	for _, p := range sa.Proofs {
		r.Proofs = append(r.Proofs, Proof{p.Secret, p.Kind.String(), p.Frame, p.Text, p.Name, p.Origin})
	}
	r.Gaps = Gaps(sa)
	r.DeletedFrame = ikeDeleted(sa)
	if sa.Version == 2 {
		r.complete2(sa)
	}
	return r
}

// lastSent is when a message of sa was sent last, for the first time or again.
func lastSent(sa *ikesa.SA) time.Time {
	last := sa.End()
	for _, m := range sa.Messages {
		for _, r := range m.Repeats {
			if !r.Mirror && r.Time.After(last) {
				last = r.Time
			}
		}
	}
	return last
}

// Gaps are what stayed closed in sa. A Quick Mode that was refused lacks nothing, though it has no second message; nor does an
// exchange that was never answered, however often it was asked for.
func Gaps(sa *ikesa.SA) (list []Gap) {
	refused := make(map[ikesa.Gap]bool)
	s := newStory(sa, nil)
	for _, x := range sa.Exchanges {
		if x.Child != nil && x.Child.Gap != nil && x.Child.Gap.Code == ikesa.GapLost && (s.outcomes[x].Code == OutcomeFailed || unheeded(s.outcomes[x], x)) {
			refused[*x.Child.Gap] = true
		}
	}
	for _, g := range sa.Gaps {
		if !refused[g] {
			list = append(list, newGap(g))
		}
	}
	return list
}

func newGap(g ikesa.Gap) Gap { return Gap{string(g.Code), g.Text, g.Hint} }

// Name is how texts call the SA.
func (r *IKESA) Name() string { return saName(r.Version, r.Initiator, r.Responder) }

func saName(version int, initiator, responder string) string {
	return fmt.Sprintf("IKEv%d SA %s:%s", version, initiator, responder)
}

func nameOf(sa *ikesa.SA) string {
	return saName(sa.Version, sa.Initiator.String(), sa.Responder.String())
}

// endpoint is an address, with its port where that is not IKE's own.
func endpoint(a netip.AddrPort) string {
	if a.Port() == 500 || a.Port() == 0 {
		return a.Addr().String()
	}
	return a.String()
}

func natText(n ikesa.NAT) string {
	switch {
	case !n.Seen:
		return ""
	case n.BehindNATInitiator && n.BehindNATResponder:
		return "both sides are behind NAT"
	case n.BehindNATInitiator:
		return "the initiator is behind NAT"
	case n.BehindNATResponder:
		return "the responder is behind NAT"
	}
	return "no NAT between the peers"
}

func keyNames(k ikesa.Keys) []string {
	var names []string
	for _, key := range []struct {
		name  string
		value []byte
	}{{"PSK", k.PSK}, {"g^xy", k.GXY}, {"SKEYID", k.SKEYID}, {"SKEYID_d", k.D}, {"SKEYID_a", k.A}, {"SKEYID_e", k.E}, {"Ka", k.Ka}} {
		if key.value != nil {
			names = append(names, key.name)
		}
	}
	return names
}

// policyText names the algorithms of phase 1 as far as they are known.
func policyText(p ikesa.Policy) string {
	if p.Chosen != nil {
		return phase1Summary(*p.Chosen)
	}
	var parts []string
	if p.Cipher != nil {
		name := p.Cipher.Name
		if p.KeyLen > 0 && len(p.Cipher.KeyBits) > 1 {
			name = fmt.Sprintf("%s-%d", name, 8*p.KeyLen)
		}
		parts = append(parts, name)
	}
	if p.Hash != nil {
		parts = append(parts, p.Hash.Name)
	}
	if p.Group != nil {
		parts = append(parts, p.Group.Name)
	}
	return join(parts, ", ")
}

// ikeDeleted is the frame in which a Delete payload or the notification of one ended the IKE SA; 0: none was seen.
func ikeDeleted(sa *ikesa.SA) int {
	for _, m := range sa.Messages {
		for _, p := range m.Payloads {
			d, ok := p.Body.(*ikev1.Delete)
			if ok && d.Protocol == decode.ProtocolISAKMP {
				return m.Frame
			}
		}
	}
	return 0
}
