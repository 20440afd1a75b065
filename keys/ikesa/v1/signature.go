package v1

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// checkSignatures checks SIG_I and SIG_R, the signatures over HASH_I and HASH_R (RFC 2409, section 5.1), with the keys of the
// certificates that their senders sent. A signature that no key matches is left unchecked: the signer's certificate need not be in the
// capture.
func (o *opening) checkSignatures() {
	if o.swap {
		return // what the formulas know of the roles does not hold any more
	}
	for _, r := range o.results {
		p, ok := decode.Find(r.msg.Payloads, ikev1.PayloadSig)
		sig, _ := p.Body.(*ikev1.Sig)
		if !ok || sig == nil || !r.msg.IsPhase1() || !r.opened || r.unknown > 0 {
			continue
		}
		id := o.phase1ID(r)
		if id == nil {
			continue
		}
		if hash := o.phase1Hash(r.sender, id); hash != nil {
			o.checkSignature(r.msg, hash, sig.Data)
		}
	}
}

func (o *opening) checkSignature(m *ikesa.Message, hash, signature []byte) {
	for _, c := range o.s.certificates1(m.FromInitiator) {
		pub, err := keys.ParsePublicKey(c.SPKI)
		if err != nil || keys.VerifySignature1(pub, hash, signature) != nil {
			continue
		}
		name := ikesa.SigR
		if m.FromInitiator {
			name = ikesa.SigI
		}
		m.Hash, m.Signer = ikesa.HashCheck{Name: name, Done: true, OK: true}, c.SPKI
		return
	}
}

// maxSigners bounds the certificates of a side that are tried.
const maxSigners = 20

// certificates1 are the certificates that a side sent in phase 1, as far as its messages are open.
func (s *solver) certificates1(initiator bool) (list []*cert.Certificate) {
	for _, m := range s.sa.Messages {
		if !m.IsPhase1() || m.FromInitiator != initiator || m.State == ikesa.Closed || m.State == ikesa.Partly {
			continue
		}
		for _, p := range m.Payloads {
			body, ok := p.Body.(*ikev1.Cert)
			if !ok {
				continue
			}
			for _, c := range cert.Contents(body.Encoding, body.Data) {
				if c.Certificate != nil && len(list) < maxSigners {
					list = append(list, c.Certificate)
				}
			}
		}
	}
	return list
}
