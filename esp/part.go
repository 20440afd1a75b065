package esp

// Part is a table of the SAs that keep wants, those of Used among them, as they are after the packets that were opened. It is for reports: it
// opens none.
func (t *Table) Part(keep func(*SA) bool) *Table {
	p := NewTable()
	t.nLock.Lock()
	defer t.nLock.Unlock()
	for _, sa := range t.inOrder() {
		if keep(sa) {
			p.sas = append(p.sas, sa)
			p.added++
			key := keyOf(sa.Protocol, sa.SPI)
			p.loose[key] = append(p.loose[key], sa)
		}
	}
	for _, sa := range t.learn {
		if keep(sa) {
			p.learn = append(p.learn, sa)
		}
	}
	return p
}
