package source

import "github.com/ikedecode/ikedecode/esp"

// charon gives the kernel its SAs by netlink messages, and its log has them whole where the group KNL is at level 3 or 4: keys of IPsec SAs of a log whose
// group CHD is at a lower level.

// A kernelSA is an SA that was given to the kernel.
type kernelSA struct {
	sa   esp.Params
	line int
}

// kernelSA keeps the SA of a message.
func (c *charonLog) kernelSA(e event) {
	sa, ok, err := netlinkSA(e.dump)
	switch {
	case !ok || sa.Cipher == nil && sa.MAC == nil && err == nil || len(c.kernel) >= mostNetlinks:
	case err != nil:
		c.warn(e.num, "SA 0x%08x: %v", sa.SPI, err)
	case c.hides(sa.CipherKey) || c.hides(sa.MACKey):
		c.redactedSA(e.num, sa.SPI)
	default:
		c.kernel = append(c.kernel, kernelSA{sa, e.num})
	}
}

// addKernelSAs adds those that nothing else in the log has given.
func (c *charonLog) addKernelSAs() {
	known := make(map[uint32]bool, len(c.bag.SAs))
	for i := range c.bag.SAs {
		known[c.bag.SAs[i].SPI] = true
	}
	for _, k := range c.kernel {
		if !known[k.sa.SPI] {
			c.addSA(k.sa, k.line)
		}
	}
}
