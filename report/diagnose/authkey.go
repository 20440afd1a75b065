package diagnose

import (
	"bytes"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Which pre-shared key a side used where AUTH, or a HASH, was rejected.

// sharedKey judges a pre-shared key that was rejected in IKEv2 by the check of AUTH.
func (r *refusedProof) sharedKey(d *diagnosis, f *Finding, facts *RefusedProof) {
	facts.Why, facts.WithEAP = ProofKey, r.asksForEAP()
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
	if f.Code != CodePSKMismatch || facts.Form != 0 || !negotiation.MayUsePPK(r.s.SA) {
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
		facts.Why = ProofKeyFits
		if facts.WithEAP > 0 {
			key.Responder = NotKnown
		}
		f.Compared, key.Differs = append(r.sentIdentities(f.Compared), f.Compared...), false
	}
	if !r.prover {
		key.Initiator, key.Responder = key.Responder, key.Initiator
	}
	f.Compared = append(f.Compared, key)
}

// methodKnown reports whether the capture says how the peers of IKEv1 authenticate: the messages that do may have come before it.
func methodKnown(sa *ikesa.SA, x *ikesa.Exchange) bool {
	return sa.Policy.Auth.Number != 0 || slices.ContainsFunc(x.Messages, func(m *ikesa.Message) bool { return m.Offer() != nil })
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

// methodUntold reports whether the capture lacks the messages of phase 1 that offer and choose how to authenticate: it begins after them.
func methodUntold(sa *ikesa.SA, x *ikesa.Exchange) bool {
	return sa.Policy.Auth.Number == 0 && x != nil && !slices.ContainsFunc(x.Messages, func(m *ikesa.Message) bool { return m.Offer() != nil })
}
