package source

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/logs"
)

// Two daemons negotiate, each with its own numbers of threads and IKE SAs, which are the same: what each rejected is told of its own peer, whether
// their lines come from two hosts, two processes, two containers or two files.
func TestInterleavedDaemons(t *testing.T) {
	peers := [2]string{"192.0.2.1", "198.51.100.7"}
	talk := func(peer string) []string {
		return []string{
			"05[NET] <1> received packet: from " + peer + "[500] to 192.0.2.2[500] (240 bytes)",
			"05[ENC] <1> parsed IKE_SA_INIT request 0 [ SA KE No N(NATD_S_IP) N(NATD_D_IP) ]",
			"05[IKE] <1> no IKE config found for 192.0.2.2..." + peer + ", sending NO_PROPOSAL_CHOSEN",
		}
	}
	fronts := map[string]func(who int) string{
		"hosts":      func(who int) string { return fmt.Sprintf("Nov 25 10:00:00 gw%c charon[812]: ", 'a'+who) },
		"no process": func(who int) string { return fmt.Sprintf("Nov 25 10:00:00 gw%c charon: ", 'a'+who) },
		"processes":  func(who int) string { return fmt.Sprintf("Nov 25 10:00:00 hub charon[%d]: ", 812+who) },
		"RFC 5424": func(who int) string {
			return fmt.Sprintf("<30>1 2026-11-25T10:00:00.5Z gw%c charon 812 - [a n=\"%d\"] ", 'a'+who, who)
		},
		"containers": func(who int) string { return fmt.Sprintf("vpn-%d  | 2026-11-25T10:00:00Z ", who+1) },
		"files":      func(who int) string { return fmt.Sprintf("==> gw%c.log <==\nNov 25 10:00:00 ", 'a'+who) },
	}
	for name, front := range fronts {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			first, second := talk(peers[0]), talk(peers[1])
			for i := range first {
				fmt.Fprintf(&b, "%s%s\n%s%s\n", front(0), first[i], front(1), second[i])
			}
			var got []string
			runs := make(map[int]bool)
			_, events := toldBy(t, b.String())
			for _, e := range events {
				if e.Kind == logs.Refused {
					got = append(got, fmt.Sprint(e.Remote.Addr.Addr(), " ", e.Message.Size, " ", e.Reason))
					runs[e.Run] = true
				}
			}
			want := []string{peers[0] + " 240 no connection", peers[1] + " 240 no connection"}
			if strings.Join(got, "; ") != strings.Join(want, "; ") {
				t.Errorf("got %q, want %q", got, want)
			}
			if len(runs) != 2 {
				t.Errorf("both count as one run of a daemon")
			}
		})
	}
}
