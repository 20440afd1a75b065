package main

import (
	"fmt"
	"net/netip"
	"time"
)

// A kind is input of one sort, as large as one likes.
type kind struct {
	name string
	fill func(w *wire, n int)
}

// kinds are those of which work must grow as they do: what attackers make, and what a week of a gateway has.
var kinds = []kind{
	{"responder cookies of one initiator", func(w *wire, n int) {
		l := w.between(0)
		l.message(false, [2]uint64{1}, v1, mainMode, 0, 0, []payload{sa1()})
		for i := range n {
			l.message(true, [2]uint64{1, cookie(2, i)}, v1, mainMode, 0, 0, []payload{sa1()})
		}
	}},
	{"responder SPIs of one initiator", func(w *wire, n int) {
		l := w.between(0)
		l.message(false, [2]uint64{1}, v2, saInit, initiator, 0, []payload{sa2(), w.ke2(), w.nonce2()})
		for i := range n {
			l.message(true, [2]uint64{1, cookie(2, i)}, v2, saInit, response, 0, []payload{sa2(), w.ke2(), w.nonce2()})
		}
	}},
	{"IKE SAs of IKEv2, each with its hosts", func(w *wire, n int) {
		for i := range n {
			w.between(i).begin2([2]uint64{cookie(1, i), cookie(2, i)}, true)
		}
	}},
	{"IKE SAs of IKEv2 between two hosts", func(w *wire, n int) {
		for i := range n {
			w.between(0).begin2([2]uint64{cookie(1, i), cookie(2, i)}, true)
		}
	}},
	{"IKE SAs of IKEv1, each with its hosts", func(w *wire, n int) {
		for i := range n {
			w.between(i).begin1([2]uint64{cookie(1, i), cookie(2, i)})
		}
	}},
	{"IKE SAs of IKEv1 between two hosts", func(w *wire, n int) {
		for i := range n {
			w.between(0).begin1([2]uint64{cookie(1, i), cookie(2, i)})
		}
	}},
	{"failures, each with its hosts", func(w *wire, n int) {
		for i := range n {
			l, spis := w.between(i), [2]uint64{cookie(1, i)}
			l.message(false, spis, v2, saInit, initiator, 0, []payload{sa2(), w.ke2(), w.nonce2()})
			spis[1] = cookie(2, i)
			l.message(true, spis, v2, saInit, response, 0, []payload{{kind: notify, body: []byte{0, 0, 0, 14}}})
		}
	}},
	{"failures between two hosts", func(w *wire, n int) {
		for i := range n {
			l, spis := w.between(0), [2]uint64{cookie(1, i)}
			l.message(false, spis, v1, mainMode, 0, 0, []payload{sa1()})
			spis[1] = cookie(2, i)
			l.message(true, spis, v1, info1, 0, uint32(i+1), []payload{{kind: 11, body: []byte{0, 0, 0, 1, 1, 0, 0, 14}}})
		}
	}},
	{"requests without response", func(w *wire, n int) {
		for i := range n {
			w.between(0).message(false, [2]uint64{cookie(1, i)}, v2, saInit, initiator, 0, []payload{sa2(), w.ke2(), w.nonce2()})
		}
	}},
	{"messages of one IKE SA of IKEv2", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
		l.begin2(spis, true)
		for i := range n / 2 {
			l.message(false, spis, v2, info2, initiator, uint32(i+2), []payload{w.sealed2(0, 64)})
			l.message(true, spis, v2, info2, response, uint32(i+2), []payload{w.sealed2(0, 64)})
		}
	}},
	{"requests of one IKE SA without response", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
		l.begin2(spis, true)
		for i := range n {
			l.message(i%2 == 0, spis, v2, childSA, byte(initiator*(1-i%2)), uint32(i+2), []payload{w.sealed2(33, 160)})
		}
	}},
	{"rejected Child SAs of one IKE SA", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
		l.begin2(spis, true)
		for i := range n {
			l.message(false, spis, v2, childSA, initiator, uint32(i+2), []payload{w.sealed2(33, 160)})
			l.message(true, spis, v2, childSA, response, uint32(i+2), []payload{w.sealed2(notify, 40)})
		}
	}},
	{"addresses of one IKE SA, captured at two places", func(w *wire, n int) {
		spis := [2]uint64{cookie(1, 0), cookie(2, 0)}
		twice := func(i int, back bool, spis [2]uint64, kind, flags byte, id uint32, chain ...payload) {
			places := []byte{10, 12}
			if back {
				places = []byte{12, 10}
			}
			for _, net := range places {
				link{w, ikePort(host(net, i)), ikePort(host(11, 0))}.message(back, spis, v2, kind, flags, id, chain)
			}
		}
		twice(0, false, [2]uint64{spis[0]}, saInit, initiator, 0, sa2(), w.ke2(), w.nonce2())
		twice(0, true, spis, saInit, response, 0, sa2(), w.ke2(), w.nonce2())
		for i := range n {
			twice(i, false, spis, info2, initiator, uint32(i+1), w.sealed2(0, 64))
			twice(i, true, spis, info2, response, uint32(i+1), w.sealed2(0, 64))
		}
	}},
	{"retransmissions of one message, captured at two places", func(w *wire, n int) {
		chain := []payload{sa2(), w.ke2(), w.nonce2()}
		for i := range n {
			for _, net := range []byte{10, 12, 12} {
				link{w, ikePort(host(net, i%2)), ikePort(host(11, 0))}.message(false, [2]uint64{cookie(1, 0)}, v2, saInit, initiator, 0, chain)
			}
		}
	}},
	{"messages of one IKE SA of IKEv1", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
		l.begin1(spis)
		for i := range n {
			l.message(i%2 == 1, spis, v1, info1, encrypted, uint32(i+1), []payload{w.sealed1(8, 80)})
		}
	}},
	{"Quick Modes of one IKE SA", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
		l.begin1(spis)
		for i := range n {
			l.message(i%3 == 1, spis, v1, 32, encrypted, uint32(i/3+1), []payload{w.sealed1(8, 160)})
		}
	}},
	{"retransmissions of one message", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0)}
		chain := []payload{sa2(), w.ke2(), w.nonce2()}
		for range n {
			l.message(false, spis, v2, saInit, initiator, 0, chain)
			w.at = w.at.Add(time.Second)
		}
	}},
	{"IKE fragments of IKEv1 with different IDs", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
		l.begin1(spis)
		for i := range n {
			body := append([]byte{byte(i >> 8), byte(i), 1, 0}, w.random(60)...)
			l.message(false, spis, v1, mainMode, 0, 0, []payload{{kind: 132, body: body}})
		}
	}},
	{"IKE fragments of IKEv2, the rest missing", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
		l.begin2(spis, true)
		for i := range n {
			body := append([]byte{0, 1, 0, 2}, w.random(60)...)
			l.message(false, spis, v2, info2, initiator, uint32(i+2), []payload{{kind: 53, body: body}})
		}
	}},
	{"flows of ESP without keys", func(w *wire, n int) {
		for i := range n {
			for seq := range uint32(2) {
				w.esp(host(10, i), host(11, i), uint32(0x10000+i), seq+1, w.random(96))
			}
		}
	}},
	{"flows of ESP between two hosts", func(w *wire, n int) {
		for i := range n {
			w.esp(host(10, 0), host(11, 0), uint32(0x10000+i), 1, w.random(96))
		}
	}},
	{"ESP SAs with packets", func(w *wire, n int) {
		for i := range n {
			from, to := host(10, i/2), host(11, i/2)
			if i%2 == 1 {
				from, to = to, from
			}
			w.keyed(from, to, uint32(0x10000+i), 3)
		}
	}},
	{"ESP SAs between two hosts", func(w *wire, n int) {
		for i := range n {
			from, to := host(10, 0), host(11, 0)
			if i%2 == 1 {
				from, to = to, from
			}
			w.keyed(from, to, uint32(0x10000+i), 3)
		}
	}},
	{"ESP SAs of one SPI", func(w *wire, n int) {
		for i := range n {
			e := w.saAs(host(10, i), host(11, i), uint32(0x10000+i), 0x10000)
			inner := make([]byte, 64)
			innerPacket(inner, 1)
			e.packet(w, host(10, i), host(11, i), inner)
		}
	}},
	{"ESP SAs without packets", func(w *wire, n int) {
		w.keyed(host(10, 0), host(11, 0), 0x10000, 3)
		for i := range n {
			fmt.Fprintf(&w.keys, "ESP_SA %v>%v:0x%08x aes-cbc:0x%x hmac-sha1-96:0x%x tunnel\n", host(12, i), host(13, i), 0x20000+i, w.random(16), w.random(20))
		}
	}},
	{"addresses of one ESP SA", func(w *wire, n int) {
		e := w.sa(host(10, 0), host(11, 0), 0x1000)
		for i := range n {
			e.carry(w, host(10, i), host(11, 0), 2)
		}
	}},
	{"packets of one ESP SA, half of them lost", func(w *wire, n int) {
		e := w.sa(host(10, 0), host(11, 0), 0x10000)
		for i := range n {
			e.seq++
			e.packet(w, host(10, 0), host(11, 0), w.tcp(i, i%50, false))
		}
	}},
	{"TCP connections inside", func(w *wire, n int) {
		e, back := w.sa(host(10, 0), host(11, 0), 0x10000), w.sa(host(11, 0), host(10, 0), 0x10001)
		for i := range n {
			e.packet(w, host(10, 0), host(11, 0), w.tcp(i, 0, false))
			if i%2 == 0 {
				back.packet(w, host(11, 0), host(10, 0), w.tcp(i, 0, true))
			}
		}
	}},
	{"pre-shared keys", func(w *wire, n int) {
		l, spis := w.between(0), [2]uint64{cookie(1, 0)}
		id := payload{kind: 5, body: []byte{1, 0, 0, 0, 192, 0, 2, 1}}
		l.message(false, spis, v1, aggressive, 0, 0, []payload{sa1(), w.ke1(), w.nonce1(), id})
		spis[1] = cookie(2, 0)
		l.message(true, spis, v1, aggressive, 0, 0, []payload{sa1(), w.ke1(), w.nonce1(), id, {kind: 8, body: w.random(20)}})
		l.message(false, spis, v1, aggressive, encrypted, 0, []payload{w.sealed1(8, 48)})
		for i := range n {
			fmt.Fprintf(&w.keys, "PSK * \"secret number %d\"\n", i)
		}
	}},
	{"keys of other IKE SAs", func(w *wire, n int) {
		w.between(0).begin1([2]uint64{cookie(1, 0), cookie(2, 0)})
		w.between(1).begin2([2]uint64{cookie(1, 1), cookie(2, 1)}, true)
		for i := range n {
			fmt.Fprintf(&w.keys, "SKEYID_E %016x:%016x 0x%x\n", cookie(3, i), cookie(4, i), w.random(20))
			fmt.Fprintf(&w.keys, "SK_D %016x:%016x 0x%x\n", cookie(5, i), cookie(6, i), w.random(32))
		}
	}},
	{"keys that name no IKE SA", func(w *wire, n int) {
		w.between(0).begin1([2]uint64{cookie(1, 0), cookie(2, 0)})
		w.between(1).begin2([2]uint64{cookie(1, 1), cookie(2, 1)}, true)
		for range n / 4 {
			fmt.Fprintf(&w.keys, "SKEYID - 0x%x\nSK_D - 0x%x\nSK_EI - 0x%x\nDH_SECRET - 0x%x\n", w.random(20), w.random(32), w.random(16), w.random(256))
		}
	}},
	{"calls of one function of a script", func(w *wire, n int) {
		w.keys.WriteString("outer() {\n")
		for range 90 {
			w.keys.WriteString("  add $1 $2\n")
		}
		w.keys.WriteString("  ip xfrm state add src 10.0.0.1 dst 11.0.0.1 proto esp spi $1 mode tunnel enc aes $2\n}\n")
		w.keys.WriteString("add() {\n  ip xfrm state add src 10.0.0.1 dst 11.0.0.1 proto esp spi $1 mode tunnel enc aes $2\n}\n")
		for i := range n {
			fmt.Fprintf(&w.keys, "outer 0x%x 0x%x\n", 0x1000+i, w.random(16))
		}
	}},
	{"lines of a log without keys", func(w *wire, n int) {
		w.between(0).begin2([2]uint64{cookie(1, 0), cookie(2, 0)}, true)
		for i := range n {
			fmt.Fprintf(&w.keys, "Nov 14 22:13:%02d gw charon: %02d[IKE] <gw|%d> initiating IKE_SA gw[%d] to %v\n", i/1000%60, i%16, i, i, host(11, i))
			fmt.Fprintf(&w.keys, "Nov 14 22:13:%02d gw charon: %02d[IKE] <gw|%d> received NO_PROPOSAL_CHOSEN notify error\n", i/1000%60, i%16, i)
		}
	}},
	{"IP fragments, the rest missing", func(w *wire, n int) {
		for i := range n {
			w.packet(host(10, i), host(11, 0), 17, 0x2000, append([]byte{0x01, 0xf4, 0x01, 0xf4, 4, 0, 0, 0}, w.random(64)...))
		}
	}},
	{"ICMP errors about IKE", func(w *wire, n int) {
		for i := range n {
			l := w.between(i)
			l.message(false, [2]uint64{cookie(1, i)}, v2, saInit, initiator, 0, []payload{sa2(), w.ke2(), w.nonce2()})
			const quoted = 20 + 8 + 28 // with the header of ISAKMP
			w.packet(l.r.Addr(), l.i.Addr(), 1, 0, icmp(append([]byte{3, 3, 0, 0, 0, 0, 0, 0}, w.last[:quoted]...)))
		}
	}},
	{"connections of IKE over TCP", func(w *wire, n int) {
		for i := range n {
			body := append([]byte("IKETCP"), 0, 34, 0, 0, 0, 0)
			body = append(body, ikeHeader(i)...)
			w.packet(host(10, i), host(11, 0), 6, 0, tcpSegment(uint16(1024+i%60000), 4500, 1, 0x18, body))
		}
	}},
	{"NAT mappings", func(w *wire, n int) {
		for i := range n {
			w.udp(netip.AddrPortFrom(host(10, 0), uint16(1024+i%60000)), netip.AddrPortFrom(host(11, 0), 4500), append([]byte{0, 1, 0, 1, 0, 0, 0, 1}, w.random(64)...))
		}
	}},
}

// kindsKeyed are kinds in which everything is decrypted.
var kindsKeyed = []kind{
	{"tunnels, each with its hosts", func(w *wire, n int) {
		for i := range n {
			t := w.between(i).keyed2(i)
			t.begin()
			t.carry(2)
			t.keep()
			t.end()
		}
	}},
	{"tunnels between two hosts", func(w *wire, n int) {
		for i := range n {
			t := w.between(0).keyed2(i)
			t.begin()
			t.carry(2)
			t.end()
		}
	}},
	{"tunnels to one gateway, none deleted", func(w *wire, n int) {
		for i := range n {
			t := link{w, ikePort(host(10, i)), ikePort(host(11, 0))}.keyed2(i)
			t.begin()
			t.carry(1)
		}
	}},
	{"liveness checks of one tunnel", func(w *wire, n int) {
		t := w.between(0).keyed2(0)
		t.begin()
		for range n {
			t.keep()
		}
	}},
	{"rejected Child SAs of one tunnel", func(w *wire, n int) {
		t := w.between(0).keyed2(0)
		t.begin()
		for i := range n {
			t.rejectChild(i + 1)
		}
	}},
	{"Child SAs of one tunnel", func(w *wire, n int) {
		t := w.between(0).keyed2(0)
		t.begin()
		for i := range n {
			t.rekeyChild(i + 1)
		}
	}},
}
