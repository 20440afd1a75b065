package report

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A Filter selects IKE SAs and their exchanges. The zero value selects all. Of several peers one must match, of several SAs
// likewise; peer, SA and time must all fit.
type Filter struct {
	peers        []peerFilter
	sas          []saFilter
	since, until *moment

	Words []string // how the user asked for it, as reports repeat it: "--peer 192.0.2.2"
}

// A peerFilter is an address, a prefix, or a part of an identity or user name.
type peerFilter struct {
	prefix   netip.Prefix // zero: identity
	identity string       // in lower case
}

// An saFilter is the start of a pair of cookies, or an SPI of ESP or AH.
type saFilter struct {
	cookie    string // hex digits that a cookie starts with, the initiator's where both are given
	responder string
	pair      bool
	spi       uint32
	isSPI     bool
}

// Active reports whether the filter can leave anything out.
func (f *Filter) Active() bool {
	return len(f.peers) > 0 || len(f.sas) > 0 || f.since != nil || f.until != nil
}

// SelectNetwork takes IKE SAs of which a peer is in p; a host is a network of one address.
func (f *Filter) SelectNetwork(p netip.Prefix) {
	f.peers = append(f.peers, peerFilter{prefix: p.Masked()})
}

// SelectName takes IKE SAs with name in the identity or the user name of a peer, in whatever case.
func (f *Filter) SelectName(name string) {
	f.peers = append(f.peers, peerFilter{identity: strings.ToLower(name)})
}

// SelectIKE takes the IKE SA of a pair of SPIs; a responder of zeros is any.
func (f *Filter) SelectIKE(initiator, responder ike.SPI) {
	s := saFilter{cookie: initiator.String()}
	if !responder.IsZero() {
		s.responder, s.pair = responder.String(), true
	}
	f.sas = append(f.sas, s)
}

// SelectSPI takes the ESP and AH SAs of an SPI, with those of the other direction, and the IKE SA that negotiated them.
func (f *Filter) SelectSPI(spi ike.ChildSPI) {
	f.sas = append(f.sas, saFilter{spi: uint32(spi), isSPI: true})
}

// SelectTime leaves out what is before since or after until; a zero time is no bound.
func (f *Filter) SelectTime(since, until time.Time) {
	if !since.IsZero() {
		f.since = &moment{at: since}
	}
	if !until.IsZero() {
		f.until = &moment{at: until}
	}
}

// AddPeer takes ADDRESS, PREFIX or a part of an identity or user name, as a user types it.
func (f *Filter) AddPeer(text string) error {
	if text == "" {
		return errors.New("must be an address, a prefix or a name")
	}
	p := peerFilter{identity: strings.ToLower(text)} // a distinguished name may have a slash, too
	if prefix, err := netip.ParsePrefix(text); err == nil {
		p = peerFilter{prefix: prefix.Masked()}
	} else if a, err := netip.ParseAddr(text); err == nil {
		p = peerFilter{prefix: netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())}
	}
	f.peers = append(f.peers, p)
	return nil
}

// AddSA takes COOKIE[:COOKIE], a prefix of either is enough, or 0xSPI, as a user types it.
func (f *Filter) AddSA(text string) error {
	var s saFilter
	if digits, ok := strings.CutPrefix(strings.ToLower(text), "0x"); ok && len(digits) <= 8 {
		spi, err := strconv.ParseUint(digits, 16, 32)
		if err != nil {
			return fmt.Errorf("%q must be 0x and up to 8 hex digits", text)
		}
		s = saFilter{spi: uint32(spi), isSPI: true}
	} else {
		s.cookie, s.responder, s.pair = strings.Cut(strings.TrimPrefix(strings.ToLower(text), "0x"), ":")
		if !isCookieStart(s.cookie) || !isCookieStart(s.responder) || s.cookie+s.responder == "" {
			return fmt.Errorf("%q must be ICOOKIE[:RCOOKIE], or 0x and an SPI, as 0xc0ffee01", text)
		}
	}
	f.sas = append(f.sas, s)
	return nil
}

func isCookieStart(s string) bool {
	return len(s) <= 16 && strings.Trim(s, "0123456789abcdef") == ""
}

// SetSince leaves out what is before a moment.
func (f *Filter) SetSince(text string) (err error) {
	f.since, err = parseMoment(text)
	return err
}

// SetUntil leaves out what is after a moment.
func (f *Filter) SetUntil(text string) (err error) {
	f.until, err = parseMoment(text)
	return err
}

// Never reports whether no time is both since and until, as far as that can be told without a capture.
func (f *Filter) Never() bool {
	return f.since != nil && f.until != nil && f.since.clock == f.until.clock && f.since.at.IsZero() == f.until.at.IsZero() &&
		!f.since.clock && f.until.in(captured{}).Before(f.since.in(captured{}))
}

// selected starts what a selection says.
func (f *Filter) selected() Selected { return Selected{Filter: append([]string{}, f.Words...)} }

// Timeline makes the timeline of what the filter selects of s, after Run.
func (f *Filter) Timeline(s *ikedecode.Session) *Timeline {
	t := NewTimeline(s)
	if !f.Active() {
		return t
	}
	sel := &Selection{Selected: f.selected()}
	all := t.SAs
	t.SAs, t.Selection = []TimelineSA{}, sel
	for i := range all {
		keep := f.exchanges(s.SAs[i], &all[i], capturedBy(s))
		if len(keep) == 0 {
			sel.LeftOutSAs++
			continue
		}
		sel.LeftOutExchanges += len(all[i].Exchanges) - len(keep)
		all[i].Exchanges = keep
		t.SAs = append(t.SAs, all[i])
	}
	if sel.empty = len(t.SAs) == 0; sel.empty {
		sel.Hint = f.hint(all, nil)
	}
	return t
}

// hint says what there is where nothing matches.
func (f *Filter) hint(all []TimelineSA, flows []string) string {
	text := whatThereIs(all)
	for i, name := range flows {
		if i == maxNamed {
			text += fmt.Sprintf("; %s", count(len(flows)-i, "more flow"))
			break
		}
		text += "; " + name
	}
	if f.looksInside() && slices.ContainsFunc(all, func(s TimelineSA) bool { return s.Closed > 0 }) {
		text += "; identities and users in messages that are not decrypted cannot be found"
	}
	return text
}

// looksInside reports whether the filter asks for what stands in encrypted messages: identities, SPIs.
func (f *Filter) looksInside() bool {
	return slices.ContainsFunc(f.peers, func(p peerFilter) bool { return p.identity != "" }) ||
		slices.ContainsFunc(f.sas, func(s saFilter) bool { return s.isSPI })
}

// exchanges are those of an IKE SA that the filter selects.
func (f *Filter) exchanges(sa *ikesa.SA, t *TimelineSA, c captured) (keep []Exchange) {
	if !f.fitsPeer(sa, &t.IKESA) {
		return nil
	}
	whole, spis := f.fitsSA(sa)
	for k := range t.Exchanges {
		if x := &t.Exchanges[k]; (whole || x.names(spis)) && f.fitsTime(x, c) {
			keep = append(keep, *x)
		}
	}
	return keep
}

// fitsPeer reports whether one of the peers that are asked for takes part.
func (f *Filter) fitsPeer(sa *ikesa.SA, r *IKESA) bool {
	return len(f.peers) == 0 || slices.ContainsFunc(f.peers, func(p peerFilter) bool { return p.fits(sa, r) })
}

// fits looks at the addresses of all messages, for they change, and at the identities and user names of both peers; r has those
// that sa took over when it replaced another one.
func (p *peerFilter) fits(sa *ikesa.SA, r *IKESA) bool {
	for _, m := range sa.Messages {
		if p.holds(m.Src.Addr()) || p.holds(m.Dst.Addr()) {
			return true
		}
	}
	names := peerNames(sa)
	for _, id := range []*Identity{r.InitiatorID, r.ResponderID} {
		if id != nil {
			names = append(names, id.Value)
		}
	}
	return slices.ContainsFunc(names, func(name string) bool {
		a, err := netip.ParseAddr(name)
		return err == nil && p.holds(a) || p.identity != "" && strings.Contains(strings.ToLower(name), p.identity)
	})
}

// peerNames are the identities of both peers, and the users of XAUTH and EAP.
func peerNames(sa *ikesa.SA) (names []string) {
	for _, id := range []*ike.Identity{sa.IDi, sa.IDr} {
		if id != nil {
			names = append(names, id.Value())
		}
	}
	for _, m := range sa.Messages {
		for _, p := range m.Payloads {
			switch b := p.Body.(type) {
			case *ikev2.ID:
				names = append(names, b.Identity().Value())
			case *ikev2.EAP:
				if user, ok := b.Identity(); ok {
					names = append(names, user)
				}
			case *ikev1.Attributes:
				if user, ok := b.Attr(ike.XAUTHUserName); ok {
					names = append(names, user.ConfigValue())
				}
			}
		}
	}
	return names
}

func (p *peerFilter) holds(a netip.Addr) bool {
	return p.prefix.IsValid() && p.prefix.Contains(a.Unmap())
}

// fitsSA reports whether the filter selects the IKE SA whatever is in it. Where it selects SAs of ESP or AH, spis are their SPIs,
// those of the other direction among them, for a Delete names one of the two only.
func (f *Filter) fitsSA(sa *ikesa.SA) (whole bool, spis map[string]bool) {
	if len(f.sas) == 0 {
		return true, nil
	}
	spis = make(map[string]bool)
	for _, s := range f.sas {
		switch {
		case s.isSPI:
			s.addTo(spis, sa.Children)
		case s.fitsCookies(sa.Initiator.String(), sa.Responder.String()):
			return true, nil
		}
	}
	return false, spis
}

func (s *saFilter) fitsCookies(initiator, responder string) bool {
	if s.pair {
		return strings.HasPrefix(initiator, s.cookie) && strings.HasPrefix(responder, s.responder)
	}
	return strings.HasPrefix(initiator, s.cookie) || strings.HasPrefix(responder, s.cookie)
}

func (s *saFilter) addTo(spis map[string]bool, children []*ikesa.Child) {
	spis[fmt.Sprintf("0x%08x", s.spi)] = true
	for _, c := range children {
		if slices.ContainsFunc(c.SAs, func(one ikesa.ChildSA) bool { return one.SPI == s.spi }) {
			for _, one := range c.SAs {
				spis[spiOf(one)] = true
			}
		}
	}
}

// names reports whether the exchange negotiates, replaces, deletes or complains about one of the SPIs.
func (x *Exchange) names(spis map[string]bool) bool {
	for i := range x.Messages {
		for k := range x.Messages[i].Payloads {
			r := &x.Messages[i].Payloads[k]
			switch {
			case r.Notify != nil && spis[r.Notify.SPI]:
				return true
			case r.Delete != nil && slices.ContainsFunc(r.Delete.SPIs, func(spi string) bool { return spis[spi] }):
				return true
			case slices.ContainsFunc(r.Proposals, func(q Proposal) bool { return spis[q.SPI] }):
				return true
			}
		}
	}
	return false
}

// fitsTime reports whether a message of the exchange, or a copy of it, was seen in the time that is asked for.
func (f *Filter) fitsTime(x *Exchange, c captured) bool {
	for i := range x.Messages {
		if f.covers(x.Messages[i].Time, c) {
			return true
		}
		for _, r := range x.Messages[i].Repeats {
			if f.covers(r.Time, c) {
				return true
			}
		}
	}
	return false
}

func (f *Filter) covers(t time.Time, c captured) bool {
	if f.since != nil && t.Before(f.since.in(c)) {
		return false
	}
	return f.until == nil || !t.After(f.until.in(c))
}

// maxNamed bounds the IKE SAs, and the flows, that a hint names.
const maxNamed = 5

// whatThereIs names the IKE SAs of a capture, so that the next filter matches.
func whatThereIs(all []TimelineSA) string {
	if len(all) == 0 {
		return "the capture has no IKE SA"
	}
	var parts []string
	for i := range all {
		s := &all[i]
		if i == maxNamed {
			parts = append(parts, fmt.Sprintf("%d more", len(all)-maxNamed))
			break
		}
		from := s.Exchanges[0].Messages[0].Offset
		parts = append(parts, fmt.Sprintf("%s, %s to %s, seconds %.1f to %.1f",
			s.Name(), withID(s.InitiatorAddr, s.InitiatorID), withID(s.ResponderAddr, s.ResponderID), from, from+s.Duration))
	}
	return "the capture has " + join(parts, "; ")
}

// Complete reports whether all that is shown could be decrypted.
func (t *Timeline) Complete() bool {
	return !slices.ContainsFunc(t.SAs, func(s TimelineSA) bool { return s.Closed > 0 || len(s.Gaps) > 0 })
}
