package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// SAs are the IKE SAs and the ESP, AH and IPComp SAs with their traffic.
type SAs struct {
	IKE []IKESA `json:"ike_sas"`
	// SAs are those that were decrypted: negotiated in the capture, or from key files; NULL encryption and AH without keys too.
	SAs []TrafficSA `json:"sas"`
	// Unknown are flows that were not decrypted.
	Unknown []UnknownSA `json:"unknown"`
	// UnknownMore counts packets of flows beyond the bound on Unknown.
	UnknownMore int `json:"unknown_more,omitempty"`
	// Encapsulations are the ways in which packets of IKE, ESP and AH came in others, or in frames with tags.
	Encapsulations []Encapsulation `json:"encapsulations,omitempty"`
	// Selection is set where a filter left something out.
	Selection *SASelection `json:"selection,omitempty"`
}

// An Encapsulation is one way in which packets came.
type Encapsulation struct {
	Layers     []string `json:"layers"` // the outermost first, with their tunnel IDs: "VLAN 5", "VXLAN, VNI 42"
	Packets    int      `json:"packets"`
	FirstFrame int      `json:"first_frame"`
	LastFrame  int      `json:"last_frame"`
}

func newEncapsulations(s *ikedecode.Session) (list []Encapsulation) {
	for _, c := range s.Carriers.List() {
		list = append(list, Encapsulation{c.Layers, c.Packets, c.First, c.Last})
	}
	return list
}

// EncapsulationText is "in VXLAN, VNI 42", of at most a few; "" where nothing is around packets.
func (r *SAs) EncapsulationText() string {
	const most = 4
	var parts []string
	for i, e := range r.Encapsulations {
		if i == most {
			parts = append(parts, fmt.Sprintf("%d others", len(r.Encapsulations)-most))
			break
		}
		parts = append(parts, strings.Join(e.Layers, ", in it ")+": "+count(e.Packets, "packet"))
	}
	if len(parts) == 0 {
		return ""
	}
	return "captured in " + strings.Join(parts, "; ")
}

// A TrafficSA is one ESP, AH or IPComp SA, one direction.
type TrafficSA struct {
	Protocol   string   `json:"protocol"`
	SPI        string   `json:"spi"` // "any" where the key source names none
	Src        string   `json:"src"` // "any" where not known
	Dst        string   `json:"dst"`
	Encryption string   `json:"encryption,omitempty"`
	Integrity  string   `json:"integrity,omitempty"`
	ESN        bool     `json:"esn,omitempty"`
	Mode       string   `json:"mode,omitempty"` // "tunnel", "transport"
	UDP        bool     `json:"udp,omitempty"`
	Sources    []string `json:"sources"`              // where its keys come from
	Candidates int      `json:"candidates,omitempty"` // sets of keys that were tried, where none is verified
	IKE        string   `json:"ike_sa,omitempty"`     // cookies of the IKE SA that negotiated it
	Selectors  string   `json:"selectors,omitempty"`
	// Of IKEv2: the group of its own key exchange, or "no", and the Child SA that it replaced.
	PFS         string `json:"pfs_group,omitempty"`
	RekeyedFrom string `json:"rekeyed_from,omitempty"`
	Queue       *Queue `json:"queue,omitempty"` // where there are several with its selectors at once
	Deleted     []int  `json:"deleted_frames,omitempty"`

	Proved      bool   `json:"proved"`
	Proof       string `json:"proof"` // "ICV", "padding and content", "none"
	Packets     int    `json:"packets"`
	Bytes       int64  `json:"bytes"`
	Opened      int    `json:"opened"`
	OpenedBytes int64  `json:"opened_bytes"`
	ICVFailures int    `json:"icv_failures"`
	// KeyFault says which of the keys the packets refute: "encryption key", "authentication key", "integrity algorithm", "ICV length",
	// "order of the keys", "SPI of the keys".
	KeyFault string `json:"key_fault,omitempty"`
	// SaltFrame is the frame that gave the salt of the encryption key, where its source left it out.
	SaltFrame int `json:"salt_frame,omitempty"`
	// NoSalt says that its source left it out, and that it is not known.
	NoSalt bool `json:"no_salt,omitempty"`
	// Undeciphered are packets with a correct ICV whose content shows that the encryption key is wrong.
	Undeciphered int        `json:"undeciphered"`
	Malformed    int        `json:"malformed"`
	Duplicates   int        `json:"duplicates"`
	Dummies      int        `json:"dummies"`
	FirstFrame   int        `json:"first_frame,omitempty"`
	LastFrame    int        `json:"last_frame,omitempty"`
	First        *time.Time `json:"first,omitempty"`
	Last         *time.Time `json:"last,omitempty"`
	// FirstFile and LastFile are set in a sum of captures where it is not known which frame of the whole a packet is: FirstFrame and LastFrame are then
	// those of this file.
	FirstFile string `json:"first_file,omitempty"`
	LastFile  string `json:"last_file,omitempty"`
	// FirstOffset and LastOffset are First and Last in seconds since the first packet of the capture.
	FirstOffset *float64 `json:"first_offset,omitempty"`
	LastOffset  *float64 `json:"last_offset,omitempty"`
	MinSeq      uint64   `json:"min_seq,omitempty"`
	MaxSeq      uint64   `json:"max_seq,omitempty"`
	// What the sequence numbers of decrypted packets tell; see esp.Stats.
	Lost       uint64      `json:"lost"`
	Gaps       int         `json:"gaps"`
	LargestGap uint64      `json:"largest_gap"`
	Repeats    int         `json:"repeats"` // of duplicates: captured twice
	Replays    int         `json:"replays"` // the rest
	Reordered  int         `json:"reordered"`
	MaxReorder uint64      `json:"max_reorder"`
	Late       []LateCount `json:"late,omitempty"`
	Cut        int         `json:"cut"`        // by the snap length
	CutOpened  int         `json:"cut_opened"` // of them decrypted in part
	// Inner is what was carried, at most 64 kinds; InnerMore counts packets of other kinds.
	Inner     []InnerTraffic `json:"inner,omitempty"`
	InnerMore int            `json:"inner_more,omitempty"`
	// IPTFS is what AGGFRAG payloads held (RFC 9347).
	IPTFS *IPTFS `json:"iptfs,omitempty"`
	// IPTFSMode is what both peers agreed on with USE_AGGFRAG: "IP-TFS, to the initiator no fragments".
	IPTFSMode string `json:"iptfs_negotiated,omitempty"`

	// Null is what the content of an SA without encryption says; NullOnly, that nothing else told of the SA.
	Null     *NullDetection `json:"null_detection,omitempty"`
	NullOnly bool           `json:"found_without_keys,omitempty"`
	// Bare says that there is no key: AH does not encrypt, so its packets are read without one.
	Bare bool `json:"read_without_key,omitempty"`
}

// FrameText is "frames 3 to 7", or "frame 3 of wire.pcap0 to frame 7 of wire.pcap1".
func (t *TrafficSA) FrameText() string {
	return words.FrameRangeOf(t.FirstFrame, t.FirstFile, t.LastFrame, t.LastFile)
}

// FrameText is likewise for a flow.
func (u *UnknownSA) FrameText() string {
	return words.FrameRangeOf(u.FirstFrame, u.FirstFile, u.LastFrame, u.LastFile)
}

// Shown reports whether a table of SAs has t: SAs of key files that are not in the capture are only counted.
func (t *TrafficSA) Shown() bool { return t.Packets > 0 || t.IKE != "" }

// ProofText says what verifies its keys.
func (t *TrafficSA) ProofText() string {
	switch {
	case t.Candidates > 0:
		return fmt.Sprintf("none of %d keys is correct", t.Candidates)
	case t.NullOnly || t.Bare:
		return "not verified"
	case t.Proved:
		return "verified by " + t.Proof
	}
	return "not verified"
}

// An UnknownSA is a flow that was not decrypted.
type UnknownSA struct {
	Protocol   string    `json:"protocol"`
	SPI        string    `json:"spi"`
	Src        string    `json:"src"`
	Dst        string    `json:"dst"`
	UDP        bool      `json:"udp,omitempty"`
	Packets    int       `json:"packets"`
	FirstFrame int       `json:"first_frame"`
	LastFrame  int       `json:"last_frame"`
	First      time.Time `json:"first"`
	Last       time.Time `json:"last"`
	// FirstFile and LastFile are as in TrafficSA.
	FirstFile string `json:"first_file,omitempty"`
	LastFile  string `json:"last_file,omitempty"`
	// FirstOffset and LastOffset are First and Last in seconds since the first packet of the capture.
	FirstOffset float64 `json:"first_offset"`
	LastOffset  float64 `json:"last_offset"`
	Reason      string  `json:"reason"`
	Negotiated  string  `json:"negotiated,omitempty"` // the Quick Mode, or the IMS registration, that made it, where the capture shows it
	// Null is what the content of an ESP flow says about its encryption.
	Null *NullDetection `json:"null_detection,omitempty"`
}

// NewSAs makes the report of s after Run, for who needs no other one of it.
func NewSAs(s *ikedecode.Session) *SAs { return Read(s).SAs() }

// SAs makes the report of the SAs.
func (x *Reading) SAs() *SAs {
	s := x.Session
	r := &SAs{IKE: []IKESA{}, SAs: []TrafficSA{}, Unknown: []UnknownSA{}, UnknownMore: s.UnknownMore, Encapsulations: newEncapsulations(s)}
	stories, certs := make(map[*ikesa.SA]*negotiation.Story), x.Certificates()
	for i, story := range x.Stories() {
		ike := x.ike()[i]
		ike.Certificates = newCertificates(certs.Of(story.SA))
		r.IKE = append(r.IKE, ike)
		stories[story.SA] = story
	}
	for _, group := range x.Groups() {
		t := newTrafficSA(group)
		if t.First != nil {
			first, last := offset(s, *t.First), offset(s, *t.Last)
			t.FirstOffset, t.LastOffset = &first, &last
		}
		for _, twin := range x.Twins(group[0]) {
			t.Sources = append(slices.Clip(t.Sources), fmt.Sprintf("%s (%v > %v)", twin.Source, twin.Src, twin.Dst))
		}
		t.Null = newNullDetection(x.NullOf(group[0]))
		if ref := x.Child(negotiation.KeyOf(group[0])); ref.Child != nil {
			t.IKE = ref.SA.Initiator.String() + ":" + ref.SA.Responder.String()
			t.Selectors = selectors(ref.Child)
			if ref.Child.Version == 2 {
				t.completeV2(ref)
				t.Queue = newQueue(x.Queue(ref.Child))
			}
			t.Deleted = stories[ref.SA].ChildDeleted(ref.Child)
		}
		r.SAs = append(r.SAs, t)
	}
	for _, u := range s.Unknown {
		unknown := newUnknownSA(u, x.Reading)
		unknown.Null = newNullDetection(x.NullUnknown(u))
		r.Unknown = append(r.Unknown, unknown)
	}
	return r
}

// offset is a time in seconds since the first packet of the capture.
func offset(s *ikedecode.Session, t time.Time) float64 { return t.Sub(s.First).Seconds() }

func selectors(c *ikesa.Child) string {
	if t, ok := c.Carries(); ok {
		return t.Initiator.String() + " <-> " + t.Responder.String()
	}
	return ""
}

func addrName(valid bool, s string) string {
	if !valid {
		return "any"
	}
	return s
}

func newTrafficSA(group []*esp.SA) TrafficSA {
	sa := group[0]
	st := sa.Stats()
	r := TrafficSA{
		Protocol: sa.Protocol.String(), SPI: spiString(sa.Protocol, sa.SPI), Src: addrName(sa.Src.IsValid(), sa.Src.String()),
		Dst: addrName(sa.Dst.IsValid(), sa.Dst.String()), Encryption: encryptionName(sa.Params), ESN: sa.ESN, Mode: modeName(sa.Params),
		Integrity: integrityName(sa.Params), UDP: sa.UDP, Sources: sa.Sources(), Proved: st.Proven, Proof: proofName(sa, st),
		Packets: st.Packets, Bytes: st.Bytes, Opened: st.Opened, OpenedBytes: st.OpenedBytes, ICVFailures: st.ICVFailures,
		Malformed: st.Malformed + st.Implausible, Duplicates: st.Duplicates, Dummies: st.Dummies,
		FirstFrame: st.First.Frame, LastFrame: st.Last.Frame, MinSeq: st.MinSeq, MaxSeq: st.MaxSeq,
		Lost: st.Lost, Gaps: st.Gaps, LargestGap: st.LargestGap, Repeats: st.Repeats, Replays: st.Replays,
		Reordered: st.Reordered, MaxReorder: st.MaxReorder, Late: lateCounts(&st), Cut: st.Cut, CutOpened: st.CutOpened,
		Inner: innerTraffic(st.Inner), InnerMore: st.InnerMore, IPTFS: newIPTFS(st.Aggregate), SaltFrame: sa.SaltFrame, NoSalt: sa.NoSalt,
	}
	if sa.AnySPI {
		r.SPI = "any"
	}
	if st.Packets > 0 {
		first, last := st.First.Time.UTC(), st.Last.Time.UTC()
		r.First, r.Last = &first, &last
	}
	r.Undeciphered = st.Undeciphered
	if fault, _ := sa.KeyFault(); fault != esp.NoKeyFault {
		r.KeyFault = keyFaults[fault]
	}
	r.NullOnly, r.Bare = sa.Guessed(), sa.Bare()
	if !st.Proven && len(group) > 1 {
		r.Candidates = len(group)
	}
	return r
}

// SaltText says where the salt of the encryption key is from, where its source left it out; "" where it did not.
func (t *TrafficSA) SaltText() string {
	switch {
	case t.NoSalt:
		return "the key lacks its salt"
	case t.SaltFrame != 0:
		return words.Salt(t.SaltFrame)
	}
	return ""
}

var keyFaults = map[esp.KeyFault]string{
	esp.WrongCipherKey: "encryption key", esp.WrongMACKey: "authentication key", esp.WrongMACAlgorithm: "integrity algorithm",
	esp.WrongICVLength: "ICV length", esp.SwappedKeys: "order of the keys", esp.KeysOfOther: "SPI of the keys",
}

func encryptionName(p *esp.Params) string {
	if p.Protocol == esp.IPComp {
		return compressionName(p.IPCompAlg)
	}
	if p.Cipher == nil {
		return ""
	}
	name := p.Cipher.Name
	if n := p.KeyBits(); len(p.Cipher.KeyBits) > 1 && n > 0 {
		name = fmt.Sprintf("%s-%d", name, n)
	}
	return name
}

func compressionName(alg uint8) string {
	switch alg {
	case 0, esp.CompressDeflate:
		return "deflate"
	case esp.CompressLZS:
		return "LZS"
	case esp.CompressLZJH:
		return "LZJH"
	}
	return fmt.Sprintf("compression %d", alg)
}

func integrityName(p *esp.Params) string {
	switch {
	case p.MAC != nil:
		return p.MAC.Name
	case p.NoCheck && p.ICVLen > 0:
		return fmt.Sprintf("%d-bit ICV, not verified", 8*p.ICVLen)
	}
	return ""
}

func proofName(sa *esp.SA, st esp.Stats) string {
	switch {
	case !st.Proven:
		return "none"
	case sa.Checked():
		return "ICV"
	}
	return "padding and content"
}

func newUnknownSA(u *ikedecode.UnknownSPI, n *negotiation.Reading) UnknownSA {
	r := UnknownSA{
		Protocol: u.Protocol.String(), SPI: spiString(u.Protocol, u.SPI), Src: u.Src.String(), Dst: u.Dst.String(), UDP: u.UDP,
		Packets: u.Packets, FirstFrame: u.First, LastFrame: u.Last, Reason: u.Err.Error(),
		First: u.Start.UTC(), Last: u.End.UTC(), FirstOffset: offset(n.Session, u.Start), LastOffset: offset(n.Session, u.End),
	}
	if ims := n.Session.IMSOf(u.SPI, u.Dst); ims != nil && u.Protocol == esp.ESP {
		r.Negotiated = ims.SetUpBy()
		if errors.Is(u.Err, esp.ErrNoSA) {
			r.Reason = words.NoAKA(ims)
		}
	}
	if ref := n.Child(negotiation.ChildKey{Protocol: u.Protocol, SPI: u.SPI}); ref.Child != nil {
		r.Negotiated = setUpBy(ref.Child)
		if ref.Child.Gap != nil {
			r.Reason, _ = words.Gap(*ref.Child.Gap)
		}
	}
	return r
}
