package decode

import "testing"

var notify1Vectors = []bodyVector{
	{Name: "NO-PROPOSAL-CHOSEN", Type: PayloadNotify, Hex: "00000001 03 04 000e c9e510a3",
		Want: &Notify1{DOI: 1, Protocol: ProtocolESP, Type: NotifyNoProposalChosen,
			SPI: []byte{0xc9, 0xe5, 0x10, 0xa3}, Data: []byte{}}},
	{Name: "R-U-THERE", Type: PayloadNotify, Hex: "00000001 01 10 8d28 c403aa99ca4df2849cd2e3e73d46b643 490d2794",
		Want: &Notify1{DOI: 1, Protocol: ProtocolISAKMP, Type: NotifyRUThere,
			SPI:  []byte("\xc4\x03\xaa\x99\xca\x4d\xf2\x84\x9c\xd2\xe3\xe7\x3d\x46\xb6\x43"),
			Data: []byte{0x49, 0x0d, 0x27, 0x94}}},
	{Name: "no SPI", Type: PayloadNotify, Hex: "00000000 01 00 4074 00",
		Want: &Notify1{Protocol: ProtocolISAKMP, Type: 16500, SPI: []byte{}, Data: []byte{0}}},
}

func TestNotify1(t *testing.T) { testVectors(t, Grammar1, notify1Vectors) }

func TestNotifyString(t *testing.T) {
	tests := []struct {
		n    Notify1
		want string
	}{
		{Notify1{Type: NotifyNoProposalChosen}, "NO-PROPOSAL-CHOSEN"},
		{Notify1{Type: 16500}, "notify 16500"},
		{Notify1{Type: NotifyRUThere, Data: []byte{0, 0, 0, 17}}, "R-U-THERE 17"},
		{Notify1{Type: NotifyRUThereAck, Data: []byte{0, 0, 0, 17}}, "R-U-THERE-ACK 17"},
		{Notify1{Type: NotifyRUThere, Data: []byte{0, 17}}, "R-U-THERE"},
		{Notify1{Type: NotifyReplayStatus, Data: []byte{0, 0, 0, 1}}, "REPLAY-STATUS enabled"},
		{Notify1{Type: NotifyReplayStatus, Data: []byte{0, 0, 0, 0}}, "REPLAY-STATUS disabled"},
		{Notify1{Type: NotifyReplayStatus}, "REPLAY-STATUS"},
		{Notify1{Type: NotifyInitialContact}, "INITIAL-CONTACT"},
		{Notify1{Type: NotifyResponderLifetime, Protocol: ProtocolESP,
			Data: []byte{0x80, 1, 0, 1, 0, 2, 0, 4, 0, 0, 0x0e, 0x10, 0x80, 1, 0, 2, 0x80, 2, 0, 9}},
			"RESPONDER-LIFETIME 3600 s 9 kB"},
		{Notify1{Type: NotifyResponderLifetime, Protocol: ProtocolISAKMP,
			Data: []byte{0x80, 11, 0, 1, 0, 12, 0, 4, 0, 1, 0x51, 0x80}}, "RESPONDER-LIFETIME 86400 s"},
		{Notify1{Type: NotifyResponderLifetime, Data: []byte{0x80, 11, 0}}, "RESPONDER-LIFETIME"},
		{Notify1{Type: NotifyUnityLoadBalance, Data: []byte{192, 0, 2, 9}}, "UNITY-LOAD-BALANCE 192.0.2.9"},
		{Notify1{Type: 40004}, "MS-NOTIFY-DOS-COOKIE"},
	}
	for _, tt := range tests {
		if got := tt.n.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestNotifyIsError(t *testing.T) {
	for typ, want := range map[NotifyType1]bool{0: false, 1: true, 16383: true, 16384: false, NotifyInitialContact: false} {
		if got := typ.IsError(); got != want {
			t.Errorf("%v: %v", typ, got)
		}
	}
}
