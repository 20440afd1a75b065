package source

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// A mail as a program saves it (RFC 5322, RFC 2045) is read like an archive: its text, and each attachment. Parts are named "ticket.eml:2" or
// "ticket.eml:gwa.log".

var (
	// reMailHead is how a mail begins, reMIMEHead what another field of its header is.
	reMailHead = pattern(`^(?:From [^\n]*\n)?(?:Return-Path|Delivered-To|Received|From|To|Cc|Date|Subject|Message-ID|MIME-Version|Content-Type|X-[\w-]+|Reply-To|DKIM-Signature|ARC-[\w-]+|Authentication-Results):`)
	reMIMEHead = pattern(`(?i)\n(?:MIME-Version|Content-Type|Content-Transfer-Encoding):`)
)

// isMail reports whether a file begins with the header of a mail that has parts or is encoded.
func isMail(head []byte, r *bufio.Reader) bool {
	if !reMailHead.Match(head) {
		return false
	}
	const longest = 32 << 10
	head, _ = r.Peek(longest)
	header, _, _ := bytes.Cut(bytes.ReplaceAll(head, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	return reMIMEHead.Match(append([]byte("\n"), header...))
}

// readMail reads the parts of a mail.
func (v *visit) readMail(name string, r *bufio.Reader, depth int) (*secret.Bag, error) {
	if line, err := r.Peek(len("From ")); err == nil && string(line) == "From " { // of a mailbox
		r.ReadString('\n')
	}
	msg, err := mail.ReadMessage(r)
	if err != nil {
		return nil, fmt.Errorf("%s: not read as a mail: %w", name, err)
	}
	m := &members{bag: &secret.Bag{}}
	if err := v.readPart(m, name, textproto.MIMEHeader(msg.Header), msg.Body, depth); err != nil {
		m.warn(name, err)
	}
	return m.result(name)
}

// readPart reads a part of a mail, or the parts in it.
func (v *visit) readPart(m *members, name string, head textproto.MIMEHeader, body io.Reader, depth int) error {
	kind, params, _ := mime.ParseMediaType(head.Get("Content-Type"))
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" && depth < maxNested {
		parts := multipart.NewReader(body, params["boundary"])
		const most = 1000
		for n := 1; n <= most; n++ {
			part, err := parts.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			inside := name + ":" + partName(part, n)
			if err := v.readPart(m, inside, part.Header, part, depth+1); err != nil {
				m.warn(inside, err)
			}
		}
		return nil
	}
	switch strings.ToLower(strings.TrimSpace(head.Get("Content-Transfer-Encoding"))) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	m.add(name, body, func(name string, r io.Reader) (*secret.Bag, error) {
		return v.readAny(name, r, min(depth+1, maxNested))
	})
	return nil
}

// partName is the name of an attachment, or the number of a part without one.
func partName(part *multipart.Part, n int) string {
	_, params, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
	return firstOf(part.FileName(), params["name"], strconv.Itoa(n))
}
