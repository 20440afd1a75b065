package main

import (
	"bufio"
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
// over the bytes of its packets, on all processors, with nothing looked up, checked or written back.
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
	chunks := make(chan []byte, 4)
	errs := make(chan error, runtime.NumCPU())
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() { errs <- s.crunch(chunks) })
	}
	r := io.TeeReader(bufio.NewReaderSize(in, 1<<20), out)
	for err == nil {
		b := make([]byte, 1<<20)
		var n int
		if n, err = io.ReadFull(r, b); n > 0 {
			chunks <- b[:n]
		}
	}
	close(chunks)
	wg.Wait()
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	for range runtime.NumCPU() {
		if err := <-errs; err != nil {
			return err
		}
	}
	return out.Close()
}

// crunch runs the primitives over chunks of bytes, cut into pieces of the sizes that the packets have.
func (s suite) crunch(chunks <-chan []byte) error {
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
	for b := range chunks {
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
	}
	return nil
}
