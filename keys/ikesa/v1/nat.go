package v1

import "github.com/ikedecode/ikedecode/keys/ikesa"

// checkNAT compares the hashes of phase 1 with the addresses on the wire.
func (s *solver) checkNAT() {
	for _, m := range s.sa.Messages {
		if m.State != ikesa.Closed {
			s.sa.NAT.Add(s.sa.NATOf(m))
		}
	}
}
