package page

import (
	"fmt"

	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// stepWords are what the page says about a formula.
type stepWords struct {
	title, why string
	missing    string            // shown where the outputs could not be recomputed
	names      map[string]string // of values with a longer name on the page
	more       func(*step, *ikesa.SA, *ikesa.Step)
}

const (
	skeyidMissing = "SKEYID was given; its inputs are not all known"
	seedMissing   = "not recomputed: the keys below were given, or an input is not known"
	childMissing  = "not recomputed: an input is not known"
)

var formulaWords = map[ikesa.Formula]stepWords{
	ikesa.FormulaDH: {
		title:   "Diffie-Hellman: the secret that both peers share",
		why:     "Each peer keeps a private value and sends the public one. Whoever listens has both public values, but cannot compute the secret.",
		missing: "g^xy was given; it cannot be computed from the capture without a private value",
		names:   map[string]string{"g^xi": "g^xi, KE of the initiator", "g^xr": "g^xr, KE of the responder"},
	},
	ikesa.FormulaSKEYID: {title: "SKEYID: the root", missing: skeyidMissing},
	ikesa.FormulaSKEYIDPSK: {
		title:   "SKEYID: the root, from the pre-shared key",
		why:     "A different pre-shared key gives a different root and a wrong HASH.",
		missing: skeyidMissing,
	},
	ikesa.FormulaSKEYIDSignature: {
		title:   "SKEYID: the root, with signatures",
		why:     "No secret authenticates the peers here: the signatures do.",
		missing: skeyidMissing,
	},
	ikesa.FormulaSKEYIDPublicKey: {title: "SKEYID: the root, with public key encryption", missing: skeyidMissing},
	ikesa.FormulaPhase1Keys: {
		title:   "Three keys: for derivation, authentication, encryption",
		why:     "SKEYID_d gives the keys of every Quick Mode, SKEYID_a is used in each HASH, SKEYID_e gives the encryption key.",
		missing: "taken as given: SKEYID and g^xy are not both known",
	},
	ikesa.FormulaCipherKey: {title: "Ka: the encryption key of the messages", missing: "taken as given: SKEYID_e is not known"},
	ikesa.FormulaFirstIV: {title: "The first IV", more: func(out *step, _ *ikesa.SA, _ *ikesa.Step) {
		out.OK, out.Check = false, "no secret: both values were sent unencrypted"
	}},
	ikesa.FormulaQuickMode: {why: "The SPI is an input, so that each direction has its own keys.", missing: childMissing, more: tellChild},
	ikesa.FormulaSKEYSEED: {
		title: "SKEYSEED: the root", why: "The nonces make it fresh, the shared secret keeps it secret.", missing: seedMissing,
	},
	ikesa.FormulaRekey: {
		title: "SKEYSEED: the root, rekeyed from an older IKE SA", why: "The old IKE SA authenticates the new one: the peers do not authenticate again.", missing: seedMissing,
	},
	ikesa.FormulaResumption: {
		title: "SKEYSEED: the root, resumed from an older IKE SA", why: "No key exchange: the key of the old IKE SA is used again.", missing: seedMissing,
	},
	ikesa.FormulaIntermediate: {missing: seedMissing, more: tellIntermediate},
	ikesa.FormulaPPKSeed: {
		title: "SKEYSEED after a PPK in IKE_INTERMEDIATE", why: "A post-quantum pre-shared key is an input.", missing: seedMissing,
	},
	ikesa.FormulaIKEv2Keys: {
		title:   "Seven keys, cut from one stream",
		why:     "Each direction has an encryption key and, without AEAD, an integrity key; SK_d gives further keys, SK_pi and SK_pr are used in AUTH.",
		missing: "taken as given: SKEYSEED is not known",
		names: map[string]string{
			"SK_d": "SK_d, derivation", "SK_ai": "SK_ai, integrity", "SK_ar": "SK_ar, integrity", "SK_ei": "SK_ei, encryption",
			"SK_er": "SK_er, encryption", "SK_pi": "SK_pi, for AUTH", "SK_pr": "SK_pr, for AUTH",
		},
		more: tellGeneration,
	},
	ikesa.FormulaMixPPK: {
		title: "The PPK is mixed into SK_d", why: "A post-quantum pre-shared key protects all keys derived from here on.", missing: childMissing,
	},
	ikesa.FormulaChildKeys: {why: "One stream is cut into the keys of both directions.", missing: childMissing, more: tellChild},
}

// tellChild names the IPsec SA of the keys, and explains its own key exchange, if any.
func tellChild(out *step, _ *ikesa.SA, st *ikesa.Step) {
	d := st.Child
	out.Title = fmt.Sprintf("Keys of %v 0x%08x, %v to %v", d.Protocol, d.SPI, d.Src, d.Dst)
	for _, v := range st.In {
		switch {
		case v.Origin.Kind != ikesa.OriginExchange:
		case st.Formula == ikesa.FormulaQuickMode:
			out.Why += " With PFS the DH secret of this exchange is an input: SKEYID_d alone does not give the keys."
		default:
			out.Why += " The DH secret of this exchange is an input: SK_d alone does not give the keys."
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
	out.Why = "A second shared secret is an input, for instance of ML-KEM: an attacker has to break both exchanges."
}

// tellGeneration says which generation the keys are of, where there are several.
func tellGeneration(out *step, sa *ikesa.SA, st *ikesa.Step) {
	if len(sa.Generations) > 1 {
		out.Title += fmt.Sprintf(" (key generation %d)", st.Generation)
	}
}

// A step is one formula with what goes in and what comes out, in words.
type step struct {
	Title   string
	RFC     string
	Why     string // what the step is for
	Formula []string
	In, Out []value
	Check   string // what recomputing it gave
	OK      bool   // it was recomputed and matches
}
