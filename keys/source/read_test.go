package source

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// TestMixed: one file with every source in it.
func TestMixed(t *testing.T) {
	esp := `"IPv4","192.0.2.1","192.0.2.2","0x0000100f","AES-CBC [RFC3602]","0x10171e252c333a41484f565d646b7279","NULL",""` + "\n"
	xfrm := "src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x00000001 reqid 1 mode tunnel\n\tenc cbc(aes) " + aesKey + "\n"
	text := strongSwanPlain + keyLogSample + racoonSample + xfrm + esp + "a b : PSK \"x\"\nfafaeb49382a763c,735be0cb62f82675c4f7bf8fbab9b568\n"
	b := mustRead(t, text)
	var names []string
	total := 0
	for _, f := range b.Formats {
		names = append(names, f.Name)
		total += f.Count
	}
	want := "key log, strongSwan log, racoon log, ip xfrm state, Wireshark esp_sa, Wireshark ikev1_decryption_table, ipsec.secrets"
	// One SA is both in the log and in the key log.
	if strings.Join(names, ", ") != want || total != len(b.Secrets)+len(b.SAs)+1 {
		t.Errorf("formats %v, %d values, want %s", b.Formats, len(b.Secrets)+len(b.SAs), want)
	}
}

func TestCompressed(t *testing.T) {
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	w.Write([]byte(strongSwanPlain))
	w.Close()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"gzip": gz.Bytes(), "zstd": enc.EncodeAll([]byte(strongSwanPlain), nil)} {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := ReadFile(path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		check(t, b, strongSwanWant...)
		if b, err := Read("cut", data[:len(data)/2]); err == nil && !slices.ContainsFunc(b.Warnings, func(w secret.Warning) bool { return strings.Contains(w.Text, "cut off") }) {
			t.Errorf("%s: cut short, and not told", name)
		}
	}
}

func TestBounds(t *testing.T) {
	if _, err := (Options{MaxSize: 100}).ReadFrom("x", strings.NewReader(strongSwanPlain)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if _, err := (Options{MaxSize: int64(len(strongSwanPlain))}).ReadFrom("x", strings.NewReader(strongSwanPlain)); err != nil {
		t.Errorf("just fits: %v", err)
	}
	long := strings.Repeat("x", 3<<20) + "\n" + strongSwanPlain
	check(t, mustRead(t, long), strongSwanWant...)
	if _, err := ReadFile(t.TempDir()); err == nil {
		t.Error("a directory is read")
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestMerge: the logs of both peers hold the same facts once.
func TestMerge(t *testing.T) {
	a := mustRead(t, strongSwanPlain)
	all := &secret.Bag{}
	all.Merge(a)
	all.Merge(mustRead(t, strongSwanPlain))
	all.Merge(nil)
	check(t, all, strongSwanWant...)
	// What the other log adds joins the group of what both have.
	more := mustRead(t, `09[IKE] <1> SKEYID => 3 bytes @ 0x6800c6d0
09[IKE] <1>    0: 01 02 03                                         ...
09[IKE] <1> SKEYID_e => 1 bytes @ 0x6800cae0
09[IKE] <1>    0: EE                                               .
09[IKE] <1> natd_chunk => 22 bytes @ 0x472ecb20
09[IKE] <1>    0: 38 DB 76 4F 3D 54 47 CA BA E2 38 C6 0A 99 62 4E  8.vO=TG...8...bN
09[IKE] <1>   16: C0 00 02 02 01 F4                                ......
`)
	all.Merge(more)
	if last := all.Secrets[len(all.Secrets)-1]; last.Kind != secret.SKEYIDe || last.Group != 1 {
		t.Errorf("%v has group %d, want 1", last, last.Group)
	}
	// The same SA, once with its mode known.
	sas := mustRead(t, "ESP_SA 192.0.2.1>192.0.2.2:0x1 null none\nESP_SA 192.0.2.1>192.0.2.2:0x1 null none tunnel udp\n")
	check(t, sas, "ESP 192.0.2.1>192.0.2.2:0x00000001 null: : tunnel udp")
}
