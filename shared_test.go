package ikedecode_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// shared is the folder of captures that are not ours to commit.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"..", "shared"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not there", path)
	}
	return path
}

// The capture that Wireshark's own test of IKEv1 certificates uses opens with its key.
func TestPublicCertificateCapture(t *testing.T) {
	path := shared(t, "peers", "ikev1-certs.pcap")
	bag, err := source.Read("table", []byte("fafaeb49382a763c,735be0cb62f82675c4f7bf8fbab9b56834ba76d6ab4fa240\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := analyze(t, bag, path)
	checkOpened(t, r)
	var main, quick int
	openswan := false
	for _, m := range r.SAs[0].Messages {
		if m.State != ikesa.Opened {
			continue
		}
		switch m.Message.Exchange {
		case ikev1.ExchangeMain:
			main++
		case ikev1.ExchangeQuick:
			quick++
		}
		for _, p := range m.Payloads {
			openswan = openswan || p.Type == ikev1.PayloadCert && strings.Contains(string(p.Raw), "OpenSwan")
		}
	}
	if main != 2 || quick == 0 || !openswan {
		t.Errorf("opened %d messages of Main Mode, %d of Quick Mode, OpenSwan in a certificate: %v", main, quick, openswan)
	}
}

// Every malformed capture is read to its end, whatever the bag holds.
func TestHostileCaptures(t *testing.T) {
	dir := shared(t, "hostile")
	files, err := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures in %s", dir)
	}
	bag := readBag(t, filepath.Join(pcaps, "v1-main-psk-aes128-sha1", "gwa.log"))
	bag.Add(secret.Secret{Kind: secret.PSK, Value: []byte("x")})
	for _, f := range files {
		for _, noVerify := range []bool{false, true} {
			src, err := capture.Open([]string{f}, capture.Options{})
			if err != nil {
				t.Errorf("%s: %v", f, err)
				continue
			}
			s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{NoVerify: noVerify})
			if err == nil {
				err = s.Run(context.Background(), nil)
			}
			if err != nil {
				t.Errorf("%s: %v", f, err)
			}
			src.Close()
		}
	}
}
