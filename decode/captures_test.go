package decode_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
)

// TestCaptures parses every message of real sessions: no error, no note, and the same bytes when put together again.
func TestCaptures(t *testing.T) {
	for _, file := range decodetest.Captures(t, "*/wire*.pcap") {
		for _, d := range decodetest.Messages(t, file) {
			m, err := exchange.Parse(d.Data)
			if err != nil {
				t.Errorf("%s frame %d: %v", file, d.Frame, err)
				continue
			}
			// racoon has the flag of an encrypted message on its fragments as well
			isFragment := len(m.Payloads) > 0 && m.Payloads[0].Type == ikev1.PayloadFragment
			if len(m.Notes) != 0 && !isFragment {
				t.Errorf("%s frame %d: notes %v", file, d.Frame, m.Notes)
			}
			if got := m.Append(nil); !bytes.Equal(got, d.Data) {
				t.Errorf("%s frame %d: became %x", file, d.Frame, got)
			}
			if isEncrypted := m.Flags&ikev1.FlagEncryption != 0 && m.Major() == 1 && !isFragment; isEncrypted != (m.Encrypted != nil) {
				t.Errorf("%s frame %d: encrypted %v", file, d.Frame, m.Encrypted != nil)
			}
		}
	}
}

// TestHostileCaptures takes what once crashed other parsers. Whatever comes out, it must account for every byte.
func TestHostileCaptures(t *testing.T) {
	messages := 0
	for _, file := range decodetest.HostileCaptures(t) {
		for _, d := range decodetest.MessagesCut(t, file, true) {
			messages++
			m, err := exchange.Parse(d.Data)
			if m == nil {
				if err == nil || len(d.Data) >= decode.HeaderLen {
					t.Errorf("%s frame %d: no message, error %v", file, d.Frame, err)
				}
				continue
			}
			decodetest.CheckWhole(t, m, d.Data)
			if err == nil && !bytes.Equal(m.Append(nil), m.Raw) {
				t.Errorf("%s frame %d: became %x", file, d.Frame, m.Append(nil))
			}
			for _, p := range m.Payloads {
				_ = fmt.Sprint(p.Body)
			}
		}
	}
	if messages < 20 {
		t.Errorf("%d messages found", messages)
	}
}

// flatTypes lists the types of payloads as TShark does: with the proposals and transforms inside.
func flatTypes(payloads []decode.Payload) string {
	var types []string
	add := func(typ decode.PayloadType) { types = append(types, strconv.Itoa(int(typ))) }
	for _, p := range payloads {
		add(p.Type)
		for _, n := range transformCounts(p.Body) {
			add(ikev1.PayloadProposal)
			for range n {
				add(ikev1.PayloadTransform)
			}
		}
	}
	return strings.Join(types, ",")
}

// transformCounts has the number of transforms of each proposal of an SA payload.
func transformCounts(b decode.Body) (counts []int) {
	switch sa := b.(type) {
	case *ikev1.SA:
		for _, p := range sa.Proposals {
			counts = append(counts, len(p.Transforms))
		}
	case *ikev2.SA:
		for _, p := range sa.Proposals {
			counts = append(counts, len(p.Transforms))
		}
	}
	return counts
}

// TestDecryptedBodies parses bodies as they are after decryption, padding included.
func TestDecryptedBodies(t *testing.T) {
	for _, d := range decodetest.Bodies(t, decodetest.BodiesIKEv1) {
		ps, rest, err := ikev1.Grammar.ParsePayloads(d.First, d.Body)
		end, ok := ikev1.Grammar.WalkChain(d.First, d.Body)
		if ok == d.BadCipher {
			t.Errorf("%s: WalkChain says %v", d.Name, ok)
		}
		if d.BadCipher {
			if err == nil {
				t.Errorf("%s: no error", d.Name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
		}
		if end != len(d.Body)-len(rest) {
			t.Errorf("%s: WalkChain ends at %d, ParsePayloads at %d", d.Name, end, len(d.Body)-len(rest))
		}
		if got := flatTypes(ps); got != d.Types {
			t.Errorf("%s: payloads %s, TShark has %s", d.Name, got, d.Types)
		}
		if got := append(decode.AppendPayloads(nil, ps), rest...); !bytes.Equal(got, d.Body) {
			t.Errorf("%s: became %x", d.Name, got)
		}
		if len(bytes.Trim(rest, "\x00")) != 0 || len(rest) > 16 {
			t.Errorf("%s: padding %x", d.Name, rest)
		}
	}
}

// What the bodies of one session say, in the words of reports.
func TestDecryptedText(t *testing.T) {
	want := map[string][]string{
		"v1-xauth-modecfg frame 5":     {"gwa.example.org", "INITIAL-CONTACT"},
		"v1-xauth-modecfg frame 7":     {"REQUEST XAUTH-USER-NAME, XAUTH-USER-PASSWORD"},
		"v1-xauth-modecfg frame 8":     {"REPLY XAUTH-USER-NAME=alice, XAUTH-USER-PASSWORD=********"},
		"v1-xauth-modecfg frame 9":     {"SET XAUTH-STATUS=OK"},
		"v1-xauth-modecfg frame 12":    {"REPLY INTERNAL_IP4_ADDRESS=10.9.0.1, INTERNAL_IP4_DNS=10.2.0.53"},
		"v1-xauth-modecfg frame 13":    {"10.9.0.1", "10.2.0.0/24"},
		"fail-phase2-proposal frame 8": {"NO-PROPOSAL-CHOSEN"},
		"fail-phase2-ts frame 8":       {"INVALID-ID-INFORMATION"},
		"v1-main-psk-nat frame 10":     {"R-U-THERE 1225598868"},
		"v1-main-psk-nat frame 11":     {"R-U-THERE-ACK 1225598868"},
		"v1-main-rsa-certs-frag frame 7": {"C=CH, O=Lab, CN=gwa.example.org",
			"X.509 certificate - signature: C=CH, O=Lab, CN=gwa.example.org"},
	}
	for _, d := range decodetest.Bodies(t, decodetest.BodiesIKEv1) {
		ps, _, _ := ikev1.Grammar.ParsePayloads(d.First, d.Body)
		var got []string
		for _, p := range ps {
			if s, ok := p.Body.(fmt.Stringer); ok {
				got = append(got, s.String())
			}
		}
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

func TestDecryptedSummaries(t *testing.T) {
	want := map[string]string{
		"v1-ah-tunnel frame 7":          "AH HMAC-SHA1-96 tunnel 4200 s",
		"v1-xauth-modecfg frame 13":     "ESP AES-CBC-128 HMAC-SHA1-96 tunnel 4200 s",
		"v1-aggressive-psk-pfs frame 4": "ESP AES-CBC-256 HMAC-SHA2-256-128 tunnel PFS MODP-2048 4200 s",
	}
	for _, d := range decodetest.Bodies(t, decodetest.BodiesIKEv1) {
		if want[d.Name] == "" {
			continue
		}
		ps, _, _ := ikev1.Grammar.ParsePayloads(d.First, d.Body)
		p, _ := decode.Find(ps, ikev1.PayloadSA)
		prop := p.Body.(*ikev1.SA).Proposals[0]
		suite := prop.Transforms[0].Suite(prop.Protocol)
		if got := prop.Protocol.Name(ike.V1) + " " + suite.Summary(prop.Protocol); got != want[d.Name] {
			t.Errorf("%s: got %q, want %q", d.Name, got, want[d.Name])
		}
	}
}

// TestAgainstTShark compares the payload types of every clear message with what TShark finds.
func TestAgainstTShark(t *testing.T) {
	var from []string // the sessions
	var list []decodetest.Datagram
	for _, file := range decodetest.Captures(t, "v[12]-*/wire.pcap") {
		for _, d := range decodetest.Messages(t, file) {
			m, _ := exchange.Parse(d.Data)
			if m == nil || m.Encrypted != nil || m.NextPayload == ikev1.PayloadFragment || m.NextPayload == ikev2.PayloadSKF {
				continue // TShark shows what fragments make
			}
			from, list = append(from, filepath.Base(filepath.Dir(file))), append(list, d)
		}
	}
	for i, want := range decodetest.TShark(t, list, "isakmp && !(isakmp.flag_e == 1)", "isakmp.typepayload", "isakmp.exchangetype") {
		m, err := exchange.Parse(list[i].Data)
		if err != nil {
			t.Errorf("%s frame %d: %v", from[i], list[i].Frame, err)
			continue
		}
		got := []string{flatTypes(m.Payloads), strconv.Itoa(int(m.Exchange))}
		if !slices.Equal(got, want) {
			t.Errorf("%s frame %d: %q, TShark has %q", from[i], list[i].Frame, got, want)
		}
	}
}
