package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// An Among says that the capture has IKE SAs of other peers than those of a finding.
type Among struct {
	Hosts bool // between other hosts
	// Port is what tells the initiator from others behind the same NAT: that which its last message comes from; 0: its address does.
	Port uint16
}

// tellApart says of each finding about an IKE SA what else it could be taken for.
func (d *diagnosis) tellApart(list []Finding) {
	hosts := make(map[negotiation.Hosts]map[uint16]bool) // the ports of those behind NAT
	ports := make(map[Subject]uint16)
	for _, sa := range d.Session.SAs {
		h := negotiation.HostsOf(sa)
		if hosts[h] == nil {
			hosts[h] = make(map[uint16]bool)
		}
		if sa.NAT.BehindNATInitiator {
			ports[subjectOf(sa)] = lastPort(sa)
			hosts[h][lastPort(sa)] = true
		}
	}
	for i := range list {
		f := &list[i]
		if !f.Subject.IsSA() {
			continue
		}
		f.Among.Hosts = len(hosts) > 1
		if len(hosts[f.Subject.Hosts()]) > 1 {
			f.Among.Port = ports[f.Subject]
		}
	}
}

// lastPort is where the last message of the initiator comes from; 0: it sent none.
func lastPort(sa *ikesa.SA) (port uint16) {
	var last *ikesa.Message
	for _, m := range sa.Messages {
		if m.FromInitiator && (last == nil || m.Time.After(last.Time)) {
			last, port = m, m.Src.Port()
		}
	}
	return port
}

// InitiatorAt is the initiator of a finding's IKE SA, with its port where others are behind the same address.
func (f *Finding) InitiatorAt() string {
	if f.Among.Port == 0 {
		return f.Subject.Initiator.String()
	}
	return netip.AddrPortFrom(f.Subject.Initiator, f.Among.Port).String()
}
