package source

import (
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
)

// What whack prints, alone or in the log of the program that called it, is read as pluto's own log is.
func TestWhack(t *testing.T) {
	const begun = `"t" #1: STATE_PARENT_I1: sent v2I1, expected v2R1`
	const rejected = `"t" #2: IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED`
	for _, log := range []string{
		"181 " + begun + "\n002 " + rejected,
		"Nov 25 10:00:00 gwa NetworkManager[432]: 181 " + begun + "\nNov 25 10:00:00 gwa NetworkManager[432]: 002 " + rejected,
		"nov 25 10:00:00 gwa nm-l2tp-service[7]: " + begun + "\nnov 25 10:00:00 gwa nm-l2tp-service[7]: " + rejected,
	} {
		got, events := toldBy(t, log+"\n")
		if !slices.Equal(got, []string{"peer error AUTHENTICATION_FAILED"}) || events[0].Role != ike.Initiator {
			t.Errorf("%s: %q", log, got)
		}
	}
	if got, _ := toldBy(t, "003 packet from 192.0.2.1:500: initial Main Mode message received on 192.0.2.2:500 but no connection has been authorized\n"); !slices.Equal(got, []string{"refused no connection"}) {
		t.Errorf("got %q", got)
	}
	if got, _ := toldBy(t, "003 and 004 are numbers\n100 \"t\" is a number\n"+begun+"\n"+rejected+"\n"); len(got) != 1 {
		t.Errorf("got %q", got)
	}
}

// A peer whose address people redacted, or that stands in another form, is not known; what is said of it is.
func TestPlutoRedacted(t *testing.T) {
	const says = ` #1: we require IKEv1 peer to have ID '@b.example.org', but peer declares '@a.example.org'`
	for _, peer := range []string{"x.x.x.x", "<client.public.ip>", "***", "203.0.113.7", "...203.0.113.7", "203.0.113.7:4500"} {
		got, events := toldBy(t, `Nov 25 10:00:00 gwb pluto[812]: "t"[52] `+peer+says+"\n")
		if !slices.Equal(got, []string{"refused identity differs came=a.example.org wanted=b.example.org"}) {
			t.Errorf("%s: %q", peer, got)
		} else if a := events[0].Remote.Addr; a.IsValid() != strings.Contains(peer, "203.0.113.7") {
			t.Errorf("%s: %v", peer, a)
		}
	}
}

// What ipsec up prints has nothing before its messages, and in the log of NetworkManager its name.
func TestCharonAlone(t *testing.T) {
	messages := []string{
		"initiating Main Mode IKE_SA t[1] to 192.0.2.2",
		"generating ID_PROT request 0 [ SA V V V V V ]",
		"sending packet: from 192.0.2.1[500] to 192.0.2.2[500] (180 bytes)",
		"received packet: from 192.0.2.2[500] to 192.0.2.1[500] (56 bytes)",
		"parsed INFORMATIONAL_V1 request 3548930795 [ N(NO_PROP) ]",
		"received NO_PROPOSAL_CHOSEN error notify",
	}
	want := []string{"started", "sent", "received", "peer error NO-PROPOSAL-CHOSEN"}
	if got, _ := toldBy(t, strings.Join(messages[:3], "\n")+"\nretransmit 1 of request with message ID 0\ngiving up after 5 retransmits\n"); !slices.Equal(got, []string{"started", "sent", "resent count=1", "gave up count=5"}) {
		t.Errorf("got %q", got)
	}
	for message, want := range map[string]string{"received NO_PROPOSAL_CHOSEN notify error": "peer error NO_PROPOSAL_CHOSEN", "    could not decrypt payloads": "refused not readable",
		"no matching peer config found": "refused no peer"} {
		if got, _ := toldBy(t, message+"\n"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q", message, got)
		}
	}
	for _, front := range []string{"", "Nov 25 10:00:00 gwa NetworkManager[55998]: ", "Dez 31 12:20:07 gwa NetworkManager[55998]: "} {
		got, events := toldBy(t, front+strings.Join(messages, "\n"+front)+"\n")
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q", front, got)
		} else if e := events[3]; e.Remote.Addr.String() != "192.0.2.2:500" || e.Message.Size != 56 || e.Time.IsZero() != (front == "") {
			t.Errorf("%q: %+v", front, e)
		}
	}
}

// What people and tools put around a line, and the times of some systems, change nothing.
func TestPastedForms(t *testing.T) {
	const message = `"t" #1: we require IKEv1 peer to have ID '@b.example.org', but peer declares '@a.example.org'`
	const want = "refused identity differs came=a.example.org wanted=b.example.org"
	for log, timed := range map[string]bool{
		"- " + message: false,
		"* Nov 25 10:00:00 gwb pluto[8]: " + message:                   true,
		"`" + message + "`":                                            false,
		"    Nov 25 10:00:00 gwb pluto[8]: " + message:                 true,
		"/var/log/auth.log.1:Nov 25 10:00:00 gwb pluto[8]: " + message: true,
		"pluto.log:812:Nov 25 10:00:00.123456: " + message:             true,
		"812:Nov 25 10:00:00.123456: " + message:                       true,
		"Wed Nov 25 10:00:00 2026 authpriv.warn pluto[8]: " + message:  true,
		"Wed 2026-11-25 10:00:00 CET gwb pluto[8]: " + message:         true,
		"[ 1234.567890] gwb pluto[8]: " + message:                      false,
		"1795600800.123456 gwb pluto[8]: " + message:                   false,
		"2026:11:25-10:00:00 utm pluto[8]: " + message:                 true,
		"11/25/26 10:00:00.123 AM pluto[8]: " + message:                true,
		"25/11/2026, 9:00:00\u202fPM pluto[8]: " + message:             true,
		strings.NewReplacer(`"t"`, "\u201ct\u201d").Replace(message):   false,
	} {
		got, events := toldBy(t, log+"\n")
		if !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q", log, got)
		} else if events[0].Time.IsZero() == timed {
			t.Errorf("%s: at %v", log, events[0].Time)
		}
	}
}
