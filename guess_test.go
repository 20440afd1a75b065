package ikedecode_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// A textForm writes the keys of an SA as no program does: with its addresses, its SPI, its encryption and its authentication key, "" where it has none.
type textForm func(src, dst netip.Addr, spi uint32, enc, auth []byte) string

// pairsOf is a number in hex with something between its bytes.
func pairsOf(b []byte, prefix, between string) string {
	words := make([]string, len(b))
	for i, c := range b {
		words[i] = fmt.Sprintf("%s%02x", prefix, c)
	}
	return strings.Join(words, between)
}

func decimalsOf(b []byte) string { return strings.Trim(fmt.Sprint(b), "[]") }

var textForms = map[string]textForm{
	"note": func(src, dst netip.Addr, spi uint32, enc, auth []byte) string {
		return fmt.Sprintf("SA from %v to %v, SPI 0x%08x: cipher key %x, integrity key %x\n", src, dst, spi, enc, auth)
	},
	"table of Markdown": func(src, dst netip.Addr, spi uint32, enc, auth []byte) string {
		return fmt.Sprintf("| %v | %v | `0x%08x` | E | `%x` | I | `%x` |\n", src, dst, spi, enc, auth)
	},
	"arrays of C": func(_, _ netip.Addr, spi uint32, enc, auth []byte) string {
		return fmt.Sprintf("/* SPI %#x */\nstatic const u8 k1[] = {\n  %s };\nstatic const u8 k2[] = { %s };\n", spi, pairsOf(enc, "0x", ",\n  "), pairsOf(auth, "0x", ", "))
	},
	"arrays of Go, the SPI behind them": func(_, _ netip.Addr, spi uint32, enc, auth []byte) string {
		return fmt.Sprintf("integrity=[%s] secrecy=[%s] of SPI %d\n", decimalsOf(auth), decimalsOf(enc), spi)
	},
	"strings with escapes": func(_, _ netip.Addr, spi uint32, enc, auth []byte) string {
		return fmt.Sprintf("spi <%08x> k1 = \"%s\"; k2 = \"%s\"\n", spi, pairsOf(enc, `\x`, ""), pairsOf(auth, `\x`, ""))
	},
	"KEYMAT": func(_, _ netip.Addr, spi uint32, enc, auth []byte) string {
		return fmt.Sprintf("%08x: the keymat for SPI 0x%08x is %x%x\n", 7, spi, enc, auth)
	},
	"groups": func(_, _ netip.Addr, spi uint32, enc, auth []byte) string {
		return fmt.Sprintf("SPI ... 0x%08x\n   Ke = %s\n   Ka = %s\n", spi, pairsOf(enc, "", ":"), pairsOf(auth, "", " "))
	},
	"elements of XML": func(src, _ netip.Addr, spi uint32, enc, auth []byte) string {
		return fmt.Sprintf("<flow from='%v' spi='0x%08x'><e>%X</e><a>%X</a></flow>\n", src, spi, enc, auth)
	},
	"Base64": func(_, _ netip.Addr, spi uint32, enc, auth []byte) string {
		return fmt.Sprintf("0x%08x | %s | %s\n", spi, base64Of(enc), base64Of(auth))
	},
}

// base64Of is a value in Base64, or in hex where that has no padding to know it by.
func base64Of(b []byte) string {
	if len(b)%3 == 0 {
		return hex.EncodeToString(b)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// guessedBag reads a text.
func guessedBag(t *testing.T, text string) *secret.Bag {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	bag, err := source.ReadFile(path)
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return bag
}

// Keys in a text of no known form decrypt what they decrypt from a kernel's table, with two passes and with one, in any order.
func TestGuessedKeys(t *testing.T) {
	for _, session := range []string{"v2-psk-aes128-sha256", "v1-main-psk-aes128-sha1", "v2-mlkem", "v1-transport", "v1-main-psk-des-md5"} {
		dir := filepath.Join(pcaps, session)
		table := readBag(t, secretsFile(dir, "gwb.xfrm"))
		wire := filepath.Join(dir, "wire.pcap")
		data, err := os.ReadFile(wire)
		if err != nil {
			t.Fatal(err)
		}
		want := analyze(t, readBag(t, secretsFile(dir, "gwb.xfrm")), wire).Counts
		if want.Opened == 0 {
			t.Fatalf("%s: nothing is decrypted with the table", session)
		}
		for name, form := range textForms {
			t.Run(session+", "+name, func(t *testing.T) {
				text := "Hi,\nthese are the keys as of 10:30, from the box in 0xbuilding 7:\n\n"
				for _, p := range table.SAs {
					text += form(p.Src, p.Dst, p.SPI, p.CipherKey, p.MACKey)
				}
				bag := guessedBag(t, text)
				if len(bag.SAs) > 0 || len(bag.Guesses) == 0 {
					t.Fatalf("%d SAs, %d guesses:\n%s", len(bag.SAs), len(bag.Guesses), text)
				}
				if got := runLive(t, data, &secret.Bag{Guesses: bag.Guesses}, ikedecode.Options{}).Counts; got.Opened != want.Opened || got.BadICV != 0 {
					t.Errorf("live: %+v, with the table %+v", got, want)
				}
				s := analyze(t, bag, wire)
				if got := s.Counts; got.Opened != want.Opened || got.BadICV != want.BadICV || got.Unverified != want.Unverified {
					t.Errorf("%+v, with the table %+v:\n%s", got, want, text)
				}
				for _, sa := range s.Table.Used() {
					if !sa.Proven() || !sa.CipherProved() || !sa.Src.IsValid() {
						t.Errorf("%v is not proved", sa.Params)
					}
				}
			})
		}
	}
}

// A combined mode is found with its salt and without it, and among numbers that are no keys.
func TestGuessedCombinedMode(t *testing.T) {
	dir := filepath.Join(pcaps, "v2-psk-gcm-x25519-pfs-rekey")
	wire := filepath.Join(dir, "wire.pcap")
	log := readBag(t, filepath.Join(dir, "gwa.log"))
	s := analyze(t, log, wire)
	var list []esp.Params
	for _, sa := range s.Table.Used() {
		list = append(list, *sa.Params)
	}
	if len(list) < 2 || !list[0].Cipher.AEAD {
		t.Fatalf("the session has %v", list)
	}
	for name, salt := range map[string]bool{"with salt": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			text := ""
			for _, p := range list {
				key := p.CipherKey
				if !salt {
					key = key[:len(key)-p.Cipher.SaltLen]
				}
				text += fmt.Sprintf("flow 0x%08x\n  sha256 of the log: %064x\n  secret %x\n\n", p.SPI, p.SPI^0x12345678, key)
			}
			if got := analyze(t, guessedBag(t, text), wire).Counts; got.Opened != s.Counts.Opened {
				t.Errorf("%d decrypted, want %d", got.Opened, s.Counts.Opened)
			}
		})
	}
}

// Programs that print keys without their algorithms name them for seldom ones, too: packets tell which it is.
func TestUnnamedAlgorithms(t *testing.T) {
	dir := filepath.Join(pcaps, "path-serpent")
	wire := filepath.Join(dir, "wire.pcap")
	s := analyze(t, readBag(t, filepath.Join(dir, "keys.txt")), wire)
	logs := map[string]string{"isakmpd": "", "vpnc": "vpnc version 0.5.3\n"}
	n := 0
	for _, sa := range s.Table.Used() {
		if sa.Cipher == nil || sa.Cipher.KeyLog != "serpent-cbc" {
			continue
		}
		const front = "174106.118000 Negt 90 "
		logs["isakmpd"] += fmt.Sprintf(front+"post_quick_mode: suite 1 proto 3\n"+front+"post_quick_mode: SPI:\n"+front+"%08x \n"+front+"post_quick_mode: KEYMAT:\n", sa.SPI)
		for row := range slices.Chunk(slices.Concat(sa.CipherKey, sa.MACKey), 32) {
			logs["isakmpd"] += fmt.Sprintf(front+"%x\n", row)
		}
		side, way := "rx", "remote -> local"
		if n++; n%2 == 0 {
			side, way = "tx", "local -> remote"
		}
		logs["vpnc"] += fmt.Sprintf("   %s.key_cry:\n   %x\n   %s.key_md:\n   %x\n   %s spi: 0x%08x\n", side, sa.CipherKey, side, sa.MACKey, way, sa.SPI)
	}
	if n == 0 {
		t.Fatal("the session has no SA with Serpent")
	}
	for name, log := range logs {
		if got := analyze(t, guessedBag(t, log), wire).Counts; got.Opened != s.Counts.Opened || got.BadICV != 0 {
			t.Errorf("%s: %+v, want %+v:\n%s", name, got, s.Counts, log)
		}
	}
}

// Numbers that are no keys are not used, and that is said; nor do they stand in any text.
func TestWrongGuesses(t *testing.T) {
	dir := filepath.Join(pcaps, "v2-psk-aes128-sha256")
	table := readBag(t, secretsFile(dir, "gwb.xfrm"))
	text := ""
	for _, p := range table.SAs {
		key := append([]byte{}, p.CipherKey...)
		key[3] ^= 1
		mac := append([]byte{}, p.MACKey...)
		mac[5] ^= 0x80
		text += fmt.Sprintf("SA 0x%08x\n  one %x\n  two %x\n", p.SPI, key, mac)
	}
	bag := guessedBag(t, text)
	for _, g := range bag.Guesses {
		for _, said := range []string{fmt.Sprint(g), fmt.Sprintf("%v", g), fmt.Sprintf("%+v", g), fmt.Sprintf("%#v", g), fmt.Sprintf("%x", g)} {
			if strings.Contains(said, hex.EncodeToString(g.Values[0])) || strings.Contains(said, fmt.Sprint(g.Values[0])) {
				t.Errorf("a value is shown: %s", said)
			}
		}
	}
	s := analyze(t, bag, filepath.Join(dir, "wire.pcap"))
	if s.Counts.Opened != 0 || s.Counts.NoSA != s.Counts.ESP || len(s.Bag.SAs) != 0 {
		t.Errorf("%+v, %d SAs", s.Counts, len(s.Bag.SAs))
	}
	if len(s.Problems) != 1 || !strings.Contains(s.Problems[0], "notes.txt: ") {
		t.Errorf("said: %q", s.Problems)
	}
	if len(s.Bag.Warnings) != 0 {
		t.Errorf("said twice: %v", s.Bag.Warnings)
	}
	// One right key among wrong ones is one of its SPI alone.
	text += fmt.Sprintf("and 0x%08x %x %x\n", table.SAs[0].SPI, table.SAs[0].MACKey, table.SAs[0].CipherKey)
	s = analyze(t, guessedBag(t, text), filepath.Join(dir, "wire.pcap"))
	if len(s.Bag.SAs) != 1 || s.Bag.SAs[0].SPI != table.SAs[0].SPI || s.Counts.Opened == 0 || len(s.Problems) != 0 {
		t.Errorf("%+v, %d SAs, %q", s.Counts, len(s.Bag.SAs), s.Problems)
	}
}
