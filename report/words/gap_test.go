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
			"the pre-shared key is wrong: DH private value (gwb.log:169) is proved (its public value is the KE payload of frame 3), but with no PSK given do the messages decrypt to valid payloads",
			"give the PSK that the peers use; --psk-file takes one for each peer"},
		{ikesa.Gap{Cause: ikesa.CauseHalfExchange, Version: 2, Lost: ikesa.LostRequest},
			"a DH secret is of no use here: the request of IKE_SA_INIT is not in the capture",
			"SK_ei and SK_er (with SK_ai and SK_ar) from a daemon's debug log open it all the same"},
		{ikesa.Gap{Cause: ikesa.CauseSecrets, Version: 1, Auth: ike.AuthSignature},
			"the DH secret is wrong, or belongs to another SA: the messages do not decrypt to valid payloads",
			"give the DH secret or either side's DH private value; or SKEYID_e or the encryption key (Ka) from a daemon's debug log"},
		{ikesa.Gap{Cause: ikesa.CausePFS, Version: 1, Exchange: ikev1.ExchangeQuick, MessageID: 0x77, Group: 14},
			"Quick Mode 0x00000077: it uses PFS group 14 (MODP-2048), whose DH secret is missing",
			"give its DH secret (QM_DH_SECRET in a key log, --dh-secret) or a --dh-private"},
		{ikesa.Gap{Cause: ikesa.CauseChildMessage, Version: 2, Exchange: ikev2.ExchangeAuth, Lost: ikesa.LostResponse},
			"the answer to IKE_AUTH is not in the capture, so that the keys of its Child SA can't be derived",
			"the keys of its ESP SAs open the traffic all the same"},
		{ikesa.Gap{Cause: ikesa.CauseFragments, Version: 2, Exchange: ikev2.ExchangeAuth, MessageID: 1, Total: 4, Missing: [16]uint16{2, 3}},
			"fragments [2 3] of 4 of IKE_AUTH, message ID 1, are not in the capture: what comes after the first of them is lost", ""},
	} {
		if text, hint := Gap(c.gap); text != c.text || hint != c.hint {
			t.Errorf("%+v:\n got %q, %q\nwant %q, %q", c.gap, text, hint, c.text, c.hint)
		}
	}
}

func TestProofWords(t *testing.T) {
	for want, p := range map[string]ikesa.Proof{
		"HASH_I in frame 5":                                       {Of: secret.PSK, By: ikesa.ByHash, Frame: 5, Hash: ikesa.HashI},
		"payloads from frame 3 on":                                {Of: secret.SKei, By: ikesa.ByChain, Frame: 3},
		"AUTH of the responder in frame 4":                        {Of: secret.PSK, By: ikesa.ByAuth, Frame: 4},
		"ICV of the traffic from frame 9 on":                      {Of: secret.SKEYIDd, By: ikesa.ByTraffic, Frame: 9},
		"the ICV of the traffic decides":                          {Of: secret.SKEYIDd, By: ikesa.Undecided},
		"used without proof, as asked":                            {Of: secret.PSK},
		"payload chain and padding of 3 messages from frame 5 on": {Of: secret.EncKey, By: ikesa.ByChain, Frame: 5, Messages: 3},
	} {
		if got := Evidence(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for want, o := range map[string]ikesa.IVOrigin{
		"": {}, "none: not proved": {Unproven: true}, "last block of frame 5, not proved": {Kind: ikesa.IVLastBlock, Frame: 5, Unproven: true},
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
		"PSK fits; yet the responder refused it: it has another pre-shared key, or does not take the identity": refused,
		"can't be checked: no MSK of EAP was given":                                                            {EAP: true, With: ikesa.WithMSK, Lacks: ikesa.LacksSecret},
		"no pre-shared key fits, of 2 that were given":                                                         {Done: true, With: ikesa.WithPSK, Tried: 2},
		"the key of the raw public key: no":                                                                    {Done: true, With: ikesa.WithPublicKey, Sig: ikesa.AuthSigner{Err: errors.New("no")}},
		"NULL authentication, keyed by SK_p does not fit":                                                      {Done: true, With: ikesa.WithSKp},
		"can't be checked: SK_pi and SK_pr are not known":                                                      {Lacks: ikesa.LacksSKp},
		"can't be checked: no":                                                                                 {With: ikesa.WithPublicKey, Lacks: ikesa.LacksAlgorithm, Sig: ikesa.AuthSigner{Err: errors.New("no")}},
	} {
		if got := AuthCheck(&a); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
