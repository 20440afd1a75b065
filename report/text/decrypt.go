package text

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/words"
)

// DecryptLines are what a run of decrypt did, one line each, not escaped. Programs read the counts: "closed" there means not decrypted.
func DecryptLines(d *report.Decrypt) []string {
	read := words.Count(d.Packets, "packet") + " read"
	if len(d.Outputs) > 0 {
		read += fmt.Sprintf(", %s written to %s", words.Number(d.Written), strings.Join(d.Outputs, ", "))
	}
	lines := []string{read}
	if d.Selection != nil {
		lines = append(lines, d.Selection.Text())
	}
	lines = append(lines,
		fmt.Sprintf("IKE: %s, %s decrypted, %s closed", words.Count(d.IKE, "message"), words.Number(d.IKEOpened), words.Number(d.IKEClosed)),
		fmt.Sprintf("ESP and AH: %s, %s decrypted, %s closed", words.Count(d.ESP, "packet"), words.Number(d.Opened), words.Number(d.ESP-d.Opened)),
	)
	if d.Aggregated > 0 {
		lines = append(lines, fmt.Sprintf("IP-TFS: %s out of %s", words.Count(d.Unpacked, "inner packet"), words.Count(d.Aggregated, "ESP packet")))
	}
	for _, u := range d.Unread {
		lines = append(lines, words.Unread(u.Packets, u.Link, u.Encapsulation))
	}
	if d.Certificates != nil {
		lines = append(lines, certificatesLine(d.Certificates))
	}
	for i, c := range d.Closed {
		const most = 20
		if i == most {
			lines = append(lines, fmt.Sprintf("not decrypted: %s", words.Count(len(d.Closed)-most, "more flow")))
			break
		}
		lines = append(lines, fmt.Sprintf("not decrypted: %s of %s: %s", words.Count(c.Packets, "packet"), c.SA, c.Reason))
	}
	return lines
}

func certificatesLine(e *report.ExtractedCertificates) string {
	s := fmt.Sprintf("certificates and CRLs: %d found, %d written to %s", e.Found, e.Written, e.Dir)
	if e.Existing > 0 {
		s += fmt.Sprintf(", %d already there", e.Existing)
	}
	if n := e.Found - e.Written - e.Existing; n > 0 {
		s += fmt.Sprintf(", %d left out: too many", n)
	}
	return s
}
