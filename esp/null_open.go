package esp

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// null decrypts an ESP packet that no SA decrypts, if what its flow carried so far, or this packet, shows that it is not encrypted.
func (w *walk) null(body []byte) bool {
	d := w.t.NullDetector
	if w.pkt.Cut && w.s.count > 0 || !judgeable(w.pkt, body) {
		return false
	}
	f := d.lock(flowKey{keyOf(ESP, binary.BigEndian.Uint32(body)), w.c.src, w.c.dst})
	defer f.mu.Unlock()
	if !f.fixed {
		f.observe(d.seed, w.pkt, body)
	}
	i, ok := f.opens(w.pkt, body)
	if !ok {
		return false
	}
	l := &w.s.layers[w.s.count]
	*l = Layer{
		Protocol: ESP, SPI: f.key.spi(), Seq: uint64(binary.BigEndian.Uint32(body[4:])), Src: w.c.src, Dst: w.c.dst,
		Notes: NoteHeuristic,
	}
	sa := f.learn(w.t, w.pkt, i)
	data, ok := w.unwrap(sa, l, body, geometries[i])
	if !ok {
		return false
	}
	if l.SA = sa; sa != nil {
		if sa.opened(l, data, w.pkt, len(body)) {
			l.Notes |= NoteDuplicate
		}
	}
	w.enter(l, data)
	return true
}

// unwrap takes ESP header, IV, trailer and ICV off.
func (w *walk) unwrap(sa *SA, l *Layer, body []byte, g geometry) ([]byte, bool) {
	if w.pkt.Cut {
		if sa == nil {
			return nil, false
		}
		data, err := w.cut(sa, l, body)
		return data, err == nil
	}
	data, next, regular, err := trimPadding(body[espHeader+g.iv : len(body)-g.icv])
	if !regular {
		l.Notes |= NotePadding
	}
	l.Next = next
	return data, err == nil
}

// learn is the SA that packets of the flow are counted on, nil if there are too many.
func (f *nullFlow) learn(t *Table, pkt *Packet, i int) *SA {
	if f.sa == nil || int(f.saOf) != i {
		f.sa, f.saOf = t.nullSA(f.key, geometries[i], &f.scores[i], pkt.UDP), int8(i)
	}
	return f.sa
}

// nullSA makes an SA of what is known about a flow: NULL, with an ICV whose key is not.
func (t *Table) nullSA(k flowKey, g geometry, s *nullScore, udp bool) *SA {
	t.nLock.Lock()
	defer t.nLock.Unlock()
	for _, sa := range t.nulls[k] {
		if sa.core.ivLen == g.iv && sa.core.icvs[0] == g.icv {
			return sa
		}
	}
	if t.learnedAll() {
		return nil
	}
	name := "NULL"
	if g.iv > 0 {
		name = "NULL-AES-GMAC"
	}
	p := Params{
		Protocol: ESP, Src: k.src, Dst: k.dst, SPI: k.spi(), Cipher: cipherNamed(name), ICVLen: g.icv, NoCheck: true, UDP: udp,
		Tunnel: s.tunnel && !s.transport, Transport: s.transport && !s.tunnel, Source: Source{Name: NullSource},
	}
	sa := &SA{Params: &p, learned: true, guessed: true}
	sa.core = &core{null: true, ivLen: g.iv, block: 1, icvs: []int{g.icv}}
	t.learn = append(t.learn, sa)
	if t.nulls == nil {
		t.nulls = make(map[flowKey][]*SA)
	}
	t.nulls[k] = append(t.nulls[k], sa)
	return sa
}

func cipherNamed(name string) *alg.Cipher {
	for _, c := range alg.Ciphers() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// NullFlows are the flows of the table's detector, with the SAs that confirm or refute their verdicts; nil without a detector.
func (t *Table) NullFlows() []NullFlow {
	if t.NullDetector == nil {
		return nil
	}
	flows := t.NullDetector.Flows()
	t.nLock.Lock()
	defer t.nLock.Unlock()
	learned := make(map[uint32][]*SA)
	for _, sa := range t.learn {
		if !sa.guessed && sa.Protocol == ESP {
			learned[sa.SPI] = append(learned[sa.SPI], sa)
		}
	}
	for i := range flows {
		f := &flows[i]
		f.Proof = f.proof(t.of(keyOf(ESP, f.SPI), true))
		if f.Proof == nil {
			f.Proof = f.proof(learned[f.SPI])
		}
		if list := t.nulls[flowKey{keyOf(ESP, f.SPI), f.Src, f.Dst}]; f.SA == nil && len(list) > 0 {
			f.SA = list[0] // the flow was forgotten and came again
		}
	}
	return flows
}

// proof finds the SA whose ICV matched.
func (f *NullFlow) proof(list []*SA) *SA {
	for _, sa := range list {
		if sa.Checked() && sa.addresses(f.Src, f.Dst) < rankAway && sa.Proven() {
			return sa
		}
	}
	return nil
}
