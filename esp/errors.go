package esp

import (
	"errors"
	"fmt"
)

// What a packet failed by. A caller tells them apart with errors.Is; what Open returns may say more.
var (
	ErrNoSA        = errors.New("no key for this SPI")
	ErrICV         = errors.New("ICV does not match")
	ErrPadding     = errors.New("padding is wrong")
	ErrImplausible = errors.New("decrypts to nothing plausible") // without an ICV: the key is wrong, most likely
	ErrCut         = errors.New("packet is cut short by the capture")
	ErrMalformed   = errors.New("packet is malformed")
	ErrUnsupported = errors.New("not supported")
	ErrKeyLength   = errors.New("wrong key length")
)

// The particular failures are values made once: a capture of a million closed packets allocates no error each.
var (
	errShort       = fmt.Errorf("%w: too short for its header, IV and ICV", ErrMalformed)
	errBlocks      = fmt.Errorf("%w: ciphertext is no whole number of blocks", ErrMalformed)
	errAHLength    = fmt.Errorf("%w: AH length field does not fit", ErrMalformed)
	errAHHeader    = fmt.Errorf("%w: IP header before AH cannot be read", ErrMalformed)
	errProtocol    = fmt.Errorf("%w: protocol is none of ESP, AH, IPComp", ErrMalformed)
	errPadLength   = fmt.Errorf("%w: pad length runs over the data", ErrPadding)
	errPadPattern  = fmt.Errorf("%w: bytes are not 1, 2, 3", ErrPadding)
	errDeflate     = fmt.Errorf("%w: deflate data is damaged", ErrMalformed)
	errInflated    = fmt.Errorf("%w: deflate data unpacks to more than an IP packet holds", ErrMalformed)
	errLZS         = fmt.Errorf("%w: IPComp LZS", ErrUnsupported)
	errLZJH        = fmt.Errorf("%w: IPComp LZJH", ErrUnsupported)
	errOUI         = fmt.Errorf("%w: IPComp with a vendor's algorithm", ErrUnsupported)
	errCompression = fmt.Errorf("%w: IPComp algorithm", ErrUnsupported)
)

// A ParamError says why an SA cannot be put into a table. It never holds key bytes.
type ParamError struct {
	Protocol Protocol
	SPI      uint32
	Source   string // as in Params
	Fact     string // "AES-CBC key of 120 bits, not 128, 192 or 256"
	Err      error  // ErrUnsupported, ErrKeyLength or ErrMalformed
}

func (e *ParamError) Error() string {
	s := fmt.Sprintf("%v SA 0x%08x: %s", e.Protocol, e.SPI, e.Fact)
	if e.Source != "" {
		return e.Source + ": " + s
	}
	return s
}

// Unwrap gives the sentinel.
func (e *ParamError) Unwrap() error { return e.Err }
