// Package markup writes a timeline in formats that other programs draw: sequence diagrams of mermaid, and Markdown. Values from
// captures are text in them, never markup.
package markup

import "io"

// A writer writes strings. The first error sticks.
type writer struct {
	w   io.Writer
	err error
}

func (w *writer) write(s string) {
	if w.err == nil {
		_, w.err = io.WriteString(w.w, s)
	}
}
