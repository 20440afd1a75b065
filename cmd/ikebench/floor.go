package main

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"runtime"
	"sync"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// runFloor is what no program of this kind can go below with Go's library: the file copied once, and the primitives run
// over the bytes of its packets, on all processors, with nothing looked up, checked or written back. Buffers are used again; reading, crunching
// and writing overlap.
func runFloor(name string, args []string) error {
	s, err := suiteByName(name)
	if err != nil {
		return err
	}
	if len(args) != 2 {
		return errors.New("-floor SUITE IN OUT")
	}
	in, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(args[1])
	if err != nil {
		return err
	}
	defer out.Close()
	n := runtime.NumCPU()
	free, read, crunched := make(chan *chunk, 2*n+2), make(chan *chunk, 2*n+2), make(chan *chunk, 2*n+2)
	for range cap(free) {
		free <- &chunk{b: make([]byte, chunkSize)}
	}
	var wg sync.WaitGroup
	var g failures
	for range n {
		wg.Go(func() { g.add(s.crunch(read)) })
	}
	done := make(chan struct{})
	go func() { // writes in order what was crunched: reading, crunching and writing overlap
		defer close(done)
		for c := range crunched {
			<-c.ready
			_, err := out.Write(c.b[:c.n])
			g.add(err)
			free <- c
		}
	}()
	for err == nil {
		c := <-free
		if c.n, err = io.ReadFull(in, c.b); c.n > 0 {
			c.ready = make(chan struct{})
			read <- c
			crunched <- c
		}
	}
	close(read)
	close(crunched)
	wg.Wait()
	<-done
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		g.add(err)
	}
	g.add(out.Close())
	return g.first
}

const chunkSize = 256 << 10

// A chunk is a piece of the file. Its buffer is used again.
type chunk struct {
	b     []byte
	n     int
	ready chan struct{} // closed when it was crunched
}

// failures keeps the first error of several goroutines.
type failures struct {
	mu    sync.Mutex
	first error
}

func (f *failures) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.first == nil {
		f.first = err
	}
}

// crunch runs the primitives over chunks of bytes, cut into pieces of the sizes that the packets have.
func (s suite) crunch(chunks <-chan *chunk) error {
	c, m := alg.CipherByKeyLog(s.cipher), alg.MACByKeyLog(s.mac)
	if c == nil {
		return fmt.Errorf("no cipher %s", s.cipher)
	}
	var mode cipher.BlockMode
	var aead cipher.AEAD
	var mac hash.Hash
	key := make([]byte, s.bits/8)
	var err error
	switch {
	case c.AEAD:
		aead, err = c.NewAEAD(key)
	case c.NewBlock != nil:
		var b cipher.Block
		if b, err = c.NewBlock(key); err == nil {
			mode = cipher.NewCBCDecrypter(b, make([]byte, b.BlockSize()))
		}
	}
	if err != nil {
		return err
	}
	if m != nil {
		mac = m.New(make([]byte, m.KeyLen))
	}
	sum, plain := make([]byte, 0, 64), make([]byte, 2048)
	nonce := make([]byte, 12)
	for piece := range chunks {
		b := piece.b[:piece.n]
		for i := 0; len(b) > 0; i++ {
			n := min(len(b), sizes[i%len(sizes)]+64)
			p := b[:n]
			b = b[n:]
			if mac != nil {
				mac.Reset()
				mac.Write(p)
				sum = mac.Sum(sum[:0])
			}
			switch {
			case mode != nil:
				mode.CryptBlocks(plain[:n/16*16], p[:n/16*16])
			case aead != nil:
				// Sealing is the same work as opening; opening would stop at the tag, which does not fit here.
				aead.Seal(plain[:0], nonce, p, nil)
			}
		}
		close(piece.ready)
	}
	return nil
}
