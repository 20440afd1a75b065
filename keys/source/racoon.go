package source

import (
	"encoding/binary"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// racoon prints its keys at "log debug2" (-dd), each label and dump a message of its own, the rows of a dump without prefix:
//
//	2015-03-07 17:41:06: DEBUG: SKEYID_e computed:
//	2015-03-07 17:41:06: DEBUG:
//	87bbcc0c 1a63b89a f2faf8b2 734fb4f7 0aa69f7d
//
// Some labels have no line break behind them, so that the stamp of the dump stands on the same line. It is one process
// that works at one message at a time: the packet dumped last is the one that the keys below belong to.
var racoonFormat = format{
	name:  "racoon log",
	words: []string{"DEBUG2:", "DEBUG:", "INFO:", "[IKE: ", "ipsec,"},
	start: func(o *out) parser { return &racoonParser{out: o, addrs: map[uint32]racoonSPI{}} },
}

// racoonLabels are the labels of dumps, and what they make.
var racoonLabels = map[string]secret.Kind{
	"compute DH's private.":          secret.DHPrivate,
	"compute DH's shared.":           secret.DHSecret,
	"psk:":                           secret.PSK,
	"nonce 1:":                       0,
	"nonce 2:":                       0,
	"SKEYID computed:":               secret.SKEYID,
	"SKEYID_d computed:":             secret.SKEYIDd,
	"SKEYID_a computed:":             secret.SKEYIDa,
	"SKEYID_e computed:":             secret.SKEYIDe,
	"final encryption key computed:": secret.EncKey,
	"KEYMAT compute with":            0,
}

var reRacoonPacket = pattern(`\d+ bytes message received from|\d+ times of \d+ bytes message will be sent`)

type racoonParser struct {
	*out
	label     string // of the next dump; "" for none that is wanted
	labelLine int
	dump      []byte
	row       []byte   // the last one of it
	words     []string // its groups
	reading   bool     // rows are being read

	packet  bool // the next dump is a packet
	where   secret.Where
	quick   bool // the packet is of a Quick Mode
	group   int
	pending *secret.Secret // a shared secret whose use is not known yet
	pendAt  int

	keymat *racoonKeymat
	addrs  map[uint32]racoonSPI
	last   *racoonSPI // of the inbound SA, for the outbound one
}

// needs is every line of a dump.
func (p *racoonParser) needs() need {
	if p.reading {
		return needLine
	}
	return needLook
}

func (p *racoonParser) line(l line) error {
	text, prefixed := racoonMessage(l.text)
	if p.reading && (!prefixed || text != "") {
		if words, row, ok := hexWords(text); ok && len(row) <= 32 && len(p.dump) < maxRows {
			if !isAgain(row, p.row) {
				p.dump, p.words, p.row = append(p.dump, row...), append(p.words, words...), row
			}
			return nil
		}
		if !prefixed && isForeign(l.text, "") {
			return nil
		}
		p.endDump()
	}
	if !prefixed {
		return nil
	}
	if text == "" { // the stamp of a dump
		if p.label != "" || p.packet || p.keymat != nil && p.keymat.lengths {
			p.reading, p.dump, p.words, p.row = true, nil, nil, nil
		}
		return nil
	}
	p.message(l.num, text)
	_, isRouter := routerOSMessage(l.text)
	if isRouter {
		p.name = routerOSName
	}
	if _, inBrackets := bracketed(l.text); isRouter || inBrackets { // without a stamp of the dump's own
		p.reading = p.reading || p.label != "" || p.packet || p.keymat != nil && p.keymat.lengths
	}
	return nil
}

// racoonMessage cuts everything up to the level, twice where a dump's stamp follows a label on its line. The label then
// is told apart by its colon.
func racoonMessage(s string) (text string, ok bool) {
	for _, level := range []string{"DEBUG2:", "DEBUG:", "INFO:"} {
		i := strings.Index(s, level)
		if i < 0 {
			continue
		}
		text = strings.TrimSpace(s[i+len(level):])
		if inside, ok := bracketed(text); ok {
			return inside, true
		}
		if j := strings.LastIndex(text, level); j > 0 && j+len(level) == len(text) {
			// "psk: 2026-11-23 08:57:02: DEBUG2:"
			if k := strings.Index(text, ": "); k > 0 {
				return text[:k+1] + "\x00", true
			}
			return "", true
		}
		if rest, isFunc := cutFunction(text); isFunc {
			text = rest
		}
		return text, true
	}
	if text, ok := bracketed(s); ok {
		return text, true
	}
	if text, ok := routerOSMessage(s); ok {
		return text, true
	}
	return s, false
}

// bracketed takes the message out of "[IKE: message : oakley.c:1234:oakley_compute_enckey(]", as routers of D-Link and NETGEAR write it, perhaps each row
// of a dump likewise.
func bracketed(s string) (text string, ok bool) {
	_, text, ok = strings.Cut(s, "[IKE:")
	if !ok || !strings.HasSuffix(strings.TrimRight(text, " "), "(]") {
		return "", false
	}
	if i := strings.LastIndex(text, " : "); i >= 0 && strings.Contains(text[i:], ".c:") {
		return strings.TrimSpace(text[:i]), true
	}
	return "", false
}

// routerOSMessage takes off the topics of RouterOS, "ipsec,debug,packet ", which has racoon's labels, each row of a dump behind the topics, and no line
// of its own in front of the first.
func routerOSMessage(s string) (text string, ok bool) {
	const first = "ipsec,"
	i := strings.Index(s, first)
	if i < 0 || i > 0 && isWordByte(s[i-1]) {
		return s, false
	}
	topics, text, ok := strings.Cut(s[i+len(first):], " ")
	if !ok || !strings.Contains(","+topics+",", ",debug,") {
		return s, false
	}
	return strings.TrimSpace(text), true
}

// routerOSName is how its log is called.
const routerOSName = "RouterOS log"

// cutFunction takes off "oakley.c:2573:oakley_compute_enckey(): ", which old versions print behind the level.
func cutFunction(s string) (string, bool) {
	i := strings.Index(s, "(): ")
	if i < 0 {
		if strings.HasSuffix(s, "():") && strings.Contains(s, ".c:") {
			return "", true
		}
		return s, false
	}
	if !strings.Contains(s[:i], ".c:") {
		return s, false
	}
	return strings.TrimSpace(s[i+4:]), true
}

// message takes one message that is not a row.
func (p *racoonParser) message(num int, text string) {
	inline := strings.HasSuffix(text, "\x00")
	text = strings.TrimSuffix(text, "\x00")
	p.label, p.packet = "", false
	if _, ok := racoonLabels[text]; ok {
		p.recognise()
		p.label, p.labelLine = text, num
		if text == "KEYMAT compute with" {
			p.keymat = nil
		}
		p.reading, p.dump, p.words, p.row = inline, nil, nil, nil
		return
	}
	switch {
	case strings.Contains(text, " bytes message ") && reRacoonPacket.MatchString(text):
		p.packet = true
	case strings.Contains(text, "GETSPI succeeded"):
		p.getSPI(text)
	case text == "KEYMAT computed.":
		p.keymat = nil
	case p.keymat != nil:
		p.keymatLine(text)
	}
}

// endDump takes the dump that was just read to its end.
func (p *racoonParser) endDump() {
	label, dump := p.label, p.dump
	if whole, ok := lex.JoinGroups(p.words, 0); ok {
		dump = whole
		p.warnFilled(label != "" && hasOneShort(p.words), p.labelLine, label)
	}
	p.reading, p.dump, p.words, p.row, p.label = false, nil, nil, nil, ""
	switch {
	case p.packet:
		p.packet = false
		p.header(dump)
		return
	case len(dump) == 0:
		if label != "" {
			p.warn(p.labelLine, "%q without a dump", label)
		}
		return
	case label == "":
		p.keymatDump(dump)
		return
	}
	p.value(label, dump)
}

// header takes the cookies, exchange and message ID of the packet being worked at.
func (p *racoonParser) header(b []byte) {
	if len(b) < decode.HeaderLen {
		return
	}
	p.where = secret.Where{Initiator: decode.SPI(b[:8]), Responder: decode.SPI(b[8:16])}
	p.quick = b[18] == 32
	if p.quick {
		p.where.MessageID = binary.BigEndian.Uint32(b[20:])
	}
}

func (p *racoonParser) value(label string, dump []byte) {
	kind := racoonLabels[label]
	switch {
	case label == "KEYMAT compute with":
		p.seed(dump)
	case kind == secret.DHPrivate, kind == secret.PSK:
		p.secret(secret.Secret{Kind: kind, Value: dump}, p.labelLine, label)
	case kind == secret.DHSecret:
		p.settle(false)
		p.pending, p.pendAt = &secret.Secret{Kind: secret.DHSecret, Where: p.where, Value: dump}, p.labelLine
		if p.quick {
			p.settle(true)
		}
	case kind != 0:
		p.ikeKey(kind, label, dump)
	default:
		p.settle(false) // a nonce: of phase 1
	}
}

// ikeKey takes a value of phase 1.
func (p *racoonParser) ikeKey(kind secret.Kind, label string, dump []byte) {
	p.settle(false)
	if p.group == 0 || kind == secret.SKEYID && p.has(kind) {
		p.group = p.newGroup()
	}
	p.secret(secret.Secret{Kind: kind, Where: p.phase1(), Value: dump, Group: p.group}, p.labelLine, label)
}

func (p *racoonParser) has(kind secret.Kind) bool {
	for _, s := range p.lately() {
		if s.Group == p.group && s.Kind == kind {
			return true
		}
	}
	return false
}

// lately returns the last few secrets of the file: what is being derived is among them.
func (p *racoonParser) lately() []secret.Secret {
	const few = 64
	all := p.bag.Secrets
	return all[max(0, len(all)-few):]
}

func (p *racoonParser) phase1() secret.Where {
	return secret.Where{Initiator: p.where.Initiator, Responder: p.where.Responder}
}

// settle gives the pending shared secret its use: Quick Mode where KEYMAT is computed with it, else phase 1.
func (p *racoonParser) settle(quick bool) {
	s := p.pending
	if s == nil {
		return
	}
	p.pending = nil
	s.Group = p.newGroup()
	if quick {
		s.Kind = secret.QMDHSecret
	} else {
		p.group = s.Group
		s.Where.MessageID = 0
	}
	p.secret(*s, p.pendAt, "compute DH's shared.")
}

func (p *racoonParser) end() error {
	if p.reading {
		p.endDump()
	}
	p.settle(false)
	return nil
}
