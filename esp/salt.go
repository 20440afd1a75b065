package esp

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// A SaltFinder finds the salts of SAs whose keys lack them (Params.NoSalt), by the first packets of the SAs.
type SaltFinder struct {
	wanted  map[uint32]bool // SPIs
	any     bool            // an SA that names no SPI is among them
	packets map[uint32][]Packet
	bytes   int // in packets
	halves  int // of sequence numbers that may still be tried in vain
}

const (
	saltPackets  = 8        // kept of an SPI
	saltMemory   = 64 << 20 // bytes kept in all
	saltSPIs     = 256      // looked through for an SA that names none
	searchedSPIs = 2        // of them, where salts have to be searched: those of one tunnel
	saltHalves   = 1 << 20  // high halves of sequence numbers tried in vain, for all SAs: seconds
)

// NewSaltFinder returns a finder for those of sas that lack their salt; nil where none does.
func NewSaltFinder(sas []Params) *SaltFinder {
	f := newSaltFinder(make(map[uint32]bool))
	for i := range sas {
		if p := &sas[i]; p.NoSalt && p.Protocol == ESP {
			f.wanted[p.SPI] = true
			f.any = f.any || p.AnySPI
		}
	}
	if len(f.wanted) == 0 {
		return nil
	}
	return f
}

func newSaltFinder(wanted map[uint32]bool) *SaltFinder {
	return &SaltFinder{wanted: wanted, packets: make(map[uint32][]Packet), halves: saltHalves}
}

// Wants reports whether the packet with that payload is of use. A nil finder wants none.
func (f *SaltFinder) Wants(payload []byte) bool {
	if f == nil || len(payload) < espHeader || f.bytes >= saltMemory {
		return false
	}
	spi := binary.BigEndian.Uint32(payload)
	return (f.wanted[spi] || f.any && (len(f.packets) < saltSPIs || f.packets[spi] != nil)) && len(f.packets[spi]) < saltPackets
}

// Observe keeps a packet that may be of use: whole, and there for the first time.
func (f *SaltFinder) Observe(p *Packet) {
	if p.Proto != ESP || p.Cut || p.Repeat || !f.Wants(p.Payload) {
		return
	}
	spi := binary.BigEndian.Uint32(p.Payload)
	q := *p
	q.IP, q.Payload = nil, slices.Clone(p.Payload)
	f.packets[spi] = append(f.packets[spi], q)
	f.bytes += len(q.Payload)
}

// Complete adds the salt to the key of p, if its packets give it: NoSalt is false then, and SaltFrame says by which. Where whole packets
// refute every salt, SaltTried says so. The error is that of a search that was ended.
func (f *SaltFinder) Complete(p *Params, s *alg.SaltSearch) error {
	if f == nil || !p.NoSalt || p.Cipher == nil || !s.Allows(p.Cipher) {
		return nil
	}
	q := saltQuest{p: p, search: s, finder: f}
	for _, list := range f.of(p) {
		if done, err := q.run(list); done || err != nil {
			return err
		}
	}
	return nil
}

// of are the packets that may be of p, of an SPI each: those to its destination first.
func (f *SaltFinder) of(p *Params) (lists [][]Packet) {
	if !p.AnySPI {
		list := slices.Clone(f.packets[p.SPI])
		away := func(q *Packet) int {
			if normalAddr(q.Dst) == normalAddr(p.Dst) {
				return 0
			}
			return 1
		}
		slices.SortStableFunc(list, func(a, b Packet) int {
			return cmp.Or(cmp.Compare(away(&a), away(&b)), cmp.Compare(len(a.Payload), len(b.Payload)))
		})
		return [][]Packet{list}
	}
	for _, list := range f.packets {
		lists = append(lists, list)
	}
	slices.SortFunc(lists, func(a, b []Packet) int { return cmp.Compare(a[0].Frame, b[0].Frame) })
	if p.Cipher.ComputeSalt == nil {
		lists = lists[:min(searchedSPIs, len(lists))]
	}
	return lists
}

// A saltQuest is the work on one key.
type saltQuest struct {
	p      *Params
	search *alg.SaltSearch
	finder *SaltFinder
}

// run tries packets until one gives the salt. Where salts have to be searched one packet must do.
func (q *saltQuest) run(list []Packet) (done bool, err error) {
	for i := range list {
		salt, err := q.try(&list[i], list)
		switch err {
		case nil:
			q.p.CipherKey, q.p.NoSalt, q.p.SaltFrame = slices.Concat(q.p.CipherKey, salt), false, list[i].Frame
			return true, nil
		case alg.ErrNoSalt:
			q.p.SaltTried = true
		case errShort:
			continue
		default:
			return false, err
		}
		if q.p.Cipher.ComputeSalt == nil {
			break
		}
	}
	return false, nil
}

// try finds the salt by one packet; others of the SA confirm it where no ICV does.
func (q *saltQuest) try(pkt *Packet, all []Packet) ([]byte, error) {
	c, icv := q.p.Cipher, q.p.wireICV()
	from := espHeader + c.IVLen
	n := len(pkt.Payload) - from - icv
	if n < 2 {
		return nil, errShort
	}
	if c.ComputeSalt != nil {
		return q.compute(pkt.Payload, from)
	}
	var s Scratch
	numbers := q.numbers(binary.BigEndian.Uint32(pkt.Payload[4:]), searchedHalves)
	query := alg.SaltQuery{Sealed: q.sealed(&s, pkt.Payload, from, numbers[0])}
	if c.AEAD {
		for _, x := range numbers[1:] {
			query.More = append(query.More, slices.Clone(s.additional(pkt.Payload, x)))
		}
	} else {
		query.Text = query.Text[:n]
		query.Confirm = func(salt []byte) bool { return q.confirms(salt, all) }
	}
	for _, view := range q.views(n) {
		query.Look, query.Plausible = view.look, view.plausible
		if salt, err := q.search.Find(c, q.p.CipherKey, query); err != alg.ErrNoSalt {
			return salt, err
		}
	}
	return nil, alg.ErrNoSalt
}

// compute tries every sequence number that the packet may have been sent with.
func (q *saltQuest) compute(payload []byte, from int) ([]byte, error) {
	halves := guessHalves
	if q.p.ESN {
		halves = wideHalves
	}
	if q.finder.halves < halves {
		halves = firstHalves
	}
	var s Scratch
	for _, x := range q.numbers(binary.BigEndian.Uint32(payload[4:]), halves) {
		if salt, ok := q.p.Cipher.ComputeSalt(q.p.CipherKey, q.sealed(&s, payload, from, x)); ok {
			return salt, nil
		}
	}
	q.finder.halves -= halves
	return nil, alg.ErrNoSalt
}

// searchedHalves is how many high halves of sequence numbers a search takes into account.
const searchedHalves = 4

// numbers are the sequence numbers that a packet may have been sent with, the likeliest first.
func (q *saltQuest) numbers(lo uint32, halves int) []number {
	list := make([]number, 0, halves+1)
	if !q.p.ESN {
		list = append(list, number{lo: lo})
	}
	for hi := range halves {
		list = append(list, number{uint32(hi), lo, true})
	}
	if q.p.ESN {
		list = append(list, number{lo: lo})
	}
	return list
}

// sealed is a packet as the cipher sees it.
func (q *saltQuest) sealed(s *Scratch, payload []byte, from int, n number) alg.Sealed {
	iv := payload[espHeader:from]
	if len(iv) == 0 { // implicit IV (RFC 8750, section 2)
		iv = binary.BigEndian.AppendUint64(nil, n.seq())
	}
	return alg.Sealed{AD: slices.Clone(s.additional(payload, n)), IV: iv, Text: payload[from:]}
}

// A saltView is a byte of the plaintext and what may be around it.
type saltView struct {
	look      int
	plausible func(block []byte) bool
}

// views are where n bytes of plaintext show that they are a packet: at the front in tunnel mode, at the end in every mode.
func (q *saltQuest) views(n int) []saltView {
	front := saltView{0, func(block []byte) bool { return tunnelled(block, n-2) }}
	end := saltView{n - 1, trailing}
	switch {
	case q.p.Tunnel:
		return []saltView{front}
	case q.p.Transport || q.p.BEET:
		return []saltView{end}
	}
	return []saltView{front, end}
}

// tunnelled reports whether n bytes of content may begin with an IP header, by their first block.
func tunnelled(block []byte, n int) bool {
	if len(block) < 6 {
		return false
	}
	switch block[0] >> 4 {
	case 4:
		total := int(binary.BigEndian.Uint16(block[2:]))
		return block[0]&15 >= 5 && total >= ip.IPv4Len && total <= n
	case 6:
		return int(binary.BigEndian.Uint16(block[4:]))+ip.IPv6Len <= n
	}
	return false
}

// trailing reports whether a plaintext may end in such a block: in padding as RFC 4303, section 2.4, has it, its length, and the number of
// a protocol that is in use.
func trailing(block []byte) bool {
	n := len(block) - 2
	if n < 0 {
		return nextBits[block[0]] > -5
	}
	pad := int(block[n])
	if nextBits[block[n+1]] == -5 {
		return false
	}
	for i := 1; i <= min(pad, n); i++ {
		if int(block[n-i]) != pad-i+1 {
			return false
		}
	}
	return true
}

// saltBits are those of the salts that a search goes through: so much stronger must the evidence be.
const saltBits = 32

// confirms weighs what a salt makes of all packets. Not one may contradict it.
func (q *saltQuest) confirms(salt []byte, all []Packet) bool {
	d, err := q.p.Cipher.NewDecrypter(slices.Concat(q.p.CipherKey, salt))
	if err != nil {
		return false
	}
	from, icv, bits := espHeader+q.p.Cipher.IVLen, q.p.wireICV(), 0
	var past facts
	for i := range all {
		body := all[i].Payload
		to := len(body) - icv
		if to-from < 2 {
			continue
		}
		pt := make([]byte, to-from)
		if err := d.Decrypt(pt, body[espHeader:from], body[from:to]); err != nil {
			return false
		}
		j := judge{src: all[i].Src, dst: all[i].Dst, past: &past}
		if j.weighKeyed(pt); j.misfit {
			return false
		}
		if bits += j.bits; j.bits > 0 {
			past = j.now
		}
	}
	return bits >= provedBits+saltBits
}

// wireICV is the length of the ICV on the wire, as far as p tells.
func (p *Params) wireICV() int {
	switch {
	case p.Cipher.AEAD:
		return p.Cipher.ICVLen
	case p.ICVLen != 0:
		return p.ICVLen
	case p.MAC != nil:
		return p.MAC.ICVLen
	}
	return 0
}
