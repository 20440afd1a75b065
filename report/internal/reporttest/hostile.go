package reporttest

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// HostileTexts are what strangers may write where identities, notifications and the like stand.
var HostileTexts = []string{
	"end", "end\nend", "a;b", "a#b", "#35;", "%%{init: {\"theme\":\"dark\"}}%%", "<script>alert(1)</script>", "<br/>x<br>y",
	"a\nparticipant evil as <img src=x onerror=alert(1)>", "p1->>p2: forged", "Note over p1,p2: forged", "$$x^2$$", "`code`",
	"|a|b|", "\\|", "\\", "`|`", "**bold** _it_ ~~no~~", "[link](http://example.org)", "http://example.org/", "www.example.org",
	"@someone", "user@example.org", "![img](x)", "&lt;&amp;&#60;", "# heading", "- item", "1. item", "---", "\x1b[31mred\x07",
	"\u202egnp.exe", "\xff\xfe", "wrap: x", "autonumber", "title x", "accTitle: x", "{}[]()", "\u00ab\ufb02\u00b0\u00b035\u00b6\u00df",
	"<!-- x", "-->", "x\r\ny", "a\u2028b", strings.Repeat("long ", 200), strings.Repeat("x", 3000), "", " ", "$a$", ":smile:",
	"東京ゲートウェイ", "서울 방화벽", "🔑 🔒", "Zu\u0308rich", strings.Repeat("東", 300),
}

// HostileTimeline has every hostile text at every place that a stranger may fill.
func HostileTimeline() *report.Timeline {
	timeline := &report.Timeline{Packets: len(HostileTexts)}
	for i, text := range HostileTexts {
		id := &report.Identity{Type: "ID_FQDN", Value: text, Text: text}
		sa := report.TimelineSA{IKESA: report.IKESA{
			Initiator: "0011223344556677", Responder: "8899aabbccddeeff", Version: 1 + i%2, RolesKnown: true,
			InitiatorAddr: fmt.Sprintf("192.0.2.%d", i), ResponderAddr: fmt.Sprintf("[2001:db8::%x]:4500", i+1),
			InitiatorID: id, ResponderID: id, Policy: &report.Policy{Text: text}, Gaps: []report.Gap{{Text: text, Hint: text}},
		}}
		proposals := []report.Proposal{{Number: 1, Protocol: "ESP", SPI: text, Transforms: []report.Transform{
			{Number: 1, Text: text, Attributes: []report.TransformAttribute{{Name: "encryption", Value: text}, {Name: "other", Value: text}}, Chosen: true},
			{Number: 2, Text: text, Attributes: []report.TransformAttribute{{Name: "encryption", Value: text + "2"}, {Name: "group", Value: text}}}}}}
		proposals2 := []report.Proposal{{Number: 1, Protocol: "ESP", SPI: text, Chosen: true, Transforms: []report.Transform{
			{Kind: "ENCR", Text: text, Chosen: true}, {Kind: "ENCR", Text: text + "-2"}, {Kind: text, Text: text}}}}
		payloads := []report.Payload{
			{Type: "SA", Proposals: proposals}, {Type: "SA", Proposals: proposals2, Version: 2}, {Type: "IDii", Identity: id, Text: text},
			{Type: "N", Text: text, Notify: &report.Notify{Type: text, SPI: text, Protocol: "ESP"}},
			{Type: "N", Text: text, Notify: &report.Notify{Type: text, Error: true}}, {Type: "ATTR", Text: text, Config: &report.Config{}},
			{Type: "VID", Text: text}, {Type: text, Error: text}, {Type: "D", Text: text, Delete: &report.Delete{SPIs: []string{text}}},
		}
		sa.Exchanges = []report.Exchange{{
			Type: "Quick Mode", Purpose: text, StartedBy: "initiator", Outcome: report.Outcome{Code: negotiation.Failed, Text: text},
			Child: &report.Child{TSi: []string{text}, TSr: []string{text}, Mode: "tunnel", Algorithms: []string{text}},
			Messages: []report.Message{
				{Frame: 2*i + 1, Sender: "initiator", Src: "x", Dst: "y", State: "opened", Payloads: payloads, Why: text, Notes: []string{text}},
				{Frame: 2*i + 2, Sender: "responder", Moved: "the initiator moves from x to " + text, Src: "y", Dst: text, State: "closed", Payloads: payloads, Error: text},
			},
		}}
		timeline.SAs = append(timeline.SAs, sa)
	}
	timeline.Notes = HostileTexts
	return timeline
}
