package report

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A sketchedChild is a Child SA of IKEv2, negotiated two seconds after the one before it.
type sketchedChild struct {
	told     bool // by SA_RESOURCE_INFO, in which each peer names a CPU
	rekeys   int  // the number of the child, from 1, that REKEY_SA names; 0: none
	net      byte // of its selectors
	from, to int  // seconds in which the initiator sends on it; 0: none
	deleted  bool // by a Delete after all children
}

// sketchChildren makes a session of an IKE SA with children. Child n, from 1, has the SPIs 0x10n and 0x20n.
func sketchChildren(t *testing.T, list ...sketchedChild) *ikedecode.Session {
	t.Helper()
	offer := payload2(ikev2.PayloadSA, &ikev2.SA{Proposals: []ikev2.Proposal{{Number: 1, Protocol: ike.ESP}}})
	var messages []sketch2
	for i, c := range list {
		one, two := []decode.Payload{offer}, []decode.Payload{offer}
		if c.rekeys > 0 {
			one = append(one, payload2(ikev2.PayloadNotify, &ikev2.Notify{Protocol: ike.ESP, SPI: []byte{0, 0, 1, byte(c.rekeys)}, Type: ikev2.NotifyRekeySA}))
		}
		if c.told {
			one = append(one, notify2(ikev2.NotifySAResourceInfo, 0, 0, 0, byte(i)))
			two = append(two, notify2(ikev2.NotifySAResourceInfo))
		}
		x := ikev2.ExchangeCreateChild
		if i == 0 {
			x = ikev2.ExchangeAuth
		}
		messages = append(messages, sketch2{x, uint32(i + 1), request2, one, false}, sketch2{x, uint32(i + 1), answer2, two, false})
	}
	for i, c := range list {
		if c.deleted {
			del := payload2(ikev2.PayloadDelete, &ikev2.Delete{Protocol: ike.ESP, SPIs: [][]byte{{0, 0, 1, byte(i + 1)}}})
			messages = append(messages, sketch2{ikev2.ExchangeInformational, uint32(100 + i), request2, []decode.Payload{del}, false})
		}
	}
	sa := build2(messages...)
	sa.Established = true
	s := &ikedecode.Session{SAs: []*ikesa.SA{sa}, Table: esp.NewTable(), First: time.Unix(0, 0), Last: time.Unix(100, 0)}
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for i, c := range list {
		selectors := func(third byte) ike.Selectors {
			from := netip.AddrFrom4([4]byte{10, third, c.net, 0})
			return ike.Selectors{ike.Network(netip.PrefixFrom(from, 24))}
		}
		agreed := ikesa.Traffic{Initiator: selectors(1), Responder: selectors(2)}
		child := &ikesa.Child{Version: 2, Complete: true, FromInitiator: true, Frames: []int{2*i + 1, 2*i + 2}, Asked: agreed, Agreed: agreed,
			SAs: []ikesa.ChildSA{{Protocol: esp.ESP, SPI: 0x100 + uint32(i) + 1, Src: b, Dst: a}, {Protocol: esp.ESP, SPI: 0x200 + uint32(i) + 1, Src: a, Dst: b, FromInitiator: true}}}
		sa.Children = append(sa.Children, child)
		sa.Exchanges[i].Child = child
		if c.to > 0 {
			s.Unknown = append(s.Unknown, &ikedecode.UnknownSPI{Protocol: esp.ESP, Src: a, Dst: b, SPI: 0x200 + uint32(i) + 1, Packets: 20, Err: esp.ErrNoSA,
				First: 50, Last: 60, Start: time.Unix(int64(c.from), 0), End: time.Unix(int64(c.to), 0)})
		}
		if i == 0 && slices.ContainsFunc(list, func(c sketchedChild) bool { return c.to > 0 }) { // the responder has one CPU
			s.Unknown = append(s.Unknown, &ikedecode.UnknownSPI{Protocol: esp.ESP, Src: b, Dst: a, SPI: 0x101, Packets: 20, Err: esp.ErrNoSA,
				First: 50, Last: 60, Start: time.Unix(1, 0), End: time.Unix(90, 0)})
		}
	}
	return s
}

// Child SAs with the same selectors at once are queues where a peer says so, and most likely where one peer sends on several in turn. What replaces another one
// is a rekeying, with REKEY_SA or without it.
func TestQueues(t *testing.T) {
	info := sketchedChild{told: true, from: 10, to: 40}
	for _, c := range []struct {
		name     string
		children []sketchedChild
		want     string // "number/of" of each child, with "?" where it is likely only; "-" for none
		says     string
	}{
		{"told", []sketchedChild{info, info, info}, "1/3 2/3 3/3", "3 Child SAs with the same traffic selectors at once, each for a CPU or another resource"},
		{"told without traffic", []sketchedChild{{told: true}, {told: true}}, "1/2 2/2", "2 Child SAs with the same"},
		{"a fallback SA that is not told", []sketchedChild{{}, info, info}, "1/3 2/3 3/3", "3 Child SAs"},
		{"one is rekeyed", []sketchedChild{info, info, {told: true, rekeys: 1}}, "1/2 2/2 1/2", "2 Child SAs"},
		{"the first of them", []sketchedChild{info}, "1/1", ""},
		{"side by side", []sketchedChild{{from: 10, to: 40}, {from: 12, to: 38}, {from: 20, to: 44}}, "1/3? 2/3? 3/3?", "3 Child SAs with the same traffic selectors at once, most likely one for each CPU"},
		{"rekeyed", []sketchedChild{{from: 1, to: 9}, {rekeys: 1, from: 9, to: 30}, {rekeys: 2, from: 30, to: 60}}, "- - -", ""},
		{"replaced without REKEY_SA", []sketchedChild{{from: 1, to: 9}, {from: 9, to: 30}, {from: 30, to: 60}}, "- - -", ""},
		{"rekeyed while packets are out of order", []sketchedChild{{from: 1, to: 31}, {rekeys: 1, from: 30, to: 60}}, "- -", ""},
		{"two that nobody uses", []sketchedChild{{from: 1, to: 90}, {}}, "- -", ""},
		{"other selectors", []sketchedChild{{from: 1, to: 90}, {net: 1, from: 1, to: 90}}, "- -", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sketchChildren(t, c.children...)
			reading := Read(s)
			var got []string
			for _, child := range s.SAs[0].Children {
				text := "-"
				if q := newQueue(reading.Queue(child)); q != nil {
					text = fmt.Sprintf("%d/%d", q.Number, q.Of)
					if q.Likely {
						text += "?"
					}
				}
				got = append(got, text)
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("%s, want %s", text, c.want)
			}
			says := ""
			for _, f := range reading.Diagnose(&traffic.Watch{}).Findings {
				switch f.Code {
				case "per-resource-sas":
					says = f.Text
				case "rekey-collision", "rekey-failed", "phase2-failed", "esp-one-way":
					if c.says != "" {
						t.Errorf("%s: %s", f.Code, f.Text)
					}
				}
			}
			if says == "" != (c.says == "") || !strings.HasPrefix(says, c.says) {
				t.Errorf("%q, want %q", says, c.says)
			}
		})
	}
}

// The timeline names the place of each, and the resource of each peer; a place that a deleted child leaves is taken by the next one.
func TestQueueTexts(t *testing.T) {
	s := sketchChildren(t, sketchedChild{told: true}, sketchedChild{told: true})
	var lines []string
	for _, x := range NewTimeline(s).SAs[0].Exchanges {
		lines = append(lines, x.Child.Queue.Text())
	}
	if want := []string{"queue 1 of 2, initiator's resource 0", "queue 2 of 2, initiator's resource 1"}; !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
	s = sketchChildren(t, sketchedChild{told: true, deleted: true}, sketchedChild{told: true})
	// The Delete is moved in front of the second negotiation.
	last := s.SAs[0].Messages[len(s.SAs[0].Messages)-1]
	last.Time = s.SAs[0].Messages[1].Time
	for _, c := range s.SAs[0].Children {
		if q := Read(s).Queue(c); q.Number != 1 || q.Count != 1 {
			t.Errorf("queue %d of %d, want one after the other", q.Number, q.Count)
		}
	}
}

// A peer that has enough of them fails nothing.
func TestEnoughQueues(t *testing.T) {
	s := sketchChildren(t, sketchedChild{told: true}, sketchedChild{told: true}, sketchedChild{told: true})
	sa := s.SAs[0]
	sa.Children = sa.Children[:2]
	refused := sa.Exchanges[2]
	refused.Child = nil
	refused.Messages[1].Read([]decode.Payload{notify2(ikev2.NotifyTSMaxQueue)})
	said := false
	for _, f := range Diagnose(s, nil).Findings {
		if f.Severity == SeverityProblem {
			t.Errorf("%s: %s", f.Code, f.Text)
		}
		said = said || f.Text == "192.0.2.2 sent TS_MAX_QUEUE: no more Child SAs with these traffic selectors"
	}
	if !said {
		t.Errorf("TS_MAX_QUEUE is not said: %+v", Diagnose(s, nil).Findings)
	}
}
