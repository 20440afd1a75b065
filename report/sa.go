package report

import (
	"cmp"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
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
	Offset        float64   `json:"offset"`   // of Start, in seconds since the first packet of the capture
	Duration      float64   `json:"duration"` // seconds from the first message to the last time that one was sent
	Messages      int       `json:"messages"`
	Opened        int       `json:"opened"` // encrypted messages that were decrypted, partly decrypted ones included
	Closed        int       `json:"closed"` // encrypted messages that were not
	Established   bool      `json:"established"`
	Policy        *Policy   `json:"policy,omitempty"`
	NAT           string    `json:"nat,omitempty"`
	Keys          []string  `json:"keys,omitempty"` // names of the keys that are known
	Proofs        []Proof   `json:"proofs,omitempty"`
	Gaps          []Gap     `json:"gaps,omitempty"`
	DeletedFrame  int       `json:"deleted_frame,omitempty"`
	Dropped       int       `json:"dropped,omitempty"` // messages that went over the bounds

	// Of IKEv2: how each peer authenticated, how many sets of keys are known, and the IKE SA that this one replaced.
	InitiatorAuth string `json:"initiator_auth,omitempty"`
	ResponderAuth string `json:"responder_auth,omitempty"`
	Generations   int    `json:"key_generations,omitempty"`
	RekeyedFrom   string `json:"rekeyed_from,omitempty"`

	Certificates []*Certificate `json:"certificates,omitempty"` // of both peers

	first time.Time
}

// A Policy is the transform chosen for phase 1.
type Policy struct {
	Text        string `json:"text"` // "AES-CBC-128, SHA1, MODP-1024, pre-shared key"
	Source      string `json:"source,omitempty"`
	Unsupported string `json:"unsupported,omitempty"`
}

// A Proof says why a secret was accepted.
type Proof struct {
	Secret string `json:"secret"` // what and from where, never the value
	Kind   string `json:"kind"`
	Frame  int    `json:"frame,omitempty"`
	// SaltFrame is the frame that gave the salt of the key, where its source left it out.
	SaltFrame int    `json:"salt_frame,omitempty"`
	Text      string `json:"text,omitempty"`
	proof     ikesa.Proof
}

// A Gap is something that was not decrypted, with what would decrypt it.
type Gap struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// newIKESA describes an IKE SA, its Gaps and RekeyedFrom left out.
func newIKESA(sa *ikesa.SA) IKESA {
	r := IKESA{
		Initiator: sa.Initiator.String(), Responder: sa.Responder.String(), Version: sa.Version,
		InitiatorAddr: endpoint(sa.InitiatorAddr), ResponderAddr: endpoint(sa.ResponderAddr), RolesKnown: sa.RolesKnown,
		InitiatorID: newIdentity(sa.IDi), ResponderID: newIdentity(sa.IDr),
		Established: sa.Established, NAT: words.NAT(sa.NAT, negotiation.NATSides(sa), negotiation.NATSpeaker(sa)), Keys: keyNames(sa), Dropped: sa.Dropped, Policy: newPolicy(sa),
		Messages: len(sa.Messages), Generations: len(sa.Generations),
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
	for _, p := range sa.Proofs {
		r.Proofs = append(r.Proofs, newProof(p))
	}
	if m := negotiation.IKEDelete(sa); m != nil {
		r.DeletedFrame = m.Frame
	}
	if sa.Version == 2 {
		r.InitiatorAuth, r.ResponderAuth = words.Methods(negotiation.MethodsOf(sa, ike.Initiator)), words.Methods(negotiation.MethodsOf(sa, ike.Responder))
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

func newProof(p ikesa.Proof) Proof {
	return Proof{words.Secret(p.Of, p.Origin), p.By.String(), p.Frame, p.Salt, words.Evidence(p), p}
}

func newGap(g ikesa.Gap) Gap {
	text, hint := words.Gap(g)
	return Gap{string(g.Code), text, hint}
}

// Name is how texts call the SA.
func (r *IKESA) Name() string { return saName(r.Version, r.Initiator, r.Responder) }

func saName(version int, initiator, responder string) string {
	return fmt.Sprintf("IKE SA %s:%s", initiator, responder)
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

// newPolicy describes the algorithms of the IKE SA; nil where they are not known.
func newPolicy(sa *ikesa.SA) *Policy {
	text := policyText(sa)
	// Without keys and without a response the policy of IKEv2 is just the first one of those that were tried.
	known := text != "" && (len(sa.Generations) > 0 || hasAnswer(sa))
	if sa.Version != 2 {
		known = text != "" || sa.Policy.Unsupported != ""
	}
	if !known {
		return nil
	}
	return &Policy{Text: text, Source: words.PolicySource(sa.Policy.Source), Unsupported: sa.Policy.Unsupported}
}

// hasAnswer reports whether the capture shows what the responder chose: here, or in the SA that this one replaced.
func hasAnswer(sa *ikesa.SA) bool { return sa.Policy.Source.Kind == ikesa.Chosen }

// policyText names the algorithms of an IKE SA as far as they are known.
func policyText(sa *ikesa.SA) string {
	p := &sa.Policy
	if p.Choice == nil || len(p.Choice.Suites) == 0 {
		return policyFromKeys(sa)
	}
	s := &p.Choice.Suites[0]
	if sa.Version != 2 {
		return s.Summary(ike.IKE)
	}
	var parts []string
	for _, t := range s.Transforms {
		switch {
		case t.Kind == ike.Integrity && t.ID == 0:
		case t.Kind == ike.PRF:
			parts = append(parts, "PRF "+t.Name())
		case t.Kind.IsAdditional():
			parts = append(parts, t.String())
		default:
			parts = append(parts, t.Name())
		}
	}
	return join(parts, ", ")
}

// policyFromKeys is for an IKE SA whose negotiation is not in the capture.
func policyFromKeys(sa *ikesa.SA) string {
	p := &sa.Policy
	var parts []string
	if p.Cipher != nil {
		name := p.Cipher.Name
		if n := p.KeyLen - p.Cipher.SaltLen; n > 0 && len(p.Cipher.KeyBits) > 1 {
			name = fmt.Sprintf("%s-%d", name, 8*n)
		}
		parts = append(parts, name)
	}
	if p.Hash != nil {
		parts = append(parts, p.Hash.Name)
	}
	if p.Integ != nil && sa.Version == 2 {
		parts = append(parts, p.Integ.Name)
	}
	if p.Group != nil && p.Hash != nil {
		parts = append(parts, p.Group.Name)
	}
	return join(parts, ", ")
}

// keyNames are the names of the keys that are known: of phase 1, or of the last generation, the one that protects most messages.
func keyNames(sa *ikesa.SA) (names []string) {
	type key struct {
		name  string
		value []byte
	}
	k := sa.Keys
	list := []key{{"PSK", k.PSK}, {"g^xy", k.GXY}, {"SKEYID", k.SKEYID}, {"SKEYID_d", k.D}, {"SKEYID_a", k.A}, {"SKEYID_e", k.E}, {"Ka", k.Ka}}
	if sa.Version == 2 {
		list = nil
	}
	if n := len(sa.Generations); n > 0 {
		g := sa.Generations[n-1]
		list = []key{{"DH secret", g.GXY}, {"SKEYSEED", g.SKEYSEED}, {"SK_d", g.D}, {"SK_ai", g.AI}, {"SK_ar", g.AR}, {"SK_ei", g.EI},
			{"SK_er", g.ER}, {"SK_pi", g.PI}, {"SK_pr", g.PR}}
	}
	for _, x := range list {
		if len(x.value) > 0 {
			names = append(names, x.name)
		}
	}
	return names
}

// authCheck is the check of the AUTH payload that m has, nil where it has none.
func authCheck(sa *ikesa.SA, m *ikesa.Message) *ikesa.AuthCheck {
	if _, ok := decode.Find(m.Payloads, ikev2.PayloadAuth); !ok {
		return nil
	}
	for i := range sa.Auth {
		if sa.Auth[i].Frame == m.Frame {
			return &sa.Auth[i]
		}
	}
	return nil
}

// proofTexts are the proofs as lines of text. Of IKEv2 a log has nine secrets for each SA: those with the same evidence and
// from the same file make one line.
func (r *IKESA) proofTexts() (lines []string) {
	if r.Version != 2 {
		for i := range r.Proofs {
			lines = append(lines, r.Proofs[i].String())
		}
		return lines
	}
	type key struct {
		source   string
		evidence ikesa.Proof // without what is verified; but a PPK's AUTH is nobody's own
	}
	names := make(map[key][]string)
	var order []key
	for _, f := range r.Proofs {
		k := key{cmp.Or(f.proof.Origin.File, f.proof.Origin.Label), f.proof}
		if k.evidence.Origin = (secret.Origin{}); f.proof.Of != secret.PPK {
			k.evidence.Of = 0
		}
		if names[k] == nil {
			order = append(order, k)
		}
		if name := words.SecretName(f.proof.Of); !slices.Contains(names[k], name) {
			names[k] = append(names[k], name)
		}
	}
	for _, k := range order {
		s := join(names[k], ", ")
		if k.source != "" {
			s += " (" + filepath.Base(k.source) + ")"
		}
		lines = append(lines, s+verifiedBy(k.evidence))
	}
	return lines
}

// verifiedBy says what verifies a secret: ", verified by the ICV of frame 3".
func verifiedBy(p ikesa.Proof) string {
	if !p.By.Proved() {
		return ", " + words.Evidence(p)
	}
	return ", verified by " + words.Evidence(p)
}

// auth says how both peers authenticate.
func (r *IKESA) auth() string {
	switch {
	case r.InitiatorAuth == "" && r.ResponderAuth == "":
		return ""
	case r.InitiatorAuth == r.ResponderAuth:
		return r.InitiatorAuth
	}
	var parts []string
	if r.InitiatorAuth != "" {
		parts = append(parts, "initiator with "+r.InitiatorAuth)
	}
	if r.ResponderAuth != "" {
		parts = append(parts, "responder with "+r.ResponderAuth)
	}
	return join(parts, "; ")
}
