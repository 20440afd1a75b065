package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// secretNames are the kinds of secrets that have a different name in the key log.
var secretNames = map[secret.Kind]string{
	secret.PSK: "PSK", secret.DHPrivate: "DH private value", secret.DHSecret: "DH secret", secret.SKEYID: "SKEYID",
	secret.SKEYIDd: "SKEYID_d", secret.SKEYIDa: "SKEYID_a", secret.SKEYIDe: "SKEYID_e", secret.EncKey: "encryption key Ka",
	secret.QMDHSecret: "Quick Mode DH secret", secret.NonceI: "nonce of the initiator", secret.NonceR: "nonce of the responder",
	secret.EAPMSK: "MSK of EAP",
}

// SecretName names a kind of secret.
func SecretName(k secret.Kind) string {
	if name := secretNames[k]; name != "" {
		return name
	}
	return k.String()
}

// Secret names a secret by its kind and where it was found, never by its value: "DH private value (gwb.log:169)".
func Secret(k secret.Kind, from secret.Origin) string {
	name := SecretName(k)
	if from.File != "" {
		from.Label = "" // name says as much
	}
	if o := from.String(); o != "" {
		name += " (" + o + ")"
	}
	return name
}

func secretOf(p ikesa.Proof) string { return Secret(p.Of, p.Origin) }

// Evidence says what verifies a secret: "HASH_I in frame 5".
func Evidence(p ikesa.Proof) string {
	switch p.By {
	case ikesa.Undecided:
		return "not verified yet: the ICV of the traffic decides"
	case ikesa.ByChain:
		if p.Messages == 0 {
			return fmt.Sprintf("the payloads from frame %d on", p.Frame)
		}
		return fmt.Sprintf("the payload chains and padding of %d messages from frame %d on", p.Messages, p.Frame)
	case ikesa.ByPublic:
		return fmt.Sprintf("its public value in the KE payload of frame %d", p.Frame)
	case ikesa.ByHash:
		return fmt.Sprintf("%v in frame %d", p.Hash, p.Frame)
	case ikesa.ByAuth:
		switch {
		case p.Of == secret.PPK:
			return fmt.Sprintf("AUTH in frame %d", p.Frame)
		case p.Initiator:
			return fmt.Sprintf("AUTH of the initiator in frame %d", p.Frame)
		}
		return fmt.Sprintf("AUTH of the responder in frame %d", p.Frame)
	case ikesa.ByICV:
		if p.Salt != 0 {
			return fmt.Sprintf("the ICV of frame %d; %s", p.Frame, Salt(p.Salt))
		}
		return fmt.Sprintf("the ICV of frame %d", p.Frame)
	case ikesa.ByTraffic:
		return fmt.Sprintf("the ICV of the traffic from frame %d on", p.Frame)
	}
	return "not verified, as requested"
}

// Salt says by which frame the salt was found that the key lacked as it was given.
func Salt(frame int) string {
	return fmt.Sprintf("the salt is recovered from frame %d, which proves it", frame)
}

// PolicySource says where a policy is from: "chosen in frame 2".
func PolicySource(s ikesa.Source) string {
	switch s.Kind {
	case ikesa.Chosen:
		return fmt.Sprintf("chosen in frame %d", s.Frame)
	case ikesa.Offered:
		return fmt.Sprintf("offered in frame %d", s.Frame)
	case ikesa.Trial:
		return "found by trial"
	case ikesa.Inherited:
		return "taken over from the resumed IKE SA"
	}
	return ""
}

// IV says where the IV of a message came from: "last block of frame 5"; "" where it has none.
func IV(o ikesa.IVOrigin) string {
	s := ""
	switch o.Kind {
	case ikesa.NoIV:
		if o.Unproven {
			return "none, not verified"
		}
		return ""
	case ikesa.IVFirst:
		s = "first IV"
	case ikesa.IVLastBlock:
		s = fmt.Sprintf("last block of frame %d", o.Frame)
	case ikesa.IVPhase2:
		if s = "phase 2 IV after the first IV"; o.Frame != 0 {
			s = fmt.Sprintf("phase 2 IV after frame %d", o.Frame)
		} else if o.Given != (secret.Origin{}) {
			s = fmt.Sprintf("phase 2 IV after the last block in %v", o.Given)
		}
	case ikesa.IVGiven:
		s = o.Given.String()
	case ikesa.IVRebuilt:
		s = fmt.Sprintf("none: first block rebuilt from %v", o.Hash)
	case ikesa.IVHeadersOnly:
		s = "none: only the generic headers of the first block are known"
	}
	if o.Unproven {
		s += ", not verified"
	}
	return s
}

// authLacks say what is missing to verify an AUTH payload.
var authLacks = map[ikesa.AuthLack]string{
	ikesa.LacksInit:         "IKE_SA_INIT is not complete in the capture",
	ikesa.LacksSKp:          "SK_pi and SK_pr are not known",
	ikesa.LacksID:           "the ID payload is not in the capture",
	ikesa.LacksIntermediate: "an IKE_INTERMEDIATE message is missing or not decrypted",
	ikesa.LacksPassword:     "the key of the secure password method is not known",
	ikesa.LacksCertificate:  "the certificate of the signer is not in the capture",
}

// AuthCheck says what verifies an AUTH payload, why it does not verify, or what is missing.
func AuthCheck(a *ikesa.AuthCheck) string {
	s := authResult(a)
	switch {
	case !a.Refused || !a.OK:
	case a.Method == ikev2.AuthSharedKey:
		s += "; but the responder rejected it: it has a different PSK, or rejected the identity"
	default:
		s += "; but the responder rejected it: it does not trust the key, or rejected the identity"
	}
	return s
}

func authResult(a *ikesa.AuthCheck) string {
	what := ""
	switch {
	case a.Lacks == ikesa.LacksAlgorithm:
		return "cannot be verified: " + a.Sig.Err.Error()
	case a.Lacks == ikesa.LacksSecret:
		return fmt.Sprintf("cannot be verified: no %s given", givenKey(a.With))
	case a.Lacks != ikesa.LacksNothing:
		return "cannot be verified: " + authLacks[a.Lacks]
	case a.With == ikesa.WithSKp:
		what = "SK_p of NULL authentication"
	case a.With == ikesa.WithResumed:
		what = "the key of the resumed IKE SA"
	case a.With == ikesa.WithEAPSKp:
		return "EAP without a key, verified with SK_p"
	case a.With == ikesa.WithPublicKey:
		return signatureResult(a)
	case a.OK:
		return "verified with " + secretOf(a.Given)
	default:
		return fmt.Sprintf("not verified: none of %s given is correct", Count(a.Tried, givenKey(a.With)))
	}
	if a.OK {
		return "verified with " + what
	}
	return "wrong: " + what + " does not verify it"
}

func givenKey(k ikesa.AuthKey) string {
	if k == ikesa.WithMSK {
		return "EAP MSK"
	}
	return "PSK"
}

func signatureResult(a *ikesa.AuthCheck) string {
	signer := "the raw public key"
	if c := a.Sig.Certificate; c != nil {
		signer = "the certificate " + c.SubjectName()
	}
	if a.OK {
		return fmt.Sprintf("%v verified with the key of %s", a.Sig.Signature, signer)
	}
	return fmt.Sprintf("the key of %s: %v", signer, a.Sig.Err)
}
