package diagnose

import (
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about ICVs: packets that were changed, and keys that are not the right ones.

// integrity finds SAs whose keys are correct or wrong by their ICVs.
func (d *diagnosis) integrity() {
	var list []Finding
	for _, group := range d.Groups() {
		st := group[0].Stats()
		bad := st.ICVFailures + st.Malformed + st.Implausible
		fault, icv := group[0].KeyFault()
		if st.Proven && fault > esp.WrongCipherKey && !d.Session.Table.NoVerify {
			fault = esp.NoKeyFault // the first packets were altered
		}
		if st.Packets == 0 || bad == 0 && fault == esp.NoKeyFault {
			continue
		}
		f := Finding{Code: CodeICVFailures, Severity: Problem, Grade: Keys, Frames: Frames(st.First.Frame, st.Last.Frame), Span: true}
		if sa := d.Child(negotiation.KeyOf(group[0])).SA; sa != nil {
			f.Subject = subjectOf(sa)
		}
		switch {
		case fault != esp.NoKeyFault:
			f.Code, f.Facts = CodeWrongESPKey, wrongKey(group[0], fault, icv)
		case st.Proven:
			facts := ICVFailures{Flow: traffic.OfSA(group[0]), Failed: bad, Packets: st.Packets, Opened: st.Opened}
			d.failures(group[0], &f, &facts)
			f.Facts = facts
		case st.Opened == 0:
			f.Code, f.Facts = CodeWrongESPKey, wrongKey(group[0], fault, icv)
		default:
			continue
		}
		list = append(list, f)
	}
	d.addBounded(list)
}

func wrongKey(sa *esp.SA, fault esp.KeyFault, icv int) WrongKey {
	st := sa.Stats()
	return WrongKey{Flow: traffic.OfSA(sa), Packets: st.Packets, Opened: st.Opened, Sources: sa.Sources, Cipher: sa.Cipher, MAC: sa.MAC,
		Fault: fault, ICV: icv, Want: sa.ICVLength()}
}

// failures puts the frames that failed into f, and what they have in common into facts.
func (d *diagnosis) failures(sa *esp.SA, f *Finding, facts *ICVFailures) {
	w := d.watch.Checks.Of(traffic.OfSA(sa))
	if w == nil || len(w.Failed) == 0 {
		return
	}
	f.Frames, f.Span = w.Failed, false
	const some = 2
	switch {
	case w.Passed > 0 && w.Passed < w.Failed[0]:
		facts.Since = w.Failed[0]
	case w.Smallest > w.Largest && len(w.Failed) >= some:
		facts.Large, facts.Small = w.Smallest, w.Largest
	}
}
