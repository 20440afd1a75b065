package negotiation

import (
	"net/netip"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
)

// A gateway is what its selectors are for where they name it alone, not where its address is the beginning of another one or of a
// network.
func TestGatewayItself(t *testing.T) {
	at := netip.MustParseAddr
	for _, c := range []struct {
		from, to string
		host     bool
	}{
		{"192.0.2.1", "192.0.2.1", true}, {"192.0.2.10", "192.0.2.10", false}, {"192.0.2.1", "192.0.2.2", false}, {"192.0.2.0", "192.0.2.255", false},
	} {
		g := Gateway{Addr: at("192.0.2.1")}
		for range 2 {
			g.serve(ike.Selectors{{EndPort: 65535, From: at(c.from), To: at(c.to)}})
		}
		if g.Host != c.host || (len(g.Nets) == 0) != c.host || len(g.Nets) > 1 {
			t.Errorf("%s to %s: %v, %v", c.from, c.to, g.Host, g.Nets)
		}
	}
}
