package words

// LeftOut says which SAs are not exported: so many whose keys open nothing, whose key is not known, and without packets.
func LeftOut(unproven, keyless, idle int) (list []string) {
	if unproven > 0 {
		list = append(list, Count(unproven, "SA")+" whose keys open nothing: left out")
	}
	if keyless > 0 {
		list = append(list, Count(keyless, "SA")+" with AES-GMAC, found by content: left out, the key is not known")
	}
	if idle > 0 {
		list = append(list, Count(idle, "SA")+" of the key files without a packet in the capture: left out, --no-verify keeps them")
	}
	return list
}
