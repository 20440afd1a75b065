package diagnose

import (
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about implementations that do other than the RFCs say, as far as the capture shows it.

// An espQuirk is something odd in decrypted packets that matters to a peer.
type espQuirk struct {
	note  esp.Note
	quirk Quirk
	rfc   string
}

var espQuirks = [...]espQuirk{
	{esp.NoteTruncation, QuirkTruncation, "RFC 4868, section 2.3"},
	{esp.NotePadding, QuirkPadding, "RFC 4303, section 2.4"},
	{esp.NoteESN, QuirkESN, "RFC 4303, section 2.2.1"},
	{esp.NoteVersion, QuirkVersion, "RFC 4303, section 2.6"},
}

// quirks notes what implementations do their own way.
func (d *diagnosis) quirks() {
	d.espQuirks()
	for _, s := range d.Stories() {
		for _, q := range ikeQuirks {
			if list := q.find(s.SA); len(list) > 0 {
				d.add(Finding{Code: CodeVendorQuirk, Severity: Noteworthy, Grade: Wire, Subject: subjectOf(s.SA), Frames: Frames(list...),
					Facts: IKEQuirk{Quirk: q.quirk}, RFC: q.rfc})
			}
		}
		if !readAfterDecryption(s.SA) { // which leaves the padding behind the payloads
			d.malformed(s.SA)
		}
	}
}

func (d *diagnosis) espQuirks() {
	flows, ways := d.icvFlows()
	cut := make(map[*esp.SA]bool) // otherwise than the way back
	for i := range flows {
		if o := flows[i].back(ways); o != nil && o.icv != flows[i].icv || d.table(&flows[i], o) != nil {
			cut[flows[i].sa] = true
		}
	}
	for i := range espQuirks {
		var f Finding
		var facts ESPQuirk
		for _, n := range d.watch.Notes.Of(espQuirks[i].note) {
			negotiated := d.Child(negotiation.KeyOf(n.SA)).Child != nil
			switch {
			case espQuirks[i].note == esp.NoteESN && !negotiated: // key files seldom speak of ESN
			case espQuirks[i].note == esp.NoteTruncation && cut[n.SA]: // icvLengths says it
			case f.Code != "":
				facts.Others++
			default:
				f, facts = espQuirks[i].finding(n)
			}
		}
		if f.Code != "" {
			f.Facts = facts
			d.add(f)
		}
	}
}

func (q *espQuirk) finding(n *traffic.Noted) (f Finding, facts ESPQuirk) {
	facts = ESPQuirk{Quirk: q.quirk, Flow: traffic.OfSA(n.SA)}
	f = Finding{Code: CodeVendorQuirk, Severity: Noteworthy, Grade: Keys, Frames: Frames(n.First, n.Last), Span: true, RFC: q.rfc}
	if q.quirk == QuirkTruncation {
		f.Setting, facts.ICVBits = SettingTruncation, 8*n.SA.ICVLength()
		if n.SA.MAC != nil {
			facts.MAC = n.SA.MAC.Name
		}
	}
	return f, facts
}

// An ikeQuirk is something odd in the messages of an IKE SA; find lists the frames that show it.
type ikeQuirk struct {
	quirk Quirk
	rfc   string
	find  func(*ikesa.SA) []int
}

var ikeQuirks = []ikeQuirk{
	{QuirkNoMarker, "RFC 3948, section 2.2",
		func(sa *ikesa.SA) []int {
			return framesOf(sa, func(m *ikesa.Message) bool {
				return !m.Marker && !m.TCP && (m.Src.Port() == capture.PortNATT || m.Dst.Port() == capture.PortNATT)
			})
		}},
	{QuirkMarker, "RFC 3948, section 2.2",
		func(sa *ikesa.SA) []int {
			return framesOf(sa, func(m *ikesa.Message) bool {
				return m.Marker && (m.Src.Port() == capture.PortIKE || m.Dst.Port() == capture.PortIKE)
			})
		}},
	{QuirkPort, "",
		func(sa *ikesa.SA) []int { return framesOf(sa, func(m *ikesa.Message) bool { return m.OddPort }) }},
	{QuirkDraftNATT, "RFC 3947, section 3.1",
		draftNATT},
	{QuirkUnaskedFrag, "",
		unaskedFragments},
}

// unaskedFragments finds IKE fragments of IKEv1 whose receiver never sent the vendor ID that asks for them, though its first
// message is in the capture.
func unaskedFragments(sa *ikesa.SA) (list []int) {
	if sa.Version != 1 || !sa.RolesKnown {
		return nil
	}
	var knows, seen [2]bool
	for _, m := range sa.Messages {
		i := 0
		if !m.FromInitiator {
			i = 1
		}
		seen[i] = seen[i] || m.Offer() != nil && negotiation.IsPhase1(negotiation.TypeOf(m))
		for _, p := range m.Payloads {
			if v, ok := p.Body.(*decode.VendorID); ok {
				who, _ := v.Known()
				knows[i] = knows[i] || who.Extension == decode.IKEFragmentation
			}
		}
	}
	for _, m := range sa.Messages {
		i := 1 // the receiver
		if !m.FromInitiator {
			i = 0
		}
		if m.Fragments > 0 && seen[i] && !knows[i] {
			list = append(list, m.Frame)
		}
	}
	return list
}

// framesOf are the frames of the messages for which want holds.
func framesOf(sa *ikesa.SA, want func(*ikesa.Message) bool) (list []int) {
	for _, m := range sa.Messages {
		if want(m) {
			list = append(list, m.Frame)
		}
	}
	return list
}

// draftNATT finds peers that negotiate NAT traversal by vendor IDs of the drafts alone.
func draftNATT(sa *ikesa.SA) []int {
	if sa.Version != 1 {
		return nil
	}
	var rfc, draft [2]bool
	var list []int
	for _, m := range sa.Messages {
		i := 0
		if !m.FromInitiator {
			i = 1
		}
		for _, p := range m.Payloads {
			v, ok := p.Body.(*decode.VendorID)
			if !ok {
				continue
			}
			switch who, _ := v.Known(); who.Extension {
			case decode.NATTraversal:
				rfc[i] = true
			case decode.NATTraversalDraft:
				if !draft[i] {
					list = append(list, m.Frame)
				}
				draft[i] = true
			}
		}
	}
	if draft[0] && draft[1] && !(rfc[0] && rfc[1]) {
		return list
	}
	return nil
}

// malformed notes messages that can be read although something in them is wrong.
func (d *diagnosis) malformed(sa *ikesa.SA) {
	const most = 5
	var facts OddMessages
	var list []int
	for _, m := range sa.Messages {
		texts := oddities(m)
		if len(texts) == 0 {
			continue
		}
		facts.Messages++
		list = append(list, m.Frame)
		if len(facts.First) < most {
			facts.First = append(facts.First, OddMessage{Frame: m.Frame, From: SideOf(m.FromInitiator), What: texts[0]})
		}
	}
	if facts.Messages > 0 {
		d.noteSA(sa, CodeVendorQuirk, NoSide, facts, list)
	}
}

// oddities are what the parser noted in m: outside, and inside what was decrypted.
func oddities(m *ikesa.Message) (texts []string) {
	if m.Cut {
		return nil
	}
	for _, n := range m.Message.Notes {
		texts = append(texts, n.Text)
	}
	if m.Err != nil {
		texts = append(texts, m.Err.Error())
	}
	for _, p := range m.Payloads {
		if m.State == ikesa.Clear {
			break // said already
		}
		for _, n := range p.Notes {
			texts = append(texts, n.Text)
		}
		if p.Err != nil {
			texts = append(texts, p.Err.Error())
		}
	}
	return texts
}

// A Quirk is something that an implementation does otherwise than the RFCs say.
type Quirk uint8

// The quirks.
const (
	QuirkTruncation  Quirk = iota // an ICV of another length than the algorithm's own
	QuirkPadding                  // padding that is not 1, 2, 3, …
	QuirkESN                      // extended sequence numbers used otherwise than negotiated
	QuirkVersion                  // a next header of another IP version
	QuirkNoMarker                 // IKE without the non-ESP marker on port 4500
	QuirkMarker                   // IKE with it on port 500
	QuirkPort                     // IKE on ports that are not its own
	QuirkDraftNATT                // NAT traversal by a draft
	QuirkUnaskedFrag              // IKE fragments for a peer that did not ask for them
)

// ESPQuirk is a quirk in the packets of an SA.
type ESPQuirk struct {
	Quirk   Quirk
	Flow    traffic.Flow
	ICVBits int    // with QuirkTruncation
	MAC     string // likewise; may be empty
	Others  int    // SAs of which the same is true
}

// IKEQuirk is a quirk in the messages of an IKE SA.
type IKEQuirk struct{ Quirk Quirk }

// OddMessages are messages that can be read although something in them is wrong.
type OddMessages struct {
	Messages int
	First    []OddMessage
}

// An OddMessage is one of them.
type OddMessage struct {
	Frame int
	From  Side
	What  string // what the parser noted first
}
