package ikedecode

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/sip"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// imsTracker finds the security agreements of SIP in the packets of the first pass: unencrypted, and those of a phone that registers again in
// the ESP of the registration before, which it decrypts for that.
type imsTracker struct {
	registrations []*IMSRegistration
	dropped       int
	cks, iks      []secret.Secret

	bySPI    map[uint32][]*IMSRegistration
	requests map[imsCall]imsRequest
	oldest   []imsCall // of requests
	streams  map[imsEnds]*sip.Stream
	scratch  esp.Scratch
	trials   int // ICVs that were computed to find an IK
	inside   *IMSRegistration
}

// An imsCall names a request, and its response with the addresses the other way round.
type imsCall struct {
	id       string
	number   uint32
	src, dst netip.Addr
}

type imsRequest struct {
	frame  int
	inside bool // of the ESP of another registration
	client []sip.Mechanism
}

type imsEnds struct{ src, dst netip.AddrPort }

// Bounds of what a capture can make it keep.
const (
	maxIMS         = 1 << 14 // registrations
	maxIMSRequests = 1 << 12
	maxIMSStreams  = 1 << 10
	maxIMSBytes    = 16 << 20 // of streams
	maxIMSAlike    = 8        // registrations with one SPI
	maxAKA         = 1 << 12  // keys of each kind
	portSIP        = 5060
)

func newIMSTracker(bag *secret.Bag) *imsTracker {
	t := &imsTracker{bySPI: make(map[uint32][]*IMSRegistration), requests: make(map[imsCall]imsRequest), streams: make(map[imsEnds]*sip.Stream)}
	for _, s := range bag.Secrets {
		t.know(s)
	}
	return t
}

// know takes a key in that is given.
func (t *imsTracker) know(s secret.Secret) {
	switch {
	case len(s.Value) != secret.AKAKeyLen:
	case s.Kind == secret.AKACK && len(t.cks) < maxAKA:
		t.cks = append(t.cks, s)
	case s.Kind == secret.AKAIK && len(t.iks) < maxAKA:
		t.iks = append(t.iks, s)
	}
}

// other looks into a datagram that is not of IPsec. Most are none of SIP, which their first bytes or their ports tell.
func (t *imsTracker) other(d *capture.Datagram) {
	if d.Repeat || len(d.IP) <= d.HeaderLen || d.Src.Port() == 0 && d.Dst.Port() == 0 {
		return
	}
	body := d.IP[d.HeaderLen:]
	if d.UDP {
		t.udp(d, body)
		return
	}
	h, ok := ip.ParseTCP(body)
	if !ok {
		return
	}
	data := body[h.Len:]
	ends := imsEnds{d.Src, d.Dst}
	if sip.IsRegistration(data) || d.Src.Port() == portSIP || d.Dst.Port() == portSIP || len(t.streams) > 0 && t.streams[ends] != nil {
		t.tcp(ends, &h, data, d.Frame)
	}
}

func (t *imsTracker) udp(d *capture.Datagram, udp []byte) {
	if len(udp) > ip.UDPLen && sip.IsRegistration(udp[ip.UDPLen:]) {
		if m, err := sip.Parse(udp[ip.UDPLen:]); err == nil {
			t.message(m, d.Src.Addr(), d.Dst.Addr(), d.Frame)
		}
	}
}

// tcp takes a segment of a connection that may carry SIP.
func (t *imsTracker) tcp(ends imsEnds, h *ip.TCP, data []byte, frame int) {
	s := t.streams[ends]
	if s == nil {
		if len(t.streams) >= maxIMSStreams {
			for e := range t.streams { // any: memory is bounded, and most connections are idle
				delete(t.streams, e)
				break
			}
		}
		s = &sip.Stream{}
		t.streams[ends] = s
	}
	seq := h.Seq
	if h.Flags&ip.SYN != 0 {
		seq++
		s.Start(seq)
	}
	for _, m := range s.Add(seq, data) {
		t.message(m, ends.src.Addr(), ends.dst.Addr(), frame)
	}
	if s.Size() > maxIMSBytes/maxIMSStreams {
		t.shrink()
	}
}

// shrink drops all streams where they take too much memory together.
func (t *imsTracker) shrink() {
	n := 0
	for _, s := range t.streams {
		n += s.Size()
	}
	if n > maxIMSBytes {
		clear(t.streams)
	}
}

// message takes a REGISTER, or a 401 that answers one.
func (t *imsTracker) message(m *sip.Message, src, dst netip.Addr, frame int) {
	ipsec := func(list []sip.Mechanism) []sip.Mechanism {
		return slices.DeleteFunc(list, func(m sip.Mechanism) bool { return !m.IPsec() })
	}
	switch {
	case m.Method == "REGISTER":
		if client := ipsec(m.Client); len(client) > 0 {
			t.request(imsCall{m.CallID, m.CSeq, src, dst}, imsRequest{frame, t.inside != nil, client})
		}
	case m.Status == 401 && m.CSeqMethod == "REGISTER":
		t.between(m.Challenges, frame)
		if server := ipsec(m.Server); len(server) > 0 {
			t.challenge(imsCall{m.CallID, m.CSeq, dst, src}, server, frame)
		}
	}
}

// between takes the keys out of a challenge as it comes from the S-CSCF.
func (t *imsTracker) between(list []sip.Challenge, frame int) {
	origin := secret.Origin{Label: fmt.Sprintf("SIP 401 in frame %d", frame)}
	for _, c := range list {
		if len(c.CK) > 0 && len(c.IK) > 0 {
			t.know(secret.Secret{Kind: secret.AKACK, Value: c.CK, Origin: origin})
			t.know(secret.Secret{Kind: secret.AKAIK, Value: c.IK, Origin: origin})
		}
	}
}

// request keeps what a phone lists until the response comes.
func (t *imsTracker) request(c imsCall, r imsRequest) {
	if reg := t.inside; reg != nil && reg.Request == 0 { // the request that answers the challenge lists the same again
		server := make([]sip.Mechanism, 0, len(reg.offers))
		for _, o := range reg.offers {
			server = append(server, *o.server)
		}
		reg.Request = r.frame
		t.settle(reg, r.client, server)
		return
	}
	if _, ok := t.requests[c]; ok {
		return // sent again
	}
	if len(t.oldest) >= maxIMSRequests {
		delete(t.requests, t.oldest[0])
		t.oldest = t.oldest[1:]
	}
	t.requests[c], t.oldest = r, append(t.oldest, c)
}

// challenge makes a registration of what the P-CSCF lists, and of the request before.
func (t *imsTracker) challenge(c imsCall, server []sip.Mechanism, frame int) {
	call := fmt.Sprint(c)
	if slices.ContainsFunc(t.at(server[0].ServerSPI, c.dst), func(r *IMSRegistration) bool { return r.call == call }) {
		return // sent or captured again
	}
	r := &IMSRegistration{UE: c.src, PCSCF: c.dst, Challenge: frame, call: call}
	q := t.requests[c]
	r.Request = q.frame
	t.add(r, q.client, server)
}

// add takes a registration in.
func (t *imsTracker) add(r *IMSRegistration, client, server []sip.Mechanism) {
	if len(t.registrations) >= maxIMS {
		t.dropped++
		return
	}
	t.registrations = append(t.registrations, r)
	t.settle(r, client, server)
}

// settle enters what is known of a registration by its SPIs.
func (t *imsTracker) settle(r *IMSRegistration, client, server []sip.Mechanism) {
	r.offers, r.table, r.found, r.fits = nil, nil, nil, nil
	r.agree(slices.Clone(client), slices.Clone(server))
	for i := range r.offers {
		for _, f := range r.flows(&r.offers[i]) {
			list := t.bySPI[f.spi]
			if slices.Contains(list, r) {
				continue
			}
			if len(list) >= maxIMSAlike {
				list = slices.Delete(list, 0, 1)
			}
			t.bySPI[f.spi] = append(list, r)
		}
	}
}

// of are the registrations with an SPI to dst. Where NAT has changed that, all with the SPI.
func (t *imsTracker) of(spi uint32, dst netip.Addr) []*IMSRegistration {
	if list := t.at(spi, dst); list != nil {
		return list
	}
	return t.bySPI[spi]
}

// at are the registrations with an SPI to just dst.
func (t *imsTracker) at(spi uint32, dst netip.Addr) (list []*IMSRegistration) {
	for _, r := range t.bySPI[spi] {
		for i := range r.offers {
			if slices.ContainsFunc(r.flows(&r.offers[i]), func(f imsFlow) bool { return f.spi == spi && f.dst == dst }) {
				list = append(list, r)
				break
			}
		}
	}
	return list
}

// wants reports whether an ESP packet is of a registration.
func (t *imsTracker) wants(payload []byte) bool {
	return len(t.bySPI) > 0 && len(payload) >= 8 && t.bySPI[spiOf(&esp.Packet{Proto: esp.ESP, Payload: payload})] != nil
}

// esp decrypts a packet of a registration, and reads the SIP inside.
func (t *imsTracker) esp(d *capture.Datagram) {
	if d.Repeat || d.Cut || !t.wants(d.Payload) {
		return
	}
	var p esp.Packet
	espPacket(d, &p)
	list := t.of(spiOf(&p), p.Dst)
	for i := len(list) - 1; i >= 0; i-- {
		if o, ok := t.open(list[i], &p); ok {
			t.inside = list[i]
			t.inner(d, &o)
			t.inside = nil
			return
		}
	}
}

// inner reads what a packet held: a segment of TCP, or a datagram of UDP, in transport or in tunnel mode.
func (t *imsTracker) inner(d *capture.Datagram, o *esp.Opened) {
	proto, body, src, dst := o.NextHeader, o.Payload, d.Src.Addr(), d.Dst.Addr()
	if h, ok := ip.Parse(o.IP); ok {
		if proto, body, ok = h.Upper(o.IP); !ok || h.Fragment {
			return
		}
		src, dst = h.Src, h.Dst
	}
	switch proto {
	case ip.ProtoUDP:
		if len(body) > ip.UDPLen && sip.IsRegistration(body[ip.UDPLen:]) {
			if m, err := sip.Parse(body[ip.UDPLen:]); err == nil {
				t.message(m, src, dst, d.Frame)
			}
		}
	case ip.ProtoTCP:
		if h, ok := ip.ParseTCP(body); ok {
			t.tcp(imsEnds{netip.AddrPortFrom(src, h.Src), netip.AddrPortFrom(dst, h.Dst)}, &h, body[h.Len:], d.Frame)
		}
	}
}

// finish takes in requests without a response, of which the phone's SPIs are known all the same. One inside ESP may have asked for nothing new.
func (t *imsTracker) finish() {
	for _, c := range t.oldest {
		q := t.requests[c]
		if !q.inside && t.at(q.client[0].ServerSPI, c.src) == nil {
			t.add(&IMSRegistration{UE: c.src, PCSCF: c.dst, Request: q.frame, call: fmt.Sprint(c)}, q.client, nil)
		}
	}
	t.requests, t.oldest, t.streams = nil, nil, nil
}
