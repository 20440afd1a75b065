package report

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// How old an IKE SA is that is deleted counts from what made it; where the capture has not got that, from the capture's beginning.
func TestAgeOfDeleted(t *testing.T) {
	for _, c := range []struct {
		name, session, want string
		from                int // the first frame that is kept
	}{
		{"from its first message", "v1-main-psk-aes128-sha1", " after 3.", 1},
		{"from the rekeying", "v2-psk-gcm-x25519-pfs-rekey", " after its rekeying in frame ", 1},
		{"not known", "v2-psk-aes128-sha256", " after the start of the capture", 5},
		{"not known, IKEv1", "v1-main-psk-aes128-sha1", " after the start of the capture", 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := edited(t, c.session, byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte {
				if p.Number < c.from {
					return nil
				}
				return p.Data
			}))
			s, w := analyzed(t, path, filepath.Join(pcaps, c.session, "gwa.log"))
			d := Diagnose(s, w)
			list := withCode(d, "deleted-by-peer")
			if !slices.ContainsFunc(list, func(f Finding) bool { return strings.Contains(f.Text, c.want) }) {
				t.Errorf("no %q: %s", c.want, textOf(t, d))
			}
			for _, f := range list {
				if strings.Contains(f.Text, " 0 ms after") || strings.Contains(f.Text, "after 0 ms") {
					t.Errorf("no time passed: %s", f.Text)
				}
			}
		})
	}
}

// IKEv2 reauthenticates by deleting an IKE SA and starting the next one at once.
func TestReauthentication2(t *testing.T) {
	const session, first = "path-reauth", 35 // the frame of the new IKE SA's first message
	list := withCode(diagnosedWith(t, session, "gwa.log.gz"), "deleted-by-peer")
	if len(list) != 2 || !strings.Contains(list[0].Text, "in frame 35, 17 ms later: most likely a reauthentication") || strings.Contains(list[1].Text, "reauth") {
		t.Errorf("%+v", list)
	}
	// An administrator takes longer.
	path := edited(t, session, func(ps []*capture.Packet) []*capture.Packet {
		for _, p := range ps[first-1:] {
			p.Time = p.Time.Add(10 * time.Second)
		}
		return ps
	})
	s, w := analyzed(t, path, filepath.Join(pcaps, session, "gwa.log.gz"))
	if list := withCode(Diagnose(s, w), "deleted-by-peer"); len(list) != 2 || strings.Contains(list[0].Text, "reauth") {
		t.Errorf("after ten seconds: %+v", list)
	}
}

// diagnosedWith diagnoses a recorded session with some of its files.
func diagnosedWith(t *testing.T, session string, files ...string) *Diagnosis {
	t.Helper()
	for i := range files {
		files[i] = filepath.Join(pcaps, session, files[i])
	}
	s, w := analyzed(t, filepath.Join(pcaps, session, "wire.pcap"), files...)
	return Diagnose(s, w)
}
