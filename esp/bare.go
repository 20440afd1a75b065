package esp

import (
	"encoding/binary"
)

// bareAH decrypts an AH packet that no SA is known for: it does not encrypt. Nothing is verified, and without an SA only a
// plausible content shows that this is AH at all.
func (w *walk) bareAH(spi uint32, body []byte) error {
	n := ahLength(body)
	if n < ahHeader || n > len(body) {
		return ErrNoSA
	}
	data := body[n:]
	if !w.pkt.Cut && plausible(body[0], data, w.c.src, w.c.dst) == implausible {
		return ErrNoSA
	}
	if w.pkt.Cut && !readable(body[0], data) {
		return ErrNoSA
	}
	l := &w.s.layers[w.s.count]
	*l = Layer{
		Protocol: AH, SPI: spi, Seq: uint64(binary.BigEndian.Uint32(body[8:])), Src: w.c.src, Dst: w.c.dst, Next: body[0],
		Notes: NoteNoSA,
	}
	if w.pkt.Cut {
		l.Notes |= NoteCut
	}
	if sa := w.t.bare(l, n-ahHeader, w.pkt.UDP); sa != nil {
		l.SA = sa
		if sa.opened(l, data, w.pkt, len(body)) {
			l.Notes |= NoteDuplicate
		}
	}
	w.enter(l, data)
	return nil
}

// BareSource is the source of an SA that nobody told of: its AH packets were read without a key.
const BareSource = "AH, without a key"

// bare is the SA that such packets of a flow are counted on, nil if there are too many. icv is the length of the ICV field.
func (t *Table) bare(l *Layer, icv int, udp bool) *SA {
	key := flowKey{keyOf(AH, l.SPI), l.Src, l.Dst}
	t.nLock.Lock()
	defer t.nLock.Unlock()
	if sa := t.bares[key]; sa != nil {
		return sa
	}
	if t.learnedAll() {
		return nil
	}
	p := Params{Protocol: AH, Src: l.Src, Dst: l.Dst, SPI: l.SPI, ICVLen: icv, NoCheck: true, UDP: udp, Source: Source{Name: BareSource}}
	sa := &SA{Params: &p, learned: true, bare: true}
	sa.core = &core{block: 1, icvs: []int{icv}}
	t.learn = append(t.learn, sa)
	if t.bares == nil {
		t.bares = make(map[flowKey]*SA)
	}
	t.bares[key] = sa
	return sa
}
