package negotiation

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A ChildKey is what names one direction of a Child SA in a capture.
type ChildKey struct {
	Protocol esp.Protocol
	SPI      uint32
}

// KeyOf names an SA of the table.
func KeyOf(sa *esp.SA) ChildKey { return ChildKey{sa.Protocol, sa.SPI} }

// A ChildRef is a direction of a Child SA and the IKE SA that it belongs to. Child is nil where nothing in the capture negotiates it.
type ChildRef struct {
	SA       *ikesa.SA
	Child    *ikesa.Child
	Dir      *ikesa.ChildSA
	Exchange *ikesa.Exchange // that set it up; nil where it is not to be found
}

// Hosts are a pair of hosts, the lower address first.
type Hosts [2]netip.Addr

// HostsOf are the two hosts of an IKE SA.
func HostsOf(sa *ikesa.SA) Hosts { return InOrder(sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr()) }

// InOrder is the pair of two hosts.
func InOrder(a, b netip.Addr) Hosts {
	if b.Less(a) {
		a, b = b, a
	}
	return Hosts{a, b}
}

// An index finds what the messages of a capture are about.
type index struct {
	messages map[int]*ikesa.Message // by frame
	children map[ChildKey]ChildRef  // of two with one SPI the later one counts
	deletes  map[ChildKey][]*ikesa.Message
}

func newIndex(sas []*ikesa.SA) *index {
	x := &index{make(map[int]*ikesa.Message), make(map[ChildKey]ChildRef), make(map[ChildKey][]*ikesa.Message)}
	for _, sa := range sas {
		for _, m := range sa.Messages {
			x.messages[m.Frame] = m
			for _, k := range DeletedBy(m) {
				x.deletes[k] = append(x.deletes[k], m)
			}
		}
		x.addChildren(sa)
	}
	return x
}

func (x *index) addChildren(sa *ikesa.SA) {
	made := make(map[*ikesa.Child]*ikesa.Exchange)
	for _, e := range sa.Exchanges {
		if e.Child != nil && made[e.Child] == nil {
			made[e.Child] = e
		}
	}
	for _, c := range sa.Children {
		for i := range c.SAs {
			d := &c.SAs[i]
			x.children[ChildKey{d.Protocol, d.SPI}] = ChildRef{sa, c, d, made[c]}
		}
	}
}

// elsewhere has the hosts as IKE SAs name them, by their addresses at the second place of a capture from both sides of a NAT.
type elsewhere map[Hosts]Hosts

func elsewhereOf(sas []*ikesa.SA) elsewhere {
	list := make(elsewhere)
	for _, sa := range sas {
		for _, p := range sa.Places {
			if _, had := list[p.Second]; !had {
				list[p.Second] = p.First
			}
		}
	}
	return list
}
