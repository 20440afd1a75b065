package decode

import (
	"bytes"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// VendorID is a Vendor ID payload (RFC 2408, section 3.16).
type VendorID struct{ Data []byte }

// ParseVendorID is the Parser of VendorID.
func ParseVendorID(c *wire.Cursor) Body { return &VendorID{Data: c.Rest()} }

// Append implements Body.
func (v *VendorID) Append(dst []byte) []byte { return append(dst, v.Data...) }

// A Vendor is what a vendor ID tells.
type Vendor struct {
	Name      string // the implementation or the extension: "strongSwan", "NAT-T (RFC 3947)"
	Version   string // its version or capabilities, "" where the ID has none
	Extension Extension
}

// An Extension is what the sender of a vendor ID can do besides.
type Extension uint8

// The extensions that decide something.
const (
	NoExtension       Extension = iota
	NATTraversal                // RFC 3947
	NATTraversalDraft           // of its drafts 00 to 03, which peers still use
	IKEFragmentation            // of Cisco and Microsoft
)

// String is the name, followed by the version.
func (v Vendor) String() string {
	if v.Version == "" {
		return v.Name
	}
	return v.Name + " " + v.Version
}

// Known looks the vendor ID up in the table of known ones. The longest that the data starts with counts; what follows
// it is the version, or shown in hex where its form is not known.
func (v *VendorID) Known() (Vendor, bool) {
	var best *vendorRow
	for _, row := range vendorIndex()[vendorKeyOf(v.Data)] {
		if bytes.HasPrefix(v.Data, row.id) && row.fits(len(v.Data)) && (best == nil || len(row.id) > len(best.id)) {
			best = row
		}
	}
	if best == nil {
		return Vendor{}, false
	}
	return Vendor{Name: best.name, Version: best.versionOf(v.Data[len(best.id):]), Extension: best.extension}, true
}

// String is the known vendor, else the text where the ID is text, else hex.
func (v *VendorID) String() string {
	if vendor, ok := v.Known(); ok {
		return vendor.String()
	}
	return ike.TextOrHex(v.Data)
}

// A vendorRow is one known vendor ID.
type vendorRow struct {
	name    string
	version string              // of an ID that stands for one version
	id      []byte              // what the vendor ID starts with
	length  int                 // of the whole ID where only that length is meant, 0: any
	tail    func([]byte) string // reads what follows id; nil: hex

	extension Extension
}

// vendorKey is the start of a vendor ID: the rows are found by it.
type vendorKey [2]byte

func vendorKeyOf(b []byte) (k vendorKey) {
	copy(k[:], b)
	return k
}

func (r *vendorRow) fits(n int) bool { return r.length == 0 || r.length == n }

func (r *vendorRow) versionOf(tail []byte) string {
	switch {
	case len(tail) == 0:
		return r.version
	case r.tail != nil:
		return r.tail(tail)
	case r.version != "":
		return r.version + " " + ike.Hex(tail)
	}
	return ike.Hex(tail)
}
