package esp

// Keys that are right but stand in the wrong place: encryption and authentication key exchanged, or those of the other direction. An ICV tells.

// besides are the places in a list, from that of an SA, at which the SA of the other direction may be.
var besides = [...]int{1, -1, 2, -2}

// misplaced looks once, at the first packet of sa that does not verify, whether it does with the keys of sa exchanged, or with those of an SA beside it.
func (w *walk) misplaced(sa *SA, body []byte) {
	if w.t.trial || sa == nil || !sa.core.check || w.pkt.Cut {
		return
	}
	sa.mu.Lock()
	d := sa.seen().doubts()
	look := !d.placed && !sa.traffic.proven
	d.placed = true
	sa.mu.Unlock()
	if !look {
		return
	}
	fault, of := NoKeyFault, uint32(0)
	swapped := *sa.Params
	swapped.CipherKey, swapped.MACKey = sa.MACKey, sa.CipherKey
	if sa.MAC != nil && len(sa.CipherKey) > 0 && w.fits(&swapped, body) {
		fault = SwappedKeys
	} else if p := w.ofOther(sa, body); p != nil {
		fault, of = KeysOfOther, p.SPI
	}
	sa.mu.Lock()
	if fault != NoKeyFault && d.fault == NoKeyFault {
		d.fault, d.of = fault, of
	}
	sa.mu.Unlock()
}

// ofOther is the SA beside sa whose keys verify its packet; nil: none.
func (w *walk) ofOther(sa *SA, body []byte) *Params {
	g := &w.t.given
	at := sa.place - g.first - 1
	if at < 0 || at >= len(g.list) || g.list[at].SPI != sa.SPI {
		return nil
	}
	for _, n := range besides {
		if at+n < 0 || at+n >= len(g.list) {
			continue
		}
		p := &g.list[at+n]
		if p.Protocol != sa.Protocol || p.Cipher != sa.Cipher || p.MAC != sa.MAC || p.SPI == sa.SPI {
			continue
		}
		q := *sa.Params
		q.CipherKey, q.MACKey = p.CipherKey, p.MACKey
		if w.fits(&q, body) {
			return p
		}
	}
	return nil
}

// fits reports whether the keys of p verify a packet.
func (w *walk) fits(p *Params, body []byte) bool {
	t := NewTable()
	t.trial = true
	if _, err := t.Add(*p); err != nil {
		return false
	}
	o, err := t.Open(&Packet{Proto: p.Protocol, Src: w.c.src, Dst: w.c.dst, Payload: body, UDP: w.pkt.UDP, Frame: w.pkt.Frame, Time: w.pkt.Time}, new(Scratch))
	return err == nil && o.Verified
}
