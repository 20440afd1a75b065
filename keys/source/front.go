package source

import (
	"html"
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

	searched line
	found    uint64 // of lineWords, in the line searched
}

// has reports whether a line has a word of the list of lineWords with a bit.
func (f *front) has(l line, bit uint64) bool {
	if l != f.searched {
		f.searched, f.found = l, lineWords.find(unescaped(l.text))
	}
	return f.found&bit != 0
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
	// frontQuote is the mark of a quotation, frontStream that of a container's stream, behind the time.
	frontQuote  = regexp.MustCompile(`^(?:> ?)+`)
	frontStream = regexp.MustCompile(`^ (?:stdout|stderr) [FP] `)
	// frontNew is host, process, message ID and data of RFC 5424, section 6, which the priority and a 1 before the time announce.
	frontNew = regexp.MustCompile(`^ \S+ ([\w./-]+) \S+ \S+ (?:-|(?:\[[^\]]*\])+) `)
	// frontTag is host and process, in syslog's way.
	frontTag = regexp.MustCompile(`^(?:[\w.:-]+ )?([A-Za-z][\w./-]*?)(?:\[\d+\]|\(\d+\))?: `)
)

// daemonProcesses are the processes whose tag is known without a process ID beside it, which text of a message may look like.
var daemonProcesses = []string{"pluto", "racoon", "iked", "isakmpd", "vpnc", "kmd", "ikemgr", "charon", "charon-systemd", "charon-nm", "ipsec"}

func readFront(l line) entry {
	e := entry{num: l.num, text: unescaped(l.text)}
	if strings.HasPrefix(e.text, ">") {
		e.text = e.text[len(frontQuote.FindString(e.text)):]
	}
	noise := 0
	if e.text != "" && !('A' <= e.text[0]&^0x20 && e.text[0]&^0x20 <= 'Z') {
		noise = len(frontNoise.FindString(e.text))
	}
	if n := stampLen(e.text[noise:], &e.time); n > 0 {
		before := e.text[:noise]
		e.text = e.text[noise+n:]
		if m := frontNew.FindStringSubmatch(e.text); m != nil && strings.HasSuffix(before, ">1 ") {
			e.process, e.text = m[1], e.text[len(m[0]):]
			return e
		}
		e.text = e.text[len(frontZone.FindString(e.text)):]
		e.text = e.text[len(frontStream.FindString(e.text)):]
		e.text = strings.TrimLeft(e.text, ":] \t")
	} else {
		e.time = stampOf(e.text)
	}
	if !strings.Contains(e.text, ": ") {
		return e
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

// unescaped undoes the escapes of HTML.
func unescaped(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	for _, escape := range []string{"&lt;", "&gt;", "&quot;", "&#39;", "&#34;"} {
		if strings.Contains(s, escape) {
			return html.UnescapeString(s)
		}
	}
	return s
}
