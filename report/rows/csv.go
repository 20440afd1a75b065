package rows

import (
	"cmp"
	"encoding/csv"
	"io"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/ikedecode/ikedecode/report"
)

// A column of CSV: its name, and where in the JSON form of a record its value stands, the first that the record has. Without a place it
// has that of its name.
type column struct {
	name   string
	places []string
}

// columns are those of each report, named as in JSON where that is no word of SQL. Scripts rely on names and order: new ones come last.
var columns = map[Kind][]column{
	Timeline: named("record", "ike_sa", "version", "exchange", "message_id", "purpose", "started_by", "outcome", "frame", "frames", "time", "seconds=offset", "delta",
		"sender", "src", "dst", "state", "payloads=payloads.type", "notifications=payloads.notify.type", "sent", "retransmitted_frames", "mirrored_frames",
		"hash=hash.name", "hash_result=hash.result", "transport", "moved", "key_generation", "why_closed", "error", "notes"),
	SAs: named("record", "ike_sa", "version", "protocol", "spi", "src", "dst", "initiator", "responder", "initiator_id=initiator_id.value",
		"responder_id=responder_id.value", "established", "policy=policy.text", "mode", "encryption", "integrity", "esn", "udp", "selectors", "pfs_group",
		"rekeyed_from", "deleted_frames=deleted_frames,deleted_frame", "sources", "proved", "proof", "messages", "packets", "bytes", "opened", "closed",
		"opened_bytes", "icv_failures", "undeciphered", "malformed", "lost", "gaps", "duplicates", "repeats", "replays", "reordered", "dummies", "cut",
		"first_frame", "last_frame", "first=first,start", "last", "first_seconds=first_offset,offset", "last_seconds=last_offset", "min_seq", "max_seq",
		"reason=reason,gaps.text", "queue=queue.number", "queues=queue.of", "first_file", "last_file"),
	Diagnose: named("record", "severity", "code", "text", "frames", "time", "seconds=offset", "ike_sa", "details", "compared", "hint", "options", "rfc", "alike"),
}

// named are columns by "name", or "name=place,place".
func named(list ...string) (cols []column) {
	for _, s := range list {
		name, places, ok := strings.Cut(s, "=")
		if !ok {
			places = name
		}
		cols = append(cols, column{name, strings.Split(places, ",")})
	}
	return cols
}

// rowOf says which record is a row of CSV; the others are in NDJSON alone.
var rowOf = map[Kind]func(any) bool{
	Timeline: func(r any) bool { _, ok := r.(*messageRecord); return ok },
	Diagnose: func(r any) bool { _, ok := r.(*findingRecord); return ok },
	SAs:      func(r any) bool { _, ok := r.(*runRecord); return !ok },
}

// csvEncoder writes CSV.
type csvEncoder struct {
	out  *csv.Writer
	kind Kind
	row  []string
}

func newCSV(w io.Writer, k Kind) (*csvEncoder, error) {
	c := &csvEncoder{out: csv.NewWriter(w), kind: k}
	c.out.UseCRLF = true
	for _, col := range columns[k] {
		c.row = append(c.row, col.name)
	}
	return c, c.out.Write(c.row)
}

func (c *csvEncoder) record(r any) error {
	if !rowOf[c.kind](r) {
		return nil
	}
	for i, col := range columns[c.kind] {
		c.row[i] = col.cell(reflect.ValueOf(r).Elem())
	}
	return c.out.Write(c.row)
}

func (c *csvEncoder) flush() error {
	c.out.Flush()
	return c.out.Error()
}

// cell is the value of a column in a record, "" where the record has none.
func (col *column) cell(r reflect.Value) string {
	for _, place := range col.places {
		if texts, found := find(r, strings.Split(place, ".")); found {
			return join(texts)
		}
	}
	return ""
}

// A cellText is a part of a cell.
type cellText struct {
	text  string
	plain bool // a number, a time, or true or false: not words of strangers
}

// join puts the elements of a list into one cell: numbers with blanks between, texts with semicolons.
func join(list []cellText) string {
	var b strings.Builder
	plain := true
	for i, c := range list {
		switch {
		case i == 0:
		case c.plain:
			b.WriteByte(' ')
		default:
			b.WriteString("; ")
		}
		b.WriteString(c.text)
		plain = plain && c.plain
	}
	if plain {
		return b.String()
	}
	return disarm(b.String())
}

// disarm keeps spreadsheets from taking a text for a formula: identities, selectors and lines of logs are the words of strangers. One that starts as a
// formula does, or with an apostrophe already, gets an apostrophe, so that to take off one restores each.
func disarm(s string) string {
	switch r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " ")); r {
	case '=', '+', '-', '@', '\'', '＝', '＋', '－', '＠':
		return "'" + s
	}
	return s
}

// find follows a path of JSON keys, through every element of a list. found is false where the record has no such value, whatever is in it.
func find(v reflect.Value, path []string) (list []cellText, found bool) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil, hasPath(v.Type().Elem(), path)
		}
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			part, _ := find(v.Index(i), path)
			list = append(list, part...)
		}
		return list, hasPath(v.Type().Elem(), path)
	case len(path) > 0:
		at, ok := fieldOf(v.Type(), path[0])
		if !ok {
			return nil, false
		}
		field := v.FieldByIndex(at.index)
		if at.omitZero && field.IsZero() {
			return nil, true
		}
		return find(field, path[1:])
	}
	c, ok := scalar(v)
	if !ok || c.text == "" {
		return nil, ok
	}
	return []cellText{c}, true
}

// hasPath reports whether a type has a value at a path.
func hasPath(t reflect.Type, path []string) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if len(path) == 0 {
		return t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]()
	}
	at, ok := fieldOf(t, path[0])
	return ok && hasPath(t.FieldByIndex(at.index).Type, path[1:])
}

// A field is a field of a struct, or of one that is embedded in it.
type field struct {
	index    []int
	omitZero bool // a number that JSON leaves out where it is 0
}

// fields remembers what fieldOf found, by type: map[string]field.
var fields sync.Map

// fieldOf is the field of a struct that JSON calls key, or CSV alone does.
func fieldOf(t reflect.Type, key string) (field, bool) {
	known, ok := fields.Load(t)
	if !ok {
		known, _ = fields.LoadOrStore(t, fieldsOf(t))
	}
	f, ok := known.(map[string]field)[key]
	return f, ok
}

func fieldsOf(t reflect.Type) map[string]field {
	m := make(map[string]field)
	if t.Kind() != reflect.Struct {
		return m
	}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		name = cmp.Or(f.Tag.Get("csv"), name)
		if had, ok := m[name]; !f.IsExported() || ok && len(had.index) <= len(f.Index) {
			continue
		}
		m[name] = field{f.Index, options == "omitempty" && f.Type.Kind() != reflect.Bool}
	}
	return m
}

// scalar is one value as text: numbers as they are, times of RFC 3339 in UTC with microseconds, or nanoseconds where there are any.
func scalar(v reflect.Value) (c cellText, ok bool) {
	if t, isTime := v.Interface().(time.Time); isTime {
		return cellText{timeText(t), true}, true
	}
	switch v.Kind() {
	case reflect.String:
		return cellText{report.Escape(v.String()), false}, true
	case reflect.Bool:
		return cellText{strconv.FormatBool(v.Bool()), true}, true
	case reflect.Int, reflect.Int64:
		return cellText{strconv.FormatInt(v.Int(), 10), true}, true
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return cellText{strconv.FormatUint(v.Uint(), 10), true}, true
	case reflect.Float64:
		const nanoseconds = 9 // what a float has beyond them is not in the capture
		s := strconv.FormatFloat(v.Float(), 'f', nanoseconds, 64)
		return cellText{strings.TrimRight(strings.TrimRight(s, "0"), "."), true}, true
	}
	return cellText{}, false
}

func timeText(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case t.Nanosecond()%1000 != 0:
		return t.UTC().Format("2006-01-02T15:04:05.000000000Z07:00")
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00")
}
