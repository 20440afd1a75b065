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
