package source

import (
	"slices"
	"strings"
)

// Security products send a log as events with names and values behind a head: CEF, where an equals sign in a value is escaped, and LEEF, where a tab or the
// mark that the head names stands between them.
//
//	CEF:0|vendor|product|1.0|100|log|3|dvc=10.0.0.1 msg=line cnt=1
//	LEEF:2.0|vendor|product|1.0|100|^|src=10.0.0.1^msg=line^sev=3

var (
	reEventHead  = pattern(`(?:CEF:[01]\||LEEF:[12]\.0\|)`)
	reEventField = pattern(`[ \t][A-Za-z][\w.]*=`)
)

// eventText is what stands behind the name of the message in an event, and the mark between fields; "": a blank.
func eventText(line string) (text, mark string, ok bool) {
	const fields = 6 // of the head of LEEF 2
	head := reEventHead.FindStringIndex(line)
	if head == nil {
		return "", "", false
	}
	version, behind := line[head[0]:head[1]], line[head[1]:]
	if _, text, ok = strings.Cut(behind, "msg="); strings.HasPrefix(version, "CEF") {
		return text, "", ok
	}
	if parts := strings.SplitN(behind, "|", fields); version == "LEEF:2.0|" && len(parts) == fields && len(parts[fields-2]) == 1 {
		return text, parts[fields-2], ok
	}
	return text, "\t", ok
}

// eventMessage takes the message out of an event, up to the mark or one of some fields.
func eventMessage(next []string) record {
	return func(line string) (string, bool) {
		text, mark, ok := eventText(line)
		if mark != "" {
			text, _, _ = strings.Cut(text, mark)
			return text, ok
		}
		for _, field := range next {
			text, _, _ = strings.Cut(text, field)
		}
		return unescapeJSON(text), ok
	}
}

// eventRecord takes the messages out of events, where nearly every line is one; nil: they are not. Fields that stand behind the message stand there in all.
func eventRecord(sample []line) record {
	var next []string
	events, lines := 0, 0
	for _, l := range sample {
		if strings.TrimSpace(l.text) == "" {
			continue
		}
		lines++
		text, _, ok := eventText(l.text)
		if !ok {
			continue
		}
		if events++; events == 1 {
			next = reEventField.FindAllString(text, -1)
		}
		next = slices.DeleteFunc(next, func(field string) bool { return !strings.Contains(text, field) })
	}
	if events == 0 || 10*events < 9*lines {
		return nil
	}
	return eventMessage(next)
}
