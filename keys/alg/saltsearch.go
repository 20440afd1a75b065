package alg

import (
	"context"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// What a search for a salt can end with.
var (
	// ErrNoSalt: with no salt is the packet one of the key.
	ErrNoSalt = errors.New("the key fits with no salt")
	// ErrSaltUnsearched: a search would take long, and was not asked for.
	ErrSaltUnsearched = errors.New("the key lacks its salt")
)

// A SaltSearch finds the salts of keys that lack them. Where a packet gives the salt away that takes no time. Else all salts are
// tried: those of 3 bytes (AES-CCM), which takes a second, for a few keys; those of 4 bytes where Long says so.
type SaltSearch struct {
	Long     bool
	Context  context.Context // ends a search; nil: nothing does. Here since those who search are called by many who have none
	Progress func(done, of uint64)

	short int // searches so far that were not asked for
}

// maxShort bounds the searches that nobody asked for.
const maxShort = 16

// A SaltQuery is a packet and how to know its salt. Of a combined mode the ICV is the proof, and Plausible only saves time.
type SaltQuery struct {
	Sealed
	More      [][]byte                // further additional data that the packet may have
	Look      int                     // a byte of the plaintext
	Plausible func(block []byte) bool // judges the 16 bytes that have it, fewer at the end; nil: any may be right
	Confirm   func(salt []byte) bool  // has the last word; nil: the ICV has it
}

// Find finds the salt of a key of c without it. Errors are ErrNoSalt, ErrSaltUnsearched, and that of the Context.
func (s *SaltSearch) Find(c *Cipher, key []byte, q SaltQuery) ([]byte, error) {
	if c.ComputeSalt != nil {
		if salt, ok := c.ComputeSalt(key, q.Sealed); ok {
			return salt, nil
		}
		return nil, ErrNoSalt
	}
	if !s.Allows(c) {
		return nil, ErrSaltUnsearched
	}
	if !s.Long {
		s.short++
	}
	return s.search(c, key, q, 0, 1<<(8*c.SaltLen))
}

// Allows reports whether a search for a salt of c may be made.
func (s *SaltSearch) Allows(c *Cipher) bool {
	return c.ComputeSalt != nil || s.Long || c.SaltLen < 4 && s.short < maxShort
}

// chunk is how many salts a goroutine tries at a time.
const chunk = 1 << 16

// search tries the salts from first up to end with all processors.
func (s *SaltSearch) search(c *Cipher, key []byte, q SaltQuery, first, end uint64) ([]byte, error) {
	trials := make([]*saltTrial, max(1, runtime.GOMAXPROCS(0)))
	for i := range trials {
		var err error
		if trials[i], err = newSaltTrial(c, key, q); err != nil {
			return nil, err
		}
	}
	var next atomic.Uint64
	next.Store(first)
	var found atomic.Pointer[[]byte]
	var wg sync.WaitGroup
	for _, t := range trials {
		wg.Go(func() {
			for found.Load() == nil && s.ended() == nil {
				from := next.Add(chunk) - chunk
				if from >= end {
					return
				}
				t.scan.scan(from, min(from+chunk, end), func(salt uint64) {
					if b := t.proves(salt); b != nil {
						found.CompareAndSwap(nil, &b)
					}
				})
			}
		})
	}
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	s.watch(done, func() (uint64, uint64) { return min(next.Load(), end) - first, end - first })
	switch b := found.Load(); {
	case b != nil:
		return *b, nil
	case s.ended() != nil:
		return nil, s.ended()
	}
	return nil, ErrNoSalt
}

func (s *SaltSearch) ended() error {
	if s.Context == nil {
		return nil
	}
	return s.Context.Err()
}

// watch tells the progress until the search is done.
func (s *SaltSearch) watch(done <-chan struct{}, place func() (tried, of uint64)) {
	if s.Progress == nil {
		<-done
		return
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.Progress(place())
		case <-done:
			return
		}
	}
}

// A saltTrial tries salts of one key for one goroutine.
type saltTrial struct {
	scan saltScan
	aead cipher.AEAD // nil: there is none
	q    SaltQuery
	n    int // bytes of salt
	out  []byte
}

func newSaltTrial(c *Cipher, key []byte, q SaltQuery) (*saltTrial, error) {
	t := &saltTrial{q: q, n: c.SaltLen}
	var err error
	if c.NewAEAD != nil {
		if t.aead, err = c.NewAEAD(key); err != nil {
			return nil, err
		}
	}
	if len(q.Text) < c.ICVLen || q.Look < 0 || q.Look >= max(1, len(q.Text)-c.ICVLen) || len(q.IV) != 8 {
		return nil, ErrNoSalt
	}
	t.scan, err = c.NewSaltScan(key, q)
	return t, err
}

// opens reports whether the ICV is correct.
func (t *saltTrial) opens(nonce, ad []byte) bool {
	out, err := t.aead.Open(t.out[:0], nonce, t.q.Text, ad)
	if err == nil {
		t.out = out
	}
	return err == nil
}

// proves returns the bytes of a salt that is right, nil of another.
func (t *saltTrial) proves(salt uint64) []byte {
	var nonce [12]byte
	binary.BigEndian.PutUint64(nonce[:], salt<<(64-8*t.n))
	copy(nonce[t.n:], t.q.IV)
	if t.aead != nil && !t.opens(nonce[:t.n+8], t.q.AD) && !slices.ContainsFunc(t.q.More, func(ad []byte) bool { return t.opens(nonce[:t.n+8], ad) }) {
		return nil
	}
	if b := nonce[:t.n:t.n]; t.q.Confirm == nil && t.aead != nil || t.q.Confirm != nil && t.q.Confirm(b) {
		return b
	}
	return nil
}
