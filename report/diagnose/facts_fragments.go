package diagnose

import "net/netip"

// Facts about fragments that are missing.

// OpenMessage is an IKE message of a side, From, whose IKE fragments did not all come.
type OpenMessage struct {
	Exchange string
	Numbers  []int // that came
	Total    int   // 0: the last one did not come
	Answered bool  // its receiver has it
}

// OpenPacket is an IP packet, or a TCP stream, that is not whole.
type OpenPacket struct {
	What         string // "an IP packet of ESP"
	Src, Dst     netip.Addr
	TCP          bool
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
