package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about users and what is configured for them: XAUTH, EAP, addresses.

func (d *diagnosis) xauth() {
	for _, s := range d.Stories() {
		for _, f := range d.xauthOf(s) {
			d.addSA(s.SA, f)
		}
	}
}

// xauthOf are the findings about XAUTH that failed in an IKE SA.
func (d *diagnosis) xauthOf(s *negotiation.Story) (list []Finding) {
	for _, x := range s.SA.Exchanges {
		// Those of the initiator ask for an address, and who that is a capture that begins late does not show.
		if o := s.Outcome(x); x.Type == ikev1.ExchangeTransaction && o.Code == negotiation.Failed && !x.Messages[0].FromInitiator && !asksForConfig(x) {
			list = append(list, xauthFailed(s.SA, o))
		}
	}
	if f, ok := d.closedXAUTH(s); ok && !d.acceptedByLog(s.SA) {
		list = append(list, f)
	}
	return list
}

// asksForConfig reports whether the first message of a Transaction asks for attributes, and for none of XAUTH.
func asksForConfig(x *ikesa.Exchange) bool {
	for _, p := range x.Messages[0].Payloads {
		if a, ok := p.Body.(*ikev1.Attributes); ok && a.Type == ike.ConfigRequest && len(a.Attributes) > 0 {
			return !slices.ContainsFunc(a.Attributes, func(b decode.Attribute) bool { return b.Type >= ike.XAUTHType && b.Type <= ike.XAUTHAnswer })
		}
	}
	return false
}

// acceptedByLog reports whether a log has an IKE SA come up in a Transaction, and no user rejected: XAUTH went well.
func (d *diagnosis) acceptedByLog(sa *ikesa.SA) bool {
	events := d.logbook().events[sa]
	return slices.ContainsFunc(events, func(e *entry) bool {
		return e.Kind == logs.Up && e.grade == Log && e.x != nil && e.x.Type == ikev1.ExchangeTransaction
	}) && !slices.ContainsFunc(events, func(e *entry) bool { return e.Kind == logs.Refused || e.Kind == logs.PeerError })
}

// closedXAUTH finds an IKE SA that ends after XAUTH where its messages are not decrypted: no Quick Mode follows. An initiator that goes on
// with a Transaction of its own, to get an address, was accepted. So may be one with which the responder goes on, where the capture ends there.
func (d *diagnosis) closedXAUTH(s *negotiation.Story) (f Finding, ok bool) {
	var transactions, rest []*ikesa.Message
	for _, m := range s.SA.Messages {
		switch t := negotiation.TypeOf(m); {
		case t == ikev1.ExchangeQuick || m.State != ikesa.Closed && !negotiation.IsPhase1(t):
			return f, false
		case t == ikev1.ExchangeTransaction && m.Exchange.Messages[0].FromInitiator:
			return f, false
		case t == ikev1.ExchangeTransaction:
			transactions, rest = append(transactions, m), nil
		case t == ikev1.ExchangeInformational:
			rest = append(rest, m)
		}
	}
	const whole = 4 // messages of XAUTH: request, reply, status, acknowledgement
	if s.SA.Version != 1 || len(transactions) < 2 || len(transactions) < whole && len(rest) == 0 || !usesXAUTH(s.SA) {
		return f, false
	}
	if side, alone := negotiation.OnlyOneSide(s.SA); alone && side == Responder { // Quick Mode is for the other one to begin
		return f, false
	}
	last := transactions[len(transactions)-1]
	replies := 0
	for _, m := range transactions {
		if m.FromInitiator {
			replies++
		}
	}
	if replies > whole/2 && len(rest) == 0 && d.Session.Last.Sub(last.Time) < patience {
		return f, false
	}
	if len(rest) > 0 {
		last = rest[len(rest)-1]
	}
	frames := []int{last.Frame}
	for _, m := range transactions {
		if m == m.Exchange.Messages[0] {
			frames = append(frames, m.Frame)
		}
	}
	return Finding{Code: CodeXAUTHFailed, Severity: Problem, Frames: Frames(frames...), Facts: XAUTHFailed{Closed: len(transactions), Silent: len(rest) == 0}}, true
}

// usesXAUTH reports whether phase 1 was negotiated with XAUTH or hybrid authentication.
func usesXAUTH(sa *ikesa.SA) bool { return sa.Policy.Auth.XAUTH() }

func xauthFailed(sa *ikesa.SA, o *negotiation.Outcome) Finding {
	f := Finding{Code: CodeXAUTHFailed, Severity: Problem, Grade: Wire, From: o.From, Frames: Frames(o.Frame)}
	user, at := xauthUser(sa)
	if user != "" {
		f.Frames = Frames(at, o.Frame)
		f.Compared = []Compared{{Name: "user", Initiator: user, Responder: UserRefused, Differs: true}}
	}
	facts := XAUTHFailed{Outcome: o, User: user, PSK: sa.Policy.Auth.Kind() == ike.AuthPSK}
	if facts.Empty = emptyReply(sa); facts.Empty > 0 {
		f.Frames = Frames(facts.Empty, o.Frame)
	}
	f.Facts = facts
	return f
}

// emptyReply is the frame of a reply to XAUTH without any attribute; 0: there is none.
func emptyReply(sa *ikesa.SA) int {
	for _, m := range sa.Messages {
		for _, p := range m.Payloads {
			if a, ok := p.Body.(*ikev1.Attributes); ok && p.Err == nil && a.Type == ike.ConfigReply && len(a.Attributes) == 0 && m.FromInitiator {
				return m.Frame
			}
		}
	}
	return 0
}

// xauthUser is the name that the user gives.
func xauthUser(sa *ikesa.SA) (name string, frame int) {
	for _, m := range sa.Messages {
		for _, p := range m.Payloads {
			a, ok := p.Body.(*ikev1.Attributes)
			if !ok || a.Type != ike.ConfigReply {
				continue
			}
			if v, ok := a.Attr(ike.XAUTHUserName); ok && len(v.Value) > 0 {
				return v.ConfigValue(), m.Frame
			}
		}
	}
	return "", 0
}

// eapErrors are the error codes of MSCHAPv2 (RFC 2759, section 6).
var eapErrors = map[string]string{
	"646": "the user may not log on at this hour", "647": "the account is disabled", "648": "the password has expired",
	"649": "the user may not dial in", "691": "wrong user name or password", "709": "the password could not be changed",
}

// An eapStory is what EAP came to.
type eapStory struct {
	method     string // that the responder expects
	tls        bool   // it has a TLS handshake
	frame      int    // of its first request
	user       string // who says so within EAP, else in the IDi before it
	wants      string // the methods that the initiator asks for instead, in a Nak
	errorCode  string // of MSCHAPv2: "691"
	errorFrame int
	failure    int // frame of EAP Failure
	success    int // likewise, of EAP Success
}

// eapOf follows EAP through the messages of an SA (RFC 3748).
func eapOf(sa *ikesa.SA) (e eapStory, ok bool) {
	named := false
	for _, m := range sa.Messages {
		for _, p := range m.Payloads {
			if id, is := p.Body.(*ikev2.ID); is && p.Err == nil && m.FromInitiator && p.Type == ikev2.PayloadIDi && !ok {
				e.user = id.Type.Name(ike.V2) + " " + id.String() // of the last round of authentication before EAP (RFC 4739)
			}
			b, isEAP := p.Body.(*ikev2.EAP)
			if !isEAP || p.Err != nil {
				continue
			}
			ok = true
			if name, is := b.Identity(); is && !named {
				e.user, named = name, true
			}
			switch {
			case b.Code == ike.EAPFailure:
				e.failure = m.Frame
			case b.Code == ike.EAPSuccess:
				e.success = m.Frame
			case b.Code == ike.EAPResponse && b.Type == ikev2.EAPNak:
				e.wants = nakTypes(b)
			case b.Code == ike.EAPRequest && b.Type > ikev2.EAPNak:
				if e.method == "" {
					e.method, e.frame, e.tls = b.Type.String(), m.Frame, b.Type.TLS()
				}
				if code := mschapError(b); code != "" {
					e.errorCode, e.errorFrame = code, m.Frame
				}
			}
		}
	}
	return e, ok
}

// nakTypes are the methods that a Nak asks for (RFC 3748, section 5.3.1): "TTLS, TLS"; "" for none.
func nakTypes(b *ikev2.EAP) string {
	names := make([]string, 0, len(b.Data))
	for _, t := range b.Data {
		names = append(names, ikev2.EAPType(t).String())
	}
	return strings.Join(names, ", ")
}

// longestCode is how much is shown of an error code of MSCHAPv2, which has three digits.
const longestCode = 8

// mschapError is the error code of a Failure packet of MSCHAPv2: of "E=691 R=0 C=… V=3 M=…" the 691
// (draft-kamath-pppext-eap-mschapv2, section 2.4).
func mschapError(b *ikev2.EAP) string {
	const failure, header = 4, 4
	if b.Type != ikev2.EAPMSCHAPv2 || len(b.Data) < header || b.Data[0] != failure {
		return ""
	}
	for _, word := range strings.Fields(string(b.Data[header:])) {
		if code, ok := strings.CutPrefix(word, "E="); ok {
			return code[:min(len(code), longestCode)]
		}
	}
	return ""
}

// eapFinding is for EAP that failed, or that the initiator gave up. said is what ended it.
func eapFinding(s *negotiation.Story, x *ikesa.Exchange, said Said, at int) Finding {
	e, _ := eapOf(s.SA)
	facts := EAPFailed{Method: e.method, Wants: e.wants, User: e.user, Reason: eapErrors[e.errorCode], Code: e.errorCode, Said: said, GaveUp: e.failure == 0, TLS: e.tls, Early: e.method == "" && wholeUntil(x, e.failure), Identities: sentIDs(x)}
	f := Finding{Code: CodeEAPFailed, Severity: Problem, Grade: Wire, Frames: Frames(e.frame, e.errorFrame, e.failure, at), Facts: facts,
		Compared: []Compared{{Name: "EAP method", Initiator: e.method, Responder: e.method}, {Name: "user", Initiator: e.user, Responder: UserRefused, Differs: true}}}
	if facts.Early || facts.GaveUp && e.errorCode == "" { // nobody rejected the user
		f.Compared = nil
	}
	if e.errorCode == "" && e.wants != "" {
		f.Compared = []Compared{{Name: "EAP method", Initiator: e.wants, Responder: e.method, Differs: true}}
	}
	return f
}

// afterEAP is for a responder that rejects IKE_AUTH though EAP accepted the user.
func afterEAP(e *eapStory, x *ikesa.Exchange, o *negotiation.Outcome) Finding {
	return Finding{Code: CodeAuthFailed, Severity: Problem, Grade: Wire, From: Responder, Frames: Frames(e.success, o.Frame),
		Facts: EAPFailed{Method: e.method, User: e.user, Said: Said{Outcome: o}, Succeeded: true, Identities: sentIDs(x)}}
}

// wholeUntil reports whether the capture has all responses of IKE_AUTH until a frame, none of them encrypted: message IDs begin with 1 there.
func wholeUntil(x *ikesa.Exchange, frame int) bool {
	n := uint32(0)
	for _, m := range x.Messages {
		if !m.IsResponse() {
			continue
		}
		if n++; m.State == ikesa.Closed || m.MessageID != n {
			return false
		}
		if m.Frame == frame {
			return true
		}
	}
	return false
}

// addresses notes the virtual addresses that were given, by Mode Config or a Configuration payload.
func (d *diagnosis) addresses() {
	for _, s := range d.Stories() {
		for _, m := range s.SA.Messages {
			for _, p := range m.Payloads {
				if text := assigned(p.Body); text != "" {
					d.noteSA(s.SA, CodeAddressAssigned, SideOf(m.FromInitiator), AddressGiven{Text: text}, messageFrames(m))
				}
			}
		}
	}
}

// noAddress finds requests for a virtual address, by Mode Config or a Configuration payload, whose reply has none, while the peers go on.
func (d *diagnosis) noAddress() {
	for _, s := range d.Stories() {
		var asked, answered *ikesa.Message
		for _, m := range s.SA.Messages {
			for _, p := range m.Payloads {
				attrs, typ := configOf(p.Body)
				switch {
				case assigned(p.Body) != "":
					asked = nil
				case typ == ike.ConfigRequest && asked == nil && asksAddress(attrs):
					asked, answered = m, nil
				case typ == ike.ConfigReply && asked != nil && m.FromInitiator != asked.FromInitiator && m.MessageID == asked.MessageID:
					answered = m
				}
			}
		}
		if asked == nil || answered == nil {
			continue
		}
		f := Finding{Code: CodeNoAddress, Severity: Problem, Grade: Wire, From: SideOf(answered.FromInitiator), Frames: Frames(asked.Frame, answered.Frame),
			Facts: FailedExchange{Kind: NoneAssigned}}
		if d.carriesBothWays(s.SA) { // without it
			f.Severity = Warning
		}
		d.addSA(s.SA, f)
	}
}

// asksAddress reports whether a request is for an address, and not for what comes along alone.
func asksAddress(attrs []decode.Attribute) bool {
	return slices.ContainsFunc(attrs, func(a decode.Attribute) bool { return a.Type == ike.ConfigIP4Address || a.Type == ike.ConfigIP6Address })
}

// carriesBothWays reports whether a Child SA of an IKE SA has packets in both directions.
func (d *diagnosis) carriesBothWays(sa *ikesa.SA) bool {
	ways := make(map[netip.Addr]bool)
	for _, f := range d.flows() {
		if f.Child.SA == sa {
			ways[f.About.Src] = true
		}
	}
	return len(ways) > 1
}

// configOf are the attributes of Mode Config or a Configuration payload, and what they are for; 0: it is neither.
func configOf(b decode.Body) (attrs []decode.Attribute, typ ike.ConfigType) {
	switch c := b.(type) {
	case *ikev1.Attributes:
		return c.Attributes, c.Type
	case *ikev2.CP:
		for _, a := range c.Attributes {
			attrs = append(attrs, a.Attribute)
		}
		return attrs, c.Type
	}
	return nil, 0
}

// assigned are the addresses that a reply, or a set, has, with the DNS servers and networks that come along.
func assigned(b decode.Body) string {
	attrs, typ := configOf(b)
	if typ != ike.ConfigReply && typ != ike.ConfigSet {
		return ""
	}
	var addrs, more []string
	for _, a := range attrs {
		if len(a.Value) == 0 || len(more) > maxTraitValues {
			continue
		}
		switch a.Type {
		case ike.ConfigIP4Address, ike.ConfigIP6Address:
			addrs = append(addrs, a.ConfigValue())
		case ike.ConfigIP4DNS, ike.ConfigIP6DNS:
			more = append(more, "DNS "+a.ConfigValue())
		case ike.ConfigIP4Subnet, ike.ConfigIP6Subnet, ike.UnitySplitInclude:
			more = append(more, "network "+a.ConfigValue())
		}
	}
	if len(addrs) == 0 {
		return ""
	}
	if len(more) > 0 {
		return strings.Join(addrs, ", ") + " with " + strings.Join(more, ", ")
	}
	return strings.Join(addrs, ", ")
}
