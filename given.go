package ikedecode

import (
	"fmt"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// addGiven puts the SAs of the bag, and those that the capture itself carries, into the table. The error is that of a run that was stopped.
func (s *Session) addGiven(salts *alg.SaltSearch) error {
	carried := s.Source.Secrets
	if s.onePass {
		carried = s.Source.FrontSecretBlocks
	}
	blocks, beyond := carried()
	if beyond > 0 {
		s.Problems = append(s.Problems, fmt.Sprintf("secrets blocks of the capture ignored: %d, beyond 64 MiB", beyond))
	}
	for _, b := range blocks {
		if b.OfIPsec() {
			s.Bag.Merge(&secret.Bag{SAs: source.ReadBlock(b)})
		}
	}
	lengths := s.icvLengths()
	const most = 10_000
	few := len(s.Bag.SAs) <= most
	lacking := func(p *esp.Params) bool {
		return p.NoSalt || lengths[p.SPI] > 0 && saysNothingOfICV(p) || few && mayHaveOtherICV(p)
	}
	problem := func(err error) { s.Problems = append(s.Problems, err.Error()) }
	for _, err := range s.Table.AddGiven(s.Bag.SAs, lacking) {
		problem(err)
	}
	for _, p := range s.Bag.SAs {
		if !lacking(&p) {
			continue
		}
		if n := lengths[p.SPI]; n > 0 && saysNothingOfICV(&p) {
			p.NoCheck, p.ICVLen = true, n
		}
		if err := s.finder.Complete(&p, salts); err != nil {
			return err
		}
		if _, err := s.Table.Add(p); err != nil {
			problem(err)
		}
		if few && mayHaveOtherICV(&p) {
			s.addOtherICVs(p)
		}
	}
	s.finder = nil
	return salts.Context.Err()
}

// SecretBlocks are the Decryption Secrets Blocks of the capture, but of OnePass those in front of its packets: the run ends with ErrTwoPasses where
// there are more. beyond is how many are left out because there are too many.
func (s *Session) SecretBlocks() (blocks []capture.SecretBlock, beyond int) {
	if s.onePass {
		return s.Source.FrontSecretBlocks()
	}
	return s.Source.SecretBlocks()
}

// saysNothingOfICV reports whether the source of an SA names no integrity protection though there may be some: tcpdump -E has no word for an
// ICV of more than 12 bytes.
func saysNothingOfICV(p *esp.Params) bool {
	return p.Protocol == esp.ESP && p.MAC == nil && p.ICVLen == 0 && !p.AnySPI && p.Cipher != nil && !p.Cipher.AEAD && !p.Cipher.Null()
}

// mayHaveOtherICV reports whether an SA of a CBC mode comes from a source without integrity keys: tcpdump -E and others like it have words for an ICV of
// 12 bytes at most, so that their files stand beside packets with longer ones.
func mayHaveOtherICV(p *esp.Params) bool {
	return p.Protocol == esp.ESP && p.MAC == nil && !p.AnySPI && p.Cipher != nil && p.Cipher.NewBlock != nil && (p.NoCheck || p.ICVLen == 0)
}

// addOtherICVs puts an SA into the table once more for each other length of an ICV: the packets' blocks and padding tell.
func (s *Session) addOtherICVs(p esp.Params) {
	told := p.ICVLen
	for _, n := range []int{12, 16, 24, 32} {
		if n != told {
			p.NoCheck, p.ICVLen = true, n
			s.Table.Add(p) //nolint:errcheck // the SA itself went in
		}
	}
}

// icvLengths are the lengths of the ICVs of negotiated ESP SAs, in bytes, by SPI.
func (s *Session) icvLengths() map[uint32]int {
	lengths := make(map[uint32]int)
	for _, sa := range s.SAs {
		for _, c := range sa.Children {
			for _, d := range c.SAs {
				if d.Protocol == esp.ESP && d.Choice != nil {
					if m := negotiatedMAC(d.Choice); m != nil {
						lengths[d.SPI] = m.ICVLen
					}
				}
			}
		}
	}
	return lengths
}

// negotiatedMAC is the integrity algorithm of a chosen proposal of ESP; nil: none, or one that is not known.
func negotiatedMAC(p *ike.Proposal) *alg.MAC {
	t, ok := p.Find(ike.Integrity)
	switch {
	case !ok || t.ID == 0:
		return nil
	case t.Space == ike.INTEG:
		return alg.MACByIKEv2(t.ID)
	}
	return alg.MACByAuthAttr(t.ID)
}

// addChildren puts the SAs that an IKE SA negotiated into the table.
func (s *Session) addChildren(sa *ikesa.SA) {
	for _, c := range sa.Children {
		for i := range c.SAs {
			d := &c.SAs[i]
			for j, p := range d.Candidates {
				if t, err := s.Table.Add(p); err == nil { // else nothing can use the suite: ESP without a cipher
					s.negotiated = append(s.negotiated, candidate{sa, c, d, j, t})
				}
			}
		}
	}
}
