package decodetest

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
)

// The files of decrypted bodies, one a version.
const (
	BodiesIKEv1 = "decrypted-ikev1.txt"
	BodiesIKEv2 = "decrypted-ikev2.txt"
)

// A decryptedBody is a body after decryption, padding included.
type Body struct {
	Name      string
	Exchange  decode.ExchangeType
	First     decode.PayloadType
	Types     string // as TShark lists them
	Body      []byte
	BadCipher bool // decrypted with a wrong IV or key
}

// decryptedBodies reads one of the files of bodies.
func Bodies(t testing.TB, name string) []Body {
	t.Helper()
	f, err := os.Open(filepath.Join(root(t), "decode/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var bodies []Body
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		var d Body
		var session, digits string
		var frame int
		if _, err := fmt.Sscan(s.Text(), &session, &frame, &d.Exchange, &d.First, &d.Types, &digits); err != nil {
			t.Fatal(err)
		}
		d.Name, d.Body = fmt.Sprintf("%s frame %d", session, frame), testbytes.Unhex(t, digits)
		d.BadCipher = session == "fail-psk-mismatch" || d.Name == "v1-aggressive-psk-pfs frame 5" || d.Name == "v2-mlkem frame 5"
		bodies = append(bodies, d)
	}
	return bodies
}

// CheckWhole checks that a message's parts are those of its bytes, none missing and none more.
func CheckWhole(t *testing.T, m *decode.Message, b []byte) {
	t.Helper()
	if !bytes.HasPrefix(b, m.Raw) {
		t.Errorf("Raw is not what was parsed: %x of %x", m.Raw, b)
	}
	got := m.Header.Append(nil)
	got = append(got, m.Encrypted...)
	for _, p := range m.Payloads {
		if p.Body == nil {
			t.Errorf("payload %v has no body", p.Type)
		}
		got = append(got, p.Raw...)
	}
	got = append(got, m.Trailer...)
	if !bytes.Equal(got, m.Raw) {
		t.Errorf("the parts make %x, not %x", got, m.Raw)
	}
	if len(m.Raw) != int(m.Length) && len(m.Notes) == 0 {
		t.Errorf("no note about length %d of %d bytes", m.Length, len(m.Raw))
	}
}
