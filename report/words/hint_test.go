package words

import (
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// The longest addresses of IPv4, which many of IPv6 are not longer than.
var (
	longA, longB = netip.MustParseAddr("198.51.100.101"), netip.MustParseAddr("203.0.113.102")
	portA, portB = netip.AddrPortFrom(longA, 4500), netip.AddrPortFrom(longB, 4500)
	longNet      = "198.51.100.128/25"
)

// kinds is more than any type of facts has of its kinds.
const kinds = 40

// Every hint is one short line, whatever the addresses are.
func TestHintsAreShort(t *testing.T) {
	for code := range templates {
		for _, facts := range factsWithHints() {
			for _, from := range []diagnose.Side{diagnose.Initiator, diagnose.Responder} {
				f := &diagnose.Finding{Code: code, Severity: diagnose.Problem, From: from, Facts: facts,
					Subject: diagnose.Subject{Version: 2, Initiator: longA, Responder: longB}}
				if text := Of(f); utf8.RuneCountInString(text.Hint) > longestHint {
					t.Errorf("%s: %T: %d characters: %s", code, facts, utf8.RuneCountInString(text.Hint), text.Hint)
				}
			}
		}
	}
}

// factsWithHints are facts of every type whose findings have a hint, in all their kinds.
func factsWithHints() []diagnose.Facts {
	flow := traffic.Flow{Src: longA, Dst: longB, SPI: 1}
	icmp := traffic.ICMPError{From: longA, Src: portA, Dst: portB, MTU: 1400}
	objection := &negotiation.Objection{Certificate: &negotiation.Certificate{Content: &cert.Content{Certificate: &cert.Certificate{}}}, By: 1}
	selectors := &diagnose.SelectorPair{Local: longNet, Remote: longNet}
	retry := &ikev2.Notify{Type: ikev2.NotifyInvalidKE}
	list := []diagnose.Facts{
		diagnose.CutFile{}, diagnose.CutMessages{}, diagnose.ClockBack{}, diagnose.EarlyAnswer{}, diagnose.NoIPsecSeen{},
		diagnose.LostOnPath{}, diagnose.OneSided{}, diagnose.DeadEnd{From: portA, To: portB, AskedAt: portA}, diagnose.DeadEnd{From: portA, To: portB, AskedAt: portA, Large: 2000},
		diagnose.DeadEnd{From: portA, To: portB, AskedAt: portB}, diagnose.NoAnswer{Src: portA, Dst: portB},
		diagnose.LargeIKE{}, diagnose.LargeInside{Size: 65535}, diagnose.Remapped{Host: longA, Peer: longB, Old: true}, diagnose.OpenMessage{Total: 2},
		diagnose.OpenPacket{}, diagnose.OpenPacket{Traffic: true}, diagnose.Lifetimes{HostOne: longA, HostTwo: longB},
		diagnose.Loss{Flow: flow}, diagnose.Replays{}, diagnose.Replays{AllTwice: true}, diagnose.Reordering{Late: []diagnose.Late{{}}},
		diagnose.Outlived{Flow: flow}, diagnose.Outlived{Flow: flow, Deleted: diagnose.Initiator}, diagnose.OneWay{Flow: flow}, diagnose.OneWay{Flow: flow, Silent: true},
		diagnose.FallenSilent{Src: longA, Dst: longB, Since: 1, Plain: 2}, diagnose.ClosedOneWay{Src: longA, Dst: longB}, diagnose.ICVFailures{Flow: flow}, diagnose.AlteredSPIs{Flow: flow}, diagnose.WrongKey{Flow: flow}, diagnose.Unknown{Flow: flow},
		diagnose.ResentInside{Src: longA, Dst: longB}, diagnose.LostEchoes{Src: longA, Dst: longB, TCP: 1}, diagnose.LostEchoes{Src: longA, Dst: longB, Size: 1},
		diagnose.Replays{Altered: true}, diagnose.UnreachableHost{Reason: &traffic.ICMPReason{}, Dst: longA, Port: 65535}, diagnose.UnreachableHost{Reason: &traffic.ICMPReason{}, Dst: longA, Protocol: 60},
		diagnose.RefusedPort{Port: netip.AddrPortFrom(longA, 65535)}, diagnose.PPPRejected{From: longA, To: longA}, diagnose.WrongChecksums{From: longA}, diagnose.Stray{Flow: flow, Src: longA, Dst: longB},
		diagnose.RoutingLoop{From: longA, To: longA, Dst: longA, Times: 255}, diagnose.RoutingLoop{From: longA, To: longA, Dst: longA, Times: 255, Back: true},
		diagnose.TablesDiffer{Flow: flow, What: []diagnose.SAParameter{diagnose.OtherCipher, diagnose.OtherMAC, diagnose.OtherESN}},
		diagnose.Unknown{Flow: flow, Negotiator: diagnose.Subject{Version: 1}}, diagnose.NullFlow{Flow: flow}, diagnose.Weak{}, diagnose.AggressivePSK{},
		diagnose.Collision{}, diagnose.ModeNotGranted{}, diagnose.ModeNotGranted{Deleted: 9}, diagnose.OtherMode{Mode: decode.ExchangeType(4), Other: decode.ExchangeType(2)}, diagnose.LengthsDiffer{},
		diagnose.WrongGroup{Notify: retry}, diagnose.WrongGroup{Notify: retry, Child: true}, diagnose.WrongGroup{Notify: retry, Later: true},
		diagnose.RefusedSelectors{}, diagnose.RefusedSelectors{For: diagnose.ForQuick}, diagnose.RefusedSelectors{Asked: selectors},
		diagnose.RefusedSelectors{Asked: selectors, Own: &diagnose.SelectorPair{}}, diagnose.CertificateTaken{Objection: objection},
		diagnose.XAUTHFailed{User: "alice", Outcome: &negotiation.Outcome{}}, diagnose.XAUTHFailed{Closed: 2}, diagnose.EAPFailed{}, diagnose.EAPFailed{Wants: "MD5"},
		diagnose.EAPFailed{GaveUp: true}, diagnose.InitAlone{}, diagnose.InitAlone{ESP: 3}, diagnose.InitAlone{NAT: true}, diagnose.InitAlone{NAT: true, Inside: true},
		diagnose.Redirection{Gateway: "gateway.example.org"},
		diagnose.RefusedSelectors{Asked: selectors, Own: &diagnose.SelectorPair{Local: longNet}, Outside: true},
		diagnose.RefusedOffer{Offered: []diagnose.OfferLine{{}}, First: true, Usual: true},
		diagnose.RefusedOffer{Offered: []diagnose.OfferLine{{}}, Known: []diagnose.KnownOffer{{}}, Private: "HMAC-SHA2-256-96"},
		diagnose.FailedExchange{Kind: diagnose.Phase1Stopped, Outcome: &negotiation.Outcome{}, Unread: true, PSK: true},
		diagnose.FailedExchange{Kind: diagnose.Phase1Stopped, Moves: true}, diagnose.FailedExchange{Kind: diagnose.Phase1Stopped, PSK: true},
	}
	for _, names := range [][]string{{diagnose.TraitPFS}, {diagnose.TraitMode}, {"encryption", "PRF", "integrity", "DH group"}} {
		list = append(list, diagnose.RefusedOffer{Offered: []diagnose.OfferLine{{}}, Known: []diagnose.KnownOffer{{}}, Differing: names})
	}
	for k := range kinds {
		icmp.Reason = &traffic.ICMPReason{Kind: traffic.ICMPKind(k)}
		list = append(list, diagnose.ICMPError{ICMPError: icmp}, diagnose.ICMPError{ICMPError: icmp, Room: 1300},
			diagnose.ESPQuirk{Flow: flow, Quirk: diagnose.Quirk(k)}, diagnose.IKEQuirk{Quirk: diagnose.Quirk(k)}, diagnose.KeyUnread{Proof: diagnose.KeyProof(k), KeyForm: diagnose.KeyForm{Form: secret.Form(k % 8)}}, diagnose.KeyUnread{Proof: diagnose.KeyProof(k)},
			diagnose.AuthByShape{Shape: diagnose.AuthShape(k)}, diagnose.RefusedOffer{For: diagnose.OfferFor(k % 4)},
			diagnose.FailedExchange{Kind: diagnose.Failure(k), Rekeying: true}, diagnose.FailedExchange{Kind: diagnose.Failure(k), Moved: true, PSK: true})
		of := *objection
		of.Kind = negotiation.ObjectionKind(k)
		for _, late := range []bool{false, true} {
			list = append(list, diagnose.Unheard{What: diagnose.Check(k % 3), Src: portA, Dst: portB, Port: 4500, Last: 1, Later: late},
				diagnose.Unheard{What: diagnose.Check(k % 3), Port: 4500, ESP: 3},
				diagnose.RefusedProof{Why: diagnose.ProofWhy(k), AtOnce: late, Prover: diagnose.Initiator, Objection: &of, Certificate: objection.Certificate, Unchecked: true, KeyForm: diagnose.KeyForm{Form: secret.Form(k % 8)}, Sign: diagnose.MethodSign(k % 5),
					Asked: "ID_FQDN gateway.example.org", Identity: "ID_DER_ASN1_DN " + strings.Repeat("C=DE, ", 20), Differs: diagnose.Initiator})
		}
		for _, auth := range []ike.AuthKind{ike.AuthPSK, ike.AuthSignature, ike.AuthPublicKey} {
			for v := range 2 {
				list = append(list, diagnose.Undecrypted{Gap: ikesa.Gap{Cause: ikesa.Cause(k), Version: v + 1, Auth: auth}})
			}
		}
	}
	return list
}
