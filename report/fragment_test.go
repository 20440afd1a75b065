package report

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// comments runs the second pass over a capture again, and returns what a decrypted one says of each frame, and which frames have
// other bytes there.
func comments(t *testing.T, s *ikedecode.Session) (said map[int]string, rewritten map[int]bool) {
	t.Helper()
	said, rewritten = make(map[int]string), make(map[int]bool)
	if err := s.Run(context.Background(), func(f *ikedecode.Frame) error {
		for i := range f.Items {
			it := &f.Items[i]
			if it.Datagram.Kind == capture.IKE {
				said[f.Packet.Number] = string(new(Comments).Append(nil, it))
				rewritten[f.Packet.Number] = it.IKE != nil && Readable(it.IKE)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return said, rewritten
}

// A decrypted capture has a message that came in fragments in the frame of the one that completed it. The others stay as they were,
// and say so; where one is missing none of them is decrypted.
func TestFragmentComments(t *testing.T) {
	const lost = "; not decrypted: other fragments of the message are missing or cannot be decrypted"
	for _, c := range []struct {
		session  string
		drop     int
		says     map[int]string // the end of the comment
		whole    int            // the frame with all of it; 0: none
		complete bool
	}{
		{"v1-main-rsa-certs-frag", 0, map[int]string{5: ", fragment 1 of 3; the whole message is in frame 7", 6: ", fragment 2 of 3; the whole message is in frame 7",
			7: ", reassembled from IKE fragments in frames 5 to 7"}, 7, true},
		{"v1-main-rsa-certs-frag", 5, map[int]string{5: ", fragment 2 of 3" + lost, 6: ", fragment 3 of 3" + lost}, 0, false},
		{"v1-main-rsa-certs-frag", 7, map[int]string{5: ", fragment 1" + lost, 6: ", fragment 2" + lost}, 0, false},
		{"v1-aggressive-rsa-certs", 0, map[int]string{2: ", fragment 1 of 2; the whole message is in frame 3", 3: ", reassembled from IKE fragments in frames 2 and 3"}, 3, true},
		{"v2-rsa-certs-frag", 0, map[int]string{3: ", fragment 1 of 4; the whole message is in frame 6", 5: ", fragment 3 of 4; the whole message is in frame 6",
			6: ", decrypted"}, 6, true},
		{"v2-rsa-certs-frag", 4, map[int]string{3: ", fragment 1 of 4" + lost, 4: ", fragment 3 of 4" + lost, 5: ", fragment 4 of 4" + lost}, 0, false},
	} {
		dir := filepath.Join(pcaps, c.session)
		wire := filtered(t, filepath.Join(dir, "wire.pcap"), func(p *capture.Packet, _ []capture.Datagram) bool { return p.Number != c.drop })
		s, _ := analyzed(t, wire, filepath.Join(dir, "gwa.log"))
		said, rewritten := comments(t, s)
		for frame, want := range c.says {
			if !strings.HasSuffix(said[frame], want) || rewritten[frame] != (frame == c.whole) {
				t.Errorf("%s without frame %d: frame %d says %q, rewritten %v; want %q", c.session, c.drop, frame, said[frame], rewritten[frame], want)
			}
		}
		if s.Complete() != c.complete || s.Counts.IKEClosed == 0 != c.complete {
			t.Errorf("%s without frame %d: complete %v, %d IKE messages closed", c.session, c.drop, s.Complete(), s.Counts.IKEClosed)
		}
	}
}

// A message that came in the clear is written as it is, put together.
func TestClearFragments(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-aggressive-rsa-certs")
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"))
	for _, m := range s.SAs[0].Messages {
		if m.State == ikesa.Clear && m.Fragments > 0 {
			if b := ClearMessage(m); len(b) != int(m.Length) || string(b) != string(m.Raw) {
				t.Errorf("frame %d: %d bytes, want %d", m.Frame, len(b), m.Length)
			}
			return
		}
	}
	t.Error("no message in fragments")
}
