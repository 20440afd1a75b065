package capture

import (
	"slices"
	"strings"
	"testing"
)

// TestCarriers names what carries a message in each encapsulation, with the number of its tunnel.
func TestCarriers(t *testing.T) {
	ids := map[string]string{
		"GRE with all fields": "GRE, key 7", "NVGRE": "NVGRE, VSID 42", "PPTP": "PPTP, call 5", "EoIP": "EoIP, tunnel 7", "ERSPAN II": "ERSPAN II, session 1",
		"ERSPAN III": "ERSPAN III, session 1", "ERSPAN III with more": "ERSPAN III, session 1", "ERSPAN III with IP": "ERSPAN III, session 1",
		"VXLAN": "VXLAN, VNI 42", "VXLAN over IPv6": "VXLAN, VNI 42", "VXLAN with a policy and a tag": "VXLAN, VNI 42", "VXLAN-GPE": "VXLAN-GPE, VNI 42",
		"VXLAN-GPE with a frame": "VXLAN-GPE, VNI 42", "VXLAN-GPE with a service header": "VXLAN-GPE, VNI 42", "GENEVE": "GENEVE, VNI 1", "GENEVE with an option": "GENEVE, VNI 1", "GTP-U": "GTP-U, TEID 0x00000001",
		"GTP-U with extension": "GTP-U, TEID 0x00000001", "GTP-U with sequence number": "GTP-U, TEID 0x00000001", "GTP-U with a frame": "GTP-U, TEID 0x00000001",
		"L2TPv2": "L2TPv2, tunnel 1, session 1", "L2TPv2 with all fields": "L2TPv2, tunnel 1, session 1", "L2TPv3": "L2TPv3, session 7",
		"L2TPv3 with cookie and sublayer": "L2TPv3, session 7", "L2TPv3 in UDP": "L2TPv3, session 7", "L2TPv3 with IP": "L2TPv3, session 7",
	}
	packet, _ := innerPackets(60)
	for _, c := range tunnelCases {
		p := ether(3, 0, c.wrap(packet))
		d := NewSplitter(SplitOptions{}).Split(p)[0]
		var carriers Carriers
		carriers.Add(p, &d)
		carriers.Add(p, &d)
		want := ids[c.name]
		if want == "" {
			want = c.in.String()
		}
		list := carriers.List()
		if len(list) != 1 || list[0].Packets != 2 || list[0].First != 3 || list[0].String() != want && !strings.HasPrefix(list[0].String(), want+", label ") {
			t.Errorf("%s: %+v, want %s", c.name, list, want)
		}
	}
}

// TestCarriersOfFrames names the tags of a frame, and what is nested, once for each way.
func TestCarriersOfFrames(t *testing.T) {
	packet, _ := innerPackets(60)
	vxlan := inUDP(50000, 4789, []byte{8, 0, 0, 0, 0, 0, 42, 0}, framed(ip4(47, cat([]byte{0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 9, 0, 0, 0, 0}, framed(packet)))))
	var carriers Carriers
	for _, c := range []struct {
		frame []byte
		want  string
	}{
		{framed(packet), ""},
		{cat(macs, []byte{0x81, 0, 0x20, 5, 8, 0}, packet), "VLAN 5"},
		{cat(macs, []byte{0x88, 0xa8, 0, 100, 0x81, 0, 0, 5, 8, 0}, packet), "VLAN 100, in it VLAN 5"},
		{cat(macs, []byte{0x88, 0x47}, label0, label, packet), "MPLS, label "},
		{cat(macs, []byte{0x88, 0x64, 0x11, 0, 0, 7}, size16(len(packet)+2), []byte{0, 0x21}, packet), "PPPoE, session 7"},
		{cat(macs, []byte{0x89, 0x09, 1, 1, 0, 1, 0, 5, 8, 0}, packet), "Cisco metadata, SGT 5"},
		{cat(macs, []byte{0x89, 0x26, 0, 3, 0, 0, 8, 0}, packet), "VN-Tag, interface 3"},
		{cat(macs, []byte{0x88, 0xe7, 0, 0, 1, 2}, framed(packet)), "PBB, I-SID 258"},
		{framed(vxlan), "VXLAN, VNI 42, in it ERSPAN II, session 9"},
	} {
		p := pkt(1, 0, c.frame)
		p.Link = LinkEthernet
		d := NewSplitter(SplitOptions{}).Split(p)[0]
		if d.Kind != IKE {
			t.Errorf("%s: %v", c.want, d.Kind)
		}
		n := len(carriers.List())
		carriers.Add(p, &d)
		carriers.Add(p, &d)
		list := carriers.List()
		if c.want == "" {
			if len(list) != n {
				t.Errorf("%+v", list)
			}
			continue
		}
		if len(list) != n+1 || !strings.HasPrefix(list[n].String(), c.want) || list[n].Packets != 2 {
			t.Errorf("%s: %+v", c.want, list[n:])
		}
	}
	// Each way is told apart up to a bound.
	for i := range 2 * maxCarriers {
		p := pkt(1, 0, cat(macs, []byte{0x81, 0, byte(i >> 8), byte(i), 8, 0}, packet))
		p.Link = LinkEthernet
		carriers.Add(p, &Datagram{})
	}
	if len(carriers.List()) != maxCarriers || carriers.More == 0 || !slices.Contains(carriers.List()[1].Layers, "VLAN 5") {
		t.Errorf("%d ways, %d more", len(carriers.List()), carriers.More)
	}
}
