package solve

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// ivLines are what an SA gives to other runs, as the key log has it.
func ivLines(sa *ikesa.SA) (list []secret.Secret) {
	for i, iv := range sa.IVs {
		where := secret.Where{Initiator: sa.Initiator, Responder: sa.Responder, MessageID: iv.MessageID}
		list = append(list, secret.Secret{Kind: secret.IV, Where: where, Value: iv.Value, Origin: secret.Origin{File: "keys.log", Line: 1 + i}})
	}
	return list
}

// rank is how well a message is decrypted: its state, and that its HASH is not wrong.
func rank(m *ikesa.Message) int {
	n := 10 * map[ikesa.State]int{ikesa.Closed: 0, ikesa.Partly: 1, ikesa.Opened: 2, ikesa.Clear: 3}[m.State]
	if m.Hash.Done && !m.Hash.OK {
		n--
	}
	return n
}

// With blocks of 8 and of 16 bytes each message is decrypted without all those before it, by the IVs that a run over all of them gives. Wrong IVs, in whose
// first bytes there may be no error, change nothing: neither with all messages nor with some.
func TestGivenIVs(t *testing.T) {
	for _, name := range []string{"des-cbc", "3des-cbc", "aes-cbc"} {
		c := alg.CipherByKeyLog(name)
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, alg.HashByID(2), c, c.Phase1Bits+c.KeyBits[0]*b2i(c.Phase1Bits == 0), alg.GroupByID(1), 1)
			p.phase1()
			p.quickMode(0x1234, true, nil)
			whole := p.solve(bagOf(secret.Secret{Kind: secret.PSK, Value: p.psk}, secret.Secret{Kind: secret.DHPrivate, Value: p.xr}))
			wantOpen(t, whole)
			k := whole.Keys
			at := secret.Where{Initiator: whole.Initiator, Responder: whole.Responder}
			keys := []secret.Secret{{Kind: secret.EncKey, Where: at, Value: k.Ka}, {Kind: secret.SKEYIDa, Where: at, Value: k.A}, {Kind: secret.SKEYIDd, Where: at, Value: k.D}}
			right := ivLines(whole)
			var wrong []secret.Secret
			for _, at := range []int{0, 4, 7} { // the first byte that is wrong
				for _, x := range right {
					x.Value = bytes.Clone(x.Value)
					for i := at; i < len(x.Value); i++ {
						x.Value[i] ^= 0x55
					}
					wrong = append(wrong, x)
				}
			}
			plain := make(map[int][]byte)
			for _, m := range whole.Messages {
				plain[m.Frame] = m.Plain
			}
			var lost []int
			for n := range len(whole.Messages) {
				without := p.solve(bagOf(keys...), lost...)
				alone := p.solve(bagOf(slices.Concat(keys, right)...), lost...)
				misled := p.solve(bagOf(slices.Concat(keys, wrong)...), lost...)
				both := p.solve(bagOf(slices.Concat(keys, wrong, right)...), lost...)
				for i, m := range alone.Messages {
					if m.State != ikesa.Clear && (m.State != ikesa.Opened || !bytes.Equal(m.Plain, plain[m.Frame]) || m.Hash.Done && !m.Hash.OK) {
						t.Errorf("without the first %d: message %d is %v (%s), its HASH %+v", n, m.Frame, m.State, m.IV.Given, m.Hash)
					}
					if had, is := without.Messages[i], misled.Messages[i]; rank(is) < rank(had) || had.State == ikesa.Opened && !bytes.Equal(is.Plain, had.Plain) {
						t.Errorf("without the first %d: message %d is %v with wrong IVs, %v without", n, m.Frame, is.State, had.State)
					}
					if is := both.Messages[i]; rank(is) < rank(m) {
						t.Errorf("without the first %d: message %d is %v with wrong IVs before the right ones, %v with those alone", n, m.Frame, is.State, m.State)
					}
				}
				lost = append(lost, n+1)
			}
		})
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
