package session

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// batchSize is the number of packets that go through the pipeline together: enough that handing them on costs nothing.
const batchSize = 256

// A pipeline overlaps reading, opening and the caller's work. One goroutine reads packets and splits them into datagrams,
// as that needs their order; several open them; the caller's goroutine gets the frames in order. All packets of an SPI are
// opened by one goroutine, in order: an SA's statistics and sequence numbers come out the same however many there are.
type pipeline struct {
	s      *Session
	reader *capture.Reader
	split  *capture.Splitter
	render func(*Frame)
	keep   bool // what opened must outlive its turn

	workers []chan *batch
	turns   map[uint32]int // which worker has an SPI
	next    int
}

// A batch is some packets on their way. Its buffers are used again.
type batch struct {
	packets   []capture.Packet
	datagrams []capture.Datagram
	frames    []Frame
	items     []Item
	turn      []int // which worker has frames[i]
	pending   sync.WaitGroup
	err       error // why reading ended; the packets before it are in the batch
}

// maxTurns bounds the SPIs whose worker is remembered; the others go by their number.
const maxTurns = 1 << 16

func (p *pipeline) run(ctx context.Context, fn func(*Frame) error) error {
	n := max(1, runtime.GOMAXPROCS(0))
	ctx, cancel := context.WithCancel(ctx)
	free, full := make(chan *batch, 2*n+2), make(chan *batch, 2*n+2)
	for range cap(free) {
		free <- &batch{}
	}
	p.turns = make(map[uint32]int)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for range n {
		c := make(chan *batch, cap(free))
		p.workers = append(p.workers, c)
		me := len(p.workers) - 1
		wg.Go(func() { p.work(me, c) })
	}
	wg.Go(func() { p.read(ctx, free, full) })
	for b := range full {
		b.pending.Wait()
		for i := range b.frames {
			if err := fn(&b.frames[i]); err != nil {
				return err
			}
		}
		if b.err != nil {
			if errors.Is(b.err, io.EOF) {
				return nil
			}
			return b.err
		}
		free <- b
	}
	return ctx.Err()
}

// read fills batches and hands them to the workers and, in order, to the caller.
func (p *pipeline) read(ctx context.Context, free, full chan *batch) {
	defer close(full)
	defer func() {
		for _, c := range p.workers {
			close(c)
		}
	}()
	for n := 0; ; n += batchSize {
		var b *batch
		select {
		case b = <-free:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			return
		}
		p.fill(b)
		if err := p.s.tick(ctx, 2, n); err != nil && b.err == nil {
			b.err = err
		}
		b.pending.Add(len(p.workers))
		for _, c := range p.workers {
			c <- b
		}
		full <- b
		if b.err != nil {
			return
		}
	}
}

// fill reads the packets of a batch and splits them.
func (p *pipeline) fill(b *batch) {
	if b.packets == nil {
		b.packets = make([]capture.Packet, batchSize)
	}
	b.datagrams, b.frames, b.turn = b.datagrams[:0], b.frames[:0], b.turn[:0]
	counts := make([]int, 0, batchSize)
	for i := range b.packets {
		if b.err = p.reader.Read(&b.packets[i]); b.err != nil {
			break
		}
		had := len(b.datagrams)
		b.datagrams = p.split.AppendSplit(b.datagrams, &b.packets[i])
		counts = append(counts, len(b.datagrams)-had)
	}
	if cap(b.items) < len(b.datagrams) {
		b.items = make([]Item, len(b.datagrams)+batchSize)
	}
	b.items = b.items[:len(b.datagrams)]
	at := 0
	for i, n := range counts {
		f := Frame{Packet: &b.packets[i], Items: b.items[at : at+n : at+n]}
		if i < cap(b.frames) {
			f.Out = b.frames[:i+1][i].Out[:0]
		}
		for j := range n {
			f.Items[j] = Item{Datagram: &b.datagrams[at+j]}
		}
		b.frames = append(b.frames, f)
		b.turn = append(b.turn, p.turnOf(f.Items))
		at += n
	}
}

// turnOf chooses the worker for a frame: that of its first SPI.
func (p *pipeline) turnOf(items []Item) int {
	for i := range items {
		d := items[i].Datagram
		if d.Kind != capture.ESP && d.Kind != capture.AH && d.Kind != capture.IPComp {
			continue
		}
		k := espPacket(d)
		spi := spiOf(&k)
		w, ok := p.turns[spi]
		if !ok {
			w = p.next % len(p.workers)
			p.next++
			if len(p.turns) < maxTurns {
				p.turns[spi] = w
			} else {
				w = int(spi) % len(p.workers)
			}
		}
		return w
	}
	return 0
}

// work opens the frames whose turn it is.
func (p *pipeline) work(me int, batches chan *batch) {
	var scratch esp.Scratch
	for b := range batches {
		for i := range b.frames {
			if b.turn[i] != me {
				continue
			}
			f := &b.frames[i]
			for j := range f.Items {
				it := &f.Items[j]
				p.s.open(it, &scratch)
				if it.Opened != nil && (p.keep || len(f.Items) > 1) {
					keepOpened(&it.opened)
				}
			}
			if p.render != nil {
				p.render(f)
			}
		}
		b.pending.Done()
	}
}

// keepOpened copies what points into the worker's scratch memory.
func keepOpened(o *esp.Opened) {
	o.Layers, o.Payload, o.IP = slices.Clone(o.Layers), bytes.Clone(o.Payload), bytes.Clone(o.IP)
}
