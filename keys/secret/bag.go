// Package secret has the secrets of the user: pre-shared keys, DH secrets, SKEYID material and SA keys. They are kept in a [Bag]: nobody has
// to say which SA or direction a value belongs to, and none is used before a capture verifies it. A bag can be
// written to a key log, our own format, and read from there without loss; package source reads it with every other kind of file.
package secret

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// Kind says what a secret is.
type Kind uint8

const (
	PSK Kind = iota + 1
	DHPrivate
	DHSecret // g^xy of phase 1 or of IKE_SA_INIT; of a Quick Mode where Where has a message ID or is unbound
	SKEYID
	SKEYIDd
	SKEYIDa
	SKEYIDe
	EncKey     // Ka
	QMDHSecret // g(qm)^xy of a Quick Mode
	NonceI     // Ni_b, for public key encryption, where the wire does not show it
	NonceR
	XAUTHPassword // for completeness; not used for keys
	// IKEv2 (kept and exported; used by the IKEv2 key schedule)
	SKEYSEED
	SKd
	SKai
	SKar
	SKei
	SKer
	SKpi
	SKpr
	PPK
	ChildDHSecret
	EAPMSK // the key that an EAP method made, for AUTH (RFC 7296, section 2.16)
	// IMS-AKA (3GPP TS 33.203): what the keys of ESP between a phone and its P-CSCF are made of
	AKACK
	AKAIK
	// IV is no secret: the IV of an encrypted message of IKEv1, whose predecessor may be in another file. Where without a message ID it is of phase
	// 1, or the last block of phase 1, of which the IVs of later exchanges are made (RFC 2409, appendix B).
	IV
)

// kindNames are the names of the kinds in the key log.
var kindNames = [...]string{
	PSK: "PSK", DHPrivate: "DH_PRIVATE", DHSecret: "DH_SECRET", SKEYID: "SKEYID", SKEYIDd: "SKEYID_D", SKEYIDa: "SKEYID_A",
	SKEYIDe: "SKEYID_E", EncKey: "ENC_KEY", QMDHSecret: "QM_DH_SECRET", NonceI: "NONCE_I", NonceR: "NONCE_R",
	XAUTHPassword: "XAUTH_PASSWORD", SKEYSEED: "SKEYSEED", SKd: "SK_D", SKai: "SK_AI", SKar: "SK_AR", SKei: "SK_EI",
	SKer: "SK_ER", SKpi: "SK_PI", SKpr: "SK_PR", PPK: "PPK", ChildDHSecret: "CHILD_DH_SECRET",
	EAPMSK: "EAP_MSK", AKACK: "AKA_CK", AKAIK: "AKA_IK", IV: "IV",
}

// AKAKeyLen is the length in bytes of CK and of IK (3GPP TS 33.102, section 6.3.7).
const AKAKeyLen = 16

// IsAKA reports whether k is of IMS-AKA: it belongs to a registration, to no IKE SA.
func (k Kind) IsAKA() bool { return k == AKACK || k == AKAIK }

// Public reports whether values of the kind are no secrets: whoever has the capture has most of them.
func (k Kind) Public() bool { return k == IV }

// String is the name of the kind in the key log: "SKEYID_D".
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// A Secret is one value.
type Secret struct {
	Kind   Kind
	Where  Where
	Value  []byte
	NoSalt bool // the source says that the salt is left out of SK_ei or SK_er; where it does not say so, their length tells
	Group  int  // values of one key schedule in one log share a group > 0: SKEYID and SKEYID_d printed together
	Origin Origin
}

// String says what the secret is, without its value.
func (s Secret) String() string {
	return fmt.Sprintf("%v %s (%d bytes)", s.Kind, whereText(s.Where, 0), len(s.Value))
}

// GoString is String: a secret's value is never printed by way of %#v either.
func (s Secret) GoString() string { return s.String() }

// Origin says where a secret was found.
type Origin struct {
	File  string // "" for flags
	Line  int
	Label string // how a file calls it, "SKEYID_d", or by what it was given
}

// String is "gwa.log:709 (SKEYID_d)", or the flag alone.
func (o Origin) String() string {
	if o.File == "" {
		return o.Label
	}
	s := fmt.Sprintf("%s:%d", o.File, o.Line)
	if o.Label != "" {
		s += " (" + o.Label + ")"
	}
	return s
}

// OriginOf is the origin of an SA by its source. One without a line is all name.
func OriginOf(s esp.Source) Origin {
	if s.Line == 0 {
		return Origin{Label: s.Name}
	}
	return Origin{File: s.Name, Line: s.Line}
}

// In is the file that was found by one of some paths as they were given, and its member where that is an archive or a directory.
func (o Origin) In(paths []string) (file, member string) {
	for _, p := range paths {
		for _, sep := range []string{":", "/"} {
			if member, ok := strings.CutPrefix(o.File, strings.TrimSuffix(p, "/")+sep); ok {
				return p, member
			}
		}
	}
	return o.File, ""
}

// A Warning is something in a file that may hold a secret but gave none: a broken dump, a redacted key, an algorithm
// that is not known.
type Warning struct {
	File string
	Line int
	Text string

	Tried bool // it says that numbers of a text in no known form are tried as keys
}

func (w Warning) String() string {
	if w.Line == 0 { // about the whole file
		return w.File + ": " + w.Text
	}
	return fmt.Sprintf("%s:%d: %s", w.File, w.Line, w.Text)
}

// An Unread is a line with what looks like a key, and no source reads it. It never has the value.
type Unread struct {
	File  string
	Line  int
	Near  string // the word beside it, in lower case: "enckey"
	Bytes int    // of hex
}

// A Format is one source that was recognised in a file, and how many values came from it. A source can be recognised
// and hold none: a log whose level is too low for keys.
type Format struct {
	File  string
	Name  string
	Count int
	Log   bool // it is what a log says apart from keys, which serves the diagnosis alone

	Keyless  int    // SAs that it lists without keys
	Redacted int    // values that were taken out of the file
	Lacks    []Lack // what this source never prints, and the file has none of
	Advice   string // what to do where SAs are listed and none has keys; else empty
}

// A Layer is a part of what keys are for.
type Layer uint8

// The layers that a source may print no keys of.
const (
	IKEKeys    Layer = iota + 1 // keys of IKE SAs
	Phase1Keys                  // keys of IKEv1's phase 1 alone
	IPsecKeys                   // keys of ESP and AH
	ICVKeys                     // authentication keys of ESP
)

var layerNames = [...]string{IKEKeys: "ike", Phase1Keys: "ikev1-phase1", IPsecKeys: "ipsec", ICVKeys: "authentication"}

// String is "ike", "ikev1-phase1", "ipsec" or "authentication".
func (l Layer) String() string { return layerNames[l] }

// A Lack is what a source never prints: it can't decrypt, or verify, what needs it.
type Lack struct {
	Of     Layer
	Text   string // "a kernel's table has no IKE keys"
	Advice string // where they are instead; "" where nowhere
}

// A Bag is everything the user gave. The zero value is empty and ready. Secrets and SAs are for reading: Add and Merge put in what is
// new.
type Bag struct {
	Secrets []Secret
	SAs     []esp.Params

	Formats  []Format
	Warnings []Warning
	Events   []logs.Event // what logs say besides
	Unread   []Unread     // what may be keys and is in no form that is known, where that was asked for; at most 100 of a file

	Guesses []esp.Guess // what may be keys of ESP in texts of no known form; only packets tell
	Numbers []Number    // what may be keys of IKE in them

	Cut bool // there was no room in memory for more of what was read

	index *index
}

// IsCut reports whether there was no room in memory for more of what was read; false for nil.
func (b *Bag) IsCut() bool { return b != nil && b.Cut }

// Add adds secrets that are not there yet.
func (b *Bag) Add(secrets ...Secret) { b.addSecrets(secrets) }

// Merge adds what other holds and b does not, in other's order. Of two equal facts the first keeps its origin; facts
// that contradict each other are both kept, since only a capture can tell which is correct. An empty bag may take over the lists of other,
// which is not for use any more.
func (b *Bag) Merge(other *Bag) {
	if other == nil {
		return
	}
	if len(b.Secrets)+len(b.SAs) == 0 && other.isIndexed() { // nothing is there twice: it is as it will be
		b.Secrets, b.SAs = slices.Clip(other.Secrets), slices.Clip(other.SAs)
	} else {
		b.addSecrets(other.Secrets)
		b.addSAs(other.SAs)
	}
	b.Events = append(b.Events, other.Events...)
	b.Formats = append(b.Formats, other.Formats...)
	b.Warnings = append(b.Warnings, other.Warnings...)
	b.Unread = append(b.Unread, other.Unread...)
	const mostGuesses = 4096 // no more are tried
	b.Guesses = append(b.Guesses, other.Guesses[:min(len(other.Guesses), mostGuesses-len(b.Guesses))]...)
	b.Numbers = append(b.Numbers, other.Numbers[:min(len(other.Numbers), mostNumbers-len(b.Numbers))]...)
	b.Cut = b.Cut || other.Cut
}
