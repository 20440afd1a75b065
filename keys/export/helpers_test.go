package export

import (
	"os"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// captures is where the recordings are that are not in the repository.
const captures = "../../../shared/captures"

func mustRead(t *testing.T, text string) *secret.Bag {
	t.Helper()
	b, err := source.Read("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
