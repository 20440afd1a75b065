package ikedecode

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/sip"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// An IMSRegistration is the security agreement of a phone with its P-CSCF (RFC 3329; 3GPP TS 33.203, section 7), which sets up four ESP SAs
// for SIP.
type IMSRegistration struct {
	UE, PCSCF          netip.Addr
	Request, Challenge int // frames of REGISTER and of the 401; 0: not in the capture
	// Suites are the pairs of algorithms that it may have, the likeliest first: the one that was chosen, where both sides say so.
	Suites []keys.IMSSuite
	// Proved are the secrets that a packet has proved, as far as the suite needs them; nil: none.
	Proved []secret.Secret
	// Frame is the one with that packet, and SPI its SPI.
	Frame int
	SPI   uint32
	// Refuted says that no IK given is correct for its packets.
	Refuted bool

	call   string // Call-ID and CSeq
	offers []imsOffer
	found  *imsKeys   // that a packet has proved
	fits   []*imsKeys // whose IK the ICV of a packet has proved
	table  *esp.Table // of the first pass; nil: there is nothing to try
	tried  int        // packets that no IK was correct for
}

// An imsOffer is a mechanism that both sides list, or one side where the other is not in the capture.
type imsOffer struct {
	suite          keys.IMSSuite
	mode           string // mod
	client, server *sip.Mechanism
}

// An imsFlow is the packets of one of the SAs.
type imsFlow struct {
	spi      uint32
	src, dst netip.Addr
}

// imsKeys are the keys of a suite.
type imsKeys struct {
	offer  *imsOffer
	ck, ik *secret.Secret // nil where the suite needs none
}

// Encrypts reports whether no suite that it may have leaves the content readable: there is nothing to find out.
func (r *IMSRegistration) Encrypts() bool {
	return len(r.Suites) > 0 && !slices.ContainsFunc(r.Suites, func(s keys.IMSSuite) bool { return s.Cipher.Null() })
}

// Frames are those of the messages that set it up.
func (r *IMSRegistration) Frames() (list []int) {
	for _, n := range []int{r.Request, r.Challenge} {
		if n != 0 {
			list = append(list, n)
		}
	}
	return list
}

// SetUpBy names the messages that set it up: "IMS registration in frames 1 and 2".
func (r *IMSRegistration) SetUpBy() string {
	if r.Request == 0 || r.Challenge == 0 {
		return fmt.Sprintf("IMS registration in frame %d", max(r.Request, r.Challenge))
	}
	return fmt.Sprintf("IMS registration in frames %d and %d", r.Request, r.Challenge)
}

// agree sets what client and server list against each other, the server's preference first (RFC 3329, section 2.3.1).
func (r *IMSRegistration) agree(client, server []sip.Mechanism) {
	const most = 16
	prefer := func(list []sip.Mechanism) {
		slices.SortStableFunc(list, func(a, b sip.Mechanism) int { return b.Preference - a.Preference })
	}
	prefer(client)
	prefer(server)
	add := func(c, s *sip.Mechanism) {
		m := s
		if m == nil {
			m = c
		}
		if suite, ok := keys.IMSSuiteOf(m.Integrity, m.Encryption); ok && len(r.offers) < most {
			r.offers = append(r.offers, imsOffer{suite, m.Mode, c, s})
		}
	}
	for i := range server {
		s := &server[i]
		alike := slices.IndexFunc(client, func(c sip.Mechanism) bool { return c.Integrity == s.Integrity && c.Encryption == s.Encryption })
		switch {
		case alike >= 0:
			add(&client[alike], s)
		case len(client) > 0: // it answers with its own spelling
			add(&client[0], s)
		default:
			add(nil, s)
		}
	}
	for i := range client {
		if len(server) == 0 {
			add(&client[i], nil)
		}
	}
	r.Suites = nil
	for _, o := range r.offers {
		r.Suites = append(r.Suites, o.suite)
	}
}

// flows are the SAs of an offer: what a side lists is the SPI of packets to it.
func (r *IMSRegistration) flows(o *imsOffer) (list []imsFlow) {
	if m := o.server; m != nil {
		list = append(list, imsFlow{m.ServerSPI, r.UE, r.PCSCF}, imsFlow{m.ClientSPI, r.UE, r.PCSCF})
	}
	if m := o.client; m != nil {
		list = append(list, imsFlow{m.ServerSPI, r.PCSCF, r.UE}, imsFlow{m.ClientSPI, r.PCSCF, r.UE})
	}
	return list
}

// params are the SAs of an offer under keys.
func (r *IMSRegistration) params(k *imsKeys) (list []esp.Params) {
	s := &k.offer.suite
	var ck, ik []byte
	if k.ck != nil {
		ck = k.ck.Value
	}
	if k.ik != nil {
		ik = k.ik.Value
	}
	for _, f := range r.flows(k.offer) {
		p := esp.Params{Protocol: esp.ESP, Src: f.src, Dst: f.dst, SPI: f.spi, MAC: s.MAC, Source: esp.Source{Name: r.SetUpBy()}}
		if s.NeedsIK() && k.ik == nil { // NULL encryption without a key
			p.NoCheck, p.ICVLen, p.MAC = true, s.MAC.ICVLen, nil
		} else {
			p.MACKey = s.Integrity(ik)
		}
		p.Cipher, p.CipherKey = s.Cipher, s.Encryption(ck, ik)
		switch k.offer.mode {
		case "udp-enc-tun":
			p.Tunnel, p.UDP = true, true
		case "tun":
			p.Tunnel = true
		default:
			p.Transport = true
		}
		list = append(list, p)
	}
	return list
}

// keyless are the keys of NULL encryption where none is given: packets can be read all the same, but not verified. nil: something else may have
// been chosen.
func (r *IMSRegistration) keyless() *imsKeys {
	for i := range r.offers {
		if s := &r.offers[i].suite; s.NeedsCK() || s.MAC == nil {
			return nil
		}
	}
	if len(r.offers) == 0 {
		return nil
	}
	return &imsKeys{offer: &r.offers[0]}
}

// IMSOf is the registration that set up the ESP SA with an SPI to dst, the last one where several did; nil: none.
func (s *Session) IMSOf(spi uint32, dst netip.Addr) *IMSRegistration {
	if s.ims == nil { // made by hand, without a first pass
		return nil
	}
	if list := s.ims.of(spi, dst); len(list) > 0 {
		return list[len(list)-1]
	}
	return nil
}

// Apart reports whether the proved keys are those of a MAC beside a cipher, so that the ICV says nothing of CK.
func (r *IMSRegistration) Apart() bool { return r.found != nil && r.found.offer.suite.MAC != nil }

// Uses reports whether a packet has proved a secret to be of r.
func (r *IMSRegistration) Uses(x *secret.Secret) bool {
	return slices.ContainsFunc(r.Proved, func(p secret.Secret) bool { return p.Kind == x.Kind && bytes.Equal(p.Value, x.Value) })
}
