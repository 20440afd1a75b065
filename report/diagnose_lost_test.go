package report

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What a capture lacks is not what a peer did wrong.

// fromSide keeps the packets of one host.
func fromSide(host string) func(*capture.Packet, *capture.Datagram) []byte {
	return func(p *capture.Packet, d *capture.Datagram) []byte {
		if d.Src.IsValid() && d.Src.Addr().String() == host {
			return p.Data
		}
		return nil
	}
}

// cutTo cuts all packets as a snap length does.
func cutTo(n int) func(*capture.Packet, *capture.Datagram) []byte {
	return func(p *capture.Packet, _ *capture.Datagram) []byte { return p.Data[:min(n, len(p.Data))] }
}

// withoutIKE leaves out the IKE messages of some numbers, counted from 1.
func withoutIKE(numbers ...int) func(*capture.Packet, *capture.Datagram) []byte {
	n := 0
	return func(p *capture.Packet, d *capture.Datagram) []byte {
		if d.Kind == capture.IKE {
			n++
			if contains(numbers, n) {
				return nil
			}
		}
		return p.Data
	}
}

// noSilence fails where a finding says that somebody does not answer.
func noSilence(t *testing.T, how string, d *Diagnosis) {
	t.Helper()
	for _, f := range d.Findings {
		switch f.Code {
		case "no-response", "phase1-stopped", "phase2-no-response", "rekey-failed", "dpd-timeout":
			t.Errorf("%s: %s [%s]", how, f.Text, f.Code)
		}
		if strings.Contains(f.Text, "no response") {
			t.Errorf("%s: %s [%s]", how, f.Text, f.Code)
		}
	}
}

// A capture of one direction says so, and nothing of answers that it cannot have.
func TestOneDirection(t *testing.T) {
	for _, session := range []string{"v2-psk-aes128-sha256", "v2-psk-gcm-x25519-pfs-rekey", "v2-eap-nat-esn", "v1-main-psk-nat", "v1-main-psk-aes128-sha1"} {
		for _, keys := range [][]string{nil, {filepath.Join(pcaps, session, "gwa.log")}} {
			t.Run(session, func(t *testing.T) {
				s, w := analyzed(t, edited(t, session, byPacket(fromSide("192.0.2.1"))), keys...)
				d := Diagnose(s, w)
				noSilence(t, session, d)
				if list := withCode(d, "one-way-ike"); len(list) != 1 || !strings.Contains(list[0].Text, "the capture has only the IKE messages of the initiator 192.0.2.1") {
					t.Errorf("one-way-ike: %+v\n%s", list, textOf(t, d))
				}
				for _, sa := range NewTimeline(s).SAs {
					for _, x := range sa.Exchanges {
						if x.Outcome.Code == negotiation.NoAnswer {
							t.Errorf("%s: %s", x.Type, x.Outcome.Text)
						}
					}
				}
			})
		}
	}
}

// Nothing is concluded from messages that the snap length cut; that they are is the first thing to know.
func TestSnapLengthOfIKE(t *testing.T) {
	const snap = 96
	for _, c := range []struct {
		session string
		closed  int // encrypted messages
	}{{"v2-psk-aes128-sha256", 4}, {"v2-psk-gcm-x25519-pfs-rekey", 16}, {"v1-main-psk-aes128-sha1", 7}} {
		path := edited(t, c.session, byPacket(cutTo(snap)))
		for _, keys := range [][]string{nil, {filepath.Join(pcaps, c.session, "gwa.log")}} {
			t.Run(c.session, func(t *testing.T) {
				s, w := analyzed(t, path, keys...)
				d := Diagnose(s, w)
				noSilence(t, c.session, d)
				if len(d.Findings) == 0 || d.Findings[0].Code != "snap-length" || d.Findings[0].Severity != SeverityProblem || !strings.Contains(d.Findings[0].Text, "IKE messages are truncated") {
					t.Errorf("snap-length is not first:\n%s", textOf(t, d))
				}
				if list := withCode(d, "wrong-key"); len(list) > 0 {
					t.Errorf("a right key is called wrong: %s", list[0].Text)
				}
				if list := withCode(d, "lost-message"); len(list) == 0 || !strings.Contains(list[0].Text, "truncated by the snap length") {
					t.Errorf("lost-message: %+v", list)
				}
				if s.Counts.IKEClosed != c.closed || s.Counts.IKEOpened != 0 {
					t.Errorf("%d closed, %d opened, want %d closed", s.Counts.IKEClosed, s.Counts.IKEOpened, c.closed)
				}
			})
		}
	}
}

// A negotiation that ends in the middle, with messages cut, tells nothing of pre-shared keys.
func TestSnapLengthOfTheLast(t *testing.T) {
	const session, snap, last = "v1-main-psk-aes128-sha1", 96, 5
	cut := cutTo(snap)
	s, w := analyzed(t, edited(t, session, byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
		if p.Number > last {
			return nil
		}
		return cut(p, d)
	})))
	d := Diagnose(s, w)
	noSilence(t, session, d)
	if list := withCode(d, "psk-mismatch"); len(list) > 0 {
		t.Errorf("%s", list[0].Text)
	}
}

// A snap length that cuts the long messages alone leaves the others to be opened.
func TestSnapLengthOfSome(t *testing.T) {
	const session, snap = "v2-psk-gcm-x25519-pfs-rekey", 300
	s, w := analyzed(t, edited(t, session, byPacket(cutTo(snap))), filepath.Join(pcaps, session, "gwa.log"))
	d := Diagnose(s, w)
	if s.Counts.IKEOpened == 0 || s.Counts.IKEClosed == 0 {
		t.Fatalf("%d opened, %d closed: the test wants both", s.Counts.IKEOpened, s.Counts.IKEClosed)
	}
	if list := withCode(d, "wrong-key"); len(list) > 0 {
		t.Errorf("%+v", list)
	}
	noSilence(t, session, d)
}

// Answers that the capture dropped are missed by the capture alone: what follows shows that they came.
func TestAnswersDropped(t *testing.T) {
	for _, c := range []struct {
		name, session string
		drop          []int
		says          string // of the outcome
	}{
		{"IKE_AUTH", "v2-psk-gcm-x25519-pfs-rekey", []int{1, 2, 4}, "the response of the responder to frame"},
		{"CREATE_CHILD_SA", "v2-psk-gcm-x25519-pfs-rekey", []int{6}, "the response of the responder to frame"},
		{"Quick Mode", "v1-main-psk-aes128-sha1", []int{8, 9}, "completed, as the traffic of ESP 0x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := edited(t, c.session, byPacket(withoutIKE(c.drop...)))
			s, w := analyzed(t, path, filepath.Join(pcaps, c.session, "gwa.log"))
			noSilence(t, c.name, Diagnose(s, w))
			said := ""
			for _, sa := range NewTimeline(s).SAs {
				for _, x := range sa.Exchanges {
					if strings.HasPrefix(x.Type, c.name) && x.Outcome.Code == negotiation.Incomplete {
						said += x.Outcome.Text + "\n"
						if c := x.Child; c != nil && sa.Version == 2 && (c.Mode != "" || !c.Offered) {
							t.Errorf("something was chosen without an answer: %+v", c)
						}
					}
				}
			}
			if !strings.Contains(said, c.says) {
				t.Errorf("outcomes %q, want one that says %q", said, c.says)
			}
		})
	}
}

// A capture that begins with message 5 of Main Mode shows that it was rejected, but not which way of authentication, nor that message 4, which is sent again
// behind it, got no response. Of EAP that the end of the capture cuts nobody knows how it ended.
func TestBeginsAtRejection(t *testing.T) {
	for _, c := range []struct {
		session  string
		packets  func([]*capture.Packet) []*capture.Packet
		headline string
	}{
		{"diag-v1-id-again", func(ps []*capture.Packet) []*capture.Packet { return ps[4:] }, "192.0.2.2 rejected the authentication of 192.0.2.1; cannot tell: its pre-shared key, certificate or identity"},
		{"diag-v1-id-again", func(ps []*capture.Packet) []*capture.Packet { return ps[len(ps)/2:] }, "cannot tell: its pre-shared key, certificate or identity"},
		{"diag-psk-nat", func(ps []*capture.Packet) []*capture.Packet { return ps[5:] }, "192.0.2.2 rejected the authentication of 192.0.2.1; cannot tell: its pre-shared key, certificate or identity"},
		{"diag-cert-expired", func(ps []*capture.Packet) []*capture.Packet { return ps[len(ps)/4 : len(ps)*3/4] }, "phase 1 stopped: no response from 192.0.2.2"},
		{"diag-v1-aggressive-psk", func(ps []*capture.Packet) []*capture.Packet { return ps[1:3] }, "phase 1 failed at message 2 of Aggressive Mode, most likely because the pre-shared keys differ"},
		{"diag-v1-aggressive-psk", func(ps []*capture.Packet) []*capture.Packet { return ps[3:] }, "no response from 192.0.2.1 to frame"},
		{"diag-v2-eap-ttls", func(ps []*capture.Packet) []*capture.Packet { return ps[:4] }, "192.0.2.2 authenticated but most likely rejected the Child SA"},
		{"diag-v2-eap-ttls", func(ps []*capture.Packet) []*capture.Packet { return ps[:8] }, "nothing wrong seen, but not enough seen"},
	} {
		d := Diagnose(analyzed(t, edited(t, c.session, c.packets)))
		if text := textOf(t, d); !strings.Contains(d.Findings[0].Text, c.headline) || strings.Contains(text, "frame 1 of 192.0.2.1 in Main Mode: retransmitted twice in 5.0 s, although") {
			t.Errorf("%s: want %q:\n%s", c.session, c.headline, text)
		}
	}
}

// A flow that may be of an earlier Child SA does not show that a later one came up.
func TestFlowOfEarlierChild(t *testing.T) {
	s, _ := analyzed(t, edited(t, "diag-v2-second-ts", byPacket(withoutIKE(6)))) // the rejection of the second Child SA
	for _, sa := range NewTimeline(s).SAs {
		for _, x := range sa.Exchanges {
			if x.Outcome.Code == negotiation.Incomplete {
				t.Errorf("%s: %s", x.Type, x.Outcome.Text)
			}
		}
	}
}

// A request that was sent again and again was not answered, whatever the capture lacks: a Delete that follows is the end.
func TestAnswersThatDidNotCome(t *testing.T) {
	for _, session := range []string{"diag-quick-silent", "diag-v2-auth-silent"} {
		t.Run(session, func(t *testing.T) {
			dir := filepath.Join(pcaps, session)
			s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log.gz"))
			d := Diagnose(s, w)
			if code := d.Findings[0].Code; code != "phase2-no-response" && code != "phase1-stopped" {
				t.Errorf("%s is first", code)
			}
			if list := withCode(d, "lost-message"); len(list) > 0 {
				t.Errorf("an answer that nobody sent is missed: %+v", list)
			}
		})
	}
	ask := sketch2{ikev2.ExchangeCreateChild, 2, request2, nil, false}
	end := sketch2{ikev2.ExchangeInformational, 3, request2, []decode.Payload{payload2(ikev2.PayloadDelete, &ikev2.Delete{Protocol: ike.IKE})}, false}
	for sent, want := range map[int]negotiation.Code{1: negotiation.Incomplete, 2: negotiation.NoAnswer} {
		sa := build2(ask, end)
		if m := sa.Messages[0]; sent > 1 {
			m.Repeats = []exchange.Repeat{{Frame: 9, Time: m.Time}}
		}
		if o := negotiation.Read(&ikedecode.Session{SAs: []*ikesa.SA{sa}}).Stories()[0].Outcome(sa.Exchanges[0]); o.Code != want {
			t.Errorf("a request, sent %d times, before a Delete: %+v", sent, o)
		}
	}
}

// What is sent without an answer where the other side still sends does not reach it: that is the finding.
func TestOneWayBeforeDPD(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-one-way")
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log.gz"))
	d := Diagnose(s, w)
	if f := d.Findings[0]; f.Code != "one-way-ike" || !contains(f.Frames, 26) {
		t.Errorf("one-way-ike is not first:\n%s", textOf(t, d))
	}
	if list := withCode(d, "dpd-timeout"); len(list) > 0 {
		t.Errorf("%s", list[0].Text)
	}
}

// Where too little shows that, the other side is at least not called gone while it sends.
func TestDPDOfALivePeer(t *testing.T) {
	path := edited(t, "diag-v2-one-way", byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte {
		const resent = 23 // the request that the responder sends once more before the liveness check
		if p.Number == resent {
			return nil
		}
		return p.Data
	}))
	s, w := analyzed(t, path, filepath.Join(pcaps, "diag-v2-one-way", "gwa.log.gz"))
	list := withCode(Diagnose(s, w), "dpd-timeout")
	if len(list) != 1 || !slices.Contains(list[0].Details, "192.0.2.2 sent IKE messages until frame 25") {
		t.Errorf("%+v", list)
	}
}

// An IKE SA that came of a reauthentication and ended later refused nobody's identity.
func TestReauthenticationIsNoRefusal(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-reauth-loss")
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log.gz"))
	d := Diagnose(s, w)
	for _, f := range d.Findings {
		if f.Severity == SeverityProblem || f.Code == "identity-mismatch" {
			t.Errorf("%s [%s]", f.Text, f.Code)
		}
	}
	if len(withCode(d, "esp-loss")) == 0 {
		t.Errorf("no loss:\n%s", textOf(t, d))
	}
}

// A Delete at once is a refusal, unless the IKE SA has taken the place of another one by then.
func TestTookOver(t *testing.T) {
	del := []decode.Payload{payload1(ikev1.PayloadDelete, &ikev1.Delete{Protocol: ike.IKE})}
	older := build1(hostA, hostB, 1, sketch1{main1, 0, true, nil, false}, sketch1{main1, 0, false, nil, false}, sketch1{ikev1.ExchangeInformational, 9, true, del, false})
	sa := build1(hostA, hostB, 11, sketch1{main1, 0, true, nil, false}, sketch1{main1, 0, false, nil, false}, sketch1{ikev1.ExchangeInformational, 9, true, del, false})
	sa.Messages[2].Time = sa.Messages[1].Time.Add(200 * time.Millisecond)
	older.Messages[2].Time = sa.Messages[1].Time.Add(100 * time.Millisecond)
	older.Established, sa.Established = true, true
	refused := func() int {
		d := diagnosisOf(older, sa)
		d.apply(t, "identity")
		return len(d.results())
	}
	if n := refused(); n != 1 {
		t.Errorf("%d findings without a child to take over, want 1", n)
	}
	older.Children = []*ikesa.Child{{Complete: true}}
	if n := refused(); n != 0 {
		t.Errorf("%d findings after a reauthentication", n)
	}
	older.Messages[2].Time = older.Messages[1].Time.Add(time.Second)
	if n := refused(); n != 1 {
		t.Errorf("%d findings where the older IKE SA had ended long before, want 1", n)
	}
}

// AUTHENTICATION_FAILED alone does not tell a pre-shared key from an identity that the responder does not have.
func TestKeyOrIdentity(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-asked-id")
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log.gz"))
	f := Diagnose(s, w).Findings[0]
	if f.Code != "auth-failed" || !slices.Contains(f.Details, "cannot tell: 192.0.2.2 has a different PSK, or no connection for these identities") {
		t.Errorf("%s [%s]", f.Text, f.Code)
	}
	want := []Compared{{Name: "identity of the responder", Initiator: "ID_FQDN gwz.example.org", Responder: "not in the capture", Differs: false},
		{Name: "identity of the initiator", Initiator: "ID_FQDN gwa.example.org", Responder: "not in the capture", Differs: false},
		{Name: "pre-shared key", Initiator: "the PSK given", Responder: "a different key, or none for this identity", Differs: false}}
	if len(f.Values) != len(want) {
		t.Fatalf("values %+v", f.Values)
	}
	for i := range want {
		if f.Values[i] != want[i] {
			t.Errorf("row %d: %+v, want %+v", i, f.Values[i], want[i])
		}
	}
}

// EAP that the initiator gives up shows without a key by an answer that has no room for a Child SA.
func TestClosedEAP(t *testing.T) {
	s, w := analyzed(t, filepath.Join(pcaps, "diag-v2-eap-no-key", "wire.pcap"))
	if f := Diagnose(s, w).Findings[0]; f.Code != "eap-failed" || !strings.Contains(f.Text, "EAP") {
		t.Errorf("%s [%s]", f.Text, f.Code)
	}
}

// ESP in one direction alone shows without a key; in a capture of one direction it says nothing.
func TestClosedOneWay(t *testing.T) {
	s, w := analyzed(t, filepath.Join(pcaps, "diag-v2-esp-one-way", "wire.pcap"))
	d := Diagnose(s, w)
	list := withCode(d, "esp-one-way")
	if len(list) != 1 || !strings.Contains(list[0].Text, "3 packets from 192.0.2.1 to 192.0.2.2, no ESP or AH") {
		t.Errorf("%+v\n%s", list, textOf(t, d))
	}
	for _, path := range []string{filepath.Join(pcaps, "v2-psk-aes128-sha256", "wire.pcap"), edited(t, "v2-psk-aes128-sha256", byPacket(fromSide("192.0.2.1")))} {
		s, w := analyzed(t, path)
		if list := withCode(Diagnose(s, w), "esp-one-way"); len(list) > 0 {
			t.Errorf("%s: %s", path, list[0].Text)
		}
	}
}

// Loss shows without a key; a session without loss has none.
func TestClosedLoss(t *testing.T) {
	const session = "v2-psk-aes128-sha256"
	n := 0
	path := edited(t, session, byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
		if d.Kind == capture.ESP && d.Src.Addr().String() == "192.0.2.1" {
			if n++; n > 5 && n <= 9 {
				return nil
			}
		}
		return p.Data
	}))
	s, w := analyzed(t, path)
	list := withCode(Diagnose(s, w), "esp-loss")
	if len(list) != 1 || list[0].Severity != SeverityWarning || !strings.Contains(list[0].Text, "192.0.2.1 > 192.0.2.2: 4 of 32 packets missing") {
		t.Errorf("%+v", list)
	}
	s, w = analyzed(t, filepath.Join(pcaps, session, "wire.pcap"))
	if list := withCode(Diagnose(s, w), "esp-loss"); len(list) > 0 {
		t.Errorf("without loss: %+v", list)
	}
}
