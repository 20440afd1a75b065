package source

import (
	"regexp"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/logs"
)

// An entry is one line of a log without what loggers put in front of a message.
type entry struct {
	num     int
	time    logs.Stamp
	process string // that syslog or the journal names: "pluto"; "" where none does
	text    string
}

// A front reads the fronts of lines. All parsers of a file share one, since each is offered every line.
type front struct {
	last line
	read entry
}

// entry takes off a line what stands before the message.
func (f *front) entry(l line) entry {
	if l != f.last || f.read.num == 0 {
		f.last, f.read = l, readFront(l)
	}
	return f.read
}

var (
	// frontNoise is what stands before the time: marks of a quotation, the priority of syslog, the number that Cisco counts lines with,
	// a mark for a clock that is not set, a bracket.
	frontNoise = regexp.MustCompile(`^(?:[>|\s]*)(?:<\d{1,3}>(?:\d )?)?(?:\d{1,9}: )?[*.\[]?\s*`)
	// frontZone is the name of a zone behind the time.
	frontZone = regexp.MustCompile(`^ (?:[A-Z]{3,5}|[+-]\d{4})\b`)
	// frontTag is host and process, in syslog's way.
	frontTag = regexp.MustCompile(`^(?:[\w.:-]+ )?([A-Za-z][\w./-]*?)(?:\[\d+\]|\(\d+\))?: `)
)

// daemonProcesses are the processes whose tag is known without a process ID beside it, which text of a message may look like.
var daemonProcesses = []string{"pluto", "racoon", "iked", "isakmpd", "vpnc", "kmd", "ikemgr", "charon", "charon-systemd", "charon-nm", "ipsec"}

func readFront(l line) entry {
	e := entry{num: l.num, text: unescaped(l.text)}
	noise := len(frontNoise.FindString(e.text))
	if n := stampLen(e.text[noise:], &e.time); n > 0 {
		e.text = e.text[noise+n:]
		e.text = e.text[len(frontZone.FindString(e.text)):]
		e.text = strings.TrimLeft(e.text, ":] \t")
	} else {
		e.time = stampOf(e.text)
	}
	m := frontTag.FindStringSubmatchIndex(e.text)
	if m == nil {
		return e
	}
	name := e.text[m[2]:m[3]]
	name = name[strings.LastIndexByte(name, '/')+1:]
	pid := strings.HasSuffix(e.text[:m[1]], "]: ") || strings.HasSuffix(e.text[:m[1]], "): ")
	if pid || slices.Contains(daemonProcesses, name) {
		e.process, e.text = name, e.text[m[1]:]
	}
	return e
}
