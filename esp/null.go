package esp

import (
	"fmt"
	"net/netip"
)

// NullVerdict is what the packets of a flow say about its encryption.
type NullVerdict uint8

// The verdicts.
const (
	Undecided     NullVerdict = iota
	NullEncrypted             // NULL encryption (RFC 2410), or NULL with AES-GMAC (RFC 4543): readable without keys
	Encrypted
)

func (v NullVerdict) String() string {
	switch v {
	case Undecided:
		return "undecided"
	case NullEncrypted:
		return "NULL"
	case Encrypted:
		return "encrypted"
	}
	return fmt.Sprintf("verdict %d", uint8(v))
}

// MarshalText is String; for JSON.
func (v NullVerdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (v *NullVerdict) UnmarshalText(text []byte) error {
	for _, x := range []NullVerdict{Undecided, NullEncrypted, Encrypted} {
		if x.String() == string(text) {
			*v = x
			return nil
		}
	}
	return fmt.Errorf("%q is no verdict about NULL encryption", text)
}

// A geometry is where a packet of NULL encryption has its parts: IV and ICV are not marked on the wire.
type geometry struct{ iv, icv int }

// geometries are those that are tried (RFC 5879, section 8.3.1, and the ICV lengths that came after it). AES-GMAC has an IV,
// and ICVs as AES-GCM.
var geometries = [...]geometry{{0, 12}, {0, 16}, {0, 0}, {0, 8}, {0, 20}, {0, 24}, {0, 32}, {8, 16}, {8, 12}, {8, 8}}

// Evidence is counted in bits: the logarithm of how much likelier a packet is under NULL encryption than under a cipher, whose
// output is as random. On random bytes the sum exceeds n bits with a probability of about 2^-n for each geometry, however
// long the flow is.
const (
	nullBits   = 40  // of evidence make a flow NULL; as for all keys that no HASH or ICV verifies
	leadBits   = 10  // so much more than any other geometry has
	reopenBits = 16  // below that the verdict NULL is open again
	misfitBits = -10 // a packet that does not match: under NULL encryption one of a thousand is damaged, or none of ours
	maxScore   = 120 // where the score stops, so that a flow that turns is found out by some packets
	minScore   = -64
	softBits   = 8 // at most, from a packet with neither length, checksum nor padding that matches
)

// EncryptedBits of evidence, of the geometry that matches best, make a flow encrypted.
const EncryptedBits = -30

// defaultNullFlows bounds a detector's memory to some 15 MB.
const defaultNullFlows = 1 << 14

// NullSource is the source of SAs that a detector made.
const NullSource = "found by heuristics: NULL encryption"

// NullOptions change how a NullDetector works. The zero value means the defaults.
type NullOptions struct {
	// MaxFlows bounds the flows that are remembered; those not seen for longest are forgotten. 0: 16384.
	MaxFlows int
	// Force makes Table.Open try NULL encryption on packets too whose SA is known, but does not decrypt them.
	Force bool
}

// A NullFlow is what a detector found out about the ESP packets of one SPI between two hosts.
type NullFlow struct {
	Src, Dst netip.Addr
	SPI      uint32
	UDP      bool
	Verdict  NullVerdict
	Bits     int // evidence for NULL encryption, of the geometry that matches best; below 0: against it
	// ICVLen, IVLen and the modes are of the geometry that matches best; they mean something where Verdict is NullEncrypted.
	ICVLen, IVLen     int
	Tunnel, Transport bool // what was in the packets that matched; both may be
	Packets           int
	Repeats           int // not weighed, since the same packet came before; not looked for once NULL is sure
	NullCounts
	First, Last Point
	// SA is what decrypted packets of the flow are counted on, nil if none was decrypted.
	SA *SA
	// Proof is an SA whose keys match the flow by ICV, if one turned up: a NULL cipher confirms the verdict, another one refutes it.
	Proof *SA
}

// NullCounts are what a verdict rests on.
type NullCounts struct {
	Fits      int `json:"fits"` // packets, of those weighed, which are all but for some of a flow that is surely encrypted
	Misfits   int `json:"misfits"`
	Lengths   int `json:"lengths"`            // inner lengths that are what is there
	Checksums int `json:"checksums"`          // inner checksums that are correct
	Paddings  int `json:"paddings"`           // paddings of 1, 2, 3, … or zeros
	Reopened  int `json:"reopened,omitempty"` // times the verdict NULL was given up
}

// Add adds what other packets gave.
func (c *NullCounts) Add(o NullCounts) {
	c.Fits += o.Fits
	c.Misfits += o.Misfits
	c.Lengths += o.Lengths
	c.Checksums += o.Checksums
	c.Paddings += o.Paddings
	c.Reopened += o.Reopened
}

// Facts is for a report: "24 of 24 packets match, 24 lengths, 41 checksums, 20 paddings".
func (c *NullCounts) Facts() string {
	s := fmt.Sprintf("%d of %d packets match", c.Fits, c.Fits+c.Misfits)
	for _, x := range []struct {
		n    int
		what string
	}{{c.Lengths, "lengths"}, {c.Checksums, "checksums"}, {c.Paddings, "paddings"}} {
		if x.n > 0 {
			s += fmt.Sprintf(", %d %s", x.n, x.what)
		}
	}
	if c.Reopened > 0 {
		s += fmt.Sprintf("; withdrawn %d times", c.Reopened)
	}
	return s
}

// Evidence is a line for a report: "NULL, 96-bit ICV: 24 of 24 packets match, 24 lengths, 41 checksums, 20 paddings".
func (f *NullFlow) Evidence() string {
	s := f.Verdict.String()
	if f.Verdict == NullEncrypted {
		s += fmt.Sprintf(", %d-bit ICV", 8*f.ICVLen)
		if f.ICVLen == 0 {
			s = f.Verdict.String() + ", no ICV"
		}
		if f.IVLen > 0 {
			s += fmt.Sprintf(", %d-bit IV (AES-GMAC)", 8*f.IVLen)
		}
	}
	return s + ": " + f.Facts()
}

// Facts is Evidence without the verdict, and with what a key proves.
func (f *NullFlow) Facts() string {
	s := f.NullCounts.Facts()
	switch {
	case f.Proof == nil:
	case isNull(f.Proof.Cipher) || f.Proof.Cipher.Null():
		s += "; proved by ICV"
	default:
		s += "; opened with " + f.Proof.Cipher.Name
	}
	return s
}
