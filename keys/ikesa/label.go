package ikesa

import "github.com/ikedecode/ikedecode/keys/secret"

// kindWords are the kinds of secrets in the words of reports.
var kindWords = map[secret.Kind]string{
	secret.PSK: "PSK", secret.DHPrivate: "DH private value", secret.DHSecret: "DH secret", secret.SKEYID: "SKEYID",
	secret.SKEYIDd: "SKEYID_d", secret.SKEYIDa: "SKEYID_a", secret.SKEYIDe: "SKEYID_e", secret.EncKey: "encryption key Ka",
	secret.QMDHSecret: "Quick Mode DH secret", secret.NonceI: "nonce of the initiator", secret.NonceR: "nonce of the responder",
	secret.EAPMSK: "MSK of EAP",
}

// proofOf is the proof of a secret.
func proofOf(x secret.Secret, kind ProofKind, frame int, text string) Proof {
	return Proof{Secret: label(x), Kind: kind, Frame: frame, Text: text, Name: nameOf(x), Origin: x.Origin}
}

// nameOf names a secret by its kind.
func nameOf(x secret.Secret) string {
	if name := kindWords[x.Kind]; name != "" {
		return name
	}
	return x.Kind.String()
}

// label names a secret by its kind and where it was found, never by its value: "DH private value (gwb.log:169)".
func label(x secret.Secret) string {
	name := nameOf(x)
	if o := x.Origin.String(); o != "" {
		name += " (" + o + ")"
	}
	return name
}
