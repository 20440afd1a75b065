package words

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Purpose says what an exchange is for: "rekey of ESP 0xc0ffee01", "liveness check"; "" where it is not known.
func Purpose(p negotiation.Purpose) string {
	switch {
	case p.Rekeys != nil:
		return "rekey of " + sas(p.Rekeys.Protocol, ike.V2, [][]byte{p.Rekeys.SPI})
	case p.RekeysIKE:
		return "rekey of the IKE SA"
	case p.NewChild:
		return "new Child SA"
	case p.Rekeying:
		return "a rekeying"
	}
	parts := make([]string, len(p.Does))
	for i, b := range p.Does {
		parts[i] = action(b)
	}
	return strings.Join(parts, ", ")
}

// action says what a payload of an INFORMATIONAL asks for; nil: a request without any.
func action(b decode.Body) string {
	switch b := b.(type) {
	case nil:
		return "liveness check"
	case *ikev2.CP:
		return "configuration"
	case *ikev2.Delete:
		if b.Protocol == ike.IKE {
			return "delete of the IKE SA"
		}
		return "delete of " + sas(b.Protocol, ike.V2, b.SPIs)
	case *ikev2.Notify:
		if b.Type == ikev2.NotifyUpdateSAAddresses {
			return "address update (MOBIKE)"
		}
		return b.String()
	}
	return ""
}

// sas names SAs by protocol and SPI: "ESP 0xc0ffee01, 0xc0ffee02".
func sas(p ike.Protocol, v ike.Version, spis [][]byte) string {
	return p.Name(v) + " " + strings.Join(spiTexts(spis), ", ")
}

// MessageIDs are those of an exchange: "0x00000005", or, with several of them, "0x00000001-0x00000004".
func MessageIDs(low, high uint32) string {
	if low == high {
		return fmt.Sprintf("0x%08x", low)
	}
	return fmt.Sprintf("0x%08x-0x%08x", low, high)
}

// Methods say how a peer authenticated: "shared key", "RSA signature, then EAP MSCHAPv2"; "" where it did not.
func Methods(list []negotiation.Method) string {
	texts := make([]string, len(list))
	for i, m := range list {
		switch {
		case m.Auth == ike.AuthMethod{}:
			texts[i] = "EAP " + m.EAP.String()
		case m.Signature.OID != "":
			texts[i] = m.Auth.String() + ", " + m.Signature.String()
		default:
			texts[i] = m.Auth.String()
		}
	}
	return strings.Join(texts, ", then ")
}
