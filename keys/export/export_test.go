package export

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

const exportSample = `ESP_SA 192.0.2.1>192.0.2.2:0xcf127d15 aes-cbc:0xf149fb92e77d33e7c9fa9d3a592fa48f hmac-sha1-96:0xb426b426b426b426b426b426b426b426b426b426 tunnel udp
ESP_SA 192.0.2.1>192.0.2.2:0xcf127d16 aes-cbc:0xf149fb92e77d33e7c9fa9d3a592fa48f hmac-sha2-256-128:0xb426b426b426b426b426b426b426b426b426b426b426b426b426b426b426b426 esn tunnel
ESP_SA 2001:db8::1>2001:db8::2:0x1f aes-gcm-16:0x000102030405060708090a0b0c0d0e0f10111213 transport
ESP_SA *>*:* 3des-cbc:0x000102030405060708090a0b0c0d0e0f1011121314151617 icv96
ESP_SA 192.0.2.1>192.0.2.2:0x1 null aes-xcbc-96:0x000102030405060708090a0b0c0d0e0f
ESP_SA 192.0.2.1>192.0.2.2:0x2 aes-ccm-16:0x000102030405060708090a0b0c0d0e0f101112
ESP_SA 192.0.2.1>192.0.2.2:0x3 chacha20-poly1305:0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223
AH_SA 192.0.2.1>192.0.2.2:0x4 hmac-sha1-96:0xb426b426b426b426b426b426b426b426b426b426
IPCOMP_SA 192.0.2.1>192.0.2.2:0x92fc deflate
`

func TestWriteESPSA(t *testing.T) {
	var w bytes.Buffer
	left, err := WriteESPSA(&w, mustRead(t, exportSample).SAs, Wireshark44)
	if err != nil {
		t.Fatal(err)
	}
	want := `"IPv4","192.0.2.1","192.0.2.2","0x00000001","NULL","","ANY 96 bit authentication [no checking]",""
# for Wireshark 5: "IPv4","192.0.2.1","192.0.2.2","0x00000003","ChaCha20 with Poly1305 [RFC7634]","0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223","NULL",""
"IPv4","192.0.2.1","192.0.2.2","0xcf127d15","AES-CBC [RFC3602]","0xf149fb92e77d33e7c9fa9d3a592fa48f","HMAC-SHA-1-96 [RFC2404]","0xb426b426b426b426b426b426b426b426b426b426"
"IPv4","192.0.2.1","192.0.2.2","0xcf127d16","AES-CBC [RFC3602]","0xf149fb92e77d33e7c9fa9d3a592fa48f","HMAC-SHA-256-128 [RFC4868]","0xb426b426b426b426b426b426b426b426b426b426b426b426b426b426b426b426","64-bit","0"
"IPv6","2001:db8::1","2001:db8::2","0x0000001f","AES-GCM with 16 octet ICV [RFC4106]","0x000102030405060708090a0b0c0d0e0f10111213","NULL",""
"IPv4","*","*","*","TripleDES-CBC [RFC2451]","0x000102030405060708090a0b0c0d0e0f1011121314151617","ANY 96 bit authentication [no checking]",""
"IPv6","*","*","*","TripleDES-CBC [RFC2451]","0x000102030405060708090a0b0c0d0e0f1011121314151617","ANY 96 bit authentication [no checking]",""
`
	if w.String() != want {
		t.Errorf("got\n%swant\n%s", w.String(), want)
	}
	checkLeft(t, left, "no name for AES-CCM-16 in Wireshark", "Wireshark 4.4 does not know ChaCha20-Poly1305", "esp_sa has no AH")
}

func checkLeft(t *testing.T, res Result, want ...string) {
	t.Helper()
	left := res.Left
	if len(left) != len(want) {
		t.Errorf("not expressed: %v, want %q", left, want)
		return
	}
	for i, u := range left {
		if !strings.Contains(u.Reason, want[i]) {
			t.Errorf("%v, want %q", u, want[i])
		}
	}
}

func TestWriteXFRM(t *testing.T) {
	b := mustRead(t, exportSample)
	var w bytes.Buffer
	left, err := WriteXFRM(&w, b.SAs)
	if err != nil {
		t.Fatal(err)
	}
	checkLeft(t, left, "the destination is not known")
	for _, want := range []string{
		"ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0xcf127d15 mode tunnel enc 'cbc(aes)' 0xf149fb92e77d33e7c9fa9d3a592fa48f auth-trunc 'hmac(sha1)' 0xb426b426b426b426b426b426b426b426b426b426 96 encap espinudp 4500 4500 0.0.0.0\n",
		"spi 0x0000001f mode transport aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 128\n",
		"proto comp spi 0x000092fc mode tunnel comp deflate\n",
		"enc 'ecb(cipher_null)' '' auth-trunc 'xcbc(aes)' 0x000102030405060708090a0b0c0d0e0f 96\n",
	} {
		if !strings.Contains(w.String(), want) {
			t.Errorf("%q is missing in\n%s", want, w.String())
		}
	}
	// What is written is read back; a state has a mode, even where it was not known.
	again := mustRead(t, w.String())
	if len(again.SAs) != len(b.SAs)-1 {
		t.Fatalf("%d of %d SAs are read back", len(again.SAs), len(b.SAs)-1)
	}
	got := map[string]bool{}
	for _, p := range again.SAs {
		got[keysOfSA(p)] = true
	}
	for _, p := range b.SAs {
		if !p.AnySPI && !got[keysOfSA(p)] {
			t.Errorf("%v is lost", p)
		}
	}
}

// keysOfSA is what a table must keep of an SA.
func keysOfSA(p esp.Params) string {
	return fmt.Sprintf("%v %08x %p %x %p %x", p.Protocol, p.SPI, p.Cipher, p.CipherKey, p.MAC, p.MACKey)
}

func TestWriteTCPDump(t *testing.T) {
	var w bytes.Buffer
	left, err := WriteTCPDump(&w, mustRead(t, exportSample).SAs)
	if err != nil {
		t.Fatal(err)
	}
	if want := "0xcf127d15@192.0.2.2 aes128-cbc-hmac96:0xf149fb92e77d33e7c9fa9d3a592fa48f\n"; w.String() != want {
		t.Errorf("got %q, want %q", w.String(), want)
	}
	if again := mustRead(t, w.String()).SAs; len(again) != 1 || again[0].SPI != 0xcf127d15 || len(again[0].CipherKey) != 16 {
		t.Errorf("read back: %v", again)
	}
	checkLeft(t, left, "does not support NULL", "does not support AES-CCM-16", "does not support ChaCha20", "for ESP", "no ICV of 128 bits", "does not support AES-GCM-16", "needs SPI and destination")
}

func TestWriteIKEv1Table(t *testing.T) {
	var w bytes.Buffer
	rows := []IKEv1Row{
		{decode.SPI{2}, []byte{1, 2}}, {decode.SPI{1}, []byte{3, 4}}, {decode.SPI{2}, []byte{5, 6}}, {decode.SPI{3}, nil},
	}
	if err := WriteIKEv1Table(&w, rows); err != nil {
		t.Fatal(err)
	}
	if want := "0100000000000000,0304\n0200000000000000,0102\n"; w.String() != want {
		t.Errorf("got %q, want %q", w.String(), want)
	}
}

// TestExportsOpen lets the real tools open a recording with what is written for them.
func TestExportsOpen(t *testing.T) {
	dir := filepath.Join(captures, "v1-main-psk-aes128-sha1")
	if !exists(dir) {
		t.Skipf("%s is not there", dir)
	}
	b, err := source.ReadFile(filepath.Join(dir, "gwa.log"))
	if err != nil {
		t.Fatal(err)
	}
	pcap, err := filepath.Abs(filepath.Join(dir, "wire.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	conf := t.TempDir()
	t.Run("tshark", func(t *testing.T) {
		if _, err := exec.LookPath("tshark"); err != nil {
			t.Skip("tshark is not installed")
		}
		var esp, ike bytes.Buffer
		if _, err := WriteESPSA(&esp, b.SAs, Wireshark40); err != nil {
			t.Fatal(err)
		}
		for _, s := range b.Secrets {
			if s.Kind == secret.EncKey {
				if err := WriteIKEv1Table(&ike, []IKEv1Row{{s.Where.Initiator, s.Value}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for name, data := range map[string][]byte{"esp_sa": esp.Bytes(), "ikev1_decryption_table": ike.Bytes(),
			"preferences": []byte("esp.enable_encryption_decode: TRUE\nesp.enable_authentication_check: TRUE\n")} {
			if err := os.WriteFile(filepath.Join(conf, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("tshark", "-r", pcap, "-Y", "http || isakmp.exchangetype == 32", "-V")
		cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+conf)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		text, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, errs.String())
		}
		for _, want := range []string{"GET /page.html", "Payload: Nonce", "[Good: True]"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("tshark does not show %q", want)
			}
		}
		if strings.Contains(errs.String(), "Error loading table") {
			t.Error(errs.String())
		}
	})
	t.Run("tcpdump", func(t *testing.T) {
		if _, err := exec.LookPath("tcpdump"); err != nil {
			t.Skip("tcpdump is not installed")
		}
		var w bytes.Buffer
		if _, err := WriteTCPDump(&w, b.SAs); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(conf, "keys")
		if err := os.WriteFile(path, w.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		var args []string
		if os.Getuid() == 0 {
			args = []string{"-Z", "root"} // else it becomes another user, who cannot read the file
		}
		text, _ := exec.Command("tcpdump", append(args, "-nr", pcap, "-E", "file "+path, "esp")...).CombinedOutput()
		if !strings.Contains(string(text), "ICMP echo request") || !strings.Contains(string(text), "ICMP echo reply") || strings.Contains(string(text), "WARNING") {
			t.Errorf("tcpdump: %s", text)
		}
	})
}

// FuzzWriters writes whatever a key log holds. No writer refuses an SA otherwise than by telling of it, nor tells its keys.
func FuzzWriters(f *testing.F) {
	f.Add([]byte(exportSample))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := source.Read("fuzz", data)
		if err != nil {
			return
		}
		writers := []func(io.Writer, []esp.Params) (Result, error){WriteXFRM, WriteTCPDump, WriteSetkey, WriteESPS}
		for _, v := range WiresharkVersions() {
			writers = append(writers, func(w io.Writer, sas []esp.Params) (Result, error) { return WriteESPSA(w, sas, v) })
		}
		for _, write := range writers {
			res, err := write(io.Discard, b.SAs)
			if err != nil {
				t.Fatal(err)
			}
			if res.SAs+len(res.Left) > len(b.SAs) {
				t.Fatalf("%d SAs written and %d left out, of %d", res.SAs, len(res.Left), len(b.SAs))
			}
		}
	})
}
