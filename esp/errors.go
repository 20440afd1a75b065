package esp

import (
	"errors"
	"fmt"
)

// What a packet failed by. A caller tells them apart with errors.Is; what Open returns may say more.
var (
	ErrNoSA        = errors.New("no key for this SPI")
	ErrICV         = errors.New("wrong ICV")
	ErrCipherKey   = errors.New("the authentication key is right, the encryption key is not") // see KeyFault
	ErrPadding     = errors.New("wrong padding")
	ErrImplausible = errors.New("decrypts to nothing plausible") // without an ICV: the key is wrong, most likely
	ErrCut         = errors.New("truncated by the snap length")
	ErrMalformed   = errors.New("malformed packet")
	ErrUnsupported = errors.New("not supported")
	ErrKeyLength   = errors.New("wrong key length")
	ErrSalt        = errors.New("the key lacks its salt") // and nobody has searched for it: see SaltFinder
)

// The particular failures are values made once: a capture of a million closed packets allocates no error each.
var (
	errMACKey       = fmt.Errorf("%w: the encryption key is right, the authentication key is not", ErrICV)
	errMACAlgorithm = fmt.Errorf("%w: the encryption key is right, the integrity algorithm is not", ErrICV)
	errSwapped      = fmt.Errorf("%w: encryption key and authentication key are swapped", ErrICV)
	errOfOther      = fmt.Errorf("%w: the keys are those of another SA of the same file", ErrICV)
	errNoSalt       = fmt.Errorf("%w: the key lacks its salt, and none makes it right", ErrICV)
	errICVLength    = fmt.Errorf("%w: both keys are right, the length of the ICV is not", ErrICV)

	errShort       = fmt.Errorf("%w: too short for its header, IV and ICV", ErrMalformed)
	errBlocks      = fmt.Errorf("%w: the ciphertext is not a whole number of blocks", ErrMalformed)
	errAHLength    = fmt.Errorf("%w: impossible AH length field", ErrMalformed)
	errAHHeader    = fmt.Errorf("%w: IP header before AH cannot be read", ErrMalformed)
	errProtocol    = fmt.Errorf("%w: the protocol must be ESP, AH or IPComp", ErrMalformed)
	errPadLength   = fmt.Errorf("%w: the pad length exceeds the data", ErrPadding)
	errPadPattern  = fmt.Errorf("%w: the bytes are not 1, 2, 3", ErrPadding)
	errDeflate     = fmt.Errorf("%w: deflate data is damaged", ErrMalformed)
	errLZSData     = fmt.Errorf("%w: LZS data is damaged", ErrMalformed)
	errInflated    = fmt.Errorf("%w: compressed data decompresses to more than an IP packet can have", ErrMalformed)
	errLZJH        = fmt.Errorf("%w: IPComp LZJH", ErrUnsupported)
	errOUI         = fmt.Errorf("%w: IPComp with a vendor algorithm", ErrUnsupported)
	errCompression = fmt.Errorf("%w: IPComp algorithm", ErrUnsupported)
)

// A ParamError says why an SA cannot be put into a table. It never holds key bytes.
type ParamError struct {
	Protocol Protocol
	SPI      uint32
	Source   Source
	Fact     string // "AES-CBC key of 120 bits, not 128, 192 or 256"
	Err      error  // ErrUnsupported, ErrKeyLength or ErrMalformed
}

func (e *ParamError) Error() string {
	s := fmt.Sprintf("%v SA 0x%08x: %s", e.Protocol, e.SPI, e.Fact)
	if e.Source.Name != "" {
		return e.Source.String() + ": " + s
	}
	return s
}

// Unwrap gives the sentinel.
func (e *ParamError) Unwrap() error { return e.Err }
