// Package capture reads and writes captures: pcap and pcapng in and out, link layers, IP reassembly, UDP and TCP
// encapsulation. It yields datagrams that hold IKE, ESP, AH or IPComp. It alone imports gopacket.
package capture

import (
	"net/netip"
	"time"
)

// LinkType is a LINKTYPE_ number as in pcap files.
type LinkType uint16

// A Packet is one captured frame.
type Packet struct {
	Number    int // 1-based, in the merged input: the frame number of every report
	File      int // index of the input file
	FileFrame int // 1-based, in that file
	Time      time.Time
	Link      LinkType
	Data      []byte // as captured; owned by the receiver
	OrigLen   int    // on the wire; more than len(Data) where the snap length cut it
}

// A Source is one or several captures, merged by time, that can be read more than once (a pipe is spooled).
type Source struct{}

// Open opens captures; "-" is stdin. Errors name the file and what is wrong.
func Open(paths []string, opt Options) (*Source, error) { panic("sketch") }

type Options struct {
	Stdin   any // io.Reader
	TempDir string
}

// Reader starts a pass over all packets.
func (s *Source) Reader() (*Reader, error) { panic("sketch") }
func (s *Source) Close() error             { panic("sketch") }

type Reader struct{}

// Next returns the next packet, io.EOF at the end. A file that is cut short ends early; Cuts says where.
func (r *Reader) Next() (*Packet, error) { panic("sketch") }

// Cuts are the inputs that ended inside a record (complete after the first full pass).
func (s *Source) Cuts() []Cut { panic("sketch") }

// A Cut is a capture file that ends inside a record, or turns to garbage there.
type Cut struct {
	Path   string
	Offset int64 // where the unreadable record starts
	Err    error
}

// Kind is what a datagram holds.
type Kind uint8

const (
	Other     Kind = iota // nothing of IPsec; IP is set where there is an IP packet
	IKE                   // Payload is the ISAKMP message (non-ESP marker taken off)
	ESP                   // Payload starts at the SPI
	AH                    // Payload starts at the AH header (next header field)
	IPComp                // Payload starts at the IPComp header
	Keepalive             // NAT-T keepalive
	ICMPError             // an ICMP or ICMPv6 error; Payload is the ICMP message
)

// A Datagram is what one IP packet (reassembled), or one message inside a TCP stream, holds.
type Datagram struct {
	Frame     int   // the frame that completed it
	Frames    []int // all frames it came in, in order of capture; nil if only Frame
	Time      time.Time
	Src, Dst  netip.AddrPort // port 0 without UDP or TCP
	Kind      Kind
	IP        []byte // the whole outer IP packet, reassembled; its Payload is a slice of it (nil payload for TCP: synthetic IP)
	Payload   []byte
	HeaderLen int  // IP header with options and extension headers up to the payload's protocol header (UDP, ESP, AH)
	UDP       bool // in UDP
	TCP       bool // in TCP (RFC 9329)
	Marker    bool // the non-ESP marker was there
	OddPort   bool // IKE found by its header on another port
	Cut       bool // the snap length cut it: bytes are missing at the end
	Repeat    bool // the same packet was seen just before (mirror port: every packet twice)
}

// A Splitter turns packets into datagrams. It learns IKE peers and their ports.
type Splitter struct {
	// KnownSPI, if set, says whether an ESP SA with that SPI and destination is known: ESP in UDP on any port.
	KnownSPI func(spi uint32, dst netip.Addr) bool
}

func NewSplitter(opt SplitOptions) *Splitter { panic("sketch") }

type SplitOptions struct {
	MaxFragmentBytes int           // bound on memory for reassembly
	FragmentTimeout  time.Duration // in capture time
}

// Split returns the datagrams that p completes: none for a fragment that waits, several for a TCP segment.
// A packet that is no IP at all gives one Datagram of kind Other with IP nil.
func (s *Splitter) Split(p *Packet) []Datagram { panic("sketch") }

// Flush ends all that waits; Incomplete names it.
func (s *Splitter) Flush() {}

// Incomplete are fragment sets (and TCP streams) that stayed incomplete.
func (s *Splitter) Incomplete() []Incomplete { panic("sketch") }

type Incomplete struct {
	Frames   []int
	Src, Dst netip.Addr
	Protocol uint8
	Have     int // bytes had
	Want     int // bytes of the whole, 0 if the last fragment is missing
}

// WithPayload returns the outer IP packet of d with another payload in place of its Payload (UDP header and marker
// kept), lengths and checksums set right.
func (d *Datagram) WithPayload(payload []byte) []byte { panic("sketch") }

// Transport returns the outer IP packet of d with protocol proto and payload in place of everything after the IP
// header (transport mode), lengths and checksums set right.
func (d *Datagram) Transport(proto uint8, payload []byte) []byte { panic("sketch") }

// Relink returns the frame of p with ip as its IP packet: link header kept, EtherType or family set for ip's version.
func Relink(p *Packet, ip []byte) ([]byte, error) { panic("sketch") }

// A Writer writes pcapng, or pcap, beside its final name and moves it into place on Close; mode 0600.
type Writer struct{}

// Create starts a capture file at path ("-" for w); pcap where the name ends in .pcap, pcapng elsewhere.
func Create(path string, opt WriterOptions) (*Writer, error) { panic("sketch") }

type WriterOptions struct {
	Stdout any      // io.Writer
	Raw    bool     // every packet is bare IP: LINKTYPE_RAW
	Inputs []string // refused as output
	App    string
}

// Write writes one frame; comment goes into pcapng.
func (w *Writer) Write(p *Packet, data []byte, comment string) error { panic("sketch") }

// Note adds a comment to the file as a whole (section header, or at the end): summaries.
func (w *Writer) Note(text string) {}

// Close finishes the file and moves it into place; Abort removes it.
func (w *Writer) Close() error { panic("sketch") }
func (w *Writer) Abort()       {}
