package diagnose

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A Rule finds things of one sort in what a capture shows. It sees facts, never what other rules found.
type Rule struct {
	Name  string
	Codes []Code // of all that it may find
	find  func(*diagnosis)
}

// Rules are all rules, those about what is more fundamental first: findings of one severity stand in that order.
var Rules = []Rule{
	{"unread packets", []Code{CodeUnsupportedLink, CodeUnsupportedEncapsulation}, (*diagnosis).unread},
	{"cut messages", []Code{CodeSnapLength}, (*diagnosis).cutMessages},
	{"unreachable", []Code{CodeICMPUnreachable, CodeMTUSuspect, CodeFragmentLost}, (*diagnosis).unreachable},
	{"TCP", []Code{CodeNoResponse}, (*diagnosis).unopened},
	{"phase 1", []Code{CodeNoResponse, CodeNoConnection, CodePSKMissing, CodePhase1NoProposal, CodePhase1Failed, CodePhase1Stopped, CodeModeMismatch,
		CodePSKMismatch, CodeIdentityMismatch, CodeAuthMethodMismatch, CodeCertificateProblem, CodeAuthFailed}, (*diagnosis).phase1},
	{"identity", []Code{CodePSKMismatch, CodeIdentityMismatch, CodeCertificateProblem, CodeAuthFailed}, (*diagnosis).identity},
	{"XAUTH", []Code{CodeXAUTHFailed}, (*diagnosis).xauth},
	{"no address", []Code{CodeNoAddress}, (*diagnosis).noAddress},
	{"phase 2", []Code{CodePhase2NoProposal, CodePFSMismatch, CodeModeMismatch, CodeTSMismatch, CodePhase2Refused, CodePhase2Failed, CodePhase2NoResponse,
		CodeRekeyFailed}, (*diagnosis).phase2},
	{"redirections", []Code{CodeRedirected}, (*diagnosis).redirections},
	{"after IKE_SA_INIT", []Code{CodeStoppedAfterInit}, (*diagnosis).stoppedAfterInit},
	{"IKEv2", []Code{CodeNoResponse, CodeNoConnection, CodePSKMissing, CodeModeMismatch, CodeNoAddress, CodeKernelRefused, CodeChildUndone,
		CodePhase1NoProposal, CodeInvalidKE, CodeCookieChallenge, CodePhase1Failed, CodePhase1Stopped, CodePSKMismatch,
		CodeIdentityMismatch, CodeAuthMethodMismatch, CodeCertificateProblem, CodeAuthFailed, CodeEAPFailed, CodePhase2NoProposal, CodePFSMismatch, CodeTSMismatch, CodePhase2Refused,
		CodePhase2Failed, CodePhase2NoResponse, CodeRekeyFailed, CodeDPDTimeout, CodeErrorNotify, CodePerResourceSAs}, (*diagnosis).ikev2},
	{"closed ports", []Code{CodeICMPUnreachable}, (*diagnosis).closedSince},
	{"answered selectors", []Code{CodeTSMismatch}, (*diagnosis).otherSelectors},
	{"transport mode", []Code{CodeModeMismatch}, (*diagnosis).transportMode},
	{"certificates", []Code{CodeCertificateProblem}, (*diagnosis).certificates},
	{"dead peer", []Code{CodeDPDTimeout}, (*diagnosis).deadPeer},
	{"lost answers", []Code{CodeOneWayIKE}, (*diagnosis).lostAnswers},
	{"given up by a log", []Code{CodeDPDTimeout}, (*diagnosis).givenUp},
	{"large IKE messages", []Code{CodeMTUSuspect}, (*diagnosis).largeUnanswered},
	{"large inner packets", []Code{CodeMTUSuspect}, (*diagnosis).largeInside},
	{"NAT mappings", []Code{CodeNATMappingChanged}, (*diagnosis).mappings},
	{"collisions", []Code{CodeRekeyCollision}, (*diagnosis).collisions},
	{"rekeyed often", []Code{CodeRekeyedOften}, (*diagnosis).storms},
	{"lifetimes", []Code{CodeLifetimeDiffers}, (*diagnosis).lifetimes},
	{"addresses", []Code{CodeAddressAssigned}, (*diagnosis).addresses},
	{"queues", []Code{CodePerResourceSAs}, (*diagnosis).perResource},
	{"clock", []Code{CodeClockJump}, (*diagnosis).clock},
	{"cut files", []Code{CodeCaptureCut}, (*diagnosis).cutFiles},
	{"fragments", []Code{CodeFragmentLost, CodeSnapLength}, (*diagnosis).fragments},
	{"damage", []Code{CodeOneWayIKE, CodeSnapLength, CodeNotIKE, CodeTooManySAs}, (*diagnosis).damage},
	{"integrity", []Code{CodeICVFailures, CodeWrongESPKey}, (*diagnosis).integrity},
	{"altered SPIs", []Code{CodeSPIAltered}, (*diagnosis).alteredOnPath},
	{"AH through NAT", []Code{CodeAHThroughNAT}, (*diagnosis).ahThroughNAT},
	{"ICV lengths", []Code{CodeICVLength}, (*diagnosis).icvLengths},
	{"tables of SAs", []Code{CodeTablesDiffer}, (*diagnosis).tablesDiffer},
	{"traffic", []Code{CodeESPLoss, CodeESPReplay, CodeESPReordering, CodeESPAfterDelete, CodeESPOneWay, CodeESPNotArriving}, (*diagnosis).traffic},
	{"two places", []Code{CodeESPLoss}, (*diagnosis).betweenPlaces},
	{"two files", []Code{CodeESPLoss}, (*diagnosis).lostOnPath},
	{"two files, in part", []Code{CodeESPLoss}, (*diagnosis).lostInPart},
	{"AGGFRAG payloads", []Code{CodeAggfragIncomplete, CodeAggfragMalformed}, (*diagnosis).aggregates},
	{"sequence numbers", []Code{CodeESPCounterRestart, CodeESPExhausted, CodeESPWrapped, CodeESPSwapped}, (*diagnosis).counters},
	{"one way, closed", []Code{CodeESPOneWay, CodeESPNotArriving}, (*diagnosis).closedOneWay},
	{"fallen silent", []Code{CodeESPOneWay}, (*diagnosis).fallenSilent},
	{"not arriving", []Code{CodeESPNotArriving}, (*diagnosis).notArriving},
	{"not counted", []Code{CodeESPNotArriving}, (*diagnosis).uncounted},
	{"lost echoes", []Code{CodeESPNotArriving}, (*diagnosis).lostEchoes},
	{"retransmitted inside", []Code{CodeESPNotArriving}, (*diagnosis).resentInside},
	{"fewer back", []Code{CodeESPNotArriving}, (*diagnosis).fewerBack},
	{"silent hosts", []Code{CodeHostSilent}, (*diagnosis).silentHosts},
	{"unreachable hosts", []Code{CodeHostUnreachable}, (*diagnosis).unreachableHosts},
	{"refused ports", []Code{CodeHostUnreachable}, (*diagnosis).refusedPorts},
	{"PPP", []Code{CodePPPFailed}, (*diagnosis).pppRejections},
	{"checksums inside", []Code{CodeInnerChecksum}, (*diagnosis).wrongChecksums},
	{"strays", []Code{CodeOutsideSelectors}, (*diagnosis).strays},
	{"routing loops", []Code{CodeRoutingLoop}, (*diagnosis).routingLoops},
	{"past the tunnel", []Code{CodeTrafficOutside}, (*diagnosis).outsideTunnel},
	{"no ESP", []Code{CodeNoESP, CodeESPOneWay, CodeESPNotArriving}, (*diagnosis).noESP},
	{"loss, closed", []Code{CodeESPLoss}, (*diagnosis).closedLoss},
	{"other errors", []Code{CodeErrorNotify}, (*diagnosis).otherErrors},
	{"deletes", []Code{CodeDeletedByPeer}, (*diagnosis).deletes},
	{"Child SAs undone", []Code{CodeChildUndone}, (*diagnosis).undoneChildren},
	{"identity clashes", []Code{CodeIdentityClash, CodePeerRestarted}, (*diagnosis).clashes},
	{"deletes of children", []Code{CodeDeletedByPeer}, (*diagnosis).childDeletes},
	{"secrets", []Code{CodeNoKey, CodeWrongKey, CodeWrongPSK, CodeNeedDHSecret, CodeNeedPSK, CodeNeedSKEYIDd, CodeNeedSalt, CodeNeedPFSSecret, CodeLostMessage, CodeUnsupported},
		(*diagnosis).secrets},
	{"no keys at all", []Code{CodeNoKey}, (*diagnosis).undecryptedPairs},
	{"unknown SPIs", []Code{CodeUnknownSPI, CodeNeedSalt}, (*diagnosis).unknownSPIs},
	{"NULL encryption", []Code{CodeNullEncryption}, (*diagnosis).nullEncryption},
	{"NULL as negotiated", []Code{CodeESPNull}, (*diagnosis).espNull},
	{"strength", []Code{CodeWeakAlgorithm, CodeWeakDH}, (*diagnosis).strength},
	{"Aggressive Mode", []Code{CodeAggressiveModePSK}, (*diagnosis).aggressive},
	{"NAT", []Code{CodeNATDetected}, (*diagnosis).natDetected},
	{"moved addresses", []Code{CodeAddressChanged}, (*diagnosis).movedAddresses},
	{"moved IPsec SAs", []Code{CodeAddressChanged}, (*diagnosis).movedESP},
	{"quirks", []Code{CodeVendorQuirk}, (*diagnosis).quirks},
	{"retransmissions", []Code{CodeRetransmissions}, (*diagnosis).retransmissions},
	{"circumstances", []Code{CodeMirrored, CodeGatewayCapture, CodeEncapsulated, CodeAlreadyDecrypted, CodeStartedLate}, (*diagnosis).circumstances},
	{"logs", []Code{CodeNoConnection, CodePhase1NoProposal, CodeModeMismatch, CodePSKMismatch, CodePSKMissing, CodeIdentityMismatch, CodeAuthMethodMismatch,
		CodeCertificateProblem, CodeAuthFailed, CodeXAUTHFailed, CodeEAPFailed, CodeNoAddress, CodePhase2NoProposal, CodePFSMismatch, CodeTSMismatch,
		CodeKernelRefused}, (*diagnosis).logged},
	{"old protocol", []Code{CodeIKEv1Deprecated}, (*diagnosis).oldProtocol},
}

// Run applies all rules to a session after Run, and resolves what they find. Where the tunnels work a finding says so; where too little
// was seen of them another one says what. w may be nil.
func Run(r *negotiation.Reading, w *traffic.Watch) Result {
	d := newDiagnosis(r, w)
	for i := range Rules {
		Rules[i].find(d)
	}
	list := Resolve(d.found)
	doubts, sound := d.doubts()
	d.tellApart(list)
	verdict := Judge(list, doubts)
	switch c := d.Session.Counts; {
	case c.IKE+c.ESP == 0 && verdict == VerdictProblem: // not even the connection for it
	case c.IKE+c.ESP == 0 && len(d.Session.Unread) == 0: // or nobody knows
		list = slices.Insert(list, notesOf(list), d.noIPsec())
	case c.IKE+c.ESP == 0:
	case verdict == VerdictHealthy:
		list = slices.Insert(list, 0, d.health(list))
	case verdict == VerdictUnknown && len(unsaid(list, doubts)) > 0:
		list = slices.Insert(list, notesOf(list), Finding{Code: CodeUnproven, Severity: Noteworthy, Grade: Wire, Facts: Unproven{Doubts: unsaid(list, doubts), Sound: sound}})
	}
	return Result{list, doubts, verdict}
}

// notesOf is where the notes of a list begin.
func notesOf(list []Finding) int {
	if at := slices.IndexFunc(list, func(f Finding) bool { return f.Severity == Noteworthy }); at >= 0 {
		return at
	}
	return len(list)
}

// Find applies one rule. What it finds is not resolved. w may be nil.
func (rule *Rule) Find(r *negotiation.Reading, w *traffic.Watch) []Finding {
	d := newDiagnosis(r, w)
	rule.find(d)
	return d.found
}

// noIPsec is for a capture without any IPsec.
func (d *diagnosis) noIPsec() Finding {
	facts := NoIPsecSeen{Packets: d.Session.Counts.Packets, Carried: d.Session.Carried}
	f := Finding{Code: CodeNoIPsec, Severity: Noteworthy, Grade: Wire}
	if sent := d.unheardByLog(); sent != nil {
		facts.From, facts.To = sent.Local.Addr.Addr(), sent.Remote.Addr.Addr()
		f.Logs = []LogLine{{At: sent.Where(), Text: sent.Text}}
	}
	f.Facts = facts
	return f
}

// unheardByLog is the last message that a log says was sent to a peer of whom it has received nothing; nil: there is none.
func (d *diagnosis) unheardByLog() (sent *logs.Event) {
	if d.Session.Bag == nil {
		return nil
	}
	heard := make(map[netip.Addr]bool)
	for _, e := range slices.Backward(d.Session.Bag.Events) {
		switch to := e.Remote.Addr.Addr(); {
		case e.Kind == logs.Received:
			heard[to] = true
		case e.Kind == logs.Sent && sent == nil && to.IsValid() && e.Local.Addr.IsValid():
			sent = &e
		}
	}
	if sent == nil || heard[sent.Remote.Addr.Addr()] {
		return nil
	}
	return sent
}

// health is what came up and was decrypted where nothing is wrong.
func (d *diagnosis) health(found []Finding) Finding {
	c := d.Session.Counts
	given, keyless := d.givenSAs()
	var hosts []negotiation.Hosts
	var sent [2]int
	multicast := 0
	var lost uint64
	for _, t := range d.tunnels() {
		if d.redirectedAway(t) {
			continue
		}
		hosts = append(hosts, t.hosts)
		if t.alone && len(t.sent) == 1 {
			multicast++
		}
		for i, h := range t.hosts {
			sent[i] += t.sent[h]
		}
	}
	for _, f := range d.flows() {
		lost += d.missingOf(f.About, missing(&f.Stats))
	}
	for _, u := range d.ClosedFlows() {
		lost += d.missingOf(traffic.OfClosed(u), u.Sequence.Missing())
	}
	facts := Health{Tunnels: hosts, Multicast: multicast, IKEClosed: d.closedIKE(), Sent: sent, Lost: lost, Given: given, Keyless: keyless, Packets: c.ESP, Decrypted: c.Opened, Unverified: c.Unverified}
	for _, sa := range d.Session.SAs {
		if sa.Established {
			facts.IKESAs++
			facts.IKEv2 = facts.IKEv2 || sa.Version == 2
		}
		for _, ch := range sa.Children {
			switch {
			case ch.Complete && ch.Version == 2:
				facts.ChildSAs++
			case ch.Complete:
				facts.QuickModes++
			}
		}
	}
	facts.Weak = slices.ContainsFunc(found, func(f Finding) bool {
		return f.Severity == Warning && f.Code.Info().Class == Weakness
	})
	return Finding{Code: CodeHealthy, Severity: Noteworthy, Facts: facts}
}

// closedIKE counts the IKE SAs that were not decrypted so far that it shows whether they came up.
func (d *diagnosis) closedIKE() (n int) {
	for _, sa := range d.Session.SAs {
		if !sa.Established && closedFrom(sa, true) != 0 && closedFrom(sa, false) != 0 {
			n++
		}
	}
	return n
}

// givenSAs counts the SAs with packets that nothing in the capture negotiates: those whose keys were given, and those decoded without one.
func (d *diagnosis) givenSAs() (given, keyless int) {
	for _, f := range d.flows() {
		switch {
		case f.Child.Child != nil || f.Stats.Opened == 0 || f.SA.Protocol == esp.IPComp:
		case f.SA.Keyless() || f.SA.Cipher != nil && f.SA.Cipher.Null() && f.SA.NoCheck: // what named it has no key either
			keyless++
		default:
			given++
		}
	}
	return given, keyless
}
