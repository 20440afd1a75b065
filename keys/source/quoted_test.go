package source

import "testing"

func TestWithoutQuotes(t *testing.T) {
	for s, want := range map[string]string{
		`"2026-11-25 10:00:00","gwb","06[IKE] <1> no issuer certificate found for ""CN=gwa"""`: `"2026-11-25 10:00:00","gwb", 06[IKE] <1> no issuer certificate found for "CN=gwa"`,
		`	"MESSAGE" : "06[IKE] a \"b\" c",`:                                                    `06[IKE] a "b" c`,
		`"message": "no matching peer config found"`:                                           `no matching peer config found`,
		`ts=2026-11-25T10:00:00Z msg="06[IKE] a \"b\" c"`:                                      `ts=2026-11-25T10:00:00Z msg= 06[IKE] a "b" c`,
		`06[IKE] received cert request for "C=CH, CN=Lab"`:                                     `06[IKE] received cert request for "C=CH, CN=Lab"`,
		`a "06[IKE] without an end`:                                                            `a "06[IKE] without an end`,
		`"06[IKE] `:                                                                            `"06[IKE] `,
		`"`:                                                                                    `"`,
	} {
		if got := withoutQuotes(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestWithoutTail(t *testing.T) {
	for s, want := range map[string]string{
		"Nov 25 10:00:00 gwb charon: message repeated 2 times: [ 06[IKE] <1> no peer [x]]": "Nov 25 10:00:00 gwb charon: 06[IKE] <1> no peer [x]",
		"06[ENC] parsed IKE_AUTH request 1 [ IDi AUTH ]":                                   "06[ENC] parsed IKE_AUTH request 1 [ IDi AUTH ]",
		"": "",
	} {
		if got := clean(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
		if hasTail(s) != (withoutTail(s) != s) {
			t.Errorf("%q: has a tail: %v", s, hasTail(s))
		}
	}
}

func TestWithoutBreak(t *testing.T) {
	for s, want := range map[string]string{"06[IKE] a<br />": "06[IKE] a", "06[IKE] a <br>": "06[IKE] a", "a <b>": "a <b>", "<br": "<br", "": ""} {
		if got := withoutBreak(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// What a log tells is the same in a table, in JSON with a key a line, in pairs, on a page, and where rsyslog counts repeats.
func TestQuotedLogs(t *testing.T) {
	const message = `06[CFG] <1> no issuer certificate found for "C=CH, CN=gwa.example.org"`
	for _, s := range []string{
		`"2026-11-25 10:00:00","gwb","06[CFG] <1> no issuer certificate found for ""C=CH, CN=gwa.example.org"""`,
		`	"MESSAGE" : "06[CFG] <1> no issuer certificate found for \"C=CH, CN=gwa.example.org\"",`,
		`ts=2026-11-25T10:00:00Z msg="06[CFG] <1> no issuer certificate found for \"C=CH, CN=gwa.example.org\""`,
		"Nov 25 10:00:00 gwb charon[1]: message repeated 2 times: [ " + message + "]",
		`06[CFG] &lt;1&gt; no issuer certificate found for &quot;C=CH, CN=gwa.example.org&quot;<br />`,
		message,
	} {
		list, events := toldBy(t, s+"\n")
		if len(events) != 1 || events[0].Certificate != "C=CH, CN=gwa.example.org" {
			t.Errorf("%s: %q", s, list)
		}
	}
}
