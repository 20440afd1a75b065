package main

import (
	"bufio"
	"io"
	"slices"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report"
)

// A packetLog writes a record for each packet of a decrypt run (--log). A nil one writes nothing.
type packetLog struct {
	records *report.PacketLog
	file    *newFile // nil: standard output
	out     *bufio.Writer
	to      map[*capture.Writer]*logged
	places  []writtenTo // of the Outputs of the frame that is written
}

// A writtenTo is where a packet was written; without a name nowhere.
type writtenTo struct {
	name  []byte
	frame int
}

// A logged is a file that packets are written to.
type logged struct {
	name   []byte // quoted
	frames int
}

const logBuffer = 256 << 10

// newPacketLog starts the log of a run, nil where none is asked for.
func newPacketLog(a *app, o *decryptOptions, s *ikedecode.Session) (*packetLog, error) {
	if o.log == "" {
		return nil, nil
	}
	l := &packetLog{records: report.NewPacketLog(s), to: make(map[*capture.Writer]*logged)}
	to := io.Writer(a.out)
	if o.log != "-" {
		f, err := createFile(a.ctx, o.log)
		if err != nil {
			return nil, err
		}
		l.file, to = f, f
	}
	l.out = bufio.NewWriterSize(to, logBuffer)
	return l, nil
}

// render makes the records of a frame, after its packets. Several goroutines do so at once.
func (l *packetLog) render(f *ikedecode.Frame) {
	if l == nil {
		return
	}
	whole := slices.IndexFunc(f.Out, func(o ikedecode.Output) bool { return o.Item == nil })
	if len(f.Items) == 0 {
		l.record(f, nil, whole, 0)
	}
	for i := range f.Items {
		it, made := &f.Items[i], 0
		for k := range f.Out {
			if f.Out[k].Item == it {
				l.record(f, it, k, made)
				made++
			}
		}
		if made == 0 {
			l.record(f, it, whole, 0)
			made = 1
		}
		for ; it.Opened != nil && it.Opened.Aggregate != nil && made < len(it.Opened.Aggregate.Packets); made++ {
			l.record(f, it, -1, made)
		}
	}
}

// record adds the record of a datagram, or of one of the packets of its Aggregate.
func (l *packetLog) record(f *ikedecode.Frame, it *ikedecode.Item, out, unpacked int) {
	r := f.AddRecord(it, out)
	r.Unpacked = unpacked
	r.Data = l.records.Append(r.Data, f, it, unpacked)
}

// wrote notes where the next Output of a frame was written; skipped: nowhere.
func (l *packetLog) wrote(out *output, w *capture.Writer, skipped bool) {
	switch {
	case l == nil:
	case skipped:
		l.places = append(l.places, writtenTo{})
	default:
		to := l.to[w]
		if to == nil {
			to = &logged{name: report.Quoted(out.list[slices.Index(out.files, w)])}
			l.to[w] = to
		}
		to.frames++
		l.places = append(l.places, writtenTo{to.name, to.frames})
	}
}

// frame writes the records of a frame whose packets are written.
func (l *packetLog) frame(f *ikedecode.Frame) error {
	if l == nil {
		return nil
	}
	for i := range f.Records {
		r, at := &f.Records[i], writtenTo{}
		if r.Out >= 0 && r.Out < len(l.places) {
			at = l.places[r.Out]
		}
		r.Data = l.records.AppendEnd(r.Data, f, r, at.name, at.frame)
		if _, err := l.out.Write(r.Data); err != nil {
			return err
		}
	}
	l.places = l.places[:0]
	return nil
}

// learn notes what an IKE SA has negotiated, of a capture that is read as it comes.
func (l *packetLog) learn(sa *ikesa.SA, _ *ikesa.Message) {
	if l != nil {
		l.records.Learn(sa)
	}
}

// flush hands over what was written so far.
func (l *packetLog) flush() error {
	if l == nil {
		return nil
	}
	return l.out.Flush()
}

// close finishes the log.
func (l *packetLog) close() error {
	if err := l.flush(); err != nil || l == nil || l.file == nil {
		return err
	}
	return l.file.commit()
}

// abort removes a log that is not finished; after close it does nothing.
func (l *packetLog) abort() {
	if l != nil && l.file != nil {
		l.file.abort()
	}
}
