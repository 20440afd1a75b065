package ikedecode_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A dropping is one way to lose packets of a session.
type dropping struct {
	name string
	lost []*capture.Packet
}

// droppings loses each IKE message of a session, and some of its traffic; with pairs, each two of the messages as well.
func droppings(ps []*capture.Packet, pairs bool) []dropping {
	var out []dropping
	var ike []*capture.Packet
	traffic := 0
	for _, p := range ps {
		switch {
		case isIKE(p):
			ike = append(ike, p)
		default:
			if traffic++; traffic%16 != 1 {
				continue
			}
		}
		out = append(out, dropping{fmt.Sprintf("without frame %d", p.Number), []*capture.Packet{p}})
	}
	for i := range ike {
		for j := 0; j < i && pairs; j++ {
			out = append(out, dropping{fmt.Sprintf("without frames %d and %d", ike[j].Number, ike[i].Number), []*capture.Packet{ike[j], ike[i]}})
		}
	}
	return out
}

// keying reports whether IKE keys come from what a packet says: IKE_SA_INIT, IKE_INTERMEDIATE, or a CREATE_CHILD_SA, which may rekey
// the IKE SA.
func keying(p *capture.Packet) bool {
	m := ikeOf(p)
	if m == nil {
		return false
	}
	switch m.Exchange {
	case ikev2.ExchangeSAInit, ikev2.ExchangeIntermediate, ikev2.ExchangeCreateChild:
		return true
	}
	return false
}

// Whatever single message of a session is lost, or, of some, whatever two: the log opens all that is left of messages and traffic;
// SK_* and the DH secrets of children open all messages; the DH secrets alone open all messages, as long as nothing is lost from which
// keys are made. What stays closed is told.
func TestEveryMessageLost2(t *testing.T) {
	if testing.Short() {
		t.Skip("starts no goroutine, and takes long with the race detector")
	}
	pairs := []string{"v2-psk-aes128-sha256", "v2-rsa-certs-frag", "v2-mlkem", "v2-ss5-rekey"}
	for _, dir := range sessionsV2(t) {
		name := filepath.Base(dir)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			full := logBag(t, dir, "gwa.log")
			ps, want := readPackets(t, wire(dir)), clearTruth(t, dir)
			for _, d := range droppings(ps, slices.Contains(pairs, name)) {
				path := writePackets(t, without(ps, d.lost...))
				lostKeys := slices.ContainsFunc(d.lost, keying)
				for _, which := range []string{"log", "sk", "dh"} {
					r := analyze(t, lossKeys2(which, full), path)
					what := fmt.Sprintf("%s, %s given", d.name, which)
					checkLost(t, what, r, want, len(d.lost), which == "log", which != "dh" || !lostKeys)
				}
			}
		})
	}
}

// checkLost judges a run without some packets. all: everything opens; messages: every message does.
func checkLost(t *testing.T, what string, r *run, want [][]byte, lost int, all, messages bool) {
	t.Helper()
	told := len(gapsOf(r))+len(r.Unknown) > 0
	closed := 0
	for _, sa := range r.SAs {
		for _, m := range sa.Messages {
			if m.State == ikesa.Closed {
				closed++
			}
			if m.PayErr != nil {
				t.Errorf("%s: frame %d: %v", what, m.Frame, m.PayErr)
			}
		}
	}
	if closed > 0 && (messages || !told) {
		t.Errorf("%s: %d messages are closed, told %v", what, closed, told)
	}
	missing, extra := compare(r.inner, want)
	if extra > 0 {
		t.Errorf("%s: %d packets that never crossed the tunnel", what, extra)
	}
	if missing > lost && (all || !told) {
		t.Errorf("%s: %d packets missing of %d, told %v", what, missing, len(want), told)
	}
}

// A capture that begins anywhere opens from the log: every message and every packet of it.
func TestStartsAnywhere2(t *testing.T) {
	for _, dir := range sessionsV2(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			full := logBag(t, dir, "gwa.log")
			ps := readPackets(t, wire(dir))
			for i, p := range ps {
				if i == 0 || !isIKE(p) {
					continue
				}
				r := analyze(t, full, writePackets(t, ps[i:]))
				for _, sa := range r.SAs {
					for _, m := range sa.Messages {
						if m.State == ikesa.Closed {
							t.Errorf("from frame %d on: frame %d is closed: %v", p.Number, m.Frame, m.Why)
						}
					}
				}
				if n := r.Counts.NoSA + r.Counts.BadICV + r.Counts.Malformed; n > 0 {
					t.Errorf("from frame %d on: %+v", p.Number, r.Counts)
				}
			}
		})
	}
}

// With one fragment lost, and no other key than the DH secret, the fragments that are there open, and the gap names the one that is
// not.
func TestEachFragmentLost2(t *testing.T) {
	dir := recorded(t, "v2-rsa-certs-frag")
	ps := readPackets(t, wire(dir))
	bag := only(logBag(t, dir, "gwa.log"), secret.DHSecret)
	fragments := 0
	for _, p := range ps {
		m := ikeOf(p)
		if m == nil || m.Exchange != ikev2.ExchangeAuth {
			continue
		}
		fragments++
		r := analyze(t, bag, writePackets(t, without(ps, p)))
		checkLoss2(t, lossCase2{gap: ikesa.GapLost}, r)
	}
	if fragments < 4 {
		t.Errorf("%d fragments", fragments)
	}
}
