package alg

import (
	"crypto/sha1"
	"crypto/sha256"

	"golang.org/x/sys/cpu"
)

// The kernels run whole blocks of 64 bytes, at least one, through the compression function; those of two messages at once keep
// both in flight, which takes little longer than one.

//go:noescape
func sha1Blocks(h *[8]uint32, p *byte, blocks int)

//go:noescape
func sha1Blocks2(h0, h1 *[8]uint32, p0, p1 *byte, blocks int)

//go:noescape
func sha256Blocks(h *[8]uint32, p *byte, blocks int)

//go:noescape
func sha256Blocks2(h0, h1 *[8]uint32, p0, p1 *byte, blocks int)

// cpuid7 is EBX of CPUID leaf 7, 0 where there is none: golang.org/x/sys/cpu does not tell of the SHA extensions.
func cpuid7() (ebx uint32)

const cpuid7SHA = 1 << 29

func hasSHAExtensions() bool {
	return cpu.X86.HasSSSE3 && cpu.X86.HasSSE41 && cpuid7()&cpuid7SHA != 0
}

func init() {
	if !hasSHAExtensions() {
		return
	}
	sha1Kernel = &shaKernel{
		size: sha1.Size, one: sha1Blocks, two: sha1Blocks2,
		start: [8]uint32{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}, // FIPS 180-4, section 5.3.1
	}
	sha256Kernel = &shaKernel{
		size: sha256.Size, one: sha256Blocks, two: sha256Blocks2,
		start: [8]uint32{ // FIPS 180-4, section 5.3.3
			0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
		},
	}
}
