package words

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

func weak(f *diagnose.Finding) Text {
	w, ok := f.Facts.(diagnose.Weak)
	if !ok {
		return Text{}
	}
	names := make([]string, len(w.Rows))
	for i, r := range w.Rows {
		names[i] = r.Name
		if r.For != "" {
			names[i] += " for " + r.For
		}
		names[i] += fmt.Sprintf(" (%s, %s)", r.Status, r.RFC)
	}
	list := strings.Join(names, "; ")
	switch w.Use {
	case diagnose.Advised:
		return Text{Headline: "in use although the RFCs advise against it: " + list}
	case diagnose.Offered:
		return Text{Headline: "offered, though not taken, and weak: " + list}
	}
	t := Text{Headline: "weak and in use: " + list}
	if f.Severity == diagnose.Noteworthy {
		return t
	}
	t.Hint = "offer and accept AES with SHA-2, or AES-GCM, on both sides instead"
	if f.Code == diagnose.CodeWeakDH {
		t.Hint = "offer and accept MODP-2048 (group 14), ECP-256 (19) or Curve25519 (31) on both sides instead"
	}
	if len(w.Rows) == 1 {
		t.Headline += ": " + w.Rows[0].Why
		return t
	}
	for _, r := range w.Rows {
		who := r.Who
		if r.Others > 0 {
			who += fmt.Sprintf(" and %d more", r.Others)
		}
		t.Details = append(t.Details, fmt.Sprintf("%s in %s: %s", r.Name, who, r.Why))
	}
	return t
}
