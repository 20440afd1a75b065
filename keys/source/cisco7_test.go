package source

import "testing"

func TestCisco7(t *testing.T) {
	for s, want := range map[string]string{"0822455D0A16": "cisco", "060506324F41": "cisco", "": "", "08": "", "xx22": "", "08ff": "", "082": ""} {
		if got, ok := cisco7(s); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", s, got, ok, want)
		}
	}
}
