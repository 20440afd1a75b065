package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report"
)

// manifestFormat is the version of the form of a Manifest.
const manifestFormat = 1

// A Manifest says what is in the files of an archive.
type Manifest struct {
	Format   int     `json:"manifest"`
	LookBack float64 `json:"look_back"` // seconds: see Stretch.Tail
	Files    []*File `json:"files"`     // by name
	// SAs are those that were negotiated or given, without their traffic; nil: the IKE messages were not looked at as a whole. Prints are those of
	// their keys.
	SAs    *report.SAs      `json:"sas,omitempty"`
	Prints []string         `json:"prints,omitempty"`
	Kept   []report.KeptIKE `json:"kept,omitempty"` // of SAs
	// Numbered are the packets of the pass that numbered those of the files (Stretch.Numbers).
	Numbered int `json:"numbered,omitempty"`
	// Unknown are flows that were not decrypted, with what the whole says of them.
	Unknown []Unknown `json:"unknown,omitempty"`
}

// An Unknown is what the whole archive says of a flow that was not decrypted: what negotiated it, and of ESP what its content says of its encryption.
type Unknown struct {
	Protocol   string                `json:"protocol"`
	SPI        string                `json:"spi"`
	Src        string                `json:"src"`
	Dst        string                `json:"dst"`
	Negotiated string                `json:"negotiated,omitempty"`
	Null       *report.NullDetection `json:"null_detection,omitempty"`
}

// Negotiated takes the SAs of a session of the whole archive.
func (m *Manifest) Negotiated(s *ikedecode.Session) {
	read := report.Read(s)
	sas := read.SAs()
	groups := read.Groups()
	m.SAs = &report.SAs{IKE: sas.IKE, SAs: []report.TrafficSA{}, Unknown: []report.UnknownSA{}, Encapsulations: sas.Encapsulations}
	m.Prints = nil
	for i := range sas.SAs {
		if t := &sas.SAs[i]; t.Shown() {
			m.SAs.SAs, m.Prints = append(m.SAs.SAs, t.WithoutTraffic()), append(m.Prints, printOf(groups[i]))
		}
	}
	m.Unknown = nil
	for _, u := range sas.Unknown {
		if u.Null != nil || u.Negotiated != "" {
			m.Unknown = append(m.Unknown, Unknown{u.Protocol, u.SPI, u.Src, u.Dst, u.Negotiated, u.Null})
		}
	}
}

// printOf tells the keys of the SA of a group from others, and does not give them away; "" where there are none, or several that may be.
func printOf(group []*esp.SA) string {
	for _, sa := range group {
		if len(sa.CipherKey)+len(sa.MACKey) > 0 && (len(group) == 1 || sa.Proven()) {
			h := sha256.New()
			h.Write(sa.CipherKey)
			h.Write(sa.MACKey)
			return hex.EncodeToString(h.Sum(nil)[:8])
		}
	}
	return ""
}

// A File is a capture of an archive.
type File struct {
	Name     string    `json:"name"` // relative to the archive, with slashes
	Size     int64     `json:"size"` // bytes, compressed as it is
	Modified time.Time `json:"modified"`
	Head     int64     `json:"head"` // of capture.Part, in bytes
	// Bound says that it cannot be read in parts: of a pcapng file with several sections.
	Bound     bool      `json:"bound,omitempty"`
	Stretches []Stretch `json:"stretches,omitempty"` // in their order; none: it has no packets
	Cut       string    `json:"cut,omitempty"`       // why it cannot be read on
}

// A Stretch is what is decrypted at once: a file, or a part of a large one.
type Stretch struct {
	From    int64     `json:"from"` // bytes of the unpacked file
	To      int64     `json:"to"`   // 0: its end
	Bytes   int64     `json:"bytes"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Latest  time.Time `json:"latest,omitzero"` // of its packets, where that is not Last: clocks jump back
	Packets int       `json:"packets"`
	IKE     int       `json:"ike"`              // messages, fragments too
	IPsec   int       `json:"ipsec"`            // packets of ESP, AH and IPComp
	Unread  int       `json:"unread,omitempty"` // packets that are not looked into
	// Tail is where the last seconds of it start, in bytes, TailPackets of them: what the next stretch may need (Manifest.LookBack).
	Tail        int64 `json:"tail"`
	TailPackets int   `json:"tail_packets"`
	// Hosts are the pairs of hosts that speak IKE, ESP or AH, SPIs those of ESP and AH, and IKESAs the initiator's SPIs; each exact up to a bound. More is set beyond.
	Hosts  []string `json:"hosts,omitempty"`
	SPIs   []string `json:"spis,omitempty"`
	IKESAs []string `json:"ike_sas,omitempty"`
	More   bool     `json:"more,omitempty"`
	// Numbers are what its packets are in the whole archive; none where no pass over all of it has seen the file as it is.
	Numbers Numbers `json:"numbers,omitempty"`
}

// latest is the time of its latest packet.
func (s *Stretch) latest() time.Time {
	if s.Latest.IsZero() {
		return s.Last
	}
	return s.Latest
}

// borders are the frames before which packets of other files come.
func (s *Stretch) borders() (list []int) {
	for i, p := range s.Numbers {
		if i > 0 && p.Number-p.Frame != s.Numbers[i-1].Number-s.Numbers[i-1].Frame {
			list = append(list, p.Frame)
		}
	}
	return list
}

// Unread reports whether nothing of a file can be read; Cut says why.
func (f *File) Unread() bool { return len(f.Stretches) == 0 && f.Cut != "" }

// Quiet reports whether nothing in a stretch is of IPsec, or may be.
func (s *Stretch) Quiet() bool { return s.IKE+s.IPsec+s.Unread == 0 && !s.More }

// ErrNotManifest is the error of what is damaged, or is of another version.
var ErrNotManifest = errors.New("not a manifest of this version of ikedecode, or damaged")

// ReadManifest reads a manifest. The error is fs.ErrNotExist where there is none.
func ReadManifest(ctx context.Context, s Store, name string) (*Manifest, error) {
	b, err := s.Read(ctx, name)
	if err != nil {
		return nil, err
	}
	m := &Manifest{}
	if json.Unmarshal(b, m) != nil || m.Format != manifestFormat {
		return nil, fmt.Errorf("%s: %w", name, ErrNotManifest)
	}
	if m.SAs != nil {
		m.SAs.Restore(m.Kept)
	}
	return m, nil
}

// Write writes the manifest.
func (m *Manifest) Write(ctx context.Context, s Store, name string) error {
	m.Format, m.Kept = manifestFormat, nil
	if m.SAs != nil {
		m.Kept = m.SAs.Keep()
	}
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", " "); err != nil {
		return err
	}
	return s.Write(ctx, name, append(out.Bytes(), '\n'))
}
