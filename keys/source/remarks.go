package source

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// maxRemarks bounds the remarks of one kind that are kept of a file, maxRemark the length of a list in one.
const (
	maxRemarks = 1000
	maxRemark  = 64
)

// remarkFormat reads the log of charon, whose keys strongSwanFormat reads. It stands last, for it is named for files in which no
// other source finds anything.
var remarkFormat = format{name: "log without keys", start: func(o *out) parser {
	return &remarkParser{out: o, threads: make(map[int]*remarkThread), count: make(map[secret.RemarkKind]int)}
}}

type remarkParser struct {
	*out
	threads map[int]*remarkThread
	count   map[secret.RemarkKind]int
}

// A remarkThread is what one thread of charon was saying.
type remarkThread struct {
	received []string
	networks *secret.Remark
	list     *[]string // that lines of one network each belong to
}

// maxThreads bounds the threads of charon that are followed; it has 16.
const maxThreads = 1024

var (
	logTime       = regexp.MustCompile(`\b\d\d:([0-5]\d):([0-5]\d)\b`)
	networkLine   = regexp.MustCompile(`^ ([0-9a-fA-F.:]+(/\d+|\.\.[0-9a-fA-F.:]+)|dynamic)(\[.*\])?$`)
	childConfig   = regexp.MustCompile(`^looking for a child config for (.+) === (.+)$`)
	idMismatch    = regexp.MustCompile(`^ID[ir]r? '(.+)' does not match to '(.+)'$`)
	refusalReason = regexp.MustCompile(`^(no matching (peer|CHILD_SA) config found|tried \d+ shared keys? for .* but MAC mismatched|no trusted .* found for |` +
		`subject certificate invalid|issuer certificate invalid|no issuer certificate found|certificate was revoked|constraint check failed|constraint requires|` +
		`no shared key found for|no private key found for|no EAP key found|no XAuth|XAuth authentication of .* failed|EAP-MS-CHAPv2 (verification )?failed|` +
		`EAP_\w+ method failed|received proposals unacceptable|no proposal found|no matching proposal found|traffic selectors .* unacceptable|` +
		`DH group \w+ unacceptable|Aggressive Mode PSK disabled|ID[ir]r? '.*' does not match|invalid HASH|signature validation failed)`)
)

func (p *remarkParser) line(l line) error {
	e, text, found := charonPrefix(l.text)
	if !found || e.group != "CFG" && e.group != "IKE" {
		return nil
	}
	t := p.threads[e.thread]
	if t == nil {
		if len(p.threads) >= maxThreads {
			return nil
		}
		t = &remarkThread{}
		p.threads[e.thread] = t
	}
	if t.list != nil && networkLine.MatchString(text) {
		*t.list = appendBounded(*t.list, strings.TrimSpace(text))
		return nil
	}
	switch {
	case text == "proposing traffic selectors for us:" && t.networks != nil:
		t.list = &t.networks.Own
		return nil
	case text == "proposing traffic selectors for other:" && t.networks != nil:
		t.list = &t.networks.OwnRemote
		return nil
	}
	p.finish(t)
	second := secondOf(l.text)
	if rest, ok := strings.CutPrefix(text, "received proposals: "); ok {
		t.received = strings.Split(rest, ", ")
		return nil
	}
	if rest, ok := strings.CutPrefix(text, "configured proposals: "); ok && t.received != nil {
		p.add(secret.Remark{Kind: secret.RemarkProposals, Asked: t.received, Own: strings.Split(rest, ", "), Second: second, Origin: p.origin(l, "configured proposals")})
		t.received = nil
		return nil
	}
	if m := childConfig.FindStringSubmatch(text); m != nil {
		t.networks = &secret.Remark{Kind: secret.RemarkNetworks, Asked: strings.Fields(m[1]), AskedRemote: strings.Fields(m[2]), Second: second, Origin: p.origin(l, "child config")}
	}
	if m := idMismatch.FindStringSubmatch(text); m != nil {
		p.add(secret.Remark{Kind: secret.RemarkIdentity, Asked: []string{m[1]}, Own: []string{m[2]}, Second: second, Origin: p.origin(l, "identity")})
	}
	if refusalReason.MatchString(text) {
		p.add(secret.Remark{Kind: secret.RemarkReason, Text: text, Second: second, Origin: p.origin(l, "")})
	}
	return nil
}

func (p *remarkParser) end() error {
	for _, t := range p.threads {
		p.finish(t)
	}
	if len(p.bag.Remarks) > 0 && !p.others() {
		p.recognise()
		p.warn(1, "a log without keys: what it says serves the diagnosis alone")
	}
	slices.SortStableFunc(p.bag.Remarks, func(a, b secret.Remark) int { return a.Origin.Line - b.Origin.Line })
	return nil
}

// finish keeps the networks that a thread was listing. Each connection that is looked at makes a list of its own.
func (p *remarkParser) finish(t *remarkThread) {
	if t.networks != nil && t.list != nil {
		p.add(*t.networks)
		t.networks = nil
	}
	t.list = nil
}

func (p *remarkParser) add(r secret.Remark) {
	if p.count[r.Kind]++; p.count[r.Kind] > maxRemarks {
		return
	}
	r.Asked, r.Own = appendBounded(nil, r.Asked...), appendBounded(nil, r.Own...)
	r.AskedRemote, r.OwnRemote = appendBounded(nil, r.AskedRemote...), appendBounded(nil, r.OwnRemote...)
	p.bag.Remarks = append(p.bag.Remarks, r)
}

func (p *remarkParser) origin(l line, label string) secret.Origin {
	return secret.Origin{File: p.file, Line: l.num, Label: label}
}

func appendBounded(list []string, more ...string) []string {
	return append(list, more[:min(len(more), max(0, maxRemark-len(list)))]...)
}

// secondOf is the second of the hour at the front of a line of a log; -1: there is none.
func secondOf(s string) int {
	const front = 64
	m := logTime.FindStringSubmatch(s[:min(len(s), front)])
	if m == nil {
		return -1
	}
	minute, _ := strconv.Atoi(m[1])
	second, _ := strconv.Atoi(m[2])
	return minute*60 + second
}
