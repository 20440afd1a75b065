package esp

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// However many numbers stand beside an SPI, what is tried in vain has an end, and nothing is found where nothing fits.
func TestGuesserBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	const spi = 0xc203f085
	var list []Guess
	for i := range mostGuesses + 10 {
		g := Guess{SPI: spi, Source: Source{Name: "notes.txt", Line: i + 1}}
		for _, n := range []int{16, 20, 32, 64, 16, 24, 36, 48} {
			g.Values = append(g.Values, random(n))
		}
		list = append(list, g)
	}
	g := NewGuesser(list)
	for i := range 3 * saltPackets {
		payload := random(200)
		binary.BigEndian.PutUint32(payload, spi)
		binary.BigEndian.PutUint32(payload[4:], uint32(i+1))
		if !g.Wants(payload) != (i >= saltPackets) {
			t.Errorf("packet %d: wanted %v", i, g.Wants(payload))
		}
		g.Observe(&Packet{Proto: ESP, Payload: payload, Frame: i + 1})
	}
	found, err := g.Solve(&alg.SaltSearch{Context: context.Background()})
	if err != nil || len(found) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
	if len(g.guesses) != mostGuesses || g.keys != 0 || g.salts != 0 || g.wide.Load() < 0 {
		t.Errorf("%d guesses; %d keys, %d salts and %d halves might still be tried", len(g.guesses), g.keys, g.salts, g.wide.Load())
	}
}

// A run that is stopped stops the search.
func TestGuesserStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	g := NewGuesser([]Guess{{SPI: 256, Values: [][]byte{make([]byte, 16)}}})
	if _, err := g.Solve(&alg.SaltSearch{Context: ctx}); err != context.Canceled {
		t.Error(err)
	}
	if g := NewGuesser(nil); g != nil || g.Wants(make([]byte, 100)) {
		t.Error("there is nothing to guess")
	}
}
