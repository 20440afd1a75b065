package esp

import (
	"bytes"
	"net/netip"
	"slices"
)

// Decided reports whether no further packet of a flow can change what is known of its keys, after some were tried, of which opened tells whether any was
// decrypted: of the candidates for each SA with its SPI one is verified; or there is no SA, and the content was judged not to be readable without one.
func (t *Table) Decided(proto Protocol, spi uint32, src, dst netip.Addr, opened bool) bool {
	key := keyOf(proto, spi)
	switch {
	case opened:
		return settled(t.of(key, false))
	case t.Has(proto, spi) || len(t.any[proto]) > 0:
		return false
	case proto != ESP || t.NullDetector == nil:
		return true
	}
	return t.NullDetector.refuted(flowKey{key, normalAddr(src), normalAddr(dst)})
}

// settled reports whether each of the SAs of an SPI is verified, or is the same as one that is: a candidate for its keys, or the same keys by other
// addresses.
func settled(sas []*SA) bool {
	for _, sa := range sas {
		if !slices.ContainsFunc(sas, func(p *SA) bool {
			same := p == sa || p.Src == sa.Src && p.Dst == sa.Dst || bytes.Equal(p.CipherKey, sa.CipherKey) && bytes.Equal(p.MACKey, sa.MACKey)
			return same && (p.Proven() || p.Protocol == IPComp)
		}) {
			return false
		}
	}
	return true
}

// refuted reports whether the first pass has judged a flow, and at no time to be without encryption.
func (d *NullDetector) refuted(k flowKey) bool {
	d.mu.RLock()
	f := d.flows[k]
	d.mu.RUnlock()
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fixed && f.accepted == 0
}

// Names reports whether the table has an SA of a protocol with one of the SPIs that has tells.
func (t *Table) Names(proto Protocol, has func(spi uint32) bool) bool {
	named := func(k looseKey) bool { return k.proto() == proto && has(k.spi()) }
	for k := range t.loose {
		if named(k) {
			return true
		}
	}
	byIndex := func(x uint64) bool { return named(keyAt(x)) }
	return slices.ContainsFunc(t.given.index, byIndex) || slices.ContainsFunc(t.passing.refs, byIndex)
}
