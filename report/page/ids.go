package page

import (
	"fmt"
	"strings"
)

// ids make the fragments that links lead to. That of an SA is made of its SPI, so that a link to it stays right in another page of the same
// tunnel.
type ids map[string]int

// of is the fragment of a name, with a number behind it where another one has it already.
func (x ids) of(name string) string {
	if x[name]++; x[name] > 1 {
		return fmt.Sprintf("%s-%d", name, x[name])
	}
	return name
}

// ike is the fragment of an IKE SA: "ike-38db764f3d5447ca-bae238c60a99624e".
func (x ids) ike(initiator, responder string) string {
	return x.of("ike-" + initiator + "-" + responder)
}

// sa is the fragment of an SA of ESP, AH or IPComp: "esp-0xc0ffee01".
func (x ids) sa(protocol, spi string) string { return x.of(strings.ToLower(protocol) + "-" + spi) }
