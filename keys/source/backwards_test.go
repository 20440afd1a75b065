package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A long log that a search exports with its newest line first is read from its end, though its dumps have no offsets.
func TestLongLogBackwards(t *testing.T) {
	var lines []string
	for i := range 1500 {
		lines = append(lines, fmt.Sprintf("DEBUG: message %d of the day before", i))
	}
	const key = "87bbcc0c 1a63b89a f2faf8b2 734fb4f7 0aa69f7d"
	lines = append(lines, "DEBUG: SKEYID_e computed:", "DEBUG: ", key, "DEBUG: done", "DEBUG: SKEYID_d computed:", "DEBUG: ", strings.Repeat("01", 4)+" "+strings.Repeat("23456789 ", 4), "DEBUG: end")
	for i := range lines {
		lines[i] = fmt.Sprintf("2026-11-23T%02d:%02d:%02dZ,gw,\"%s\"", 8+i/3600, i/60%60, i%60, lines[i])
	}
	slices.Reverse(lines)
	b := mustRead(t, "time,host,message\n"+strings.Join(lines, "\n")+"\n")
	if got, want := describe(b), "SKEYID_E - "+strings.ReplaceAll(key, " ", ""); !strings.Contains(got, want) || !strings.Contains(got, "SKEYID_D - 0101010123456789") {
		t.Errorf("%s%v", got, b.Warnings)
	}
}

// A logger's #012 may stand inside a cell of CSV.
func TestPackedCells(t *testing.T) {
	const key = "87bbcc0c 1a63b89a f2faf8b2 734fb4f7 0aa69f7d"
	for name, row := range map[string]string{"last": "2026-11-23T08:43:20Z,gw,\"%s\"\n", "first": "\"%s\",\"2026-11-23T08:43:20Z\"\n"} {
		text := map[string]string{"last": "time,host,message\n", "first": "_raw,_time\n"}[name]
		for _, s := range []string{"one", "two of them", "SKEYID_e computed:", "#012" + key, "encryption(aes)"} {
			text += fmt.Sprintf(row, "Nov 23 08:43:20 vm1 racoon: DEBUG: "+s)
		}
		if got := describe(mustRead(t, text)); !strings.Contains(got, "SKEYID_E - "+strings.ReplaceAll(key, " ", "")) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Two programs whose clocks have other zones write in turn: that is no log with its newest line first.
func TestZonesInTurn(t *testing.T) {
	const key, other = "87bbcc0c 1a63b89a f2faf8b2 734fb4f7 0aa69f7d", "01234567 01234567 01234567 01234567 01234567"
	var b strings.Builder
	for i, l := range []string{"SKEYID_d computed:", key, "SKEYID_e computed:", other, "SKEYID_a computed:", other, "done"} {
		fmt.Fprintf(&b, "2026-11-23 15:03:36 ipsec,debug %s\n2026-11-23 14:03:%02d gw1 sshd[1201]: Accepted publickey for root\n", l, 36+i)
	}
	if got := describe(mustRead(t, b.String())); !strings.Contains(got, "SKEYID_D - "+strings.ReplaceAll(key, " ", "")) || strings.Contains(got, "SKEYID_E - "+strings.ReplaceAll(key, " ", "")) {
		t.Error(got)
	}
}
