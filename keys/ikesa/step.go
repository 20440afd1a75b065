package ikesa

import (
	"bytes"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A Step is one formula of the key schedule of an IKE SA, with what goes into it and what comes out.
type Step struct {
	Formula Formula
	Lines   []string // the formula in the notation of its RFC
	RFC     string   // where it stands: "RFC 2409, 5.4"
	// Generation says of which of an IKEv2 SA's Generations the keys are, from 1; 0 for all other steps.
	Generation int
	Child      *ChildSA // whose keys come out; nil for those of the IKE SA
	In, Out    []Value
	// Fits says that the formula, computed with In, gives Out. It is false where Out was given and an input is not known.
	Fits bool
	// Proof is what the capture shows for the keys, at best.
	Proof Evidence
}

// A Value is an input or an output of a step.
type Value struct {
	Name   string // in the notation of the RFC: "SKEYID_d", or EncryptionKey, IntegrityKey
	For    string // the algorithm that it is a key of: "AES-CBC"; mostly empty
	Bytes  []byte // nil: not known
	Secret bool   // it was not on the wire unencrypted
	Origin Origin
}

// Names of the values that KEYMAT is cut into.
const (
	EncryptionKey = "encryption key"
	IntegrityKey  = "integrity key"
)

// An Origin says where a value comes from.
type Origin struct {
	Kind       OriginKind
	Secret     secret.Secret // of OriginGiven, where it is one of the user's, and of OriginPrivate
	Frame      int           // of OriginFrame
	Generation int           // of OriginGeneration, from 1
	// Initiator and Responder are the SPIs of the IKE SA of OriginOtherSA.
	Initiator, Responder decode.SPI
}

// OriginKind tells origins apart.
type OriginKind uint8

// Where a value may come from.
const (
	OriginUnknown    OriginKind = iota // the value is not known
	OriginGiven                        // the user gave it
	OriginPrivate                      // a private value that the user gave makes it
	OriginComputed                     // this step computes it
	OriginEarlier                      // a step before computes it
	OriginGeneration                   // the steps of an earlier generation compute it
	OriginOtherSA                      // it is a key of another IKE SA
	OriginExchange                     // the key exchange of the Quick Mode, or of CREATE_CHILD_SA, agreed upon it
	OriginAdditional                   // an additional key exchange of CREATE_CHILD_SA did (RFC 9370)
	OriginFrame                        // a message has it
	OriginHeader                       // the header of every message has it
	OriginProtocol                     // the number of the protocol
	OriginReceiver                     // the receiver of the traffic chose it
)

// Keyed reports whether there are keys, or candidates for them, which a key exchange has made: IPComp has none.
func (c *ChildSA) Keyed() bool { return c.Protocol != esp.IPComp && len(c.Candidates) > 0 }

// strongest is the best kind of evidence among proofs.
func strongest(proofs []Proof) (best Evidence) {
	for _, p := range proofs {
		best = max(best, p.By)
	}
	return best
}

// hidden is a secret value.
func hidden(name string, b []byte, from Origin) Value {
	if b == nil {
		from = Origin{}
	}
	return Value{Name: name, Bytes: b, Secret: true, Origin: from}
}

// seen is a value of an unencrypted message.
func seen(name string, b []byte, frame int) Value {
	if b == nil {
		return Value{Name: name}
	}
	return Value{Name: name, Bytes: b, Origin: Origin{Kind: OriginFrame, Frame: frame}}
}

func spiValue(name string, spi decode.SPI) Value {
	return Value{Name: name, Bytes: spi[:], Origin: Origin{Kind: OriginHeader}}
}

// given is the origin of a secret of the user's.
func given(x secret.Secret) Origin { return Origin{Kind: OriginGiven, Secret: x} }

// givenAs is the origin of a value that is one of those secrets, which a source may have cut leading zeros off; else it is other.
func givenAs(used []secret.Secret, b []byte, other OriginKind) Origin {
	for _, x := range used {
		if bytes.Equal(x.Value, b) || len(x.Value) < len(b) && bytes.Equal(bytes.TrimLeft(x.Value, "\x00"), bytes.TrimLeft(b, "\x00")) {
			return given(x)
		}
	}
	return Origin{Kind: other}
}

// nonceValue is the nonce of a message, which may be nil: a secret where it travelled encrypted.
func nonceValue(name string, m *Message) Value {
	t := ikev1.PayloadNonce
	if m != nil && m.Major() == 2 {
		t = ikev2.PayloadNonce
	}
	if m == nil {
		return hidden(name, nil, Origin{})
	}
	p, ok := decode.Find(m.Payloads, t)
	if !ok || p.Err != nil {
		return hidden(name, nil, Origin{})
	}
	v := seen(name, p.Data(), m.Frame)
	v.Secret = m.State != Clear
	return v
}
