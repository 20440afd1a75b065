package source

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Collectors give the entries of a log as rows, the newest first or last: Loki with the time and the text of each, Azure with all cells of one, CloudWatch
// Logs Insights with a name for each cell.
//
//	"values": [["1795600800000000000", "line"], ...]
//	"rows": [["2026-11-23T08:43:20Z", "line"], ...]
//	"results": [[{"field": "@timestamp", "value": "2026-11-23 08:43:20.118"}, {"field": "@message", "value": "line"}], ...]

// jsonTexts are the strings of a list that has nothing else; of a row, the last one, behind its time.
func jsonTexts(v []any) (texts []string) {
	for _, e := range v {
		s, ok := e.(string)
		if !ok {
			return nil
		}
		texts = append(texts, strings.TrimRight(s, "\r\n"))
	}
	if isStamped(v) {
		return texts[len(texts)-1:]
	}
	return texts
}

// isStamped reports whether a list is a row that begins with a time and ends in a text.
func isStamped(v []any) bool {
	if len(v) < 2 || len(v) > 16 {
		return false
	}
	_, text := v[len(v)-1].(string)
	return text && jsonTime(v[0]) != ""
}

// timeNames are what loggers and collectors call the time of an entry.
var timeNames = []string{"@timestamp", "timestamp", "time", "_time", "ts", "date", "TimeGenerated", "__REALTIME_TIMESTAMP"}

// jsonTime is the time at the front of a value of JSON, as text that sorts by it; "" where there is none.
func jsonTime(v any) string {
	switch v := v.(type) {
	case string:
		const seconds, nanoseconds = 10, 19 // digits
		if n := runEnd(v, 0, isDigit); n == len(v) && seconds <= n && n <= nanoseconds || n < len(v) && hasStamp(v) {
			return v
		}
	case []any:
		if len(v) > 0 {
			return jsonTime(v[0])
		}
	case map[string]any:
		for _, name := range timeNames {
			if at := jsonTime(v[name]); at != "" {
				return at
			}
		}
		if name, ok := v["field"].(string); ok && slices.Contains(timeNames, name) {
			return jsonTime(v["value"])
		}
		return jsonTime(v["_source"])
	}
	return ""
}

// byTime turns a list of entries around whose times fall.
func byTime(v []any) []any {
	if len(v) < 2 {
		return v
	}
	first, last := jsonTime(v[0]), jsonTime(v[len(v)-1])
	if first == "" || len(first) != len(last) || first <= last {
		return v
	}
	v = slices.Clone(v)
	slices.Reverse(v)
	return v
}

// reJSONRows are what rows begin with, reJSONTime the time of an entry.
var (
	reJSONRows = pattern(`"(?:values|rows)"\s*:\s*\[\s*\[|"field"\s*:\s*"`)
	reJSONTime = pattern(`"(@?timestamp|_?time|ts|date)"\s*:\s*"?([^",\s][^",]*)`)
)

// jsonRows is a document of JSON with rows, or with entries of which the newest is the first, in one line, as jsonMessages reads it; of any other the lines
// tell where something stands.
func jsonRows(text []byte) []byte {
	front := bytes.TrimSpace(text)
	if first, _, several := bytes.Cut(front, []byte("\n")); !several || strings.TrimSpace(string(first)) != "{" && strings.TrimSpace(string(first)) != "[" {
		return nil
	}
	if !reJSONRows.Match(front) {
		times := reJSONTime.FindAllStringSubmatch(string(front), -1)
		last := len(times) - 1
		for last > 0 && times[last][1] != times[0][1] {
			last--
		}
		if last < 1 || len(times[0][2]) != len(times[last][2]) || times[0][2] <= times[last][2] {
			return nil
		}
	}
	var b bytes.Buffer
	if json.Compact(&b, text) != nil { // the front of one, or not one document
		return text
	}
	return b.Bytes()
}
