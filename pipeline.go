package ikedecode

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// A pipeline overlaps reading, decrypting and the caller's work. One goroutine reads packets and splits them into datagrams,
// as that needs their order; several do the cryptography, each for a batch; several open, each the packets of some SPIs, in
// order, so that an SA's statistics and sequence numbers come out the same however many there are; the caller's goroutine gets
// the frames in order.
type pipeline struct {
	s      *Session
	reader *capture.Reader
	split  *capture.Splitter
	render func(*Frame)
	keep   bool // what was decrypted must outlive its turn

	twice atomic.Bool // one pass does not do: see OnePass

	prepare chan *batch
	workers []chan *batch
	turns   map[uint32]int // which worker has an SPI
	next    int
}

// A batch is some packets on their way. Its buffers are used again.
type batch struct {
	capture.Batch
	datagrams []capture.Datagram
	counts    []int // of datagrams of each packet
	frames    []Frame
	items     []Item
	esp       []esp.Packet // what items of ESP, AH and IPComp hold
	ahead     []*esp.Packet
	plain     []byte   // what was decrypted ahead
	kept      []keeper // of each worker
	turn      []int    // which worker has frames[i]
	prepared  sync.WaitGroup
	pending   sync.WaitGroup
	err       error // why reading ended; the packets before it are in the batch
}

// maxTurns bounds the SPIs whose worker is remembered, so that the few of most captures are spread evenly; the others go by their
// number.
const maxTurns = 64

func (p *pipeline) run(ctx context.Context, fn func(*Frame) error) error {
	n := max(1, runtime.GOMAXPROCS(0))
	ctx, cancel := context.WithCancel(ctx)
	context.AfterFunc(ctx, p.reader.Interrupt)
	free, full := make(chan *batch, 2*n+2), make(chan *batch, 2*n+2)
	for range cap(free) {
		free <- &batch{}
	}
	p.turns = make(map[uint32]int)
	p.prepare = make(chan *batch, cap(free))
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for range n {
		wg.Go(p.workAhead)
		c := make(chan *batch, cap(free))
		p.workers = append(p.workers, c)
		me := len(p.workers) - 1
		wg.Go(func() { p.work(me, c) })
	}
	wg.Go(func() { p.read(ctx, free, full) })
	for b := range full {
		b.pending.Wait()
		if p.twice.Load() {
			return ErrTwoPasses
		}
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
		if p.s.idle != nil && len(full) == 0 {
			if err := p.s.idle(); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// read fills batches and hands them to the workers and, in order, to the caller.
func (p *pipeline) read(ctx context.Context, free, full chan *batch) {
	defer close(full)
	defer func() {
		close(p.prepare)
		for _, c := range p.workers {
			close(c)
		}
	}()
	for n := 0; ; {
		var b *batch
		select {
		case b = <-free:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			return
		}
		p.fill(b)
		if err := p.s.tick(ctx, 2, n, len(b.Packets)); err != nil && !errors.Is(b.err, io.EOF) {
			b.err = err
		}
		n += len(b.Packets)
		b.prepared.Add(1)
		p.prepare <- b
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
	b.datagrams, b.frames, b.turn, b.counts = b.datagrams[:0], b.frames[:0], b.turn[:0], b.counts[:0]
	if b.kept == nil {
		b.kept = make([]keeper, len(p.workers))
	}
	for i := range b.kept {
		b.kept[i].reset()
	}
	b.err = p.reader.ReadBatch(&b.Batch)
	if p.s.onePass && p.reader.MetSecrets() {
		p.twice.Store(true)
	}
	for i := range b.Packets {
		had := len(b.datagrams)
		b.datagrams = p.split.AppendSplit(b.datagrams, &b.Packets[i])
		b.counts = append(b.counts, len(b.datagrams)-had)
		if p.s.onePass && !p.s.mayTake(b.datagrams[had:]) {
			p.twice.Store(true)
		}
	}
	if n := len(b.datagrams); cap(b.items) < n {
		b.items, b.esp = make([]Item, n+n/4), make([]esp.Packet, n+n/4)
	}
	b.items, b.esp, b.ahead = b.items[:len(b.datagrams)], b.esp[:len(b.datagrams)], b.ahead[:0]
	at := 0
	for i, n := range b.counts {
		f := Frame{Packet: &b.Packets[i], Items: b.items[at : at+n : at+n]}
		if i < cap(b.frames) {
			f.Out, f.Records = b.frames[:i+1][i].Out[:0], b.frames[:i+1][i].Records[:0]
		}
		for j := range n {
			it := &f.Items[j]
			*it = Item{Datagram: &b.datagrams[at+j]}
			if it.esp = espPacket(it.Datagram, &b.esp[at+j]); it.esp != nil {
				b.ahead = append(b.ahead, it.esp)
			}
		}
		b.frames = append(b.frames, f)
		b.turn = append(b.turn, p.turnOf(f.Items))
		at += n
	}
}

// turnOf chooses the worker for a frame: that of its first SPI.
func (p *pipeline) turnOf(items []Item) int {
	for i := range items {
		if items[i].esp == nil {
			continue
		}
		spi := spiOf(items[i].esp)
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

// workAhead does the cryptography of batches, whichever comes next.
func (p *pipeline) workAhead() {
	var scratch esp.Scratch
	for b := range p.prepare {
		b.plain = p.s.Table.Prepare(b.ahead, b.plain[:0], &scratch)
		b.prepared.Done()
	}
}

// work decrypts the frames whose turn it is.
func (p *pipeline) work(me int, batches chan *batch) {
	var scratch esp.Scratch
	for b := range batches {
		b.prepared.Wait()
		for i := range b.frames {
			if b.turn[i] != me {
				continue
			}
			f := &b.frames[i]
			for j := range f.Items {
				it := &f.Items[j]
				p.s.open(it, &scratch)
				if it.Err != nil && p.s.onePass {
					p.twice.Store(true)
				}
				if it.Opened != nil && (p.keep || len(f.Items) > 1) {
					b.kept[me].keep(&it.opened)
				}
			}
			if p.render != nil {
				p.render(f)
			}
		}
		b.pending.Done()
	}
}

// A keeper has copies of what points into a worker's scratch memory. Its buffers are used again.
type keeper struct {
	layers []esp.Layer
	bytes  []byte
}

func (k *keeper) reset() { k.layers, k.bytes = k.layers[:0], k.bytes[:0] }

// keep makes o last until reset. What was decrypted ahead does as it is.
func (k *keeper) keep(o *esp.Opened) {
	o.Layers = appended(&k.layers, o.Layers)
	if o.Ahead {
		return
	}
	o.Payload, o.IP = appended(&k.bytes, o.Payload), appended(&k.bytes, o.IP)
	if o.Aggregate != nil {
		for i := range o.Aggregate.Packets {
			p := &o.Aggregate.Packets[i]
			p.IP = appended(&k.bytes, p.IP)
		}
	}
}

// appended appends part to all and returns it as it is there; nil stays nil.
func appended[T any](all *[]T, part []T) []T {
	if part == nil {
		return nil
	}
	n := len(*all)
	*all = append(*all, part...)
	return (*all)[n:len(*all):len(*all)]
}
