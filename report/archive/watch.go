package archive

import (
	"github.com/ikedecode/ikedecode/capture"
)

// A Watch makes what a manifest says of the files of a pass over all of them, so that none needs to be read again for that.
type Watch struct {
	opt     UpdateOptions
	files   []*scanner // by capture.Packet.File
	packets int
	room    int // for numbers
}

// NewWatch returns a Watch that knows no file. Of the options it takes LookBack and Stretch.
func NewWatch(o UpdateOptions) *Watch { return &Watch{opt: o, room: maxAllNumbered} }

// Packet takes a packet of the pass with what it holds; unread says that it is not looked into.
func (w *Watch) Packet(p *capture.Packet, list []capture.Datagram, unread bool) {
	for p.File >= len(w.files) {
		w.files = append(w.files, nil)
	}
	if w.files[p.File] == nil {
		w.files[p.File] = newScanner(w.opt)
		w.files[p.File].all = &numbering{room: &w.room}
	}
	w.packets++
	w.files[p.File].packet(p, list, unread)
}

// Into puts the files that had packets into a manifest, in the place of what it says of them. objects are the files of the pass, by
// capture.Packet.File, as they were listed before it; those without a name are left out. cuts tells where a file, of that number, could not be
// read on; "" elsewhere.
func (w *Watch) Into(m *Manifest, objects []Object, cuts func(file int) string) {
	m.LookBack, m.Numbered = w.opt.LookBack.Seconds(), w.packets
	seen := make(map[string]bool)
	var list []*File
	for i, sc := range w.files {
		if sc == nil || i >= len(objects) || objects[i].Name == "" {
			continue
		}
		f := sc.end(objects[i])
		f.Cut = cuts(i)
		list = append(list, f)
		seen[f.Name] = true
	}
	for _, f := range m.Files {
		if !seen[f.Name] {
			for i := range f.Stretches { // another pass numbered them
				f.Stretches[i].Numbers = nil
			}
			list = append(list, f)
		}
	}
	m.Files = list
}
