package words

// LeftOut says how many SAs are not exported: those whose keys decrypt nothing, those without a known key, those without packets.
func LeftOut(unproven, keyless, idle int) (list []string) {
	if unproven > 0 {
		list = append(list, Count(unproven, "SA")+" left out: the keys decrypt nothing")
	}
	if keyless > 0 {
		list = append(list, Count(keyless, "SA")+" left out: AES-GMAC found by content, the key is not known")
	}
	if idle > 0 {
		list = append(list, Count(idle, "SA")+" of the key files left out: no packet in the capture")
	}
	return list
}
