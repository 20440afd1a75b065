// Package diagnose says what went wrong, in which frame, and what to change on which peer: facts in, findings out. A finding is
// typed and complete when a rule makes it; Resolve decides between findings, by what their codes explain; package words has the wording.
package diagnose

import (
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Severity says how bad a finding is.
type Severity string

// The severities: a problem keeps the tunnel or the reading of it from working, a warning may, a note does not.
const (
	Problem    Severity = "problem"
	Warning    Severity = "warning"
	Noteworthy Severity = "note"
)

// Rank orders severities, the worst first.
func (s Severity) Rank() int {
	switch s {
	case Problem:
		return 0
	case Warning:
		return 1
	}
	return 2
}

// A Grade says how sure the claim of a finding is; not how good a cause it names.
type Grade uint8

// The grades, the weakest first.
const (
	Likely Grade = iota // what was seen has other explanations, too
	Wire                // the packets show it
	Log                 // the log of the side that it is about says it
	Keys                // a HASH, an AUTH or an ICV shows it
)

// A Side is a peer of an IKE SA, by the role that it has there.
type Side = ike.Side

// The sides.
const (
	NoSide    = ike.NoSide // not known, or both
	Initiator = ike.Initiator
	Responder = ike.Responder
)

// SideOf is the initiator where initiator is set, else the responder.
func SideOf(initiator bool) Side { return ike.SideOf(initiator) }

// A Subject is what a finding is about. The zero value is the capture as a whole.
type Subject struct {
	Version              int           // of IKE; 0: about no IKE SA
	SPIs                 [2]decode.SPI // of the IKE SA: the initiator's, the responder's
	Initiator, Responder netip.Addr
	Guessed              bool // which of them is which: the capture begins after the messages that tell
}

// IsSA reports whether the subject is an IKE SA, or something in one.
func (s Subject) IsSA() bool { return s.Version != 0 }

// Hosts are the two hosts of an IKE SA.
func (s Subject) Hosts() negotiation.Hosts { return negotiation.InOrder(s.Initiator, s.Responder) }

// A Compared is one thing that both peers say, each in its own words.
type Compared struct {
	Name      string `json:"name"` // "hash", "traffic selector"
	Initiator string `json:"initiator"`
	Responder string `json:"responder"`
	Differs   bool   `json:"differs"`
}

// A LogLine is a line of a daemon's log, for quoting.
type LogLine struct {
	At   string // "gwb.log:489"
	Text string
	// Stamp is, of a line that fits no negotiation, its time, and Away how much later than Frame that is; else zero.
	Stamp logs.Stamp
	Away  time.Duration
	Frame int
}

// A Success is an attempt that went through later, between the same hosts.
type Success struct {
	Version int
	SPIs    [2]decode.SPI
	Frame   int // its first
	// Over tells that it was of the same peers, or that the host that was silent before is no longer: what failed is over.
	Over bool
	From netip.Addr // that host, where it started the attempt itself
	// Alike tells that the first encrypted message of its initiator is as long as that of the attempt that failed: most likely it was of the same connection.
	Alike bool
	// Child tells that it is a Child SA or a Quick Mode, its request in Frame.
	Child bool
	// Offer tells that no more is known than that its offer was accepted.
	Offer bool
}

// A Finding is one fact worth knowing, with its evidence.
type Finding struct {
	Code     Code
	Severity Severity
	Grade    Grade
	Subject  Subject
	// From is the side whose message or packets the finding is about.
	From   Side
	Frames []int // that show it, ascending, each once
	Span   bool  // Frames are the first and the last of many
	About  []int // frames of IKE messages that an ICMP error is about
	// Facts are what the words for Code are made of; nil: nothing but the code.
	Facts    Facts
	Compared []Compared
	Logs     []LogLine // that say why
	Decided  string    // the line that decides the code: "gwb.log:489"; "" where none does
	Later    *Success  // nil: none
	AtEdge   bool      // the capture begins or ends so near that what is missing may be in another file
	AtLast   bool      // the capture ends with the message or the fragment that nothing came after, and it was sent once
	// Setting and RFC replace those of the code where they are set.
	Setting Setting
	RFC     string
	// Cause is what sets findings of one code between the same hosts apart, where no Compared differs: a comparable value without
	// frames and counts. Findings alike in that are one.
	Cause any
	Among Among     // other peers in the capture
	Alike int       // how many more of the same it stands for
	Also  []Subject // that those are about, and of More those that are left out
}

// Facts are the typed parameters of one sort of finding: a struct of a file facts_*.go.
type Facts any

// More stands for the findings of a code that are left out because there are so many.
type More struct {
	IKESAs int
	Worst  Severity // of them
}

// References are the RFCs that speak of the finding.
func (f *Finding) References() string {
	if f.RFC != "" {
		return f.RFC
	}
	return f.Code.Info().RFCFor(f.Subject.Version)
}

// Options are where an administrator may change it, in each product's terms; a note asks for no change.
func (f *Finding) Options() []Option {
	if f.Severity == Noteworthy {
		return nil
	}
	if f.Setting != NoSetting {
		return f.Setting.Options()
	}
	return f.Code.Info().Setting.Options()
}
