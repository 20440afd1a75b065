package words

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

func weak(f *diagnose.Finding) Text {
	w, ok := f.Facts.(diagnose.Weak)
	if !ok {
		return Text{}
	}
	names := make([]string, len(w.Rows))
	for i, r := range w.Rows {
		names[i] = withGroup(r.Name)
		if r.For != "" {
			names[i] += " for " + r.For
		}
	}
	what := "algorithm"
	if f.Code == diagnose.CodeWeakDH {
		what = "DH group"
	}
	if len(names) != 1 {
		what += "s"
	}
	list := strings.Join(names, "; ")
	switch w.Use {
	case diagnose.Advised:
		return Text{Headline: fmt.Sprintf("%s in use that RFCs advise against: %s", what, list), Details: weakDetails(w.Rows, false)}
	case diagnose.Offered:
		return Text{Headline: fmt.Sprintf("weak %s offered, but not chosen: %s", what, list), Details: weakDetails(w.Rows, false)}
	}
	t := Text{Headline: fmt.Sprintf("weak %s in use: %s", what, list), Details: weakDetails(w.Rows, f.Severity != diagnose.Noteworthy)}
	if f.Severity == diagnose.Noteworthy {
		return t
	}
	t.Hint = "on both peers set AES-GCM, or AES-CBC-256 with SHA2-256"
	if f.Code == diagnose.CodeWeakDH {
		t.Hint = "on both peers set Curve25519, group 31; ECP-256, group 19; or MODP-2048, group 14"
	}
	if w.IMS {
		t.Hint = "on the P-CSCF prefer aes-gcm; or aes-cbc with hmac-sha-1-96, where the phones offer nothing stronger"
	}
	return t
}

// weakDetails say of each algorithm what the RFC requires; why and where it is used, where the tunnel has no greater problem.
func weakDetails(rows []diagnose.WeakAlgorithm, reasons bool) (lines []string) {
	for _, r := range rows {
		line := fmt.Sprintf("%s: %s in %s", r.Name, r.Status, r.RFC)
		if reasons {
			line += ", because " + r.Why + "; used by " + user(r.Who)
			if r.Others > 0 {
				line += " and " + Number(r.Others) + " more"
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// withGroup adds the number to the name of a DH group: "MODP-1024, group 2".
func withGroup(name string) string {
	const last = 64
	for g := decode.Group(1); g < last; g++ {
		if g.String() == name {
			return fmt.Sprintf("%s, group %d", name, g)
		}
	}
	return name
}

// user names what uses an algorithm.
func user(u diagnose.User) string {
	switch {
	case u.IKESA.IsSA():
		return fmt.Sprintf("IKEv%d SA %v:%v", u.IKESA.Version, u.IKESA.SPIs[0], u.IKESA.SPIs[1])
	case u.Child == 2:
		return fmt.Sprintf("the Child SA of frame %d", u.Frame)
	case u.Child == 1:
		return fmt.Sprintf("the Quick Mode of frame %d", u.Frame)
	}
	return Flow(u.Flow)
}
