// Package sip reads as much of SIP (RFC 3261) as the security agreement of a phone with its P-CSCF needs (RFC 3329; 3GPP TS 33.203,
// annex H): what names a registration, the mechanisms that its two sides list, and the challenge.
package sip

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
)

// A Message is a request or a response.
type Message struct {
	Method     string // of a request: "REGISTER"; "" for a response
	Status     int    // of a response
	CallID     string
	CSeq       uint32
	CSeqMethod string
	// Client, Server and Verify are the mechanisms of Security-Client, Security-Server and Security-Verify, in their order.
	Client, Server, Verify []Mechanism
	Challenges             []Challenge // of WWW-Authenticate

	length int // of the body, as the header says
	size   int // of the header, with the empty line
	stated bool
}

// A Challenge is what WWW-Authenticate asks. CK and IK are in it between S-CSCF and P-CSCF alone (TS 24.229, section 5.4.1.2.1).
type Challenge struct{ CK, IK []byte }

// What a message may fail by.
var (
	ErrNotSIP    = errors.New("not a SIP message")
	ErrTruncated = errors.New("the header of the message does not end")
)

const (
	maxHeader     = 64 << 10 // bytes
	maxChallenges = 8
)

var (
	version  = []byte("SIP/2.0")
	response = []byte("SIP/2.0 ")
	register = []byte("REGISTER ")
)

// IsRegistration reports whether b begins as a REGISTER or as a response does: a cheap look.
func IsRegistration(b []byte) bool {
	return len(b) > len(register) && (b[0] == 'S' && bytes.HasPrefix(b, response) || b[0] == 'R' && bytes.HasPrefix(b, register))
}

// Parse reads the message at the front of b. The error is ErrTruncated where its header does not end in b, ErrNotSIP where it is none.
func Parse(b []byte) (*Message, error) {
	b = b[:min(len(b), maxHeader)]
	m := &Message{}
	line, rest, whole := cutLine(b)
	if !m.start(line) {
		if !whole && len(b) < maxHeader {
			return nil, ErrTruncated
		}
		return nil, ErrNotSIP
	}
	for {
		if !whole {
			return nil, ErrTruncated
		}
		line, rest, whole = cutLine(rest)
		if len(line) == 0 && whole {
			break
		}
		line = line[:len(line):len(line)]
		for whole && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') { // a folded line
			var more []byte
			more, rest, whole = cutLine(rest)
			line = append(append(line, ' '), more...)
		}
		if whole {
			m.field(string(line))
		}
	}
	m.size = len(b) - len(rest)
	return m, nil
}

// cutLine takes a line off, which ends with CRLF or, with some, with LF. whole is not set where it does not end.
func cutLine(b []byte) (line, rest []byte, whole bool) {
	line, rest, whole = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest, whole
}

// start reads the first line.
func (m *Message) start(line []byte) bool {
	if status, ok := bytes.CutPrefix(line, response); ok {
		code, _, _ := bytes.Cut(status, []byte(" "))
		n, err := strconv.Atoi(string(code))
		m.Status = n
		return err == nil && n >= 100 && n <= 699
	}
	method, rest, ok := bytes.Cut(line, []byte(" "))
	_, last, more := bytes.Cut(rest, []byte(" "))
	if !ok || !more || !bytes.Equal(last, version) || !isToken(method) {
		return false
	}
	m.Method = string(method)
	return true
}

// isToken reports whether b may be the name of a method.
func isToken(b []byte) bool {
	const longest = 32
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(b) > 0 && len(b) <= longest
}

// field reads a header field; a name has a compact form or none (RFC 3261, section 7.3.3).
func (m *Message) field(line string) {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return
	}
	value = strings.TrimSpace(value)
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "call-id", "i":
		m.CallID = value
	case "cseq":
		if f := strings.Fields(value); len(f) == 2 {
			m.CSeq, m.CSeqMethod = number[uint32](f[0], 32), f[1]
		}
	case "content-length", "l":
		n, err := strconv.ParseUint(value, 10, 31)
		m.length, m.stated = int(n), err == nil
	case "security-client":
		m.Client = appendMechanisms(m.Client, value)
	case "security-server":
		m.Server = appendMechanisms(m.Server, value)
	case "security-verify":
		m.Verify = appendMechanisms(m.Verify, value)
	case "www-authenticate":
		m.challenge(value)
	}
}

// challenge reads the parameters of a Digest challenge (RFC 2617, section 3.2.1; TS 24.229, section 7.2A.1).
func (m *Message) challenge(value string) {
	scheme, params, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Digest") || len(m.Challenges) >= maxChallenges {
		return
	}
	var c Challenge
	for params != "" {
		var p string
		p, params = cutQuoted(params, ',')
		switch name, v := param(p); name {
		case "ck":
			c.CK = key(v)
		case "ik":
			c.IK = key(v)
		}
	}
	m.Challenges = append(m.Challenges, c)
}

// key reads a key of 128 bits; nil: it is none.
func key(text string) []byte {
	const size = 16
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != size {
		return nil
	}
	return b
}
