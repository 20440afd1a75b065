package diagnose

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
)

var (
	hostA = netip.MustParseAddr("192.0.2.1")
	hostB = netip.MustParseAddr("192.0.2.2")
	hostC = netip.MustParseAddr("192.0.2.3")
)

// about is an IKE SA between two hosts.
func about(n byte, initiator, responder netip.Addr) Subject {
	return Subject{Version: 2, SPIs: [2]decode.SPI{{n}, {n, 1}}, Initiator: initiator, Responder: responder}
}

func codesOf(list []Finding) (codes []Code) {
	for _, f := range list {
		codes = append(codes, f.Code)
	}
	return codes
}

func TestResolve(t *testing.T) {
	sa, other := about(1, hostA, hostB), about(2, hostA, hostC)
	for _, c := range []struct {
		name string
		list []Finding
		want []Code
	}{
		{"a dead end explains the silence after it, and takes its place", []Finding{
			{Code: CodePhase1Stopped, Severity: Problem, Subject: sa, Frames: []int{3, 5}},
			{Code: CodeESPLoss, Severity: Problem, Frames: []int{9}},
			{Code: CodeOneWayIKE, Severity: Problem, Subject: sa, Frames: []int{3, 4}},
		}, []Code{CodeOneWayIKE, CodeESPLoss}},
		{"an address that was not assigned stands before the selectors rejected for it", []Finding{
			{Code: CodeTSMismatch, Severity: Problem, Subject: sa, Frames: []int{34, 35}},
			{Code: CodeNoAddress, Severity: Problem, Subject: sa, Frames: []int{32, 33}},
		}, []Code{CodeNoAddress, CodeTSMismatch}},
		{"a client that was thrown out goes on unencrypted", []Finding{
			{Code: CodeTrafficOutside, Severity: Warning, Subject: sa, Frames: []int{52, 72}},
			{Code: CodeIdentityClash, Severity: Warning, Subject: other, Frames: []int{3, 52, 54}},
		}, []Code{CodeIdentityClash, CodeTrafficOutside}},
		{"the silence of another message stays", []Finding{
			{Code: CodePhase1Stopped, Severity: Problem, Subject: other, Frames: []int{7}},
			{Code: CodeOneWayIKE, Severity: Problem, Subject: sa, Frames: []int{3, 4}},
		}, []Code{CodeOneWayIKE, CodePhase1Stopped}},
		{"checks of the side that is not heard", []Finding{
			{Code: CodeDPDTimeout, Severity: Problem, Subject: sa, From: Responder, Frames: []int{8}},
			{Code: CodeOneWayIKE, Severity: Problem, Subject: sa, From: Responder, Frames: []int{3, 4}},
		}, []Code{CodeOneWayIKE}},
		{"checks of the other side", []Finding{
			{Code: CodeDPDTimeout, Severity: Problem, Subject: sa, From: Initiator, Frames: []int{8}},
			{Code: CodeOneWayIKE, Severity: Problem, Subject: sa, From: Responder, Frames: []int{3, 4}},
		}, []Code{CodeDPDTimeout, CodeOneWayIKE}},
		{"an error that a finding is about is said once", []Finding{
			{Code: CodePhase2NoProposal, Severity: Problem, Subject: sa, Frames: []int{5, 6}},
			{Code: CodeErrorNotify, Severity: Warning, Subject: sa, Frames: []int{6}},
			{Code: CodeErrorNotify, Severity: Warning, Subject: sa, Frames: []int{12}},
			{Code: CodeErrorNotify, Severity: Warning, Subject: sa, Frames: []int{12}},
			{Code: CodeDeletedByPeer, Severity: Noteworthy, Subject: sa, Frames: []int{12}},
		}, []Code{CodePhase2NoProposal, CodeErrorNotify}},
		{"of two of one code the first explains the second", []Finding{
			{Code: CodeCertificateProblem, Severity: Problem, Subject: sa, Frames: []int{5, 6}},
			{Code: CodeCertificateProblem, Severity: Warning, Subject: sa, Frames: []int{5}},
		}, []Code{CodeCertificateProblem}},
		{"a problem is not explained by a frame that it shares", []Finding{
			{Code: CodeFragmentLost, Severity: Warning, Subject: other, Frames: []int{5}},
			{Code: CodeCertificateProblem, Severity: Problem, Subject: sa, Frames: []int{5}},
		}, []Code{CodeCertificateProblem, CodeFragmentLost}},
		{"what only says that nothing came stands last", []Finding{
			{Code: CodeNoResponse, Severity: Problem, Subject: sa, Frames: []int{1}},
			{Code: CodeICMPUnreachable, Severity: Problem, Frames: []int{2}},
		}, []Code{CodeICMPUnreachable, CodeNoResponse}},
		{"what the peers did stands before what the capture lacks, what a log decides first", []Finding{
			{Code: CodeSnapLength, Severity: Problem, Frames: []int{1, 2}},
			{Code: CodeNoResponse, Severity: Problem, Subject: sa, Frames: []int{3}},
			{Code: CodePSKMismatch, Severity: Problem, Subject: other, Frames: []int{1}, Decided: "gwb.log:7"},
		}, []Code{CodePSKMismatch, CodeNoResponse, CodeSnapLength}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := codesOf(Resolve(c.list)); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// A lost fragment is the problem where its IKE SA stops, and there alone; a weakness is a note where there is a problem.
func TestWeighing(t *testing.T) {
	sa, other := about(1, hostA, hostB), about(2, hostA, hostC)
	got := Resolve([]Finding{
		{Code: CodePhase1Stopped, Severity: Problem, Subject: sa, Frames: []int{3}},
		{Code: CodeFragmentLost, Severity: Warning, Subject: sa, Frames: []int{4}},
		{Code: CodeFragmentLost, Severity: Warning, Subject: other, Frames: []int{5}},
		{Code: CodeWeakDH, Severity: Warning, Frames: []int{2}},
	})
	want := []Code{CodeFragmentLost, CodePhase1Stopped, CodeFragmentLost, CodeWeakDH}
	if !slices.Equal(codesOf(got), want) || got[0].Severity != Problem || got[2].Severity != Warning || got[3].Severity != Noteworthy {
		t.Errorf("%+v", got)
	}
	if Judge(got, nil) != VerdictProblem || Judge(got[3:], nil) != VerdictHealthy || Judge([]Finding{{Code: CodeWeakDH, Severity: Warning}}, nil) != VerdictHealthy {
		t.Error("a weakness says nothing against a tunnel that works, a problem does")
	}
}

// Findings of one cause between the same hosts are one, whoever started; those of other hosts or causes are not.
func TestFold(t *testing.T) {
	differs := []Compared{{Name: "hash", Initiator: "MD5", Responder: "SHA1", Differs: true}}
	turned := []Compared{{Name: "hash", Initiator: "SHA1", Responder: "MD5", Differs: true}}
	f := func(n byte, a, b netip.Addr, frame int, v []Compared, cause any) Finding {
		return Finding{Code: CodePhase1NoProposal, Severity: Problem, Subject: about(n, a, b), Frames: []int{frame}, Compared: v, Cause: cause}
	}
	got := Resolve([]Finding{
		f(1, hostA, hostB, 1, differs, nil), f(2, hostA, hostB, 3, differs, nil), f(3, hostB, hostA, 5, turned, nil),
		f(4, hostA, hostC, 7, differs, nil), f(5, hostA, hostB, 9, turned, nil),
		f(6, hostA, hostB, 11, nil, "x"), f(7, hostA, hostB, 13, nil, "y"), f(8, hostB, hostA, 15, nil, "x"), f(9, hostA, hostB, 17, nil, "x"),
	})
	var frames [][]int
	for _, f := range got {
		frames = append(frames, f.Frames)
	}
	want := [][]int{{1, 3, 5}, {7}, {9}, {11, 17}, {13}, {15}}
	if !slices.EqualFunc(frames, want, func(a, b []int) bool { return slices.Equal(a, b) }) || got[0].Alike != 2 {
		t.Errorf("got %v, want %v", frames, want)
	}
}

// Of one code no more than a bound stays, and how many more there are is said.
// What two logs tell of one rejection is seen once.
func TestFoldOfTwoLogs(t *testing.T) {
	sa := about(1, hostA, hostB)
	got := Resolve([]Finding{
		{Code: CodeTSMismatch, Severity: Problem, Subject: sa, Frames: []int{7, 8}, Decided: "gwa.log:9"},
		{Code: CodeTSMismatch, Severity: Problem, Subject: sa, Frames: []int{7, 8}, Decided: "gwb.log:9"},
	})
	if len(got) != 1 || got[0].Alike != 0 || len(got[0].Also) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestBounds(t *testing.T) {
	var list []Finding
	for n := range 100 {
		list = append(list, Finding{Code: CodeRetransmissions, Severity: Noteworthy, Subject: about(byte(n), hostA, hostB), Frames: []int{n + 1}})
	}
	got := Resolve(list)
	if more, ok := got[len(got)-1].Facts.(More); len(got) != MaxNotesPerCode+1 || !ok || more.IKESAs != 100-MaxNotesPerCode {
		t.Errorf("%d findings, the last of them %+v", len(got), got[len(got)-1])
	}
}

// No finding explains itself by way of others.
func TestExplanationsHaveNoCycle(t *testing.T) {
	edges := make(map[Code][]Code)
	for _, e := range explanations {
		if e.when == sameLine { // the first explains those after it
			continue
		}
		by := e.by
		if by == nil {
			by = faults
		}
		for _, b := range by {
			for _, o := range e.of {
				if b != o && e.then == replaced {
					edges[b] = append(edges[b], o)
				}
			}
		}
	}
	var visit func(c Code, path []Code)
	visit = func(c Code, path []Code) {
		if slices.Contains(path, c) {
			t.Fatalf("cycle: %v", append(path, c))
		}
		for _, next := range edges[c] {
			visit(next, append(path, c))
		}
	}
	for c := range edges {
		visit(c, nil)
	}
}
