package source

import "bytes"

// filesWithoutText are files that are given for a key source by mistake, or packed in a way that is not read, by their first bytes.
var filesWithoutText = []struct{ magic, what, advice string }{
	{"\x04\x22\x4d\x18", "compressed with lz4", "decompress it first: lz4 -d"},
	{"\x5d\x00\x00", "compressed with lzma", "decompress it first: xz -d --format=lzma"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first: 7z x"},
	{"Rar!\x1a\x07", "a RAR archive", "unpack it first"},
	{"{\\rtf", "an RTF document", "save it as plain text"},
	{"%PDF-", "a PDF file", "copy its text to a file"},
	{"\x89PNG", "a picture", "give the text"},
	{"\xff\xd8\xff", "a picture", "give the text"},
	{"LPKSHHRH", "a binary journal", "give what journalctl --file prints"},
	{"\x7fELF", "a program or a dump of memory", binaryAdvice},
}

const binaryAdvice = "give text, such as a log; strings prints the text in a dump of memory"

// notText tells what a file is that has no text by its first bytes; nil: it may have.
func notText(name string, head []byte) error {
	for _, f := range filesWithoutText {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return &FormatError{File: name, What: f.what, Advice: f.advice}
		}
	}
	return nil
}

// A binaryMeter tells what is no text, such as a disk image or /dev/urandom: it would be read to its end, or to the most bytes of a file, in vain. Logs may begin
// with some of it, after a crash, or with very many zero bytes, where they were truncated while a daemon went on to write; and text may be in any encoding.
// Control characters are in no encoding's text, and in each kind of binary data.
type binaryMeter struct {
	read, controls int // bytes other than zero
	told           bool
}

const (
	binaryAfter = 8 << 20 // bytes that are read of everything
	binaryShare = 50      // one control character in so many bytes is more than text has
)

func (m *binaryMeter) see(b []byte) {
	if m.read > binaryAfter {
		return
	}
	for _, c := range b {
		if c != 0 {
			m.read++
			m.controls += int(notInText[c])
		}
	}
}

// binary reports whether what was read is no text.
func (m *binaryMeter) binary() bool { return m.controls > m.read/binaryShare }

// hopeless reports, once, that so much was read that is no text.
func (m *binaryMeter) hopeless() bool {
	if m.told || m.read <= binaryAfter {
		return false
	}
	m.told = true
	return m.binary()
}

// notInText has a 1 for each control character but those of text and terminals.
var notInText = func() (not [256]uint8) {
	for c := range ' ' {
		not[c] = 1
	}
	for _, c := range "\a\b\t\n\v\f\r\x0e\x0f\x1b" { // shift out and in are of ISO 2022
		not[c] = 0
	}
	return not
}()
