package main

import (
	"fmt"
	"strings"
	"sync"

	"github.com/ikedecode/ikedecode/report/archive"
	"github.com/ikedecode/ikedecode/report/words"
)

// A batchSum is what came of the tasks.
type batchSum struct {
	mu       sync.Mutex
	tasks    int
	before   int // done before
	passed   int // have nothing to decrypt
	packets  int
	opened   int
	closed   int
	unread   int // nothing of them can be read
	failed   int
	complete bool
}

// add counts a task.
func (s *batchSum) add(m *archive.Mark, known bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tasks++
	switch {
	case err != nil:
		s.failed++
		s.complete = false
		return
	case known:
		s.before++
	case m.Output == "":
		s.passed++
	}
	s.complete = s.complete && m.Complete
	if d := m.Decrypt; d != nil {
		s.packets += d.Packets
		s.opened += d.Opened + d.IKEOpened
		s.closed += d.ESP - d.Opened + d.IKEClosed
	}
}

// present says what came of it all.
func (b *batch) present() error {
	s, a := &b.sum, b.app
	parts := []string{words.Count(s.tasks, "file")}
	for _, p := range []struct {
		n    int
		text string
	}{{s.before, "done before"}, {s.passed, "without IPsec"}, {s.unread, "not read"}, {s.failed, "failed"}} {
		if p.n > 0 {
			parts = append(parts, words.Number(p.n)+" "+p.text)
		}
	}
	a.count(fmt.Sprintf("%s; %s, %s decrypted, %s not decrypted", strings.Join(parts, ", "), words.Count(s.packets, "packet"),
		words.Number(s.opened), words.Number(s.closed)))
	switch {
	case s.failed > 0:
		a.code = exitFailed
	case !s.complete && !b.opt.closedOK:
		a.code = exitIncomplete
	}
	return nil
}
