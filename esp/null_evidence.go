package esp

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// facts are what the packets of a flow are likely to have in common.
type facts struct {
	known     bool
	next      uint8
	style     padStyle
	src, dst  netip.Addr // inner
	ports     uint32     // both, in either direction the same; 0: none
	cpi       uint16     // of IPComp
	delta     uint16     // by which transport checksums are off: NAT, or BEET, changed the addresses (RFC 3948, section 3.1.2)
	tunnelled bool
}

type padStyle uint8

const (
	padNone padStyle = iota
	padCount
	padZero
	padRandom
)

// noFacts is for what no packet came before; it is never written to.
var noFacts facts

// A judge weighs one packet under one geometry.
type judge struct {
	src, dst netip.Addr // of the packet that carries it
	udp      bool
	wire     int    // length of a packet that the capture has cut; 0: it is whole
	light    bool   // structure only: no checksum over the payload
	keyed    bool   // a key has made the plaintext: see weighKeyed
	past     *facts // of packets of this geometry before

	now       facts
	bits      int
	misfit    bool
	hard      bool // something matches that bytes of equal chance rarely do
	lengths   int
	checksums int
	paddings  int
}

func (j *judge) fail() {
	j.bits, j.misfit, j.hard = misfitBits, true, false
}

// odd is for a payload that its protocol does not allow. In transport mode the protocol is what the trailer says, which is then
// no trailer; inside a tunnel it is what some host sent.
func (j *judge) odd() {
	if j.now.tunnelled {
		j.add(-6)
	} else {
		j.fail()
	}
}

// add counts bits; matches those of what random bytes have by rare luck only.
func (j *judge) add(n int) { j.bits += n }

func (j *judge) fits(n int) { j.bits, j.hard = j.bits+n, true }

// nextBits are log2(256 P): how common the protocols inside ESP are. Those that are not named are rarer than chance.
var nextBits = func() (t [256]int8) {
	for i := range t {
		t[i] = -5
	}
	for _, p := range []uint8{
		ip.ProtoHopByHop, ip.ProtoIGMP, ip.ProtoDCCP, ip.ProtoRouting, ip.ProtoFragment, ip.ProtoRSVP, ip.ProtoAH, ip.ProtoDestOpts,
		ip.ProtoEIGRP, ip.ProtoBEET, ip.ProtoEtherIP, ip.ProtoPIM, ip.ProtoVRRP, ip.ProtoL2TP, ip.ProtoSCTP, ip.ProtoUDPLite, ip.ProtoMPLS,
		ip.ProtoMobility, ip.ProtoHIP, ip.ProtoShim6, ip.ProtoEthernet, ip.ProtoAGGFRAG,
	} {
		t[p] = -1
	}
	for p, n := range map[uint8]int8{
		ip.ProtoIPv4: 6, ip.ProtoIPv6: 4, ip.ProtoTCP: 4, ip.ProtoUDP: 4, ip.ProtoICMP: 3, ip.ProtoICMPv6: 3, ip.ProtoGRE: 2, ip.ProtoIPComp: 2,
		ip.ProtoNoNext: 2, ip.ProtoESP: 1, ip.ProtoOSPF: 1,
	} {
		t[p] = n
	}
	return t
}()
