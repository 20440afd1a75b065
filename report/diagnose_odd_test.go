package report

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

const udpHeader = 8

// withPayload is a packet with other bytes in its UDP datagram, its lengths set.
func withPayload(p *capture.Packet, payload []byte) *capture.Packet {
	const ipHeader = 20
	const total, length = ethernet + 2, ethernet + ipHeader + 4
	q := *p
	q.Data = append(slices.Clone(p.Data[:ethernet+ipHeader+udpHeader]), payload...)
	binary.BigEndian.PutUint16(q.Data[total:], uint16(len(q.Data)-ethernet))
	binary.BigEndian.PutUint16(q.Data[length:], uint16(udpHeader+len(payload)))
	q.OrigLen = len(q.Data)
	return &q
}

// refusedFirst has the initiator of Main Mode send NO-PROPOSAL-CHOSEN after message 2, and go on all the same.
func refusedFirst(ps []*capture.Packet) []*capture.Packet {
	const udp = ethernet + 20 + udpHeader
	cookies := ps[1].Data[udp : udp+16]
	message := append(slices.Clone(cookies), 11, 0x10, 5, 0, 1, 2, 3, 4, 0, 0, 0, 40) // N, version 1.0, Informational, message ID, length
	message = append(message, 0, 0, 0, 12, 0, 0, 0, 1, 1, 0, 0, 14)
	p := withPayload(ps[0], message)
	p.Time = ps[1].Time.Add(time.Millisecond)
	return slices.Insert(ps, 2, p)
}

// toGroup leaves the ESP packets of one host and sends them to a multicast group.
func toGroup(p *capture.Packet, d *capture.Datagram) []byte {
	if d.Kind != capture.ESP || d.Src.Addr().String() != "192.0.2.1" {
		return nil
	}
	const destination = ethernet + 16
	copy(p.Data[destination:], []byte{224, 0, 0, 18})
	return p.Data
}

// The first finding says no more than the capture shows, and what is in order comes before what is odd.
func TestFirstFinding(t *testing.T) {
	first := func(n int) func([]*capture.Packet) []*capture.Packet {
		return func(ps []*capture.Packet) []*capture.Packet { return ps[:n] }
	}
	for _, c := range []struct {
		name string
		editedCapture
		says string // in its text or details
	}{
		{"one message is all", editedCapture{code: "no-response", session: "fail-no-answer", packets: first(1)}, "; the capture ends there"},
		{"it begins with the request for a COOKIE", editedCapture{code: "not-enough-seen", session: "path-cookie", packets: func(ps []*capture.Packet) []*capture.Packet { return ps[5:] }},
			"not enough seen"},
		{"a message is truncated", editedCapture{code: "snap-length", session: "v2-psk-aes128-sha256", packets: byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte {
			if p.Number > 1 {
				return p.Data
			}
			return p.Data[:ethernet+20+8+60]
		})}, "IKE messages is truncated by the snap length: its content"},
		{"nothing comes back to a truncated message", editedCapture{code: "no-response", session: "fail-no-answer", packets: byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte {
			return p.Data[:ethernet+20+8+60]
		})}, "no response from 192.0.2.2"},
		{"a rejected rekeying, and no algorithms", editedCapture{code: "phase2-refused", session: "diag-v2-pfs-rekey", packets: func(ps []*capture.Packet) []*capture.Packet { return ps[3:] }},
			"192.0.2.2 rejected CREATE_CHILD_SA"},
		{"an IKE_AUTH request is the last", editedCapture{code: "phase1-stopped", session: "v2-psk-aes128-sha256", packets: first(3)}, "; the capture ends there"},
		{"an IKE fragment is the last", editedCapture{code: "fragment-lost", session: "v1-aggressive-rsa-certs", packets: first(2)}, "; the capture ends there"},
		{"multicast", editedCapture{code: "healthy", session: "esp-null-noauth", packets: byPacket(toGroup)},
			"192.0.2.1 sent ESP or AH to the multicast group 224.0.0.18, nothing wrong seen"},
		{"refused and accepted", editedCapture{code: "healthy", session: "v1-main-psk-aes128-sha1", packets: refusedFirst}, "came up and carried traffic both ways"},
		{"no IPsec, and a clock that jumps", editedCapture{code: "no-ipsec", session: "v1-gateway-capture",
			packets: func(ps []*capture.Packet) []*capture.Packet {
				ps = byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
					if d.Kind == capture.Other {
						return p.Data
					}
					return nil
				})(ps)
				return append(ps, later(ps[0], 48*time.Hour), ps[1])
			}}, "no IKE message and no ESP or AH packet"},
		{"the front of an ESP packet", editedCapture{code: "snap-length", session: "esp-null-noauth",
			packets: byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
				if d.Kind != capture.ESP {
					return nil
				}
				return p.Data[:ethernet+20+4]
			})}, "truncated by the snap length"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := c.diagnosis(t)
			if len(d.Findings) == 0 {
				t.Fatal("no finding")
			}
			f := d.Findings[0]
			if f.Code != c.code || !strings.Contains(strings.Join(append(f.Details, f.Text), "\n"), c.says) {
				t.Errorf("got %+v, want %s that says %q", f, c.code, c.says)
			}
			if strings.HasSuffix(c.says, "capture ends there") && f.Severity != SeverityWarning {
				t.Errorf("%q is a %s", f.Text, f.Severity)
			}
			for _, f := range d.Findings {
				if f.Code == diagnose.CodeUnknownSPI && f.Hint != "" {
					t.Errorf("the hint %q does not help with truncated packets", f.Hint)
				}
				if f.Code == diagnose.CodeErrorNotify && (f.Severity != SeverityNote || !strings.Contains(f.Text, "phase 1 was established nevertheless")) {
					t.Errorf("got %+v", f)
				}
			}
		})
	}
}

// A message that was retransmitted shows how long nothing came.
func TestSilenceThatLasts(t *testing.T) {
	d := (&editedCapture{session: "fail-no-answer"}).diagnosis(t)
	if f := d.Findings[0]; f.Code != diagnose.CodeNoResponse || slices.ContainsFunc(f.Details, func(s string) bool { return strings.Contains(s, "the capture ends there") }) {
		t.Errorf("got %+v", f)
	}
}

// A packet that a sender repeats again and again is no mirror port.
func TestRepeatedPacket(t *testing.T) {
	many := func(ps []*capture.Packet) (out []*capture.Packet) {
		for i := range 200 {
			out = append(out, later(ps[0], time.Duration(i)*time.Millisecond))
		}
		return out
	}
	d := (&editedCapture{session: "esp-null-noauth", packets: many}).diagnosis(t)
	i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.Code == diagnose.CodeMirrored })
	if i < 0 || !strings.Contains(d.Findings[i].Text, "most likely by a sender or a loop that repeats them") {
		t.Errorf("got %+v", d.Findings)
	}
}

// Requests for a COOKIE of one responder are one note.
func TestManyCookies(t *testing.T) {
	d := (&editedCapture{session: "path-cookie", packets: func(ps []*capture.Packet) []*capture.Packet {
		const udp = ethernet + 20 + udpHeader
		var out []*capture.Packet
		for n := range byte(3) {
			for _, p := range ps[:4] {
				b := slices.Clone(p.Data[udp:])
				b[0] ^= n // the initiator's SPI
				out = append(out, later(withPayload(p, b), time.Duration(n)*time.Minute))
			}
		}
		return out
	}}).diagnosis(t)
	var list []Finding
	for _, f := range d.Findings {
		if f.Code == diagnose.CodeCookieChallenge {
			list = append(list, f)
		}
	}
	if len(list) != 1 || list[0].Alike != 2 {
		t.Errorf("got %+v", list)
	}
}
