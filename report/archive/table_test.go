package archive

import (
	"bytes"
	"encoding/csv"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/ikedecode/ikedecode/report"
)

func sum() *Sum {
	first, last := time.Date(2026, 11, 1, 12, 0, 0, 123456000, time.UTC), time.Date(2026, 11, 1, 13, 0, 0, 0, time.UTC)
	flow := Inner{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("2001:db8::1"), Protocol: 6, SrcPort: 65535, DstPort: 443, Packets: 3, Bytes: 1 << 40,
		First: first, Last: last}
	return &Sum{
		SAs: &report.SAs{
			SAs: []report.TrafficSA{
				{Protocol: "ESP", SPI: "0x00000100", Src: "192.0.2.1", Dst: "192.0.2.2", Encryption: "AES-CBC-128", Packets: 5, Opened: 4, Lost: 1 << 63, First: &first, Last: &last, Proved: true},
				{Protocol: "ESP", SPI: "0x00000101"}, // has no packets, and nobody negotiated it
				{Protocol: "AH", SPI: "0x00000102", IKE: "a:b", Selectors: "10.0.0.0/8 <-> a, \"b\""},
			},
			Unknown: []report.UnknownSA{{Protocol: "ESP", SPI: "0x00000103", Packets: 7, First: first, Last: last, Reason: "no SA"}},
		},
		Flows: []SumFlow{{SA: 0, Inner: flow}, {SA: 0, Inner: Inner{Other: true, Packets: 1, First: first, Last: last}}},
	}
}

// read reads Parquet back.
func read[T any](t *testing.T, rows []T) []T {
	t.Helper()
	var b bytes.Buffer
	if err := WriteParquet(&b, rows); err != nil {
		t.Fatal(err)
	}
	got, err := parquet.Read[T](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// same reports whether rows are the same; times of one moment are, in any zone.
func same[T any](a, b []T) bool {
	texts := func(rows []T) string {
		var b bytes.Buffer
		_ = WriteCSV(&b, rows)
		return b.String()
	}
	return len(a) == len(b) && texts(a) == texts(b)
}

// What is written as Parquet is read back as it was, and has a row for each SA with packets or a negotiation, and for each flow.
func TestParquet(t *testing.T) {
	sas, flows := sum().SARows(), sum().FlowRows()
	if len(sas) != 3 || sas[2].Record != "unknown" || sas[1].First != nil || len(flows) != 2 || flows[0].Dst != "2001:db8::1" || flows[1].Src != "" {
		t.Errorf("%+v, %+v", sas, flows)
	}
	if got := read(t, sas); !same(got, sas) || got[0].Lost != 1<<63 || got[1].First != nil || got[0].First == nil || !got[0].First.Equal(*sas[0].First) {
		t.Errorf("SAs: %+v", got)
	}
	if got := read(t, flows); !same(got, flows) || !got[0].First.Equal(flows[0].First) || got[0].SrcPort != 65535 || got[0].Bytes != 1<<40 {
		t.Errorf("flows: %+v", got)
	}
	if got := read(t, []FlowRow{}); len(got) != 0 {
		t.Error(got)
	}
}

// CSV has the columns of Parquet, in their order.
func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCSV(&b, sum().SARows()); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(records) != 4 {
		t.Fatal(records, err)
	}
	schema := parquet.SchemaOf(SARow{})
	var names []string
	for _, path := range schema.Columns() {
		names = append(names, strings.Join(path, "."))
	}
	if !reflect.DeepEqual(records[0], names) {
		t.Errorf("%v, in Parquet %v", records[0], names)
	}
	column := func(row int, name string) string {
		for i := range names {
			if names[i] == name {
				return records[row][i]
			}
		}
		t.Fatal(name)
		return ""
	}
	for _, x := range []struct {
		row        int
		name, want string
	}{
		{1, "first", "2026-11-01T12:00:00.123456Z"}, {1, "lost", "9223372036854775808"}, {1, "proved", "true"}, {2, "first", ""},
		{2, "selectors", `10.0.0.0/8 <-> a, "b"`}, {3, "reason", "no SA"}, {3, "packets", "7"},
	} {
		if got := column(x.row, x.name); got != x.want {
			t.Errorf("row %d, %s: %q", x.row, x.name, got)
		}
	}
}
