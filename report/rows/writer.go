package rows

import (
	"io"

	"github.com/ikedecode/ikedecode/report"
)

// A Writer writes the rows of one report, one by one. The first error sticks.
type Writer struct {
	enc encoder
	err error
}

// An encoder writes records in one format.
type encoder interface {
	record(r any) error
	flush() error
}

// NewWriter starts the rows of a report: in CSV with the names of the columns.
func NewWriter(w io.Writer, f Format, k Kind) *Writer {
	if f == CSV {
		enc, err := newCSV(w, k)
		return &Writer{enc, err}
	}
	return &Writer{enc: newNDJSON(w)}
}

// Flush writes what is buffered: a row that a reader waits for.
func (w *Writer) Flush() error {
	if err := w.enc.flush(); w.err == nil {
		w.err = err
	}
	return w.err
}

func (w *Writer) put(r any) {
	if w.err == nil {
		w.err = w.enc.record(r)
	}
}

// Document writes all rows of a report, and how the run ended.
func (w *Writer) Document(d *report.Document) error {
	switch {
	case d.Timeline != nil:
		for i := range d.Timeline.SAs {
			w.negotiation(&d.Timeline.SAs[i])
		}
	case d.SAs != nil:
		for i := range d.SAs.IKE {
			w.put(newIKESA(&d.SAs.IKE[i]))
		}
		for i := range d.SAs.SAs {
			w.put(&saRecord{head{report.Schema, recordSA}, &d.SAs.SAs[i]})
		}
		for i := range d.SAs.Unknown {
			w.put(&unknownRecord{head{report.Schema, recordUnknown}, &d.SAs.Unknown[i]})
		}
	case d.Diagnosis != nil:
		for i := range d.Diagnosis.Findings {
			w.Finding(&d.Diagnosis.Findings[i])
		}
	}
	w.Run(d)
	return w.Flush()
}

// negotiation writes an IKE SA with its exchanges and their messages.
func (w *Writer) negotiation(sa *report.TimelineSA) {
	w.put(&timelineSARecord{head: head{report.Schema, recordIKESA}, IKE: cookies(&sa.IKESA), TimelineSA: sa})
	for i := range sa.Exchanges {
		x := &sa.Exchanges[i]
		w.put(&exchangeRecord{head: head{report.Schema, recordExchange}, IKE: cookies(&sa.IKESA), Version: sa.Version, Exchange: x})
		for k := range x.Messages {
			w.Message(&sa.IKESA, x, &x.Messages[k])
		}
	}
}

// Message writes a message of an exchange of an IKE SA.
func (w *Writer) Message(sa *report.IKESA, x *report.Exchange, m *report.Message) {
	w.put(newMessage(sa, x, m))
}

// Finding writes a finding.
func (w *Writer) Finding(f *report.Finding) { w.put(newFinding(f)) }

// Run writes how a run ended. CSV has no row for that.
func (w *Writer) Run(d *report.Document) { w.put(newRun(d)) }
