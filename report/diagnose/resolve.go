package diagnose

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/report/negotiation"
)

// A relation says when a finding explains another one of a code that it may explain.
type relation uint8

const (
	sameFrame   relation = iota // both are about a frame
	sameSender                  // the same IKE SA, and messages of the same side
	sameSA                      // the same IKE SA
	sameLine                    // the same line of a log decides both
	sameMessage                 // a problem that ICMP errors show, over or not, or one that they come of: both are about a message
	sameError                   // the other log names the error that the same side of the same IKE SA sent, in a frame of both or in a later message
)

// An effect is what becomes of a finding that another one explains.
type effect uint8

const (
	replaced effect = iota // the other stands in its place
	raised                 // it becomes a problem
	led                    // the other stands before it
	quoted                 // the other stands in its place, with its frames and lines
)

// An explanation says which findings explain which others. No rule sees another one's findings: what is said twice is sorted out here.
type explanation struct {
	by   []Code // nil: any fault
	of   []Code
	when relation
	then effect
	// minor tells that no problem is explained, for that two are about one frame does not make them one.
	minor bool
	// grave tells that only a problem explains.
	grave bool
}

// explanations are in the order in which they are applied. What one replaces explains nothing any more.
var explanations = []explanation{
	// What a log says of a failure that a rule saw is said with more by that rule.
	{of: faults, when: sameLine},
	// One side's log says why it rejected, the other's which error came of that.
	{by: reasoned, of: faults, when: sameError, then: quoted},
	// A message that did not arrive explains the silence after it.
	{by: []Code{CodeOneWayIKE}, of: []Code{CodePhase1Stopped, CodeStoppedAfterInit, CodePhase2NoResponse, CodeNoResponse}, when: sameFrame},
	{by: []Code{CodeOneWayIKE}, of: []Code{CodeDPDTimeout}, when: sameSender},
	{by: []Code{CodeOneWayIKE}, of: []Code{CodeNoESP}, when: sameFrame}, // who did not receive the response has no Child SA
	// A port that is closed explains why nothing came back; and a client that rejected its peer ends, so that its port is closed.
	{by: []Code{CodePSKMismatch, CodeAuthFailed, CodeIdentityMismatch, CodeAuthMethodMismatch, CodeXAUTHFailed, CodeEAPFailed, CodePhase1NoProposal,
		CodeModeMismatch}, of: []Code{CodeICMPUnreachable}, when: sameMessage},
	{by: []Code{CodeNATMappingChanged}, of: []Code{CodeICMPUnreachable}, when: sameFrame}, // a NAT says that its own port is closed
	{by: []Code{CodeICMPUnreachable}, of: []Code{CodeNoResponse, CodePhase1Stopped, CodeStoppedAfterInit, CodePhase2NoResponse, CodeDPDTimeout}, when: sameMessage},
	// Who rejected an authentication or a child has nothing left to answer for.
	{by: []Code{CodeTSMismatch, CodeAuthFailed, CodePhase2Refused, CodePhase2NoProposal, CodePFSMismatch, CodeModeMismatch, CodeIdentityMismatch,
		CodeAuthMethodMismatch, CodeKernelRefused}, of: []Code{CodeDPDTimeout}, when: sameFrame},
	{by: []Code{CodePSKMismatch}, of: []Code{CodeWrongPSK, CodeWrongKey}, when: sameSA}, // keys of one side are wrong for what the other sent
	// What an error notification or a Delete did is said with more by the finding about it.
	{of: []Code{CodeErrorNotify}, when: sameFrame},
	{by: []Code{CodeErrorNotify}, of: []Code{CodeErrorNotify}, when: sameFrame}, // two in one message
	{of: []Code{CodeCertificateProblem}, when: sameFrame, minor: true},
	{by: []Code{CodeAHThroughNAT}, of: []Code{CodeKernelRefused, CodePhase2NoProposal, CodePhase2Refused, CodeErrorNotify, CodeICVFailures, CodeWrongESPKey, CodeESPOneWay, CodeESPNotArriving,
		CodeNoESP}, when: sameSA},
	{by: []Code{CodeESPAfterDelete}, of: []Code{CodeESPOneWay}, when: sameFrame},
	{by: []Code{CodeICVLength}, of: []Code{CodeWrongESPKey, CodeESPOneWay, CodeESPNotArriving}, when: sameFrame},
	{by: []Code{CodeTablesDiffer}, of: []Code{CodeWrongESPKey, CodeESPOneWay, CodeESPNotArriving}, when: sameFrame},
	{by: []Code{CodeOutsideSelectors, CodeInnerChecksum}, of: []Code{CodeESPOneWay, CodeESPNotArriving}, when: sameFrame},
	{by: []Code{CodeTrafficOutside}, of: []Code{CodeNoESP, CodeESPOneWay}, when: sameSA},
	{by: []Code{CodeTSMismatch}, of: []Code{CodeChildUndone}, when: sameFrame}, // says why
	{by: []Code{CodeModeMismatch}, of: []Code{CodeChildUndone}, when: sameFrame, grave: true},
	// Who got no virtual address asks for a Child SA for its own.
	{by: []Code{CodeNoAddress}, of: []Code{CodeTSMismatch}, when: sameSA, then: led},
	// A Child SA that one side has, as its log says, and that comes of a failure, carries nothing.
	{of: []Code{CodeNoESP}, when: sameFrame, grave: true},
	// Who is thrown out for another client goes on without the tunnel.
	{by: []Code{CodeIdentityClash}, of: []Code{CodeTrafficOutside}, when: sameFrame, then: led},
	{by: []Code{CodeKernelRefused}, of: []Code{CodeChildUndone}, when: sameSA},
	{by: append([]Code{CodeErrorNotify}, faults...), of: []Code{CodeDeletedByPeer}, when: sameFrame},
	// A lost fragment, or large message, is the problem where its IKE SA went no further.
	{by: silences, of: []Code{CodeMTUSuspect}, when: sameFrame, then: raised},
	{by: silences, of: []Code{CodeFragmentLost}, when: sameSA, then: raised},
	{by: []Code{CodeFragmentLost}, of: silences, when: sameSA, then: led},
	// It is the silence then.
	{by: []Code{CodeMTUSuspect, CodeFragmentLost}, of: silences, when: sameFrame, then: quoted, grave: true},
}

// faults, reasoned and silences are the codes of the class Fault, those of them that a log may give a reason for, and those that say no more than that
// nothing came.
var faults, reasoned, silences = func() (faults, reasoned, silences []Code) {
	for _, i := range Codes {
		if i.Class == Fault && i.Code != CodeErrorNotify {
			faults = append(faults, i.Code)
			if failures[i.Code] {
				reasoned = append(reasoned, i.Code)
			}
		}
		if i.Silence {
			silences = append(silences, i.Code)
		}
	}
	return faults, reasoned, silences
}()

// Resolve decides between findings, given in the order of their rules: what others explain is dropped or weighed anew, what has one
// cause becomes one, of one code no more than a bound stays, and the worst come first.
func Resolve(list []Finding) []Finding {
	list = explain(slices.Clone(list))
	list = bound(fold(list))
	if slices.ContainsFunc(list, func(f Finding) bool { return f.Severity == Problem }) {
		for i := range list {
			if list[i].Code.Info().Class == Weakness {
				list[i].Severity = Noteworthy // the tunnel has other worries
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Compare(a.rank(), b.rank())
	})
	logsFirst(list)
	return list
}

// rank orders findings, the worst first: of one severity those behind, that say no more than that nothing came, and last problems of the capture alone, as no
// rule relies on what a truncated message seems to lack, and warnings of what works and is weak.
func (f *Finding) rank() int {
	const sorts = 3
	n := sorts * f.Severity.Rank()
	switch info := f.Code.Info(); {
	case info.Class == Sight && f.Severity == Problem, info.Class == Weakness && f.Severity == Warning:
		return n + 2
	case info.Silence && !f.AtLast:
		return n + 1
	}
	return n
}

// logsFirst moves problems that a log decides to the front where the capture itself is a problem: what it alone shows may come of what it lacks.
func logsFirst(list []Finding) {
	if !slices.ContainsFunc(list, func(f Finding) bool { return f.Severity == Problem && f.Code.Info().Class == Sight }) {
		return
	}
	decided := func(f *Finding) bool { return f.Severity == Problem && f.Decided != "" }
	slices.SortStableFunc(list, func(a, b Finding) int {
		switch {
		case decided(&a) == decided(&b):
			return 0
		case decided(&a):
			return -1
		}
		return 1
	})
}

// explain applies the explanations. A finding that replaces another one replaces it in the order, if that is before its own.
func explain(list []Finding) []Finding {
	gone := make([]bool, len(list))
	place := make([]int, len(list))
	for i := range place {
		place[i] = 2 * i // with room before each
	}
	for _, e := range explanations {
		idx := indexFindings(list, gone, e)
		for i := range list {
			if gone[i] || !slices.Contains(e.of, list[i].Code) || e.minor && list[i].Severity == Problem {
				continue
			}
			by, ok := idx.find(list, gone, i)
			switch {
			case !ok:
			case e.then == raised:
				if list[i].Severity == Warning && !list[i].AtLast {
					list[i].Severity = Problem
				}
			case e.then == led:
				place[by] = min(place[by], 2*i-1)
			default:
				if e.then == quoted {
					list[by].quote(&list[i])
				}
				gone[i] = true
				place[by] = min(place[by], 2*i)
			}
		}
	}
	order := make([]int, 0, len(list))
	for i := range list {
		if !gone[i] {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(place[a], place[b]) })
	out := make([]Finding, len(order))
	for k, i := range order {
		out[k] = list[i]
	}
	return out
}

// quote takes in the frames and lines of another finding about the same.
func (f *Finding) quote(o *Finding) {
	f.Frames = Frames(slices.Concat(f.Frames, o.Frames)...)
	for _, l := range o.Logs {
		if !slices.Contains(f.Logs, l) {
			f.Logs = append(slices.Clip(f.Logs), l)
		}
	}
}

// A subjectKey is what the relations between findings of one IKE SA look at.
type subjectKey struct {
	subject Subject
	from    Side
}

// A findingIndex finds what may explain a finding, without a look at all others.
type findingIndex struct {
	when     relation
	byFrame  map[int][]int
	byLine   map[string][]int
	bySender map[subjectKey][]int
}

func indexFindings(list []Finding, gone []bool, e explanation) *findingIndex {
	by := e.by
	if by == nil {
		by = faults
	}
	idx := &findingIndex{when: e.when, byFrame: make(map[int][]int), byLine: make(map[string][]int), bySender: make(map[subjectKey][]int)}
	for i := range list {
		f := &list[i]
		if gone[i] || !slices.Contains(by, f.Code) || e.grave && f.Severity != Problem {
			continue
		}
		switch e.when {
		case sameFrame, sameError:
			for _, n := range f.Frames {
				idx.byFrame[n] = append(idx.byFrame[n], i)
			}
			if e.when == sameFrame {
				continue
			}
		case sameMessage:
			for _, n := range f.concerns() {
				idx.byFrame[n] = append(idx.byFrame[n], i)
			}
			continue
		case sameLine:
			idx.byLine[f.Decided] = append(idx.byLine[f.Decided], i)
			continue
		}
		k := idx.key(f)
		idx.bySender[k] = append(idx.bySender[k], i)
	}
	return idx
}

func (idx *findingIndex) key(f *Finding) subjectKey {
	k := subjectKey{subject: f.Subject}
	if idx.when == sameSender || idx.when == sameError {
		k.from = f.From
	}
	return k
}

// find is the first finding that explains finding number self. Of two of one code the earlier one explains the later.
func (idx *findingIndex) find(list []Finding, gone []bool, self int) (by int, ok bool) {
	f := &list[self]
	explains := func(i int) bool { return !gone[i] && i != self && (list[i].Code != f.Code || i < self) }
	if idx.when == sameLine {
		k := slices.IndexFunc(idx.byLine[f.Decided], func(i int) bool { return !gone[i] && i < self })
		if f.Decided == "" || k < 0 {
			return 0, false
		}
		return idx.byLine[f.Decided][k], true
	}
	if idx.when == sameSender || idx.when == sameSA {
		candidates := idx.bySender[idx.key(f)]
		if k := slices.IndexFunc(candidates, explains); f.Subject.IsSA() && k >= 0 {
			return candidates[k], true
		}
		return 0, false
	}
	if idx.when == sameError {
		if _, told := f.Facts.(LoggedError); !told {
			return 0, false
		}
		explains = func(i int) bool {
			_, told := list[i].Facts.(LoggedError)
			return !gone[i] && !told && idx.key(&list[i]) == idx.key(f)
		}
	}
	frames := f.Frames
	if idx.when == sameMessage {
		if x, icmp := f.Facts.(ICMPError); f.Decided != "" || icmp && x.SentBefore == 0 {
			return 0, false // a log says more; or the host never had the port open
		}
		frames = f.concerns()
		explains = func(i int) bool { return !gone[i] && (list[i].Severity == Problem || list[i].Later != nil) }
	}
	for _, n := range frames {
		if k := slices.IndexFunc(idx.byFrame[n], explains); k >= 0 {
			return idx.byFrame[n][k], true
		}
	}
	if idx.when != sameError || !f.Code.Info().StopsIKE {
		return 0, false
	}
	// Who rejects a response to its own request says so in a message of its own (RFC 7296, section 2.21.2).
	candidates := idx.bySender[idx.key(f)]
	k := slices.IndexFunc(candidates, func(i int) bool {
		return explains(i) && list[i].Code.Info().StopsIKE && len(list[i].Frames) > 0 && len(f.Frames) > 0 && list[i].Frames[0] < f.Frames[0]
	})
	if k < 0 {
		return 0, false
	}
	return candidates[k], true
}

// concerns are the frames of the messages that a finding is about: an ICMP error is about those that it reports on.
func (f *Finding) concerns() []int {
	if _, icmp := f.Facts.(ICMPError); icmp {
		return f.About
	}
	return f.Frames
}

// A foldKey is what findings of the same cause have in common: never frames, counts or words.
type foldKey struct {
	code   Code
	hosts  negotiation.Hosts
	values string     // that differ, of the lower address first
	from   netip.Addr // who started, where none differs
	cause  any
}

// fold makes one finding of all that have the same cause: a negotiation that fails is tried again and again, by either side.
func fold(list []Finding) []Finding {
	firsts := make(map[foldKey]int)
	out := list[:0]
	for _, f := range list {
		k, ok := keyOf(&f)
		if !ok {
			out = append(out, f)
			continue
		}
		if i, ok := firsts[k]; ok {
			first := &out[i]
			if first.Subject == f.Subject && len(f.Frames) > 0 && within(f.Frames, first.Frames) {
				continue // two logs tell the same
			}
			first.Also = append(first.Also, f.Subject)
			if first.Alike++; len(first.Frames) < MaxFoldedFrames {
				first.Frames = Frames(append(first.Frames, f.Frames...)...)
			}
			continue
		}
		firsts[k] = len(out)
		out = append(out, f)
	}
	return out
}

// within reports whether a list of frames is a part of another one.
func within(frames, all []int) bool {
	return !slices.ContainsFunc(frames, func(n int) bool { return !slices.Contains(all, n) })
}

// keyOf is the key of a finding that others may be folded into. A note, and what an administrator cannot change, is about one IKE SA unless its rule names
// the cause.
func keyOf(f *Finding) (k foldKey, ok bool) {
	if !f.Subject.IsSA() || f.Cause == nil && (f.Severity == Noteworthy || f.Code.Info().Setting == NoSetting) {
		return k, false
	}
	k = foldKey{code: f.Code, hosts: f.Subject.Hosts()}
	if k.values = differing(f); k.values == "" {
		k.from, k.cause = f.Subject.Initiator, f.Cause
	}
	return k, true
}

// differing are the values that differ, those of the host with the lower address first.
func differing(f *Finding) string {
	swapped := f.Subject.Hosts()[0] != f.Subject.Initiator
	var parts []string
	for _, v := range f.Compared {
		if !v.Differs {
			continue
		}
		name, a, b := v.Name, v.Initiator, v.Responder
		if swapped {
			a, b = b, a
			name = swapSides.Replace(name)
		}
		parts = append(parts, name+"\x00"+a+"\x00"+b)
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n")
}

var swapSides = strings.NewReplacer("initiator", "responder", "responder", "initiator")

// Frames lists frames once each, without zeros, in order.
func Frames(list ...int) []int {
	list = slices.Sorted(slices.Values(list))
	return slices.DeleteFunc(slices.Compact(list), func(n int) bool { return n == 0 })
}
