package esp

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// cut decrypts what the capture has of a packet that the snap length cut, where the mode of operation allows: whole blocks of CBC,
// everything of NULL and of the counter modes, those inside the combined modes included. Nothing says that it is correct: so
// only SAs that other packets have verified are used, or those that do not encrypt. The trailer is not there as a rule: see
// guessNext for the protocol inside.
func (w *walk) cut(sa *SA, l *Layer, body []byte) ([]byte, error) {
	l.Notes |= NoteCut
	if l.Protocol == AH {
		return w.cutAH(l, body)
	}
	if !sa.core.null && !sa.Proven() {
		return nil, ErrCut
	}
	lo := binary.BigEndian.Uint32(body[4:])
	l.Seq, l.Extended = uint64(lo), sa.extended.Load()
	if l.Extended {
		l.Seq |= uint64(nearest(sa.top.Load()-1, lo)) << 32
	}
	c := sa.core
	from, to, whole := espHeader+c.ivLen, len(body), false
	if w.c.length > 0 {
		end := w.c.length - sa.ICVLength()
		to, whole = min(to, end), to >= end // of the ICV alone bytes are missing
	}
	if to <= from {
		return nil, ErrCut
	}
	pt, err := w.unchecked(sa, body[espHeader:from], body[from:to], l.Seq)
	if err != nil {
		return nil, err
	}
	if whole {
		if data, next, _, err := trimPadding(pt); err == nil && plausible(next, data, l.Src, l.Dst) != implausible {
			l.Next = next
			return data, nil
		}
	}
	next, ok := sa.guessNext(pt)
	if !ok {
		return nil, ErrCut
	}
	l.Next = next
	return pt, nil
}

// unchecked decrypts ct without a look at the ICV.
func (w *walk) unchecked(sa *SA, iv, ct []byte, seq uint64) ([]byte, error) {
	c := sa.core
	if c.null {
		return ct, nil
	}
	e, err := w.s.engine(c)
	if err != nil {
		return nil, err
	}
	dec := e.dec
	if e.aead != nil {
		if dec, err = w.s.unchecked(c); err != nil {
			return nil, err
		}
	}
	if len(iv) == 0 && e.aead != nil {
		iv = binary.BigEndian.AppendUint64(w.s.small[:0], seq)
	}
	ct = ct[:len(ct)/c.block*c.block]
	if len(ct) == 0 {
		return nil, ErrCut
	}
	pt := w.s.buffer(w.s.count, len(ct))
	if err := dec.Decrypt(pt, iv, ct); err != nil {
		return nil, ErrCut
	}
	return pt, nil
}

// guessNext is the protocol of a plaintext without its trailer. An IP packet shows itself where the SA is for tunnel mode, where
// nothing is known, or most packets had one; else it is the protocol that most packets had.
func (sa *SA) guessNext(pt []byte) (uint8, bool) {
	sa.mu.Lock()
	usual, known := sa.seen().usual()
	sa.mu.Unlock()
	if known && usual == ip.ProtoAGGFRAG {
		return usual, true
	}
	if sa.Tunnel || !known || usual == ip.ProtoIPv4 || usual == ip.ProtoIPv6 {
		h, ok := ip.ParseWhole(pt)
		switch {
		case !ok || !h.Intact(pt):
			return 0, false
		case h.Version == 6:
			return ip.ProtoIPv6, true
		}
		return ip.ProtoIPv4, true
	}
	return usual, true
}

// cutAH steps over the header of an AH packet that is cut: it says what follows.
func (w *walk) cutAH(l *Layer, body []byte) ([]byte, error) {
	n := ahLength(body)
	if n < ahHeader || n >= len(body) || !readable(body[0], body[n:]) {
		return nil, ErrCut
	}
	l.Next, l.Seq = body[0], uint64(binary.BigEndian.Uint32(body[8:]))
	return body[n:], nil
}

// readable is what plausible asks of a content that is cut.
func readable(next uint8, data []byte) bool {
	switch next {
	case ip.ProtoIPv4, ip.ProtoIPv6:
		h, ok := ip.ParseWhole(data)
		return ok && (h.Version == 6) == (next == ip.ProtoIPv6) && h.Intact(data)
	case ip.ProtoTCP, ip.ProtoUDP, ip.ProtoICMP:
		return len(data) > 0
	}
	return carried(next) && len(data) > 0
}
