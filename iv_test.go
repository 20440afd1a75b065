package ikedecode_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A log of strongSwan has the IVs of IKEv1, which decrypt messages whose predecessors the capture lacks: without its first packets each message is
// decrypted to what it is with them.
func TestIVsOfLog(t *testing.T) {
	bound := 0
	for _, name := range []string{"v1-main-psk-aes128-sha1", "v1-main-psk-3des-md5-espnull", "v1-reauth-rekey", "v1-xauth-modecfg", "v1-main-rsa-certs-frag"} {
		dir := filepath.Join(pcaps, name)
		log := filepath.Join(dir, "gwa.log")
		bag := readBag(t, log)
		for _, iv := range only(bag, secret.IV).Secrets {
			if !iv.Where.Responder.IsZero() {
				bound++
			}
		}
		ps := readPackets(t, filepath.Join(dir, "wire.pcap"))
		plain := make(map[string][]byte)
		for _, sa := range analyze(t, bag, writePackets(t, ps)).SAs {
			for _, m := range sa.Messages {
				if m.State == ikesa.Opened {
					plain[string(m.Raw)] = m.Plain
				}
			}
		}
		var places []int
		for at := 1; at < min(len(ps), 16); at++ {
			places = append(places, at)
		}
		for _, at := range some(places) {
			for _, sa := range analyze(t, bag, writePackets(t, ps[at:])).SAs {
				for _, m := range sa.Messages {
					if want := plain[string(m.Raw)]; want != nil && (m.State != ikesa.Opened || !bytes.Equal(m.Plain, want)) {
						t.Errorf("%s from packet %d on: the message in packet %d is %v", name, at+1, at+m.Frame, m.State)
					}
				}
			}
		}
	}
	if bound < 20 {
		t.Errorf("%d IVs with their cookies", bound)
	}
}
