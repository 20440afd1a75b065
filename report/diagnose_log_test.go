package report

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
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
		{"fail-phase1-proposal", "phase1-no-proposal", Compared{Name: "hash", Initiator: "SHA1", Responder: "SHA2-256", Differs: true}, ": configured on 192.0.2.2: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048"},
		{"fail-phase2-proposal", "phase2-no-proposal", Compared{Name: "integrity", Initiator: "HMAC-SHA1-96", Responder: "HMAC-SHA2-256-128", Differs: true}, "no matching proposal found"},
		{"fail-phase2-ts", "ts-mismatch", Compared{Name: "network behind the responder", Initiator: "10.2.0.0/24", Responder: "10.3.0.0/24", Differs: true}, "no matching CHILD_SA config found"},
		{"fail-v2-ts", "ts-mismatch", Compared{Name: "network behind the responder", Initiator: "10.2.0.0/24", Responder: "10.3.0.0/24", Differs: true}, "10.2.0.0/24 === 10.1.0.0/24 unacceptable"},
		{"fail-v2-auth", "psk-mismatch", Compared{Name: "pre-shared key", Initiator: "the PSK given", Responder: "a different key, gwb.remarks:3", Differs: true}, "but MAC mismatched"},
		{"diag-v2-cert-id", "identity-mismatch", Compared{Name: "identities", Initiator: "ID_FQDN gwa.example.org, requests ID_FQDN vpn.example.org", Responder: "no connection for these identities", Differs: true},
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

// A key that differs from the one that matches by a blank is named only where it is known to be that of the peer.
func TestKeyOfAnotherPeer(t *testing.T) {
	dir := sessionDir(t, "fail-v2-auth")
	for peer, want := range map[string]bool{"": false, "192.0.2.77": false, "192.0.2.2": true, "gwa.example.org": true, "192.0.2.0/24": true} {
		bag := bagOf(t, filepath.Join(dir, "gwa.log"))
		for _, x := range bag.Secrets {
			if x.Kind == secret.PSK {
				bag.Secrets = append(bag.Secrets, secret.Secret{Kind: secret.PSK, Where: secret.Where{Peer: peer}, Value: append(slices.Clone(x.Value), ' ')})
				break
			}
		}
		s := solved(t, filepath.Join(dir, "wire.pcap"), bag, ikedecode.Options{})
		if f := Diagnose(s, watched(t, s)).Findings[0]; strings.Contains(f.Text, "one has a blank at the end") != want {
			t.Errorf("%q: %s", peer, f.Text)
		}
	}
}

// With one key, and what the other one made, it is told how both differ: SKEYID in the log of its peer, or what that encrypted.
func TestFormOfKey1(t *testing.T) {
	dir := filepath.Join(pcaps, "fail-psk-mismatch")
	wire, own := filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log")
	s, _ := analyzed(t, wire, own)
	sa := s.SAs[0]
	dh := fmt.Sprintf("DH_SECRET %v:%v 0x%x\n", sa.Initiator, sa.Responder, sa.Keys.GXY)
	for psk, form := range map[string]string{
		"sekrit ": "one has a blank at the end", "sekrit\n": "one has a line end at the end", " sekrit": "one begins with a blank", `"sekrit"`: "quotation marks",
		"0x73656b726974": "hex digits", "SEKRIT": "upper and lower case", "sekr1t": "",
	} {
		for how, text := range map[string]string{"log": "", "g^xy": dh} {
			log := filepath.Join(t.TempDir(), "keys.log")
			if err := os.WriteFile(log, fmt.Appendf(nil, "PSK * 0x%x\n%s", psk, text), 0o600); err != nil {
				t.Fatal(err)
			}
			files := []string{log}
			if how == "log" {
				files = append(files, own)
			}
			s, w := analyzed(t, wire, files...)
			f := Diagnose(s, w).Findings[0]
			if f.Code != "psk-mismatch" || form != "" && !strings.Contains(f.Text, form) || form == "" && strings.Contains(f.Text, "differ: one") {
				t.Errorf("%s, %q: %s %q", how, psk, f.Text, f.Details)
			}
		}
	}
}

// The responder's own secrets prove the other half: what it encrypted opens, and what it was sent does not.
func TestPSKOfResponder(t *testing.T) {
	for session, row := range map[string]Compared{
		"fail-psk-mismatch": {Name: "pre-shared key", Initiator: "a different key", Responder: "the PSK of the secrets given", Differs: true},
		"fail-v2-auth":      {Name: "pre-shared key", Initiator: "one key", Responder: "a different key", Differs: true},
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
		"sekrit": {Name: "pre-shared key", Initiator: "the PSK given", Responder: "a different key", Differs: true},
		"secret": {Name: "pre-shared key", Initiator: "a different key", Responder: "the PSK given", Differs: true},
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
	want := Compared{Name: "identity of the responder", Initiator: "other.example.org (gwa.log:614)", Responder: "ID_FQDN gwb.example.org", Differs: true}
	if f := d.Findings[0]; !slices.Contains(f.Values, want) {
		t.Errorf("%+v, want %+v", f.Values, want)
	}
}

// A log of another negotiation decides nothing here. What it rejected is quoted with the difference of its clock, if it has one.
func TestLogOfAnotherNegotiation(t *testing.T) {
	dir := session2(t, "fail-phase1-proposal")
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"))
	offer := func(cipher, hash, group uint16) *logs.Offer {
		return &logs.Offer{Words: []string{"IKE:…"}, Offer: ike.Offer{Version: ike.V2, Proposals: []ike.Proposal{{Number: 1, Protocol: ike.IKE, Suites: []ike.Suite{{Transforms: []ike.Transform{
			{Kind: ike.Encryption, Space: ike.ENCR, ID: cipher}, {Kind: ike.PRF, Space: ike.PRFs, ID: hash}, {Kind: ike.KeyExchange, Space: ike.Group, ID: group}}}}}}}}
	}
	late := time.Date(0, 1, 1, 9, 13, 57, 0, time.UTC) // 35 minutes
	s.Bag = &secret.Bag{Events: []logs.Event{
		{Kind: logs.Offers, Received: offer(3, 2, 2), Configured: offer(3, 1, 1)},
		{Kind: logs.Refused, Reason: logs.NoProposal, Text: "no proposal found"},
		{File: "x.log", Line: 9, Kind: logs.Refused, Reason: logs.NoConnection, Text: "no connection here", Time: logs.Stamp{Clock: late, Precision: time.Second}},
	}}
	f := Diagnose(s, w).Findings[0]
	const want = `x.log:9 fits no negotiation in the capture; by its clock it is 34 min 59 s after frame 1: "no connection here"`
	if details := strings.Join(f.Details, "\n"); f.Code != "phase1-no-proposal" || len(f.Values) > 0 || strings.Contains(details, "no proposal found") || !strings.Contains(details, want) {
		t.Errorf("%+v", f)
	}
}

// Messages that were sent again are listed with what came of them.
func TestRetransmissions(t *testing.T) {
	for session, want := range map[string]string{
		"v1-reauth-rekey":       "frame 101 of 192.0.2.1 in Main Mode: retransmitted once in 4.0 s, although frame 102 responds to it: that was lost, late or not accepted",
		"v1-aggressive-psk-pfs": "frame 4 of 192.0.2.1 in Quick Mode: retransmitted once in 4.0 s, response in frame 6",
		"fail-no-answer":        "frame 1 of 192.0.2.1 in Main Mode: retransmitted twice in 11.2 s, no response",
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
	if len(list) != 1 || !strings.Contains(list[0].Text, "no proposal chosen in IKE_AUTH 0x00000001: the encryption differs") {
		t.Fatalf("%+v", list)
	}
	for _, want := range []string{"ESP:CHACHA20_POLY1305/NO_EXT_SEQ", "ESP:AES_CBC_192/HMAC_SHA2_512_256/NO_EXT_SEQ"} {
		if !slices.Contains(list[0].Details, "gwb.remarks:2: configured on 192.0.2.2: "+want) {
			t.Errorf("no %s in %q", want, list[0].Details)
		}
	}
}

// logForms are the ways in which a log at strongSwan's default level is shown.
var logForms = map[string]func(string) string{
	"as written": func(s string) string { return s },
	"no tags":    func(s string) string { return replaced(s, `(\[[A-Z]{3}\]) <[^>]*> `, "$1 ") },
	"journal": func(s string) string {
		return replaced(s, `^(.{15}) \d\d\[[A-Z]{3}\] (?:<[^>]*> )?`, "$1 gwb charon-systemd[77]: ")
	},
	"swanctl":           func(s string) string { return replaced(s, `^.{15} \d\d(\[[A-Z]{3}\]) (?:<[^>]*> )?`, "$1 ") },
	"newest line first": turned,
	"another zone":      func(s string) string { return moved(s, 5*time.Hour+30*time.Minute, "2006-01-02T15:04:05.5+05:30") },
	"clock off":         func(s string) string { return moved(s, -411*time.Second, time.Stamp) },
	"reasons alone":     func(s string) string { return replaced(s, `^.*\[(NET|ENC)\].*\n`, "") },
	"reasons, clock off": func(s string) string {
		return moved(replaced(s, `^.*\[(NET|ENC)\].*\n`, ""), -411*time.Second, time.Stamp)
	},
}

func replaced(s, from, to string) string {
	return regexp.MustCompile("(?m)"+from).ReplaceAllString(s, to)
}

func turned(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	slices.Reverse(lines)
	return strings.Join(lines, "\n") + "\n"
}

// moved sets the clock of a log.
func moved(s string, by time.Duration, layout string) string {
	return regexp.MustCompile(`(?m)^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d`).ReplaceAllStringFunc(s, func(stamp string) string {
		at, err := time.Parse("2006 "+time.Stamp, "2026 "+stamp)
		if err != nil {
			return stamp
		}
		return at.Add(by).Format(layout)
	})
}

// The reason of the side that rejected decides the code, however its log is shown, by whatever clock, and with another negotiation before it.
func TestReasonDecides(t *testing.T) {
	before, err := os.ReadFile(filepath.Join(pcaps, "fail-v2-auth", "gwb.remarks"))
	if err != nil {
		t.Fatal(err)
	}
	for session, code := range map[string]string{"diag-no-connection": "no-connection", "diag-v2-auth-method": "auth-method-mismatch", "diag-v2-kernel-refused": "kernel-refused"} {
		dir := filepath.Join(pcaps, session)
		log, err := os.ReadFile(filepath.Join(dir, "gwb.remarks"))
		if err != nil {
			t.Fatal(err)
		}
		for form, shown := range logForms {
			t.Run(session+"/"+form, func(t *testing.T) {
				checkFirst(t, form, diagnosedLog(t, dir, shown(string(log))), code)
				if form != "newest line first" {
					checkFirst(t, "after another", diagnosedLog(t, dir, shown(string(before)+string(log))), code)
				}
			})
		}
	}
}

// diagnosedLog is a diagnosis of a session with a log.
func diagnosedLog(t *testing.T, dir, log string) *Diagnosis {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.log")
	if err := os.WriteFile(path, []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), path)
	return Diagnose(s, w)
}

// A Child SA that was rejected in a tunnel that works is what a log is about whose clock is off.
func TestChildRefusedByOtherClock(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-pfs-pluto")
	log, err := os.ReadFile(filepath.Join(dir, "gwb.low.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []time.Duration{-37 * time.Second, 41 * time.Minute, 5*time.Hour + 3*time.Second} {
		d := diagnosedLog(t, dir, moved(string(log), by, time.Stamp))
		checkFirst(t, by.String(), d, "pfs-mismatch")
		if text := textOf(t, d); strings.Contains(text, "fits no negotiation") {
			t.Errorf("%v:\n%s", by, text)
		}
	}
}

// What the initiator's own log says that it received and is configured for is not what the responder is configured for.
func TestOwnLogIsNotThePeers(t *testing.T) {
	const log = `Nov 23 08:38:57 07[IKE] <t|1> initiating Main Mode IKE_SA t[1] to 192.0.2.2
Nov 23 08:38:57 07[ENC] <t|1> generating ID_PROT request 0 [ SA V V V V V ]
Nov 23 08:38:57 07[NET] <t|1> sending packet: from 192.0.2.1[500] to 192.0.2.2[500] (180 bytes)
Nov 23 08:38:57 08[NET] <t|1> received packet: from 192.0.2.2[500] to 192.0.2.1[500] (56 bytes)
Nov 23 08:38:57 08[ENC] <t|1> parsed INFORMATIONAL_V1 request 2585924067 [ N(NO_PROP) ]
Nov 23 08:38:57 08[CFG] <t|1> received proposals: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024
Nov 23 08:38:57 08[CFG] <t|1> configured proposals: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024
Nov 23 08:38:57 08[IKE] <t|1> received NO_PROPOSAL_CHOSEN error notify
`
	f := diagnosedLog(t, filepath.Join(pcaps, "fail-phase1-proposal"), log).Findings[0]
	if f.Code != "phase1-no-proposal" || len(f.Values) > 0 || strings.Contains(strings.Join(f.Details, "\n"), "configured on") {
		t.Errorf("%+v", f)
	}
	if !slices.Contains(f.Details, `x.log:8: "received NO_PROPOSAL_CHOSEN error notify"`) {
		t.Errorf("the error is not quoted: %q", f.Details)
	}
}

// A message that is not decrypted is what its receiver says that it was.
func TestPeerErrorNamesMessage(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-auth-method")
	log, err := os.ReadFile(filepath.Join(dir, "gwa.remarks"))
	if err != nil {
		t.Fatal(err)
	}
	d := diagnosedLog(t, dir, string(log))
	checkFirst(t, "with the initiator's log", d, "auth-failed")
	if f := d.Findings[0]; strings.Contains(f.Text, "most likely") || !strings.Contains(f.Text, "AUTHENTICATION_FAILED") {
		t.Errorf("%q", f.Text)
	}
}

// The initiator's log names the error in an IKE_AUTH response that came last and is not decrypted: by its length it may be a good one.
func TestPeerErrorInLastResponse(t *testing.T) {
	dir := filepath.Join(pcaps, "fail-v2-ts")
	log, err := os.ReadFile(filepath.Join(dir, "gwa.log"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(log)) {
		for _, has := range []string{"[NET]", "parsed IKE_", "generating IKE_", "established between", "received TS_UNACCEPTABLE notify"} {
			if strings.Contains(line, has) {
				lines = append(lines, line)
				break
			}
		}
	}
	d := diagnosedLog(t, dir, strings.Join(lines, ""))
	checkFirst(t, "with the initiator's log", d, "ts-mismatch")
	if f := d.Findings[0]; !strings.Contains(f.Text, "192.0.2.2 rejected the traffic selectors of 192.0.2.1 with TS_UNACCEPTABLE") {
		t.Errorf("%q", f.Text)
	}
}

// A line of racoon's has what both sides are set to: its log does tell what it accepts.
func TestLogNamesWhatIsAccepted(t *testing.T) {
	dir := sessionDir(t, "diag-v1-racoon-both")
	s, w := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "keys.txt"), filepath.Join(dir, "gwb.low.log"))
	d := Diagnose(s, w)
	checkFirst(t, "with the responder's log", d, "phase2-no-proposal")
	details := strings.Join(d.Findings[0].Details, "\n")
	if !strings.Contains(details, "the log of 192.0.2.2 names what it accepts instead") || !strings.Contains(details, "my:AES peer:3DES") || strings.Contains(details, "or in its log") {
		t.Errorf("%q", details)
	}
}

// charon says when a certificate is valid that is not: the capture tells which way.
func TestValidityInLog(t *testing.T) {
	for validity, want := range map[string]string{"Nov 01 00:00:00 2024 to Nov 01 00:00:00 2025": "it has expired", "Nov 01 00:00:00 UTC 2027 to Nov 01 00:00:00 UTC 2028": "it is not yet valid",
		"Nov 01 00:00:00 2024 to Nov 01 00:00:00 2028": "it is not valid, or not trusted"} {
		log := `Nov 23 08:43:30 15[NET] <t|1> received packet: from 192.0.2.1[500] to 192.0.2.2[500] (320 bytes)
Nov 23 08:43:30 15[ENC] <t|1> parsed IKE_AUTH request 1 [ IDi CERT AUTH SA TSi TSr ]
Nov 23 08:43:30 15[CFG] <t|1> subject certificate invalid (valid from ` + validity + `)
Nov 23 08:43:30 15[IKE] <t|1> no trusted RSA public key found for 'gwa.example.org'
`
		if f := diagnosedLog(t, filepath.Join(pcaps, "fail-v2-auth"), log).Findings[0]; f.Code != "certificate-problem" || !strings.HasSuffix(f.Text, want) {
			t.Errorf("%s: %s [%s]", validity, f.Text, f.Code)
		}
	}
}

// The log of the side that got no response tells that it gave up.
func TestGaveUpIsQuoted(t *testing.T) {
	const log = `Nov 23 08:38:57 07[IKE] <t|1> initiating Main Mode IKE_SA t[1] to 192.0.2.2
Nov 23 08:38:57 07[NET] <t|1> sending packet: from 192.0.2.1[500] to 192.0.2.2[500] (180 bytes)
Nov 23 08:39:40 08[IKE] <t|1> giving up after 5 retransmits
`
	if f := diagnosedLog(t, filepath.Join(pcaps, "fail-no-answer"), log).Findings[0]; f.Code != "no-response" || !slices.Contains(f.Details, `x.log:3: "giving up after 5 retransmits"`) {
		t.Errorf("%s %q", f.Code, f.Details)
	}
}

// The log of its receiver shows whether a message without a response arrived, and whether the response was lost.
func TestHeardByLog(t *testing.T) {
	for _, c := range []struct {
		session, log         string
		code, headline, text string // the text is in the hint or a detail
	}{
		{"diag-v2-iked-silent", "", "phase1-stopped", "no response", "check that UDP 4500 passes"},
		{"diag-v2-iked-silent", "gwb.log.gz", "phase1-stopped", "no response", "the message reached 192.0.2.2"},
		{"diag-v2-iked-silent", "gwb.log.gz", "phase1-stopped", "no response", "recv IKE_AUTH req 1"},
		{"diag-v2-response-dropped", "", "no-response", "no response from 192.0.2.2:500", "check the address 192.0.2.2"},
		{"diag-v2-response-dropped", "gwb.low.log", "no-response", "192.0.2.2:500 could not send its response to 192.0.2.1:500: Operation not permitted", "check the packet filter of 192.0.2.2"},
		{"diag-v2-response-dropped", "gwb.low.log", "no-response", "192.0.2.2:500 could not send", "error writing to socket"},
		{"diag-v2-fragments-dropped", "", "mtu-suspect", "most likely because the path drops large packets", "look where IP fragments are dropped"},
		{"diag-v2-fragments-dropped", "gwb.low.log", "mtu-suspect", "no response", "has the message before, but not this one: it did not reach the IKE daemon"},
	} {
		var keys []string
		if c.log != "" {
			keys = []string{filepath.Join(pcaps, c.session, c.log)}
		}
		d := Diagnose(analyzed(t, filepath.Join(pcaps, c.session, "wire.pcap"), keys...))
		if d.Findings[0].Code != "mtu-suspect" && string(d.Findings[0].Code) != c.code {
			t.Errorf("%s %s: first %s", c.session, c.log, d.Findings[0].Code)
		}
		list := withCode(d, c.code)
		if len(list) != 1 {
			t.Errorf("%s %s: no %s", c.session, c.log, c.code)
			continue
		}
		f := list[0]
		if said := strings.Join(append(f.Details, f.Hint), "\n"); !strings.Contains(f.Text, c.headline) || !strings.Contains(said, c.text) {
			t.Errorf("%s %s: %q, %q; want %q, %q", c.session, c.log, f.Text, said, c.headline, c.text)
		}
	}
}

// A response that the log says was sent, and that is not in the capture, was lost before it.
func TestRespondedByLog(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-response-dropped")
	log, err := os.ReadFile(filepath.Join(dir, "gwb.low.log"))
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.DeleteFunc(strings.SplitAfter(string(log), "\n"), func(s string) bool { return strings.Contains(s, "error writing to socket") })
	f := diagnosedLog(t, dir, strings.Join(lines, "")).Findings[0]
	if said := strings.Join(append(f.Details, f.Hint), "\n"); f.Text != "192.0.2.2:500 responded to 192.0.2.1:500, but its response is not in the capture" ||
		!strings.Contains(said, "find what drops the responses of 192.0.2.2") || !strings.Contains(said, "generating IKE_SA_INIT response 0") {
		t.Errorf("%q, %q", f.Text, said)
	}
}

// A large message that the log of its receiver shows was not lost for its size.
func TestLargeMessageReceived(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-fragments-dropped")
	log, err := os.ReadFile(filepath.Join(dir, "gwb.low.log"))
	if err != nil {
		t.Fatal(err)
	}
	_, stamp, _ := strings.Cut(string(log), "\n")
	received := stamp[:len("Nov 27 04:02:21")] + " 09[NET] <1> received packet: from 192.0.2.1[4500] to 192.0.2.2[4500] (1616 bytes)\n" +
		stamp[:len("Nov 27 04:02:21")] + " 09[ENC] <1> parsed IKE_AUTH request 1 [ IDi CERT AUTH SA TSi TSr ]\n"
	d := diagnosedLog(t, dir, string(log)+received)
	if f := d.Findings[0]; f.Code != "phase1-stopped" || len(withCode(d, "mtu-suspect")) > 0 || !strings.Contains(f.Hint, "the message reached 192.0.2.2") {
		t.Errorf("%s %q, %q", f.Code, f.Text, f.Hint)
	}
}

// Where IKE_SA_INIT is all that the capture has of a negotiation, the logs say what became of IKE_AUTH.
func TestAuthByLog(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-eap-refused")
	path := edited(t, "diag-v2-eap-refused", func(ps []*capture.Packet) []*capture.Packet { return ps[:2] })
	for log, want := range map[string]string{"": "no IKE_AUTH from 192.0.2.1", "gwb.log.gz": "the capture lacks IKE_AUTH, which 192.0.2.2 received, as its log says"} {
		var keys []string
		if log != "" {
			keys = []string{filepath.Join(dir, log)}
		}
		f := Diagnose(analyzed(t, path, keys...))
		if i := slices.IndexFunc(f.Findings, func(f Finding) bool { return f.Code == "stopped-after-init" }); i < 0 || !strings.Contains(f.Findings[i].Text, want) {
			t.Errorf("%q: %+v", log, f.Findings)
		}
	}
}

// Where the responder asks for EAP, an initiator that rejects it may have no secret for that.
func TestEAPRequestRejected(t *testing.T) {
	dir := filepath.Join(pcaps, "diag-v2-eap-refused")
	f := Diagnose(analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwb.log.gz"))).Findings[0]
	if f.Code != "auth-failed" || !strings.Contains(f.Text, "rejected the authentication of 192.0.2.2 or its EAP request") ||
		!strings.Contains(strings.Join(f.Details, "\n"), "or no password or method for the EAP request in frame 4") {
		t.Errorf("%s %q %q", f.Code, f.Text, f.Details)
	}
}

// strongSwan has numbers of its own for some ciphers.
func TestPrivateCipherNumbers(t *testing.T) {
	dir := filepath.Join(pcaps, "path-serpent")
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "keys.txt"))
	if n := s.Counts.Opened; n != 12 {
		t.Errorf("%d of 12 packets decrypted", n)
	}
}
