package main

import (
	"fmt"
	"io"
	"sync"
)

// A batchBar shows how far all workers are together.
type batchBar struct {
	*progress

	mu    sync.Mutex
	what  string
	done  int64
	total int64 // bytes; 0: not known
}

func newBatchBar(w io.Writer, quiet bool) *batchBar {
	return &batchBar{progress: newProgress(w, quiet)}
}

// begin starts a stage of so many bytes.
func (b *batchBar) begin(what string, total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.what, b.done, b.total = what, 0, total
}

// add is told how many bytes more are done.
func (b *batchBar) add(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done += n
	b.show(func() string {
		text := fmt.Sprintf("%s: %d MiB", b.what, b.done>>20)
		if b.total > 0 {
			text += " " + bar(uint64(min(b.done, b.total)), uint64(b.total))
		}
		return text
	})
}
