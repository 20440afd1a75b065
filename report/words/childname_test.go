package words

import (
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// What Quick Mode sets up has another name than what IKEv2 does.
func TestChildNames(t *testing.T) {
	for version, want := range map[int]string{1: "IPsec SA pair", 2: "Child SA"} {
		for _, f := range []diagnose.Finding{
			{Code: diagnose.CodeNoESP, Facts: diagnose.NoTraffic{}},
			{Code: diagnose.CodeChildUndone, Facts: diagnose.ChildDeleted{}},
			{Code: diagnose.CodeTrafficOutside, Facts: diagnose.PastTunnel{}},
			{Code: diagnose.CodeTrafficOutside, Facts: diagnose.PastTunnel{Deleted: 8}},
		} {
			f.Subject.Version = version
			text := Of(&f)
			if all := text.Headline + strings.Join(text.Details, "") + text.Hint; strings.Count(all, want) == 0 || strings.Contains(all, "Child SA") != (version == 2) {
				t.Errorf("IKEv%d, %s: %q", version, f.Code, all)
			}
		}
	}
}
