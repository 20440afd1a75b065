package ikedecode

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// A pipeline overlaps reading, decrypting and the caller's work. One goroutine reads packets and splits them into datagrams,
// as that needs their order; several take a batch each, do its cryptography, wait until the batch before has been opened, open it in order,
// so that an SA's statistics and sequence numbers come out the same however many there are, and render it: what a packet is made of is in the caches
// of one processor all the time. The caller's goroutine gets the frames in order.
type pipeline struct {
	s      *Session
	reader *capture.Reader
	split  *capture.Splitter
	render func(*Frame)
	keep   bool // what was decrypted must outlive its turn
	late   time.Duration

	before bool        // there are packets in front of what is counted: see capture.OpenPart
	twice  atomic.Bool // one pass does not do: see OnePass

	last *batch // that was read last
}

// A batch is some packets on their way. Its buffers are used again.
type batch struct {
	capture.Batch
	datagrams capture.Datagrams
	frames    []Frame
	items     []Item
	esp       []esp.Packet // what items of ESP, AH and IPComp hold
	ahead     []*esp.Packet
	plain     []byte // what was decrypted ahead
	kept      keeper
	later     []int         // the frames that are rendered when it is the next batch's turn
	before    *batch        // nil: none
	opened    chan struct{} // tells the batch after that it is its turn
	done      chan struct{}
	err       error // why reading ended; the packets before it are in the batch
}

func (p *pipeline) run(ctx context.Context, fn func(*Frame) error) error {
	n := max(1, runtime.GOMAXPROCS(0))
	ctx, cancel := context.WithCancel(ctx)
	context.AfterFunc(ctx, p.reader.Interrupt)
	free, read, full := make(chan *batch, 2*n+2), make(chan *batch, 2*n+2), make(chan *batch, 2*n+2)
	for range cap(free) {
		free <- &batch{opened: make(chan struct{}, 1), done: make(chan struct{}, 1)}
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for range n {
		wg.Go(func() { p.work(read) })
	}
	wg.Go(func() { p.read(ctx, free, read, full) })
	for b := range full {
		<-b.done
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
func (p *pipeline) read(ctx context.Context, free, read, full chan *batch) {
	defer close(full)
	defer close(read)
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
		b.before, p.last = p.last, b
		read <- b
		full <- b
		if b.err != nil {
			return
		}
	}
}

// fill reads the packets of a batch and splits them.
func (p *pipeline) fill(b *batch) {
	b.err = p.reader.ReadBatch(&b.Batch)
	if p.s.onePass && p.reader.MetSecrets() {
		p.twice.Store(true)
	}
	p.split.SplitBatch(&b.datagrams, &b.Batch)
}

// arrange makes the frames of a batch, with an item for each datagram.
func (p *pipeline) arrange(b *batch) {
	n := len(b.datagrams.List)
	if cap(b.items) < n {
		b.items, b.esp = make([]Item, n+n/4), make([]esp.Packet, n+n/4)
	}
	b.items, b.esp = b.items[:n], b.esp[:n]
	b.frames, b.ahead = b.frames[:0], b.ahead[:0]
	at := 0
	for i, n := range b.datagrams.Counts {
		f := Frame{Packet: &b.Packets[i], Items: b.items[at : at+n : at+n], Late: p.late}
		if i < cap(b.frames) {
			f.Out, f.Records = b.frames[:i+1][i].Out[:0], b.frames[:i+1][i].Records[:0]
		}
		for j := range n {
			it := &f.Items[j]
			it.begin(&b.datagrams.List[at+j])
			if it.esp = espPacket(it.Datagram, &b.esp[at+j]); it.esp != nil {
				b.ahead = append(b.ahead, it.esp)
			}
		}
		b.frames = append(b.frames, f)
		at += n
	}
}

// begin makes an Item that may have been used before that of a datagram.
func (it *Item) begin(d *capture.Datagram) {
	it.Datagram, it.IKE, it.Repeat, it.Fragment, it.Opened, it.Err, it.ClearCopy = d, nil, false, nil, nil, nil, 0
	it.esp, it.opened.SA, it.hasInner, it.unpacked = nil, nil, false, nil
}

// work decrypts batches, whichever comes next.
func (p *pipeline) work(batches <-chan *batch) {
	var scratch esp.Scratch
	for b := range batches {
		p.arrange(b)
		b.plain = p.s.Table.Prepare(b.ahead, b.plain[:0], &scratch)
		if b.before != nil {
			<-b.before.opened
		}
		b.later = b.later[:0]
		b.kept.reset()
		for i := range b.frames {
			f := &b.frames[i]
			if p.s.onePass && !p.s.mayTake(f.Items) {
				p.twice.Store(true)
			}
			if p.before && f.Packet.Number > 0 {
				p.before = false
				p.s.Table.Restart()
			}
			switch lasts := p.open(f, &scratch, &b.kept); {
			case p.render == nil:
			case lasts:
				b.later = append(b.later, i)
			default:
				p.render(f)
			}
		}
		b.opened <- struct{}{}
		for _, i := range b.later {
			p.render(&b.frames[i])
		}
		b.done <- struct{}{}
	}
}

// open opens the items of a frame, and reports whether what they hold stays where it is until the batch is used again.
func (p *pipeline) open(f *Frame, scratch *esp.Scratch, kept *keeper) (lasts bool) {
	lasts = true
	for i := range f.Items {
		it := &f.Items[i]
		p.s.open(it, scratch)
		if p.s.onePass {
			p.s.weighNull(it)
			if it.Err != nil {
				p.twice.Store(true)
			}
		}
		if it.Opened == nil {
			continue
		}
		lasts = lasts && it.Lasting() && it.Opened.Aggregate == nil
		if !it.Lasting() && (p.keep || len(f.Items) > 1) {
			kept.keep(&it.opened)
		}
	}
	return lasts
}

// A keeper has copies of what points into a worker's scratch memory. Its buffers are used again.
type keeper struct {
	layers []esp.Layer
	bytes  []byte
}

func (k *keeper) reset() { k.layers, k.bytes = k.layers[:0], k.bytes[:0] }

// keep makes o, which was not decrypted ahead, last until reset.
func (k *keeper) keep(o *esp.Opened) {
	o.Layers = appended(&k.layers, o.Layers)
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
