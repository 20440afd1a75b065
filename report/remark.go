package report

import (
	"reflect"
	"strings"
)

// Details are what there is to say of message i of the exchange; verbose asks for a line for each transform. said has sentences
// that need no repetition.
func (x *Exchange) Details(i int, verbose bool, said map[string]bool) (all []Remark) {
	m := &x.Messages[i]
	add := func(tone Tone, text string) { all = append(all, Remark{Tone: tone, Text: clip(text, longest)}) }
	for _, s := range m.circumstances() {
		add(ToneCaution, s)
	}
	for k := range m.Payloads {
		r := &m.Payloads[k]
		switch frame := x.offeredIn(i, r); {
		case r.Error == "" && len(r.Proposals) > 0 && frame != 0:
			add(TonePlain, "proposals as in "+frameList([]int{frame}))
		case r.Error == "" && len(r.Proposals) > 0:
			all = append(all, r.proposalDetails(verbose)...)
		default:
			if d := r.detail(); d.Text != "" {
				add(d.Tone, d.Text)
			}
			all = append(all, r.certificateDetails()...)
		}
	}
	if s := m.notifyLine(); m.Version == 2 && s != "" {
		add(TonePlain, "notify "+s)
	}
	if vids := m.vendorIDs(); len(vids) > 0 {
		add(ToneDim, "vendor IDs: "+join(vids, "; "))
	}
	if m.Why != "" && !said[m.Why] {
		add(ToneBad, "not decrypted: "+m.Why)
	}
	if m.Error != "" {
		add(ToneBad, "malformed: "+m.Error)
	}
	for _, n := range m.Notes {
		add(ToneCaution, "note: "+n)
	}
	return all
}

// offeredIn is the frame in which the sender of message i offered the same as in r just before, as it does where the
// responder asks for a COOKIE; 0: it did not.
func (x *Exchange) offeredIn(i int, r *Payload) int {
	if !r.hasChoice() {
		return 0
	}
	for k := i - 1; k >= 0; k-- {
		before := &x.Messages[k]
		if before.Sender != x.Messages[i].Sender {
			continue
		}
		for n := range before.Payloads {
			if reflect.DeepEqual(before.Payloads[n].Proposals, r.Proposals) {
				return before.Frame
			}
		}
		return 0
	}
	return 0
}

// proposalDetails are the proposals: a line each, or side by side where the peer has a choice.
func (r *Payload) proposalDetails(verbose bool) (all []Remark) {
	if s := r.proposalSheet(verbose); s != nil {
		return []Remark{{Text: clip(s.Caption, longest), Sheet: s}}
	}
	for i := range r.Proposals {
		d := Remark{Text: r.Proposals[i].line()}
		if r.Proposals[i].taken() {
			d = Remark{Tone: ToneGood, Text: d.Text + "; chosen"}
		}
		d.Text = clip(d.Text, longest)
		all = append(all, d)
	}
	return all
}

// detail is what a payload without proposals says; payloads that are named in the message's line and say no more have none.
func (r *Payload) detail() Remark {
	switch {
	case r.Error != "":
		return Remark{Tone: ToneBad, Text: r.Type + " malformed: " + r.Error}
	case r.unknown:
		return Remark{Text: r.Type + " " + r.Text}
	case r.Notify != nil && r.Notify.Error:
		return Remark{Tone: ToneBad, Text: "notify " + r.Text + r.about()}
	case r.Notify != nil && r.Version == 2: // in one line with the others of the message
		return Remark{}
	case r.Notify != nil:
		return Remark{Text: "notify " + r.Text + r.about()}
	case r.Delete != nil:
		return Remark{Text: "delete " + r.Text}
	case r.Identity != nil:
		return Remark{Text: r.Type + " " + r.Identity.Text + " (" + r.Identity.Type + ")"}
	case r.Config != nil && r.Version == 2:
		return Remark{Text: "CP " + r.Text}
	case r.Config != nil:
		return Remark{Text: "attributes " + r.Text}
	case r.Text == "" || !r.telling():
		return Remark{}
	case r.Version == 2:
		return Remark{Text: r.Type + " " + r.Text}
	}
	return Remark{Text: strings.ToLower(r.Type) + " " + r.Text}
}

// telling reports whether the text of a payload says something that deserves a line.
func (r *Payload) telling() bool {
	if r.Version == 2 {
		return r.Type != "V" && r.Type != "NONCE" && r.Type != "SK" && r.Type != "SKF"
	}
	return r.Type == "CERT" || r.Type == "CERTREQ" || r.Type == "NAT-OA"
}

// about names the SA that a notification of IKEv1 is about, where that is not the IKE SA itself.
func (r *Payload) about() string {
	n := r.Notify
	if r.Version == 2 || n.Protocol == "ISAKMP" || n.SPI == "" {
		return ""
	}
	return " about " + n.Protocol + " " + n.SPI
}
