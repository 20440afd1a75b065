package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A diagnosis is the work on one.
type diagnosis struct {
	*negotiation.Reading
	watch      *traffic.Watch
	found      []Finding
	stances    map[stanceKey][]stance // what each side is known to offer and to take; nil until asked for
	policies   map[policyKey][]policy // the networks that each side has, likewise
	ids        *ids                   // who is who, likewise
	started    map[[2]netip.Addr][]modeStart
	given      map[[2]netip.Addr]bool           // between which hosts the keys of an SA were given, by source and destination, likewise
	keyed      map[negotiation.Hosts]bool       // between which hosts the bag has the keys of an SA, likewise
	keyedHosts map[netip.Addr]bool              // of these, each
	stray      map[[2]netip.Addr]bool           // see strayPairs, likewise
	decrypted  map[negotiation.Hosts]bool       // between which hosts anything was decrypted, likewise
	heardOn    map[traffic.Flow]*hearing        // what the traffic inside each SA tells of whether it arrives, likewise
	tallied    map[ike.ChildSPI][]tally         // what logs say that Child SAs carried, likewise
	book       *logbook                         // what the logs tell, likewise
	bySA       map[*ikesa.SA]*negotiation.Story // likewise
	asking     *askings                         // the exchanges that ask for Child SAs, likewise
	came       map[traffic.Tunnel][]laterChild  // the Child SAs that came up, by their networks, likewise
	waysFrom   map[netip.Addr][]*traffic.Way    // ESP and AH from each host, likewise
	lastClosed map[traffic.Flow]int             // the frames of the last packets of flows that are not decrypted, likewise
	arrivals   map[netip.Addr][]arrival         // Child SAs that came up at each host, likewise

	altered      map[traffic.Flow]*AlteredSPIs // packets with altered SPIs by the flow that they were sent on, likewise
	alteredOrder []*AlteredSPIs

	carriedBy map[negotiation.Hosts]*ikesa.SA // see lastCarried, likewise
	closedBy  map[ike.ChildSPI]*ikesa.SA      // see closedOwners, likewise
	accepted  map[attemptKey]*ikesa.SA        // the last IKE SAs whose offers were accepted, likewise
	oneSided  map[negotiation.Hosts]bool      // between which hosts the capture has one direction alone of an IKE SA, likewise, each as it is asked for

	ikeSent   *ikeSendings          // likewise
	longest   map[authKey]longAuth  // likewise
	flowsFrom map[[2]netip.Addr]int // flows of ESP and AH by source and destination, likewise
}

func newDiagnosis(r *negotiation.Reading, w *traffic.Watch) *diagnosis {
	if w == nil {
		w = &traffic.Watch{}
	}
	w.Settle()
	return &diagnosis{Reading: r, watch: w}
}

// add adds a finding that a rule made whole.
func (d *diagnosis) add(f Finding) { d.found = append(d.found, f) }

// subjectOf is an IKE SA as what a finding is about.
func subjectOf(sa *ikesa.SA) Subject {
	return Subject{Version: sa.Version, SPIs: [2]decode.SPI{sa.Initiator, sa.Responder},
		Initiator: sa.InitiatorAddr.Addr(), Responder: sa.ResponderAddr.Addr(), Guessed: !sa.RolesKnown}
}

// childKeyOf is that of the Child SA of a flow.
func childKeyOf(f traffic.Flow) negotiation.ChildKey {
	return negotiation.ChildKey{Protocol: f.Protocol, SPI: f.SPI}
}

// ofSender makes f, which is about what an SA carried, one of the IKE SA that negotiated it and of the side that sent it, where they are known.
func (d *diagnosis) ofSender(f *Finding, of traffic.Flow) {
	if ref := d.Child(childKeyOf(of)); ref.SA != nil {
		f.Subject, f.From = subjectOf(ref.SA), SideOf(ref.Dir.FromInitiator == ref.Child.FromInitiator)
	}
}

// An idSeen is an identity in a message.
type idSeen struct {
	id    *ike.Identity
	frame int
}

// An idKey names a host, as it is towards another one, in a version of IKE.
type idKey struct {
	host, peer netip.Addr
	version    int
}

// ids are the identities of the capture: what each host says that it is, and what its peer expects it to be.
type ids struct {
	own, wanted map[idKey]idSeen // the first one of each
}

// A policy is a pair of networks as one side has them.
type policy struct {
	local, remote ike.Selectors // seen from the side that has them
	frame         int
	took          bool      // as the response to what was asked; else it asks for them itself
	sa            *ikesa.SA // of took, the IKE SA
	deleted       int       // of took, the frame in which the Child SA was deleted; 0: it was not
	logged        string    // where a log says that it is configured: "gwb.log:639"; "" where a frame shows it
}

// A policyKey names one side.
type policyKey struct {
	host    netip.Addr
	version int
}

// A modeStart is the first message of a phase 1 of IKEv1.
type modeStart struct {
	exchange decode.ExchangeType
	frame    int
}

// messageFrames are the frames of a message and of its repeats.
func messageFrames(m *ikesa.Message) []int {
	list := []int{m.Frame}
	for _, r := range m.Repeats {
		list = append(list, r.Frame)
	}
	return list
}

// What logs and later attempts say of a finding about an IKE SA.

// addSA adds a finding about an IKE SA, with what logs and later attempts say of it.
func (d *diagnosis) addSA(sa *ikesa.SA, f Finding) {
	f.Subject = subjectOf(sa)
	if f.Severity == Problem {
		f.Later = d.laterSuccess(sa, &f)
	}
	if f, ok := d.byLog(sa, f); ok {
		f.weighLater()
		d.edge(sa, &f)
		d.oneDirection(sa, &f)
		d.add(f)
	}
}

// noteSA adds a note about an IKE SA.
func (d *diagnosis) noteSA(sa *ikesa.SA, code Code, from Side, facts Facts, frames []int) {
	d.add(Finding{Code: code, Severity: Noteworthy, Grade: Wire, Subject: subjectOf(sa), From: from, Facts: facts, Frames: frames})
}
