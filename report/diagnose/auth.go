package diagnose

import (
	"fmt"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about authentication: pre-shared keys and identities. Certificates are judged in certificate.go, users in user.go.

// pskMismatch is for a phase 1 that ended at the first message that the pre-shared key protects.
func (d *diagnosis) pskMismatch(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	m := negotiation.LastStep(x)
	facts := KeyUnread{Frame: m.Frame, Aggressive: x.Type == ikev1.ExchangeAggressive, KeyForm: d.keyForm1(s.SA, SideOf(!m.FromInitiator))}
	f := Finding{Code: CodePSKMismatch, Severity: Problem, From: SideOf(m.FromInitiator), Frames: Frames(append(messageFrames(m), o.Frame)...)}
	key := Compared{Name: "pre-shared key", Initiator: NotKnown, Responder: NotKnown}
	mine, other := &key.Initiator, &key.Responder
	if !m.FromInitiator {
		mine, other = other, mine
	}
	given := KeyOfSecrets
	if s.SA.Keys.PSK != nil {
		given = KeyGiven
	}
	opened := openedFrom(s.SA, !m.FromInitiator)
	switch {
	case m.Hash.OK && m.Hash.Done && (facts.Aggressive || closedFrom(s.SA, !m.FromInitiator) != 0):
		*mine, *other, key.Differs = given, KeyOther, true
		facts.Proof, facts.Hash, facts.Closed = SenderHash, m.Hash.Name, closedFrom(s.SA, !m.FromInitiator)
	case m.State == ikesa.Closed && opened != 0:
		*mine, *other, key.Differs = KeyOther, given, true
		facts.Proof, facts.Opened = ReceiverOpened, opened
	case m.State == ikesa.Opened:
		*mine, *other, key.Differs = given, KeyOther, true
		facts.Proof = SenderOpened
	case hasGap(s.SA, ikesa.GapWrongPSK), facts.Form != 0:
		*mine = KeyNotGiven
		facts.Proof = NotTheSenders
	default:
		f.Facts = facts
		return f
	}
	if facts.Proof != NotTheSenders || facts.Form != 0 {
		f.Grade = Keys
	}
	f.Facts, f.Compared = facts, []Compared{key}
	for _, answer := range s.SA.Messages { // each says again that it cannot read
		if answer.FromInitiator != m.FromInitiator && answer.After(m.Message) {
			f.Frames = Frames(append(f.Frames, answer.Frame)...)
		}
	}
	return f
}

// openedFrom is the frame of the first encrypted message of a side that was decrypted with a correct HASH; 0: none.
func openedFrom(sa *ikesa.SA, initiator bool) int {
	for _, m := range sa.Messages {
		if m.FromInitiator == initiator && m.State == ikesa.Opened && m.Hash.OK {
			return m.Frame
		}
	}
	return 0
}

// closedFrom is the frame of the first encrypted message of a side that was not decrypted; 0: none.
func closedFrom(sa *ikesa.SA, initiator bool) int {
	for _, m := range sa.Messages {
		if m.FromInitiator == initiator && m.State == ikesa.Closed && !m.Cut {
			return m.Frame
		}
	}
	return 0
}

func hasGap(sa *ikesa.SA, code ikesa.GapCode) bool {
	return slices.ContainsFunc(sa.Gaps, func(g ikesa.Gap) bool { return g.Code == code })
}

// formGap is the gap that says how a pre-shared key which was given differs from the one that decrypts; nil: none does.
func formGap(sa *ikesa.SA) *ikesa.Gap {
	if i := slices.IndexFunc(sa.Gaps, func(g ikesa.Gap) bool { return g.Form != 0 }); i >= 0 {
		return &sa.Gaps[i]
	}
	return nil
}

// movedPorts reports whether nothing came back in x since its sender went on at port 4500 (RFC 3947, section 4).
func movedPorts(x *ikesa.Exchange) bool {
	last := x.Messages[len(x.Messages)-1]
	if last.Dst.Port() != 4500 {
		return false
	}
	for _, m := range x.Messages {
		if m.FromInitiator != last.FromInitiator && m.Dst.Port() == 4500 {
			return false
		}
	}
	return x.Messages[0].Dst.Port() != 4500
}

// movedAuth reports whether an IKE_AUTH that nothing answered is the first that went to port 4500 (RFC 7296, section 2.23), in a packet that no path
// is too narrow for.
func movedAuth(sa *ikesa.SA, x *ikesa.Exchange) bool {
	const small = 576 // bytes that each path carries (RFC 791)
	for _, m := range sa.Messages {
		switch {
		case m.Src.Port() == 4500 && !m.FromInitiator, len(m.Frames) > 1, slices.Contains(x.Messages, m) && (m.Dst.Port() != 4500 || len(m.Raw) > small):
			return false
		}
	}
	return sa.Messages[0].Dst.Port() != 4500
}

// idText is an identity with its type: "ID_FQDN gwa.example.org"; "" for none.
func idText(id *ike.Identity) string {
	if id == nil {
		return ""
	}
	return fmt.Sprintf("%s %v", id.TypeName(), id)
}

// saidID is the identity that a side gave in sa, as text; "" where it is not known.
func saidID(sa *ikesa.SA, initiator bool) string {
	return idText(negotiation.IdentityOf(sa, ike.SideOf(initiator)))
}

// askedID is the identity that the initiator of an IKEv2 SA asks the responder for; nil where it does not.
func askedID(sa *ikesa.SA) (*ike.Identity, int) {
	for _, m := range sa.Messages {
		for _, p := range m.Parts {
			if id, ok := p.(*ike.IdentityPart); ok && id.Role == ike.AskedFor {
				return &id.Identity, m.Frame
			}
		}
	}
	return nil, 0
}

// identityRows compares the identity that the side that authenticated sent with what the other one expects. differ is the side whose
// identity is not the one expected, as far as the capture shows, here or elsewhere.
func (d *diagnosis) identityRows(sa *ikesa.SA, prover bool) (rows []Compared, frame int, differ Side) {
	host, other := sa.ResponderAddr.Addr(), sa.InitiatorAddr.Addr()
	if prover {
		host, other = other, host
	}
	known := d.identities()
	said := negotiation.IdentityOf(sa, ike.SideOf(prover))
	want := known.wanted[idKey{host, other, sa.Version}]
	if asked, at := askedID(sa); !prover && asked != nil {
		want = idSeen{asked, at}
	}
	if r, ok := identityRow(prover, said, want.id); ok {
		rows = append(rows, r)
		if r.Differs {
			return rows, want.frame, SideOf(prover)
		}
	}
	// A responder that has no connection for the identity it is asked for rejects the initiator, whose own may be right.
	if asked, at := askedID(sa); prover && asked != nil && sa.IDr == nil {
		if own, ok := known.own[idKey{other, host, sa.Version}]; ok {
			if r, ok := identityRow(false, own.id, asked); ok {
				rows = append(rows, r)
				if r.Differs {
					return rows, max(own.frame, at), Responder
				}
			}
		}
	}
	return rows, 0, NoSide
}

// identityRow compares the identity that a side sent with the one that its peer expects.
func identityRow(prover bool, said, want *ike.Identity) (Compared, bool) {
	if said == nil || want == nil {
		return Compared{}, false
	}
	r := Compared{Name: "identity of the " + SideOf(prover).String(), Initiator: idText(want), Responder: idText(said), Differs: !said.Equal(*want)}
	if prover {
		r.Initiator, r.Responder = r.Responder, r.Initiator
	}
	return r, true
}

// A refusedProof is a side that rejects the authentication of its peer.
type refusedProof struct {
	s      *negotiation.Story
	x      *ikesa.Exchange // with the proof
	prover bool            // the initiator was rejected
	frames []int
	said   Said
}

// finding says why, as far as it can be told: certificate, identity, pre-shared key.
func (r *refusedProof) finding(d *diagnosis) Finding {
	f, facts := r.facts(d)
	f.Facts = facts
	return f
}

// asksTransport reports whether the peer that was rejected asked for transport mode (RFC 7296, section 1.3.1).
func (r *refusedProof) asksTransport() bool {
	return slices.ContainsFunc(r.x.Messages, func(m *ikesa.Message) bool {
		return m.FromInitiator == r.prover && negotiation.NotifyOf(m, ikev2.NotifyUseTransportMode) != nil
	})
}

// ofAnyMode reports whether what a log says of a missing connection is said as well where only the mode is not the one configured: iked looks for a
// policy by the identities and by transport mode at once.
func ofAnyMode(e *entry) bool { return e.Daemon == logs.Iked && e.Reason == logs.NoPeer }

// facts are a finding without its facts, and these.
func (r *refusedProof) facts(d *diagnosis) (f Finding, facts RefusedProof) {
	facts = RefusedProof{Prover: SideOf(r.prover), Said: r.said, Methods: negotiation.MethodsOf(r.s.SA, SideOf(r.prover)), Identities: sentIDs(r.x),
		SignedAlone: negotiation.SignedAlone(r.s.SA, SideOf(r.prover))}
	f = Finding{Code: CodeAuthFailed, Severity: Problem, Grade: Wire, From: SideOf(!r.prover), Frames: Frames(r.frames...)}
	if asked, _ := askedID(r.s.SA); r.prover && r.s.SA.IDr == nil {
		facts.Asked = idText(asked)
	}
	if d.certProblem(r, &f, &facts) {
		return f, facts
	}
	rows, frame, differ := d.identityRows(r.s.SA, r.prover)
	f.Compared = rows
	switch told := d.reasonOf(r.s.SA, f.Frames, SideOf(!r.prover), logs.NoPeer); {
	case differ != NoSide:
		f.Code, facts.Why, facts.Differs = CodeIdentityMismatch, ProofIdentity, differ
		f.Frames = Frames(append(f.Frames, frame)...)
	case told != nil && saidID(r.s.SA, r.prover) != "":
		f.Code, f.Grade, facts.Why, facts.Log = CodeIdentityMismatch, Log, ProofNoConnection, told.Where()
		if facts.Transport = ofAnyMode(told) && r.asksTransport(); facts.Transport {
			f.Setting = SettingIdentityOrMode
		}
		f.Compared = append(f.Compared, d.noConnectionRow(r.s.SA, r.prover, facts.Transport))
	case negotiation.ProvesByKey(r.s.SA, SideOf(r.prover)):
		r.sharedKey(d, &f, &facts)
	}
	if f.Code == CodeAuthFailed {
		r.otherMethod(d, &f, &facts)
		if own := d.Certificates().Own(r.s.SA, facts.Prover); own != nil && own.Chain == negotiation.ChainOpen {
			facts.Certificate = own
		}
	}
	return f, facts
}

// otherMethod turns the finding about a rejected proof of IKEv2 into one about the authentication method, where the other side shows that it
// expects another one.
func (r *refusedProof) otherMethod(d *diagnosis, f *Finding, facts *RefusedProof) {
	sa, prover, refuser := r.s.SA, SideOf(r.prover), SideOf(!r.prover)
	used := kindOf(sa, prover)
	if sa.Version != 2 || d.tookMethod(sa, prover, used) || used != ike.AuthUnknown && kindOf(sa, refuser) == used {
		return
	}
	asked, request, own := negotiation.AsksEAP(sa), negotiation.Requests(sa, refuser), d.ownMethod(sa, refuser, used)
	switch {
	case r.prover && asked != nil && len(facts.Methods) == 0:
		facts.Sign, facts.SignAt = AskedEAP, asked.Frame
	case own != 0:
		facts.Sign, facts.SignAt = OwnMethod, own
	case used == ike.AuthPSK && request != nil:
		facts.Sign, facts.SignAt = RequestedCert, request.Frame
	case r.prover && used == ike.AuthSignature && request == nil && initAnswered(sa):
		facts.Sign = RequestedNoCert
	default:
		return
	}
	f.Code, f.Grade, facts.Why = CodeAuthMethodMismatch, Likely, ProofMethod
	f.Frames = Frames(append(f.Frames, facts.SignAt)...)
}

// initAnswered reports whether the response to IKE_SA_INIT is in the capture whole, in which the responder requests certificates.
func initAnswered(sa *ikesa.SA) bool {
	return slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool {
		return negotiation.TypeOf(m) == ikev2.ExchangeSAInit && m.IsResponse() && m.Offer() != nil && !m.Cut
	})
}

// kindOf is how a side of IKEv2 authenticates first: with a pre-shared key or a signature; AuthUnknown where it does not show, and with EAP.
func kindOf(sa *ikesa.SA, side Side) ike.AuthKind {
	if methods := negotiation.MethodsOf(sa, side); len(methods) > 0 {
		return methods[0].Auth.Kind()
	}
	return ike.AuthUnknown
}

// ownMethod is the frame in which a side that rejects one of the two kinds of methods authenticates with the other itself, in sa or in another
// IKE SA of the same hosts; 0: there is none.
func (d *diagnosis) ownMethod(sa *ikesa.SA, refuser Side, used ike.AuthKind) int {
	other := map[ike.AuthKind]ike.AuthKind{ike.AuthPSK: ike.AuthSignature, ike.AuthSignature: ike.AuthPSK}[used]
	if other == ike.AuthUnknown {
		return 0
	}
	host := hostOf(sa, refuser)
	for _, o := range append([]*ikesa.SA{sa}, d.Family().Between(negotiation.HostsOf(sa))...) {
		side := SideOf(o.InitiatorAddr.Addr() == host)
		if kindOf(o, side) != other || side == Responder && negotiation.AsksEAP(o) != nil {
			continue
		}
		for _, m := range o.Messages {
			if _, ok := decode.Find(m.Payloads, ikev2.PayloadAuth); ok && SideOf(m.FromInitiator) == side {
				return m.Frame
			}
		}
	}
	return 0
}

// tookMethod reports whether the peer of a host accepted the kind of its method in another IKE SA.
func (d *diagnosis) tookMethod(sa *ikesa.SA, prover Side, used ike.AuthKind) bool {
	host := hostOf(sa, prover)
	return slices.ContainsFunc(d.Family().Between(negotiation.HostsOf(sa)), func(o *ikesa.SA) bool {
		side := SideOf(o.InitiatorAddr.Addr() == host)
		return o != sa && o.Established && kindOf(o, side) == used && (used != ike.AuthUnknown || side == prover && negotiation.AsksEAP(o) != nil)
	})
}

// noConnectionRow shows the identities for which a side has no connection; with transport, for which it has none in that mode.
func (d *diagnosis) noConnectionRow(sa *ikesa.SA, prover, transport bool) Compared {
	r := Compared{Name: "identities", Initiator: saidID(sa, prover), Responder: NoConnection, Differs: true}
	if asked, _ := askedID(sa); prover && asked != nil {
		r.Initiator += ", requests " + idText(asked)
	}
	if transport {
		r.Name, r.Initiator = "identities and mode", r.Initiator+", transport mode"
	}
	if !prover {
		r.Initiator, r.Responder = r.Responder, r.Initiator
	}
	return r
}

// sentIdentities are the identities that the rejected side sent, its own and the one that it requests, except for those in rows; what the
// other side expects is in no message.
func (r *refusedProof) sentIdentities(rows []Compared) (list []Compared) {
	const unknown = NotCaptured
	add := func(initiator bool, id *ike.Identity) {
		row := Compared{Name: "identity of the " + SideOf(initiator).String(), Initiator: idText(id), Responder: unknown}
		if !r.prover {
			row.Initiator, row.Responder = row.Responder, row.Initiator
		}
		if id != nil && !slices.ContainsFunc(rows, func(o Compared) bool { return o.Name == row.Name }) {
			list = append(list, row)
		}
	}
	if asked, _ := askedID(r.s.SA); r.prover {
		add(false, asked)
	}
	add(r.prover, negotiation.IdentityOf(r.s.SA, ike.SideOf(r.prover)))
	return list
}

// asksForEAP is the frame in which the responder, whose proof the initiator rejected, asks for EAP with it; 0: none.
func (r *refusedProof) asksForEAP() int {
	if r.prover {
		return 0
	}
	for _, m := range r.x.Messages {
		if _, ok := decode.Find(m.Payloads, ikev2.PayloadEAP); ok && m.IsResponse() {
			return m.Frame
		}
	}
	return 0
}

// sentIDs are the identities that the messages of x have.
func sentIDs(x *ikesa.Exchange) (list []SentID) {
	for _, m := range x.Messages {
		for _, p := range m.Payloads {
			id, ok := p.Body.(*ikev2.ID)
			if !ok || p.Err != nil {
				continue
			}
			list = append(list, SentID{Side: SideOf(m.FromInitiator), Asks: p.Type == ikev2.PayloadIDr && m.FromInitiator,
				Text: id.String(), Type: id.Type.Name(ike.V2), Frame: m.Frame})
		}
	}
	return list
}
