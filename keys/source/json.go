package source

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fromJSON gives the message of one JSON log record as the text log would show it: strongSwan's own JSON log has the
// thread, group and IKE SA in fields, journalctl -o json has the message in MESSAGE, there as text or as a list of bytes. Of what collectors
// export, with several records in one, it gives all messages. stamp is the time of a record, "" where it has none.
func fromJSON(text string, depth int) (message, stamp string, ok bool) {
	text = strings.TrimRight(strings.TrimSpace(text), ", \t")
	if one := strings.TrimSpace(strings.TrimLeft(text, "[")); !strings.HasSuffix(text, "]") { // the first of a list that has a line for each
		text = one
	} else if !strings.HasPrefix(text, "[") { // the last of it
		text = strings.TrimRight(text, "] \t")
	}
	var rec struct {
		Thread  json.Number     `json:"thread"`
		Group   string          `json:"group"`
		ID      json.Number     `json:"ikesa-uniqueid"`
		Name    string          `json:"ikesa-name"`
		Msg     string          `json:"msg"`
		Journal json.RawMessage `json:"MESSAGE"`
		// charon-systemd's fields in the journal; encoding/json takes THREAD and GROUP for the two above.
		JournalID   json.Number `json:"IKE_SA_UNIQUE_ID"`
		JournalName string      `json:"IKE_SA_NAME"`
		// What Docker, fluentd, and the loggers of clouds call the line.
		Log     textField `json:"log"`
		Message textField `json:"message"`
		Payload textField `json:"textPayload"`
		jsonTimes
	}
	if strings.HasPrefix(text, "[") || json.Unmarshal([]byte(text), &rec) != nil {
		message, ok = messagesOf(text)
		return message, "", ok
	}
	stamp = rec.stamp()
	if len(rec.Journal) > 0 {
		rec.Msg, _ = journalMessage(rec.Journal)
		rec.ID, rec.Name = rec.JournalID, rec.JournalName
	}
	rec.Msg = strings.TrimRight(firstOf(rec.Msg, string(rec.Log), string(rec.Message), string(rec.Payload)), "\r\n")
	switch {
	case rec.Msg == "":
		message, ok = messagesOf(text)
		return message, stamp, ok
	case rec.Group != "" && rec.Thread != "":
	default:
		if jsonStart(rec.Msg) == 0 && depth < deepestJSON { // a container's log of a program that writes JSON itself
			if text, inner, ok := fromJSON(rec.Msg, depth+1); ok {
				return text, firstOf(inner, stamp), true
			}
		}
		return rec.Msg, stamp, true
	}
	prefix := fmt.Sprintf("%02s[%s] ", rec.Thread.String(), rec.Group)
	switch {
	case rec.Name != "" && rec.ID != "":
		prefix += fmt.Sprintf("<%s|%s> ", rec.Name, rec.ID)
	case rec.ID != "":
		prefix += fmt.Sprintf("<%s> ", rec.ID)
	}
	return prefix + rec.Msg, stamp, true
}

// jsonTimes are what loggers, collectors and clouds call the time of a record.
type jsonTimes struct {
	Time      json.RawMessage `json:"time"`
	Timestamp json.RawMessage `json:"timestamp"`
	At        json.RawMessage `json:"@timestamp"`
	Generated json.RawMessage `json:"TimeGenerated"`
	Event     json.RawMessage `json:"event_timestamp"`
	Realtime  json.RawMessage `json:"__REALTIME_TIMESTAMP"`
}

// stamp is the first of the times that is one: as text, or in seconds since 1970, milliseconds or microseconds; "" where none is.
func (t *jsonTimes) stamp() string {
	for _, raw := range []json.RawMessage{t.Time, t.Timestamp, t.At, t.Generated, t.Event, t.Realtime} {
		text := strings.Trim(string(raw), `"`)
		if text == "" {
			continue
		}
		if runEnd(text, 0, isDigit) < len(text) {
			if hasStamp(text) {
				return text
			}
			continue
		}
		const seconds, milliseconds, microseconds = 10, 13, 16 // digits, until the year 2286
		n, _ := strconv.ParseInt(text, 10, 64)
		switch len(text) {
		case seconds:
			return time.Unix(n, 0).UTC().Format(time.RFC3339)
		case milliseconds:
			return time.UnixMilli(n).UTC().Format(time.RFC3339Nano)
		case microseconds:
			return time.UnixMicro(n).UTC().Format(time.RFC3339Nano)
		}
	}
	return ""
}

// jsonStart is where a record of JSON begins in a line, perhaps behind the front of a logger; -1: there is none.
func jsonStart(s string) int {
	at := runEnd(s, 0, isBlank)
	if at == len(s) {
		return -1
	}
	if in := runEnd(s, at, func(c byte) bool { return c == '[' || isBlank(c) }); in < len(s) && s[in] == '{' {
		return at
	}
	const longest = 200
	end := len(s)
	for end > at && (s[end-1] == ',' || s[end-1] == ' ' || s[end-1] == '\t') {
		end--
	}
	if strings.HasSuffix(s[:end], "}") {
		return strings.Index(s[:min(len(s), longest)], `{"`)
	}
	return -1
}

// messageNames are what loggers, collectors and tools that run commands call the text of an entry in JSON.
var messageNames = []string{"message", "msg", "log", "MESSAGE", "Message", "@message", "@m", "line", "_raw", "textPayload", "VpnLogDetail", "details", "short_message", "full_message", "event", "text",
	"output", "stdout", "stdout_lines", "result", "results", "data", "content", "body", "values"}

// deepestJSON is how deep in each other messages are looked for.
const deepestJSON = 8

// jsonMessages are the messages in a value of JSON, at any depth: of a list in its order, of an object by name.
func jsonMessages(v any, depth int) (list []string) {
	if depth > deepestJSON {
		return nil
	}
	switch v := v.(type) {
	case []any:
		if texts := jsonTexts(v); len(texts) > 0 && (depth == 0 || isStamped(v)) {
			return texts
		}
		for _, e := range byTime(v) {
			list = append(list, jsonMessages(e, depth+1)...)
		}
	case map[string]any:
		if _, ok := v["spi"]; ok { // an SA, whose key may be called data
			return nil
		}
		if name, ok := v["field"].(string); ok { // a cell of a row
			if !slices.Contains(messageNames, name) {
				return nil
			}
			return jsonStrings(v["value"], depth+1)
		}
		for _, name := range messageNames {
			list = append(list, jsonStrings(v[name], depth+1)...)
		}
		if len(list) > 0 {
			return list
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			list = append(list, jsonMessages(v[name], depth+1)...)
		}
	}
	return list
}

// jsonStrings is what stands under the name of a message: a string, several, or values with messages.
func jsonStrings(v any, depth int) (list []string) {
	switch v := v.(type) {
	case string:
		return []string{strings.TrimRight(v, "\r\n")}
	case []any:
		if isStamped(v) {
			return jsonMessages(v, depth)
		}
		for _, e := range byTime(v) {
			if s, ok := e.(string); ok {
				list = append(list, strings.TrimRight(s, "\r\n"))
			} else {
				list = append(list, jsonMessages(e, depth+1)...)
			}
		}
	case map[string]any:
		return jsonMessages(v, depth+1)
	}
	return list
}

// messagesOf is the text of all messages in a record of JSON; false: there are none.
func messagesOf(record string) (string, bool) {
	var v any
	if json.Unmarshal([]byte(record), &v) != nil {
		return "", false
	}
	list := jsonMessages(v, 0)
	return strings.Join(list, "\n"), len(list) > 0
}

// A textField is a string of JSON; what is none is passed over.
type textField string

func (t *textField) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = textField(s)
	}
	return nil
}

func journalMessage(raw json.RawMessage) (string, bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, true
	}
	var nums []uint16
	if json.Unmarshal(raw, &nums) != nil {
		return "", false
	}
	b := make([]byte, len(nums))
	for i, n := range nums {
		b[i] = byte(n)
	}
	return string(b), true
}
