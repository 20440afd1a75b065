package decode

import (
	"slices"
	"testing"
)

// allVectors1 has the vectors of every payload; each is kept beside the payload's own test.
func allVectors1() []bodyVector {
	return slices.Concat(
		sa1Vectors, ke1Vectors, id1Vectors, cert1Vectors, certReq1Vectors, hash1Vectors, sig1Vectors, nonce1Vectors,
		notify1Vectors, delete1Vectors, vendorID1Vectors, attributes1Vectors, natt1Vectors, fragment1Vectors, unknown1Vectors,
	)
}

func TestEveryParserHasVectors1(t *testing.T) { EveryParserHasVectors(t, Grammar1, allVectors1()) }
func TestShortBodies1(t *testing.T)           { ShortBodies(t, Grammar1, allVectors1()) }
func TestCutPayloads1(t *testing.T)           { CutPayloads(t, Grammar1, allVectors1()) }
func TestFlippedBytes1(t *testing.T)          { FlippedBytes(t, Grammar1, allVectors1()) }
