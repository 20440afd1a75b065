package esp

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

// An SA is one security association in a Table: what is known of it, its keys set up, and the traffic seen on it.
type SA struct {
	*Params          // of the list that gave it, where that has their normal form: they do not change
	others  []Source // than Source, that said the same of it, in the order they came

	core     *core
	guessed  bool          // made by a NullDetector
	misses   atomic.Uint32 // packets that the keys did not decrypt, where they are only supposed
	bare     bool          // made for AH packets that no SA is known for
	passing  bool          // in no list
	learned  bool          // made from an SA that names no SPI, when a packet verified it
	icv      atomic.Int32  // index in core.icvs that matched last
	top      atomic.Uint64 // highest verified sequence number + 1, without ESN the first; 0: none yet
	extended atomic.Bool   // with top: it has 64 bits
	sure     atomic.Bool   // the content of packets has proved the encryption key: see doubt

	place     int           // in the order in which SAs were added
	budget    *atomic.Int64 // of the table, for wide; nil: none
	wideLock  sync.Mutex
	wideTried int

	mu      sync.Mutex
	traffic *traffic // nil before the first packet: most SAs of a large table never see one
}

// Keyless reports whether nobody gave sa: its packets were decoded without a key, as AH or as NULL encryption.
func (sa *SA) Keyless() bool { return sa.bare || sa.guessed }

// Extended reports whether its packets verified with sequence numbers of 64 bits (RFC 4303, section 2.2.1).
func (sa *SA) Extended() bool { return sa.extended.Load() }

// Checked reports whether the ICV of sa's packets can be verified.
func (sa *SA) Checked() bool { return sa.core.check }

// ICVLength is the length of the ICV on the wire in bytes: the truncation that matched last.
func (sa *SA) ICVLength() int {
	if len(sa.core.icvs) == 0 {
		return 0
	}
	return sa.core.icvs[sa.icv.Load()]
}

// rank says how well sa matches a packet's addresses; less is better. Those that can verify themselves go first.
func (sa *SA) rank(src, dst netip.Addr) int {
	r := sa.addresses(src, dst)
	if !sa.core.check && sa.Protocol != IPComp {
		r += addressRanks
	}
	return r
}

// addresses says how well sa's addresses fit.
func (sa *SA) addresses(src, dst netip.Addr) int {
	switch {
	case sa.Src == src && sa.Dst == dst:
		return rankExact
	case fits(sa.Src, src) && fits(sa.Dst, dst):
		return rankWild
	case sa.Dst == dst || sa.Src == src:
		return rankHalf
	}
	return rankAway
}

const (
	rankExact = iota
	rankWild
	rankHalf // one side matches: NAT on the other
	rankAway
	addressRanks
	ranks = 2 * addressRanks
)

func fits(want, have netip.Addr) bool { return !want.IsValid() || want == have }

// same reports whether q says the same as sa does; a wildcard says nothing against an address.
func (sa *SA) same(q *Params) bool {
	p := sa.Params
	return p.Protocol == q.Protocol && p.SPI == q.SPI && p.AnySPI == q.AnySPI &&
		alike(p.Src, q.Src) && alike(p.Dst, q.Dst) &&
		p.Cipher == q.Cipher && bytes.Equal(p.CipherKey, q.CipherKey) &&
		p.MAC == q.MAC && bytes.Equal(p.MACKey, q.MACKey) &&
		p.ICVLen == q.ICVLen && p.NoCheck == q.NoCheck && p.ESN == q.ESN && p.IPCompAlg == q.IPCompAlg
}

func alike(a, b netip.Addr) bool { return a == b || !a.IsValid() || !b.IsValid() }

// merge takes over what q says beyond sa.
func (sa *SA) merge(q *Params) {
	if q.Source != (Source{}) && sa.Source != (Source{}) && q.Source != sa.Source && !slices.Contains(sa.others, q.Source) {
		sa.others = append(sa.others, q.Source)
	}
	if p := sa.Params.with(q); p.remark() != sa.remark() {
		sa.Params = &p
	}
}

// A remark is what of Params one source may say and another leave out.
type remark struct {
	src, dst                                netip.Addr
	source                                  Source
	tunnel, transport, udp, derived, kernel bool
}

func (p *Params) remark() remark {
	return remark{p.Src, p.Dst, p.Source, p.Tunnel, p.Transport, p.UDP, p.Derived, p.Kernel}
}

// with is p with what q says beyond it.
func (p Params) with(q *Params) Params {
	p.Src, p.Dst, p.Source = cmp.Or(p.Src, q.Src), cmp.Or(p.Dst, q.Dst), cmp.Or(p.Source, q.Source)
	p.Tunnel = p.Tunnel || q.Tunnel
	p.Transport = p.Transport || q.Transport
	p.UDP = p.UDP || q.UDP
	p.Derived = p.Derived || q.Derived
	p.Kernel = p.Kernel || q.Kernel
	return p
}

// From are all sources that said the same of sa, in the order they came.
func (sa *SA) From() []Source {
	if sa.Source == (Source{}) {
		return nil
	}
	return append([]Source{sa.Source}, sa.others...)
}

// Sources are those of From as text: "gwa.log:723".
func (sa *SA) Sources() (list []string) {
	for _, s := range sa.From() {
		list = append(list, s.String())
	}
	return list
}

// Bare reports whether sa was made for AH packets that no SA is known for: there is no key, and nothing is ever verified.
func (sa *SA) Bare() bool { return sa.bare }

// Guessed reports whether sa was made by a NullDetector: nobody told of it, and its ICV cannot be checked.
func (sa *SA) Guessed() bool { return sa.guessed }
