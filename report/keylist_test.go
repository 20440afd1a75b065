package report

import (
	"bytes"
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// manySAs is a bag of SAs that share a key.
func manySAs(n int) *secret.Bag {
	b := &secret.Bag{SAs: make([]esp.Params, n)}
	key := make([]byte, 16)
	for i := range b.SAs {
		p := &b.SAs[i]
		p.Protocol, p.SPI, p.Source = esp.ESP, uint32(i), esp.Source{Name: "<\u202e.log", Line: i + 1}
		p.SetCipher(alg.CipherByKeyLog("aes-cbc"), key)
	}
	return b
}

// A document has the same JSON whether its secrets are written one by one or all at once.
func TestKeyListJSON(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5} {
		d := &Document{Report: "keys", Keys: NewKeys(manySAs(n), true)}
		d.Keys.Warnings = []string{`"secrets": []`, "last"}
		var got, want bytes.Buffer
		if err := d.Write(&got); err != nil {
			t.Fatal(err)
		}
		if err := newEncoder(&want, "").Encode(d); err != nil {
			t.Fatal(err)
		}
		if got.String() != string(EscapeJSON(want.Bytes())) {
			t.Errorf("%d secrets: %s", n, got.String())
		}
		if !json.Valid(got.Bytes()) || strings.Count(got.String(), `"ESP_SA"`) != n {
			t.Errorf("%d secrets: not the JSON of them", n)
		}
	}
}

// A list of many secrets takes no memory for each of them, beside what the bag has.
func TestKeyListMemory(t *testing.T) {
	const n, most = 20_000, 20
	b := manySAs(n)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d := &Document{Report: "keys", Keys: NewKeys(b, false)}
	live := uint64(0)
	err := d.Write(writerFunc(func([]byte) {
		if live == 0 {
			runtime.GC()
			runtime.ReadMemStats(&after)
			live = max(after.HeapAlloc, before.HeapAlloc) - before.HeapAlloc
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	if live/n > most {
		t.Errorf("%d bytes a secret while they are written, more than %d", live/n, most)
	}
	runtime.KeepAlive(b)
}

type writerFunc func([]byte)

func (f writerFunc) Write(b []byte) (int, error) {
	f(b)
	return len(b), nil
}
