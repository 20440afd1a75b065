package solve

import (
	"crypto/sha1"
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// natNotifies are the NAT detection hashes for a message from src to dst (RFC 7296, section 2.23).
func (p *peer2) natNotifies(src, dst string, spir decode.SPI) []part {
	hash := func(text string) []byte {
		a := netip.MustParseAddrPort(text)
		sum := sha1.Sum(slices.Concat(p.i[:], spir[:], a.Addr().AsSlice(), binary.BigEndian.AppendUint16(nil, a.Port())))
		return sum[:]
	}
	return []part{notify2(ikev2.NotifyNATDetectionSource, hash(src)...), notify2(ikev2.NotifyNATDetectionDest, hash(dst)...)}
}

// informational plays an exchange of the initiator's with NAT detection, seen between two addresses of the wire; knowsI and knowsR are
// what the sides take for their own.
func (p *peer2) informational(mid uint32, wireI, wireR, knowsI, knowsR string, ask, answer []part) {
	p.init, p.resp = netip.MustParseAddrPort(wireI), netip.MustParseAddrPort(wireR)
	x := ikev2.ExchangeInformational
	p.sendSK(true, x, mid, false, append(ask, p.natNotifies(knowsI, wireR, p.r)...)...)
	p.sendSK(false, x, mid, true, append(answer, p.natNotifies(knowsR, wireI, p.r)...)...)
}

// MOBIKE's exchanges tell which addresses are used from when on, whether there is NAT on the new path, and whether COOKIE2 came back.
func TestPaths(t *testing.T) {
	const old, moved, inside, peer = "192.0.2.1:500", "198.51.100.7:4500", "10.0.0.7:4500", "192.0.2.2:500"
	const peer4500 = "192.0.2.2:4500"
	p := gcmPeer(t)
	sa := p.proposal2(ike.IKE, nil, p.group.ID, true)
	x := ikev2.ExchangeSAInit
	p.askI = p.send(true, x, 0, false, append([]part{sa, p.ke(31, p.gxi), {ikev2.PayloadNonce, p.ni}}, p.natNotifies(old, peer, decode.SPI{})...)...)
	p.askR = p.send(false, x, 0, true, append([]part{sa, p.ke(31, p.gxr), {ikev2.PayloadNonce, p.nr}}, p.natNotifies(peer, old, p.r)...)...)
	p.next(p.rfc().fromInit(p.ni, p.nr, p.gxy))
	p.ikeAuth(1, nil)
	update := notify2(ikev2.NotifyUpdateSAAddresses)
	cookie := func(b byte) part { return notify2(ikev2.NotifyCookie2, 1, 2, 3, 4, 5, 6, 7, b) }
	p.informational(2, old, peer, old, peer, nil, nil)
	before := p.solve(bagOf(secretOf(secret.DHSecret, p.gxy)))
	p.informational(3, moved, peer4500, inside, peer4500, []part{update, cookie(8)}, []part{cookie(8)})
	p.informational(4, moved, peer4500, moved, peer4500, []part{cookie(8)}, []part{cookie(9)})
	p.informational(5, old, peer, old, peer, []part{update, cookie(1)}, []part{cookie(1)})
	p.informational(7, old, peer, old, inside, nil, nil)
	p.sendSK(true, ikev2.ExchangeInformational, 6, false) // says nothing of addresses
	if before.NAT != (ikesa.NAT{Seen: true}) || len(before.Paths) != 1 {
		t.Errorf("before the move: NAT %+v, %d paths", before.NAT, len(before.Paths))
	}
	got := p.solve(bagOf(secretOf(secret.DHSecret, p.gxy)), 12)
	if got.NAT != (ikesa.NAT{Seen: true, BehindNATInitiator: true, BehindNATResponder: true}) {
		t.Errorf("in all: %+v", got.NAT)
	}
	want := []struct {
		initiator string
		update    bool
		nat       ikesa.NAT
		cookie    ikesa.Cookie2
	}{
		{old, false, ikesa.NAT{Seen: true}, ikesa.NoCookie2},
		{moved, true, ikesa.NAT{Seen: true, BehindNATInitiator: true}, ikesa.Cookie2Returned},
		{moved, false, ikesa.NAT{Seen: true}, ikesa.Cookie2Wrong},
		{old, true, ikesa.NAT{Seen: true}, ikesa.Cookie2Unanswered},
		{old, false, ikesa.NAT{Seen: true, BehindNATResponder: true}, ikesa.NoCookie2},
	}
	if len(got.Paths) != len(want) {
		t.Fatalf("paths %+v", got.Paths)
	}
	for i, w := range want {
		g := got.Paths[i]
		if g.Initiator.String() != w.initiator || g.Update != w.update || g.NAT != w.nat || g.Cookie2 != w.cookie || g.Responder.Addr().String() != "192.0.2.2" {
			t.Errorf("%d: %+v, COOKIE2 %v", i, g, g.Cookie2)
		}
	}
}
