package decode_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
)

// unpad takes the padding and its length off a decrypted body of IKEv2 (RFC 7296, section 3.14); nothing is left where the length cannot be.
func unpad(b []byte) []byte { return b[:max(0, len(b)-1-int(b[len(b)-1]))] }

// TestDecryptedBodies2 parses bodies of IKEv2 as they are after decryption, padding included.
func TestDecryptedBodies2(t *testing.T) {
	for _, d := range decodetest.Bodies(t, decodetest.BodiesIKEv2) {
		body := unpad(d.Body)
		if end, ok := ikev2.Grammar.WalkChain(d.First, body); (ok && end == len(body)) == d.BadCipher {
			t.Errorf("%s: WalkChain says %v", d.Name, ok)
		}
		if d.BadCipher {
			continue
		}
		ps, rest, err := ikev2.Grammar.ParsePayloads(d.First, body)
		if err != nil || len(rest) != 0 {
			t.Errorf("%s: rest %x, %v", d.Name, rest, err)
		}
		if got := flatTypes(ps); got != d.Types && (got != "" || d.Types != "0") {
			t.Errorf("%s: payloads %s, TShark has %s", d.Name, got, d.Types)
		}
		if got := decode.AppendPayloads(nil, ps); !bytes.Equal(got, body) {
			t.Errorf("%s: became %x", d.Name, got)
		}
		for _, p := range ps {
			if _, unknown := p.Body.(*decode.Unknown); unknown || len(p.Notes) != 0 {
				t.Errorf("%s: %v %T, notes %v", d.Name, p.Type, p.Body, p.Notes)
			}
		}
	}
}

// texts are the payloads in the words of reports.
func texts(payloads []decode.Payload) []string {
	var out []string
	for _, p := range payloads {
		if sa, ok := p.Body.(*ikev2.SA); ok {
			for _, prop := range sa.Proposals {
				out = append(out, prop.String())
			}
		}
		if s, ok := p.Body.(fmt.Stringer); ok {
			out = append(out, p.Type.String()+" "+s.String())
		}
	}
	return out
}

// What the bodies of IKEv2 say; TShark 4.0.17 shows the same values.
func TestDecryptedText2(t *testing.T) {
	want := map[string][]string{
		"v2-psk-aes128-sha256 frame 4": {
			"IDr gwb.example.org", "AUTH shared key", "1: ESP SPI c203f085, ENCR AES-CBC-128, INTEG HMAC-SHA2-256-128, ESN no",
			"TSi 10.1.0.0/24", "TSr 10.2.0.0/24", "N MOBIKE_SUPPORTED", "N ADDITIONAL_IP4_ADDRESS 10.2.0.1",
			"N ADDITIONAL_IP6_ADDRESS fd02::1", "N ADDITIONAL_IP6_ADDRESS 2001:db8::2"},
		"fail-v2-auth frame 4":                {"N AUTHENTICATION_FAILED"},
		"fail-v2-ts frame 4":                  {"N TS_UNACCEPTABLE"},
		"v2-psk-aes128-sha256 frame 50":       {"D IKE"},
		"v2-libreswan-cbc frame 52":           {"D ESP c12159b6"},
		"v2-libreswan-cbc frame 50":           {"N REKEY_SA ESP 0xc12159b6"},
		"v2-psk-gcm-x25519-pfs-rekey frame 4": {"1: ESP SPI c144cec6, ENCR AES-GCM-16-256, ESN no"},
		"v2-psk-gcm-x25519-pfs-rekey frame 97": {
			"1: IKE SPI a9b75bbe7a17d374, ENCR AES-GCM-16-256, PRF HMAC-SHA2-384, KE Curve25519", "KE Curve25519"},
		"v2-mlkem frame 53":       {"1: ESP SPI c350e30b, ENCR AES-GCM-16-256, KE Curve25519, ESN no, ADDKE1 ML-KEM-768"},
		"v2-mlkem frame 57":       {"KE ML-KEM-768"},
		"v2-eap-nat-esn frame 3":  {"CP REQUEST INTERNAL_IP4_ADDRESS, INTERNAL_IP4_DNS"},
		"v2-eap-nat-esn frame 4":  {"EAP Request 0 Identity"},
		"v2-eap-nat-esn frame 5":  {"EAP Response 0 Identity alice"},
		"v2-eap-nat-esn frame 6":  {"EAP Request 126 MSCHAPv2 Challenge, name strongSwan"},
		"v2-eap-nat-esn frame 7":  {"EAP Response 126 MSCHAPv2 Response, name alice"},
		"v2-eap-nat-esn frame 8":  {"EAP Request 127 MSCHAPv2 Success, Welcome2strongSwan"},
		"v2-eap-nat-esn frame 9":  {"EAP Response 127 MSCHAPv2 Success"},
		"v2-eap-nat-esn frame 10": {"EAP Success 127"},
		"v2-eap-nat-esn frame 12": {"CP REPLY INTERNAL_IP4_ADDRESS=10.9.0.1, INTERNAL_IP4_DNS=10.2.0.53",
			"TSi 10.9.0.1", "TSr 10.2.0.0/24"},
		"v2-rsa-certs-frag frame 6": {"IDi gwa.example.org",
			"CERT X.509 certificate - signature: C=CH, O=Lab, CN=gwa.example.org",
			"CERTREQ X.509 certificate - signature: 0x00cbb52018dc6ac73f56be04854095acbd59c015",
			"AUTH digital signature, RSA SHA2-256"},
		"v2-mlkem frame 56": {"KE ML-KEM-768"},
	}
	for _, d := range decodetest.Bodies(t, decodetest.BodiesIKEv2) {
		body := unpad(d.Body)
		ps, _, _ := ikev2.Grammar.ParsePayloads(d.First, body)
		got := texts(ps)
		for _, w := range want[d.Name] {
			if !slices.Contains(got, w) {
				t.Errorf("%s: %q has no %q", d.Name, got, w)
			}
		}
		delete(want, d.Name)
	}
	if len(want) != 0 {
		t.Errorf("not there: %v", want)
	}
}

// tsharkFields2 are the fields that clear messages of IKEv2 are compared by.
var tsharkFields2 = []string{
	"isakmp.messageid", "isakmp.typepayload", "isakmp.prop.number", "isakmp.tf.type", "isakmp.tf.id.encr", "isakmp.tf.id.prf",
	"isakmp.tf.id.integ", "isakmp.tf.id.dh", "isakmp.ike2.attr.key_length", "isakmp.key_exchange.dh_group",
	"isakmp.key_exchange.data", "isakmp.nonce", "isakmp.notify.msgtype", "isakmp.notify.data",
	"isakmp.notify.data.signature_hash_algorithms", "isakmp.vid_bytes",
}

// fieldsOf2 has the values of tsharkFields2 of a clear message, by field.
func fieldsOf2(m *decode.Message) map[string][]string {
	out := map[string][]string{"isakmp.messageid": {fmt.Sprintf("0x%08x", m.MessageID)},
		"isakmp.typepayload": strings.Split(flatTypes(m.Payloads), ",")}
	add := func(field, format string, v any) {
		if s := fmt.Sprintf(format, v); s != "" {
			out[field] = append(out[field], s)
		}
	}
	for _, p := range m.Payloads {
		switch b := p.Body.(type) {
		case *ikev2.SA:
			for _, prop := range b.Proposals {
				add("isakmp.prop.number", "%d", prop.Number)
				for _, tr := range prop.Transforms {
					add("isakmp.tf.type", "%d", uint8(tr.Type))
					name := map[ikev2.TransformType]string{ikev2.TransformENCR: "encr", ikev2.TransformPRF: "prf", ikev2.TransformINTEG: "integ", ikev2.TransformKE: "dh"}
					add("isakmp.tf.id."+name[tr.Type], "%d", tr.ID)
					if bits, ok := tr.KeyLength(); ok {
						add("isakmp.ike2.attr.key_length", "%d", bits)
					}
				}
			}
		case *ikev2.KE:
			add("isakmp.key_exchange.dh_group", "%d", uint16(b.Group))
			add("isakmp.key_exchange.data", "%x", b.Data)
		case *ikev2.Nonce:
			add("isakmp.nonce", "%x", b.Data)
		case *decode.VendorID:
			add("isakmp.vid_bytes", "%x", b.Data)
		case *ikev2.Notify:
			add("isakmp.notify.msgtype", "%d", uint16(b.Type))
			add("isakmp.notify.data", "%s", orMissing(b.Data))
			hashes, _ := b.Hashes()
			for _, h := range hashes {
				add("isakmp.notify.data.signature_hash_algorithms", "%d", uint16(h))
			}
		}
	}
	return out
}

// orMissing is what TShark shows for the data of a notification.
func orMissing(b []byte) string {
	if len(b) == 0 {
		return "<MISSING>"
	}
	return hex.EncodeToString(b)
}

// TestAgainstTShark2 compares the values of clear IKEv2 messages with what TShark finds.
func TestAgainstTShark2(t *testing.T) {
	var from []string // the files
	var list []decodetest.Datagram
	for _, file := range decodetest.Captures(t, "*v2-*/wire.pcap") {
		for _, d := range decodetest.Messages(t, file) {
			from, list = append(from, file), append(list, d)
		}
	}
	seen := map[string]bool{}
	for i, want := range decodetest.TShark(t, list, "isakmp.exchangetype == 34", tsharkFields2...) {
		if want == nil {
			continue
		}
		seen[from[i]] = true
		m, err := exchange.Parse(list[i].Data)
		if err != nil {
			t.Errorf("%s frame %d: %v", from[i], list[i].Frame, err)
			continue
		}
		got := fieldsOf2(m)
		for k, field := range tsharkFields2 {
			if s := strings.Join(got[field], ","); s != want[k] {
				t.Errorf("%s frame %d: %s is %s, TShark has %s", from[i], list[i].Frame, field, s, want[k])
			}
		}
	}
	for i, file := range from {
		if m, err := exchange.Parse(list[i].Data); err == nil && m.Exchange == ikev2.ExchangeSAInit && !seen[file] { // a capture may begin later
			t.Errorf("%s: TShark finds no IKE_SA_INIT", file)
		}
	}
}
