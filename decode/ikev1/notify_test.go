package ikev1

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
)

var notifyVectors = []decodetest.Vector{
	{Name: "NO-PROPOSAL-CHOSEN", Type: PayloadNotify, Hex: "00000001 03 04 000e c9e510a3",
		Want: &Notify{DOI: 1, Protocol: ike.ESP, Type: NotifyNoProposalChosen,
			SPI: []byte{0xc9, 0xe5, 0x10, 0xa3}, Data: []byte{}}},
	{Name: "R-U-THERE", Type: PayloadNotify, Hex: "00000001 01 10 8d28 c403aa99ca4df2849cd2e3e73d46b643 490d2794",
		Want: &Notify{DOI: 1, Protocol: ike.IKE, Type: NotifyRUThere,
			SPI:  []byte("\xc4\x03\xaa\x99\xca\x4d\xf2\x84\x9c\xd2\xe3\xe7\x3d\x46\xb6\x43"),
			Data: []byte{0x49, 0x0d, 0x27, 0x94}}},
	{Name: "no SPI", Type: PayloadNotify, Hex: "00000000 01 00 4074 00",
		Want: &Notify{Protocol: ike.IKE, Type: 16500, SPI: []byte{}, Data: []byte{0}}},
}

func TestNotify(t *testing.T) { decodetest.TestVectors(t, Grammar, notifyVectors) }

func TestNotifyString(t *testing.T) {
	tests := []struct {
		n    Notify
		want string
	}{
		{Notify{Type: NotifyNoProposalChosen}, "NO-PROPOSAL-CHOSEN"},
		{Notify{Type: 16500}, "notify 16500"},
		{Notify{Type: NotifyRUThere, Data: []byte{0, 0, 0, 17}}, "R-U-THERE 17"},
		{Notify{Type: NotifyRUThereAck, Data: []byte{0, 0, 0, 17}}, "R-U-THERE-ACK 17"},
		{Notify{Type: NotifyRUThere, Data: []byte{0, 17}}, "R-U-THERE"},
		{Notify{Type: NotifyReplayStatus, Data: []byte{0, 0, 0, 1}}, "REPLAY-STATUS enabled"},
		{Notify{Type: NotifyReplayStatus, Data: []byte{0, 0, 0, 0}}, "REPLAY-STATUS disabled"},
		{Notify{Type: NotifyReplayStatus}, "REPLAY-STATUS"},
		{Notify{Type: NotifyInitialContact}, "INITIAL-CONTACT"},
		{Notify{Type: NotifyResponderLifetime, Protocol: ike.ESP,
			Data: []byte{0x80, 1, 0, 1, 0, 2, 0, 4, 0, 0, 0x0e, 0x10, 0x80, 1, 0, 2, 0x80, 2, 0, 9}},
			"RESPONDER-LIFETIME 3600 s 9 kB"},
		{Notify{Type: NotifyResponderLifetime, Protocol: ike.IKE,
			Data: []byte{0x80, 11, 0, 1, 0, 12, 0, 4, 0, 1, 0x51, 0x80}}, "RESPONDER-LIFETIME 86400 s"},
		{Notify{Type: NotifyResponderLifetime, Data: []byte{0x80, 11, 0}}, "RESPONDER-LIFETIME"},
		{Notify{Type: NotifyUnityLoadBalance, Data: []byte{192, 0, 2, 9}}, "UNITY-LOAD-BALANCE 192.0.2.9"},
		{Notify{Type: 40004}, "MS-NOTIFY-DOS-COOKIE"},
	}
	for _, tt := range tests {
		if got := tt.n.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestNotifyIsError(t *testing.T) {
	for typ, want := range map[NotifyType]bool{0: false, 1: true, 16383: true, 16384: false, NotifyInitialContact: false} {
		if got := typ.IsError(); got != want {
			t.Errorf("%v: %v", typ, got)
		}
	}
}
