package ikesa

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// An AuthCheck is what became of one AUTH payload of IKEv2 (RFC 7296, section 2.15).
type AuthCheck struct {
	Initiator bool // its sender
	Method    decode.AuthMethod2
	Frame     int
	Done      bool   // what the check needs was there
	OK        bool   // it fits
	Refused   bool   // the peer answered AUTHENTICATION_FAILED
	Text      string // what fits, or why it does not, or what is missing
}

const notifyAuthFailed = 24

// An authInput is what one AUTH payload is made from.
type authInput struct {
	s       *solver
	m       *Message
	auth    *decode.Auth2
	prf     alg.PRF
	message []byte // the side's own message of IKE_SA_INIT
	nonce   []byte // of the other side
	id      []byte // body of the side's ID payload
	intAuth []byte
	skps    [][]byte // SK_pi or SK_pr, as they are and with each PPK
	certs   []*decode.Cert2
	eap     bool // EAP came before it
	resumed bool // after IKE_SESSION_RESUME
}

// checkAuth2 checks the AUTH payloads.
func (s *solver) checkAuth2(m *material2) {
	var ids [2][]byte
	var certs [2][]*decode.Cert2
	eap := false
	for _, msg := range s.sa.Messages {
		if msg.Message.Exchange != decode.ExchangeAuth || msg.State != Opened {
			continue
		}
		side := sideOf(msg.FromInitiator)
		for _, p := range msg.Payloads {
			switch b := p.Body.(type) {
			case *decode.ID2:
				// An IDr of the initiator's only says whom it wants.
				if (p.Type == decode.Payload2IDi) == msg.FromInitiator {
					ids[side] = p.Data()
				}
			case *decode.Cert2:
				certs[side] = append(certs[side], b)
			}
		}
		if p, ok := decode.Find(msg.Payloads, decode.Payload2Auth); ok && p.Err == nil {
			if a, ok := p.Body.(*decode.Auth2); ok {
				in := &authInput{s: s, m: msg, auth: a, id: ids[side], certs: certs[side], eap: eap}
				s.judgeAuth(in, m)
			}
		}
		if _, ok := decode.Find(msg.Payloads, decode.Payload2EAP); ok {
			eap = true
		}
		if !msg.FromInitiator && hasNotify(msg, notifyAuthFailed) {
			s.markRefused()
		}
	}
	s.gapPSK2()
}

func sideOf(initiator bool) int {
	if initiator {
		return 0
	}
	return 1
}

// markRefused notes that the responder answered AUTHENTICATION_FAILED. Where AUTH fits, that was not for what was sent.
func (s *solver) markRefused() {
	for i := range s.sa.Auth {
		a := &s.sa.Auth[i]
		if !a.Initiator || a.Refused {
			continue
		}
		a.Refused = true
		switch {
		case a.OK && a.Method == decode.Auth2SharedKey:
			a.Text += "; yet the responder refused it: it has another pre-shared key, or does not take the identity"
		case a.OK:
			a.Text += "; yet the responder refused it: it does not trust the key, or does not take the identity"
		}
	}
}

// judgeAuth collects what a check needs and runs it.
func (s *solver) judgeAuth(in *authInput, m *material2) {
	c := AuthCheck{Initiator: in.m.FromInitiator, Method: in.auth.Method, Frame: in.m.Frame}
	if missing := in.collect(m); missing != "" {
		c.Text = "can't be checked: " + missing
	} else {
		in.check(&c)
	}
	s.sa.Auth = append(s.sa.Auth, c)
}

// collect fills in what is the same for all methods and says what is missing.
func (in *authInput) collect(m *material2) (missing string) {
	s := in.s
	g := s.sa.Generations[in.m.Generation]
	skp, own := g.PR, m.answer
	in.nonce = m.ni
	if in.m.FromInitiator {
		skp, own, in.nonce = g.PI, m.request, m.nr
	}
	in.prf = s.sa.Policy.PRF
	switch {
	case own == nil || in.nonce == nil:
		return "IKE_SA_INIT is not in the capture as a whole"
	case skp == nil || in.prf.Sum == nil:
		return "SK_pi and SK_pr are not known"
	case in.id == nil:
		return "the ID payload is not in the capture"
	}
	in.message, in.resumed = own.Raw, own.Message.Exchange == decode.ExchangeSessionResume
	in.skps = [][]byte{skp}
	for _, ppk := range s.secrets(secret.PPK) {
		in.skps = append(in.skps, keys.MixPPK(in.prf, ppk.Value, skp))
	}
	var ok bool
	if in.intAuth, ok = s.intAuth(); !ok {
		return "an IKE_INTERMEDIATE message is missing or closed"
	}
	return ""
}

func (in *authInput) check(c *AuthCheck) {
	switch in.auth.Method {
	case decode.Auth2SharedKey:
		in.sharedKey(c)
	case decode.Auth2Null:
		c.Done = true
		c.OK = in.fits(nil)
		c.Text = verdict(c.OK, "NULL authentication, keyed by SK_p")
	case decode.Auth2GSPM:
		c.Text = "can't be checked: the key of the secure password method is not known"
	default:
		in.signature(c)
	}
}

func verdict(ok bool, what string) string {
	if ok {
		return what + " fits"
	}
	return what + " does not fit"
}

// sharedKey tries the pre-shared keys; after EAP, SK_p, for methods that make no MSK (RFC 7296, section 2.16).
func (in *authInput) sharedKey(c *AuthCheck) {
	if in.resumed {
		c.Done = true
		c.OK = slices.ContainsFunc(in.skps, func(skp []byte) bool {
			return bytes.Equal(keys.ResumptionAuth(in.prf, skp, in.message), in.auth.Data)
		})
		c.Text = verdict(c.OK, "the resumed SA's key")
		return
	}
	if in.eap && in.fits(nil) {
		c.Done, c.OK, c.Text = true, true, "EAP without a key, SK_p fits"
		return
	}
	psks := in.s.psks()
	for _, x := range psks {
		if in.fits(x.Value) {
			c.Done, c.OK, c.Text = true, true, label(x)+" fits"
			in.s.provePSK(x, in.m)
			return
		}
	}
	switch {
	case in.eap:
		c.Text = "can't be checked: the MSK of EAP is not known"
	case len(psks) == 0:
		c.Text = "can't be checked: no pre-shared key was given"
	default:
		c.Done, c.Text = true, fmt.Sprintf("no pre-shared key fits, of %d that were given", len(psks))
	}
}

// fits reports whether a shared secret makes the AUTH data; nil stands for SK_p.
func (in *authInput) fits(shared []byte) bool {
	for _, skp := range in.skps {
		x := shared
		if x == nil {
			x = skp
		}
		o := keys.SignedOctets(in.prf, skp, in.message, in.nonce, in.id, in.intAuth)
		if bytes.Equal(keys.SharedKeyAuth(in.prf, x, o), in.auth.Data) {
			return true
		}
	}
	return false
}

// provePSK notes that an AUTH payload proves a PSK.
func (s *solver) provePSK(x secret.Secret, m *Message) {
	if s.sa.Keys.PSK == nil {
		s.sa.Keys.PSK = x.Value
	}
	who := "responder"
	if m.FromInitiator {
		who = "initiator"
	}
	s.sa.Proofs = append(s.sa.Proofs, Proof{Secret: label(x), Kind: ByAuth, Frame: m.Frame,
		Text: fmt.Sprintf("AUTH of the %s in frame %d", who, m.Frame)})
}

// signature tries the certificates that the side sent; the first one is its own (RFC 7296, section 3.6).
func (in *authInput) signature(c *AuthCheck) {
	c.Text = "can't be checked: the signer's certificate is not in the capture"
	for _, cert := range in.certs {
		spki, name, ok := publicKey2(cert)
		if !ok {
			continue
		}
		pub, err := keys.ParsePublicKey(spki)
		if err != nil {
			c.Text = "can't be checked: " + err.Error()
			continue
		}
		for _, skp := range in.skps {
			o := keys.SignedOctets(in.prf, skp, in.message, in.nonce, in.id, in.intAuth)
			sig, err := keys.VerifySignature(uint8(in.auth.Method), pub, o, in.auth.Data)
			switch {
			case err == nil:
				c.Done, c.OK, c.Text = true, true, fmt.Sprintf("%v fits the key of %s", sig, name)
				return
			case errors.Is(err, keys.ErrSignatureUnsupported):
				c.Text = "can't be checked: " + err.Error()
			case !c.Done:
				c.Done, c.Text = true, fmt.Sprintf("the key of %s: %v", name, err)
			}
		}
	}
}

// publicKey2 is the SubjectPublicKeyInfo of a certificate, or a raw public key (RFC 7670), with what to call it.
func publicKey2(c *decode.Cert2) (spki []byte, name string, ok bool) {
	const rawPublicKey = 15
	switch c.Encoding {
	case decode.CertX509Signature:
		x, err := x509.ParseCertificate(c.Data)
		if err != nil {
			return nil, "", false
		}
		name, _ = c.Subject()
		return x.RawSubjectPublicKeyInfo, "the certificate " + name, true
	case rawPublicKey:
		return c.Data, "the raw public key", true
	}
	return nil, "", false
}

// intAuth is what IKE_INTERMEDIATE adds to the signed octets (RFC 9242, section 3.3.2); nil without such exchanges, and false
// where one of their messages can't be read.
func (s *solver) intAuth() (octets []byte, ok bool) {
	var last [2][]byte
	seen, mid := false, uint32(0)
	whole := s.wholeIntermediates()
	for _, m := range s.sa.Messages {
		switch m.Message.Exchange {
		case decode.ExchangeAuth:
			if mid == 0 || m.MessageID < mid {
				mid = m.MessageID
			}
		case decode.ExchangeIntermediate:
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

// A wholeKey names one side's message of an IKE_INTERMEDIATE exchange.
type wholeKey struct {
	id   uint32
	side int
}

// A wholeMessage is a message with all of its plaintext, and its first fragment where it came in fragments.
type wholeMessage struct{ first, joined *Message }

// wholeIntermediates are the messages of IKE_INTERMEDIATE that opened as a whole.
func (s *solver) wholeIntermediates() map[wholeKey]wholeMessage {
	out := make(map[wholeKey]wholeMessage)
	firsts := make(map[wholeKey]*Message)
	for _, m := range s.sa.Messages {
		if m.Message.Exchange != decode.ExchangeIntermediate || m.State != Opened {
			continue
		}
		k := wholeKey{m.MessageID, sideOf(m.FromInitiator)}
		switch f := fragment2(m); {
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

// gapPSK2 tells that the PSK that was given is not the one of this SA.
func (s *solver) gapPSK2() {
	for _, a := range s.sa.Auth {
		if a.Method != decode.Auth2SharedKey || !a.Done || a.OK {
			continue
		}
		who := "responder"
		if a.Initiator {
			who = "initiator"
		}
		s.sa.Gaps = append(s.sa.Gaps, Gap{Code: GapWrongPSK,
			Text: fmt.Sprintf("the %s authenticates with another pre-shared key than was given: the messages open, but its AUTH in frame %d does not fit", who, a.Frame),
			Hint: "give the PSK that this side has; nothing is closed for want of it"})
		return
	}
}
