package diagnose

import (
	"bytes"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about an IPsec SA that its two peers do not have alike, as SAs set by hand may be.

// A SAParameter is what two sources of an SA may say differently.
type SAParameter uint8

// What may differ.
const (
	OtherCipher SAParameter = iota
	OtherCipherKey
	OtherMAC
	OtherMACKey
	OtherESN
	OtherSPI
)

// TablesDiffer is an SA whose packets are not as a table of SAs has it, and of which nothing got an answer.
type TablesDiffer struct {
	Flow    traffic.Flow
	Packets int
	Fits    string // the source that decrypts the packets: "gwa.xfrm:3"; "": no other one was given
	Other   string // the one that does not fit
	What    []SAParameter
	SPI     uint32 // that Other has, where that differs
	ESN     bool   // what the packets have, where that differs
	Silent  bool   // packets ask for an answer, and get none; else nothing comes back
}

// tablesDiffer finds SAs of which one source decrypts the packets, another one has other keys or sequence numbers, and nothing is answered: most likely
// each of the two is the table of one peer.
func (d *diagnosis) tablesDiffer() {
	var list []Finding
	unused := d.unusedSAs()
	for _, group := range d.Groups() {
		sa := group[0]
		st := sa.Stats()
		if !st.Proven || st.Opened < oneWayAfter || sa.Derived {
			continue
		}
		x, ok := otherTable(group)
		if other := unused[keyedOf(sa)]; !ok && other != nil && other.Source.Name != sa.Source.Name {
			x, ok = TablesDiffer{Fits: sa.Source.String(), Other: other.Source.String(), What: []SAParameter{OtherSPI}, SPI: other.SPI}, true
		}
		if !ok {
			continue
		}
		x.Flow, x.Packets = traffic.OfSA(sa), st.Packets
		h := d.hearingOf(x.Flow)
		switch asks := h != nil && len(h.unread) >= hardAsks; {
		case h != nil && h.c.Answered > 0, !asks && d.sends(x.Flow.Dst, x.Flow.Src):
			continue // it arrives, or nobody knows
		default:
			x.Silent = asks
		}
		f := Finding{Code: CodeTablesDiffer, Severity: Warning, Grade: Likely, Frames: Frames(st.First.Frame, st.Last.Frame), Span: true, Facts: x}
		if x.Fits != "" {
			f.Severity = Problem
		}
		if x.Silent {
			f.Frames = Frames(st.First.Frame, h.unread[0].Frames[0], h.unread[len(h.unread)-1].Last.Frame, st.Last.Frame)
		}
		list = append(list, f)
	}
	d.addBounded(list)
}

// A keyed is what two SAs have in common of which but the SPIs differ.
type keyed struct {
	protocol esp.Protocol
	src, dst netip.Addr
	cipher   *alg.Cipher
	mac      *alg.MAC
	keys     string
}

func keyedOf(sa *esp.SA) keyed {
	return keyed{sa.Protocol, sa.Src, sa.Dst, sa.Cipher, sa.MAC, string(sa.CipherKey) + "|" + string(sa.MACKey)}
}

// unusedSAs are the SAs, given and not negotiated, that the capture has no packet of.
func (d *diagnosis) unusedSAs() map[keyed]*esp.SA {
	all := make(map[keyed]*esp.SA)
	for _, group := range d.Groups() {
		if sa := group[0]; len(group) == 1 && !sa.Derived && !sa.AnySPI && sa.Src.IsValid() && sa.Dst.IsValid() && len(sa.CipherKey)+len(sa.MACKey) > 0 && sa.Stats().Packets == 0 {
			all[keyedOf(sa)] = sa
		}
	}
	return all
}

// otherTable is the first source of an SA that does not fit its packets, which the first of group verifies.
func otherTable(group []*esp.SA) (x TablesDiffer, ok bool) {
	sa := group[0]
	for _, other := range group {
		if other.Derived || other.NoSalt || other.NoCheck || other != sa && other.Source.Name == sa.Source.Name {
			continue
		}
		if x.What = differences(sa, other); len(x.What) == 0 {
			continue
		}
		x.Other, x.ESN = other.Source.String(), sa.Extended()
		if fitting := slices.IndexFunc(group, func(q *esp.SA) bool { return len(differences(sa, q)) == 0 }); fitting >= 0 {
			x.Fits = group[fitting].Source.String()
		}
		return x, true
	}
	return x, false
}

// differences are what a source says otherwise than the packets of sa have it. That a source does not name extended sequence numbers says nothing, for
// many name none.
func differences(sa, other *esp.SA) (list []SAParameter) {
	switch {
	case sa.Cipher != other.Cipher:
		list = append(list, OtherCipher)
	case !bytes.Equal(sa.CipherKey, other.CipherKey):
		list = append(list, OtherCipherKey)
	}
	switch {
	case sa.MAC != other.MAC:
		list = append(list, OtherMAC)
	case !bytes.Equal(sa.MACKey, other.MACKey):
		list = append(list, OtherMACKey)
	}
	if other.ESN && !sa.Extended() || other.Kernel && !other.ESN && sa.Extended() {
		list = append(list, OtherESN)
	}
	return list
}
