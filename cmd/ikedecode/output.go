package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/session"
	"github.com/ikedecode/ikedecode/report"
)

// An output writes the packets of a decrypt run: to one file, or to one for each SA beside it.
type output struct {
	opt     *decryptOptions
	wopt    capture.WriterOptions
	main    *capture.Writer
	sas     map[*esp.SA]*capture.Writer
	list    []string          // names, main first
	files   []*capture.Writer // in the same order
	written int
	crowded int // packets of SAs beyond maxSplit
	lost    int // opened packets that their frame had no place for
}

// maxSplit bounds the files that --split-by opens at once.
const maxSplit = 256

func newOutput(a *app, o *decryptOptions) (*output, error) {
	out := &output{
		opt: o, sas: make(map[*esp.SA]*capture.Writer),
		wopt: capture.WriterOptions{Stdout: a.out, Raw: o.link == "raw", Inputs: o.inputs(), App: "ikedecode"},
	}
	w, err := out.create(o.out)
	out.main = w
	return out, err
}

func (out *output) create(path string) (*capture.Writer, error) {
	w, err := capture.Create(path, out.wopt)
	if err != nil {
		return nil, err
	}
	out.files = append(out.files, w)
	out.list = append(out.list, path)
	return w, nil
}

// frame writes what became of one packet of the input.
func (out *output) frame(f *session.Frame) error {
	if len(f.Items) == 0 || f.ClearCopy != 0 {
		return out.asIs(f.Packet, report.FrameComment(f))
	}
	if len(f.Items) == 1 {
		return out.item(f.Packet, &f.Items[0], true)
	}
	// A TCP segment with several messages becomes a packet for each, or stays as it was if none of them opened.
	opened := false
	for i := range f.Items {
		opened = opened || rewrites(&f.Items[i])
	}
	if !opened {
		return out.asIs(f.Packet, "")
	}
	for i := range f.Items {
		if err := out.item(f.Packet, &f.Items[i], false); err != nil {
			return err
		}
	}
	return nil
}

// asIs writes a packet in which nothing was found.
func (out *output) asIs(p *capture.Packet, comment string) error {
	if out.opt.only != "" {
		return nil
	}
	return out.write(out.main, p, p.Data, comment)
}

// item writes one datagram of p. whole says that it is all that p holds: if it did not open, p is written as it was.
func (out *output) item(p *capture.Packet, it *session.Item, whole bool) error {
	if !out.wanted(it) {
		return nil
	}
	comment := report.Comment(it)
	data := p.Data
	if ip := rewrite(it); ip != nil {
		framed, err := out.framed(p, ip)
		if err != nil {
			out.lost++
			comment += "; its frame has no place for the packet inside: kept as it was"
		} else {
			data = framed
		}
	} else if !whole {
		if framed, err := out.framed(p, it.Datagram.IP); err == nil {
			data = framed
		}
	}
	w, err := out.writer(it)
	if err != nil {
		return err
	}
	return out.write(w, p, data, comment)
}

// framed puts an IP packet into the link header of p, or leaves it bare where the file has none.
func (out *output) framed(p *capture.Packet, ip []byte) ([]byte, error) {
	if out.wopt.Raw {
		return ip, nil
	}
	return capture.Relink(p, ip)
}

// wanted applies --only.
func (out *output) wanted(it *session.Item) bool {
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

// rewrites reports whether a datagram is written otherwise than it came.
func rewrites(it *session.Item) bool {
	if it.IKE != nil {
		return report.Readable(it.IKE)
	}
	return it.Opened != nil && !it.Opened.Dummy
}

// rewrite is the IP packet that takes the place of a datagram; nil if it stays as it was.
func rewrite(it *session.Item) []byte {
	switch {
	case !rewrites(it):
		return nil
	case it.IKE != nil:
		return it.Datagram.WithPayload(report.ClearMessage(it.IKE))
	case it.Opened.IP != nil:
		return it.Opened.IP
	}
	return it.Datagram.Transport(it.Opened.NextHeader, it.Opened.Payload)
}

// writer is the file for a datagram.
func (out *output) writer(it *session.Item) (*capture.Writer, error) {
	if out.opt.split == "" || it.Opened == nil || it.Opened.SA == nil {
		return out.main, nil
	}
	sa := it.Opened.SA
	if w, ok := out.sas[sa]; ok {
		return w, nil
	}
	if len(out.sas) >= maxSplit {
		out.crowded++
		return out.main, nil
	}
	w, err := out.create(splitName(out.opt.out, it))
	if err != nil {
		return nil, err
	}
	out.sas[sa] = w
	return w, nil
}

// splitName puts addresses and SPI into the name of the output: plain-ESP-192.0.2.1-192.0.2.2-cf127d15.pcapng. Colons,
// which some file systems refuse, become underscores.
func splitName(path string, it *session.Item) string {
	ext := filepath.Ext(path)
	l := it.Opened.Layers[0]
	about := fmt.Sprintf("%v-%v-%v-%08x", l.Protocol, l.Src, l.Dst, l.SPI)
	return strings.TrimSuffix(path, ext) + "-" + strings.ReplaceAll(about, ":", "_") + ext
}

func (out *output) write(w *capture.Writer, p *capture.Packet, data []byte, comment string) error {
	if err := w.Write(p, data, comment); err != nil {
		return err
	}
	out.written++
	return nil
}

func (out *output) names() []string { return out.list }

// close finishes all files. If one fails, those that are not in place yet are removed.
func (out *output) close() error {
	for _, w := range out.files {
		if err := w.Close(); err != nil {
			return err
		}
		out.written -= w.Skipped()
	}
	return nil
}

// abort removes what is not finished; after close it does nothing.
func (out *output) abort() {
	for _, w := range out.files {
		w.Abort()
	}
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
		{skipped, "%d frames hold no IP packet: --link raw leaves them out"},
		{out.crowded, fmt.Sprintf("%%d packets of SAs beyond the first %d are in the main file", maxSplit)},
		{out.lost, "%d opened packets stayed as they were: their frames have no place for them"},
	} {
		if c.n > 0 {
			list = append(list, problem(fmt.Sprintf(c.text, c.n)))
		}
	}
	return list
}
