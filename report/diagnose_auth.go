package report

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Rules about authentication: pre-shared keys and identities. Certificates are judged in diagnose_cert.go, users in
// diagnose_user.go.

// pskMismatch is for a phase 1 that ended where the first message has to be read that pre-shared keys protect.
func pskMismatch(s *story, x *ikesa.Exchange, o *Outcome) Finding {
	m := lastEncrypted(x)
	from, to := side(m.FromInitiator), side(!m.FromInitiator)
	f := Finding{Code: "psk-mismatch", Severity: SeverityProblem, Frames: frames(append(messageFrames(m), o.Frame)...),
		Text: fmt.Sprintf("the %s cannot read what the %s encrypted in frame %d: most likely their pre-shared keys differ", to, from, m.Frame),
		Hint: "compare the pre-shared key on both sides, and which one is configured for this peer's address or identity"}
	if x.Type == ikev1.ExchangeAggressive {
		f.Text = fmt.Sprintf("the %s does not go on after HASH of the %s in frame %d: most likely their pre-shared keys differ", to, from, m.Frame)
	}
	key := Compared{Name: "pre-shared key", Initiator: "not known", Responder: "not known"}
	mine, other := &key.Initiator, &key.Responder
	if !m.FromInitiator {
		mine, other = other, mine
	}
	given := "the one that belongs to the secrets that were given"
	if s.sa.Keys.PSK != nil {
		given = "the one that was given"
	}
	closed := closedFrom(s.sa, !m.FromInitiator)
	switch {
	case m.Hash.OK && m.Hash.Done:
		*mine, *other, key.Differs = given, "another one", true
		f.Text = fmt.Sprintf("the pre-shared keys differ: %s in frame %d fits the secrets that were given, and the %s cannot read it", m.Hash.Name, m.Frame, to)
		if closed != 0 {
			f.Text += fmt.Sprintf(": its own frame %d does not open with them", closed)
		}
		f.Hint = fmt.Sprintf("the %s's key is the one that was given: change the %s's, or which one it takes for this peer's address or identity", from, to)
	case m.State == ikesa.Closed && openedFrom(s.sa, !m.FromInitiator) != 0:
		opened := openedFrom(s.sa, !m.FromInitiator)
		*mine, *other, key.Differs = "another one", given, true
		f.Text = fmt.Sprintf("the pre-shared keys differ: the secrets that were given open frame %d of the %s, and not frame %d of the %s", opened, to, m.Frame, from)
		f.Hint = fmt.Sprintf("the %s's key is the one that was given: change the %s's, or which one it takes for this peer's address or identity", to, from)
	case m.State == ikesa.Opened:
		*mine, *other, key.Differs = given, "another one", true
		f.Text += fmt.Sprintf("; the secret that was given is the %s's", from)
	case hasGap(s.sa, ikesa.GapWrongPSK):
		*mine = "not the one that was given"
		f.Text += fmt.Sprintf("; the one that was given is not the %s's", from)
	default:
		f.Hint += "; with the DH secret and either side's pre-shared key it can be proved"
		return f
	}
	f.Values = []Compared{key}
	for _, answer := range s.sa.Messages { // each says again that it cannot read
		if answer.FromInitiator != m.FromInitiator && answer.Time.After(m.Time) {
			f.Frames = frames(append(f.Frames, answer.Frame)...)
		}
	}
	return f
}

// openedFrom is the frame of the first encrypted message of a side that opened with a right HASH; 0: none.
func openedFrom(sa *ikesa.SA, initiator bool) int {
	for _, m := range sa.Messages {
		if m.FromInitiator == initiator && m.State == ikesa.Opened && m.Hash.OK {
			return m.Frame
		}
	}
	return 0
}

// closedFrom is the frame of the first encrypted message of a side that stayed closed; 0: none.
func closedFrom(sa *ikesa.SA, initiator bool) int {
	for _, m := range sa.Messages {
		if m.FromInitiator == initiator && m.State == ikesa.Closed {
			return m.Frame
		}
	}
	return 0
}

func hasGap(sa *ikesa.SA, code ikesa.GapCode) bool {
	return slices.ContainsFunc(sa.Gaps, func(g ikesa.Gap) bool { return g.Code == code })
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

// An idSeen is an identity in a message.
type idSeen struct {
	text  string // "gwa.example.org (ID_FQDN)"
	frame int
}

// An idKey names a host, as it is towards another one, in a version of IKE.
type idKey struct {
	host, peer netip.Addr
	version    int
}

// ids are the identities of the capture: what each host says that it is, and what its peer wants it to be.
type ids struct {
	own, wanted map[idKey]idSeen // the first one of each
}

func (d *diagnosis) identities() *ids {
	if d.ids != nil {
		return d.ids
	}
	d.ids = &ids{make(map[idKey]idSeen), make(map[idKey]idSeen)}
	note := func(at map[idKey]idSeen, k idKey, text string, frame int) {
		if _, ok := at[k]; !ok {
			at[k] = idSeen{text, frame}
		}
	}
	for _, s := range d.stories {
		for _, m := range s.sa.Messages {
			src, dst := idKey{m.Src.Addr(), m.Dst.Addr(), s.sa.Version}, idKey{m.Dst.Addr(), m.Src.Addr(), s.sa.Version}
			for _, p := range m.Payloads {
				switch id := p.Body.(type) {
				case *ikev1.ID:
					if m.Exchange != nil && isPhase1Exchange(m.Exchange.Type) {
						note(d.ids.own, src, idText1(id), m.Frame)
					}
				case *ikev2.ID:
					if p.Type == ikev2.PayloadIDr && m.FromInitiator {
						note(d.ids.wanted, dst, idText2(id), m.Frame)
					} else {
						note(d.ids.own, src, idText2(id), m.Frame)
					}
				}
			}
		}
	}
	return d.ids
}

func idText1(id *ikev1.ID) string { return fmt.Sprintf("%v (%v)", id, id.Type) }

func idText2(id *ikev2.ID) string { return fmt.Sprintf("%v (%s)", id, ikev2.IDTypeName(id.Type)) }

// saidID is the identity that a side gave in sa; "" where it is not known.
func saidID(sa *ikesa.SA, initiator bool) string {
	id1, id2 := sa.ResponderID, sa.ResponderID2
	if initiator {
		id1, id2 = sa.InitiatorID, sa.InitiatorID2
	}
	switch {
	case id2 != nil:
		return idText2(id2)
	case id1 != nil:
		return idText1(id1)
	}
	return ""
}

// askedID is the identity that the initiator of an IKEv2 SA asks the responder for; "" where it does not.
func askedID(sa *ikesa.SA) (string, int) {
	for _, m := range sa.Messages {
		for _, p := range m.Payloads {
			if id, ok := p.Body.(*ikev2.ID); ok && p.Type == ikev2.PayloadIDr && m.FromInitiator {
				return idText2(id), m.Frame
			}
		}
	}
	return "", 0
}

// identityRows compares what the side that proved who it is says with what the other one wants. differ names the side whose
// identity is wanted otherwise than it is said: as far as the capture shows, here or elsewhere.
func (d *diagnosis) identityRows(sa *ikesa.SA, prover bool) (rows []Compared, frame int, differ string) {
	host, other := sa.ResponderAddr.Addr(), sa.InitiatorAddr.Addr()
	if prover {
		host, other = other, host
	}
	known := d.identities()
	said, want := saidID(sa, prover), ""
	if w, ok := known.wanted[idKey{host, other, sa.Version}]; ok {
		want, frame = w.text, w.frame
	}
	if asked, at := askedID(sa); !prover && asked != "" {
		want, frame = asked, at
	}
	if r, ok := d.identityRow(sa, prover, said, want); ok {
		rows = append(rows, r)
		if r.Differs {
			return rows, frame, side(prover)
		}
	}
	// A responder that has no connection for the identity it is asked for refuses the initiator, whose own may be right.
	if asked, at := askedID(sa); prover && asked != "" && saidID(sa, false) == "" {
		if own, ok := known.own[idKey{other, host, sa.Version}]; ok {
			if r, ok := d.identityRow(sa, false, own.text, asked); ok {
				rows = append(rows, r)
				if r.Differs {
					return rows, max(own.frame, at), side(false)
				}
			}
		}
	}
	return rows, 0, ""
}

// identityRow compares what a side says that it is with what the other one wants it to be.
func (d *diagnosis) identityRow(sa *ikesa.SA, prover bool, said, want string) (Compared, bool) {
	if said == "" || want == "" {
		return Compared{}, false
	}
	r := Compared{Name: "identity of the " + side(prover), Initiator: want, Responder: said, Differs: said != want}
	if prover {
		r.Initiator, r.Responder = said, want
	}
	return r, true
}

// A refusedProof is a side that does not accept how the other one proves who it is.
type refusedProof struct {
	s      *story
	x      *ikesa.Exchange // with the proof
	prover bool            // the initiator was refused
	frames []int
	said   string // "AUTHENTICATION_FAILED", "delete ISAKMP"; "" where the message stayed closed
}

// finding says why, as far as it can be told: certificate, identity, pre-shared key.
func (r *refusedProof) finding(d *diagnosis) Finding {
	f := Finding{Code: "auth-failed", Severity: SeverityProblem, Frames: frames(r.frames...),
		Text: fmt.Sprintf("the %s does not accept how the %s proves who it is", side(!r.prover), side(r.prover)),
		Hint: fmt.Sprintf("see in the %s's log why: identity, certificate and its issuer, or key", side(!r.prover))}
	if r.said != "" {
		f.Text += ": " + r.said
	}
	method := authOf(r.s.sa, r.prover)
	if method != "" {
		f.Text += " (" + method + ")"
	}
	f.Details = identities2(r.x)
	if asked, _ := askedID(r.s.sa); r.prover && asked != "" && saidID(r.s.sa, false) == "" {
		f.Hint += fmt.Sprintf("; and whether %s, whom the initiator asks for, is one of the responder's identities", asked)
	}
	if g, ok := d.certProblem(r, f); ok {
		return g
	}
	rows, frame, differ := d.identityRows(r.s.sa, r.prover)
	f.Values = rows
	if differ != "" {
		f.Code = "identity-mismatch"
		f.Text += fmt.Sprintf("; the identity of the %s is not the one that the other side wants", differ)
		f.Hint = fmt.Sprintf("let the %s send the identity that the other side has for it, or change it there", differ)
		f.Frames = frames(append(f.Frames, frame)...)
		return f
	}
	if at := d.noPeerConfig(r.s.sa, &f); at != "" {
		f.Code = "identity-mismatch"
		f.Text += fmt.Sprintf("; its log says that it has no connection for these identities (%s)", at)
		f.Values = append(f.Values, d.noConnectionRow(r.s.sa, r.prover))
		f.Hint = fmt.Sprintf("configure a connection with these identities on the %s, or change what the %s sends and asks for", side(!r.prover), side(r.prover))
		return f
	}
	if strings.HasPrefix(method, ikev2.AuthSharedKey.String()) {
		return r.sharedKey(d, f)
	}
	return f
}

// noConnectionRow shows the identities for which a side has no connection.
func (d *diagnosis) noConnectionRow(sa *ikesa.SA, prover bool) Compared {
	r := Compared{Name: "identities", Initiator: saidID(sa, prover), Responder: "no connection for them", Differs: true}
	if asked, _ := askedID(sa); prover && asked != "" {
		r.Initiator += ", asks for " + asked
	}
	if !prover {
		r.Initiator, r.Responder = r.Responder, r.Initiator
	}
	return r
}

// sentIdentities are the identities that the refused side sent, of itself and of whom it asks for, except for those in rows; what the
// other side has is in no message.
func (r *refusedProof) sentIdentities(rows []Compared) (list []Compared) {
	const unknown = "not in the capture"
	add := func(initiator bool, id string) {
		row := Compared{Name: "identity of the " + side(initiator), Initiator: id, Responder: unknown}
		if !r.prover {
			row.Initiator, row.Responder = unknown, id
		}
		if id != "" && !slices.ContainsFunc(rows, func(o Compared) bool { return o.Name == row.Name }) {
			list = append(list, row)
		}
	}
	if asked, _ := askedID(r.s.sa); r.prover {
		add(false, asked)
	}
	add(r.prover, saidID(r.s.sa, r.prover))
	return list
}

// sharedKey judges a pre-shared key that was refused in IKEv2 by the check of AUTH.
func (r *refusedProof) sharedKey(d *diagnosis, f Finding) Finding {
	f.Hint = "compare the pre-shared key on both sides, and for which addresses and identities it is configured"
	for _, a := range r.s.sa.Auth {
		if a.Initiator != r.prover {
			continue
		}
		if a.Text != "" {
			f.Details = append(f.Details, fmt.Sprintf("AUTH of the %s in frame %d: %s", side(r.prover), a.Frame, a.Text))
		}
		if !a.Done || a.Method != ikev2.AuthSharedKey {
			if line := d.macMismatch(r.s.sa, &f); line != "" {
				f.Code = "psk-mismatch"
				f.Text = fmt.Sprintf("the pre-shared keys differ, as the log says (%s): the %s refuses the %s's AUTH in frame %d with %s", line, side(!r.prover), side(r.prover), a.Frame, r.said)
				f.Values = append(f.Values, Compared{Name: "pre-shared key", Initiator: "one key", Responder: "another one", Differs: true})
				return f
			}
			f.Hint += "; with a pre-shared key its AUTH can be checked"
			continue
		}
		other := "another one, or none for this identity"
		at := d.macMismatch(r.s.sa, &f)
		if at != "" {
			other = "another one (" + at + ")"
		}
		key := Compared{Name: "pre-shared key", Initiator: "the one that was given", Responder: other, Differs: true}
		switch {
		case !a.OK:
			f.Code = "psk-mismatch"
			key.Initiator, key.Responder = "not the one that was given", "not known"
			f.Text = fmt.Sprintf("the %s refuses the %s's pre-shared key: %s; AUTH in frame %d does not fit the one that was given either",
				side(!r.prover), side(r.prover), r.said, a.Frame)
		case at != "":
			f.Code = "psk-mismatch"
			f.Text = fmt.Sprintf("the %s refuses the %s's pre-shared key: %s; AUTH in frame %d fits the one that was given, so that the %s has %s",
				side(!r.prover), side(r.prover), r.said, a.Frame, side(!r.prover), other)
		default:
			// A side that has no connection for the identities says the same (RFC 7296, section 2.21.2).
			f.Values, key.Differs = append(r.sentIdentities(f.Values), f.Values...), false
			f.Text = fmt.Sprintf("the %s refuses the %s's pre-shared key or an identity: %s; AUTH in frame %d fits the key that was given, so that the %s has another one, or no connection for the identities",
				side(!r.prover), side(r.prover), r.said, a.Frame, side(!r.prover))
			f.Hint = fmt.Sprintf("compare the pre-shared key on both sides, and the identities that the %s sends with those that are configured on the %s", side(r.prover), side(!r.prover))
		}
		if !r.prover {
			key.Initiator, key.Responder = key.Responder, key.Initiator
		}
		f.Values = append(f.Values, key)
		return f
	}
	return f
}
