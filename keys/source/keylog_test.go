package source

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

const keyLogSample = `# a comment
PSK         *                                  "correct horse battery staple"
PSK         gwb.example.org                    0x73656b726974
PSK         "C=CH, O=strongSwan, CN=moon"      "with \"quotes\" and \\"   # a comment
PSK         38db764f3d5447ca:90ab12cd34ef5678  "bound"
DH_PRIVATE  -                                  0x8F01
DH_SECRET   38db764f3d5447ca:90ab12cd34ef5678  0x9bc6
SKEYID      38db764f3d5447ca:90ab12cd34ef5678  0x01
SKEYID_D    38db764f3d5447ca:90ab12cd34ef5678  0x02
SKEYID_A    38db764f3d5447ca:90ab12cd34ef5678  0x03
SKEYID_E	38db764f3d5447ca:90ab12cd34ef5678	0x04
ENC_KEY     38db764f3d5447ca                   0x05
SK_EI       1111111111111111:2222222222222222  0x06
SKEYSEED    -/7  0x07
SK_D        -/7  0x08
SK_D        -    0x09
QM_DH_SECRET 38db764f3d5447ca:90ab12cd34ef5678:ca5490c3 0x0a
CHILD_DH_SECRET 1111111111111111:2222222222222222:0x2 0x0b
NONCE_I     38db764f3d5447ca:90ab12cd34ef5678  0x0c
ESP_SA      192.0.2.1>192.0.2.2:0xcf127d15     aes-cbc:0xf149fb92e77d33e7c9fa9d3a592fa48f hmac-sha1-96:0xb426b426b426b426b426b426b426b426b426b426 esn tunnel udp
ESP_SA      2001:db8::1>2001:db8::2:0x1f aes-gcm-16:0x000102030405060708090a0b0c0d0e0f10111213 transport
ESP_SA      *>192.0.2.2:* null none
ESP_SA      *>*:0x5 3des-cbc:0x000102030405060708090a0b0c0d0e0f1011121314151617 icv128
AH_SA       192.0.2.1>192.0.2.2:0xcf127d15     hmac-sha1-96:0xb426b426b426b426b426b426b426b426b426b426 icv128
ESP_SA      192.0.2.1>192.0.2.2:0x9 null none beet inner=10.1.0.10>10.2.0.10
IPCOMP_SA   192.0.2.1>192.0.2.2:0x000092fc     deflate
`

func TestKeyLog(t *testing.T) {
	b := mustRead(t, keyLogSample)
	check(t, b,
		"PSK - 636f727265637420686f727365206261747465727920737461706c65 g0",
		"PSK gwb.example.org 73656b726974 g0",
		`PSK "C=CH, O=strongSwan, CN=moon" 77697468202271756f7465732220616e64205c g0`,
		"PSK 38db764f3d5447ca:90ab12cd34ef5678 626f756e64 g0",
		"DH_PRIVATE - 8f01 g0",
		"DH_SECRET 38db764f3d5447ca:90ab12cd34ef5678 9bc6 g1",
		"SKEYID 38db764f3d5447ca:90ab12cd34ef5678 01 g1",
		"SKEYID_D 38db764f3d5447ca:90ab12cd34ef5678 02 g1",
		"SKEYID_A 38db764f3d5447ca:90ab12cd34ef5678 03 g1",
		"SKEYID_E 38db764f3d5447ca:90ab12cd34ef5678 04 g1",
		"ENC_KEY 38db764f3d5447ca 05 g2",
		"SK_EI 1111111111111111:2222222222222222 06 g3",
		"SKEYSEED - 07 g4",
		"SK_D - 08 g4",
		"SK_D - 09 g0",
		"QM_DH_SECRET 38db764f3d5447ca:90ab12cd34ef5678:ca5490c3 0a g5",
		"CHILD_DH_SECRET 1111111111111111:2222222222222222:00000002 0b g6",
		"NONCE_I 38db764f3d5447ca:90ab12cd34ef5678 0c g1",
		"ESP 192.0.2.1>192.0.2.2:0xcf127d15 aes-cbc:f149fb92e77d33e7c9fa9d3a592fa48f hmac-sha1-96:b426b426b426b426b426b426b426b426b426b426 esn tunnel udp",
		"ESP 2001:db8::1>2001:db8::2:0x0000001f aes-gcm-16:000102030405060708090a0b0c0d0e0f10111213 : transport",
		"ESP *>192.0.2.2:* null: :",
		"ESP *>*:0x00000005 3des-cbc:000102030405060708090a0b0c0d0e0f1011121314151617 : icv128 nocheck",
		"AH 192.0.2.1>192.0.2.2:0xcf127d15 : hmac-sha1-96:b426b426b426b426b426b426b426b426b426b426 icv128",
		"ESP 192.0.2.1>192.0.2.2:0x00000009 null: : beet inner 10.1.0.10>10.2.0.10",
		"IPComp 192.0.2.1>192.0.2.2:0x000092fc : : comp2",
	)
	if want := (secret.Format{File: "test", Name: "key log", Count: 25}); len(b.Formats) != 1 || !reflect.DeepEqual(b.Formats[0], want) {
		t.Errorf("formats: %v", b.Formats)
	}
}

// TestKeyLogRoundTrip: what is written is read back as the same facts, and written again as the same text, whatever the
// order in the bag.
func TestKeyLogRoundTrip(t *testing.T) {
	b := mustRead(t, keyLogSample)
	text := keyLogOf(t, b)
	again := mustRead(t, text)
	if !sameFacts(b, again) {
		t.Errorf("facts changed:\n%s\n%s", strings.Join(facts(b), "\n"), strings.Join(facts(again), "\n"))
	}
	for i, j := 0, len(again.Secrets)-1; i < j; i, j = i+1, j-1 {
		again.Secrets[i], again.Secrets[j] = again.Secrets[j], again.Secrets[i]
	}
	if second := keyLogOf(t, again); second != text {
		t.Errorf("order depends on the bag:\n%s\n%s", text, second)
	}
}

func TestKeyLogRoundTripRecordings(t *testing.T) {
	for _, dir := range recordings(t) {
		for _, name := range []string{"gwa.log", "gwb.log", "gwa.xfrm", "gwb.xfrm"} {
			path := filepath.Join(dir, name)
			if !exists(path) {
				continue
			}
			b, err := ReadFile(path)
			if err != nil || len(b.Secrets)+len(b.SAs) == 0 {
				continue
			}
			again, err := Read("keylog", []byte(keyLogOf(t, b)))
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if !sameFacts(b, again) {
				t.Errorf("%s: facts changed:\n%s\n%s", path, strings.Join(facts(b), "\n"), strings.Join(facts(again), "\n"))
			}
		}
	}
}

func TestKeyLogErrors(t *testing.T) {
	const good = "PSK * \"x\"\n"
	for _, c := range []struct{ line, want string }{
		{"SKEYID_D 38db764f3d5447ca:90ab12cd34ef5678 0x0g", "bad hex digit 'g' at position 4"},
		{"SKEYID_D 38db764f3d5447ca:90ab12cd34ef5678 0x012", "odd number of hex digits"},
		{"SKEYID_D 38db764f3d5447ca:90ab12cd34ef5678 0x", "no hex digits"},
		{"SKEYID_D 38db764f3d5447cz:90ab12cd34ef5678 0x01", "must be a cookie of 16 hex digits"},
		{"SKEYID_D 38db764f3d5447ca:90ab12cd34ef5678", "must have WHERE and VALUE"},
		{"SKEYID_D - 0x01 0x02", "must have WHERE and VALUE"},
		{"SKEYID_D - 01", "the value must be 0x and hex"},
		{"SKEYID_D -/x 0x01", "must be a group number"},
		{"SKEYID_Q - 0x01", `unknown kind "SKEYID_Q"`},
		{`PSK * "open`, "missing closing quotation mark"},
		{"QM_DH_SECRET 38db764f3d5447ca:90ab12cd34ef5678:123456789 0x01", "must be a message ID"},
		{"ESP_SA 192.0.2.1>192.0.2.2:0x1", "must have src>dst:0xSPI and algorithms"},
		{"ESP_SA 192.0.2.1-192.0.2.2:0x1 null", "must be src>dst:0xSPI"},
		{"ESP_SA 192.0.2.1>192.0.2.2:1 null", "must be an SPI"},
		{"ESP_SA 192.0.2.1>192.0.2.x:0x1 null", "must be an address"},
		{"ESP_SA 192.0.2.1>192.0.2.2:0x1 rot13:0x0d", "unknown encryption algorithm"},
		{"ESP_SA 192.0.2.1>192.0.2.2:0x1 aes-cbc:0x0d", "aes-cbc"},
		{"ESP_SA 192.0.2.1>192.0.2.2:0x1 null hmac-x:0x01", "unknown integrity algorithm"},
		{"ESP_SA 192.0.2.1>192.0.2.2:0x1 null turbo", `unknown flag "turbo"`},
		{"ESP_SA 192.0.2.1>192.0.2.2:0x1 null icv7", "must be icv and a number of bits"},
		{"AH_SA 192.0.2.1>192.0.2.2:0x1 tunnel", "AH without an integrity algorithm"},
		{"IPCOMP_SA 192.0.2.1>192.0.2.2:0x1 zip", "unknown compression algorithm"},
	} {
		_, err := Read("keys.log", []byte(good+c.line+"\n"))
		var s *SyntaxError
		if !errors.As(err, &s) || s.Line != 2 || s.File != "keys.log" || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c.want)) {
			t.Errorf("%q: %v, want line 2 and %q", c.line, err, c.want)
		}
	}
}

// TestErrorsShowNoKeys: a key in the wrong column is not quoted.
func TestErrorsShowNoKeys(t *testing.T) {
	const key = "f149fb92e77d33e7c9fa9d3a592fa48f"
	for _, line := range []string{
		"SKEYID_D 0x" + key + " 38db764f3d5447ca", "SKEYID_D " + key + " 0x01", "SKEYID_D - " + key, "SKEYID_D - 0x" + key + "g",
		"ESP_SA 192.0.2.1>192.0.2.2:0x1 0x" + key, "ESP_SA 192.0.2.1>192.0.2.2:0x1 null 0x" + key, "ESP_SA 0x" + key + " null",
		"ESP_SA 192.0.2.1>192.0.2.2:0x" + key + " null", "AH_SA 192.0.2.1>192.0.2.2:0x1 " + key + ":0x01",
		`"IPv4","0x` + key + `","","0x1","NULL","","NULL",""`, `"IPv4","*","*","0x` + key + `","NULL","","NULL",""`,
		"fafaeb49382a763c," + key + "g", key[:18] + "," + key,
	} {
		_, err := Read("x", []byte("PSK * \"x\"\n"+line+"\n"))
		if err != nil && strings.Contains(err.Error(), key[:18]) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestKeyLogRedacted(t *testing.T) {
	b := mustRead(t, "SKEYID_D - ****\n")
	if len(b.Secrets) != 0 || len(b.Warnings) != 1 || !strings.Contains(b.Warnings[0].Text, "redacted") {
		t.Errorf("%v", b.Warnings)
	}
}

func TestNothingPrintsSecrets(t *testing.T) {
	b := mustRead(t, keyLogSample)
	for _, s := range b.Secrets {
		noSecretsIn(t, b, s.String()+s.GoString())
	}
	for _, l := range b.Masked(false) {
		noSecretsIn(t, b, l.Kind+l.Where+l.Value+l.Origin)
	}
	shown := ""
	for _, l := range b.Masked(true) {
		shown += l.Value
	}
	if !strings.Contains(shown, "f149fb92e77d33e7c9fa9d3a592fa48f") || !strings.Contains(shown, "correct horse") {
		t.Error("values are masked though they were asked for")
	}
}
