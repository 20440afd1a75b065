package report

import (
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

// Write writes the document, indented. Characters that a terminal would obey are written as \uNNNN.
func (d *Document) Write(w io.Writer) error {
	d.Schema = Schema
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	_, err := w.Write(escapeJSON(b.Bytes()))
	return err
}

// escapeJSON writes what is beyond ASCII and not printable as \uNNNN: in JSON it can only stand inside a string. What
// is below 0x20 is escaped by encoding/json.
func escapeJSON(b []byte) []byte {
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
