package source

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

// hopeless reports, once, that so much was read that is no text.
func (m *binaryMeter) hopeless() bool {
	if m.told || m.read <= binaryAfter {
		return false
	}
	m.told = true
	return m.controls > m.read/binaryShare
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
