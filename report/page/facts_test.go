package page

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/text"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// untold are facts that JSON has and the text reports do not name.
func untold(s *ikedecode.Session, watch *traffic.Watch) (list []string) {
	timeline, sas, diagnosis := report.NewTimeline(s), report.NewSAs(s), report.Diagnose(s, watch)
	print := func(do func(*text.Printer) error) string {
		var b bytes.Buffer
		if err := do(text.NewPrinter(&b, text.Options{})); err != nil {
			return err.Error()
		}
		return b.String()
	}
	in := print(func(p *text.Printer) error { return text.Diagnosis(p, diagnosis) })
	need := func(report string, facts ...any) {
		for _, f := range facts {
			if f := fmt.Sprint(f); !strings.Contains(in, f) {
				list = append(list, report+": "+f)
			}
		}
	}
	for _, f := range diagnosis.Findings {
		need("diagnose", f.Text, f.Hint)
		for _, d := range f.Details {
			need("diagnose", d)
		}
	}
	in = print(func(p *text.Printer) error { return text.SAs(p, sas) })
	for _, t := range sas.SAs {
		if t.Shown() {
			need("sas", t.Protocol, t.SPI, t.Src, t.Dst, t.Encryption, t.Integrity, t.Selectors)
			if t.Packets > 0 {
				need("sas", t.ProofText())
			}
		}
	}
	for _, u := range sas.Unknown {
		need("sas", u.Protocol, u.SPI, u.Src, u.Dst)
	}
	in = print(func(p *text.Printer) error {
		return text.Timeline(p, timeline, report.TimelineView{Verbose: true})
	})
	for _, sa := range timeline.SAs {
		need("timeline", sa.Initiator, sa.Responder, sa.InitiatorAddr, sa.ResponderAddr)
		for _, x := range sa.Exchanges {
			need("timeline", x.Type, x.MessageID, x.Purpose, x.Outcome.Text)
			if x.Child != nil {
				for _, spi := range x.Child.SPIs {
					need("timeline", spi)
				}
			}
			for _, m := range x.Messages {
				need("timeline", m.Frame, m.Why)
				for _, p := range m.Payloads {
					if p.Type == "SKF" { // which the text calls by its name
						need("timeline", "IKE fragment")
						continue
					}
					need("timeline", p.Type)
				}
			}
		}
	}
	return list
}

// The text reports name what JSON does.
func TestTextTellsWhatJSONDoes(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(pcaps, "*", "wire.pcap"))
	if err != nil || len(dirs) < 50 {
		t.Fatalf("%d captures: %v", len(dirs), err)
	}
	for _, path := range dirs {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			watch := &traffic.Watch{}
			s, err := passes(b, secretsIn(t, filepath.Dir(path)), traffic.Shown(watch))
			if err != nil {
				t.Fatal(err)
			}
			for _, fact := range untold(s, watch) {
				t.Error(fact)
			}
		})
	}
}
