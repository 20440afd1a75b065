package page

import (
	"fmt"

	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// stepWords are what the page says of a formula.
type stepWords struct {
	title, why string
	missing    string            // said where the outputs could not be recomputed
	names      map[string]string // of values that are said with more words than their name
	more       func(*step, *ikesa.SA, *ikesa.Step)
}

const (
	skeyidMissing = "SKEYID was given; its inputs are not all known"
	seedMissing   = "not recomputed: the keys below were given, or an input is not known"
	childMissing  = "not recomputed: an input is not known"
)

var formulaWords = map[ikesa.Formula]stepWords{
	ikesa.FormulaDH: {
		title:   "Diffie-Hellman: the secret that both sides share",
		why:     "Each side keeps a private value and sends its public one: whoever listens has both public values and cannot compute the secret.",
		missing: "g^xy was given: without a private value it cannot be computed from the capture",
		names:   map[string]string{"g^xi": "g^xi, KE of the initiator", "g^xr": "g^xr, KE of the responder"},
	},
	ikesa.FormulaSKEYID: {title: "SKEYID: the root", missing: skeyidMissing},
	ikesa.FormulaSKEYIDPSK: {
		title:   "SKEYID: the root, from the pre-shared key",
		why:     "Who does not know the pre-shared key gets another root, and its HASH does not fit.",
		missing: skeyidMissing,
	},
	ikesa.FormulaSKEYIDSignature: {
		title:   "SKEYID: the root, with signatures",
		why:     "No secret goes in that proves who a side is: the signatures do.",
		missing: skeyidMissing,
	},
	ikesa.FormulaSKEYIDPublicKey: {title: "SKEYID: the root, with public key encryption", missing: skeyidMissing},
	ikesa.FormulaPhase1Keys: {
		title:   "Three keys: to derive, to authenticate, to encrypt",
		why:     "SKEYID_d makes the keys of every Quick Mode, SKEYID_a goes into each HASH, SKEYID_e makes the key of the cipher.",
		missing: "taken as given: SKEYID and g^xy are not both known",
	},
	ikesa.FormulaCipherKey: {title: "Ka: the key of the cipher that protects the messages", missing: "taken as given: SKEYID_e is not known"},
	ikesa.FormulaFirstIV: {title: "The first IV", more: func(out *step, _ *ikesa.SA, _ *ikesa.Step) {
		out.OK, out.Check = false, "no secret: both values went over the wire in the clear"
	}},
	ikesa.FormulaQuickMode: {why: "The SPI goes in, so that each direction has keys of its own.", missing: childMissing, more: tellChild},
	ikesa.FormulaSKEYSEED: {
		title: "SKEYSEED: the root", why: "The nonces make it fresh, the shared secret keeps it from whoever listens.", missing: seedMissing,
	},
	ikesa.FormulaRekey: {
		title: "SKEYSEED: the root, rekeyed from an older IKE SA", why: "The old SA vouches for the new one: nobody authenticates again.", missing: seedMissing,
	},
	ikesa.FormulaResumption: {
		title: "SKEYSEED: the root, resumed from an older IKE SA", why: "No key exchange: what the old SA left is used again.", missing: seedMissing,
	},
	ikesa.FormulaIntermediate: {missing: seedMissing, more: tellIntermediate},
	ikesa.FormulaPPKSeed: {
		title: "SKEYSEED after a PPK in IKE_INTERMEDIATE", why: "A key goes in that both sides had before.", missing: seedMissing,
	},
	ikesa.FormulaIKEv2Keys: {
		title:   "Seven keys, cut from one stream",
		why:     "Each direction has a key to encrypt and, but for an AEAD, one to authenticate; SK_d makes further keys, SK_pi and SK_pr go into AUTH.",
		missing: "taken as given: SKEYSEED is not known",
		names: map[string]string{
			"SK_d": "SK_d, to derive", "SK_ai": "SK_ai, integrity", "SK_ar": "SK_ar, integrity", "SK_ei": "SK_ei, encryption",
			"SK_er": "SK_er, encryption", "SK_pi": "SK_pi, for AUTH", "SK_pr": "SK_pr, for AUTH",
		},
		more: tellGeneration,
	},
	ikesa.FormulaMixPPK: {
		title: "The PPK goes into SK_d", why: "A key that both sides had before protects what is derived from here on.", missing: childMissing,
	},
	ikesa.FormulaChildKeys: {why: "One stream is cut into the keys of both directions.", missing: childMissing, more: tellChild},
}

// tellChild names the SA that the keys are of, and says what a key exchange of its own is good for.
func tellChild(out *step, _ *ikesa.SA, st *ikesa.Step) {
	d := st.Child
	out.Title = fmt.Sprintf("Keys of %v 0x%08x, %v to %v", d.Protocol, d.SPI, d.Src, d.Dst)
	for _, v := range st.In {
		switch {
		case v.Origin.Kind != ikesa.OriginExchange:
		case st.Formula == ikesa.FormulaQuickMode:
			out.Why += " With PFS a secret of its own goes in, too: SKEYID_d alone does not give the keys."
		default:
			out.Why += " A key exchange of its own goes in: SK_d alone does not give the keys."
		}
	}
}

// tellIntermediate says which generation a SKEYSEED is of.
func tellIntermediate(out *step, _ *ikesa.SA, st *ikesa.Step) {
	if !st.Fits {
		out.Title = fmt.Sprintf("SKEYSEED of key generation %d", st.Generation)
		return
	}
	out.Title = fmt.Sprintf("SKEYSEED(%d): after an additional key exchange in IKE_INTERMEDIATE", st.Generation-1)
	out.Why = "Another shared secret goes in, of ML-KEM for instance: who wants the keys has to break both exchanges."
}

// tellGeneration says which generation the keys are of, where there are several.
func tellGeneration(out *step, sa *ikesa.SA, st *ikesa.Step) {
	if len(sa.Generations) > 1 {
		out.Title += fmt.Sprintf(" (key generation %d)", st.Generation)
	}
}
