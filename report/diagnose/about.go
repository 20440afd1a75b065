package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Flows are the flows of ESP, AH and IPComp that the facts of f name; their addresses may be left out.
func (f *Finding) Flows() []traffic.Flow {
	var flow traffic.Flow
	switch x := f.Facts.(type) {
	case Loss:
		flow = x.Flow
	case LostOnPath:
		flow = x.Flow
	case Replays:
		flow = x.Flow
	case Reordering:
		flow = x.Flow
	case Outlived:
		flow = x.Flow
	case OneWay:
		flow = x.Flow
	case ICVFailures:
		flow = x.Flow
	case ICVLengths:
		flow = x.Flow
	case TablesDiffer:
		flow = x.Flow
	case WrongKey:
		flow = x.Flow
	case Unknown:
		flow = x.Flow
	case ESPMoved:
		flow = x.Flow
	case NullFlow:
		flow = x.Flow
	case NegotiatedNull:
		flow = x.Flow
	case FallenSilent:
		flow = x.Flow
	case NotArriving:
		flow = x.Flow
	case ResentInside:
		flow = x.Flow
	case SilentHosts:
		flow = x.Flow
	case UnreachableHost:
		flow = x.Flow
	case RefusedPort:
		flow = x.Flow
	case PPPRejected:
		flow = x.Flow
	case WrongChecksums:
		flow = x.Flow
	case Stray:
		flow = x.Flow
	case RoutingLoop:
		flow = x.Flow
	case CounterFault:
		flow = x.Flow
	case ESPQuirk:
		flow = x.Flow
	case LargeInside:
		flow = traffic.Flow{Protocol: x.Protocol, SPI: x.SPI}
	case Weak:
		var list []traffic.Flow
		for i := range x.Rows {
			if who := x.Rows[i].Who.Flow; who.SPI != 0 {
				list = append(list, who)
			}
		}
		return list
	}
	if flow.SPI == 0 {
		return nil
	}
	return []traffic.Flow{flow}
}

// Hosts are the two hosts that the facts of f name; ok is false where they name none.
func (f *Finding) Hosts() (h negotiation.Hosts, ok bool) {
	var a, b netip.Addr
	switch x := f.Facts.(type) {
	case ClosedOneWay:
		a, b = x.Src, x.Dst
	case FallenSilent:
		a, b = x.Src, x.Dst
	case NotArriving:
		a, b = x.Src, x.Dst
	case LostEchoes:
		a, b = x.Src, x.Dst
	case FewerBack:
		a, b = x.Src, x.Dst
	case ResentInside:
		a, b = x.Src, x.Dst
	case RekeyedOften:
		a, b = x.Src, x.Dst
	case ESPMoved:
		a, b = x.Flow.Src, x.Flow.Dst
	case LostOnPath:
		a, b = x.Flow.Src, x.Flow.Dst
	case LostBetween:
		a, b = x.Hosts[0], x.Hosts[1]
	case NoTraffic:
		a, b = x.Hosts[0], x.Hosts[1]
	case UndecryptedPair:
		a, b = x.Hosts[0], x.Hosts[1]
	case ICMPError:
		a, b = x.Src.Addr(), x.Dst.Addr()
	case Remapped:
		a, b = x.Host, x.Peer
	case OpenPacket:
		a, b = x.Src, x.Dst
	case PastTunnel:
		a, b = x.Gateways[0], x.Gateways[1]
	}
	return negotiation.InOrder(a, b), a.IsValid() && b.IsValid()
}
