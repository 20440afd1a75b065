package source

import (
	"net/netip"
	"strconv"
	"strings"
)

// The two lines that charon writes of each message are most of a log at its usual level: they are read without regular expressions.

// A charonPacket is the line about a packet that was received, or is sent:
//
//	received packet: from 192.0.2.1[500] to 192.0.2.2[500] (464 bytes)
type charonPacket struct {
	sent     bool
	from, to netip.AddrPort
	size     int    // 0: not told
	text     string // of the line as far as this goes
}

func charonPacketOf(text string) (p charonPacket, ok bool) {
	rest, ok := strings.CutPrefix(text, "received packet: from ")
	if !ok {
		if rest, ok = strings.CutPrefix(text, "sending packet: from "); !ok {
			return p, false
		}
		p.sent = true
	}
	from, rest := cutBlank(rest)
	open := strings.LastIndexByte(from, '[')
	rest, ok = strings.CutPrefix(rest, " to ")
	if !ok || open < 1 || !isPort(from[open:]) {
		return p, false
	}
	to, _ := cutBlank(rest)
	if to == "" {
		return p, false
	}
	begin := 1 + strings.IndexByte(to[1:], '[')
	if begin < 1 {
		return p, false
	}
	end, port := begin+1, ""
	if at := runEnd(to, end, isDigit); at > end && at < len(to) && to[at] == ']' {
		port, end = to[end:at], at+1
		if size, length, ok := byteCount(rest[end:]); ok {
			p.size, end = size, end+length
		}
	}
	p.from, p.to = addrPort(from[:open], from[open+1:len(from)-1]), addrPort(to[:begin], port)
	p.text = text[:len(text)-len(rest)+end]
	return p, true
}

// cutBlank cuts a text at its first blank, which stays.
func cutBlank(s string) (word, rest string) {
	end := runEnd(s, 0, func(c byte) bool { return !isBlank(c) })
	return s[:end], s[end:]
}

// isPort reports whether a text is a number in brackets.
func isPort(s string) bool {
	return len(s) > 2 && s[0] == '[' && runEnd(s, 1, isDigit) == len(s)-1 && s[len(s)-1] == ']'
}

// byteCount reads " (464 bytes)" at the front of a text.
func byteCount(s string) (n, length int, ok bool) {
	const front, behind = " (", " bytes)"
	if !strings.HasPrefix(s, front) {
		return 0, 0, false
	}
	end := runEnd(s, len(front), isDigit)
	if end == len(front) || !strings.HasPrefix(s[end:], behind) {
		return 0, 0, false
	}
	n, _ = strconv.Atoi(s[len(front):end])
	return n, end + len(behind), true
}

// A charonMessage is the line about an IKE message that came, or is to be sent:
//
//	parsed IKE_AUTH response 1 [ IDr AUTH SA TSi TSr ]
type charonMessage struct {
	generated bool
	exchange  uint8 // 0: not known
	response  bool
	id        uint32
	payloads  string // behind the bracket
}

func charonMessageOf(text string) (m charonMessage, ok bool) {
	rest, ok := strings.CutPrefix(text, "parsed ")
	if !ok {
		if rest, ok = strings.CutPrefix(text, "generating "); !ok {
			return m, false
		}
		m.generated = true
	}
	name, rest, _ := strings.Cut(rest, " ")
	kind, rest, _ := strings.Cut(rest, " ")
	id, rest, ok := strings.Cut(rest, " [")
	isName := func(c byte) bool { return isCapital(c) || isDigit(c) || c == '_' }
	if m.response = kind == "response"; !ok || name == "" || id == "" || !m.response && kind != "request" ||
		runEnd(name, 0, isName) != len(name) || runEnd(id, 0, isDigit) != len(id) {
		return m, false
	}
	m.exchange, m.id, m.payloads = charonExchanges[name], decimal32(id), rest
	return m, true
}
