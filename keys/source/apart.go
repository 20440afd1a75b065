package source

import (
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// maxWriters bounds the daemons whose lines are kept apart, and their hosts; those of further ones count as of the last one known.
const maxWriters = 64

// apart gives each daemon that writes to one log a parser of its own, as several hosts do to one syslog server and several processes to one journal:
// the numbers of threads and of IKE SAs mean others with each.
type apart struct {
	*out
	start   func(*out) parser
	parsers map[string]parser // by the writer
	order   []parser          // as they came
	last    string            // writer
	hosts   map[string]string // the last daemon of each host
	bare    bool              // the first line names no writer
}

// eachWriter starts a parser for each writer of a log.
func eachWriter(start func(*out) parser) func(*out) parser {
	return func(o *out) parser {
		p := &apart{out: o, start: start, parsers: make(map[string]parser), hosts: make(map[string]string)}
		p.of("")
		return p
	}
}

// of is the parser of a writer.
func (p *apart) of(writer string) parser {
	q := p.parsers[writer]
	switch {
	case q != nil:
	case len(p.parsers) == 1 && !p.bare: // the first one that is named
		q = p.order[0]
	case len(p.order) == maxWriters:
		return p.parsers[p.last]
	default:
		q = p.start(p.out)
		p.order = append(p.order, q)
	}
	p.parsers[writer], p.last = q, writer
	return q
}

func (p *apart) line(l line) error {
	host, daemon := writerOf(l)
	writer := p.last
	switch {
	case daemon != "":
		writer = host + " " + daemon
		if p.hosts[host] != "" || len(p.hosts) < maxWriters {
			p.hosts[host] = writer
		}
	case host != "" && p.hosts[host] != "":
		writer = p.hosts[host]
	case l.from != "":
		writer = l.from
	case writer == "":
		p.bare = true
	}
	return p.of(writer).line(l)
}

// needs is what any of the parsers needs.
func (p *apart) needs() (all need) {
	for _, q := range p.order {
		if n, ok := q.(needy); ok {
			all |= n.needs()
		} else {
			all |= needLook
		}
	}
	return all
}

// end numbers the runs of all daemons on, so that no two have one number, and says once what each of the parsers warns of.
func (p *apart) end() error {
	events, warnings, runs := len(p.bag.Events), len(p.bag.Warnings), 0
	for _, q := range p.order {
		if err := q.end(); err != nil {
			return err
		}
		next := runs // where it says nothing it takes no number
		for i := range p.bag.Events[events:] {
			e := &p.bag.Events[events+i]
			e.Run += runs
			next = max(next, e.Run+1)
		}
		events, runs = len(p.bag.Events), next
	}
	seen := make(map[string]bool)
	p.bag.Warnings = slices.Concat(p.bag.Warnings[:warnings], slices.DeleteFunc(p.bag.Warnings[warnings:], func(w secret.Warning) bool {
		again := seen[w.Text]
		seen[w.Text] = true
		return again
	}))
	return nil
}

// writerOf is who wrote a line as its logger says: the host, and the daemon with the number of its process; "" where none is named. What other programs
// write of a daemon (ipsec, systemd) counts as of the last one on their host.
func writerOf(l line) (host, daemon string) {
	s := l.text
	at := priorityEnd(s, runEnd(s, 0, func(c byte) bool { return c == '>' || isBlank(c) }))
	if strings.HasPrefix(s[at:], "1 ") {
		at += 2
	}
	if at < len(s) && s[at] == '[' {
		at++
	}
	if at = loggerTimeEnd(s, at); at < 0 {
		return l.from, ""
	}
	if at < len(s) && s[at] == ']' {
		at++
	}
	end := loggerHostEnd(s, at)
	if end == at {
		return l.from, ""
	}
	host, rest, _ := strings.Cut(s[at+1:end], " ")
	program := rest[:runEnd(rest, 0, isPathByte)]
	if name := program[strings.LastIndexByte(program, '/')+1:]; slices.Contains(relays, name) || !slices.Contains(daemonProcesses, name) {
		return l.from + host, ""
	}
	process := rest[len(program):]
	process = strings.TrimLeft(process, "[ ")
	return l.from + host, program + process[:runEnd(process, 0, isDigit)]
}
