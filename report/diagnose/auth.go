package diagnose

import (
	"bytes"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about authentication: pre-shared keys and identities. Certificates are judged in certificate.go, users in user.go.

// pskMismatch is for a phase 1 that ended at the first message that the pre-shared key protects.
func (d *diagnosis) pskMismatch(s *negotiation.Story, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	m := lastEncrypted(x)
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

// facts are a finding without its facts, and these.
func (r *refusedProof) facts(d *diagnosis) (f Finding, facts RefusedProof) {
	facts = RefusedProof{Prover: SideOf(r.prover), Said: r.said, Methods: negotiation.MethodsOf(r.s.SA, SideOf(r.prover)), Identities: sentIDs(r.x)}
	f = Finding{Code: CodeAuthFailed, Severity: Problem, Grade: Wire, From: SideOf(!r.prover), Frames: Frames(r.frames...)}
	if asked, _ := askedID(r.s.SA); r.prover && r.s.SA.IDr == nil {
		facts.Asked = idText(asked)
	}
	if d.certProblem(r, &f, &facts) {
		return f, facts
	}
	rows, frame, differ := d.identityRows(r.s.SA, r.prover)
	f.Compared = rows
	switch at := d.reasonAt(r.s.SA, f.Frames, SideOf(!r.prover), logs.NoPeer); {
	case differ != NoSide:
		f.Code, facts.Why, facts.Differs = CodeIdentityMismatch, ProofIdentity, differ
		f.Frames = Frames(append(f.Frames, frame)...)
	case at != "" && saidID(r.s.SA, r.prover) != "":
		f.Code, f.Grade, facts.Why, facts.Log = CodeIdentityMismatch, Log, ProofNoConnection, at
		f.Compared = append(f.Compared, d.noConnectionRow(r.s.SA, r.prover))
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

// noConnectionRow shows the identities for which a side has no connection.
func (d *diagnosis) noConnectionRow(sa *ikesa.SA, prover bool) Compared {
	r := Compared{Name: "identities", Initiator: saidID(sa, prover), Responder: NoConnection, Differs: true}
	if asked, _ := askedID(sa); prover && asked != nil {
		r.Initiator += ", requests " + idText(asked)
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

// sharedKey judges a pre-shared key that was rejected in IKEv2 by the check of AUTH.
func (r *refusedProof) sharedKey(d *diagnosis, f *Finding, facts *RefusedProof) {
	facts.Why = ProofKey
	for _, a := range r.s.SA.Auth {
		if a.Initiator != r.prover {
			continue
		}
		facts.Checks = append(facts.Checks, a)
		at := d.reasonAt(r.s.SA, f.Frames, SideOf(!r.prover), logs.PSKMismatch)
		facts.Frame, facts.Log = a.Frame, at
		if !a.Done || a.Method != ikev2.AuthSharedKey {
			if at != "" {
				f.Code, f.Grade, facts.Why = CodePSKMismatch, Log, ProofKeyLog
				f.Compared = append(f.Compared, Compared{Name: "pre-shared key", Initiator: KeyOne, Responder: KeyOther, Differs: true})
				r.orPPK(f, facts)
				return
			}
			facts.Unchecked = true
			continue
		}
		r.checkedKey(f, facts, a.OK)
		if facts.KeyForm = d.keyForm2(r.s.SA, &a); facts.Form != 0 {
			f.Code, f.Grade, facts.Why = CodePSKMismatch, Keys, ProofKey
		}
		r.orPPK(f, facts)
		return
	}
}

// orPPK takes back that the pre-shared keys differ where AUTH depends on a post-quantum one as well, but for keys that differ in their form.
func (r *refusedProof) orPPK(f *Finding, facts *RefusedProof) {
	if f.Code != CodePSKMismatch || facts.Form != 0 || !r.s.SA.UsesPPK() {
		return
	}
	f.Code, facts.Why = CodeAuthFailed, ProofPPK
	f.Compared = slices.DeleteFunc(f.Compared, func(c Compared) bool { return c.Name == "pre-shared key" })
}

// keyForm2 tells how the pre-shared keys of both peers of IKEv2 differ, where both are known, or one and AUTH made with the other.
func (d *diagnosis) keyForm2(sa *ikesa.SA, a *ikesa.AuthCheck) KeyForm {
	if !a.OK {
		return KeyForm{a.Form, [2]string{"", placeOf(a.FormOf)}}
	}
	return d.otherKey(sa, SideOf(!a.Initiator), sa.Keys.PSK, a.Given.Origin)
}

// keyForm1 is the same for IKEv1, where refuser is the side that could not read what the other one encrypted: where both keys are known, or one
// and the SKEYID of the other peer, or what that one encrypted.
func (d *diagnosis) keyForm1(sa *ikesa.SA, refuser Side) KeyForm {
	if g := formGap(sa); g != nil {
		return KeyForm{g.Form, [2]string{"", placeOf(g.FormOf)}}
	}
	if i := slices.IndexFunc(sa.Keys.Used, func(x secret.Secret) bool { return x.Kind == secret.PSK }); i >= 0 {
		return d.otherKey(sa, refuser, sa.Keys.PSK, sa.Keys.Used[i].Origin)
	}
	m, given := sa.Phase1(), d.givenKeys()
	if sa.Keys.SKEYID == nil || sa.Policy.Hash == nil || m.NI == nil || m.NR == nil {
		return KeyForm{}
	}
	fits := func(psk []byte) bool {
		return bytes.Equal(keys.SKEYIDFromPSK(sa.Policy.PRF, psk, m.NI, m.NR).Key, sa.Keys.SKEYID)
	}
	if i := slices.IndexFunc(given, func(x *secret.Secret) bool { return fits(x.Value) }); i >= 0 {
		return d.otherKey(sa, refuser, given[i].Value, given[i].Origin)
	}
	for _, x := range given {
		for form, value := range secret.Forms(x.Value) {
			if (len(given) == 1 || d.keyOf(sa, refuser, x)) && fits(value) {
				return KeyForm{form, [2]string{"", placeOf(x.Origin)}}
			}
		}
	}
	return KeyForm{}
}

// otherKey is the pre-shared key of a side that differs in its form from that of its peer, psk of origin. A key that looks like the one that matches
// may be another peer's.
func (d *diagnosis) otherKey(sa *ikesa.SA, side Side, psk []byte, origin secret.Origin) KeyForm {
	for _, x := range d.givenKeys() {
		if form := secret.FormOf(psk, x.Value); form != 0 && d.keyOf(sa, side, x) {
			return KeyForm{form, [2]string{placeOf(origin), placeOf(x.Origin)}}
		}
	}
	return KeyForm{}
}

// givenKeys are the pre-shared keys that were given.
func (d *diagnosis) givenKeys() (list []*secret.Secret) {
	if d.Session.Bag == nil {
		return nil
	}
	for i := range d.Session.Bag.Secrets {
		if x := &d.Session.Bag.Secrets[i]; x.Kind == secret.PSK {
			list = append(list, x)
		}
	}
	return list
}

// placeOf is where a secret comes from: "gwb.log:489".
func placeOf(o secret.Origin) string {
	if o.File == "" {
		return o.Label
	}
	return fmt.Sprintf("%s:%d", filepath.Base(o.File), o.Line)
}

// keyOf reports whether a pre-shared key is known to be that of a peer in an IKE SA: its source ties it to this IKE SA or to one of both
// peers, or the peer's log shows it between the message that it rejected and the rejection.
func (d *diagnosis) keyOf(sa *ikesa.SA, side Side, x *secret.Secret) bool {
	if x.Where.Initiator == sa.Initiator || x.Where.Peer != "" && namesPeer(sa, x.Where.Peer) {
		return true
	}
	came := 0 // line of the message that is rejected next; of IKEv1, whose keys are made before it, of the first one
	for _, e := range d.logbook().events[sa] {
		switch {
		case e.File != x.Origin.File || e.side != side:
		case e.Kind == logs.Received && (came == 0 || sa.Version == 2):
			came = e.Line
		case e.Kind == logs.Refused && ReasonCode(e.Event, false) == CodePSKMismatch && came > 0 && linesBetween(x.Origin.Line, came, e.Line):
			return true
		}
	}
	return false
}

// linesBetween reports whether a line stands between two others, which run either way.
func linesBetween(line, a, b int) bool { return min(a, b) <= line && line <= max(a, b) }

// namesPeer reports whether an address, a prefix or an identity is one of the peers of an IKE SA.
func namesPeer(sa *ikesa.SA, peer string) bool {
	network, err := netip.ParsePrefix(peer)
	for _, side := range []Side{Initiator, Responder} {
		a := hostOf(sa, side)
		if id := negotiation.IdentityOf(sa, side); peer == a.String() || err == nil && network.Contains(a) || id != nil && id.Value() == peer {
			return true
		}
	}
	return false
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

// checkedKey is for a pre-shared key that was given and that AUTH was checked with.
func (r *refusedProof) checkedKey(f *Finding, facts *RefusedProof, ok bool) {
	key := Compared{Name: "pre-shared key", Initiator: KeyGiven, Responder: KeyOrNone, Differs: true}
	switch {
	case !ok && facts.Log != "":
		f.Code, f.Grade, facts.Why = CodePSKMismatch, Log, ProofKeyLog
		key.Initiator, key.Responder = KeyOne, KeyOther
	case !ok:
		f.Code, facts.Why = CodePSKMismatch, ProofKeyWrong
		key.Initiator, key.Responder = KeyNotGiven, NotKnown
	case facts.Log != "":
		f.Code, f.Grade, facts.Why = CodePSKMismatch, Log, ProofKeyFitsLog
		key.Responder = KeyOther + ", " + facts.Log
	default:
		facts.Why, facts.WithEAP = ProofKeyFits, r.asksForEAP()
		f.Compared, key.Differs = append(r.sentIdentities(f.Compared), f.Compared...), false
	}
	if !r.prover {
		key.Initiator, key.Responder = key.Responder, key.Initiator
	}
	f.Compared = append(f.Compared, key)
}

func lastEncrypted(x *ikesa.Exchange) *ikesa.Message {
	for i := len(x.Messages) - 1; i >= 0; i-- {
		if encrypted(x.Messages[i]) {
			return x.Messages[i]
		}
	}
	return x.Messages[len(x.Messages)-1]
}

// usesPSK reports whether phase 1 authenticates with a pre-shared key, as chosen or, before that, as all offers do.
func usesPSK(sa *ikesa.SA, x *ikesa.Exchange) bool {
	if sa.Policy.Auth.Number != 0 {
		return sa.Policy.Auth.Kind() == ike.AuthPSK
	}
	for _, m := range x.Messages {
		if o := m.Offer(); o != nil && o.HasAuth(ike.AuthPSK) {
			return true
		}
	}
	return false
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
