package ikedecode

import (
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// What a caller takes for itself is not shared out: a quarter of 512 MiB leaves the room of 384 MiB.
func TestRoomShown(t *testing.T) {
	with, without := Options{MaxMemory: 512 << 20, Shown: 0.25}, Options{MaxMemory: 384 << 20}
	if got, want := with.room(&secret.Bag{}), without.room(&secret.Bag{}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
