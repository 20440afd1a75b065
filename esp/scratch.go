package esp

import (
	"bytes"
	"io"
	"net/netip"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// A Scratch is the working memory of one goroutine that decrypts packets. The zero value is ready; it grows to what packets
// need and is then reused.
type Scratch struct {
	table     *Table
	engines   map[*core]*engine       // that are not shared
	raw       map[*core]alg.Decrypter // see unchecked
	hmac      alg.HMACWork
	parked    [parkedLots]parked // see Prepare
	routes    []route            // the same
	flows     map[flowKey]*SA
	last      *SA // that decrypted a packet last, and its flow: most packets follow one of theirs
	lastKey   flowKey
	opened    Opened
	layers    [maxDepth]Layer
	count     int
	bufs      [maxDepth][]byte
	out       []byte
	header    []byte
	small     [64]byte // nonce, additional data
	sum, sum2 []byte
	inflate   inflater
	nonce     [16]byte
	wesp      []byte   // what the ICV covers before the packet
	joined    []byte   // both
	inner     *Scratch // for what packets out of AGGFRAG payloads hold; it has its own
	level     int      // how many such there are around it
}

const (
	maxDepth   = 8 // layers
	maxFlows   = 1 << 16
	maxEngines = 4096
	maxTrial   = 1024 // SAs tried for one packet
	maxScan    = 8192 // SAs of one SPI looked at for it
)

// begin readies s for a packet of t.
func (s *Scratch) begin(t *Table) {
	if s.table != t {
		s.table, s.engines, s.raw, s.flows, s.last, s.routes = t, nil, nil, nil, nil, nil
	}
	s.count = 0
}

// engine is the engine of a core for this goroutine.
func (s *Scratch) engine(c *core) (*engine, error) {
	if e := c.shared.Load(); e != nil {
		return e, nil
	}
	if e := s.engines[c]; e != nil {
		return e, nil
	}
	e, err := c.newEngine()
	if err != nil {
		return nil, err // Add made one before: cannot happen
	}
	if e.stateless() {
		c.shared.Store(e) // or another goroutine has done so meanwhile: they are alike
		return e, nil
	}
	if s.engines == nil || len(s.engines) >= maxEngines {
		s.engines = make(map[*core]*engine)
	}
	s.engines[c] = e
	return e, nil
}

// unchecked is the decrypter of a combined mode without its ICV, for cut packets.
func (s *Scratch) unchecked(c *core) (alg.Decrypter, error) {
	if d := s.raw[c]; d != nil {
		return d, nil
	}
	d, err := c.cipher.NewUnchecked(c.keySalt)
	if err != nil {
		return nil, err
	}
	if s.raw == nil || len(s.raw) >= maxEngines {
		s.raw = make(map[*core]alg.Decrypter)
	}
	s.raw[c] = d
	return d, nil
}

// remember keeps which SA matched a flow, so that the next packet tries it first; for long where several had to be tried.
func (s *Scratch) remember(k flowKey, sa *SA, several bool) {
	s.last, s.lastKey = sa, k
	if !several || sa.passing {
		return
	}
	if s.flows == nil || len(s.flows) >= maxFlows {
		s.flows = make(map[flowKey]*SA)
	}
	s.flows[k] = sa
}

// buffer is the output buffer of a layer, at least n bytes long.
func (s *Scratch) buffer(depth, n int) []byte {
	if cap(s.bufs[depth]) < n {
		s.bufs[depth] = make([]byte, max(n, 2048))
	}
	return s.bufs[depth][:n]
}

// grow doubles the buffer of a layer, of which n bytes are in use.
func (s *Scratch) grow(depth, n int) []byte {
	b := make([]byte, min(2*n+64, maxInflated+1))
	copy(b, s.bufs[depth][:n])
	s.bufs[depth] = b
	return b
}

// parkedLots is how many lengths of messages are told apart where two are looked for that take equally long.
const parkedLots = 32

// A parked packet waits for one as long as it is, so that their HMACs are computed together.
type parked struct {
	pkt *Packet
	key *alg.HMACKey
}

// A route is the SA that is likeliest for a flow.
type route struct {
	spi      uint32
	src, dst netip.Addr
	sa       *SA
}

// maxInflated is the length of the longest IPv6 packet: nothing larger can have been compressed.
const maxInflated = 65575

// An inflater unpacks deflate data (RFC 2394), its reader used again for each packet.
type inflater struct {
	src  bytes.Reader
	read io.ReadCloser
}
