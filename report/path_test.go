package report

import (
	"bytes"
	"crypto/md5" // vendor IDs are MD5 hashes of texts
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// withCode are the findings of d with a code.
func withCode(d *Diagnosis, code string) (list []Finding) {
	for _, f := range d.Findings {
		if string(f.Code) == code {
			list = append(list, f)
		}
	}
	return list
}

// diagnosed diagnoses a recorded session with its keys, if any.
func diagnosed(t *testing.T, dir string) *Diagnosis {
	t.Helper()
	var keys []string
	for _, name := range []string{"keys.txt", "gwa.log"} {
		if p := filepath.Join(dir, name); exists(p) {
			keys = append(keys, p)
		}
	}
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), keys...)
	return Diagnose(s, w)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// What the way did to real sessions is found, with its frames.
func TestDiagnosePath(t *testing.T) {
	for _, c := range []struct {
		session, code string
		severity      Severity
		frames        []int
		says          []string // in text, details and hint
		healthy       bool
	}{
		{"path-icmp-port", "icmp-unreachable", SeverityProblem, []int{4, 6}, []string{"port unreachable", "type 3, code 3", "192.0.2.2:500", "daemon"}, false},
		{"path-icmp-esp", "icmp-unreachable", SeverityProblem, []int{8, 10, 12}, []string{"administratively prohibited", "code 13", "ESP from 192.0.2.1", "filter"}, false},
		{"path-one-way-v1", "one-way-ike", SeverityProblem, []int{1, 2, 3, 5}, []string{"frame 2 of 192.0.2.2 did not arrive", "192.0.2.1 retransmitted frame 1 twice"}, false},
		{"path-one-way-v2", "one-way-ike", SeverityProblem, []int{1, 2, 3, 5}, []string{"frame 2 of 192.0.2.2 did not arrive", "192.0.2.1 retransmitted frame 1 twice"}, false},
		{"path-mtu-icmp", "mtu-suspect", SeverityWarning, []int{17}, []string{"fragmentation needed", "1,200 bytes", "1,118 bytes", "1,078"}, false},
		{"path-mtu-tcp", "mtu-suspect", SeverityWarning, []int{20}, []string{"10.2.0.10:8080", "1,352 bytes", "sent 9 times", "up to 84 bytes", "DF"}, false},
		{"path-mtu-ike", "mtu-suspect", SeverityProblem, []int{6, 8, 12}, []string{"IKE_AUTH of 1,616 bytes from 172.16.9.2", "up to 232 bytes got responses", "2 IP fragments"}, false},
		{"path-nat-moved", "nat-mapping-changed", SeverityNote, []int{18, 29}, []string{"31010", "4500", "no NAT keepalives"}, false},
		{"path-nat-moved", "nat-detected", SeverityNote, nil, []string{"initiator is behind NAT", "appears as 192.0.2.1 port 500, then 4500, then 31010"}, false},
		{"path-mobike", "address-changed", SeverityNote, []int{18, 26}, []string{"initiator moved from 192.0.2.1 to 192.0.2.11", "UPDATE_SA_ADDRESSES in frame 26"}, true},
		{"path-sha256-96", "vendor-quirk", SeverityNote, []int{5, 9}, []string{"HMAC-SHA2-256-128", "96 bits"}, true},
		{"path-encap", "nat-detected", SeverityNote, []int{1, 2}, []string{"cannot tell: NAT changes the addresses of 192.0.2.1 and 192.0.2.2, or they force UDP encapsulation"}, true},
		{"v1-nat-transport", "nat-detected", SeverityNote, nil, []string{"the initiator 172.16.9.2 is behind NAT"}, true},
		{"v1-main-psk-nat", "nat-detected", SeverityNote, nil, []string{"the initiator is behind NAT", "192.0.2.1"}, true},
	} {
		t.Run(c.session+" "+c.code, func(t *testing.T) {
			d := diagnosed(t, filepath.Join(pcaps, c.session))
			found := withCode(d, c.code)
			if len(found) != 1 {
				t.Fatalf("%d findings:\n%s", len(found), textOf(t, d))
			}
			f := found[0]
			if f.Severity != c.severity || d.Healthy != c.healthy {
				t.Errorf("severity %s, healthy %v", f.Severity, d.Healthy)
			}
			for _, n := range c.frames {
				if !slices.Contains(f.Frames, n) {
					t.Errorf("frames %v, want %d among them", f.Frames, n)
				}
			}
			all := f.Text + "\n" + strings.Join(f.Details, "\n") + "\n" + f.Hint
			for _, want := range c.says {
				if !strings.Contains(all, want) {
					t.Errorf("%q is not in:\n%s", want, all)
				}
			}
			if f.RFC == "" {
				t.Error("no RFC")
			}
		})
	}
}

// The silence that follows lost answers is told once, as what it is.
func TestOneWayIsNotSilence(t *testing.T) {
	for _, name := range []string{"path-one-way-v1", "path-one-way-v2"} {
		d := diagnosed(t, filepath.Join(pcaps, name))
		for _, f := range d.Findings {
			if f.Severity == SeverityProblem && f.Code != "one-way-ike" {
				t.Errorf("%s: %s %s", name, f.Code, f.Text)
			}
		}
	}
	// A peer that says nothing at all, and one that answers at the third try, are something else.
	for _, name := range []string{"fail-no-answer", "v1-racoon-dh-private", "v1-reauth-rekey", "fail-psk-mismatch"} {
		if list := withCode(diagnosed(t, filepath.Join(pcaps, name)), "one-way-ike"); len(list) > 0 {
			t.Errorf("%s: %s", name, list[0].Text)
		}
	}
}

// byPacket is a change of a capture, packet by packet: nil leaves one out.
func byPacket(edit func(p *capture.Packet, d *capture.Datagram) []byte) func([]*capture.Packet) []*capture.Packet {
	return func(ps []*capture.Packet) (out []*capture.Packet) {
		split := capture.NewSplitter(capture.SplitOptions{})
		for _, p := range ps {
			d := &capture.Datagram{}
			if ds := split.Split(p); len(ds) == 1 {
				d = &ds[0]
			}
			if b := edit(p, d); b != nil {
				p.Data = b
				out = append(out, p)
			}
		}
		return out
	}
}

const ethernet = 14 // bytes before the IP header in the captures that are edited

// A NAT that gives the initiator another port, which the responder does not learn.
func TestNATMappingLost(t *testing.T) {
	const session = "v1-main-psk-nat"
	const from, port = 50, 31010
	path := edited(t, session, byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
		b := slices.Clone(p.Data)
		if d.Kind == capture.ESP && d.Src.Addr().String() == "192.0.2.1" && p.Number > from {
			binary.BigEndian.PutUint16(b[ethernet+20:], port)
			binary.BigEndian.PutUint16(b[ethernet+26:], 0) // no checksum
		}
		return b
	}))
	s, w := analyzed(t, path, filepath.Join(pcaps, session, "gwa.log"))
	d := Diagnose(s, w)
	list := withCode(d, "nat-mapping-changed")
	if len(list) != 1 || list[0].Severity != SeverityProblem || list[0].Options == nil {
		t.Fatalf("%+v\n%s", list, textOf(t, d))
	}
	for _, want := range []string{"from port 4500 to 31010", "192.0.2.2 still sends to 4500"} {
		if !strings.Contains(list[0].Text, want) {
			t.Errorf("%q is not in %q", want, list[0].Text)
		}
	}
}

// IKE fragments of which one is missing are named: where the message came to nothing, and where the capture alone lacks it.
func TestFragmentLost(t *testing.T) {
	const session = "v1-main-rsa-certs-frag"
	const first, second, last = 5, 6, 7 // of Main Mode 5
	for _, c := range []struct {
		name     string
		keep     func(n int) bool
		severity Severity
		says     string
	}{
		{"the second, and the end of the session", func(n int) bool { return n <= last && n != second }, SeverityProblem, "fragment 2 of 3 of a message of 192.0.2.1 is missing"},
		{"the last, and the end of the session", func(n int) bool { return n < last }, SeverityWarning, "everything after fragment 2 of a message of 192.0.2.1 is missing"},
		{"the first, in the capture alone", func(n int) bool { return n != first }, SeverityNote, "fragment 1 of 3 of a message of 192.0.2.1 is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := edited(t, session, byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte {
				if !c.keep(p.Number) {
					return nil
				}
				return p.Data
			}))
			s, w := analyzed(t, path)
			d := Diagnose(s, w)
			list := withCode(d, "fragment-lost")
			if len(list) != 1 || list[0].Severity != c.severity || !strings.Contains(list[0].Text, c.says) {
				t.Errorf("%+v\n%s", list, textOf(t, d))
			}
		})
	}
}

// The same of IKEv2 (RFC 7383).
func TestFragmentLost2(t *testing.T) {
	session := filepath.Join("..", "..", "..", "shared", "captures", "v2-rsa-certs-frag")
	if !exists(filepath.Join(pcaps, session)) {
		t.Skipf("shared captures are missing: %s", session)
	}
	drop, n := 0, 0
	path := edited(t, session, byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
		const skf, nextPayload = 53, 16
		if d.Kind == capture.IKE && d.Payload[nextPayload] == skf {
			if n++; n == 2 {
				drop = p.Number
				return nil
			}
		}
		if drop > 0 && (d.Kind != capture.IKE || d.Src.Addr().String() != "192.0.2.1" || d.Payload[nextPayload] != skf) {
			return nil // nobody answers a message with a hole, so that nobody goes on
		}
		return p.Data
	}))
	s, w := analyzed(t, path)
	d := Diagnose(s, w)
	list := withCode(d, "fragment-lost")
	if drop == 0 || len(list) != 1 || list[0].Severity != SeverityProblem || !strings.Contains(list[0].Text, "fragment 2 of ") || !strings.Contains(list[0].Text, "IKE_AUTH") {
		t.Errorf("dropped %d: %+v\n%s", drop, list, textOf(t, d))
	}
}

// An IP fragment of an ESP packet that is missing is told from fragments that decryption leaves behind.
func TestIPFragmentLost(t *testing.T) {
	const session = "v1-main-psk-3des-md5-espnull"
	gone := 0
	path := edited(t, session, byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte {
		offset := binary.BigEndian.Uint16(p.Data[ethernet+6:]) & 0x1fff
		if offset > 0 && gone == 0 {
			gone = p.Number
			return nil
		}
		return p.Data
	}))
	s, w := analyzed(t, path, filepath.Join(pcaps, session, "gwa.log"))
	d := Diagnose(s, w)
	list := withCode(d, "fragment-lost")
	if gone == 0 || len(list) != 1 || list[0].Severity != SeverityWarning || !strings.Contains(list[0].Text, "an IP packet of ESP") || !contains(list[0].Frames, gone-1) {
		t.Fatalf("dropped %d: %+v\n%s", gone, list, textOf(t, d))
	}
	// IKE's own fragments do nothing for ESP.
	if f := list[0]; strings.Contains(f.RFC, "7383") || !strings.Contains(f.Hint, "MSS") || !slices.Equal(f.Options, diagnose.SettingMTU.Options()) {
		t.Errorf("advice for IKE: %+v", f)
	}
}

// Fragments that the snap length cut are all there: none was lost on the way.
func TestIPFragmentCut(t *testing.T) {
	const session, snap = "v1-main-psk-3des-md5-espnull", 200
	path := edited(t, session, func(ps []*capture.Packet) []*capture.Packet {
		for _, p := range ps {
			if field := binary.BigEndian.Uint16(p.Data[ethernet+6:]); field&0x3fff != 0 && len(p.Data) > snap {
				p.Data = p.Data[:snap]
			}
		}
		return ps
	})
	s, w := analyzed(t, path, filepath.Join(pcaps, session, "gwa.log"))
	d := Diagnose(s, w)
	if list := withCode(d, "snap-length"); len(list) != 1 || !strings.Contains(list[0].Text, "truncated by the snap length") || len(withCode(d, "fragment-lost")) > 0 {
		t.Errorf("%s", textOf(t, d))
	}
}

// A fragment that comes a second time, after its datagram was whole, is no loss.
func TestIPFragmentTwice(t *testing.T) {
	const session, later = "v1-main-psk-3des-md5-espnull", 25 * time.Millisecond
	path := edited(t, session, func(ps []*capture.Packet) []*capture.Packet {
		const more = 0x20
		i := slices.IndexFunc(ps, func(p *capture.Packet) bool { return p.Data[ethernet+6]&more != 0 })
		again := *ps[i]
		again.Time = again.Time.Add(later)
		k := slices.IndexFunc(ps, func(p *capture.Packet) bool { return p.Time.After(again.Time) })
		return slices.Insert(ps, k, &again)
	})
	s, w := analyzed(t, path, filepath.Join(pcaps, session, "gwa.log"))
	if d := Diagnose(s, w); !d.Healthy || len(withCode(d, "fragment-lost")) > 0 {
		t.Errorf("not healthy:\n%s", textOf(t, d))
	}
}

// Damaged packets are found one by one, and what they have in common.
func TestICVFailures(t *testing.T) {
	const session = "v1-main-psk-aes128-sha1"
	for _, c := range []struct {
		name   string
		damage func(n, size int) bool
		frames []int
		says   string
	}{
		{"two", func(n, _ int) bool { return n == 12 || n == 14 }, []int{12, 14}, ""},
		{"from one on", func(n, _ int) bool { return n >= 20 }, nil, "on all of them fail"},
		{"large ones", func(_, size int) bool { return size > 1000 }, nil, "only packets of "},
	} {
		t.Run(c.name, func(t *testing.T) {
			var damaged []int
			path := edited(t, session, byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
				b := slices.Clone(p.Data)
				if d.Kind == capture.ESP && c.damage(p.Number, len(b)) {
					b[len(b)-1] ^= 1
					damaged = append(damaged, p.Number)
				}
				return b
			}))
			s, w := analyzed(t, path, filepath.Join(pcaps, session, "gwa.log"))
			d := Diagnose(s, w)
			list := withCode(d, "icv-failures")
			if len(list) == 0 || len(damaged) == 0 || d.Healthy {
				t.Fatalf("damaged %v:\n%s", damaged, textOf(t, d))
			}
			var all []int
			says := false
			for _, f := range list {
				all = append(all, f.Frames...)
				says = says || strings.Contains(strings.Join(f.Details, "\n"), c.says)
			}
			for _, n := range all {
				if !contains(damaged, n) {
					t.Errorf("frame %d is named, and was not damaged", n)
				}
			}
			for _, n := range c.frames {
				if !contains(all, n) {
					t.Errorf("frame %d is not named: %v", n, all)
				}
			}
			if !says {
				t.Errorf("%q is not said: %+v", c.says, list)
			}
		})
	}
}

// Times that go back, and answers before their questions.
func TestClockJump(t *testing.T) {
	const session = "v1-main-psk-aes128-sha1"
	for _, c := range []struct {
		name  string
		shift func(p *capture.Packet, d *capture.Datagram) time.Duration
		says  string // "" for no finding
	}{
		{"as it was", func(*capture.Packet, *capture.Datagram) time.Duration { return 0 }, ""},
		{"set back", func(p *capture.Packet, _ *capture.Datagram) time.Duration {
			if p.Number >= 20 {
				return -2 * time.Hour
			}
			return 0
		}, "timestamps jump back once, by up to 2 h 0 min"},
		{"set ahead", func(p *capture.Packet, _ *capture.Datagram) time.Duration {
			if p.Number >= 20 {
				return 48 * time.Hour
			}
			return 0
		}, "timestamps jump ahead once, by up to 48 h 0 min"},
		{"one direction early", func(_ *capture.Packet, d *capture.Datagram) time.Duration {
			if d.Src.Addr().String() == "192.0.2.2" {
				return -300 * time.Millisecond
			}
			return 0
		}, "older than its request"},
		{"a little out of order", func(p *capture.Packet, _ *capture.Datagram) time.Duration {
			return time.Duration(p.Number%3) * -time.Millisecond
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := edited(t, session, byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
				p.Time = p.Time.Add(c.shift(p, d))
				return p.Data
			}))
			s, w := analyzed(t, path, filepath.Join(pcaps, session, "gwa.log"))
			d := Diagnose(s, w)
			list := withCode(d, "clock-jump")
			switch {
			case c.says == "" && len(list) > 0:
				t.Errorf("%+v", list)
			case c.says != "" && (len(list) == 0 || !strings.Contains(list[len(list)-1].Text, c.says)):
				t.Errorf("want %q:\n%s", c.says, textOf(t, d))
			}
		})
	}
}

// IKE on port 4500 without the marker, which a receiver takes for ESP.
func TestMissingMarker(t *testing.T) {
	const session = "v1-main-psk-nat"
	n := 0
	path := edited(t, session, byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
		if d.Kind != capture.IKE || !d.Marker || d.Src.Addr().String() != "192.0.2.1" {
			return p.Data
		}
		n++
		const udp = ethernet + 20
		b := slices.Concat(p.Data[:udp+8], p.Data[udp+12:])
		binary.BigEndian.PutUint16(b[ethernet+2:], binary.BigEndian.Uint16(b[ethernet+2:])-4)
		binary.BigEndian.PutUint16(b[udp+4:], binary.BigEndian.Uint16(b[udp+4:])-4)
		binary.BigEndian.PutUint16(b[udp+6:], 0)
		return b
	}))
	s, w := analyzed(t, path, filepath.Join(pcaps, session, "gwa.log"))
	list := withCode(Diagnose(s, w), "vendor-quirk")
	if n == 0 || len(list) != 1 || len(list[0].Frames) != n || !strings.Contains(list[0].Text, "without the non-ESP marker") {
		t.Errorf("%d without marker: %+v", n, list)
	}
}

// Fragments of ESP that stand beside what they held, decrypted, are no loss; without such a packet they are.
func TestLeftOverFragments(t *testing.T) {
	const name = "v1-main-psk-3des-md5-espnull"
	bag := bagOf(t, filepath.Join(pcaps, name, "gwa.log"))
	s := solved(t, filepath.Join(pcaps, name, "wire.pcap"), bag, ikedecode.Options{})
	inner := make(map[int][]byte) // by frame
	if err := s.Run(t.Context(), func(f *ikedecode.Frame) error {
		for _, it := range f.Items {
			if it.Opened != nil && it.Opened.IP != nil {
				inner[f.Packet.Number] = slices.Concat(f.Packet.Data[:ethernet], it.Opened.IP)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, decrypted := range []bool{true, false} {
		path := edited(t, name, byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
			const fragmented = 0x3fff
			switch fragment := binary.BigEndian.Uint16(p.Data[ethernet+6:])&fragmented != 0; {
			case inner[p.Number] != nil && decrypted:
				return inner[p.Number]
			case fragment && inner[p.Number] == nil:
				return p.Data
			}
			return nil
		}))
		s, w := analyzed(t, path)
		d := Diagnose(s, w)
		if lost := len(withCode(d, "fragment-lost")) > 0; lost == decrypted {
			t.Errorf("decrypted %v: fragments lost %v\n%s", decrypted, lost, textOf(t, d))
		}
	}
}

// An answer that comes from another address than was asked is no answer.
func TestAnswerFromElsewhere(t *testing.T) {
	path := edited(t, "path-one-way-v2", byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
		b := slices.Clone(p.Data)
		if d.Kind == capture.IKE && d.Src.Addr().String() == "192.0.2.2" {
			b[ethernet+15] = 77
			binary.BigEndian.PutUint16(b[ethernet+26:], 0)
		}
		return b
	}))
	s, w := analyzed(t, path)
	list := withCode(Diagnose(s, w), "one-way-ike")
	if len(list) != 1 || !strings.Contains(list[0].Hint, "on 192.0.2.77 respond from 192.0.2.2") {
		t.Errorf("%+v", list)
	}
}

// Several hosts behind one NAT come from several ports, and nothing has changed.
func TestSeveralBehindNAT(t *testing.T) {
	const session, from = "v1-main-psk-nat", 50
	path := edited(t, session, byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
		b := slices.Clone(p.Data)
		if d.Kind == capture.ESP && d.Src.Addr().String() == "192.0.2.1" && p.Number > from {
			binary.BigEndian.PutUint16(b[ethernet+20:], 31010)
			binary.BigEndian.PutUint16(b[ethernet+26:], 0)
			b[ethernet+28] ^= 0x55 // another SPI
		}
		return b
	}))
	s, w := analyzed(t, path)
	if list := withCode(Diagnose(s, w), "nat-mapping-changed"); len(list) > 0 {
		t.Errorf("%+v", list)
	}
}

// What peers say that they know is compared with what they do: vendor IDs are changed in the first two messages.
func TestVendorIDQuirks(t *testing.T) {
	for _, c := range []struct {
		session, id, other string // hashed
		says               string
		frames             int
	}{
		{"v1-main-rsa-certs-frag", "FRAGMENTATION", "something else", "IKE fragments for a peer that did not announce IKE fragmentation", 2},
		{"v1-main-psk-nat", "RFC 3947", "draft-ietf-ipsec-nat-t-ike-02\n", "NAT traversal of a draft", 2},
	} {
		t.Run(c.id, func(t *testing.T) {
			id, other := md5.Sum([]byte(c.id)), md5.Sum([]byte(c.other))
			for _, change := range []bool{false, true} {
				path := edited(t, c.session, byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte {
					b := slices.Clone(p.Data)
					if i := bytes.Index(b, id[:]); i >= 0 && change {
						copy(b[i:], other[:])
					}
					return b
				}))
				s, w := analyzed(t, path)
				list := withCode(Diagnose(s, w), "vendor-quirk")
				switch {
				case !change && len(list) > 0:
					t.Errorf("as it was: %+v", list)
				case change && (len(list) != 1 || !strings.Contains(list[0].Text, c.says) || len(list[0].Frames) != c.frames):
					t.Errorf("changed: %+v", list)
				}
			}
		})
	}
}

// ESP in UDP where the hashes show no NAT.
func TestForcedEncapsulation(t *testing.T) {
	const session = "v1-main-psk-aes128-sha1"
	path := edited(t, session, byPacket(inUDP))
	s, w := analyzed(t, path, filepath.Join(pcaps, session, "gwa.log"))
	d := Diagnose(s, w)
	list := withCode(d, "nat-detected")
	if len(list) != 1 || !strings.Contains(list[0].Text, "UDP encapsulation is used: it is forced") || !d.Healthy {
		t.Errorf("%+v\n%s", list, textOf(t, d))
	}
	s, w = analyzed(t, filepath.Join(pcaps, session, "wire.pcap"))
	if list := withCode(Diagnose(s, w), "nat-detected"); len(list) > 0 {
		t.Errorf("without UDP: %+v", list)
	}
}

// Without keys the hashes of Aggressive Mode's initiator stay closed: those of the responder alone deny no NAT.
func TestHalfTheNATHashes(t *testing.T) {
	const session = "v1-aggressive-psk-pfs"
	path := edited(t, session, byPacket(inUDP))
	for _, c := range []struct {
		keys           []string
		finding, table string
	}{
		{nil, "UDP encapsulation is used; cannot tell: 192.0.2.1 is behind NAT, or it is forced", "no NAT by the hashes of the responder only"},
		{[]string{filepath.Join(pcaps, session, "gwa.log")}, "no NAT between 192.0.2.1 and 192.0.2.2, but UDP encapsulation is used: it is forced", "no NAT between the peers"},
	} {
		s, w := analyzed(t, path, c.keys...)
		d := Diagnose(s, w)
		list := withCode(d, "nat-detected")
		if len(list) != 1 || !strings.HasSuffix(list[0].Text, c.finding) || c.keys != nil && strings.Contains(list[0].Text, "cannot tell") {
			t.Errorf("%+v\n%s", list, textOf(t, d))
		}
		if r := NewSAs(s); r.IKE[0].NAT != c.table {
			t.Errorf("NAT: %s", r.IKE[0].NAT)
		}
	}
}

// inUDP puts an ESP packet into UDP.
func inUDP(p *capture.Packet, d *capture.Datagram) []byte {
	const udp, proto, payload = 17, ethernet + 9, ethernet + 20
	if d.Kind != capture.ESP {
		return p.Data
	}
	n := uint16(len(d.Payload) + 8)
	header := binary.BigEndian.AppendUint16([]byte{4500 >> 8, 4500 & 0xff, 4500 >> 8, 4500 & 0xff}, n)
	b := slices.Concat(p.Data[:payload], header, []byte{0, 0}, d.Payload)
	b[proto] = udp
	binary.BigEndian.PutUint16(b[ethernet+2:], 20+n)
	p.OrigLen = len(b)
	return b
}

// What looks like lost answers and is something else: each change of a session leaves no such finding.
func TestNotOnTheWay(t *testing.T) {
	until := func(n int) func(p *capture.Packet, d *capture.Datagram) []byte {
		return func(p *capture.Packet, _ *capture.Datagram) []byte {
			if p.Number > n {
				return nil
			}
			return p.Data
		}
	}
	const mode4, mode5 = 4, 5 // messages of Main Mode
	for _, c := range []struct {
		name, session, code string
		change              func([]*capture.Packet) []*capture.Packet
	}{
		{"a receiver that cannot read Main Mode 5 resends 4", "v1-main-psk-aes128-sha1", "one-way-ike", func(ps []*capture.Packet) []*capture.Packet {
			return append(ps[:mode5:mode5], later(ps[mode4-1], 4*time.Second), later(ps[mode4-1], 11*time.Second))
		}},
		{"two ways for the packets of one SA", "v1-main-psk-nat", "nat-mapping-changed", byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
			b := slices.Clone(p.Data)
			if d.Kind == capture.ESP && d.Src.Addr().String() == "192.0.2.1" && p.Number%2 == 0 {
				binary.BigEndian.PutUint16(b[ethernet+20:], 31010)
				binary.BigEndian.PutUint16(b[ethernet+26:], 0)
			}
			return b
		})},
		{"the first question is not in the capture", "path-one-way-v2", "clock-jump", func(ps []*capture.Packet) []*capture.Packet { return ps[1:] }},
		{"a large message that was sent once", "path-mtu-ike", "mtu-suspect", byPacket(until(6))},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, w := analyzed(t, edited(t, c.session, c.change))
			d := Diagnose(s, w)
			if list := withCode(d, c.code); len(list) > 0 {
				t.Errorf("%s", textOf(t, d))
			}
		})
	}
	d := diagnosed(t, filepath.Join(pcaps, "path-nat-moved"))
	if list := withCode(d, "nat-detected"); len(list) != 1 || strings.Contains(textOf(t, d), "false NAT detection hash") || strings.Contains(list[0].Text, "cannot tell") {
		t.Errorf("a port that the NAT chose is proof enough: %+v", list)
	}
}
