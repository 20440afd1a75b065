package source

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// The text of a mail and its attachments are read, compressed ones as well; each secret names the part that it is from.
func TestMail(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprintln(z, "DH_SECRET 0102030405060708:1112131415161718 0x00112233445566778899aabbccddeeff")
	z.Close()
	mail := strings.ReplaceAll(mailHead, "\n", "\r\n") + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n" +
		"# keys\r\nSKEYID 0102030405060708:1112131415161718 0x0102030405060708090a0b0c0d0e0f1011121314\r\n--b\r\nContent-Type: application/gzip; name=\"dh.log.gz\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString(packed.Bytes()) + "\r\n--b--\r\n"
	b, err := Read("ticket.eml", []byte(mail))
	if err != nil {
		t.Fatal(err)
	}
	var from []string
	for _, s := range b.Secrets {
		from = append(from, s.Kind.String()+" "+s.Origin.File)
	}
	if got := strings.Join(from, ", "); got != "SKEYID ticket.eml:1, DH_SECRET ticket.eml:dh.log.gz" {
		t.Errorf("got %s", got)
	}
	for n := range len(mail) { // cut off anywhere
		Read("ticket.eml", []byte(mail[:n]))
	}
}

// Mails in mails are read as deep as archives in archives, and what is below that is told or passed over.
func TestMailNested(t *testing.T) {
	mail := "SKEYID 0102030405060708:1112131415161718 0x0102030405060708090a0b0c0d0e0f1011121314\n"
	for n := range 2 * maxNested {
		mail = fmt.Sprintf("%sContent-Type: multipart/mixed; boundary=b%d\n\n--b%d\nContent-Type: message/rfc822\n\n%s\n--b%d--\n", mailHead, n, n, mail, n)
		b, err := Read("ticket.eml", []byte(mail))
		if found := b != nil && len(b.Secrets) == 1; n < maxNested/2 && !found {
			t.Errorf("%d mails in each other: %v", n+1, err)
		} else if !found && !errors.As(err, new(*FormatError)) {
			t.Errorf("%d mails in each other: no secret, and %v", n+1, err)
		}
	}
	for n := range 2 * maxNested { // parts in parts of one mail
		open, shut := "", ""
		for i := range n + 1 {
			open += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
			shut = fmt.Sprintf("\n--b%d--\n", i) + shut
		}
		Read("ticket.eml", []byte(mailHead+open+"Content-Type: text/plain\n\nSKEYID 0102030405060708:1112131415161718 0x0102030405060708090a0b0c0d0e0f1011121314\n"+shut))
	}
}

// A dump that came in several mails of a mailbox is read as one.
func TestMailbox(t *testing.T) {
	const dump = "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x000003e9 reqid 1 mode tunnel\n\tauth-trunc hmac(sha1) 0x101112131415161718191a1b1c1d1e1f20212223 96\n\tenc cbc(aes) 0x000102030405060708090a0b0c0d0e0f\n"
	for encoding, encode := range map[string]func(string) string{
		"8bit":   func(s string) string { return s },
		"base64": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	} {
		box := ""
		for i := range 2 {
			at := strings.LastIndexByte(dump[:len(dump)/2], '\n') + 1
			part := []string{dump[:at], dump[at:]}[i]
			box += fmt.Sprintf("From jo@example.org Mon Nov 23 08:4%d:20 2026\nFrom: jo@example.org\nMIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: %s\n\n%s\n\n", i, encoding, encode(part))
		}
		want := "ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-cbc:000102030405060708090a0b0c0d0e0f hmac-sha1-96:101112131415161718191a1b1c1d1e1f20212223 tunnel"
		if b, err := Read("in.mbox", []byte(box)); err != nil || strings.TrimSpace(describe(b)) != want {
			t.Errorf("%s: %v", encoding, err)
		}
	}
}
