package report

import (
	"fmt"
	"slices"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Rules about implementations that do other than the RFCs say, as far as the capture proves it.

// A quirkWatch counts, during the second pass, what is odd in the packets of each SA. The zero value is ready.
type quirkWatch struct {
	sas   map[*esp.SA]*[len(espQuirks)]quirkCount
	order []*esp.SA
}

type quirkCount struct{ packets, first, last int }

// An espQuirk is something odd in opened packets, and what is said of it.
type espQuirk struct {
	note       esp.Note
	text, hint string
	rfc        string
}

// espQuirks are the oddities that matter to a peer.
var espQuirks = [...]espQuirk{
	{esp.NoteTruncation, "the ICV has %d bits, another length than the algorithm's own",
		"both sides must cut HMAC-SHA2-256 alike: 128 bits (RFC 4868), or 96 as old kernels and some devices do", "RFC 4868, 2.3"},
	{esp.NotePadding, "the padding is not 1, 2, 3, …", "a receiver that checks the padding drops such packets", "RFC 4303, 2.4"},
	{esp.NoteESN, "extended sequence numbers are used otherwise than negotiated", "set ESN alike on both sides", "RFC 4303, 2.2.1"},
	{esp.NoteVersion, "the next header names another IP version than the content has", "a receiver that checks it drops such packets", "RFC 4303, 2.6"},
}

// item takes an opened packet in.
func (w *quirkWatch) item(it *ikedecode.Item) {
	o := it.Opened
	if o == nil || o.SA == nil || !o.Verified || o.Notes == 0 {
		return
	}
	for i, q := range espQuirks {
		if o.Notes&q.note == 0 {
			continue
		}
		if w.sas == nil {
			w.sas = make(map[*esp.SA]*[len(espQuirks)]quirkCount)
		}
		counts := w.sas[o.SA]
		if counts == nil {
			counts = new([len(espQuirks)]quirkCount)
			w.sas[o.SA] = counts
			w.order = append(w.order, o.SA)
		}
		c := &counts[i]
		if c.packets == 0 {
			c.first = it.Datagram.Frame
		}
		c.last = it.Datagram.Frame
		c.packets++
	}
}

// quirks notes what implementations do their own way.
func (d *diagnosis) quirks() {
	d.espQuirks()
	for _, s := range d.stories {
		for _, q := range ikeQuirks {
			if list := q.find(s.sa); len(list) > 0 {
				d.addSA(s.sa, Finding{Code: "vendor-quirk", Severity: SeverityNote, Frames: frames(list...), Text: nameOf(s.sa) + ": " + q.text, Hint: q.hint, RFC: q.rfc})
			}
		}
		if !readAfterDecryption(s.sa) { // which leaves the padding behind the payloads
			d.malformed(s.sa)
		}
	}
}

func (d *diagnosis) espQuirks() {
	w, children := &d.watch.quirk, childrenOf(d.session)
	for i := range espQuirks {
		var f Finding
		others := 0
		for _, sa := range w.order {
			c := w.sas[sa][i]
			negotiated := children[childKey{sa.Protocol, sa.SPI}].child != nil
			switch {
			case c.packets == 0 || espQuirks[i].note == esp.NoteESN && !negotiated: // key files seldom speak of ESN
			case f.Code != "":
				others++
			default:
				f = espQuirks[i].finding(sa, c)
			}
		}
		if others > 0 {
			f.Text += fmt.Sprintf("; likewise %s", count(others, "other SA"))
		}
		if f.Code != "" {
			d.add(f)
		}
	}
}

func (q *espQuirk) finding(sa *esp.SA, c quirkCount) Finding {
	text := q.text
	if q.note == esp.NoteTruncation {
		text = fmt.Sprintf(text, 8*sa.ICVLength())
		if sa.MAC != nil {
			text = sa.MAC.Name + ": " + text
		}
	}
	f := Finding{Code: "vendor-quirk", Severity: SeverityNote, Frames: frames(c.first, c.last), span: true, Hint: q.hint, RFC: q.rfc,
		Text: fmt.Sprintf("%v %s %v > %v: %s", sa.Protocol, spiString(sa.Protocol, sa.SPI), sa.Src, sa.Dst, text)}
	if q.note == esp.NoteTruncation {
		f.setting = diagnose.SettingTruncation
	}
	return f
}

// An ikeQuirk is something odd in the messages of an IKE SA; find lists the frames that show it.
type ikeQuirk struct {
	text, hint, rfc string
	find            func(*ikesa.SA) []int
}

var ikeQuirks = []ikeQuirk{
	{"IKE without the non-ESP marker on port 4500", "a receiver takes such messages for ESP: the sender must put four zero bytes before them", "RFC 3948, 2.2",
		func(sa *ikesa.SA) []int {
			return framesOf(sa, func(m *ikesa.Message) bool {
				return !m.Marker && !m.TCP && (m.Src.Port() == nattPort || m.Dst.Port() == nattPort)
			})
		}},
	{"IKE with a non-ESP marker on port 500", "a receiver takes such messages for malformed ones", "RFC 3948, 2.2",
		func(sa *ikesa.SA) []int {
			return framesOf(sa, func(m *ikesa.Message) bool {
				return m.Marker && (m.Src.Port() == ikePort || m.Dst.Port() == ikePort)
			})
		}},
	{"IKE on ports that are not its own", "", "",
		func(sa *ikesa.SA) []int { return framesOf(sa, func(m *ikesa.Message) bool { return m.OddPort }) }},
	{"NAT traversal by a draft, not by RFC 3947, is all that both sides know", "update the older side", "RFC 3947, 3.1",
		draftNATT},
	{"IKE fragments for a peer that has not said that it knows them", "a peer without the vendor ID FRAGMENTATION may drop them", "",
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
		seen[i] = seen[i] || sa1Of(m) != nil && isPhase1Exchange(typeOf(m))
		for _, p := range m.Payloads {
			if v, ok := p.Body.(*decode.VendorID); ok {
				who, _ := v.Known()
				knows[i] = knows[i] || who.Name == "FRAGMENTATION"
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
			who, known := v.Known()
			switch {
			case !known:
			case who.Name == "NAT-T (RFC 3947)":
				rfc[i] = true
			case slices.Contains(natDrafts, who.Name):
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

// natDrafts are the vendor IDs of drafts of RFC 3947 that peers still use.
var natDrafts = []string{"draft-ietf-ipsec-nat-t-ike-00", "draft-ietf-ipsec-nat-t-ike-01", "draft-ietf-ipsec-nat-t-ike-02", `draft-ietf-ipsec-nat-t-ike-02\n`,
	"draft-ietf-ipsec-nat-t-ike-03"}

// malformed notes messages that can be read although something in them is wrong.
func (d *diagnosis) malformed(sa *ikesa.SA) {
	const most = 5
	f := Finding{Code: "vendor-quirk", Severity: SeverityNote}
	n := 0
	for _, m := range sa.Messages {
		texts := oddities(m)
		if len(texts) == 0 {
			continue
		}
		n++
		f.Frames = append(f.Frames, m.Frame)
		if len(f.Details) < most {
			f.Details = append(f.Details, fmt.Sprintf("frame %d, from the %s: %s", m.Frame, side(m.FromInitiator), texts[0]))
		}
	}
	if n > 0 {
		f.Text = fmt.Sprintf("%s: %s with something odd in it", nameOf(sa), count(n, "message"))
		d.addSA(sa, f)
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
