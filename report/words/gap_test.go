package words

import (
	"errors"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Every cause of a gap has a sentence of its own in both versions of IKE.
func TestGapTexts(t *testing.T) {
	for version := 1; version <= 2; version++ {
		seen := make(map[string]ikesa.Cause)
		for c := ikesa.CauseNone + 1; c <= ikesa.CauseChildAlgorithm; c++ {
			g := ikesa.Gap{Cause: c, Version: version, MessageID: 7, Group: 14, Unsupported: "IDEA-CBC"}
			text, hint := Gap(g)
			if other, twice := seen[text]; text == "" || twice {
				t.Errorf("IKEv%d, causes %d and %d: %q", version, c, other, text)
			}
			if seen[text] = c; strings.Contains(text, "%!") || strings.Contains(hint, "%!") {
				t.Errorf("IKEv%d, cause %d: %q, %q", version, c, text, hint)
			}
		}
	}
}

func TestGapWords(t *testing.T) {
	private := ikesa.Proof{Of: secret.DHPrivate, Origin: secret.Origin{File: "gwb.log", Line: 169}, By: ikesa.ByPublic, Frame: 3}
	for _, c := range []struct {
		gap        ikesa.Gap
		text, hint string
	}{
		{ikesa.Gap{Cause: ikesa.CausePSK, Version: 1, Proof: private},
			"none of the PSKs given is correct: no message decrypts, although DH private value (gwb.log:169) is of this IKE SA, verified by its public value in the KE payload of frame 3",
			"give the PSK that these peers use"},
		{ikesa.Gap{Cause: ikesa.CauseHalfExchange, Version: 2, Lost: ikesa.LostRequest},
			"a DH secret does not help: the IKE_SA_INIT request is not in the capture",
			"give SK_ei and SK_er, with SK_ai and SK_ar, from a debug log: they decrypt without it"},
		{ikesa.Gap{Cause: ikesa.CauseSecrets, Version: 1, Auth: ike.AuthSignature, Needs: ikesa.SetOf(secret.DHSecret, secret.DHPrivate)},
			"the DH secret given is wrong, or of a different IKE SA: no message decrypts",
			"give SKEYID_e or the encryption key Ka from a debug log, or a DH secret or DH private value"},
		{ikesa.Gap{Cause: ikesa.CausePFS, Version: 1, Exchange: ikev1.ExchangeQuick, MessageID: 0x77, Group: 14},
			"Quick Mode 0x00000077 uses PFS with MODP-2048, group 14, and its DH secret is missing",
			"give the DH secret of this exchange, QM_DH_SECRET in a key log, or a DH private value of it"},
		{ikesa.Gap{Cause: ikesa.CauseChildMessage, Version: 2, Exchange: ikev2.ExchangeAuth, Lost: ikesa.LostResponse},
			"the response to IKE_AUTH is not in the capture: no keys for its Child SA",
			"give the keys of its IPsec SAs: they decrypt the traffic without it"},
		{ikesa.Gap{Cause: ikesa.CauseChildMessage, Version: 2, Exchange: ikev2.ExchangeCreateChild, Lost: ikesa.LostResponse}, // the first one after the IKE SA was rekeyed
			"the response to CREATE_CHILD_SA 0 is not in the capture: no keys for its Child SA",
			"give the keys of its IPsec SAs: they decrypt the traffic without it"},
		{ikesa.Gap{Cause: ikesa.CauseFragments, Version: 2, Exchange: ikev2.ExchangeAuth, MessageID: 1, Total: 4, Missing: [16]uint16{2, 3}},
			"fragments 2, 3 of 4 of IKE_AUTH, message ID 1, are not in the capture: the message is lost from the first of them on", ""},
		{ikesa.Gap{Cause: ikesa.CauseCipherKey, Version: 2, Initiator: true, Count: 2},
			"SK_ai is right, SK_ei is not: the ICVs of 2 messages of the initiator verify, but they do not decrypt to payloads", "correct SK_ei, digit by digit"},
		{ikesa.Gap{Cause: ikesa.CauseICVKey, Version: 2, Initiator: true, Both: true, Count: 3},
			"SK_ei and SK_er are right, SK_ai and SK_ar are not: 3 messages decrypted to payloads, but no ICV verifies",
			"correct SK_ai and SK_ar, or leave out SK_a; or decrypt unverified with --no-verify"},
		{ikesa.Gap{Cause: ikesa.CauseOneSide, Version: 2, Count: 1, Opened: 2},
			"SK_ei decrypts 2 messages, but SK_er is needed for 1 message of the responder", "also give SK_er"},
	} {
		if text, hint := Gap(c.gap); text != c.text || hint != c.hint {
			t.Errorf("%+v:\n got %q, %q\nwant %q, %q", c.gap, text, hint, c.text, c.hint)
		}
	}
}

func TestProofWords(t *testing.T) {
	for want, p := range map[string]ikesa.Proof{
		"HASH_I in frame 5":                                            {Of: secret.PSK, By: ikesa.ByHash, Frame: 5, Hash: ikesa.HashI},
		"the payloads from frame 3 on":                                 {Of: secret.SKei, By: ikesa.ByChain, Frame: 3},
		"AUTH of the responder in frame 4":                             {Of: secret.PSK, By: ikesa.ByAuth, Frame: 4},
		"the ICV of the traffic from frame 9 on":                       {Of: secret.SKEYIDd, By: ikesa.ByTraffic, Frame: 9},
		"not verified yet: the ICV of the traffic decides":             {Of: secret.SKEYIDd, By: ikesa.Undecided},
		"not verified, as requested":                                   {Of: secret.PSK},
		"the payload chains and padding of 3 messages from frame 5 on": {Of: secret.EncKey, By: ikesa.ByChain, Frame: 5, Messages: 3},
	} {
		if got := Evidence(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for want, o := range map[string]ikesa.IVOrigin{
		"": {}, "none, not verified": {Unproven: true}, "last block of frame 5, not verified": {Kind: ikesa.IVLastBlock, Frame: 5, Unproven: true},
		"phase 2 IV after the first IV": {Kind: ikesa.IVPhase2}, "none: first block rebuilt from HASH(1)": {Kind: ikesa.IVRebuilt, Hash: ikesa.Hash1},
	} {
		if got := IV(o); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAuthCheckWords(t *testing.T) {
	refused := ikesa.AuthCheck{Method: ikev2.AuthSharedKey, Done: true, OK: true, Refused: true, With: ikesa.WithPSK, Given: ikesa.Proof{Of: secret.PSK}}
	for want, a := range map[string]ikesa.AuthCheck{
		"verified with PSK; but the responder rejected it: it has a different PSK, or rejected the identity": refused,
		"cannot be verified: no EAP MSK given":                  {EAP: true, With: ikesa.WithMSK, Lacks: ikesa.LacksSecret},
		"not verified: none of 2 PSKs given is correct":         {Done: true, With: ikesa.WithPSK, Tried: 2},
		"the key of the raw public key: no":                     {Done: true, With: ikesa.WithPublicKey, Sig: ikesa.AuthSigner{Err: errors.New("no")}},
		"wrong: SK_p of NULL authentication does not verify it": {Done: true, With: ikesa.WithSKp},
		"cannot be verified: SK_pi and SK_pr are not known":     {Lacks: ikesa.LacksSKp},
		"cannot be verified: no":                                {With: ikesa.WithPublicKey, Lacks: ikesa.LacksAlgorithm, Sig: ikesa.AuthSigner{Err: errors.New("no")}},
	} {
		if got := AuthCheck(&a); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
