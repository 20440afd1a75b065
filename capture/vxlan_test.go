package capture

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// What plainVXLAN takes is what unwrap makes of it, whatever byte of the headers is another one, and wherever the packet ends.
func TestPlainVXLAN(t *testing.T) {
	deeper := ip4(ip.ProtoGRE, append([]byte{0, 0, 8, 0}, ip4(ip.ProtoESP, esp(0x1001, 1, 40))...))
	taken := 0
	for _, inner := range [][]byte{ip4(ip.ProtoESP, esp(0x1001, 1, 40)), ip4(ip.ProtoUDP, udp(500, 500, ike(60))), deeper} {
		plain := inUDP(50000, portVXLAN, []byte{8, 0, 0, 0, 0, 0, 42, 0}, framed(inner))
		for at := range vxlanInside + ip.IPv4Len {
			for _, change := range []byte{0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0xff} {
				b := bytes.Clone(plain)
				b[at] ^= change
				taken += checkPlainVXLAN(t, b)
			}
		}
		for _, src := range []uint16{PortIKE, PortNATT, 4790, 1701} {
			taken += checkPlainVXLAN(t, inUDP(src, portVXLAN, []byte{8, 0, 0, 0, 0, 0, 42, 0}, framed(inner)))
		}
		for n := range plain {
			taken += checkPlainVXLAN(t, plain[:n])
		}
		taken += checkPlainVXLAN(t, append(plain, 0, 0, 0))
	}
	if taken < 1000 {
		t.Errorf("%d packets were taken", taken)
	}
}

// checkPlainVXLAN compares plainVXLAN with unwrap, and returns whether it took the packet: 1 or 0.
func checkPlainVXLAN(t *testing.T, b []byte) int {
	t.Helper()
	quick, slow := NewSplitter(SplitOptions{}), NewSplitter(SplitOptions{})
	var got, want Datagram
	inside, ok := quick.plainVXLAN(&got, b)
	if !ok {
		if got.Wrapping != nil || len(quick.Carried()) > 0 {
			t.Errorf("% x: not taken, and changed", b)
		}
		return 0
	}
	quick.unwrap(&got, &inside)
	outer, ok := parseIP(b, 0)
	if !ok || !slow.unwrap(&want, &outer) {
		t.Errorf("% x: taken, and no packet that carries another", b)
		return 1
	}
	if !reflect.DeepEqual(inside, outer) || !reflect.DeepEqual(quick.Carried(), slow.Carried()) {
		t.Errorf("% x: %+v, want %+v", b, inside, outer)
	}
	g, w := *got.Wrapping.around, *want.Wrapping.around
	g.shared = false
	if got.Wrapping.at != want.Wrapping.at || !bytes.Equal(got.Wrapping.packet, want.Wrapping.packet) || g != w {
		t.Errorf("% x: around it %+v, want %+v", b, g, w)
	}
	return 1
}

// What packets share stays as it is when one of them has more around it.
func TestSharedAround(t *testing.T) {
	s := NewSplitter(SplitOptions{})
	one := inUDP(50000, portVXLAN, []byte{8, 0, 0, 0, 0, 0, 42, 0}, framed(ip4(ip.ProtoESP, esp(0x1001, 1, 40))))
	two := inUDP(50000, portVXLAN, []byte{8, 0, 0, 0, 0, 0, 42, 0}, framed(inUDP(50000, portVXLAN, []byte{8, 0, 0, 0, 0, 0, 43, 0}, framed(ip4(ip.ProtoESP, esp(0x1001, 2, 40))))))
	var c Carriers
	for i, b := range [][]byte{one, two, one, two, two, one} {
		p := ether(i+1, 0, b)
		for _, d := range s.Split(p) {
			c.Add(p, &d)
		}
	}
	if l := c.List(); len(l) != 2 || l[0].String() != "VXLAN, VNI 42" || l[0].Packets != 3 || l[1].String() != "VXLAN, VNI 42, in it VXLAN, VNI 43" || l[1].Packets != 3 {
		t.Errorf("%+v", l)
	}
}
