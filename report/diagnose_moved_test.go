package report

import (
	"slices"
	"strings"
	"testing"
)

// An exchange over another path is no move: UPDATE_SA_ADDRESSES makes it one (RFC 4555, section 3.5). Closed messages do not say.
func TestProbedPath(t *testing.T) {
	const session = "path-mobike-probe"
	d := diagnosedWith(t, session, "gwa.log.gz")
	list := withCode(d, "address-changed")
	if len(list) != 1 || !slices.Equal(list[0].Frames, []int{52, 53}) || !slices.Contains(list[0].Details, "probed: 2001:db8::1 > 2001:db8::2") ||
		strings.Contains(list[0].Text, "moves") {
		t.Errorf("%+v\n%s", list, textOf(t, d))
	}
	for _, f := range withCode(diagnosedWith(t, session), "address-changed") {
		if strings.Contains(f.Text, "probed") {
			t.Errorf("without keys: %s", f.Text)
		}
	}
	for _, f := range withCode(diagnosedWith(t, "path-mobike", "keys.txt"), "address-changed") {
		if strings.Contains(f.Text, "probed") {
			t.Errorf("it does move: %s", f.Text)
		}
	}
}
