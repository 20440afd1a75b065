package ikedecode_test

import (
	"encoding/binary"
	"path/filepath"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// inTCP puts the IKE messages and ESP packets of a session, a microsecond apart, into a TCP connection from port 50000 of the initiator
// to port 4500 of the responder (RFC 9329). With lost set, the initiator's second segment, a keepalive, is missing.
func inTCP(t *testing.T, path string, lost bool) string {
	t.Helper()
	var out []*capture.Packet
	ps := readPackets(t, path)
	next := make(map[string]uint32) // sequence number by source
	split, initiator := capture.NewSplitter(capture.SplitOptions{}), ""
	send := func(p *capture.Packet, src, dst, data []byte, captured bool) {
		a, b := uint16(50000), uint16(capture.PortNATT)
		if string(src) != initiator {
			a, b = b, a
		}
		h := append([]byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, ip.ProtoTCP, 0, 0}, append(src[:4:4], dst...)...)
		binary.BigEndian.PutUint16(h[2:], uint16(len(h)+20+len(data)))
		h = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(h, a), b)
		h = binary.BigEndian.AppendUint32(h, next[string(src)])
		h = append(append(h, 0, 0, 0, 0, 5<<4, 0, 0xff, 0xff, 0, 0, 0, 0), data...)
		next[string(src)] += uint32(len(data))
		if captured {
			q := *p
			q.Data = append(p.Data[:14:14], h...)
			q.OrigLen, q.Time = len(q.Data), ps[0].Time.Add(time.Duration(len(out))*time.Microsecond)
			out = append(out, &q)
		}
	}
	for _, p := range ps {
		for _, d := range split.AppendSplit(nil, p) {
			src, dst, message := d.Src.Addr().AsSlice(), d.Dst.Addr().AsSlice(), d.Payload
			switch d.Kind {
			case capture.IKE:
				message = append(make([]byte, 4), message...) // the non-ESP marker
			case capture.ESP:
			default:
				continue
			}
			frame := append(binary.BigEndian.AppendUint16(nil, uint16(len(message)+2)), message...)
			if initiator == "" {
				initiator = string(src)
				send(p, src, dst, append([]byte("IKETCP"), frame...), true)
				send(p, src, dst, []byte{0, 3, 0xff}, !lost)
				continue
			}
			send(p, src, dst, frame, true)
		}
	}
	return writePackets(t, out)
}

// TestTCPHeldBack holds that what waits behind a lost TCP segment until the capture ends is read by both passes.
func TestTCPHeldBack(t *testing.T) {
	dir := filepath.Join(pcaps, "v2-psk-aes128-sha256")
	wire, bag := filepath.Join(dir, "wire.pcap"), readBag(t, filepath.Join(dir, "gwa.log"))
	bag.SAs = nil // so that the keys of the ESP packets come from messages that waited
	whole, holed := analyze(t, bag, inTCP(t, wire, false)), analyze(t, bag, inTCP(t, wire, true))
	want, got := whole.Counts, holed.Counts
	if want.Opened == 0 || want.Opened != want.ESP || want.IKEOpened == 0 {
		t.Fatalf("without a loss: %+v", want)
	}
	if got.IKE != want.IKE || got.IKEOpened != want.IKEOpened || got.ESP != want.ESP || got.Opened != want.Opened {
		t.Errorf("with a lost keepalive %+v, want %+v", got, want)
	}
	if len(holed.SAs) != 1 || len(holed.SAs[0].Messages) != len(whole.SAs[0].Messages) {
		t.Errorf("%d IKE SAs, of which the first has %d messages; want 1 with %d", len(holed.SAs), len(holed.SAs[0].Messages), len(whole.SAs[0].Messages))
	}
	if len(holed.Incomplete) != 0 {
		t.Errorf("%d parts of the stream are incomplete, want none: no byte of a message is missing", len(holed.Incomplete))
	}
}
