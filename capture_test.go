package ikedecode_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A capture made on a gateway has the packets that it unpacked again in the clear: they are known as copies, and the
// traffic is that of the tunnel all the same.
func TestGatewayCapture(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-gateway-capture")
	want := clearTruth(t, dir)
	inner := make(map[string]bool)
	for _, p := range want {
		inner[unrouted(p)] = true
	}
	copies := 0
	for _, p := range readPackets(t, filepath.Join(dir, "wire.pcap")) {
		if len(p.Data) > 34 && inner[unrouted(p.Data[14:])] {
			copies++
		}
	}
	r := analyze(t, readBag(t, filepath.Join(dir, "gwa.log")), filepath.Join(dir, "wire.pcap"))
	if copies == 0 || r.Counts.ClearCopy != copies {
		t.Errorf("%d packets known as copies, want %d", r.Counts.ClearCopy, copies)
	}
	checkTraffic(t, r, want)
}

// A mirror port shows every packet twice: that is no retransmission.
func TestMirrorPort(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-main-psk-aes128-sha1")
	ps := readPackets(t, filepath.Join(dir, "wire.pcap"))
	r := analyze(t, readBag(t, filepath.Join(dir, "gwa.log")), writePackets(t, doubled(ps)))
	if r.Counts.Mirrored != len(ps) {
		t.Errorf("%d packets known as captured twice, want %d", r.Counts.Mirrored, len(ps))
	}
	for _, m := range r.SAs[0].Messages {
		if m.Sent() != 1 {
			t.Errorf("frame %d counts as sent %d times", m.Frame, m.Sent())
		}
	}
}

// One file of two places on the way, whose clocks differ, has every message twice, the second time with a lower TTL: that is no retransmission, whatever
// the clocks differ by.
func TestOneFileOfTwoPlaces(t *testing.T) {
	for _, name := range []string{"v1-main-psk-aes128-sha1", "v1-main-rsa-certs-frag", "v2-psk-aes128-sha256"} {
		dir := filepath.Join(pcaps, name)
		ps := readPackets(t, filepath.Join(dir, "wire.pcap"))
		sent := make(map[string]int)
		for _, sa := range analyze(t, &secret.Bag{}, writePackets(t, ps)).SAs {
			for _, m := range sa.Messages {
				sent[string(m.Raw)] = m.Sent()
			}
		}
		both := slices.Clone(ps)
		for _, p := range ps {
			q := *p
			q.Data, q.Time = slices.Clone(p.Data), p.Time.Add(1500*time.Millisecond)
			q.Data[14+8]-- // TTL
			ip.SetLength(q.Data[14:], ip.IPv4Len, ip.Claimed(q.Data[14:]))
			both = append(both, &q)
		}
		slices.SortStableFunc(both, func(a, b *capture.Packet) int { return a.Time.Compare(b.Time) })
		for _, sa := range analyze(t, &secret.Bag{}, writePackets(t, both)).SAs {
			for _, m := range sa.Messages {
				if m.Sent() != sent[string(m.Raw)] {
					t.Errorf("%s: frame %d counts as sent %d times, want %d", name, m.Frame, m.Sent(), sent[string(m.Raw)])
				}
			}
		}
	}
}

// A file that is cut gives everything before the cut, and says where it was.
func TestCutFile(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-main-psk-aes128-sha1")
	b, err := os.ReadFile(filepath.Join(dir, "wire.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cut.pcap")
	if err := os.WriteFile(path, b[:len(b)-200], 0o600); err != nil {
		t.Fatal(err)
	}
	r := analyze(t, readBag(t, filepath.Join(dir, "gwa.log")), path)
	if len(r.Cuts) != 1 || r.Complete() {
		t.Fatalf("cuts %v, complete %v", r.Cuts, r.Complete())
	}
	want := len(readPackets(t, filepath.Join(dir, "wire.pcap"))) - 2
	if r.Counts.Packets != want || r.Counts.Opened == 0 {
		t.Errorf("%d packets, %d opened; want %d packets", r.Counts.Packets, r.Counts.Opened, want)
	}
}

// A run can be stopped.
func TestCancel(t *testing.T) {
	ps := readPackets(t, filepath.Join(pcaps, "v1-main-psk-aes128-sha1", "wire.pcap"))
	var many []*capture.Packet
	for range 100 {
		many = append(many, ps...)
	}
	src, err := capture.Open([]string{writePackets(t, many)}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := ikedecode.Analyze(ctx, src, nil, ikedecode.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// With --no-verify a key is used although nothing proves it, and the report says so.
func TestNoVerify(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-main-psk-aes128-sha1")
	bag := unbound(readBag(t, filepath.Join(pcaps, "v1-main-psk-multi-proposals", "gwa.wireshark", "ikev1_decryption_table")))
	src, err := capture.Open([]string{filepath.Join(dir, "wire.pcap")}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{NoVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	sa := s.SAs[0]
	if len(sa.Proofs) != 1 || sa.Proofs[0].By != ikesa.Unproven {
		t.Errorf("proofs %+v, want one that says unproven", sa.Proofs)
	}
	for _, m := range sa.Messages {
		if m.State == ikesa.Closed {
			t.Errorf("frame %d stayed closed", m.Frame)
		}
	}
}

// Times that run backwards between packets, as in badly merged captures, do no harm.
func TestReorderedCapture(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-main-psk-aes128-sha1")
	ps := readPackets(t, filepath.Join(dir, "wire.pcap"))
	for i := 0; i+1 < len(ps); i += 2 {
		ps[i], ps[i+1] = ps[i+1], ps[i]
	}
	for i, p := range ps {
		p.Time = ps[0].Time.Add(time.Duration(i) * time.Millisecond)
	}
	r := analyze(t, readBag(t, filepath.Join(dir, "gwa.log")), writePackets(t, ps))
	checkOpened(t, r)
	checkTraffic(t, r, clearTruth(t, dir))
	if !bytes.Equal(r.SAs[0].Initiator[:], ikeOf(ps[1]).Initiator[:]) {
		t.Error("another SA")
	}
}
