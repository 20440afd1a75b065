package capture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"
)

// An ngWriter writes a pcapng file (draft-ietf-opsawg-pcapng), little-endian, times in nanoseconds. pcapgo's writer has no
// comments for packets.
type ngWriter struct {
	w       *bufio.Writer
	file    *os.File // nil: the output cannot be gone back in
	opt     WriterOptions
	started bool
	notes   []string
	noted   int  // bytes of the notes
	dropped int  // notes that come when the room is full: there may be a million
	late    bool // there are notes that the header lacks
	more    int  // bytes of notes to be expected
	room    int  // bytes in the header for options; 0: what they take
	secrets []SecretBlock
	ifaces  map[ngIface]uint32
	last    lastIface
	block   []byte // being built, in w's buffer where it fits
}

// A lastIface is the interface of the record before: most are of the same.
type lastIface struct {
	any  bool
	file int
	link LinkType
	id   uint32
}

// An ngIface is an interface of the output: each input and link type gets its own.
type ngIface struct {
	name string
	link LinkType
}

func newNgWriter(w *bufio.Writer, file *os.File, opt WriterOptions) *ngWriter {
	if !isSeekable(file) {
		file = nil
	}
	return &ngWriter{w: w, file: file, opt: opt, ifaces: map[ngIface]uint32{}}
}

func (f *ngWriter) begin(typ uint32) {
	f.block = append(f.w.AvailableBuffer(), 0, 0, 0, 0, 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(f.block, typ)
}

// makeRoom empties w's buffer if n more bytes would not fit.
func (f *ngWriter) makeRoom(n int) error {
	if f.w.Available() < n {
		return f.w.Flush()
	}
	return nil
}

func (f *ngWriter) u16(v uint16) { f.block = binary.LittleEndian.AppendUint16(f.block, v) }
func (f *ngWriter) u32(v uint32) { f.block = binary.LittleEndian.AppendUint32(f.block, v) }

func (f *ngWriter) pad() {
	for len(f.block)%4 != 0 {
		f.block = append(f.block, 0)
	}
}

func (f *ngWriter) option(code uint16, v string) {
	f.u16(code)
	f.u16(uint16(len(v)))
	f.block = append(f.block, v...)
	f.pad()
}

// text adds an option of UTF-8 text, cut to what an option holds.
func (f *ngWriter) text(code uint16, v string) {
	if v == "" {
		return
	}
	v = strings.ToValidUTF8(v, "\uFFFD")
	n := min(len(v), math.MaxUint16)
	for n < len(v) && !utf8.RuneStart(v[n]) {
		n--
	}
	f.option(code, v[:n])
}

// comment adds a comment of UTF-8 text; one that is no such text, or too long, takes the slow way.
func (f *ngWriter) comment(c []byte) {
	if len(c) == 0 {
		return
	}
	if len(c) > math.MaxUint16 || !utf8.Valid(c) {
		f.text(optComment, string(c))
		return
	}
	f.u16(optComment)
	f.u16(uint16(len(c)))
	f.block = append(f.block, c...)
	f.pad()
}

// end finishes the block and writes it.
func (f *ngWriter) end() error {
	f.close()
	_, err := f.w.Write(f.block)
	return err
}

// close writes the length of the block at both of its ends.
func (f *ngWriter) close() {
	f.u32(uint32(len(f.block) + 4))
	copy(f.block[4:8], f.block[len(f.block)-4:])
}

// section writes the section header, with room for the notes that are to come, and the secrets.
func (f *ngWriter) section(more int) error {
	f.started = true
	if f.file != nil && more > 0 {
		const least = 64 // for the note that there is no room
		f.room = max(more, least)
		for _, n := range append(f.notes, f.opt.App, "") {
			f.room += optionSize(len(n))
		}
	}
	f.header()
	if err := f.end(); err != nil {
		return err
	}
	for _, b := range f.secrets {
		if err := f.secretBlock(b); err != nil {
			return err
		}
	}
	f.secrets = nil
	return nil
}

// optionSize is how many bytes an option takes that holds so many.
func optionSize(n int) int { return 4 + (min(n, math.MaxUint16)+3)&^3 }

// header builds the section header, without its last length.
func (f *ngWriter) header() {
	f.begin(blockSection)
	f.u32(byteOrderMagic)
	f.u16(1) // version 1.0
	f.u16(0)
	f.u32(math.MaxUint32) // length of the section: not said
	f.u32(math.MaxUint32)
	start := len(f.block)
	for _, n := range f.notes {
		f.text(optComment, n)
	}
	f.text(optShbApp, f.opt.App)
	f.fill(f.room&^3 - 4 - (len(f.block) - start))
	f.option(optEnd, "")
}

// fill adds options of so many bytes in all, a multiple of four, that readers skip.
func (f *ngWriter) fill(n int) {
	for n > 0 {
		const header, most = 4, math.MaxUint16 &^ 3
		size := min(n-header, most)
		f.u16(optLocal)
		f.u16(uint16(size))
		f.block = append(f.block, make([]byte, size)...)
		n -= header + size
	}
}

// secretBlock writes a Decryption Secrets Block.
func (f *ngWriter) secretBlock(b SecretBlock) error {
	f.begin(blockSecrets)
	f.u32(b.Type)
	f.u32(uint32(len(b.Data)))
	f.block = append(f.block, b.Data...)
	f.pad()
	return f.end()
}

// iface returns the number of the interface for a record, which is described first if it is new.
func (f *ngWriter) iface(r *record) (uint32, error) {
	if l := &f.last; l.any && l.file == r.p.File && l.link == r.link {
		return l.id, nil
	}
	id, err := f.ifaceOf(r)
	f.last = lastIface{err == nil, r.p.File, r.link, id}
	return id, err
}

func (f *ngWriter) ifaceOf(r *record) (uint32, error) {
	key := ngIface{link: r.link}
	if r.p.File >= 0 && r.p.File < len(f.opt.Interfaces) {
		key.name = f.opt.Interfaces[r.p.File]
	}
	if id, ok := f.ifaces[key]; ok {
		return id, nil
	}
	id := uint32(len(f.ifaces))
	f.ifaces[key] = id
	f.begin(blockInterface)
	f.u16(uint16(r.link))
	f.u16(0)
	f.u32(0) // no snap length
	if key.name != "" {
		f.text(optIfName, filepath.Base(key.name))
	}
	f.option(optTSResol, "\x09") // nanoseconds
	f.option(optEnd, "")
	return id, f.end()
}

func (f *ngWriter) write(r *record) error {
	if !f.started {
		if err := f.section(f.more); err != nil {
			return err
		}
	}
	id, err := f.iface(r)
	if err != nil {
		return err
	}
	const around = 64 // bytes of headers and padding
	if err := f.makeRoom(r.length() + len(r.comment) + around); err != nil {
		return err
	}
	ts := nanoseconds(r.p.Time)
	f.begin(blockEnhanced)
	f.u32(id)
	f.u32(uint32(ts >> 32))
	f.u32(uint32(ts))
	f.u32(uint32(r.length()))
	f.u32(uint32(r.origLen))
	f.block = append(append(f.block, r.data...), r.tail...)
	f.pad()
	for _, c := range r.comments {
		f.text(optComment, c)
	}
	f.comment(r.comment)
	if len(r.comments)+len(r.comment) > 0 {
		f.option(optEnd, "")
	}
	return f.end()
}

// nanoseconds are those of t since 1970, as far as 64 bits have room for them: up to the year 2554.
func nanoseconds(t time.Time) uint64 {
	sec := min(max(t.Unix(), 0), math.MaxUint64/1_000_000_000-1)
	return uint64(sec)*1_000_000_000 + uint64(t.Nanosecond())
}

func (f *ngWriter) note(text string) error {
	switch {
	case text == "":
	case f.started && f.noted > f.room:
		f.dropped++
	default:
		text = strings.ToValidUTF8(text, "\uFFFD")
		f.notes, f.noted, f.late = append(f.notes, text), f.noted+optionSize(len(text)), f.started
	}
	return nil
}

func (f *ngWriter) reserve(n int) { f.more = n }

func (f *ngWriter) to(w *bufio.Writer, file *os.File) { f.w, f.file = w, file }

// secret keeps a block for the header, in front of the packets that it is for.
func (f *ngWriter) secret(b SecretBlock) bool {
	if f.started {
		return false
	}
	f.secrets = append(f.secrets, b)
	return true
}

// finish writes what is left to say: into the header, where that is written and can be gone back to.
func (f *ngWriter) finish() error {
	if !f.started {
		return f.section(0)
	}
	if !f.late || f.room == 0 {
		return nil
	}
	f.dropNotes()
	f.header()
	f.close()
	header := bytes.Clone(f.block)
	if err := f.w.Flush(); err != nil {
		return err
	}
	_, err := f.file.WriteAt(header, 0)
	return err
}

// dropNotes keeps as many notes as the header has room for, the last of which says how many it has not.
func (f *ngWriter) dropNotes() {
	const gone = "%d more: no room here"
	left := f.room&^3 - optionSize(len(f.opt.App)) - optionSize(0)
	for _, n := range f.notes {
		left -= optionSize(len(n))
	}
	if left >= 0 {
		return
	}
	left -= optionSize(len(gone) + 8)
	n := len(f.notes)
	for n > 0 && left < 0 {
		n--
		left += optionSize(len(f.notes[n]))
	}
	f.notes = append(f.notes[:n:n], fmt.Sprintf(gone, len(f.notes)-n+f.dropped))
}
