package exchange

import (
	"net/netip"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// A response that a second tap gives a little before its request stands behind it; one that is much older, or asks for another request, does not.
func TestEarlyResponse(t *testing.T) {
	const ms = time.Millisecond
	saInit := func(flags decode.Flags, payloads ...decode.Payload) *decode.Message {
		return &decode.Message{Header: decode.Header{Initiator: decode.SPI{1}, Responder: decode.SPI{2}, Version: 0x20, Exchange: ikev2.ExchangeSAInit, Flags: flags},
			Payloads: payloads, Raw: []byte{2, byte(flags)}}
	}
	number := byte(0)
	main := func(responder decode.SPI, payloads ...decode.Payload) *decode.Message {
		number++
		return &decode.Message{Header: decode.Header{Initiator: decode.SPI{1}, Responder: responder, Version: 0x10, Exchange: ikev1.ExchangeMain},
			Payloads: payloads, Raw: []byte{1, number}}
	}
	ke := decode.Payload{Type: ikev1.PayloadKE}
	retry := decode.Payload{Body: &ikev2.Notify{Type: ikev2.NotifyCookie}}
	for _, c := range []struct {
		name              string
		response, request *decode.Message
		later             time.Duration // the request
		behind            bool          // the response comes to stand
	}{
		{"IKE_SA_INIT", saInit(ikev2.FlagResponse), saInit(ikev2.FlagInitiator), 7 * ms, true},
		{"IKE_SA_INIT, long before", saInit(ikev2.FlagResponse), saInit(ikev2.FlagInitiator), 700 * ms, false},
		{"a cookie", saInit(ikev2.FlagResponse, retry), saInit(ikev2.FlagInitiator), 7 * ms, false},
		{"Main Mode", main(decode.SPI{2}), main(decode.SPI{}), 7 * ms, true},
		{"Main Mode, messages 3 and 4", main(decode.SPI{2}, ke), main(decode.SPI{2}, ke), 7 * ms, true},
		{"Main Mode, messages 2 and 3", main(decode.SPI{2}), main(decode.SPI{2}, ke), 7 * ms, false},
	} {
		a, b := netip.MustParseAddrPort("192.0.2.1:500"), netip.MustParseAddrPort("192.0.2.2:500")
		start := time.Unix(1_700_000_000, 0)
		r := &Message{Message: c.response, Frame: 1, Time: start, Src: b, Dst: a}
		q := &Message{Message: c.request, Frame: 2, Time: start.Add(c.later), Src: a, Dst: b}
		conv := newConversation(spis{c.response.Initiator, c.response.Responder}, c.response.Major(), r)
		conv.RolesKnown = true
		conv.setRoles(r, false)
		conv.add(r, 10)
		conv.add(q, 10)
		if behind := conv.Messages[0] == q; behind != c.behind {
			t.Errorf("%s: the response stands behind the request: %v", c.name, behind)
		}
	}
}
