package diagnose

import (
	"cmp"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// RekeyingsOften is a tunnel whose peers rekey again and again, by their IKE messages: traffic shows nothing of SAs that carry none.
type RekeyingsOften struct {
	RekeyedOften
	IKE     bool // the IKE SA
	Unread  bool // what is replaced is not decrypted
	Several bool // likewise, and the exchanges may each be for another network
}

// A rekeyedThing is what rekeyings have in common: the hosts, and what they replace.
type rekeyedThing struct {
	hosts                negotiation.Hosts
	traffic              negotiation.TrafficKey
	ike, unread, several bool
}

// rekeyings finds peers that rekey the same SA again and again, where their traffic shows none of it, in the order of their frames.
func (d *diagnosis) rekeyings(shown map[negotiation.Hosts]bool) (list []Finding) {
	all := make(map[rekeyedThing][]stint)
	for _, s := range d.Stories() {
		hosts := negotiation.HostsOf(s.SA)
		if shown[hosts] {
			continue
		}
		several := !oneAfterAnother(s.SA)
		for _, x := range s.Exchanges() {
			r, ok := s.Rekeying(x)
			if o := s.Outcome(x); !ok || o == nil || o.Code != negotiation.Established && (o.Code != negotiation.Closed || negotiation.OneSided(x)) {
				continue
			}
			unread := !r.What.Known()
			k := rekeyedThing{hosts, r.What.Traffic, r.What.IKE, unread, unread && several}
			if r.What.Child != nil {
				k.traffic = negotiation.TrafficOf(r.What.Child)
			}
			all[k] = append(all[k], stint{from: r.Start, to: r.Start, first: x.Messages[0].Frame, last: x.Messages[len(x.Messages)-1].Frame, sa: subjectOf(s.SA)})
		}
	}
	for k, times := range all {
		slices.SortStableFunc(times, func(a, b stint) int { return cmp.Or(a.from.Compare(b.from), a.first-b.first) })
		if run := oneByOne(times); len(run) >= stormSAs-1 { // what they replace first makes one more
			list = append(list, rekeyedBy(k, run))
		}
	}
	slices.SortFunc(list, func(a, b Finding) int { return a.Frames[0] - b.Frames[0] })
	return list
}

func rekeyedBy(k rekeyedThing, run []stint) Finding {
	first, last := &run[0], &run[len(run)-1]
	facts := RekeyingsOften{RekeyedOften{Src: k.hosts[0], Dst: k.hosts[1], SAs: len(run), Every: every(run)}, k.ike, k.unread, k.several}
	f := Finding{Code: CodeRekeyedOften, Severity: Warning, Grade: Wire, Subject: first.sa, Frames: Frames(first.first, last.last), Span: true, Facts: facts}
	if k.several {
		f.Severity, f.Grade = Noteworthy, Likely
	}
	return f
}

// oneAfterAnother reports whether an IKE SA has one Child SA at a time, though nothing of it is decrypted: after each exchange that makes an SA the peers
// delete one.
func oneAfterAnother(sa *ikesa.SA) bool {
	if sa.Version != 2 {
		return false // some peers leave an IPsec SA of IKEv1 that is replaced until it expires
	}
	made, ended := 0, 0
	for _, x := range sa.Exchanges {
		switch {
		case x.Type == ikev2.ExchangeCreateChild && made > ended+1: // two at once may be a simultaneous rekeying
			return false
		case x.Type == ikev2.ExchangeCreateChild:
			made++
		case x.Type == ikev2.ExchangeInformational && made > ended:
			ended++
		}
	}
	return true
}
