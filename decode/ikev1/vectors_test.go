package ikev1

import (
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
)

// allVectors has the vectors of every payload; each is kept beside the payload's own test.
func allVectors() []decodetest.Vector {
	return slices.Concat(
		saVectors, keVectors, idVectors, certVectors, certReqVectors, hashVectors, sigVectors, nonceVectors,
		notifyVectors, deleteVectors, vendorIDVectors, attributesVectors, nattVectors, fragmentVectors, unknownVectors,
	)
}

func TestEveryParserHasVectors(t *testing.T) {
	decodetest.EveryParserHasVectors(t, Grammar, allVectors())
}
func TestShortBodies(t *testing.T)  { decodetest.ShortBodies(t, Grammar, allVectors()) }
func TestCutPayloads(t *testing.T)  { decodetest.CutPayloads(t, Grammar, allVectors()) }
func TestFlippedBytes(t *testing.T) { decodetest.FlippedBytes(t, Grammar, allVectors()) }
