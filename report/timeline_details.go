package report

import (
	"reflect"
	"strings"
)

// A detail is something that is said below a message: a line, or its proposals side by side.
type detail struct {
	style Style
	text  string
	sheet *sheet
	in    int // columns further in than others
}

func (d *detail) write(p *Printer) {
	text := clip(d.text, longest)
	if d.sheet != nil && d.sheet.taken {
		text += "; * is chosen"
	}
	p.line(detailIndent+d.in, detailIndent+d.in+2, styled(d.style, text))
	if d.sheet == nil {
		return
	}
	for i, part := range d.sheet.parts(Width - detailIndent - 2) {
		if i > 0 {
			p.blank()
		}
		part.text(p, detailIndent+2)
	}
}

// details are what there is to say of message i of the exchange. said has sentences that need no repetition.
func (x *Exchange) details(i int, verbose bool, said map[string]bool) (all []detail) {
	m := &x.Messages[i]
	add := func(style Style, text string) { all = append(all, detail{style: style, text: text}) }
	for _, s := range m.circumstances() {
		add(Caution, s)
	}
	for k := range m.Payloads {
		r := &m.Payloads[k]
		switch frame := x.offeredIn(i, r); {
		case r.Error == "" && len(r.Proposals) > 0 && frame != 0:
			add(Plain, "proposals as in "+frameList([]int{frame}))
		case r.Error == "" && len(r.Proposals) > 0:
			all = append(all, r.proposalDetails(verbose)...)
		default:
			if d := r.detail(); d.text != "" {
				all = append(all, d)
			}
			all = append(all, r.certificateDetails()...)
		}
	}
	if s := m.notifyLine(); m.version == 2 && s != "" {
		add(Plain, "notify "+s)
	}
	if vids := m.vendorIDs(); len(vids) > 0 {
		add(Dim, "vendor IDs: "+join(vids, "; "))
	}
	if m.Why != "" && !said[m.Why] {
		add(Bad, "closed: "+m.Why)
	}
	if m.Error != "" {
		add(Bad, "malformed: "+m.Error)
	}
	for _, n := range m.Notes {
		add(Caution, "note: "+n)
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

// proposalDetails are the proposals: a line each, or side by side where the other side has a choice.
func (r *Payload) proposalDetails(verbose bool) (all []detail) {
	if s := r.proposalSheet(verbose); s != nil {
		return []detail{{text: s.caption, sheet: s}}
	}
	for i := range r.Proposals {
		d := detail{text: r.Proposals[i].line()}
		if r.Proposals[i].taken() {
			d = detail{style: Good, text: d.text + "; chosen"}
		}
		all = append(all, d)
	}
	return all
}

// detail is what a payload without proposals says; payloads that are named in the message's line and say no more have none.
func (r *Payload) detail() detail {
	switch {
	case r.Error != "":
		return detail{style: Bad, text: r.Type + " malformed: " + r.Error}
	case r.Text == unknownPart:
		return detail{text: r.Type + " " + r.Text}
	case r.Notify != nil && r.Notify.Error:
		return detail{style: Bad, text: "notify " + r.Text + r.about()}
	case r.Notify != nil && r.version == 2: // in one line with the others of the message
		return detail{}
	case r.Notify != nil:
		return detail{text: "notify " + r.Text + r.about()}
	case r.Delete != nil:
		return detail{text: "delete " + r.Text}
	case r.Identity != nil:
		return detail{text: r.Type + " " + r.Identity.text + " (" + r.Identity.Type + ")"}
	case r.Config != nil && r.version == 2:
		return detail{text: "CP " + r.Text}
	case r.Config != nil:
		return detail{text: "attributes " + r.Text}
	case r.Text == "" || !r.telling():
		return detail{}
	case r.version == 2:
		return detail{text: r.Type + " " + r.Text}
	}
	return detail{text: strings.ToLower(r.Type) + " " + r.Text}
}

// telling reports whether the text of a payload says something that deserves a line.
func (r *Payload) telling() bool {
	if r.version == 2 {
		return r.Type != "V" && r.Type != "NONCE" && r.Type != "SK" && r.Type != "SKF"
	}
	return r.Type == "CERT" || r.Type == "CERTREQ" || r.Type == "NAT-OA"
}

// about names the SA that a notification of IKEv1 is about, where that is not the IKE SA itself.
func (r *Payload) about() string {
	n := r.Notify
	if r.version == 2 || n.Protocol == "ISAKMP" || n.SPI == "" {
		return ""
	}
	return " about " + n.Protocol + " " + n.SPI
}
