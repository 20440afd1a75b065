package decode

import (
	"slices"
	"testing"
)

// allVectors2 has the vectors of every payload; each is kept beside the payload's own test.
func allVectors2() []bodyVector {
	return slices.Concat(
		sa2Vectors, ke2Vectors, id2Vectors, cert2Vectors, certReq2Vectors, auth2Vectors, nonce2Vectors, notify2Vectors,
		delete2Vectors, vendorID2Vectors, ts2Vectors, sk2Vectors, cp2Vectors, eap2Vectors, unknown2Vectors,
	)
}

func TestEveryParserHasVectors2(t *testing.T) { EveryParserHasVectors(t, Grammar2, allVectors2()) }
func TestShortBodies2(t *testing.T)           { ShortBodies(t, Grammar2, allVectors2()) }
func TestCutPayloads2(t *testing.T)           { CutPayloads(t, Grammar2, allVectors2()) }
func TestFlippedBytes2(t *testing.T)          { FlippedBytes(t, Grammar2, allVectors2()) }
