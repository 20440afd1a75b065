package main

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/report"
)

// An output writes the packets of a decrypt run: to one file, or to one for each SA beside it.
type output struct {
	ctx     context.Context
	opt     *decryptOptions
	wopt    capture.WriterOptions
	main    *capture.Writer
	split   *splitter         // nil: all packets go to main
	list    []string          // names, main first
	files   []*capture.Writer // in the same order
	written int

	comments *report.Comments // nil: none are written

	crowded int                   // packets of SAs beyond maxSplit
	lost    int                   // opened packets that their frame had no place for
	secrets []capture.SecretBlock // of other protocols than ESP, which the inner traffic may need
	barred  int                   // of them that pcap has no place for
	late    int                   // secrets that were met when packets were written already
	notes   []report.Problem
	log     *packetLog // nil: none

	selection *report.PacketSelection // nil: everything
	described bool                    // the main file says what the SAs are

	sent    counter // what went to standard output
	streams bool    // packets go there in one pass, as long as that does
	last    int     // the packet of the input that was written last
	skip    int     // those up to this one are written already
}

func newOutput(a *app, o *decryptOptions, blocks []capture.SecretBlock, named ...string) (*output, error) {
	out := &output{
		ctx: a.ctx, opt: o, list: []string{}, sent: counter{w: a.out},
		wopt: capture.WriterOptions{Raw: o.link == "raw", Inputs: o.inputs(), Interfaces: named, App: "ikedecode"},
	}
	out.wopt.Stdout = &out.sent
	for _, b := range blocks {
		if b.Type != capture.SecretESP {
			out.secrets = append(out.secrets, b)
		}
	}
	if o.out == "" {
		return out, nil // the log alone
	}
	w, err := out.create(o.out)
	if out.main = w; err == nil && !o.plain && w.HasComments() {
		out.comments = &report.Comments{}
	}
	return out, err
}

// announce readies the output for the second pass. It makes room in the main file for the lines about all SAs. Where it cannot be gone back in, it gets what is known before the first
// packet.
func (out *output) announce(s *ikedecode.Session) {
	if out.opt.split != "" {
		out.split = newSplitter(out.opt.split, out.opt.out, s)
	}
	if out.described = !out.main.Reserve(report.NoteRoom(s)); out.described {
		out.note(slices.Values(report.EarlyNotes(s)))
	}
}

// resume readies the output for two passes after one did not do. What went to standard output cannot be taken back, but is as two passes write it:
// they go on after it. It reports false where nothing did, and the output may start anew.
func (out *output) resume(s *ikedecode.Session) bool {
	if out.sent.n == 0 {
		return false
	}
	out.streams, out.skip = false, out.last
	blocks, _ := s.SecretBlocks()
	for _, b := range blocks {
		if b.Type != capture.SecretESP {
			out.late++
		}
	}
	out.late -= len(out.secrets)
	return true
}

// describe writes the lines about all SAs.
func (out *output) describe(s *ikedecode.Session) {
	if !out.described {
		out.note(report.FileNotes(s))
	}
}

func (out *output) note(lines iter.Seq[string]) {
	for line := range lines {
		out.main.Note(line)
	}
}

func (out *output) create(path string) (*capture.Writer, error) {
	w, err := openOutput(out.ctx, path, func() (*capture.Writer, error) { return capture.Create(path, out.wopt) })
	if err != nil {
		return nil, err
	}
	out.barred = 0
	for _, b := range out.secrets {
		if !w.Secret(b) {
			out.barred++
		}
	}
	out.files = append(out.files, w)
	out.list = append(out.list, path)
	return w, nil
}

// render makes the packets that take the place of a frame. Several goroutines do so at once.
func (out *output) render(f *ikedecode.Frame) {
	if out.main != nil {
		out.packets(f)
	}
	out.log.render(f)
}

func (out *output) packets(f *ikedecode.Frame) {
	if len(f.Items) == 1 {
		out.item(f, &f.Items[0], true)
		return
	}
	// A TCP segment with several messages becomes a packet for each, or stays as it was if none of them opened.
	for i := range f.Items {
		if rewrites(&f.Items[i]) {
			for j := range f.Items {
				out.item(f, &f.Items[j], false)
			}
			return
		}
	}
	out.asIs(f)
}

// asIs keeps a packet in which nothing was found.
func (out *output) asIs(f *ikedecode.Frame) {
	if out.opt.only == "" {
		f.AddOut()
	}
}

// item makes the packet of one datagram. whole says that it is all that the frame holds: if it did not open, the frame
// stays as it was.
func (out *output) item(f *ikedecode.Frame, it *ikedecode.Item, whole bool) {
	if !out.wanted(it) {
		return
	}
	if it.Opened != nil && it.Opened.Aggregate != nil && len(it.Opened.Aggregate.Packets) > 0 {
		out.aggregate(f, it)
		return
	}
	o := f.AddOut()
	o.Item = it
	if out.comments != nil {
		o.Comment = out.comments.Append(o.Comment, it)
	}
	if it.Opened != nil {
		o.SA = it.Opened.SA
	}
	if !rewrites(it) {
		if !whole {
			o.Data, _ = out.framed(o.Data, f.Packet, it.Datagram, it.Datagram.IP)
		}
		return
	}
	if err := out.rewrite(o, f.Packet, it); err != nil {
		out.noRoom(o)
	}
}

// aggregate makes a packet of each inner packet of an AGGFRAG payload.
func (out *output) aggregate(f *ikedecode.Frame, it *ikedecode.Item) {
	for i, p := range it.Opened.Aggregate.Packets {
		o := f.AddOut()
		o.Item, o.SA = it, it.Opened.SA
		if out.comments != nil {
			o.Comment = out.comments.AppendUnpacked(o.Comment, it, i)
		}
		var err error
		if o.Data, err = out.framed(o.Data, f.Packet, it.Datagram, p.IP); err != nil {
			out.noRoom(o)
			return // the frame stays as it is, once
		}
	}
}

// noRoom leaves a frame unchanged.
func (out *output) noRoom(o *ikedecode.Output) {
	o.Lost, o.Data, o.Tail, o.Missing = true, o.Data[:0], nil, 0
	if out.comments != nil {
		o.Comment = append(o.Comment, "; no room in its frame for the inner packet: left unchanged"...)
	}
}

// frame writes what render made of one packet of the input.
func (out *output) frame(f *ikedecode.Frame) error {
	switch {
	case f.Packet.Number <= out.skip:
		return nil
	case out.streams && stillClosed(f):
		return ikedecode.ErrTwoPasses
	}
	out.last = f.Packet.Number
	for i := range f.Out {
		o := &f.Out[i]
		data := o.Data
		if len(data)+len(o.Tail) == 0 {
			data = f.Packet.Data
		}
		if o.Lost {
			out.lost++
		}
		if f.ClearCopy != 0 && out.comments != nil {
			o.Comment = append(o.Comment[:0], report.FrameComment(f)...)
		}
		w, err := out.writer(o, f)
		if err != nil {
			return err
		}
		skipped := w.Skipped()
		if err := w.WriteParts(f.Packet, data, o.Tail, o.Comment, o.Missing); err != nil {
			return err
		}
		out.written++
		out.log.wrote(out, w, w.Skipped() > skipped)
	}
	return out.log.frame(f)
}

// stillClosed reports whether a datagram that was decrypted has another one inside that was not: its keys may be negotiated later.
func stillClosed(f *ikedecode.Frame) bool {
	for i := range f.Items {
		if o := f.Items[i].Opened; o != nil && o.Inner != nil {
			return true
		}
	}
	return false
}

// selected writes the packets that a filter selects.
func (out *output) selected(sc *report.Scope) func(*ikedecode.Frame) error {
	return func(f *ikedecode.Frame) error {
		if !sc.Selects(f) {
			return nil
		}
		out.render(f)
		return out.frame(f)
	}
}

// framed appends an IP packet in place of a datagram's: behind the headers that were before that, or bare where the file has none.
func (out *output) framed(dst []byte, p *capture.Packet, d *capture.Datagram, ip []byte) ([]byte, error) {
	if out.wopt.Raw {
		return append(dst, ip...), nil
	}
	return d.AppendRelink(dst, p, ip)
}

// wanted applies --only.
func (out *output) wanted(it *ikedecode.Item) bool {
	switch out.opt.only {
	case "ike":
		return it.Datagram.Kind == capture.IKE
	case "inner":
		return it.Opened != nil && rewrites(it)
	case "opened":
		return rewrites(it)
	}
	return true
}

// rewrites reports whether a datagram is written changed.
func rewrites(it *ikedecode.Item) bool {
	if it.IKE != nil {
		return report.Readable(it.IKE)
	}
	if o := it.Opened; o != nil && o.Aggregate != nil {
		return len(o.Aggregate.Packets) > 0
	}
	return it.Opened != nil && !it.Opened.Dummy
}

// rewrite makes the frame that takes the place of a datagram's. Of an opened packet that the capture cut, missing bytes belong at
// its end: readers are told so by the frame's original length.
func (out *output) rewrite(o *ikedecode.Output, p *capture.Packet, it *ikedecode.Item) (err error) {
	if it.IKE != nil {
		o.Data, err = out.framed(o.Data, p, it.Datagram, it.Datagram.WithPayload(report.ClearMessage(it.IKE)))
		return err
	}
	ip := it.Opened.IP
	switch {
	case ip != nil && it.Lasting():
		if !out.wopt.Raw {
			o.Data, err = it.Datagram.AppendHeaders(o.Data, p, ip)
		}
		o.Tail = ip
	case ip == nil:
		ip = it.Datagram.Transport(it.Opened.NextHeader, it.Opened.Payload)
		fallthrough
	default:
		o.Data, err = out.framed(o.Data, p, it.Datagram, ip)
	}
	if it.Opened.Cut {
		o.Missing = capture.Missing(ip)
	}
	return err
}

// writer is the file for a packet.
func (out *output) writer(o *ikedecode.Output, f *ikedecode.Frame) (*capture.Writer, error) {
	if out.split == nil {
		return out.main, nil
	}
	k, ok := out.split.key(o)
	if !ok {
		return out.main, nil
	}
	w := out.split.files[k]
	if w == nil {
		if len(out.split.files) >= maxSplit {
			out.crowded++
			return out.main, nil
		}
		var err error
		if w, err = out.create(out.split.name(k, o, f)); err != nil {
			return nil, err
		}
		out.split.files[k] = w
	}
	return w, out.split.writes(w)
}

func (out *output) names() []string { return out.list }

// flush hands over what was written so far.
func (out *output) flush() error {
	for _, w := range out.files {
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return out.log.flush()
}

// close finishes all files. If one fails, those that are not in place yet are removed.
func (out *output) close() error {
	if err := out.log.flush(); err != nil {
		return err
	}
	for _, w := range out.files {
		if err := w.Close(); err != nil {
			return err
		}
		out.written -= w.Skipped()
	}
	return out.log.close()
}

// abort removes what is not finished; after close it does nothing.
func (out *output) abort() {
	for _, w := range out.files {
		w.Abort()
	}
	out.log.abort()
}

func (out *output) warnings() (list []report.Problem) {
	skipped := 0
	for _, w := range out.files {
		skipped += w.Skipped()
	}
	for _, c := range []struct {
		n    int
		text string
	}{
		{skipped, "%d frames without an IP packet left out by --link raw"},
		{out.crowded, fmt.Sprintf("%%d packets beyond the first %d files written to the main file", maxSplit)},
		{out.lost, "%d decrypted packets left unchanged: no room in their frames"},
		{out.barred, "%d secrets blocks of the capture left out: pcap has no place for them; use a name that ends in .pcapng"},
		{out.late, "%d secrets blocks of the capture left out: packets before them were written already; write to a file"},
	} {
		if c.n > 0 {
			list = append(list, problem(fmt.Sprintf(c.text, c.n)))
		}
	}
	return append(list, out.notes...)
}
