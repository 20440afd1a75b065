package capture

import (
	"bufio"
	"errors"
	"io"
	"os"
)

// ErrMixedLinks says that a pcap file cannot hold frames of several link types.
var ErrMixedLinks = errors.New("a pcap file has one link type only")

// WriterOptions say how a Writer writes.
type WriterOptions struct {
	Stdout io.Writer // os.Stdout if nil
	Raw    bool      // every packet is bare IP: LINKTYPE_RAW
	Inputs []string  // rejected as output
	// Interfaces are the names of the interfaces in pcapng, by Packet.File, as Source.Named gives them: of those with one name there is one for each
	// link type.
	Interfaces []string
	App        string // that the pcapng file names as its maker
}

// A formatWriter writes one file format.
type formatWriter interface {
	write(r *record) error
	note(text string) error
	reserve(n int)
	secret(b SecretBlock) (ok bool)
	finish() error
	to(w *bufio.Writer, file *os.File) // where it goes on
}

// A record is a frame to be written.
type record struct {
	p        *Packet
	link     LinkType
	data     []byte
	tail     []byte // goes on after data
	origLen  int
	comments []string // that the packet brought
	comment  []byte   // and one more
}

// length is that of the frame as it is written.
func (r *record) length() int { return len(r.data) + len(r.tail) }
