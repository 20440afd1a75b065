package esp

// A Run is packets of an SA whose sequence numbers go up by one each, as they came.
type Run struct {
	First  uint64 `json:"first"`
	N      uint64 `json:"n"`
	Repeat bool   `json:"repeat,omitempty"` // the capture has shown them before (Packet.Repeat)
}

// SequenceOf is what the sequence numbers of an SA's packets tell, as the fields of Stats from MinSeq to Late: of packets that lie in
// several captures, whose own Stats do not add up. The work is that of counting the packets.
func SequenceOf(list []Run) Stats {
	var s traffic
	for _, r := range list {
		for i := range r.N {
			s.sequence(r.First+i, r.Repeat)
		}
	}
	return s.stats()
}
