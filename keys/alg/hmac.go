package alg

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// A shaKernel is SHA-1 or SHA-256 by the processor's own instructions.
type shaKernel struct {
	size  int // bytes of output
	start [8]uint32
	one   func(h *[8]uint32, p *byte, blocks int)
	two   func(h0, h1 *[8]uint32, p0, p1 *byte, blocks int)
}

// The kernels; nil where the processor has none, or nobody wrote them.
var sha1Kernel, sha256Kernel *shaKernel

const shaBlock = 64 // bytes

// hmacSHA1 makes HMAC-SHA1 (RFC 2104, RFC 2404).
func hmacSHA1(key []byte) hash.Hash { return hmacBy(sha1Kernel, sha1.New, key) }

// hmacSHA256 makes HMAC-SHA-256 (RFC 4868).
func hmacSHA256(key []byte) hash.Hash { return hmacBy(sha256Kernel, sha256.New, key) }

func hmacBy(k *shaKernel, library func() hash.Hash, key []byte) hash.Hash {
	if k == nil {
		return hmac.New(library, key)
	}
	m := &shaHMAC{key: k.hmacKey(key, library)}
	m.Reset()
	return m
}

// hmacKeySHA1 and hmacKeySHA256 make what NewHMACKey of a row asks for; nil where there is no kernel.
func hmacKeySHA1(key []byte) *HMACKey   { return hmacKeyBy(sha1Kernel, sha1.New, key) }
func hmacKeySHA256(key []byte) *HMACKey { return hmacKeyBy(sha256Kernel, sha256.New, key) }

func hmacKeyBy(k *shaKernel, library func() hash.Hash, key []byte) *HMACKey {
	if k == nil {
		return nil
	}
	return k.hmacKey(key, library)
}

// An HMACKey is the key of an HMAC that the processor has instructions for, set up. It does not change: all goroutines may use it
// at once, each with an HMACWork of its own.
type HMACKey struct {
	kernel       *shaKernel
	inner, outer [8]uint32 // after the padded key
}

func (k *shaKernel) hmacKey(key []byte, library func() hash.Hash) *HMACKey {
	if len(key) > shaBlock {
		h := library()
		h.Write(key)
		key = h.Sum(nil)
	}
	h := &HMACKey{kernel: k, inner: k.start, outer: k.start}
	block := make([]byte, shaBlock)
	copy(block, key)
	for i := range block {
		block[i] ^= 0x36 // ipad (RFC 2104, section 2)
	}
	k.one(&h.inner, &block[0], 1)
	for i := range block {
		block[i] ^= 0x36 ^ 0x5c // opad
	}
	k.one(&h.outer, &block[0], 1)
	return h
}

// A shaHMAC is an HMAC at work. It is a hash.Hash.
type shaHMAC struct {
	key     *HMACKey
	state   [8]uint32
	tail    [2 * shaBlock]byte
	pending int // bytes in tail that are not in state
	length  int // of the message so far
}

func (m *shaHMAC) Size() int      { return m.key.kernel.size }
func (m *shaHMAC) BlockSize() int { return shaBlock }

func (m *shaHMAC) Reset() { m.state, m.pending, m.length = m.key.inner, 0, 0 }

func (m *shaHMAC) Write(p []byte) (int, error) {
	n := len(p)
	m.length += n
	if m.pending > 0 {
		c := copy(m.tail[m.pending:shaBlock], p)
		m.pending += c
		p = p[c:]
		if m.pending < shaBlock {
			return n, nil
		}
		m.key.kernel.one(&m.state, &m.tail[0], 1)
		m.pending = 0
	}
	if blocks := len(p) / shaBlock; blocks > 0 {
		m.key.kernel.one(&m.state, &p[0], blocks)
		p = p[blocks*shaBlock:]
	}
	m.pending = copy(m.tail[:shaBlock], p)
	return n, nil
}

// Sum appends the MAC of what was written so far; more may follow.
func (m *shaHMAC) Sum(b []byte) []byte {
	state, tail := m.state, m.tail
	b = m.end(b)
	m.state, m.tail = state, tail
	return b
}

// end appends the MAC; nothing may follow but Reset.
func (m *shaHMAC) end(b []byte) []byte {
	m.key.kernel.one(&m.state, &m.tail[0], m.finish())
	m.result()
	m.key.kernel.one(&m.state, &m.tail[0], 1)
	return m.append(b)
}

// finish pads the message (FIPS 180-4, section 5.1.1), which began with the block of the key, and returns how many blocks
// are to be hashed yet.
func (m *shaHMAC) finish() int {
	n := shaBlock
	if m.pending+9 > shaBlock {
		n = 2 * shaBlock
	}
	m.tail[m.pending] = 0x80
	clear(m.tail[m.pending+1 : n-8])
	binary.BigEndian.PutUint64(m.tail[n-8:], uint64(shaBlock+m.length)*8)
	return n / shaBlock
}

// result makes the message of the outer hash: what came out of the inner one.
func (m *shaHMAC) result() {
	n := m.key.kernel.size
	for i := range n / 4 {
		binary.BigEndian.PutUint32(m.tail[4*i:], m.state[i])
	}
	m.state = m.key.outer
	m.tail[n] = 0x80
	clear(m.tail[n+1 : shaBlock-8])
	binary.BigEndian.PutUint64(m.tail[shaBlock-8:], uint64(shaBlock+n)*8)
}

func (m *shaHMAC) append(b []byte) []byte {
	for i := range m.key.kernel.size / 4 {
		b = binary.BigEndian.AppendUint32(b, m.state[i])
	}
	return b
}

// A Message is what a MAC is over: Data, then Suffix, which may be nil.
type Message struct{ Data, Suffix []byte }

// An HMACWork is the working memory of one goroutine that computes HMACs. The zero value is ready.
type HMACWork struct{ x, y shaHMAC }

// Sum appends the HMAC of p under k to b.
func (w *HMACWork) Sum(k *HMACKey, p Message, b []byte) []byte {
	m := &w.x
	m.key = k
	m.Reset()
	m.Write(p.Data)
	if len(p.Suffix) > 0 {
		m.Write(p.Suffix)
	}
	return m.end(b)
}

// SumPair appends the HMAC of p under k to a, and that of q under l to b. Where both are of one kind it takes little longer than
// one of them alone.
func (w *HMACWork) SumPair(k, l *HMACKey, p, q Message, a, b []byte) ([]byte, []byte) {
	if k.kernel != l.kernel {
		return w.Sum(k, p, a), w.Sum(l, q, b)
	}
	x, y := &w.x, &w.y
	x.key, y.key = k, l
	x.Reset()
	y.Reset()
	both(x, y, p.Data, q.Data)
	x.Write(p.Suffix)
	y.Write(q.Suffix)
	finishBoth(x, y, x.finish(), y.finish())
	x.result()
	y.result()
	finishBoth(x, y, 1, 1)
	return x.append(a), y.append(b)
}

// both writes p to x and q to y: as many blocks as both have together, the rest one after the other.
func both(x, y *shaHMAC, p, q []byte) {
	if blocks := min(len(p), len(q)) / shaBlock; blocks > 0 {
		x.key.kernel.two(&x.state, &y.state, &p[0], &q[0], blocks)
		n := blocks * shaBlock
		p, q, x.length, y.length = p[n:], q[n:], n, n
	}
	x.Write(p)
	y.Write(q)
}

// finishBoth hashes the blocks that are in the tails.
func finishBoth(x, y *shaHMAC, m, n int) {
	x.key.kernel.two(&x.state, &y.state, &x.tail[0], &y.tail[0], min(m, n))
	if m > n {
		x.key.kernel.one(&x.state, &x.tail[shaBlock], 1)
	}
	if n > m {
		y.key.kernel.one(&y.state, &y.tail[shaBlock], 1)
	}
}
