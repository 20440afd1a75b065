package solve

import (
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// sealedEnd hands the fuzzer what is inside the last messages of a peer.
type sealedEnd struct {
	exchange decode.ExchangeType
	first    decode.PayloadType
	plain    []byte
}

// FuzzInside2 says anything inside well sealed messages, in a request and in its answer: nothing may panic, whether keys are proved
// or not.
func FuzzInside2(f *testing.F) {
	p := gcmPeer(f)
	p.saInit()
	p.ikeAuth(1, nil)
	h := []hybrid{p.dhExchange(31, 41), p.kemExchange(43)}
	sa := p.withAdditional(p.proposal2(ike.ESP, []byte{0, 0, 32, 1}, 31, false), h[1:])
	link := notify2(ikev2.NotifyAdditionalKeyExchange, 1)
	for _, s := range []sealedEnd{
		{ikev2.ExchangeCreateChild, ikev2.PayloadSA, chain([]part{sa, {ikev2.PayloadNonce, p.ni}, p.ke(31, h[0].kei), link})},
		{ikev2.ExchangeCreateChild, ikev2.PayloadSA, chain([]part{p.proposal2(ike.IKE, p.i[:], 31, true), {ikev2.PayloadNonce, p.ni}, p.ke(31, h[0].kei)})},
		{ikev2.ExchangeFollowupKE, ikev2.PayloadKE, chain([]part{p.ke(36, h[1].kei), link})},
		{ikev2.ExchangeIntermediate, ikev2.PayloadKE, chain([]part{p.ke(36, h[1].ker)})},
		{ikev2.ExchangeAuth, ikev2.PayloadEAP, chain([]part{{ikev2.PayloadEAP, []byte{1, 1, 0, 5, 26}}})},
		{ikev2.ExchangeAuth, ikev2.PayloadAuth, chain([]part{{ikev2.PayloadAuth, []byte{2, 0, 0, 0, 1}}})},
		{ikev2.ExchangeInformational, ikev2.PayloadNotify, chain(append(p.natNotifies("192.0.2.1:500", "192.0.2.2:500", p.r),
			notify2(ikev2.NotifyUpdateSAAddresses), notify2(ikev2.NotifyCookie2, 1, 2, 3, 4, 5, 6, 7, 8)))},
	} {
		f.Add(uint8(s.exchange), uint8(s.first), s.plain, uint32(2))
	}
	bag := flagsOf(secret.DHPrivate, p.xi, h[0].privates[0], h[1].privates[0], h[1].unprovable)
	bag.Add(secretOf(secret.EAPMSK, []byte("msk")), secretOf(secret.PSK, p.psk), secretOf(secret.PPK, []byte("ppk")))
	front := slices.Clone(p.out)
	f.Fuzz(func(t *testing.T, x, first uint8, plain []byte, mid uint32) {
		q := *p
		q.t, q.out = t, slices.Clone(front)
		for _, response := range []bool{false, true} {
			head := q.header(!response, decode.ExchangeType(x), mid, response, ikev2.PayloadSK)
			q.emit(!response, q.seal(head, decode.PayloadType(first), plain))
		}
		q.createHybrid(mid+1, sa, sa, q.ni, q.nr, h)
		for _, noVerify := range []bool{false, true} {
			sv := New(bag, Options{NoVerify: noVerify})
			for _, c := range conversations(t, q.out) {
				sv.Solve(c)
			}
		}
	})
}
