package traffic

import (
	"context"
	"encoding/binary"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/source"
)

// Every packet that an SA decrypts, but dummies, is in one of its flows.
func TestInnerFlows(t *testing.T) {
	for _, session := range []string{"v1-main-psk-aes128-sha1", "v1-transport", "v1-ipcomp", "v2-psk-gcm-x25519-pfs-rekey"} {
		dir := filepath.Join("../../testdata/pcaps", session)
		src, err := capture.Open([]string{filepath.Join(dir, "wire.pcap")}, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		bag, err := source.ReadFile(filepath.Join(dir, "gwa.log"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := &InnerFlows{}
		if err := s.Run(context.Background(), Shown(w)); err != nil {
			t.Fatal(err)
		}
		all := 0
		for _, sa := range s.Table.SAs() {
			n, st := 0, sa.Stats()
			for _, f := range w.Of(sa) {
				n += f.Packets
				if f.Other || !f.Src.IsValid() || f.Bytes == 0 || f.Last.Before(f.First) || f.Protocol == 0 {
					t.Errorf("%s: %+v", session, f)
				}
			}
			if n != st.Opened-st.Dummies {
				t.Errorf("%s: SA %08x: %d packets in flows, %d decrypted", session, sa.SPI, n, st.Opened)
			}
			all += n
		}
		if all == 0 {
			t.Errorf("%s: nothing decrypted", session)
		}
	}
}

// An SA inside another one is a flow of ESP in that; what there is no room for is counted together, for each SA.
func TestInnerFlowsOfMany(t *testing.T) {
	outer, inner := &esp.SA{}, &esp.SA{}
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	c, d := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	packet := make([]byte, 28)
	packet[0], packet[3], packet[9] = 0x45, 28, 17
	copy(packet[12:], []byte{10, 1, 0, 1, 10, 2, 0, 1})
	w := &InnerFlows{}
	const packets = maxInnerFlows + 5
	for i := range packets {
		binary.BigEndian.PutUint16(packet[20:], uint16(i))
		layers := []esp.Layer{{SA: outer, Protocol: esp.ESP, Src: a, Dst: b}, {SA: inner, Protocol: esp.ESP, Src: c, Dst: d}}
		it := ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, Time: time.Unix(int64(i), 0)}, Opened: &esp.Opened{SA: outer, Layers: layers, IP: packet}}
		w.Frame(&ikedecode.Frame{Items: []ikedecode.Item{it}})
	}
	list := w.Of(outer)
	if len(list) != 1 || list[0].Connection != (Connection{Src: c, Dst: d, Protocol: 50}) || list[0].Packets != packets || list[0].Bytes != packets*28 {
		t.Errorf("outer SA: %d flows, %+v", len(list), list[0])
	}
	list = w.Of(inner)
	other := list[len(list)-1]
	if len(list) != maxInnerFlows || !other.Other || other.Packets != 6 || !other.Last.Equal(time.Unix(packets-1, 0)) {
		t.Errorf("inner SA: %d flows, the last %+v", len(list), other)
	}
	if f := list[7]; f.SrcPort != 7 || f.DstPort != 0 || f.Packets != 1 || f.Protocol != 17 {
		t.Errorf("%+v", f)
	}
}
