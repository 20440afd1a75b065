package report

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// The log of the side that refuses has its own settings: they stand beside what was offered. gwb.remarks is what gwb's log says of them.
func TestDiagnoseWithResponderLog(t *testing.T) {
	for _, c := range []struct {
		session, code string
		row           Compared
		detail        string
	}{
		{"fail-phase1-proposal", "phase1-no-proposal", Compared{Name: "encryption", Initiator: "AES-CBC-128", Responder: "AES-CBC-256", Differs: true}, "no proposal found"},
		{"fail-phase1-proposal", "phase1-no-proposal", Compared{Name: "hash", Initiator: "SHA1", Responder: "SHA2-256", Differs: true}, ", IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048"},
		{"fail-phase2-proposal", "phase2-no-proposal", Compared{Name: "integrity", Initiator: "HMAC-SHA1-96", Responder: "HMAC-SHA2-256-128", Differs: true}, "no matching proposal found"},
		{"fail-phase2-ts", "ts-mismatch", Compared{Name: "network behind the responder", Initiator: "10.2.0.0/24", Responder: "10.3.0.0/24", Differs: true}, "no matching CHILD_SA config found"},
		{"fail-v2-ts", "ts-mismatch", Compared{Name: "network behind the responder", Initiator: "10.2.0.0/24", Responder: "10.3.0.0/24", Differs: true}, "10.2.0.0/24 === 10.1.0.0/24 unacceptable"},
		{"fail-v2-auth", "psk-mismatch", Compared{Name: "pre-shared key", Initiator: "the one that was given", Responder: "another one (gwb.remarks:3)", Differs: true}, "but MAC mismatched"},
		{"diag-v2-cert-id", "identity-mismatch", Compared{Name: "identities", Initiator: "gwa.example.org (ID_FQDN), asks for vpn.example.org (ID_FQDN)", Responder: "no connection for them", Differs: true},
			"no matching peer config found"},
	} {
		t.Run(c.session, func(t *testing.T) {
			dir := sessionDir(t, c.session)
			keys := []string{filepath.Join(dir, "gwb.remarks")}
			if c.code != "phase1-no-proposal" {
				keys = append(keys, filepath.Join(dir, "gwa.log"))
			}
			s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), keys...)
			d := Diagnose(s, w)
			checkFirst(t, "with the responder's log", d, c.code)
			if f := d.Findings[0]; !slices.Contains(f.Values, c.row) || !strings.Contains(strings.Join(f.Details, "\n"), c.detail) {
				t.Errorf("values %+v, details %q; want %+v and %q", f.Values, f.Details, c.row, c.detail)
			}
		})
	}
}

// The responder's own secrets prove the other half: what it encrypted opens, and what it was sent does not.
func TestPSKOfResponder(t *testing.T) {
	for session, row := range map[string]Compared{
		"fail-psk-mismatch": {Name: "pre-shared key", Initiator: "another one", Responder: "the one that belongs to the secrets that were given", Differs: true},
		"fail-v2-auth":      {Name: "pre-shared key", Initiator: "one key", Responder: "another one", Differs: true},
	} {
		t.Run(session, func(t *testing.T) {
			dir := filepath.Join("../../shared/captures", session)
			if _, err := os.Stat(dir); err != nil {
				t.Skipf("%s is not there", dir)
			}
			s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwb.log"))
			d := Diagnose(s, w)
			checkFirst(t, "with the responder's log", d, "psk-mismatch")
			if f := d.Findings[0]; !slices.Contains(f.Values, row) {
				t.Errorf("values %+v, want %+v", f.Values, row)
			}
		})
	}
}

// A DH secret and a pre-shared key prove whose the key is: it opens what that side has encrypted, and not the other's.
func TestPSKIsProved(t *testing.T) {
	dir := filepath.Join(pcaps, "fail-psk-mismatch")
	wire := filepath.Join(dir, "wire.pcap")
	s, _ := analyzed(t, wire, filepath.Join(dir, "gwa.log"))
	sa := s.SAs[0]
	for psk, want := range map[string]Compared{
		"sekrit": {Name: "pre-shared key", Initiator: "the one that was given", Responder: "another one", Differs: true},
		"secret": {Name: "pre-shared key", Initiator: "another one", Responder: "the one that was given", Differs: true},
		"none":   {}, // which proves nothing: the DH secret may be wrong as well
	} {
		t.Run(psk, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "keys.log")
			text := fmt.Sprintf("PSK * \"%s\"\nDH_SECRET %v:%v 0x%x\n", psk, sa.Initiator, sa.Responder, sa.Keys.GXY)
			if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			s, w := analyzed(t, wire, log)
			d := Diagnose(s, w)
			checkFirst(t, "with DH secret and PSK", d, "psk-mismatch")
			f := d.Findings[0]
			if want.Differs != slices.Contains(f.Values, want) || strings.Contains(f.Text, "most likely") == want.Differs {
				t.Errorf("%q, values %+v, want %+v", f.Text, f.Values, want)
			}
			if psk == "sekrit" && strings.Contains(textOf(t, d), psk) {
				t.Error("the key is shown")
			}
		})
	}
}

// The initiator's log says which identity it wants.
func TestIdentityOfLog(t *testing.T) {
	dir := session2(t, "fail-id-mismatch")
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
	d := Diagnose(s, w)
	want := Compared{Name: "identity of the responder", Initiator: "other.example.org (gwa.log:614)", Responder: "gwb.example.org (ID_FQDN)", Differs: true}
	if f := d.Findings[0]; !slices.Contains(f.Values, want) {
		t.Errorf("%+v, want %+v", f.Values, want)
	}
}

// A log of another negotiation tells nothing of this one.
func TestLogOfAnotherNegotiation(t *testing.T) {
	dir := session2(t, "fail-phase1-proposal")
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"))
	s.Bag = &secret.Bag{Remarks: []secret.Remark{
		{Kind: secret.RemarkProposals, Asked: []string{"IKE:AES_CBC_256/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024"}, Own: []string{"IKE:3DES_CBC/HMAC_MD5_96/PRF_HMAC_MD5/MODP_768"}},
		{Kind: secret.RemarkReason, Text: "no proposal found", Second: -1},
		{Kind: secret.RemarkReason, Text: "no proposal found", Second: (38*60 + 57 + 1800) % 3600},
	}}
	f := Diagnose(s, w).Findings[0]
	if f.Code != "phase1-no-proposal" || len(f.Values) > 0 || strings.Contains(strings.Join(f.Details, "\n"), "no proposal found") {
		t.Errorf("%+v", f)
	}
}

func TestStancesOfLog(t *testing.T) {
	for _, c := range []struct {
		version, phase int
		text           string
		want           []trait
	}{
		{1, 1, "IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024", []trait{{"encryption", []string{"AES-CBC-128"}}, {"hash", []string{"SHA1"}}, {"DH group", []string{"MODP-1024"}}}},
		{2, 1, "IKE:AES_GCM_16_256/PRF_HMAC_SHA2_384/CURVE_25519/ECP_256", []trait{{"encryption", []string{"AES-GCM-16-256"}}, {"PRF", []string{"HMAC-SHA2-384"}},
			{"integrity", []string{none}}, {"DH group", []string{"CURVE-25519", "ECP-256"}}}},
		{1, 2, "ESP:AES_CBC_256/HMAC_SHA2_256_128/NO_EXT_SEQ", []trait{{"encryption", []string{"AES-CBC-256"}}, {"integrity", []string{"HMAC-SHA2-256-128"}}, {traitPFS, []string{none}}}},
		{2, 2, "ESP:AES_CBC_256/HMAC_SHA2_256_128/MODP_2048/EXT_SEQ", []trait{{"encryption", []string{"AES-CBC-256"}}, {"integrity", []string{"HMAC-SHA2-256-128"}},
			{traitPFS, []string{"MODP-2048"}}, {"ESN", []string{"yes"}}}},
		{2, 2, "IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048", nil},
	} {
		list := stancesOfLog(c.version, c.phase, []string{c.text})
		if len(list) == 0 != (c.want == nil) {
			t.Errorf("%s: %+v", c.text, list)
			continue
		}
		for i, want := range c.want {
			if got := list[0].traits[i]; got.name != want.name || !slices.Equal(got.values, want.values) {
				t.Errorf("%s: %+v, want %+v", c.text, got, want)
			}
		}
	}
	for _, c := range [][2]string{{"CURVE-25519", "Curve25519"}, {"MODP-2048", "MODP-2048"}, {"CHACHA20-POLY1305", "ChaCha20-Poly1305"}} {
		if !sameName(c[0], c[1]) {
			t.Errorf("%q and %q are the same", c[0], c[1])
		}
	}
	if sameName("MODP-1024", "MODP-2048") {
		t.Error("two groups are not the same")
	}
}

func TestNetworksOfLog(t *testing.T) {
	list := networksOfLog([]string{"10.1.0.0/24", "192.0.2.1/32[udp/l2tp]", "fd01::/64", "dynamic"})
	if textsOf(list) != "10.1.0.0/24, 192.0.2.1/32[udp/l2tp], fd01::/64, dynamic" || list[0].to.String() != "10.1.0.255" || list[1].from != list[1].to ||
		list[2].to.String() != "fd01::ffff:ffff:ffff:ffff" || list[3].from.IsValid() {
		t.Errorf("%+v", list)
	}
	if one := networksOfLog([]string{"192.0.2.1/32"}); one[0].text != "192.0.2.1" {
		t.Errorf("%+v", one)
	}
}

// Messages that were sent again are listed with what came of them.
func TestRetransmissions(t *testing.T) {
	for session, want := range map[string]string{
		"v1-reauth-rekey":       "frame 101 of the initiator (Main Mode): sent 2 times in 4.0 s, although frame 102 answers it: that did not arrive in time",
		"v1-aggressive-psk-pfs": "frame 4 of the initiator (Quick Mode): sent 2 times in 4.0 s, answered in frame 6",
		"fail-no-answer":        "frame 1 of the initiator (Main Mode): sent 3 times in 11.2 s, without an answer",
	} {
		t.Run(session, func(t *testing.T) {
			s, w := analyzed(t, filepath.Join(pcaps, session, "wire.pcap"))
			for _, f := range Diagnose(s, w).Findings {
				if f.Code == "retransmissions" && slices.Contains(f.Details, want) && len(f.Frames) > 1 {
					return
				}
			}
			t.Errorf("no note that says %q", want)
		})
	}
}

// All proposals that a log says its side is configured for stand there: any of them would do.
func TestSeveralConfigured(t *testing.T) {
	list := withCode(diagnosedWith(t, "path-two-proposals", "gwa.log.gz", "gwb.remarks"), "phase2-no-proposal")
	if len(list) != 1 || !strings.Contains(list[0].Text, "the nearest of the 2 proposals that the responder is configured for (gwb.remarks:2) differs in the encryption alone") {
		t.Fatalf("%+v", list)
	}
	for _, want := range []string{"ESP:CHACHA20_POLY1305/NO_EXT_SEQ", "ESP:AES_CBC_192/HMAC_SHA2_512_256/NO_EXT_SEQ"} {
		if !slices.Contains(list[0].Details, "the responder is configured for (gwb.remarks:2), "+want) {
			t.Errorf("no %s in %q", want, list[0].Details)
		}
	}
}
