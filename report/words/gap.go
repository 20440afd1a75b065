package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Gap is what stayed closed, in one sentence, and what would open it, which may be empty.
func Gap(g ikesa.Gap) (text, hint string) { return gapText(&g), gapHint(&g) }

func gapText(g *ikesa.Gap) string {
	switch g.Cause {
	case ikesa.CauseNothingGiven:
		return "no secret for this SA was given"
	case ikesa.CauseNoKeyFits:
		return fmt.Sprintf("no key that was given fits: it is wrong, or belongs to another SA than %s", g.SPI)
	case ikesa.CauseOtherSA:
		spi := "cookie"
		if g.Version == 2 {
			spi = "SPI"
		}
		return fmt.Sprintf("the keys that were given are those of another SA: %s (initiator's %s %s)", secretOf(g.Proof), spi, g.SPI)
	case ikesa.CausePrivate:
		return "the DH private value is not one of this SA: its public value is in none of the KE payloads"
	case ikesa.CauseSecrets:
		return secretsWrong(g)
	case ikesa.CauseNothingOpens:
		if g.Version == 2 {
			return belongs(g) + ", yet nothing opens"
		}
		return belongs(g) + ", yet nothing decrypts to valid payloads"
	case ikesa.CausePSK:
		return fmt.Sprintf("the pre-shared key is wrong: %s is proved (%s), but with no PSK given do the messages decrypt to valid payloads", secretOf(g.Proof), Evidence(g.Proof))
	case ikesa.CauseNoPSK:
		if g.Proof.By.Proved() {
			return secretOf(g.Proof) + " belongs to this SA, but the pre-shared key is missing"
		}
		return "a DH secret was given, but the SA authenticates with a pre-shared key, which is missing"
	case ikesa.CausePSKAlone:
		if g.Version == 2 {
			return "a PSK opens nothing in IKEv2: the keys depend on the Diffie-Hellman secret alone"
		}
		return "a PSK alone opens nothing: the keys also depend on the Diffie-Hellman secret g^xy"
	case ikesa.CausePSKUnused:
		return "a PSK was given, but the SA authenticates with signatures"
	case ikesa.CauseHalfExchange:
		if g.Proof.By.Proved() {
			return fmt.Sprintf("%s, but %s is not in the capture", belongs(g), lostMessage(g.Lost))
		}
		return fmt.Sprintf("a DH secret is of no use here: %s is not in the capture", lostMessage(g.Lost))
	case ikesa.CauseNoAnswer:
		return "there is no answer of the responder in the capture"
	case ikesa.CauseAllCut:
		return fmt.Sprintf("all encrypted messages (%d) are cut by the snap length: what is left of them cannot be opened", g.Count)
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

// belongs says that a secret is one of the SA.
func belongs(g *ikesa.Gap) string {
	return fmt.Sprintf("%s belongs to this SA (%s)", secretOf(g.Proof), Evidence(g.Proof))
}

func secretsWrong(g *ikesa.Gap) string {
	switch {
	case g.Version == 2:
		return "the DH secret is wrong, or belongs to another SA: with none given does the ICV of a message fit"
	case g.Auth == ike.AuthSignature:
		return "the DH secret is wrong, or belongs to another SA: the messages do not decrypt to valid payloads"
	}
	return "the DH secret or the pre-shared key is wrong, or belongs to another SA: with none of them do the messages decrypt to valid payloads"
}

// lostMessage names what the capture lacks of the exchange that the keys come from.
func lostMessage(l ikesa.Lost) string {
	switch l {
	case ikesa.LostRequest:
		return "the request of IKE_SA_INIT"
	case ikesa.LostResponse:
		return "the answer of IKE_SA_INIT"
	case ikesa.LostKE:
		return "the other side's key exchange message"
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
		return fmt.Sprintf("%d encrypted messages are cut by the snap length", g.Count)
	case ikesa.CauseSomeStay:
		return fmt.Sprintf("%d messages open, %d do not: their keys are of a later key exchange, or the messages are damaged", g.Opened, g.Count)
	case ikesa.CauseFragments:
		return fmt.Sprintf("fragments %v of %d of %v, message ID %d, are not in the capture: what comes after the first of them is lost",
			g.MissingFragments(), g.Total, g.Exchange, g.MessageID)
	case ikesa.CauseDamaged:
		return "the key is right, but the message does not open: it is damaged or padded in an unknown way"
	case ikesa.CauseOtherKey:
		return "no key that is known opens it"
	case ikesa.CauseAuthKey:
		return fmt.Sprintf("the %s authenticates with another pre-shared key than was given: the messages open, but its AUTH in frame %d does not fit", who, g.Frame)
	case ikesa.CauseAuthMSK:
		return fmt.Sprintf("the MSK that was given is not the one that EAP made: the messages open, but the %s's AUTH in frame %d does not fit", who, g.Frame)
	}
	return ""
}

// childGapText is for gaps of children.
func childGapText(g *ikesa.Gap) string {
	v2 := g.Version == 2
	name := fmt.Sprintf("Quick Mode %#08x", g.MessageID)
	switch {
	case v2 && g.MessageID == 0:
		name = "IKE_AUTH"
	case v2:
		name = fmt.Sprintf("CREATE_CHILD_SA %d", g.MessageID)
	}
	group := fmt.Sprintf("PFS group %d (%s)", g.Group, ike.Group.AlgorithmName(g.Group))
	switch g.Cause {
	case ikesa.CauseChildMessages:
		return name + ": the messages with its proposals are not in the capture"
	case ikesa.CauseChildMessage:
		which := "first"
		if g.Lost == ikesa.LostResponse {
			which = "second"
		}
		if v2 {
			return fmt.Sprintf("the answer to %s is not in the capture, so that the keys of its Child SA can't be derived", name)
		}
		return fmt.Sprintf("%s: its %s message is not in the capture or did not open: without its nonce and SPI there are no keys", name, which)
	case ikesa.CauseChildNonces:
		what := "IKE_SA_INIT"
		if g.Lost == ikesa.LostRequest {
			what = "the request"
		}
		return fmt.Sprintf("the keys of %s's Child SA need the nonces of %s, which the capture lacks", name, what)
	case ikesa.CauseChildKey:
		if v2 {
			return "the negotiation is open, but the ESP keys need SK_d"
		}
		return name + ": the negotiation is open, but the ESP keys need SKEYID_d (or SKEYID and g^xy)"
	case ikesa.CausePFS:
		if v2 {
			return fmt.Sprintf("%s uses %s, whose DH secret is missing", name, group)
		}
		return fmt.Sprintf("%s: it uses %s, whose DH secret is missing", name, group)
	case ikesa.CausePFSTried:
		return fmt.Sprintf("%s uses %s, and no secret that was given fits its traffic", name, group)
	case ikesa.CauseChildAlgorithm:
		if v2 {
			name = fmt.Sprintf("the Child SA of message ID %d", g.MessageID)
		}
		return fmt.Sprintf("%s chose an algorithm without implementation: %s", name, g.Unsupported)
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
		return "give the secrets of every IKE_INTERMEDIATE, too"
	case ikesa.CauseAuthKey:
		return "give the PSK that this side has; nothing is closed for want of it"
	case ikesa.CauseAuthMSK:
		return "nothing is closed for want of it"
	case ikesa.CausePSK:
		return "give the PSK that the peers use; --psk-file takes one for each peer"
	case ikesa.CauseNoPSK:
		return "give it with --psk or --psk-file"
	case ikesa.CauseHalfExchange:
		return direct(v2) + " all the same"
	case ikesa.CauseChildMessage, ikesa.CauseChildNonces:
		if v2 {
			return "the keys of its ESP SAs open the traffic all the same"
		}
	case ikesa.CauseChildKey:
		if v2 {
			return "SK_D in a key log, or the DH secret"
		}
		return "--skeyid-d, or --skeyid with --dh-secret"
	case ikesa.CausePFS:
		kind := secret.QMDHSecret
		if v2 {
			kind = secret.ChildDHSecret
		}
		return fmt.Sprintf("give its DH secret (%v in a key log, --dh-secret) or a --dh-private", kind)
	case ikesa.CausePFSTried:
		return "give its own DH secret, or a DH private value of it"
	case ikesa.CauseNothingGiven, ikesa.CauseNoKeyFits, ikesa.CauseOtherSA, ikesa.CausePrivate, ikesa.CauseSecrets, ikesa.CauseNothingOpens,
		ikesa.CausePSKAlone, ikesa.CausePSKUnused:
		return needs(g)
	}
	return ""
}

// direct names the keys that open an IKE SA without its key exchange.
func direct(v2 bool) string {
	if v2 {
		return "SK_ei and SK_er (with SK_ai and SK_ar) from a daemon's debug log open it"
	}
	return "SKEYID_e or the encryption key (Ka) opens it"
}

// needs says what would open an IKE SA.
func needs(g *ikesa.Gap) string {
	const log = "from a daemon's debug log"
	if g.Version == 2 {
		return "give the DH secret or either side's DH private value; or SK_ei and SK_er (with SK_ai and SK_ar) " + log
	}
	s := "give the DH secret or a DH private value, with the PSK if one is used"
	switch g.Auth {
	case ike.AuthPSK:
		s = "give the PSK with the DH secret or either side's DH private value"
	case ike.AuthSignature:
		s = "give the DH secret or either side's DH private value"
	case ike.AuthPublicKey:
		s = "give SKEYID with the DH secret"
	}
	return s + "; or SKEYID_e or the encryption key (Ka) " + log
}
