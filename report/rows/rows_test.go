package rows

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/report"
)

// Every column has a value in some record, or it would be empty for ever.
func TestColumns(t *testing.T) {
	records := map[Kind][]any{
		Timeline: {messageRecord{}}, Diagnose: {findingRecord{}}, SAs: {ikeSARecord{}, saRecord{}, unknownRecord{}},
	}
	for kind, cols := range columns {
		for _, col := range cols {
			found := slices.ContainsFunc(records[kind], func(r any) bool {
				return slices.ContainsFunc(col.places, func(place string) bool { return hasPath(reflect.TypeOf(r), strings.Split(place, ".")) })
			})
			if !found {
				t.Errorf("%s: no record has a value for %s", kind, col.name)
			}
		}
	}
}

// read reads CSV as others do, by the names of its columns.
func read(t *testing.T, b []byte) (rows []map[string]string) {
	t.Helper()
	list, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list[1:] {
		row := make(map[string]string)
		for i, name := range list[0] {
			row[name] = r[i]
		}
		rows = append(rows, row)
	}
	return rows
}

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// What strangers say stays in its cell and its line, and is no formula.
func TestHostileText(t *testing.T) {
	f := &report.Finding{
		Code: "auth-failed", Severity: report.SeverityProblem, Text: "a\r\nproblem,\"x\"\x1b[31m\xff", Hint: "=HYPERLINK(\"http://192.0.2.1\")",
		Details: []string{"-1+2", "; \u202e"}, RFC: "'quoted", Frames: []int{3, 17}, Alike: 2, Time: &noon, Options: []report.Option{{Product: " @SUM", Name: "A1"}},
	}
	var b bytes.Buffer
	w := NewWriter(&b, CSV, Diagnose)
	w.Finding(f)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n != 2 || strings.Count(b.String(), "\r\n") != 2 {
		t.Errorf("%d lines, want 2 that end in CR and LF: %q", n, &b)
	}
	row := read(t, b.Bytes())[0]
	for name, want := range map[string]string{
		"record": "finding", "text": `a\x0d\x0aproblem,"x"\x1b[31m\xff`, "hint": `'=HYPERLINK("http://192.0.2.1")`, "details": `'-1+2; ; \u{202e}`,
		"options": "' @SUM: A1", "rfc": "''quoted", "frames": "3 17", "alike": "2", "time": "2026-11-26T12:00:00.000000Z", "seconds": "", "compared": "",
	} {
		if row[name] != want {
			t.Errorf("%s: %q, want %q", name, row[name], want)
		}
	}

	b.Reset()
	w = NewWriter(&b, NDJSON, Diagnose)
	w.Finding(f)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var got struct{ Text, Record string }
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || got.Text != "a\r\nproblem,\"x\"\x1b[31m\ufffd" || got.Record != "finding" {
		t.Errorf("%q, %v", got, err)
	}
	if strings.Count(b.String(), "\n") != 1 || strings.ContainsAny(b.String(), "\x1b\u202e") {
		t.Errorf("%q is not one line of printable characters", &b)
	}
}

// Numbers are plain, times are UTC; retransmissions and copies of a mirror port are told apart.
func TestMessageRow(t *testing.T) {
	sa := &report.IKESA{Initiator: "0000000000000001", Responder: "0000000000000002", Version: 1}
	x := &report.Exchange{Type: "Quick Mode", MessageID: "0x00000007", StartedBy: report.RoleResponder, Outcome: report.Outcome{Code: "no-answer"}}
	at := noon.Add(1234567 * time.Nanosecond).In(time.FixedZone("", 3600))
	m := &report.Message{
		Frame: 5, Time: at, Offset: 2.6119310000000002, Delta: -1234567.5, Sent: 3, Payloads: []report.Payload{{Type: "HASH"}, {Type: "N", Notify: &report.Notify{Type: "INVALID-SPI"}}},
		Repeats: []report.Repeat{{Frame: 6, Mirror: true}, {Frame: 8}, {Frame: 12}}, Hash: &report.Hash{Name: "HASH(1)", Result: "ok"},
	}
	var b bytes.Buffer
	w := NewWriter(&b, CSV, Timeline)
	w.Message(sa, x, m)
	w.Run(&report.Document{Report: "timeline"})
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	rows := read(t, b.Bytes())
	if len(rows) != 1 {
		t.Fatalf("%d rows, want 1", len(rows))
	}
	for name, want := range map[string]string{
		"ike_sa": "0000000000000001:0000000000000002", "exchange": "Quick Mode", "message_id": "0x00000007", "started_by": "responder", "outcome": "no-answer",
		"frame": "5", "time": "2026-11-26T12:00:00.001234567Z", "seconds": "2.611931", "delta": "-1234567.5", "payloads": "HASH; N", "notifications": "INVALID-SPI",
		"sent": "3", "retransmitted_frames": "8 12", "mirrored_frames": "6", "hash": "HASH(1)", "hash_result": "ok", "key_generation": "", "version": "1",
	} {
		if rows[0][name] != want {
			t.Errorf("%s: %q, want %q", name, rows[0][name], want)
		}
	}
}

// An SA of each sort has a row of its own, with columns in common.
func TestSARows(t *testing.T) {
	zero, five := 0.0, 5.5
	d := &report.Document{Report: "sas", SAs: &report.SAs{
		IKE: []report.IKESA{{Initiator: "0000000000000001", Responder: "0000000000000002", Version: 2, Start: noon, Duration: 1.5, Offset: 0.25,
			InitiatorID: &report.Identity{Type: "ID_FQDN", Value: "@gwa"}, Gaps: []report.Gap{{Code: "no-key", Text: "no key"}}}},
		SAs: []report.TrafficSA{{Protocol: "ESP", SPI: "0xc0ffee01", Packets: 2, Gaps: 1, Lost: 1 << 63, First: &noon, FirstOffset: &zero, LastOffset: &five,
			Deleted: []int{8, 9}}},
		Unknown: []report.UnknownSA{{Protocol: "AH", SPI: "0x00000001", First: noon, Reason: "no SA"}},
	}}
	var b bytes.Buffer
	if err := NewWriter(&b, CSV, SAs).Document(d); err != nil {
		t.Fatal(err)
	}
	rows := read(t, b.Bytes())
	if len(rows) != 3 {
		t.Fatalf("%d rows, want 3", len(rows))
	}
	for i, want := range []map[string]string{
		{"record": "ike_sa", "ike_sa": "0000000000000001:0000000000000002", "initiator_id": "'@gwa", "first": "2026-11-26T12:00:00.000000Z",
			"last": "2026-11-26T12:00:01.500000Z", "first_seconds": "0.25", "last_seconds": "1.75", "reason": "no key", "gaps": "", "spi": "", "deleted_frames": ""},
		{"record": "sa", "protocol": "ESP", "spi": "0xc0ffee01", "gaps": "1", "lost": "9223372036854775808", "first_seconds": "0", "last_seconds": "5.5", "last": "",
			"deleted_frames": "8 9", "esn": "false", "min_seq": ""},
		{"record": "unknown", "protocol": "AH", "reason": "no SA", "gaps": "", "proved": ""},
	} {
		for name, text := range want {
			if rows[i][name] != text {
				t.Errorf("%s, %s: %q, want %q", want["record"], name, rows[i][name], text)
			}
		}
	}
}

// A full disk is said.
func TestWriteError(t *testing.T) {
	for _, f := range []Format{CSV, NDJSON} {
		if err := NewWriter(full{}, f, SAs).Document(&report.Document{SAs: &report.SAs{}}); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

var errFull = errors.New("no space left on device")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
