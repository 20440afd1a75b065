package ikedecode

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// startNull readies the detector that the first pass fills.
func (s *Session) startNull() {
	if s.opt.ESPNull == NullOff {
		return
	}
	s.Table.NullDetector = esp.NewNullDetector(esp.NullOptions{Force: s.opt.ESPNull == NullForce, MaxFlows: s.opt.room(s.Bag).nullFlows})
	s.keyed, s.observed = make(map[uint32]bool), make(map[uint32]int)
	for i := range s.Bag.SAs {
		p := &s.Bag.SAs[i]
		if p.Protocol == esp.ESP && p.Cipher != nil && !p.Cipher.Null() && s.opt.ESPNull != NullForce {
			s.keyed[p.SPI] = true
		}
	}
}

// observeNull shows an ESP packet of the first pass, or of the only one, to the detector. Those of SAs that are known to be encrypted would be
// decrypted by their keys or not at all.
func (s *Session) observeNull(d *capture.Datagram) {
	if d.Repeat || !s.wantsNull(d.Payload) {
		return
	}
	spi := binary.BigEndian.Uint32(d.Payload)
	if len(s.observed) < maxUnknown {
		s.observed[spi]++
	}
	s.Table.NullDetector.Observe(espPacket(d, new(esp.Packet)))
}

// enoughObserved is the number of packets of an SPI after which the first pass has seen enough: a verdict needs a few, and
// the second pass goes on judging.
const enoughObserved = 256

// wantsNull reports whether the detector is to see one more packet of an SPI.
func (s *Session) wantsNull(payload []byte) bool {
	if s.Table.NullDetector == nil || len(payload) < 8 {
		return false
	}
	spi := binary.BigEndian.Uint32(payload)
	return !s.keyed[spi] && s.observed[spi] < enoughObserved
}

// endNull keeps the verdicts for the second pass, so that a flow is decrypted from its first packet on.
func (s *Session) endNull() {
	if s.Table.NullDetector != nil {
		s.Table.NullDetector.Freeze()
	}
}

// NullFlows are the ESP flows with what their packets say about NULL encryption, in order of their first packets; none with
// NullOff. After Run they name the SAs that confirm or refute it.
func (s *Session) NullFlows() []esp.NullFlow { return s.Table.NullFlows() }
