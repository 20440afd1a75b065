package diagnose

import "github.com/ikedecode/ikedecode/report/traffic"

// Facts about algorithms that are weaker than they should be.

// A WeakUse says how weak algorithms came up.
type WeakUse uint8

// The uses.
const (
	WeakInUse WeakUse = iota // in use, and known attacks are within reach
	Advised                  // in use, and the RFCs advise against it
	Offered                  // offered and not accepted
)

// Weak are the algorithms of one use.
type Weak struct {
	Use  WeakUse
	Rows []WeakAlgorithm
}

// A WeakAlgorithm is an algorithm that the RFCs advise against.
type WeakAlgorithm struct {
	Name   string // "DES-CBC"
	For    string // "IKE encryption"; "" where the name alone tells
	Status string // "MUST NOT", as the RFC has it
	RFC    string // "RFC 8247, section 2.1"
	Why    string
	Who    User // the first SA that uses it
	Others int  // how many more do
}

// A User is what uses an algorithm; one of the three.
type User struct {
	IKESA Subject
	Flow  traffic.Flow
	Child int // a Child SA: the version of IKE
	Frame int // of its first message
}
