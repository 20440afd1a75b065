package source

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
)

// A file goes through three stages: its lines are cut, and their words found; they are read for keys; and for what else a log says. Each stage of a large
// file works at once with the others, a batch of lines behind the one before it.

// A foundLine is a line with the formats that it has words of.
type foundLine struct {
	line
	found uint64 // their bits
	read  int64  // bytes of the file so far
	never bool   // so far the file is no text
}

// next is the next line of the file, from the first stage.
func (p *pass) next() (x foundLine, err error) {
	if x.line, err = p.lines.next(); err != nil {
		return x, err
	}
	x.found = lineWords.find(unescaped(x.text))
	if (x.found&goneBit != 0 || p.unfiltered) && hasPhrase(x.text) {
		x.text = oneWord(x.text)
		x.found = lineWords.find(unescaped(x.text))
	}
	if x.found&^(goneBit|keyBit) != 0 {
		x.line = x.owned() // once for all parsers
	}
	x.read, x.never = p.from-*p.left, p.lines.kind.hopeless()
	return x, nil
}

// readLines offers each line to all readings.
func (p *pass) readLines() error {
	logs := p.readings[0].logs
	if p.large() && logs != nil {
		p.readings[0].logs = nil // until they have had all lines
		defer func() { p.readings[0].logs = logs }()
		return p.readAtOnce(logs)
	}
	for {
		x, err := p.next()
		if err != nil {
			return p.ended(err)
		}
		if err := p.take(x); err != nil || p.cut > 0 {
			return err
		}
	}
}

// large reports whether a file is worth the stages. What is no regular file may let the first one wait for ever.
func (p *pass) large() bool {
	const worth = 1 << 20 // bytes
	return !p.whole && p.fileSize >= worth && runtime.GOMAXPROCS(0) > 1 && !p.inTurn
}

// ended is what is wrong where there is no further line.
func (p *pass) ended(err error) error {
	switch {
	case err == io.EOF:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF): // what came before it counts
		p.cutOff = true
		return nil
	}
	return fmt.Errorf("%s: %w", p.name, err)
}

// take gives a line to the readings, of which that of the file as it is may lack the parsers of logs. It sets cut where there is no room for more.
func (p *pass) take(x foundLine) error {
	if x.never && !slices.ContainsFunc(p.readings, (*reading).recognised) {
		return &FormatError{File: p.name, What: "binary data", Advice: binaryAdvice}
	}
	if p.tried += len(x.text); p.tried > stepBytes && len(p.readings) > 1 && p.steps < triedSteps {
		p.tried, p.steps = 0, p.steps+1
		p.dropPoor(p.steps)
	}
	p.extent.read = x.read
	read := false
	for _, r := range p.readings {
		if err := r.line(x.line, x.found); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		read = read || r.foundAt(x.num)
	}
	if p.unfiltered {
		x.found = goneBit | keyBit
	}
	p.look.line(x.line, read, x.found)
	if p.full(p.readings) {
		p.cut = x.num
	}
	return nil
}

// dropPoor ends the readings that find no more than the one of the file as it is, or than another one; where none finds anything, the unlikely ones, and
// all when all steps are taken.
func (p *pass) dropPoor(steps int) {
	plain := p.readings[0]
	best, most := plain, plain.size()
	for _, r := range p.readings[1:] {
		if n := r.size(); n > most {
			best, most = r, n
		}
	}
	p.readings = slices.DeleteFunc(p.readings, func(r *reading) bool {
		if r == plain || r == best {
			return false
		}
		return most > 0 || r.found() == 0 && (steps == triedSteps || r.view.unlikely())
	})
}

// A batch is lines that go from one stage to the next, or why there are no more.
type batch struct {
	lines []foundLine
	err   error
}

const (
	batchBytes = 64 << 10
	batchLines = 1 << 10
	batches    = 6 // in all
)

// readAtOnce is readLines with all stages at once. The last one has the parsers of logs of the file as it is.
func (p *pass) readAtOnce(logs *panel) error {
	free, cut, read := make(chan *batch, batches), make(chan *batch, batches), make(chan *batch, batches)
	for range batches {
		free <- &batch{lines: make([]foundLine, 0, batchLines)}
	}
	stop, first, last := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(first)
		p.cutLines(free, cut, stop)
	}()
	go func() { last <- readLogs(logs, read, free) }()
	err := p.readKeys(cut, read)
	close(stop)
	close(read)
	<-first
	if e := <-last; err == nil && e != nil {
		err = fmt.Errorf("%s: %w", p.name, e)
	}
	return err
}

// cutLines is the first stage: it fills batches, the last of which has an error.
func (p *pass) cutLines(free <-chan *batch, out chan<- *batch, stop <-chan struct{}) {
	for {
		var b *batch
		select {
		case b = <-free:
		case <-stop:
			return
		}
		b.lines = b.lines[:0]
		for size := 0; size < batchBytes && len(b.lines) < batchLines && b.err == nil; {
			var x foundLine
			if x, b.err = p.next(); b.err == nil {
				b.lines = append(b.lines, x)
				size += len(x.text)
			}
		}
		out <- b // there is room for all
		if b.err != nil {
			return
		}
	}
}

// readKeys is the second stage.
func (p *pass) readKeys(in <-chan *batch, out chan<- *batch) error {
	for {
		b := <-in
		for i, x := range b.lines {
			if err := p.take(x); err != nil {
				return err
			}
			if p.cut > 0 {
				b.lines = b.lines[:i+1]
				break
			}
		}
		err := b.err // the next stage gives it back
		out <- b
		switch {
		case p.cut > 0:
			return nil
		case err != nil:
			return p.ended(err)
		}
	}
}

// readLogs is the last stage. Behind an error it only gives the batches back, for which the first one waits.
func readLogs(logs *panel, in <-chan *batch, free chan<- *batch) (err error) {
	for b := range in {
		for _, x := range b.lines {
			if err == nil {
				err = logs.line(x.line, x.found)
			}
		}
		clear(b.lines)
		free <- b
	}
	return err
}
