package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"
)

// Schema is the version of the JSON form. It grows when a field changes its meaning or goes away; a new field does not
// change it.
const Schema = 1

// A Document is the one JSON document that a command with --json prints. docs/json.md describes it.
type Document struct {
	Schema   int      `json:"schema"`
	Report   string   `json:"report"` // the command
	Captures []string `json:"captures,omitempty"`
	// ExitCode is that of the command.
	ExitCode int `json:"exit_code"`
	// Complete is false where something that could have been decrypted was not decrypted.
	Complete bool     `json:"complete"`
	Error    *Problem `json:"error,omitempty"`
	// Warnings are what a run without --json says on standard error.
	Warnings []Problem `json:"warnings,omitempty"`

	Timeline  *Timeline     `json:"timeline,omitempty"`
	SAs       *SAs          `json:"sas,omitempty"`
	Diagnosis *Diagnosis    `json:"diagnosis,omitempty"`
	Decrypt   *Decrypt      `json:"decrypt,omitempty"`
	Export    *ExportResult `json:"export,omitempty"`
	Keys      *Keys         `json:"keys,omitempty"`
	Page      *Page         `json:"page,omitempty"`
}

// A Problem is an error or a warning with what to do about it.
type Problem struct {
	Text  string   `json:"text"`
	Hints []string `json:"hints,omitempty"`
}

// Write writes the document, indented. Characters that a terminal would obey are written as \uNNNN. Of a long list of secrets it holds one at a
// time.
func (d *Document) Write(w io.Writer) error {
	d.Schema = Schema
	frame, list := *d, KeyList{}
	if d.Keys != nil {
		keys := *d.Keys
		list, keys.Secrets = keys.Secrets, list
		frame.Keys = &keys
	}
	var b bytes.Buffer
	if err := newEncoder(&b, "").Encode(&frame); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	out := bufio.NewWriter(w)
	head, tail := b.Bytes(), []byte(nil)
	if at := bytes.Index(head, []byte(emptySecrets)); list.n > 0 && at >= 0 { // no string has a line break
		head, tail = head[:at+len(emptySecrets)-len("]")], head[at+len(emptySecrets)-len("]"):]
	}
	out.Write(EscapeJSON(head))
	if tail != nil {
		if err := list.write(out); err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
		out.Write(EscapeJSON(tail))
	}
	return out.Flush()
}

// emptySecrets is how an empty list of secrets stands in a document.
const emptySecrets = "\n    \"secrets\": []"

// write writes the elements of the array.
func (l KeyList) write(w io.Writer) error {
	const indent = "      "
	var b bytes.Buffer
	enc := newEncoder(&b, indent)
	for i := range l.n {
		b.Reset()
		b.WriteString("\n" + indent)
		e := l.at(i)
		if err := enc.Encode(&e); err != nil {
			return err
		}
		b.Truncate(b.Len() - len("\n"))
		if i < l.n-1 {
			b.WriteByte(',')
		}
		if _, err := w.Write(EscapeJSON(b.Bytes())); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "\n    ")
	return err
}

func newEncoder(w io.Writer, prefix string) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent(prefix, "  ")
	return enc
}

// EscapeJSON makes JSON safe for a terminal: it writes what is beyond ASCII and not printable as \uNNNN. In JSON that can only stand inside a
// string. What is below 0x20 is escaped by encoding/json.
func EscapeJSON(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == '\n' || (r >= 0x20 && unicode.IsPrint(r)):
			out = append(out, b[:n]...)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		b = b[n:]
	}
	return out
}
