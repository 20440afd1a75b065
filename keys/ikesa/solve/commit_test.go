package solve

import (
	"bytes"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

const (
	flagsAt   = 19 // in the header
	authByPSK = 1  // authentication method
)

// connected is the CONNECTED notification (RFC 2408, section 3.1) with the SPI of an ESP SA.
func connected() part {
	return part{ikev1.PayloadNotify, []byte{0, 0, 0, 1, 3, 4, 0x40, 0, 0, 0, 16, 2}}
}

// With the commit bit (RFC 2408, section 3.1) the responder of a Quick Mode has the last word: an Informational exchange with the
// Quick Mode's own message ID. Its IV goes on where the Quick Mode ends, or begins anew from the message ID; both open, the
// HASH fits, and the Quick Mode's keys are the same as without.
func TestCommitBit(t *testing.T) {
	for _, aggressive := range []bool{false, true} {
		for _, anew := range []bool{false, true} {
			p := newPeer(t, alg.HashByID(2), alg.CipherByPhase1(7), 128, alg.GroupByID(2), authByPSK)
			p.aggressive = aggressive
			p.phase1()
			const mid = 0x01020304
			p.quickMode(mid, true, nil)
			last := p.out[len(p.out)-1].Payload
			iv := bytes.Clone(last[len(last)-16:])
			if anew {
				iv = p.phase2IV(mid)
			}
			p.sendSecret(false, ikev1.ExchangeInformational, mid, &iv, p.hashed(mid, connected())...)
			n := len(p.out)
			for _, i := range []int{n - 3, n - 1} { // the responder's
				p.out[i].Payload[flagsAt] |= byte(ikev1.FlagCommit)
			}
			for _, drop := range [][]int{nil, {n - 1}} { // and with the third message of the Quick Mode lost
				if drop != nil && !anew {
					continue // the IV is lost, too
				}
				sa := p.solve(bagOf(dhSecret(p), psk(p)), drop...)
				for _, m := range sa.Messages {
					if m.State == ikesa.Closed || m.State == ikesa.Partly {
						t.Errorf("aggressive %v, anew %v, without %v: frame %d is %v", aggressive, anew, drop, m.Frame, m.State)
					}
				}
				end := sa.Messages[len(sa.Messages)-1]
				if p, ok := decode.Find(end.Payloads, ikev1.PayloadNotify); !ok || !end.Hash.OK || p.Err != nil {
					t.Errorf("CONNECTED: %+v, %v", end.Hash, end.PayErr)
				}
				if len(sa.Children) != 1 || !sa.Children[0].Complete || len(sa.Children[0].SAs) != 2 || len(sa.Children[0].SAs[0].Candidates) != 1 {
					t.Errorf("children %+v", sa.Children)
				}
			}
		}
	}
}
