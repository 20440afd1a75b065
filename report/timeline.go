package report

import (
	"fmt"
	"sort"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// A Timeline is who negotiated what, when, and how it ended.
type Timeline struct {
	Packets  int          `json:"packets"`
	Start    *time.Time   `json:"start,omitempty"` // of the first packet; offsets count from here
	Duration float64      `json:"duration"`        // seconds
	SAs      []TimelineSA `json:"ike_sas"`
	Notes    []string     `json:"notes,omitempty"`
	// Selection is set where a filter left something out.
	Selection *Selection `json:"selection,omitempty"`
}

// A TimelineSA is an IKE SA with its exchanges in order of their first message.
type TimelineSA struct {
	IKESA
	Exchanges []Exchange `json:"exchanges"`
	Notes     []string   `json:"notes,omitempty"`
}

// An Exchange is one exchange with its messages in order of time.
type Exchange struct {
	Type      string    `json:"type"`
	MessageID string    `json:"message_id,omitempty"` // "0xca5490c3"; phase 1 has none
	Purpose   string    `json:"purpose,omitempty"`    // of IKEv2: "rekey of ESP 0xc0ffee01", "liveness check"
	StartedBy Role      `json:"started_by"`
	Start     time.Time `json:"start"`
	Outcome   Outcome   `json:"outcome"`
	Child     *Child    `json:"child,omitempty"`
	Messages  []Message `json:"messages"`
}

// A Role is a side of an IKE SA.
type Role string

// The roles.
const (
	RoleInitiator Role = "initiator"
	RoleResponder Role = "responder"
)

// A State is how far a message could be read.
type State string

// The states.
const (
	StateClear  State = "clear"
	StateOpened State = "opened"
	StatePartly State = "partly opened"
	StateClosed State = "closed"
)

// A Child is what a Quick Mode negotiated, or the Child SA of IKEv2.
type Child struct {
	Algorithms []string `json:"algorithms,omitempty"` // as chosen, one for each protocol
	PFS        string   `json:"pfs_group,omitempty"`
	// InitiatorSelector and ResponderSelector are the traffic of the side that started the Quick Mode and of the other.
	InitiatorSelector *Identity `json:"initiator_selector,omitempty"`
	ResponderSelector *Identity `json:"responder_selector,omitempty"`
	SPIs              []string  `json:"spis,omitempty"`
	Gap               *Gap      `json:"gap,omitempty"`
	pfsNamed          bool      // Algorithms name the group, too

	// Of IKEv2: the selectors of both peers, as narrowed by the response, or as offered where nothing came of it.
	TSi     []string `json:"initiator_selectors,omitempty"`
	TSr     []string `json:"responder_selectors,omitempty"`
	Offered bool     `json:"only_offered,omitempty"`
	Mode    string   `json:"mode,omitempty"`  // "tunnel", "transport", "beet"
	IPTFS   bool     `json:"iptfs,omitempty"` // both peers sent USE_AGGFRAG
	ESN     bool     `json:"esn,omitempty"`
	Rekeys  string   `json:"rekeys,omitempty"` // the Child SA that it replaces: "ESP 0xc0ffee01"
	Queue   *Queue   `json:"queue,omitempty"`  // where there are several with its selectors at once
}

// A Message is one message.
type Message struct {
	Frame     int       `json:"frame"`            // that completed it
	Frames    []int     `json:"frames,omitempty"` // all that it came in
	Fragments int       `json:"fragments,omitempty"`
	Time      time.Time `json:"time"`
	Offset    float64   `json:"offset"` // seconds since the first packet of the capture
	Delta     float64   `json:"delta"`  // seconds since the message before it in the exchange
	Sender    Role      `json:"sender"`
	Src       string    `json:"src"`
	Dst       string    `json:"dst"`
	State     State     `json:"state"`
	Payloads  []Payload `json:"payloads"`
	Hash      *Hash     `json:"hash,omitempty"`
	IV        string    `json:"iv,omitempty"`
	Unknown   int       `json:"unknown_bytes,omitempty"` // first bytes of the plaintext that could not be had
	Why       string    `json:"why_closed,omitempty"`
	Sent      int       `json:"sent"`              // times
	Repeats   []Repeat  `json:"repeats,omitempty"` // further copies
	Error     string    `json:"error,omitempty"`   // what is wrong with it on the wire
	Notes     []string  `json:"notes,omitempty"`
	// Transport is how it travelled where that is not plain UDP: "UDP-encapsulated", "TCP", "odd port".
	Transport string `json:"transport,omitempty"`
	// Moved says which side has another address or port than in the message before.
	Moved string `json:"moved,omitempty"`
	// Generation is which keys decrypted it, from 1, where an IKEv2 SA has several (RFC 9370).
	Generation int `json:"key_generation,omitempty"`

	Version int `json:"-"` // of IKE, 0: 1
	outside int // of IKEv2: payloads in front of the encrypted one
}

// A Repeat is another copy of a message.
type Repeat struct {
	Frame  int       `json:"frame"`
	Time   time.Time `json:"time"`
	Mirror bool      `json:"mirror"` // captured twice, not sent twice
}

// A Hash is the result of checking a HASH payload.
type Hash struct {
	Name   string `json:"name"`   // "HASH_I", "HASH(1)"
	Result string `json:"result"` // "ok", "wrong", "not checked"
}

// NewTimeline makes the timeline of s after Run, for who needs no other report of it.
func NewTimeline(s *ikedecode.Session) *Timeline { return Read(s).Timeline() }

// Timeline makes the timeline.
func (x *Reading) Timeline() *Timeline {
	s := x.Session
	t := &Timeline{Packets: s.Counts.Packets, Duration: s.Last.Sub(s.First).Seconds(), SAs: []TimelineSA{}}
	if !s.First.IsZero() {
		start := s.First.UTC()
		t.Start = &start
	}
	certs := x.Certificates()
	for i, story := range x.Stories() {
		sa := newTimelineSA(story, x.ike()[i], s.First)
		x.nameQueues(&sa, story)
		sa.addCertificates(certs, story.SA)
		t.SAs = append(t.SAs, sa)
	}
	t.Notes = timelineNotes(s)
	return t
}

func newTimelineSA(story *negotiation.Story, ike IKESA, origin time.Time) TimelineSA {
	sa := story.SA
	t := TimelineSA{IKESA: ike, Exchanges: []Exchange{}}
	for _, x := range story.Exchanges() {
		switch {
		case len(x.Messages) == 0:
		default:
			t.Exchanges = append(t.Exchanges, newExchange(sa, x, newOutcome(story.Outcome(x)), origin))
		}
	}
	t.Notes = saNotes(sa)
	t.noteMoves()
	return t
}

func newExchange(sa *ikesa.SA, x *ikesa.Exchange, o Outcome, origin time.Time) Exchange {
	first := x.Messages[0]
	r := Exchange{Type: x.Type.String(), StartedBy: Role(side(negotiation.StartedBy(x))), Start: first.Time.UTC(), Outcome: o, Child: newChild(x)}
	if sa.Version == 2 {
		r.MessageID, r.Purpose = words.MessageIDs(negotiation.MessageIDs(x)), words.Purpose(negotiation.PurposeOf(x))
	} else if x.MessageID != 0 || first.Version>>4 > 1 {
		r.MessageID = fmt.Sprintf("0x%08x", x.MessageID)
	}
	answer := negotiation.AnswerOf(x)
	var before *ikesa.Message
	for _, group := range negotiation.FoldFragments(x.Messages) {
		msg := newMessage(sa, group, answer, origin)
		if before != nil {
			msg.Delta = group[0].Time.Sub(before.Time).Seconds()
		}
		before = group[len(group)-1]
		r.Messages = append(r.Messages, msg)
	}
	return r
}

// idNames are the names that RFC 2409 has for ID payloads: IDii and IDir for the peers of phase 1, IDci and IDcr for the traffic of
// phase 2.
var idNames = map[ike.IdentityRole]string{
	ike.OfInitiator: "IDii", ike.OfResponder: "IDir", ike.OfInitiatorNet: "IDci", ike.OfResponderNet: "IDcr",
}

// payloadName is how the timeline calls a payload of m.
func payloadName(m *ikesa.Message, i int) string {
	id, ok := m.Parts[i].(*ike.IdentityPart)
	if ok && m.Major() == 1 && (negotiation.IsPhase1(negotiation.TypeOf(m)) || negotiation.TypeOf(m) == ikev1.ExchangeQuick) {
		return idNames[id.Role]
	}
	return m.Payloads[i].Name()
}

// newMessage describes a message, which in IKEv2 may have come in fragments. answer is what the peer accepted of an offer.
func newMessage(sa *ikesa.SA, group []*ikesa.Message, answer *ike.Offer, origin time.Time) Message {
	m := group[0]
	for _, part := range group {
		if part.Joined > 0 {
			m = part
		}
	}
	r := Message{
		Frame: m.Frame, Frames: m.Frames, Fragments: m.Fragments, Time: m.Time.UTC(),
		Offset: m.Time.Sub(origin).Seconds(), Sender: Role(side(m.FromInitiator)), Src: m.Src.String(), Dst: m.Dst.String(),
		State: State(m.State.String()), Payloads: newPayloads(sa, m, answer), IV: words.IV(m.IV), Unknown: m.Unknown, Sent: m.Sent(),
		Transport: transportOf(m), Version: m.Major(),
	}
	if m.Why != nil {
		r.Why, _ = words.Gap(*m.Why)
	}
	if m.Hash.Name != ikesa.NoHash {
		r.Hash = &Hash{m.Hash.Name.String(), hashResult(m.Hash)}
	}
	for _, rep := range m.Repeats {
		r.Repeats = append(r.Repeats, Repeat{rep.Frame, rep.Time.UTC(), rep.Mirror})
	}
	if m.Err != nil {
		r.Error = m.Err.Error()
	} else if m.PayErr != nil {
		r.Error = m.PayErr.Error()
	}
	for _, n := range m.Message.Notes {
		r.Notes = append(r.Notes, n.Text)
	}
	if m.Cut {
		r.Notes = append(r.Notes, "truncated by the snap length of the capture")
	}
	if sa.Version == 2 {
		r.completeSK(sa, group, m)
	}
	return r
}

// Find is the message in a frame, by its exchange and its place in that; nil where there is none.
func (t *TimelineSA) Find(frame int) (x *Exchange, at int) {
	for j := range t.Exchanges {
		for i := range t.Exchanges[j].Messages {
			if t.Exchanges[j].Messages[i].Frame == frame {
				return &t.Exchanges[j], i
			}
		}
	}
	return nil, 0
}

// newPayloads describes the payloads of m. Of what the start of an IKEv1 message lacks, only the types are told.
func newPayloads(sa *ikesa.SA, m *ikesa.Message, answer *ike.Offer) []Payload {
	if m.Offer() == answer || m.IsResponse() {
		answer = nil // the response itself: all it holds is chosen
	}
	list, at := []Payload{}, 0
	for i, p := range m.Payloads {
		one := Payload{Text: unknownPart, unknown: true}
		if at >= m.Unknown || p.Type == ikev1.PayloadHash {
			one = newPayload(m, i, answer)
			one.noteNAT(sa, m, p.Body)
		}
		one.Type = payloadName(m, i)
		list = append(list, one)
		at += len(p.Raw)
	}
	return list
}

// completeSK adds what a message of IKEv2 has beyond its payloads: what was encrypted, with which keys, in how many fragments.
func (r *Message) completeSK(sa *ikesa.SA, group []*ikesa.Message, m *ikesa.Message) {
	r.IV, r.outside = "", outside(m)
	if a := authCheck(sa, m); a != nil {
		r.Hash = &Hash{"AUTH", hashResult(ikesa.HashCheck{Done: a.Done, OK: a.OK})}
	}
	if m.State == ikesa.Opened && len(sa.Generations) > 1 {
		r.Generation = m.Generation + 1
	}
	if negotiation.FragmentOf(group[0]) != nil {
		r.foldIn(group, m)
	}
}

// unknownPart stands for the content of a payload some bytes of which could not be had.
const unknownPart = "partly unknown"

func hashResult(h ikesa.HashCheck) string {
	switch {
	case !h.Done:
		return "not checked"
	case h.OK:
		return "ok"
	}
	return "wrong"
}

func transportOf(m *ikesa.Message) string {
	switch {
	case m.TCP:
		return "TCP"
	case m.OddPort:
		return fmt.Sprintf("port %d", m.Dst.Port())
	case m.Marker:
		return "UDP-encapsulated"
	}
	return ""
}

func spiOf(sa ikesa.ChildSA) string { return spiString(sa.Protocol, sa.SPI) }

func spiString(p esp.Protocol, spi uint32) string {
	if p == esp.IPComp {
		return fmt.Sprintf("CPI 0x%04x", spi)
	}
	return fmt.Sprintf("0x%08x", spi)
}

// repeatFrames are the frames of further copies of a message, in order: those of a mirror port, or those retransmitted.
func (m *Message) repeatFrames(mirror bool) (frames []int) {
	for _, r := range m.Repeats {
		if r.Mirror == mirror {
			frames = append(frames, r.Frame)
		}
	}
	sort.Ints(frames)
	return frames
}

// resent is "retransmitted twice until +11.2 s"; "" for a message that was sent once.
func (m *Message) resent() string {
	last := m.Time
	for _, r := range m.Repeats {
		if !r.Mirror && r.Time.After(last) {
			last = r.Time
		}
	}
	if m.Sent < 2 {
		return ""
	}
	if last.Equal(m.Time) {
		return "retransmitted " + words.Times(m.Sent-1)
	}
	return fmt.Sprintf("retransmitted %s until +%.1f s", words.Times(m.Sent-1), last.Sub(m.Time).Seconds())
}
