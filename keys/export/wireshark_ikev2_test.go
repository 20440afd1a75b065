package export

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/source"
)

// Every cipher and MAC that IKEv2 negotiates is either written in a row that is read back, with the lengths that Wireshark
// demands, or refused by Check.
func TestWriteIKEv2Table(t *testing.T) {
	written := 0
	for _, c := range alg.Ciphers() {
		if c.IKEv2 == 0 {
			continue
		}
		for _, bits := range c.KeyBits {
			for _, m := range alg.MACs() {
				if m.IKEv2 == 0 || c.AEAD != m.Null() {
					continue
				}
				r := IKEv2Row{Initiator: decode.SPI{1}, Responder: decode.SPI{2}, EI: filled(bits/8+c.SaltLen, 3), ER: filled(bits/8+c.SaltLen, 4),
					AI: filled(m.KeyLen, 5), AR: filled(m.KeyLen, 6), Cipher: c, MAC: m}
				if checkIKEv2Row(t, r, bits) {
					written++
				}
			}
		}
	}
	if written < 60 {
		t.Errorf("%d rows", written)
	}
}

func filled(n int, b byte) []byte { return bytes.Repeat([]byte{b}, n) }

func checkIKEv2Row(t *testing.T, r IKEv2Row, bits int) bool {
	t.Helper()
	name := r.Cipher.Name + " " + r.MAC.Name
	var w bytes.Buffer
	if err := WriteIKEv2Table(&w, []IKEv2Row{r}); err != nil {
		t.Fatal(err)
	}
	if err := r.Check(); err != nil {
		if w.Len() != 0 {
			t.Errorf("%s: %q, though %v", name, w.String(), err)
		}
		if r.Cipher.WiresharkIKEv2Name(bits) != "" && r.MAC.ICVLen <= 32 && r.MAC.IVLen == 0 {
			t.Errorf("%s: %v", name, err)
		}
		return false
	}
	fields, err := csv.NewReader(bytes.NewReader(w.Bytes())).Read()
	if err != nil || len(fields) != 8 {
		t.Fatalf("%s: %q: %v", name, w.String(), err)
	}
	if fields[4] != r.Cipher.WiresharkIKEv2Name(bits) {
		t.Errorf("%s: %s", name, fields[4])
	}
	if !strings.HasPrefix(fields[7], "ANY ") {
		if fields[7] != r.MAC.WiresharkIKEv2 || len(fields[5]) != 2*r.MAC.KeyLen || len(fields[6]) != 2*r.MAC.KeyLen {
			t.Errorf("%s: %s with SK_a of %d and %d digits", name, fields[7], len(fields[5]), len(fields[6]))
		}
	} else if fields[5]+fields[6] != "" {
		t.Errorf("%s: %q", name, w.String())
	}
	b, err := source.Read("ikev2_decryption_table", w.Bytes())
	if err != nil || len(b.Secrets) < 2 && len(r.EI) > 0 {
		t.Errorf("%s: read back: %d secrets, %v", name, len(b.Secrets), err)
	}
	return true
}

// What Wireshark cannot hold is refused; of two rows for one pair of SPIs the last one stays.
func TestIKEv2RowCheck(t *testing.T) {
	gcm, cbc := alg.CipherByKeyLog("aes-gcm-16"), alg.CipherByKeyLog("aes-cbc")
	sha := alg.MACByKeyLog("hmac-sha1-96")
	spis := func(r IKEv2Row) IKEv2Row {
		r.Initiator, r.Responder = decode.SPI{1}, decode.SPI{2}
		return r
	}
	for name, r := range map[string]IKEv2Row{
		"one direction":   spis(IKEv2Row{EI: filled(20, 1), Cipher: gcm}),
		"no key":          spis(IKEv2Row{Cipher: gcm}),
		"no cipher":       spis(IKEv2Row{EI: filled(20, 1), ER: filled(20, 1)}),
		"length":          spis(IKEv2Row{EI: filled(21, 1), ER: filled(21, 1), Cipher: gcm}),
		"no MAC":          spis(IKEv2Row{EI: filled(16, 1), ER: filled(16, 1), Cipher: cbc}),
		"ChaCha20":        spis(IKEv2Row{EI: filled(36, 1), ER: filled(36, 1), Cipher: alg.CipherByKeyLog("chacha20-poly1305")}),
		"Camellia":        spis(IKEv2Row{EI: filled(16, 1), ER: filled(16, 1), Cipher: alg.CipherByKeyLog("camellia-cbc"), MAC: sha}),
		"responder's SPI": {Initiator: decode.SPI{1}, EI: filled(20, 1), ER: filled(20, 1), Cipher: gcm},
	} {
		if r.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	var w bytes.Buffer
	rows := []IKEv2Row{
		spis(IKEv2Row{EI: filled(16, 1), ER: filled(16, 2), Cipher: cbc, MAC: sha}),
		spis(IKEv2Row{EI: filled(16, 3), ER: filled(16, 4), AI: filled(20, 5), AR: filled(20, 6), Cipher: cbc, MAC: sha}),
	}
	if err := WriteIKEv2Table(&w, rows); err != nil {
		t.Fatal(err)
	}
	want := "0100000000000000,0200000000000000," + strings.Repeat("03", 16) + "," + strings.Repeat("04", 16) + `,"AES-CBC-128 [RFC3602]",` +
		strings.Repeat("05", 20) + "," + strings.Repeat("06", 20) + `,"HMAC_SHA1_96 [RFC2404]"` + "\n"
	if w.String() != want {
		t.Errorf("got %q, want %q", w.String(), want)
	}
	w.Reset()
	if err := WriteIKEv2Table(&w, rows[:1]); err != nil {
		t.Fatal(err)
	}
	if want := `"AES-CBC-128 [RFC3602]",,,"ANY 96-bits of Authentication [No Checking]"` + "\n"; !strings.HasSuffix(w.String(), want) {
		t.Errorf("without SK_a: %q", w.String())
	}
}
