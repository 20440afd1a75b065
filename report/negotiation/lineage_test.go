package negotiation

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// rekeyed is IKE SA number n of a chain, each of which sets up the next one.
func rekeyed(n int) *ikesa.SA {
	spi := func(side byte, n int) (s decode.SPI) {
		s[0] = side
		binary.BigEndian.PutUint32(s[4:], uint32(n))
		return s
	}
	i, r := spi(1, n), spi(2, n)
	a, b := netip.MustParseAddrPort("192.0.2.1:500"), netip.MustParseAddrPort("192.0.2.2:500")
	sa := &ikesa.SA{Conversation: &exchange.Conversation{Version: 2, Initiator: i, Responder: r, InitiatorAddr: a, ResponderAddr: b}, Established: true}
	x := &ikesa.Exchange{Exchange: &exchange.Exchange{Type: ikev2.ExchangeCreateChild}}
	for k, next := range []decode.SPI{spi(1, n+1), spi(2, n+1)} {
		m := &exchange.Message{Frame: 2*n + k, Time: time.Unix(int64(2*n+k), 0), FromInitiator: k == 0,
			Message: &decode.Message{Header: decode.Header{Initiator: i, Responder: r, Version: 0x20, Exchange: ikev2.ExchangeCreateChild}}}
		if k == 1 {
			m.Flags = ikev2.FlagResponse
		}
		msg := &ikesa.Message{Message: m}
		msg.Read([]decode.Payload{{Type: ikev2.PayloadSA, Body: &ikev2.SA{Proposals: []ikev2.Proposal{{Number: 1, Protocol: ike.IKE, SPI: next[:]}}}}})
		x.Messages, sa.Conversation.Messages = append(x.Messages, msg), append(sa.Conversation.Messages, m)
	}
	sa.Messages, sa.Exchanges = x.Messages, []*ikesa.Exchange{x}
	return sa
}

// Each of many IKE SAs is found to take the place of the one before it, without a look at all others, back to the first.
func TestManyRekeyings(t *testing.T) {
	const many = 20000
	sas := make([]*ikesa.SA, many)
	for n := range sas {
		sas[n] = rekeyed(n)
	}
	start := time.Now()
	f := NewFamily(sas)
	for n, sa := range sas {
		l := f.Rekeyed(sa)
		if n == 0 && l.Kind != NoLineage || n > 0 && (l.Kind != Rekeyed || l.From != sas[n-1] || l.Frame != 2*n-1) {
			t.Fatalf("SA %d: %+v", n, l)
		}
	}
	if f.First(sas[maxRekeys-1]) != sas[0] {
		t.Error("the first one is not found")
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("%d IKE SAs take %v", many, took)
	}
}

// Both peers rekey an IKE SA at the same time: the new one that is deleted first has no Child SAs, and none has them where only that one is in the capture.
func TestHeirOfTwo(t *testing.T) {
	old, redundant, stays := rekeyed(0), rekeyed(1), rekeyed(1)
	stays.Initiator[1], stays.Responder[1] = 9, 9 // other SPIs
	second := *old.Exchanges[0]
	second.Messages = nil
	for _, side := range []decode.SPI{stays.Initiator, stays.Responder} {
		m := &ikesa.Message{Message: &exchange.Message{Frame: 5, Time: time.Unix(5, 0), FromInitiator: side == stays.Initiator, Message: &decode.Message{Header: decode.Header{Version: 0x20, Exchange: ikev2.ExchangeCreateChild}}}}
		if side == stays.Responder {
			m.Flags = ikev2.FlagResponse
		}
		spi := side
		m.Read([]decode.Payload{{Type: ikev2.PayloadSA, Body: &ikev2.SA{Proposals: []ikev2.Proposal{{Number: 1, Protocol: ike.IKE, SPI: spi[:]}}}}})
		second.Messages = append(second.Messages, m)
	}
	old.Exchanges = append(old.Exchanges, &second)
	remove := func(sa *ikesa.SA, at int64) {
		sa.Messages = append(sa.Messages, &ikesa.Message{Message: &exchange.Message{Time: time.Unix(at, 0)}, Parts: []ike.Part{&ike.Delete{Protocol: ike.IKE}}})
	}
	remove(redundant, 10)
	if got := NewFamily([]*ikesa.SA{old, redundant}).Heir(old); got != nil {
		t.Errorf("the redundant one inherits: %v", got.Initiator)
	}
	for _, list := range [][]*ikesa.SA{{old, redundant, stays}, {old, stays, redundant}} {
		if got := NewFamily(list).Heir(old); got != stays {
			t.Error("the one that stays does not inherit")
		}
	}
	remove(stays, 20)
	if got := NewFamily([]*ikesa.SA{old, redundant, stays}).Heir(old); got != stays {
		t.Error("the one that stays longer does not inherit")
	}
}
