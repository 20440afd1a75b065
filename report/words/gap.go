package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Gap says in one sentence what was not decrypted, and in the hint, which may be empty, what would help.
func Gap(g ikesa.Gap) (text, hint string) { return gapText(&g), gapHint(&g) }

func gapText(g *ikesa.Gap) string {
	switch g.Cause {
	case ikesa.CauseNothingGiven:
		return "no key for this IKE SA"
	case ikesa.CauseNoKeyFits:
		return fmt.Sprintf("the keys given decrypt nothing: they are wrong, or of a different IKE SA than %s", g.SPI)
	case ikesa.CauseOtherSA:
		return fmt.Sprintf("the keys given are of a different IKE SA, initiator SPI %s: %s", g.SPI, secretOf(g.Proof))
	case ikesa.CausePrivate:
		return "the DH private value given is of a different IKE SA: no KE payload has its public value"
	case ikesa.CauseSecrets:
		return secretsWrong(g)
	case ikesa.CauseNothingOpens:
		return belongs(g) + ", but no message decrypts"
	case ikesa.CausePSK:
		return fmt.Sprintf("none of the PSKs given is correct: no message decrypts, although %s", belongs(g)) + formOf(g)
	case ikesa.CauseNoPSK:
		if g.Proof.By.Proved() {
			return secretOf(g.Proof) + " is of this IKE SA, but its PSK is missing"
		}
		return "a DH secret was given, but the PSK is missing"
	case ikesa.CausePSKAlone:
		if g.Version == 2 {
			return "a PSK does not decrypt IKEv2: the keys depend on the DH secret"
		}
		return "a PSK alone does not decrypt: the keys also depend on the DH secret"
	case ikesa.CausePSKUnused:
		return "a PSK was given, but the IKE SA authenticates with signatures"
	case ikesa.CauseHalfExchange:
		if g.Proof.By.Proved() {
			return fmt.Sprintf("%s, but %s is not in the capture", belongs(g), lostMessage(g.Lost))
		}
		return fmt.Sprintf("a DH secret does not help: %s is not in the capture", lostMessage(g.Lost))
	case ikesa.CauseNoAnswer:
		return "the capture has no response of the responder"
	case ikesa.CauseAllCut:
		return fmt.Sprintf("all %d encrypted messages are truncated by the snap length: they cannot be decrypted", g.Count)
	case ikesa.CauseSalt:
		return fmt.Sprintf("the keys given lack their salt, which %s does not reveal: it must be searched", g.Unsupported)
	case ikesa.CauseAlgorithm:
		if g.Version == 2 {
			return fmt.Sprintf("the IKE SA uses %s, which is not supported", g.Unsupported)
		}
		return fmt.Sprintf("phase 1 uses %s, which is not supported", g.Unsupported)
	}
	if g.Cause < ikesa.CauseChildMessages {
		return someText(g)
	}
	return childGapText(g)
}

// belongs says that a secret is one of the IKE SA.
func belongs(g *ikesa.Gap) string {
	s := secretOf(g.Proof) + " is of this IKE SA"
	if g.Proof.By.Proved() {
		s += ", verified by " + Evidence(g.Proof)
	}
	return s
}

func secretsWrong(g *ikesa.Gap) string {
	switch {
	case g.Version == 2:
		return "the DH secret given is wrong, or of a different IKE SA: no ICV verifies"
	case g.Auth == ike.AuthSignature:
		return "the DH secret given is wrong, or of a different IKE SA: no message decrypts"
	case g.Form != 0:
		return "none of the PSKs given is correct: no message decrypts" + formOf(g)
	}
	return "the DH secret or the PSK given is wrong, or of a different IKE SA: no message decrypts"
}

// formOf says how the correct pre-shared key differs from one that was given.
func formOf(g *ikesa.Gap) string {
	if g.Form == 0 {
		return ""
	}
	return fmt.Sprintf("; the one given at %v differs from it in its form: %s", g.FormOf, keyForms[g.Form])
}

// lostMessage names what the capture lacks of the exchange that the keys come from.
func lostMessage(l ikesa.Lost) string {
	switch l {
	case ikesa.LostRequest:
		return "the IKE_SA_INIT request"
	case ikesa.LostResponse:
		return "the IKE_SA_INIT response"
	case ikesa.LostKE:
		return "the KE payload of one peer"
	}
	return "IKE_SA_INIT"
}

// someText is for gaps of some messages.
func someText(g *ikesa.Gap) string {
	who := "responder"
	if g.Initiator {
		who = "initiator"
	}
	switch g.Cause {
	case ikesa.CauseSomeCut:
		return fmt.Sprintf("%d encrypted messages are truncated by the snap length", g.Count)
	case ikesa.CauseSomeStay:
		if g.Needs == 0 {
			return fmt.Sprintf("%d messages are decrypted, %d are not: no key given verifies them", g.Opened, g.Count)
		}
		return fmt.Sprintf("%d messages are decrypted, %d are not: those are of a later key exchange, or damaged", g.Opened, g.Count)
	case ikesa.CauseCipherKey:
		return fmt.Sprintf("%s right, %s not: the ICVs of %s verify, but they do not decrypt to payloads",
			isOrAre(g, "SK_ai", "SK_ar"), isOrAre(g, "SK_ei", "SK_er"), messagesOf(g))
	case ikesa.CauseICVKey:
		return fmt.Sprintf("%s right, %s not: %s decrypted to payloads, but no ICV verifies",
			isOrAre(g, "SK_ei", "SK_er"), isOrAre(g, "SK_ai", "SK_ar"), messagesOf(g))
	case ikesa.CauseOneSide:
		return fmt.Sprintf("%s decrypts %s, but %s needed for %s", sideKey(g, "SK_er", "SK_ei"), Count(g.Opened, "message"),
			isOrAre(g, "SK_ei", "SK_er"), messagesOf(g))
	case ikesa.CauseFragments:
		return fmt.Sprintf("fragments %v of %d of %v, message ID %d, are not in the capture: the message is lost from the first of them on",
			Numbers(g.MissingFragments()), g.Total, g.Exchange, g.MessageID)
	case ikesa.CauseDamaged:
		return "the key is correct, but the message does not decrypt: it is damaged, or padded in an unknown way"
	case ikesa.CauseOtherKey:
		return "no known key decrypts it"
	case ikesa.CauseAuthKey:
		return fmt.Sprintf("the %s authenticates with a different PSK than the one given: its AUTH in frame %d does not verify", who, g.Frame)
	case ikesa.CauseAuthMSK:
		return fmt.Sprintf("the MSK given is not the one of this EAP: AUTH of the %s in frame %d does not verify", who, g.Frame)
	}
	return ""
}

// sideKey names the keys of the sides that a gap is about.
func sideKey(g *ikesa.Gap, initiator, responder string) string {
	switch {
	case g.Both:
		return initiator + " and " + responder
	case g.Initiator:
		return initiator
	}
	return responder
}

func isOrAre(g *ikesa.Gap, initiator, responder string) string {
	if g.Both {
		return sideKey(g, initiator, responder) + " are"
	}
	return sideKey(g, initiator, responder) + " is"
}

// messagesOf counts the messages of the sides that a gap is about.
func messagesOf(g *ikesa.Gap) string {
	switch n := Count(g.Count, "message"); {
	case g.Both:
		return n
	case g.Initiator:
		return n + " of the initiator"
	default:
		return n + " of the responder"
	}
}

// childGapText is for gaps of children.
func childGapText(g *ikesa.Gap) string {
	v2 := g.Version == 2
	name := fmt.Sprintf("Quick Mode %#08x", g.MessageID)
	switch {
	case v2 && g.Exchange == ikev2.ExchangeAuth:
		name = "IKE_AUTH"
	case v2:
		name = fmt.Sprintf("CREATE_CHILD_SA %d", g.MessageID)
	}
	group := fmt.Sprintf("PFS with %s, group %d", ike.Group.AlgorithmName(g.Group), g.Group)
	switch g.Cause {
	case ikesa.CauseChildMessages:
		return name + ": the messages with its proposals are not in the capture"
	case ikesa.CauseChildMessage:
		which := "first"
		if g.Lost == ikesa.LostResponse {
			which = "second"
		}
		if v2 {
			return fmt.Sprintf("the response to %s is not in the capture: no keys for its Child SA", name)
		}
		return fmt.Sprintf("%s: its %s message is not in the capture or not decrypted: no keys without its nonce and SPI", name, which)
	case ikesa.CauseChildNonces:
		what := "IKE_SA_INIT"
		if g.Lost == ikesa.LostRequest {
			what = "the request"
		}
		return fmt.Sprintf("the keys of the Child SA of %s need the nonces of %s, which is not in the capture", name, what)
	case ikesa.CauseChildKey:
		if v2 {
			return "the ESP keys need SK_d, which is not known"
		}
		return name + ": the negotiation is decrypted, but the ESP keys need SKEYID_d, or SKEYID and the DH secret"
	case ikesa.CausePFS:
		return fmt.Sprintf("%s uses %s, and its DH secret is missing", name, group)
	case ikesa.CausePFSTried:
		return fmt.Sprintf("%s uses %s, and none of the secrets given is correct for it", name, group)
	case ikesa.CauseChildAlgorithm:
		if v2 {
			name = fmt.Sprintf("the Child SA of message ID %d", g.MessageID)
		}
		return fmt.Sprintf("%s chose %s, which is not supported", name, g.Unsupported)
	}
	return ""
}

// gapHint says what would help; "" where nothing would.
func gapHint(g *ikesa.Gap) string {
	v2 := g.Version == 2
	switch g.Cause {
	case ikesa.CauseAllCut, ikesa.CauseSomeCut:
		return "capture whole packets: tcpdump -s 0"
	case ikesa.CauseSomeStay:
		if g.Needs != 0 {
			return "also give the secrets of every IKE_INTERMEDIATE exchange"
		}
	case ikesa.CauseSalt:
		return "search the salts with --search-salt, which takes minutes; or give SK_ei and SK_er with their salt"
	case ikesa.CauseCipherKey:
		return "correct " + sideKey(g, "SK_ei", "SK_er") + ", digit by digit"
	case ikesa.CauseICVKey:
		return "correct " + sideKey(g, "SK_ai", "SK_ar") + ", or leave out SK_a; or decrypt unverified with --no-verify"
	case ikesa.CauseOneSide:
		return "also give " + sideKey(g, "SK_ei", "SK_er")
	case ikesa.CauseAuthKey:
		return "give the PSK of this peer to verify AUTH; decryption does not need it"
	case ikesa.CauseAuthMSK:
		return "give the MSK of this EAP to verify AUTH; decryption does not need it"
	case ikesa.CausePSK:
		return "give the PSK that these peers use"
	case ikesa.CauseNoPSK:
		return "give the PSK that these peers use"
	case ikesa.CauseHalfExchange:
		return direct(v2)
	case ikesa.CauseChildMessage, ikesa.CauseChildNonces:
		if v2 {
			return "give the keys of its IPsec SAs: they decrypt the traffic without it"
		}
	case ikesa.CauseChildKey:
		if v2 {
			if !g.Needs.Has(secret.DHSecret) {
				return "give SK_d"
			}
			return "give SK_d, or the DH secret"
		}
		return "give SKEYID_d, or SKEYID and the DH secret"
	case ikesa.CausePFS:
		kind := secret.QMDHSecret
		if v2 {
			kind = secret.ChildDHSecret
		}
		return fmt.Sprintf("give the DH secret of this exchange, %v in a key log, or a DH private value of it", kind)
	case ikesa.CausePFSTried:
		return "give the DH secret of this exchange, or a DH private value of it"
	case ikesa.CauseNothingGiven, ikesa.CauseNoKeyFits, ikesa.CauseOtherSA, ikesa.CausePrivate, ikesa.CauseSecrets, ikesa.CauseNothingOpens,
		ikesa.CausePSKAlone, ikesa.CausePSKUnused:
		return needs(g)
	}
	return ""
}

// direct names the keys that decrypt an IKE SA without its key exchange.
func direct(v2 bool) string {
	if v2 {
		return "give SK_ei and SK_er, with SK_ai and SK_ar, from a debug log: they decrypt without it"
	}
	return "give SKEYID_e or the encryption key Ka from a debug log: it decrypts without it"
}

// needs says what would decrypt an IKE SA.
func needs(g *ikesa.Gap) string {
	const dh = "a DH secret or DH private value"
	direct := "give SKEYID_e or the encryption key Ka from a debug log"
	if g.Version == 2 {
		direct = "give SK_ei and SK_er, with SK_ai and SK_ar, from a debug log"
	}
	switch {
	case !g.Needs.Has(secret.DHSecret):
		return direct // the capture lacks what the keys would be made of
	case g.Version == 2:
		return direct + ", or " + dh
	}
	s := dh + ", with the PSK if one is used"
	switch g.Auth {
	case ike.AuthPSK:
		s = "the PSK and " + dh
	case ike.AuthSignature:
		s = dh
	case ike.AuthPublicKey:
		s = "SKEYID and a DH secret"
	}
	return direct + ", or " + s
}
