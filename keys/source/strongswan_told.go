package source

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// notes takes what lines say that belong to another one, or to what is yet to come.
func (t *charonThread) notes(p *charonEvents, prefix event, text string) bool {
	if strings.HasPrefix(text, noIDr) {
		if t.alone != nil {
			p.add(*t.alone)
			t.alone = nil
		}
		return true
	}
	if rest, ok := strings.CutPrefix(strings.TrimSpace(text), `issuer is "`); ok {
		if t.last > 0 && p.events[t.last-1].Reason == logs.NoIssuer {
			p.events[t.last-1].Issuer = strings.TrimSuffix(rest, `"`)
		}
		return true
	}
	if strings.HasPrefix(text, eapMD5) {
		t.md5 = true
		return true
	}
	if m := netlink.FindStringSubmatch(text); m != nil {
		t.errno = m[1]
		return true
	}
	if m := peerConfig.FindStringSubmatch(text); m != nil {
		t.localID, t.remoteID = nil, nil
		if m[2] != "" && !strings.HasPrefix(m[2], "%any") {
			t.localID = identity(m[2])
		}
		if m[4] != "" {
			t.remoteID = identity(m[4])
		}
		if !t.remote.IsValid() || t.tag != prefix.id {
			t.tag, t.message = prefix.id, logs.Message{}
			t.local, t.remote = addrPort(m[1], "0"), addrPort(m[3], "0")
		}
		return true
	}
	return false
}

// told makes an event of a message that rejects nothing.
func (p *charonEvents) told(t *charonThread, e *charonEvent, text string) bool {
	if m := initiating.FindStringSubmatch(text); m != nil {
		id, _ := strconv.Atoi(m[2])
		peer := addrPort(m[3], "0")
		t.group = logs.Group{ID: id, Name: m[1]}
		t.local, t.remote, t.message = netip.AddrPort{}, netip.AddrPort{}, logs.Message{}
		p.peer(peer.Addr()).restart(t.group)
		e.Kind, e.Role, e.Group, e.Message = logs.Started, ike.Initiator, t.group, logs.Message{}
		e.Local.Addr, e.Remote.Addr = netip.AddrPort{}, peer
		return true
	}
	if strings.Contains(text, " is initiating ") && initiated.MatchString(text) {
		e.Kind, e.Role = logs.Started, ike.Responder
		return e.Message.Exchange != typeChild // the new IKE SA of a rekeying; that of the line may be the other way round
	}
	if m := established.FindStringSubmatch(text); m != nil {
		e.Kind = logs.Up
		e.Local.Identity, e.Remote.Identity = identity(m[4]), identity(m[6])
		if e.Group.ID < 0 && len(p.proved) < maxThreads {
			p.proved[m[6]] = e.Group
		}
		return true
	}
	if m := childUp.FindStringSubmatch(text); m != nil {
		e.Kind, e.Children = logs.ChildUp, childSPIs(m[1:]...)
		if _, traffic, ok := strings.Cut(text, " and TS "); ok {
			local, remote, _ := strings.Cut(traffic, " === ")
			if agreed, ok := charonTraffic(local, remote); ok {
				e.Agreed = agreed
			}
		}
		return true
	}
	if strings.HasPrefix(text, assigning) {
		e.Kind = logs.Assigned
		return true
	}
	if m := provedBy.FindStringSubmatch(text); m != nil && !strings.Contains(text, "(myself)") {
		t.used = charonMethod(m[2])
		e.Kind, e.Used, e.Remote.Identity = logs.Authenticated, t.used, identity(m[1])
		return true
	}
	if m := replaced.FindStringSubmatch(text); m != nil {
		e.Kind, e.Reason, e.Remote.Identity = logs.Deleted, logs.Replaced, identity(m[1])
		if e.Group.ID < 0 { // the line is about the older IKE SA, amid what the newer one does
			e.Group, e.Message, e.Local.Addr, e.Remote.Addr = p.proved[m[1]], logs.Message{}, netip.AddrPort{}, netip.AddrPort{}
		}
		return true
	}
	return t.toldOfPeer(e, text)
}

// toldOfPeer makes an event of what the peer said, or left unsaid.
func (t *charonThread) toldOfPeer(e *charonEvent, text string) bool {
	switch {
	case strings.HasPrefix(text, "received EAP_FAILURE"):
		e.Kind, e.Reason, t.failed = logs.PeerError, logs.EAPFailure, true
		return true
	case strings.HasPrefix(text, mschapFailed):
		e.Kind, e.Reason, t.failed = logs.PeerError, logs.UserRefused, true
		return true
	}
	if m := peerErrors.FindStringSubmatch(text); m != nil {
		version := t.message.Version
		if version == 0 {
			version = ike.V2
			if strings.Contains(text, "error notify") {
				version = ike.V1
			}
		}
		n, ok := ike.NotifyNamed(version, m[1])
		e.Kind, e.Notify = logs.PeerError, n
		return ok && n.IsError()
	}
	if m := sentAgain.FindStringSubmatch(text); m != nil {
		e.Kind = logs.Resent
		e.Count, _ = strconv.Atoi(m[1] + m[2])
		return true
	}
	if m := gaveUp.FindStringSubmatch(text); m != nil {
		e.Kind = logs.GaveUp
		e.Count, _ = strconv.Atoi(m[1])
		return true
	}
	if m := gone.FindStringSubmatch(text); m != nil {
		e.Kind = logs.Deleted
		if m[2] != "" {
			e.Children = childSPIs(m[2])
		}
		if m[1] == "sending" { // the message is yet to be made
			t.deleting = e
			return false
		}
		return true
	}
	if m := closing.FindStringSubmatch(text); m != nil {
		e.Kind, e.Children = logs.Carried, childSPIs(m[1], m[3])
		e.In, _ = strconv.ParseUint(m[2], 10, 64)
		e.Out, _ = strconv.ParseUint(m[4], 10, 64)
		return true
	}
	if m := sentTo.FindStringSubmatch(text); m != nil {
		e.Kind, e.Gateway = logs.Redirected, m[1]
		return true
	}
	return false
}

// inList reports whether a message belongs to a list of networks: begins one, or is a network in it.
func (p *charonEvents) inList(t *charonThread, text string) bool {
	if t.traffic == nil {
		return false
	}
	switch text {
	case "proposing traffic selectors for us:":
		p.setList(t, &t.traffic.Allowed.Local)
		return true
	case "proposing traffic selectors for other:":
		p.setList(t, &t.traffic.Allowed.Remote)
		return true
	}
	if t.list == nil || !networkLine.MatchString(text) {
		return false
	}
	s, ok := charonSelector(strings.TrimSpace(text))
	if t.unread = t.unread || !ok; len(*t.list) < maxEventList {
		*t.list = append(*t.list, s)
	}
	return true
}

// finish keeps the networks that a thread was listing. Each connection that is looked at makes a list of its own.
func (p *charonEvents) finish(t *charonThread) {
	if t.traffic != nil && t.list != nil {
		if !t.unread {
			p.add(*t.traffic)
		}
		t.traffic = nil
	}
	p.setList(t, nil)
}

// setList makes a list the one that a thread goes on with; nil: none.
func (p *charonEvents) setList(t *charonThread, list *ike.Selectors) {
	p.listing += btoi(list != nil) - btoi(t.list != nil)
	t.list = list
}
