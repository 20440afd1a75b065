package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// secretNames are the kinds of secrets that the key log calls otherwise.
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
	if o := from.String(); o != "" {
		name += " (" + o + ")"
	}
	return name
}

func secretOf(p ikesa.Proof) string { return Secret(p.Of, p.Origin) }

// Evidence says what proves a secret: "HASH_I in frame 5".
func Evidence(p ikesa.Proof) string {
	switch p.By {
	case ikesa.Undecided:
		return "the ICV of the traffic decides"
	case ikesa.ByChain:
		if p.Messages == 0 {
			return fmt.Sprintf("payloads from frame %d on", p.Frame)
		}
		return fmt.Sprintf("payload chain and padding of %d messages from frame %d on", p.Messages, p.Frame)
	case ikesa.ByPublic:
		return fmt.Sprintf("its public value is the KE payload of frame %d", p.Frame)
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
		return fmt.Sprintf("ICV of the message in frame %d", p.Frame)
	case ikesa.ByTraffic:
		return fmt.Sprintf("ICV of the traffic from frame %d on", p.Frame)
	}
	return "used without proof, as asked"
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
		return "of the SA that was resumed"
	}
	return ""
}

// IV says where the IV of a message came from: "last block of frame 5"; "" where it has none.
func IV(o ikesa.IVOrigin) string {
	s := ""
	switch o.Kind {
	case ikesa.NoIV:
		if o.Unproven {
			return "none: not proved"
		}
		return ""
	case ikesa.IVFirst:
		s = "first IV"
	case ikesa.IVLastBlock:
		s = fmt.Sprintf("last block of frame %d", o.Frame)
	case ikesa.IVPhase2:
		if s = "phase 2 IV after the first IV"; o.Frame != 0 {
			s = fmt.Sprintf("phase 2 IV after frame %d", o.Frame)
		}
	case ikesa.IVRebuilt:
		s = fmt.Sprintf("none: first block rebuilt from %v", o.Hash)
	case ikesa.IVHeadersOnly:
		s = "none: of the first block only the generic headers are known"
	}
	if o.Unproven {
		s += ", not proved"
	}
	return s
}

// authLacks say what the check of an AUTH payload lacks.
var authLacks = map[ikesa.AuthLack]string{
	ikesa.LacksInit:         "IKE_SA_INIT is not in the capture as a whole",
	ikesa.LacksSKp:          "SK_pi and SK_pr are not known",
	ikesa.LacksID:           "the ID payload is not in the capture",
	ikesa.LacksIntermediate: "an IKE_INTERMEDIATE message is missing or closed",
	ikesa.LacksPassword:     "the key of the secure password method is not known",
	ikesa.LacksCertificate:  "the signer's certificate is not in the capture",
}

// AuthCheck says what fits of an AUTH payload, why it does not, or what is missing.
func AuthCheck(a *ikesa.AuthCheck) string {
	s := authResult(a)
	switch {
	case !a.Refused || !a.OK:
	case a.Method == ikev2.AuthSharedKey:
		s += "; yet the responder refused it: it has another pre-shared key, or does not take the identity"
	default:
		s += "; yet the responder refused it: it does not trust the key, or does not take the identity"
	}
	return s
}

func authResult(a *ikesa.AuthCheck) string {
	what := ""
	switch {
	case a.Lacks == ikesa.LacksAlgorithm:
		return "can't be checked: " + a.Sig.Err.Error()
	case a.Lacks == ikesa.LacksSecret:
		return fmt.Sprintf("can't be checked: no %s was given", givenKey(a.With))
	case a.Lacks != ikesa.LacksNothing:
		return "can't be checked: " + authLacks[a.Lacks]
	case a.With == ikesa.WithSKp:
		what = "NULL authentication, keyed by SK_p"
	case a.With == ikesa.WithResumed:
		what = "the resumed SA's key"
	case a.With == ikesa.WithEAPSKp:
		return "EAP without a key, SK_p fits"
	case a.With == ikesa.WithPublicKey:
		return signatureResult(a)
	case a.OK:
		return secretOf(a.Given) + " fits"
	default:
		return fmt.Sprintf("no %s fits, of %d that were given", givenKey(a.With), a.Tried)
	}
	if a.OK {
		return what + " fits"
	}
	return what + " does not fit"
}

func givenKey(k ikesa.AuthKey) string {
	if k == ikesa.WithMSK {
		return "MSK of EAP"
	}
	return "pre-shared key"
}

func signatureResult(a *ikesa.AuthCheck) string {
	signer := "the raw public key"
	if c := a.Sig.Certificate; c != nil {
		signer = "the certificate " + c.SubjectName()
	}
	if a.OK {
		return fmt.Sprintf("%v fits the key of %s", a.Sig.Signature, signer)
	}
	return fmt.Sprintf("the key of %s: %v", signer, a.Sig.Err)
}
