package report

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// complete2 fills in what is different in IKEv2.
func (r *IKESA) complete2(sa *ikesa.SA) {
	r.InitiatorID, r.ResponderID = newIdentity2(sa.InitiatorID2), newIdentity2(sa.ResponderID2)
	r.Established = established(sa)
	r.Keys = keyNames2(sa)
	r.Generations = len(sa.Generations)
	r.InitiatorAuth, r.ResponderAuth = authOf(sa, true), authOf(sa, false)
	// Without keys and without an answer the policy is just the first one of those that were tried.
	r.Policy = nil
	if text := policyText2(sa.Policy); text != "" && (len(sa.Generations) > 0 || hasAnswer(sa)) {
		r.Policy = &Policy{Text: text, Source: sourceText(sa.Policy.Source), Unsupported: sa.Policy.Unsupported}
	}
	r.DeletedFrame = ikeDeleted2(sa)
}

// hasAnswer reports whether the capture shows what the responder chose: here, or in the SA that this one replaced.
func hasAnswer(sa *ikesa.SA) bool { return sa.Policy.Source.Kind == ikesa.Chosen }

// policyText2 names the algorithms of an IKEv2 SA as far as they are known.
func policyText2(p ikesa.Policy) string {
	if p.Chosen2 == nil {
		return policyFromKeys(p)
	}
	var parts []string
	for _, t := range p.Chosen2.Transforms {
		switch {
		case t.Type == ikev2.TransformINTEG && t.ID == 0:
		case t.Type == ikev2.TransformPRF:
			parts = append(parts, "PRF "+t.Name())
		case t.Type >= ikev2.TransformADDKE1 && t.Type <= ikev2.TransformADDKE7:
			parts = append(parts, t.Type.String()+" "+t.Name())
		default:
			parts = append(parts, t.Name())
		}
	}
	return join(parts, ", ")
}

// policyFromKeys is for an SA whose negotiation is not in the capture.
func policyFromKeys(p ikesa.Policy) string {
	if p.Cipher == nil {
		return ""
	}
	name := p.Cipher.Name
	if n := p.KeyLen - p.Cipher.SaltLen; n > 0 && len(p.Cipher.KeyBits) > 1 {
		name = fmt.Sprintf("%s-%d", name, 8*n)
	}
	if p.Integ != nil {
		name += ", " + p.Integ.Name
	}
	return name
}

// keyNames2 are the names of the keys that are known of the last generation, the one that protects most messages.
func keyNames2(sa *ikesa.SA) (names []string) {
	if len(sa.Generations) == 0 {
		return nil
	}
	g := sa.Generations[len(sa.Generations)-1]
	for _, key := range []struct {
		name  string
		value []byte
	}{
		{"DH secret", g.GXY}, {"SKEYSEED", g.SKEYSEED}, {"SK_d", g.D}, {"SK_ai", g.AI}, {"SK_ar", g.AR}, {"SK_ei", g.EI}, {"SK_er", g.ER},
		{"SK_pi", g.PI}, {"SK_pr", g.PR},
	} {
		if len(key.value) > 0 {
			names = append(names, key.name)
		}
	}
	return names
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
	type key struct{ source, kind, text string }
	names := make(map[key][]string)
	var order []key
	for _, f := range r.Proofs {
		k := key{cmp.Or(f.origin.File, f.origin.Label), f.Kind, f.Text}
		if names[k] == nil {
			order = append(order, k)
		}
		if !slices.Contains(names[k], f.name) {
			names[k] = append(names[k], f.name)
		}
	}
	for _, k := range order {
		s := join(names[k], ", ")
		if k.source != "" {
			s += " (" + filepath.Base(k.source) + ")"
		}
		lines = append(lines, s+" by "+by(k.kind, k.text))
	}
	return lines
}

// by says what proves a secret: "the ICV of the message in frame 3".
func by(kind, text string) string {
	switch {
	case text == "":
		return kind
	case strings.HasPrefix(text, kind+" "):
		return "the " + text
	}
	return kind + ": " + text
}

// authOf is how a side proved who it is: the methods of its AUTH payloads, and of EAP. With EAP alone (RFC 5998) that is the
// responder's proof as well.
func authOf(sa *ikesa.SA, initiator bool) string {
	var methods, both []string
	eap := false // the AUTH payloads after it are made with its key, and say "shared key"
	for _, m := range sa.Messages {
		if typeOf(m) != ikev2.ExchangeAuth {
			continue
		}
		for _, p := range m.Payloads {
			text := ""
			switch b := p.Body.(type) {
			case *ikev2.Auth:
				switch mine := m.FromInitiator == initiator; {
				case mine && !(eap && b.Method == ikev2.AuthSharedKey):
					text = b.String()
				case mine && len(methods) == 0:
					methods = both
				}
			case *ikev2.EAP:
				eap = eap || b.Code == ikev2.EAPSuccess
				if b.Code != ikev2.EAPRequest || b.Type <= ikev2.EAPNak {
					continue
				}
				if initiator {
					text = "EAP " + b.Type.String()
				} else if !slices.Contains(both, "EAP "+b.Type.String()) {
					both = append(both, "EAP "+b.Type.String())
				}
			}
			if text != "" && (len(methods) == 0 || methods[len(methods)-1] != text) {
				methods = append(methods, text)
			}
		}
	}
	return join(methods, ", then ")
}

// established reports whether the IKE SA came up.
func established(sa *ikesa.SA) bool { return sa.Established }

// eapFollows reports whether m is an answer of IKE_AUTH that begins EAP: the responder's AUTH payload in it ends nothing yet.
func eapFollows(m *ikesa.Message) bool {
	p, ok := decode.Find(m.Payloads, ikev2.PayloadEAP)
	if !ok {
		return false
	}
	e, ok := p.Body.(*ikev2.EAP)
	return ok && e.Code == ikev2.EAPRequest
}

// authRefused reports whether the initiator refused what the responder sent as its proof (RFC 7296, section 2.21.2).
func authRefused(sa *ikesa.SA) bool {
	for _, m := range sa.Messages {
		if typeOf(m) == ikev2.ExchangeInformational && findNotify2(m, ikev2.NotifyAuthenticationFailed) != nil {
			return true
		}
	}
	return false
}

// ikeDeleted2 is the frame whose Delete payload ended the IKE SA; 0: none was seen.
func ikeDeleted2(sa *ikesa.SA) int {
	for _, m := range sa.Messages {
		for _, p := range m.Payloads {
			if d, ok := p.Body.(*ikev2.Delete); ok && d.IKE() {
				return m.Frame
			}
		}
	}
	return 0
}

// natHashes reports whether the hashes of m fit the addresses that it came with. There may be several of the source.
func natHashes(m *ikesa.Message) (src, dst, seen bool) {
	sources, dests := 0, 0
	for _, n := range notifies2(m) {
		hash, ok := n.NATHash()
		if !ok {
			continue
		}
		if n.Type == ikev2.NotifyNATDetectionSource {
			sources++
			src = src || natFits(m, hash, m.Src)
		} else {
			dests++
			dst = dst || natFits(m, hash, m.Dst)
		}
	}
	return src, dst, sources > 0 && dests > 0
}

func natFits(m *ikesa.Message, hash []byte, a netip.AddrPort) bool {
	want := keys.NATDetectionHash(m.Initiator, m.Responder, a.Addr().Unmap().AsSlice(), a.Port())
	return bytes.Equal(hash, want)
}

// natOf is what is known of NAT between the peers.
func natOf(sa *ikesa.SA) ikesa.NAT { return sa.NAT }

// rekeyedFrom finds the IKE SA that a CREATE_CHILD_SA of another one set up: the older one and the frame of the answer.
func rekeyedFrom(sa *ikesa.SA, all []*ikesa.SA) (*ikesa.SA, int) {
	for _, old := range all {
		if old.Version != 2 || old == sa {
			continue
		}
		for _, x := range old.Exchanges {
			if x.Type != ikev2.ExchangeCreateChild {
				continue
			}
			if i, r, frame, ok := newSPIs(x); ok && i == sa.Initiator && r == sa.Responder {
				return old, frame
			}
		}
	}
	return nil, 0
}

// newSPIs are the SPIs of the IKE SA that x sets up in place of its own (RFC 7296, section 1.3.2).
func newSPIs(x *ikesa.Exchange) (i, r decode.SPI, frame int, ok bool) {
	var request, answer *ikev2.Proposal
	chosen := answers2(x)
	if len(chosen) == 0 || chosen[0].Protocol != ikev2.ProtocolIKE || len(chosen[0].SPI) != len(r) {
		return i, r, 0, false
	}
	answer = &chosen[0]
	for _, m := range x.Messages {
		sa := sa2Of(m)
		switch {
		case sa == nil:
		case isResponse(m):
			frame = m.Frame
		default:
			for k, p := range sa.Proposals {
				if len(p.SPI) == len(i) && (request == nil || p.Number == answer.Number) {
					request = &sa.Proposals[k]
				}
			}
		}
	}
	if request == nil {
		return i, r, 0, false
	}
	copy(i[:], request.SPI)
	copy(r[:], answer.SPI)
	return i, r, frame, true
}

// noteRekey names the IKE SA that sa replaced, and the identities that it has from there (RFC 7296, section 2.18).
func (r *IKESA) noteRekey(sa *ikesa.SA, all []*ikesa.SA) {
	if sa.Version != 2 {
		return
	}
	old, frame := rekeyedFrom(sa, all)
	if old == nil {
		return
	}
	r.RekeyedFrom = fmt.Sprintf("%v:%v in frame %d", old.Initiator, old.Responder, frame)
	first := firstOf(sa, all)
	i, resp := newIdentity2(first.InitiatorID2), newIdentity2(first.ResponderID2)
	if first.InitiatorAddr.Addr() == sa.ResponderAddr.Addr() { // the other side has started the rekey
		i, resp = resp, i
	}
	if r.InitiatorID == nil {
		r.InitiatorID = i
	}
	if r.ResponderID == nil {
		r.ResponderID = resp
	}
}

// maxRekeys bounds the rekeys of an IKE SA that are followed back.
const maxRekeys = 1000

// firstOf is the IKE SA in which the peers of sa said who they are: the first one, if sa replaced it by rekeying.
func firstOf(sa *ikesa.SA, all []*ikesa.SA) *ikesa.SA {
	for range maxRekeys {
		old, _ := rekeyedFrom(sa, all)
		if old == nil {
			break
		}
		sa = old
	}
	return sa
}

// auth says how both sides proved who they are.
func (r *IKESA) auth() string {
	switch {
	case r.InitiatorAuth == "" && r.ResponderAuth == "":
		return ""
	case r.InitiatorAuth == r.ResponderAuth:
		return r.InitiatorAuth
	}
	var parts []string
	if r.InitiatorAuth != "" {
		parts = append(parts, "initiator by "+r.InitiatorAuth)
	}
	if r.ResponderAuth != "" {
		parts = append(parts, "responder by "+r.ResponderAuth)
	}
	return join(parts, "; ")
}
