package source

import (
	"slices"
	"strings"
)

// What is sent to all terminals comes between the lines of a dump that is printed there, with a blank line before it and one behind it:
//
//	Broadcast message from root@gw1 (pts/1) (Mon Nov 23 08:43:20 2026):
//
//	rebooting at noon

// isBroadcast reports whether a line begins such a message, of wall and shutdown or of a syslog daemon.
func isBroadcast(text string) bool {
	return strings.HasPrefix(text, "Broadcast ") && strings.HasPrefix(strings.ToLower(text), "broadcast message from ") || strings.HasPrefix(text, "Message from syslogd@")
}

// each returns every line but those.
func (l *lines) each() (line, error) {
	for {
		next, err := l.one()
		if err != nil {
			return next, err
		}
		if blank := trimFront(next.text) == ""; blank {
			after, err := l.one()
			if err != nil {
				return next, nil // the next call meets it again
			}
			if !isBroadcast(after.text) {
				l.back = slices.Insert(l.back, 0, after)
				return next, nil
			}
		} else if !isBroadcast(next.text) {
			return next, nil
		}
		l.skipBroadcast()
	}
}

// skipBroadcast reads what follows the head of such a message, up to the blank line behind it; where there is none, it is of one line.
func (l *lines) skipBroadcast() {
	const most = 8
	var text []line
	ended := false
	for len(text) < most && !ended {
		next, err := l.one()
		if err != nil {
			break
		}
		blank := trimFront(next.text) == ""
		if blank && len(text) == 0 {
			continue
		}
		if ended = blank; !blank {
			text = append(text, next)
		}
	}
	if !ended && len(text) > 0 {
		l.back = slices.Insert(l.back, 0, text[1:]...)
	}
}
