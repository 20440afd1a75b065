package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/capture"
)

// Facts about fragments that are missing.

// OpenMessage is an IKE message of a side, From, whose IKE fragments did not all come.
type OpenMessage struct {
	Exchange Exchange
	Numbers  []int // that came
	Total    int   // 0: the last one did not come
	Answered bool  // its receiver has it
}

// OpenPacket is an IP packet, or a TCP stream, that is not whole.
type OpenPacket struct {
	Kind         capture.Kind
	Protocol     uint8 // of the IP packet
	Src, Dst     netip.Addr
	First        bool // the first fragment came
	Have, Want   int  // bytes; Want 0: the last one did not come
	Traffic      bool // it is of ESP or AH
	PerhapsInUDP bool // it is of UDP, and ESP in UDP goes between the hosts
}

// MoreOpen stands for the sets of fragments that are left out.
type MoreOpen struct{ Sets int }

func (OpenMessage) isFacts() {}
func (OpenPacket) isFacts()  {}
func (MoreOpen) isFacts()    {}
