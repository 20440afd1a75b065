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
	var text io.Reader = r
	m := &members{bag: &secret.Bag{}}
	if line, err := r.Peek(len("From ")); err == nil && string(line) == "From " { // of a mailbox
		front, err := io.ReadAll(io.LimitReader(r, min(maxSmallFile, v.left[depth])))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if mails := mailsOf(front); len(mails) > 1 {
			v.readMails(m, name, mails, depth)
			return m.result(name)
		}
		_, front, _ = bytes.Cut(front, []byte("\n"))
		text = io.MultiReader(bytes.NewReader(front), r)
	}
	msg, err := mail.ReadMessage(text)
	if err != nil {
		return nil, fmt.Errorf("%s: not read as a mail: %w", name, err)
	}
	if err := v.readPart(m, name, textproto.MIMEHeader(msg.Header), msg.Body, depth); err != nil {
		m.warn(name, err)
	}
	return m.result(name)
}

// mailsOf are the mails of a mailbox, of which each begins behind a line of its own (RFC 4155).
func mailsOf(box []byte) (list [][]byte) {
	begins := reMailBegin.FindAllIndex(box, -1)
	for i, at := range begins {
		end := len(box)
		if i+1 < len(begins) {
			end = begins[i+1][0]
		}
		list = append(list, box[at[1]:end])
	}
	return list
}

// reMailBegin is that line, reQuotedBegin one of a text that looks like it.
var (
	reMailBegin   = pattern(`(?m)^From \S+ .*\d{4}\r?\n`)
	reQuotedBegin = pattern(`(?m)^>(>*From )`)
)

// readMails reads several mails: those of text alone as one text, since people send a long dump in parts.
func (v *visit) readMails(m *members, name string, mails [][]byte, depth int) {
	var text bytes.Buffer
	for i, one := range mails {
		inside := name + ":" + strconv.Itoa(i+1)
		msg, err := mail.ReadMessage(bytes.NewReader(one))
		if err != nil {
			m.warn(inside, err)
			continue
		}
		head := textproto.MIMEHeader(msg.Header)
		if kind, _, _ := mime.ParseMediaType(head.Get("Content-Type")); kind != "" && kind != "text/plain" {
			if err := v.readPart(m, inside, head, msg.Body, depth+1); err != nil {
				m.warn(inside, err)
			}
			continue
		}
		body, _ := io.ReadAll(plainBody(head, msg.Body)) // as far as it can be decoded
		text.Write(bytes.TrimRight(reQuotedBegin.ReplaceAll(body, []byte("$1")), "\r\n"))
		text.WriteByte('\n')
	}
	if text.Len() > 0 {
		m.add(name, &text, func(name string, r io.Reader) (*secret.Bag, error) {
			return v.readAny(name, r, min(depth+1, maxNested))
		})
	}
}

// plainBody is the body of a mail, or of a part of one, as it was before it was encoded.
func plainBody(head textproto.MIMEHeader, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(head.Get("Content-Transfer-Encoding"))) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
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
	m.add(name, plainBody(head, body), func(name string, r io.Reader) (*secret.Bag, error) {
		return v.readAny(name, r, min(depth+1, maxNested))
	})
	return nil
}

// partName is the name of an attachment, or the number of a part without one.
func partName(part *multipart.Part, n int) string {
	_, params, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
	return firstOf(part.FileName(), params["name"], strconv.Itoa(n))
}
