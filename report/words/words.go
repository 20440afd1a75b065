// Package words puts findings and outcomes into English, with one template for each code. It takes typed facts and decides nothing but
// the wording.
package words

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// A Text is a finding in words.
type Text struct {
	Headline string   // one sentence
	Details  []string // the evidence, one fact a line
	Compared []diagnose.Compared
	Hint     string // what to do, in the imperative; may be empty
}

// A template puts the facts of one code into words.
type template func(f *diagnose.Finding) Text

// quoted is a line of a log, verbatim: in single quotes if it has double ones.
func quoted(line string) string {
	if strings.Contains(line, `"`) {
		return "'" + line + "'"
	}
	return `"` + line + `"`
}

// Of is a finding in words.
func Of(f *diagnose.Finding) Text {
	var t Text
	switch facts := f.Facts.(type) {
	case diagnose.LoggedRefusal, diagnose.LoggedError:
		t = logged(f)
	case diagnose.More:
		return Text{Headline: "seen on " + Count(facts.IKESAs, "more IKE SA")}
	case diagnose.MoreFlows:
		return Text{Headline: "seen on " + Count(facts.Flows, "more IPsec SA")}
	default:
		if make := templates[f.Code]; make != nil {
			t = make(f)
		}
	}
	if ofMany(f) {
		t.Headline = peers(f) + ": " + t.Headline
	}
	t.Compared = append(slices.Clip(f.Compared), t.Compared...)
	for _, l := range f.Logs {
		t.Details = append(t.Details, logLine(&l))
	}
	if f.Later != nil {
		suffix, detail := later(f)
		t.Headline += suffix
		t.Details = append(t.Details, detail)
	}
	if f.AtLast {
		switch x := f.Facts.(type) {
		case diagnose.InitAlone:
			t.Details = append(t.Details, "the capture ends there: cannot tell what came later")
		case diagnose.OpenMessage, diagnose.OpenPacket:
			t.Headline += "; the capture ends there"
			t.Details = append(t.Details, "cannot tell: lost, or the capture was stopped before it")
		default:
			what := "no response came, or the capture was stopped before it"
			switch n := x.(type) {
			case diagnose.NoAnswer:
				if n.Heard.Responded {
					what = lostOrNotCaptured
					t.Hint = "capture both directions; the log of " + n.Src.Addr().String() + " says whether the response came"
				}
			case diagnose.FailedExchange:
				if n.Heard.Responded {
					what = lostOrNotCaptured
					t.Hint = "capture longer, and in both directions; the log of " + peer(f, n.Heard.By.Other()) + " says whether it came"
				}
			}
			t.Headline += "; the capture ends there"
			t.Details = append(t.Details, "cannot tell: "+what)
		}
	}
	if f.AtEdge {
		t.Details, t.Hint = nil, "the capture begins or ends there: give the files before and after it as well, or capture longer"
	}
	if f.Code.Info().Class == diagnose.Weakness && f.Severity == diagnose.Noteworthy {
		t.Hint = "" // the problem comes first
	}
	return t
}

// lostOrNotCaptured is what became of a response that the log of its sender has, where the capture ends.
const lostOrNotCaptured = "the response was lost, or not captured"

// later is what a headline and its details say of an attempt that went through after what failed.
func later(f *diagnose.Finding) (suffix, detail string) {
	s := f.Later
	from := fmt.Sprintf(": %s, from frame %d on", IKESA(s.SPIs), s.Frame)
	if s.Child {
		detail = fmt.Sprintf("the later request: frame %d", s.Frame)
		if s.SPIs != f.Subject.SPIs {
			detail += ", " + IKESA(s.SPIs)
		}
	}
	switch {
	case s.Child && s.Over:
		return "; a later one for the same networks succeeded", detail
	case s.Child:
		return "", detail + "; it succeeded, if it is for the same networks"
	case s.Offer && s.Over:
		return "; a later offer was accepted", "the later attempt" + from
	case s.Offer:
		return "", "a later offer was accepted, if it is for the same connection" + from
	case f.Code == diagnose.CodeDPDTimeout && s.Over:
		return "; a new one came up later", "the new IKE SA" + from
	case f.Code == diagnose.CodeDPDTimeout:
		return "", "an IKE SA came up later" + from
	case s.Over && s.From.IsValid():
		return fmt.Sprintf("; a later attempt, started by %v, succeeded", s.From), "the later attempt" + from
	case s.Over:
		return "; a later attempt succeeded", "the later attempt" + from
	case s.Alike:
		return "; a later attempt, most likely of the same connection, succeeded", "the later attempt" + from
	}
	return "", "a later attempt succeeded, if it is for the same connection" + from
}
