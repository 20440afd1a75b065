package ikedecode_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// numbersOf are the keys of the IKE SAs of a session, of some kinds, as its key log has them.
func numbersOf(t *testing.T, session string, kinds ...secret.Kind) (list [][]byte) {
	t.Helper()
	dir := filepath.Join(pcaps, session)
	for _, s := range analyze(t, readBag(t, secretsFile(dir, "gwa.log")), filepath.Join(dir, "wire.pcap")).Secrets(true) {
		if slices.Contains(kinds, s.Kind) {
			list = append(list, s.Value)
		}
	}
	if len(list) == 0 {
		t.Fatalf("%s has no such keys", session)
	}
	return list
}

// closed are how many messages of IKE are not decrypted.
func closed(s *run) (n int) {
	for _, sa := range s.SAs {
		for _, m := range sa.Messages {
			if m.State == ikesa.Closed {
				n++
			}
		}
	}
	return n
}

var numberForms = map[string]func(n int, value []byte) string{
	"lines":              func(_ int, v []byte) string { return fmt.Sprintf("%x\n", v) },
	"names of their own": func(n int, v []byte) string { return fmt.Sprintf("material.%c = %X;\n", 'a'+n, v) },
	"arrays of C":        func(n int, v []byte) string { return fmt.Sprintf("u8 k%d[] = { %s };\n", n, pairsOf(v, "0x", ", ")) },
	"Base64":             func(n int, v []byte) string { return fmt.Sprintf("<k%d>%s</k%d>\n", n, base64Of(v), n) },
}

// Keys of IKE in a text that does not name them decrypt the messages, and what they negotiated, as a log that names them does.
func TestNumbersOfIKE(t *testing.T) {
	ikev2 := []secret.Kind{secret.SKd, secret.SKai, secret.SKar, secret.SKei, secret.SKer, secret.SKpi, secret.SKpr, secret.ChildDHSecret}
	ikev1 := []secret.Kind{secret.SKEYID, secret.SKEYIDd, secret.SKEYIDa, secret.SKEYIDe, secret.QMDHSecret}
	for session, kinds := range map[string][]secret.Kind{
		"v2-psk-aes128-sha256":        ikev2,
		"v2-psk-gcm-x25519-pfs-rekey": ikev2,
		"v1-main-psk-aes128-sha1":     ikev1,
		"v1-libreswan-pfs":            ikev1,
		"v1-xauth-modecfg":            {secret.EncKey, secret.SKEYIDd},
	} {
		dir := filepath.Join(pcaps, session)
		wire := filepath.Join(dir, "wire.pcap")
		want := analyze(t, readBag(t, secretsFile(dir, "gwa.log")), wire)
		numbers := numbersOf(t, session, kinds...)
		for name, form := range numberForms {
			t.Run(session+", "+name, func(t *testing.T) {
				text := "IKE keys from the box\n\n"
				for n, value := range slices.Backward(numbers) {
					text += form(n, value)
				}
				bag := guessedBag(t, text)
				if len(bag.Secrets) > 0 || len(bag.Numbers) == 0 {
					t.Fatalf("%d secrets, %d numbers:\n%s", len(bag.Secrets), len(bag.Numbers), text)
				}
				got := analyze(t, bag, wire)
				if got.Counts.Opened != want.Counts.Opened || got.Counts.BadICV != 0 {
					t.Errorf("%+v, with the log %+v", got.Counts, want.Counts)
				}
				if closed(got) > closed(want) {
					t.Errorf("%d messages not decrypted", closed(got))
				}
				if len(bag.Secrets) == 0 || len(got.Problems) > 0 {
					t.Errorf("%d are said to be keys; %q", len(bag.Secrets), got.Problems)
				}
			})
		}
	}
}

// Without SK_d among them the packets have no key; what is no key at all is said. A text about other things is none that may have keys.
func TestWrongNumbers(t *testing.T) {
	const session = "v2-psk-aes128-sha256"
	wire := filepath.Join(pcaps, session, "wire.pcap")
	text := "keys\n"
	for _, v := range numbersOf(t, session, secret.SKai, secret.SKei, secret.SKer) {
		text += fmt.Sprintf("%x\n", v)
	}
	s := analyze(t, guessedBag(t, text), wire)
	if s.Counts.NoSA != s.Counts.ESP || s.Counts.BadICV != 0 || s.SAs[0].Keys.Ka != nil || len(s.SAs[0].Generations) == 0 {
		t.Errorf("%+v", s.Counts)
	}
	s = analyze(t, guessedBag(t, "key: 000102030405060708090a0b0c0d0e0f\n"), wire)
	if s.Counts.NoSA != s.Counts.ESP || len(s.SAs[0].Generations) > 0 || len(s.Problems) != 1 || !strings.Contains(s.Problems[0], "notes.txt: its format is not known") {
		t.Errorf("%+v, %q", s.Counts, s.Problems)
	}
	n := secret.Number{Value: []byte{0xab, 0xcd}, Origin: secret.Origin{File: "notes.txt", Line: 3}}
	for _, said := range []string{fmt.Sprint(n), fmt.Sprintf("%+v", n), fmt.Sprintf("%#v", n)} {
		if strings.Contains(said, "abcd") || strings.Contains(said, "171") {
			t.Errorf("a value is shown: %s", said)
		}
	}
}

// In a folder numbers that may be keys count where nothing else has keys: a support archive has many that are about other things.
func TestNumbersInFolder(t *testing.T) {
	const session = "v2-psk-aes128-sha256"
	log, err := os.ReadFile(secretsFile(filepath.Join(pcaps, session), "gwa.log"))
	if err != nil {
		t.Fatal(err)
	}
	numbers := "keys\n"
	for _, v := range numbersOf(t, session, secret.SKd, secret.SKei, secret.SKer) {
		numbers += fmt.Sprintf("%x\n", v)
	}
	files := map[string]string{"hosts.txt": "host key 00112233445566778899aabbccddeeff\n", "notes.txt": numbers}
	for _, withLog := range []bool{false, true} {
		dir := t.TempDir()
		if withLog {
			files["gwa.log"] = string(log)
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		bag := readBag(t, dir)
		if withLog == (len(bag.Numbers) > 0) || withLog && len(bag.Warnings) > 0 {
			t.Errorf("with the log %v: %d numbers, warnings %v", withLog, len(bag.Numbers), bag.Warnings)
		}
		if s := analyze(t, bag, filepath.Join(pcaps, session, "wire.pcap")); s.Counts.Opened != s.Counts.ESP {
			t.Errorf("with the log %v: %+v", withLog, s.Counts)
		}
	}
}
