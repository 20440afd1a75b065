package source

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// heapOf is how many bytes stay in use for what make returns.
func heapOf[T any](make func() T) (T, uint64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := make()
	runtime.GC()
	runtime.ReadMemStats(&after)
	return x, after.HeapAlloc - before.HeapAlloc
}

// A large key log costs less than 400 bytes for each ESP SA, its keys among them.
func TestMemoryOfSAs(t *testing.T) {
	const n, most = 50_000, 400
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "ESP_SA 10.0.%d.%d>10.1.%d.%d:0x%08x aes-cbc:0x%064x hmac-sha2-256-128:0x%064x tunnel\n", i>>8&0xff, i&0xff, i&0xff, i>>8&0xff, 0x1000+i, i, i)
	}
	path := filepath.Join(t.TempDir(), "sas.log")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	bag, bytes := heapOf(func() any {
		bag, err := ReadFile(path)
		if err != nil || len(bag.SAs) != n {
			t.Fatalf("%d SAs: %v", len(bag.SAs), err)
		}
		return bag
	})
	if per := bytes / n; per > most {
		t.Errorf("%d bytes for each SA, more than %d", per, most)
	}
	runtime.KeepAlive(bag)
}
