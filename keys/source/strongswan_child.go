package source

import (
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

var (
	reUsing     = having(`using (\S+) for (encryption|integrity)`, " for encryption", " for integrity")
	reAdding    = having(`(?:adding|registering) (inbound|outbound) (ESP|AH) SA`, "inbound ", "outbound ")
	reChildSPI  = having(`SPI 0x([0-9a-f]{1,8}), src (\S+) dst (\S+)`, "SPI 0x")
	reChildSPIs = having(`established with SPIs ([0-9a-f]{8})_i ([0-9a-f]{8})_o`, "established with SPIs ")
	reSAD       = having(`adding SAD entry with SPI ([0-9a-f]{8}) `, "adding SAD entry with SPI ")
)

// childMessage takes a message of the groups CHD, KNL and IKE that is about a child.
func (c *charonLog) childMessage(sa *charonSA, e event) {
	if strings.Contains(e.text, "CHILD_SA") && strings.Contains(e.text, "state change: CREATED => INSTALLING") {
		c.finishChild(sa)
		sa.child = newChild(sa, e)
		return
	}
	if m := reUsing.FindStringSubmatch(e.text); m != nil {
		c.using(sa, e, m)
		return
	}
	ch := sa.child
	if ch == nil {
		return
	}
	switch {
	case reAdding.MatchString(e.text):
		m := reAdding.FindStringSubmatch(e.text)
		ch.inbound = m[1] == "inbound"
		ch.protocol = map[string]esp.Protocol{"ESP": esp.ESP, "AH": esp.AH}[m[2]]
	case reChildSPI.MatchString(e.text):
		c.childSPI(ch, reChildSPI.FindStringSubmatch(e.text))
	case reChildSPIs.MatchString(e.text):
		m := reChildSPIs.FindStringSubmatch(e.text)
		ch.fill(hex32(m[1]), hex32(m[2]))
	case reSAD.MatchString(e.text):
		ch.sad = hex32(reSAD.FindStringSubmatch(e.text)[1])
	case strings.Contains(e.text, "using compression algorithm "):
		c.compression(ch, e)
	}
}

func newChild(sa *charonSA, e event) *charonChild {
	return &charonChild{line: e.num, protocol: esp.ESP, initiator: sa.initiator, knownRole: sa.known, version: sa.version,
		esn: sa.esn, udp: sa.udp, mid: sa.mid}
}

// using notes an algorithm. It begins a new child where the one at hand has it already.
func (c *charonLog) using(sa *charonSA, e event, m []string) {
	if e.group == "KNL" || m[1] == "replay" {
		return
	}
	ch := sa.child
	if ch == nil || ch.keys || m[2] == "encryption" && ch.cipher != "" || m[2] == "integrity" && ch.mac != "" {
		c.finishChild(sa)
		ch = newChild(sa, e)
		sa.child = ch
	}
	ch.line = e.num
	ch.esn, ch.udp = sa.esn, sa.udp
	if m[2] == "encryption" {
		ch.cipher = m[1]
	} else {
		ch.mac = m[1]
	}
}

func (c *charonLog) childSPI(ch *charonChild, m []string) {
	spi := hex32(m[1])
	src, err1 := netip.ParseAddr(m[2])
	dst, err2 := netip.ParseAddr(m[3])
	if err1 == nil && err2 == nil {
		c.addrs[spi] = spiAddrs{src.WithZone(""), dst.WithZone("")}
	}
	if ch.inbound {
		ch.in = spi
	} else {
		ch.out = spi
	}
}

// fill sets the SPIs from "established with SPIs", where the installation did not tell them.
func (ch *charonChild) fill(in, out uint32) {
	if ch.in != 0 && ch.in != in || ch.out != 0 && ch.out != out {
		return // of another child
	}
	ch.in, ch.out = in, out
}

// compression takes the IPComp SA that charon installs below an ESP SA: its CPI stands in the SAD entry.
func (c *charonLog) compression(ch *charonChild, e event) {
	_, name, _ := strings.Cut(e.text, "IPCOMP_")
	n, err := secret.CompressionNumber(name)
	if err != nil || ch.sad == 0 || ch.sad > 0xffff {
		return
	}
	p := esp.Params{Protocol: esp.IPComp, SPI: ch.sad, IPCompAlg: n}
	spi := ch.out
	if ch.inbound {
		spi = ch.in
	}
	if a, ok := c.addrs[spi]; ok {
		p.Src, p.Dst = a.src, a.dst
	}
	c.sa(p, e.num)
}

// childSecret takes the DH secret of a Quick Mode or CREATE_CHILD_SA with PFS.
func (c *charonLog) childSecret(sa *charonSA, e event) {
	if sa.child == nil || sa.child.keys {
		c.finishChild(sa)
		sa.child = newChild(sa, e)
	}
	sa.child.queuedSecrets = append(sa.child.queuedSecrets, e)
	if e.text != "additional key exchange secret" {
		sa.child.dh = e.dump
	}
}

// childDump takes a seed or a key.
func (c *charonLog) childDump(sa *charonSA, e event) {
	c.settle(sa, false)
	if sa.child == nil {
		sa.child = newChild(sa, e)
	}
	ch := sa.child
	switch e.text {
	case "seed":
		ch.version = 2
	case "initiator SA seed":
		ch.version, ch.seedI = 1, e.dump
	case "responder SA seed":
		ch.version, ch.seedR = 1, e.dump
	case "encryption initiator key":
		ch.enc[0], ch.keys = e.dump, true
	case "encryption responder key":
		ch.enc[1], ch.keys = e.dump, true
	case "integrity initiator key":
		ch.integ[0], ch.keys = e.dump, true
	case "integrity responder key":
		ch.integ[1], ch.keys = e.dump, true
	}
	c.childSecrets(sa, ch)
}

// childSecrets adds the child's DH secrets, once it is known whether they are a Quick Mode's.
func (c *charonLog) childSecrets(sa *charonSA, ch *charonChild) {
	if len(ch.queuedSecrets) == 0 || ch.version == 0 {
		return
	}
	if ch.group == 0 {
		ch.group = c.newGroup()
	}
	for _, e := range ch.queuedSecrets {
		s := secret.Secret{Kind: secret.ChildDHSecret, Value: e.dump, Group: ch.group}
		if ch.version == 1 {
			s.Kind = secret.QMDHSecret
			s.Where.MessageID = ch.mid
		}
		c.keep(sa, s, e)
	}
	ch.queuedSecrets = nil
}

// finishChild makes SAs of what a child printed.
func (c *charonLog) finishChild(sa *charonSA) {
	ch := sa.child
	sa.child = nil
	if ch == nil {
		return
	}
	if ch.version == 0 {
		ch.version = max(sa.version, 1)
	}
	c.childSecrets(sa, ch)
	toResponder, toInitiator := ch.spis()
	if ch.cipher == "" && ch.mac == "" || !ch.keys && ch.cipher != "NULL" {
		return
	}
	if ch.out == 0 && ch.in == 0 && toResponder == 0 {
		c.warn(ch.line, "keys of a child SA without its SPIs")
		return
	}
	if toResponder != 0 || toInitiator != 0 {
		c.childSA(ch, 0, toResponder)
		c.childSA(ch, 1, toInitiator)
		return
	}
	for dir := range 2 { // who began the exchange is not known: the ICV decides
		c.childSA(ch, dir, ch.out)
		c.childSA(ch, dir, ch.in)
	}
}

// spis returns the SPIs of the SAs from the initiator of the exchange to the responder, and back; zeros if it is not
// known which is which. In IKEv1 each seed holds the SPI that its key is for, so nothing needs to be guessed.
func (ch *charonChild) spis() (toResponder, toInitiator uint32) {
	if i, r := seedSPI(ch.seedI, ch.dh), seedSPI(ch.seedR, ch.dh); i != 0 && r != 0 {
		if p := ch.seedI[len(ch.dh)]; p == 2 {
			ch.protocol = esp.AH
		}
		return i, r
	}
	if !ch.knownRole {
		return 0, 0
	}
	if ch.initiator {
		return ch.out, ch.in
	}
	return ch.in, ch.out
}

// seedSPI finds the SPI in [g^xy|]protocol|SPI|Ni_b|Nr_b (RFC 2409, section 5.5).
func seedSPI(seed, dh []byte) uint32 {
	at := len(dh)
	if len(seed) < at+5 || seed[at] != 2 && seed[at] != 3 {
		return 0
	}
	return binary.BigEndian.Uint32(seed[at+1:])
}

// childSA adds the SA with the keys of one direction.
func (c *charonLog) childSA(ch *charonChild, dir int, spi uint32) {
	if spi == 0 {
		return
	}
	p := esp.Params{Protocol: ch.protocol, SPI: spi, CipherKey: ch.enc[dir], MACKey: ch.integ[dir], ESN: ch.esn, UDP: ch.udp}
	if a, ok := c.addrs[spi]; ok {
		p.Src, p.Dst = a.src, a.dst
	}
	if ch.cipher == "" {
		p.Protocol = esp.AH
	}
	if ch.cipher != "" {
		if p.Cipher = alg.CipherByStrongSwan(ch.cipher); p.Cipher == nil {
			c.warn(ch.line, "unknown encryption algorithm %s", ch.cipher)
			return
		}
	}
	if ch.mac != "" {
		if p.MAC = alg.MACByStrongSwan(ch.mac); p.MAC == nil {
			c.warn(ch.line, "unknown integrity algorithm %s", ch.mac)
			return
		}
	}
	if err := secret.CheckSA(p); err != nil {
		c.warn(ch.line, "SA 0x%08x: %v", spi, err)
		return
	}
	c.sa(p, ch.line)
}

func sortedKeys[V any](m map[int]V) []int { return slices.Sorted(maps.Keys(m)) }
