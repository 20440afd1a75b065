package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

func isTerminal(w io.Writer) bool {
	f, ok := fileOf(w)
	return ok && term.IsTerminal(int(f.Fd()))
}

// fileOf is the file that w writes to.
func fileOf(w io.Writer) (*os.File, bool) {
	if s, ok := w.(*stdout); ok {
		w = s.Writer
	}
	f, ok := w.(*os.File)
	return f, ok
}

// wantColor decides by --color, and where that is auto by NO_COLOR and what w is.
func wantColor(when string, w io.Writer) bool {
	switch when {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w)
}

// progress shows on a terminal how far a run is that lasts over a second. Several goroutines tell it.
type progress struct {
	w     io.Writer // nil: none is shown
	start time.Time

	mu      sync.Mutex
	last    time.Time
	shown   bool
	packets int   // of the first pass
	copied  int64 // bytes of pipes
	reading bool  // a pass has begun
}

const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

func newProgress(w io.Writer, quiet bool) *progress {
	p := &progress{start: time.Now()}
	if !quiet && isTerminal(w) {
		p.w = w
	}
	return p
}

// update is told how many packets of which pass were read.
func (p *progress) update(pass, packets int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reading = true; pass == 1 {
		p.packets = packets
	}
	p.show(func() string { return progressText(pass, packets, p.packets) + p.copyText("; ") })
}

// spooling is told how many bytes of pipes were copied.
func (p *progress) spooling(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.copied = n; !p.reading {
		p.show(func() string { return p.copyText("") })
	}
}

// copyText says how much of pipes was copied, after what is between it and other text; nothing where there are none.
func (p *progress) copyText(between string) string {
	if p.copied == 0 {
		return ""
	}
	return fmt.Sprintf("%spipe copied to %s: %d MiB", between, os.TempDir(), p.copied>>20)
}

// salts is told how many of how many salts of a key were tried.
func (p *progress) salts(tried, of uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(func() string { return "searching the salt of a key: " + bar(tried, of) })
}

// show shows a line, if it is time to.
func (p *progress) show(text func() string) {
	now := time.Now()
	if p.w == nil || now.Sub(p.start) < progressAfter || now.Sub(p.last) < progressEvery {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprintf(p.w, "\r\x1b[K%s", text())
}

// progressText says how far a pass is; the first pass has told the second how long it will be, where there was one.
func progressText(pass, packets, total int) string {
	switch {
	case pass == 1:
		return fmt.Sprintf("reading IKE: %d packets", packets)
	case total == 0:
		return fmt.Sprintf("decrypting: %d packets", packets)
	}
	return "decrypting: " + bar(uint64(min(packets, total)), uint64(total))
}

// bar shows how much of a whole is done: "[###.......] 30%".
func bar(done, total uint64) string {
	const cells = 30
	line := make([]byte, cells)
	for i := range line {
		line[i] = '.'
		if uint64(i) < cells*done/total {
			line[i] = '#'
		}
	}
	return fmt.Sprintf("[%s] %d%%", line, 100*done/total)
}

// clear takes the line away.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
