// Package ikedecode runs a capture through the whole path: a first pass reads the IKE messages, derives the keys and
// fills the SA table; a second pass decrypts every packet with all SAs known. It has the data for the reports.
package ikedecode

import (
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Options say how to analyse. The zero value means the defaults.
type Options struct {
	NoVerify bool // use keys that nothing in the capture verifies
	// MaxMemory is how many bytes the run may take, about; 0 is DefaultMaxMemory. What has no room is given up as Session.NotShown, Lost and LeftOut
	// tell.
	MaxMemory int64
	// Shown is how much of it the caller takes for what it makes of a session, a page for one: a fraction from 0 to 1.
	Shown float64
	// SharedBag says that other runs have the secrets as well: what they take in memory is counted elsewhere.
	SharedBag bool
	ESPNull   NullMode // finding NULL encryption without keys
	Exchange  exchange.Options
	Split     capture.SplitOptions
	// SearchSalt searches the salts of keys that lack them where that takes long: those of four bytes that no packet gives away.
	SearchSalt bool
	// Samples readies the session for RunSamples: of each flow so many packets in a row are kept, and then some; 0: none.
	Samples int
	// Watch, if set, is given each packet of the first pass with what it holds; unread says that it is not looked into. Both are valid during the call.
	Watch func(p *capture.Packet, list []capture.Datagram, unread bool)
	// Progress, if set, is told now and then how many packets of which pass were read.
	Progress func(pass, packets int)
	// SaltProgress, if set, is told now and then how many of how many salts of a key were tried.
	SaltProgress func(tried, of uint64)
}

// A Session is an analysed capture.
type Session struct {
	Source      *capture.Source
	Bag         *secret.Bag
	SAs         []*ikesa.SA        // IKE SAs, in order of their first message
	IMS         []*IMSRegistration // in order of their first message that sets them up
	Table       *esp.Table         // every ESP, AH and IPComp SA known: negotiated or from the bag
	First, Last time.Time          // of all packets
	Late        time.Duration      // by how much packets come later in the capture than their time tells, as far as no clock was set
	// Evicted counts IKE SAs that are not in SAs for want of room. They are decrypted all the same, but for Lost of them.
	Evicted, Lost int
	// LeftOut counts IKE SAs for whose keys KeyLog, or Secrets, had no room.
	LeftOut int

	// Counts, complete after Run.
	Counts  Counts
	Unknown []*UnknownSPI // ESP and AH flows for which no SA is known, in order of their first packet
	Cuts    []capture.Cut
	// Incomplete are fragment sets of the outer network that stayed incomplete.
	Incomplete []capture.Incomplete
	// FirstFragments tells that of no datagram a fragment but the first is in the capture, as with a filter by port.
	FirstFragments bool

	// Unread are the packets that are not looked into, by why. DecoderPanics of them made a decoder panic. Carried counts those that were taken
	// out of others, by encapsulation.
	Unread        []capture.Unread
	DecoderPanics int
	Carried       map[capture.Encapsulation]int
	// Carriers are the ways in which messages of IKE and packets of ESP and AH came, where anything is around them.
	Carriers *capture.Carriers

	// UnknownMore counts packets of flows that are not in Unknown any more.
	UnknownMore int
	// Problems are SAs and blocks that could not be used, a sentence each.
	Problems []string

	opt        Options
	ims        *imsTracker
	finder     *esp.SaltFinder // during the first pass; nil where no SA of the bag lacks its salt
	guesser    *esp.Guesser    // during the first pass; nil where there is nothing to guess
	messages   messageIndex    // of SAs
	archived   *archived       // nil: during the first pass, and live
	negotiated []candidate
	evicted    []*ikesa.SA          // by Keyring
	wanted     func(*ikesa.SA) bool // of those archived; nil: all
	unknown    map[unknownKey]*UnknownSPI
	keyed      map[uint32]bool // SPIs whose cipher the bag names
	observed   map[uint32]int  // packets of an SPI that the detector of NULL encryption has seen
	anyClear   bool            // the capture has unencrypted IP packets at all, which may be copies
	copies     *copies
	live       *live        // during RunLive
	samples    *sampler     // of Options.Sample
	onePass    bool         // of OnePass
	idle       func() error // of OnIdle; may be nil
	keepOpened bool         // of KeepOpened
	copyFrames map[int]bool // the frames of unencrypted inner packets, the first maxCopyFrames of them
}

// Counts are packets by what became of them.
type Counts struct {
	Packets    int
	IKE        int // ISAKMP messages, repeats included
	IKEOpened  int // of them decrypted, at least in part
	IKEClosed  int // of them encrypted and not decrypted, fragments of a message that never came together, and those without a whole header
	IKEParts   int // of IKEClosed: fragments of a message that never came together
	IKECut     int // of IKEClosed: truncated by the snap length before the header's end
	IKEBad     int // not an ISAKMP message after all
	ESP        int // ESP and AH packets
	Opened     int // of them decrypted
	Unverified int // decrypted without an ICV that was checked
	Dummy      int // next header 59, or an AGGFRAG payload of padding
	Aggregated int // of Opened: with an AGGFRAG payload (RFC 9347)
	Unpacked   int // inner packets that came out of them
	InnerNoSA  int // of Opened: with ESP or AH inside that was not decrypted
	NoSA       int // no SA with that SPI, or none whose key has its salt
	BadICV     int // SAs are known, none matches
	BadContent int // ICV correct, but the encryption key is not: nothing sensible comes out
	Malformed  int // padding, cut packets, unsupported
	CutESP     int // truncated by the snap length, not decrypted
	CutOpened  int // truncated by the snap length and decrypted in part; in Opened as well
	Keepalives int
	Mirrored   int // packets that the capture has twice
	Elsewhere  int // of Mirrored, neither Forwarded: one capture file has it, and another one
	Forwarded  int // of them, neither IKE nor IPsec: a gateway, or a routing loop, shows a packet again when it sends it on
	ClearCopy  int // inner packets that the capture has again unencrypted
}

// An UnknownSPI is an ESP or AH flow that was not decrypted.
type UnknownSPI struct {
	Protocol    esp.Protocol
	Src, Dst    netip.Addr
	SPI         uint32
	UDP         bool
	Inside      bool // of another packet, of AH or one that was decrypted
	Packets     int
	Repeats     int       // of them, that the capture has twice
	First, Last int       // frames
	Start, End  time.Time // of the first and the last packet
	Sequence    Sequence
	// Err is why: no SA known, or SAs known and none matches.
	Err error

	sa *esp.SA // that it matches best, the first time
}

// Sent is how many packets were sent, as far as the capture has them: those that it has twice count once.
func (u *UnknownSPI) Sent() int { return u.Packets - u.Repeats }

// A Frame is one packet of the capture with what was found in it.
type Frame struct {
	Packet *capture.Packet
	Items  []Item        // one for each datagram that the packet completes; none for a fragment that waits
	Late   time.Duration // Session.Late, where a first pass found it
	// ClearCopy is the frame whose decrypted packet this one repeats unencrypted; 0: none.
	ClearCopy int
	// Out and Records are what render left for fn (see RunRender).
	Out     []Output
	Records []Record
}

// A Record is what a log says of an Item. Its buffer is used again.
type Record struct {
	Data []byte
	Item *Item // nil: of the Frame, which has none
	Out  int   // which of Frame.Out was made of it; -1: none
	// Unpacked is which packet of the Item's Opened.Aggregate it is of.
	Unpacked int
}

// AddRecord adds an empty Record.
func (f *Frame) AddRecord(it *Item, out int) *Record {
	n := len(f.Records)
	if n == cap(f.Records) {
		f.Records = append(f.Records, Record{})
	}
	f.Records = f.Records[:n+1]
	r := &f.Records[n]
	*r = Record{Data: r.Data[:0], Item: it, Out: out}
	return r
}

// An Output is one packet that was made from a Frame. Its buffers are used again.
type Output struct {
	Data    []byte  // the frame to be written; empty with Tail: as it came
	Tail    []byte  // goes on after Data; not this buffer's: see Item.Lasting
	Comment []byte  // what is said of it
	Item    *Item   // that it was made of; nil for a frame as it came. Of one with an Aggregate each packet makes one, in their order
	SA      *esp.SA // that decrypted it; nil for the rest
	Lost    bool    // it was decrypted, but its frame has no place for it
	Missing int     // bytes at the end of Data that the capture lacks
}

// AddOut adds an empty Output.
func (f *Frame) AddOut() *Output {
	n := len(f.Out)
	if n == cap(f.Out) {
		f.Out = append(f.Out, Output{})
	}
	f.Out = f.Out[:n+1]
	o := &f.Out[n]
	*o = Output{Data: o.Data[:0], Comment: o.Comment[:0]}
	return o
}

// Lasting reports whether the inner packet of Opened stays where it is until fn has had its Frame, so that an Output may point
// to it.
func (it *Item) Lasting() bool { return it.Opened != nil && it.Opened.Ahead }

// An Item is one datagram of a frame.
type Item struct {
	Datagram *capture.Datagram
	IKE      *ikesa.Message // the message, for Kind IKE; nil if it could not be parsed
	Repeat   bool           // the IKE message came before
	Fragment *Fragment      // of an IKE message that is put together elsewhere, or not at all; nil for what is not a fragment
	Opened   *esp.Opened    // for ESP and AH, where it was decrypted
	Err      error          // why it did not
	// ClearCopy is the frame before it that has the packet inside unencrypted; 0: none, or Frame.ClearCopy of a later one tells.
	ClearCopy int

	esp      *esp.Packet // for ESP, AH and IPComp
	opened   esp.Opened
	inner    uint64 // sum of the inner packet (copies)
	hasInner bool
	unpacked *unpacked
}

// unpacked is what is known of each packet of Opened.Aggregate.
type unpacked struct {
	sums   []uint64 // as Item.inner; 0: none
	copies []int    // as Item.ClearCopy
}

// ClearCopyOf is ClearCopy of a packet of Opened.Aggregate, by its index.
func (it *Item) ClearCopyOf(packet int) int {
	if it.unpacked == nil || packet >= len(it.unpacked.copies) {
		return 0
	}
	return it.unpacked.copies[packet]
}

type unknownKey struct {
	proto    esp.Protocol
	src, dst string
	spi      uint32
}

// A candidate is one set of keys that a Quick Mode may have given, and its place in the table.
type candidate struct {
	ike   *ikesa.SA
	child *ikesa.Child
	dir   *ikesa.ChildSA
	n     int // in dir.Candidates
	sa    *esp.SA
}

// A Fragment is what became of an IKE fragment: of IKEv1 (payload 132), or of IKEv2 (RFC 7383).
type Fragment struct {
	Message       *exchange.Message // the fragment as it came
	Number, Total int               // from 1; Total is 0 where no fragment tells how many there are
	Complete      bool              // the message that it is a part of came together; false where it is Waiting
	Whole         int               // the frame with that message: that of the fragment that completed it
	Waiting       bool              // of RunLive: others may still come
}

// NullMode says whether ESP with NULL encryption is found without its keys (esp.NullDetector).
type NullMode string

// The modes; the zero value is NullAuto.
const (
	NullAuto  NullMode = "auto"  // where no SA is known
	NullOff   NullMode = "off"   // never
	NullForce NullMode = "force" // also where an SA is known that does not decrypt the packet
)
