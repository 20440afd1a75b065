package v2

import (
	"bytes"
	"errors"
	"math"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// An authInput is what one AUTH payload is made from.
type authInput struct {
	s       *solver
	m       *ikesa.Message
	auth    *ikev2.Auth
	prf     alg.PRF
	message []byte // the side's own message of IKE_SA_INIT
	nonce   []byte // of the peer
	id      []byte // body of the side's ID payload
	intAuth []byte
	skps    [][]byte // SK_pi or SK_pr, as they are and with each PPK
	ppks    []secret.Secret
	certs   []*ikev2.Cert
	resumed bool // after IKE_SESSION_RESUME
}

// checkAuth checks the AUTH payloads.
func (s *solver) checkAuth(m *material) {
	var ids [2][]byte
	var certs [2][]*ikev2.Cert
	eap := s.firstEAP()
	for _, msg := range s.sa.Messages {
		if msg.Message.Exchange != ikev2.ExchangeAuth || msg.State != ikesa.Opened {
			continue
		}
		side := sideOf(msg.FromInitiator)
		for _, p := range msg.Payloads {
			switch b := p.Body.(type) {
			case *ikev2.ID:
				// An IDr of the initiator's only says whom it expects.
				if (p.Type == ikev2.PayloadIDi) == msg.FromInitiator {
					ids[side] = p.Data()
				}
			case *ikev2.Cert:
				certs[side] = append(certs[side], b)
			}
		}
		if p, ok := decode.Find(msg.Payloads, ikev2.PayloadAuth); ok && p.Err == nil {
			if a, ok := p.Body.(*ikev2.Auth); ok {
				in := &authInput{s: s, m: msg, auth: a, id: ids[side], certs: certs[side]}
				s.judgeAuth(in, m, uint64(msg.MessageID) > eap)
			}
		}
		if !msg.FromInitiator && hasNotify(msg, ikev2.NotifyAuthenticationFailed) {
			s.markRefused()
		}
	}
	s.gapPSK()
}

// markRefused notes that the responder answered AUTHENTICATION_FAILED. Where AUTH matches, that was not for what was sent.
func (s *solver) markRefused() {
	for i := range s.sa.Auth {
		a := &s.sa.Auth[i]
		a.Refused = a.Refused || a.Initiator
	}
}

// judgeAuth collects what a check needs and runs it.
func (s *solver) judgeAuth(in *authInput, m *material, eap bool) {
	c := ikesa.AuthCheck{Initiator: in.m.FromInitiator, Method: in.auth.Method, Frame: in.m.Frame, EAP: eap}
	if c.Lacks = in.collect(m); c.Lacks == ikesa.LacksNothing {
		in.check(&c)
	}
	s.sa.Auth = append(s.sa.Auth, c)
}

// firstEAP is the message ID with which EAP began, more than any where there was none. An AUTH payload of a later message is
// made with EAP's key; the capture may have them in any order.
func (s *solver) firstEAP() uint64 {
	first := uint64(math.MaxUint64)
	for _, m := range s.sa.Messages {
		if _, eap := decode.Find(m.Payloads, ikev2.PayloadEAP); eap && m.Message.Exchange == ikev2.ExchangeAuth {
			first = min(first, uint64(m.MessageID))
		}
	}
	return first
}

// collect fills in what is the same for all methods and says what is missing.
func (in *authInput) collect(m *material) ikesa.AuthLack {
	s := in.s
	g := s.sa.Generations[in.m.Generation]
	skp, own := g.PR, m.answer
	in.nonce = m.ni
	if in.m.FromInitiator {
		skp, own, in.nonce = g.PI, m.request, m.nr
	}
	in.prf = s.sa.Policy.PRF
	switch {
	case own == nil || own.Cut || in.nonce == nil, in.m.FromInitiator && s.retried(m):
		return ikesa.LacksInit
	case skp == nil || in.prf.Sum == nil:
		return ikesa.LacksSKp
	case in.id == nil:
		return ikesa.LacksID
	}
	in.message, in.resumed = own.Raw, own.Message.Exchange == ikev2.ExchangeSessionResume
	in.skps = [][]byte{skp}
	in.ppks = s.Of(secret.PPK)
	for _, ppk := range in.ppks {
		in.skps = append(in.skps, keys.MixPPK(in.prf, ppk.Value, skp))
	}
	var ok bool
	if in.intAuth, ok = s.intAuth(); !ok {
		return ikesa.LacksIntermediate
	}
	return ikesa.LacksNothing
}

// retried reports whether the request of IKE_SA_INIT in the capture is not the one that AUTH covers: the responder asked for another group, or for a COOKIE,
// and the next request is missing.
func (s *solver) retried(m *material) bool {
	if m.kei != nil && m.ker != nil && m.kei.Group != m.ker.Group {
		return true
	}
	return !hasNotify(m.request, ikev2.NotifyCookie) && slices.ContainsFunc(s.sa.Messages, func(x *ikesa.Message) bool {
		return isInit(x) && !x.FromInitiator && hasNotify(x, ikev2.NotifyCookie)
	})
}

func (in *authInput) check(c *ikesa.AuthCheck) {
	switch in.auth.Method {
	case ikev2.AuthSharedKey:
		in.sharedKey(c)
	case ikev2.AuthNull:
		c.Done, c.OK, c.With = true, in.fits(nil), ikesa.WithSKp
	case ikev2.AuthGSPM:
		c.Lacks = ikesa.LacksPassword
	default:
		in.signature(c)
	}
}

// sharedKey tries the pre-shared keys; after EAP its MSK, and SK_p for methods that make none (RFC 7296, section 2.16).
func (in *authInput) sharedKey(c *ikesa.AuthCheck) {
	if in.resumed {
		c.Done, c.With = true, ikesa.WithResumed
		c.OK = slices.ContainsFunc(in.skps, func(skp []byte) bool {
			return bytes.Equal(keys.ResumptionAuth(in.prf, skp, in.message), in.auth.Data)
		})
		return
	}
	var given []secret.Secret
	if c.EAP {
		if in.fits(nil) {
			c.Done, c.OK, c.With = true, true, ikesa.WithEAPSKp
			return
		}
		c.With, given = ikesa.WithMSK, in.s.Of(secret.EAPMSK)
	} else {
		c.With, given = ikesa.WithPSK, in.s.PSKs()
	}
	for _, x := range given {
		if in.fits(x.Value) {
			c.Done, c.OK, c.Given = true, true, in.s.proveShared(x, in.m)
			return
		}
	}
	if c.Done, c.Tried = len(given) > 0, len(given); !c.Done {
		c.Lacks = ikesa.LacksSecret
	}
	if !c.EAP {
		in.otherForms(c, given)
	}
}

// otherForms looks for a key that differs from one that was given as keys do that were entered in another way.
func (in *authInput) otherForms(c *ikesa.AuthCheck, given []secret.Secret) {
	for _, x := range given[:min(len(given), candidate.MaxForms)] {
		for f, value := range secret.Forms(x.Value) {
			if in.fits(value) {
				c.Form, c.FormOf = f, x.Origin
				return
			}
		}
	}
}

// fits reports whether a shared secret makes the AUTH data; nil stands for SK_p.
func (in *authInput) fits(shared []byte) bool {
	for i, skp := range in.skps {
		x := shared
		if x == nil {
			x = skp
		}
		o := keys.SignedOctets(in.prf, skp, in.message, in.nonce, in.id, in.intAuth)
		if bytes.Equal(keys.SharedKeyAuth(in.prf, x, o), in.auth.Data) {
			in.provePPK(i)
			return true
		}
	}
	return false
}

// provePPK notes that AUTH matches with one of skps: of all but the first that is the proof of a PPK.
func (in *authInput) provePPK(i int) {
	if i > 0 {
		in.s.sa.ProvePPK(in.ppks[i-1], ikesa.ByAuth, in.m.Frame)
	}
}

// proveShared notes that an AUTH payload verifies a pre-shared key, or an MSK.
func (s *solver) proveShared(x secret.Secret, m *ikesa.Message) ikesa.Proof {
	dst := &s.sa.Keys.PSK
	if x.Kind == secret.EAPMSK {
		dst = &s.sa.Keys.MSK
	}
	if *dst == nil {
		*dst = x.Value
	}
	p := ikesa.ProofOf(x, ikesa.ByAuth, m.Frame)
	p.Initiator = m.FromInitiator
	s.sa.Proofs = append(s.sa.Proofs, p)
	return p
}

// signature tries the certificates that the side sent; the first one is its own (RFC 7296, section 3.6).
func (in *authInput) signature(c *ikesa.AuthCheck) {
	c.With, c.Lacks = ikesa.WithPublicKey, ikesa.LacksCertificate
	for _, key := range publicKeys(in.certs) {
		pub, err := keys.ParsePublicKey(key.spki)
		if err != nil {
			c.Lacks, c.Sig.Err = ikesa.LacksAlgorithm, err
			continue
		}
		for i, skp := range in.skps {
			o := keys.SignedOctets(in.prf, skp, in.message, in.nonce, in.id, in.intAuth)
			sig, err := keys.VerifySignature(uint8(in.auth.Method), pub, o, in.auth.Data)
			switch {
			case err == nil:
				c.Done, c.OK, c.Lacks, c.Sig, c.Key = true, true, ikesa.LacksNothing, ikesa.AuthSigner{Signature: sig, Certificate: key.cert}, key.spki
				in.provePPK(i)
				return
			case errors.Is(err, keys.ErrSignatureUnsupported):
				c.Lacks, c.Sig.Err = ikesa.LacksAlgorithm, err
			case !c.Done:
				c.Done, c.Lacks, c.Sig = true, ikesa.LacksNothing, ikesa.AuthSigner{Certificate: key.cert, Err: err}
			}
		}
	}
}

// A publicKey is the SubjectPublicKeyInfo of a certificate, or a raw public key (RFC 7670) without one.
type publicKey struct {
	spki []byte
	cert *cert.Certificate
}

// publicKeys are the keys of CERT payloads, in their order.
func publicKeys(certs []*ikev2.Cert) (list []publicKey) {
	for _, p := range certs {
		for _, c := range cert.Contents(p.Encoding, p.Data) {
			switch {
			case c.Certificate != nil:
				list = append(list, publicKey{c.Certificate.SPKI, c.Certificate})
			case c.SPKI != nil:
				list = append(list, publicKey{spki: c.SPKI})
			}
		}
	}
	return list
}

// intAuth is what IKE_INTERMEDIATE adds to the signed octets (RFC 9242, section 3.3.2); nil without such exchanges, and false
// where one of their messages can't be read.
func (s *solver) intAuth() (octets []byte, ok bool) {
	var last [2][]byte
	seen, mid := false, uint32(0)
	whole := s.wholeIntermediates()
	for _, m := range s.sa.Messages {
		switch m.Message.Exchange {
		case ikev2.ExchangeAuth:
			if mid == 0 || m.MessageID < mid {
				mid = m.MessageID
			}
		case ikev2.ExchangeIntermediate:
			seen = true
		}
	}
	if !seen {
		return nil, true
	}
	// Each side has one message for each message ID from 1 up to IKE_AUTH's.
	for id := uint32(1); id < mid; id++ {
		for side := range last {
			w, ok := whole[wholeKey{id, side}]
			if !ok {
				return nil, false
			}
			g := s.sa.Generations[w.joined.Generation]
			skp := g.PR
			if side == 0 {
				skp = g.PI
			}
			sk, err := keys.FindSK(w.first.Raw)
			if err != nil || skp == nil {
				return nil, false
			}
			a := keys.IntAuthA(sk, len(w.joined.Plain))
			last[side] = keys.IntAuth(s.sa.Policy.PRF, skp, last[side], a, w.joined.Plain)
		}
	}
	return keys.IntAuthOctets(last[0], last[1], mid), mid > 1
}

// A wholeKey names one peer's message of an IKE_INTERMEDIATE exchange.
type wholeKey struct {
	id   uint32
	side int
}

// A wholeMessage is a message with all of its plaintext, and its first fragment where it came in fragments.
type wholeMessage struct{ first, joined *ikesa.Message }

// wholeIntermediates are the messages of IKE_INTERMEDIATE that were decrypted as a whole.
func (s *solver) wholeIntermediates() map[wholeKey]wholeMessage {
	out := make(map[wholeKey]wholeMessage)
	firsts := make(map[wholeKey]*ikesa.Message)
	for _, m := range s.sa.Messages {
		if m.Message.Exchange != ikev2.ExchangeIntermediate || m.State != ikesa.Opened {
			continue
		}
		k := wholeKey{m.MessageID, sideOf(m.FromInitiator)}
		switch f := fragment(m); {
		case f == nil:
			out[k] = wholeMessage{m, m}
			continue
		case f.Number == 1:
			firsts[k] = m
		}
		if m.Joined > 0 {
			out[k] = wholeMessage{joined: m}
		}
	}
	for k, w := range out {
		if w.first == nil {
			if w.first = firsts[k]; w.first == nil {
				delete(out, k)
				continue
			}
			out[k] = w
		}
	}
	return out
}

// gapPSK tells that the PSK, or the MSK, that was given is not the one of this SA.
func (s *solver) gapPSK() {
	if s.sa.UsesPPK() && s.sa.Keys.PPK == nil {
		return // the PPK lacks, or is not the one of this peer
	}
	for _, a := range s.sa.Auth {
		if a.Method != ikev2.AuthSharedKey || !a.Done || a.OK {
			continue
		}
		g := ikesa.Gap{Code: ikesa.GapWrongPSK, Cause: ikesa.CauseAuthKey, Needs: ikesa.SetOf(secret.PSK), Frame: a.Frame, Initiator: a.Initiator}
		if a.EAP {
			g.Code, g.Cause, g.Needs = ikesa.GapWrongKey, ikesa.CauseAuthMSK, ikesa.SetOf(secret.EAPMSK)
		}
		s.sa.AddGap(g)
		return
	}
}
