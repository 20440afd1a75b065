package source

import (
	"strconv"
	"strings"
	"time"
)

// What an MX of Meraki sends to a server for syslog has a time in seconds since 1970, and the words of its strongSwan behind a label of its own:
//
//	<134>1 1795600800.022430458 MX_1 events Site-to-Site VPN: <to-hq|241> received NO_PROPOSAL_CHOSEN error notify
//
// One before 15.12 has those of racoon, behind a label in other letters:
//
//	1578426208.915091184 MX_1 events Site-to-site VPN: failed to pre-process ph2 packet (side: 1, status: 1)
const (
	merakiLabel  = " events Site-to-Site VPN: "
	merakiRacoon = " events Site-to-site VPN: "
)

// withoutMeraki makes of a line of an MX one as strongSwan writes it. Another stays as it is.
func withoutMeraki(l line) line { return merakiLine(l, merakiLabel, "[IKE] ") }

// merakiLine takes time and label off a line of an MX, and puts something else before its message. Another stays as it is.
func merakiLine(l line, name, before string) line {
	const front, seconds = 120, 10
	s := l.text
	at := priorityEnd(s, 0)
	if s = strings.TrimPrefix(s[at:], "1 "); len(s) <= seconds || s[seconds] != '.' || runEnd(s, 0, isDigit) != seconds {
		return l
	}
	label := strings.Index(s[:min(len(s), front)], name)
	if label < 0 {
		return l
	}
	whole, _ := strconv.ParseInt(s[:seconds], 10, 64)
	end := runEnd(s, seconds+1, isDigit)
	const nanoseconds = 9
	part, _ := strconv.ParseInt((s[seconds+1:end] + strings.Repeat("0", nanoseconds))[:nanoseconds], 10, 64)
	l.at = time.Unix(whole, part).UTC().Format(time.RFC3339Nano)
	return l.with(before + s[label+len(name):])
}
