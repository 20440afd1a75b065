package source

import (
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// TestCarried: what daemons say that a Child SA carried, this side's inbound SPI first; pluto rounds.
func TestCarried(t *testing.T) {
	const up = `"t" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0/24===10.2.0.0/24] {ESP=>0xfdda81ad <0x66a22fa1 xfrm=AES_GCM_16_256-NONE DPD=passive}` + "\n"
	for _, tt := range []struct {
		name, text string
		spis       []ike.ChildSPI
		in, out    uint64
	}{
		{"charon", "16[NET] <t|1> received packet: from 192.0.2.1[500] to 192.0.2.2[500] (80 bytes)\n" +
			"16[IKE] <t|1> closing CHILD_SA net{12} with SPIs c545e3d6_i (252 bytes) ca82be9e_o (5000000000 bytes) and TS 10.1.0.0/24 === 10.2.0.0/24\n",
			[]ike.ChildSPI{0xc545e3d6, 0xca82be9e}, 252, 5000000000},
		{"pluto", up + `"t" #2: ESP traffic information: in=915B out=12KiB` + "\n", []ike.ChildSPI{0x66a22fa1, 0xfdda81ad}, 915, 12 << 10},
		{"pluto, of whack", `002 ` + up + `005 "t" #2: ESP traffic information: in=0B out=3MiB` + "\n", []ike.ChildSPI{0x66a22fa1, 0xfdda81ad}, 0, 3 << 20},
		{"pluto, which SA it was is not in the log", `"t" #1: initiating IKEv2 connection` + "\n" + `"t" #7: ESP traffic information: in=1B out=2B XAUTHuser=alice` + "\n", nil, 1, 2},
		{"FortiGate", `date=2026-11-25 time=10:00:00 logid="0101037141" type="event" subtype="vpn" level="notice" vd="root" logdesc="IPsec tunnel statistics" msg="IPsec tunnel statistics" ` +
			`action="tunnel-stats" remip=192.0.2.1 locip=192.0.2.2 remport=500 locport=500 outintf="wan1" cookies="d1ae31d584881057/38db764f3d5447ca" user="N/A" vpntunnel="to-hq" ` +
			`tunnelid=1530910802 tunneltype="ipsec" duration=6231 sentbyte=57343 rcvdbyte=0 nextstat=60` + "\n", nil, 0, 57343},
		{"FortiGate, as it goes down", `date=2026-11-25 time=10:00:00 logid="0101037138" type="event" subtype="vpn" msg="IPsec connection status changed" action="tunnel-down" remip=192.0.2.1 locip=192.0.2.2 ` +
			`remport=500 locport=500 cookies="d1ae31d584881057/38db764f3d5447ca" sentbyte=5 rcvdbyte=6` + "\n", nil, 6, 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list := ofKind(mustRead(t, tt.text), logs.Carried)
			if len(list) != 1 {
				t.Fatalf("%d events, want 1", len(list))
			}
			if e := list[0]; !slices.Equal(e.Children, tt.spis) || e.In != tt.in || e.Out != tt.out {
				t.Errorf("%x in %d out %d, want %x in %d out %d", e.Children, e.In, e.Out, tt.spis, tt.in, tt.out)
			}
		})
	}
}
