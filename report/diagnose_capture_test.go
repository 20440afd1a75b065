package report

import (
	"encoding/binary"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// A mirror port shows nearly all packets twice, a network that duplicates some of them.
func TestSeenTwice(t *testing.T) {
	const session = "v2-psk-aes128-sha256"
	for _, c := range []struct {
		every int
		want  string
	}{
		{1, "most likely by a mirror port of both directions"},
		{2, "cannot tell: a mirror port, or duplicated by the network"},
		{8, "most likely duplicated by the network"},
	} {
		path := edited(t, session, func(ps []*capture.Packet) (out []*capture.Packet) {
			for i, p := range ps {
				out = append(out, p)
				if i%c.every == 0 {
					again := *p
					again.Time = p.Time.Add(time.Microsecond)
					out = append(out, &again)
				}
			}
			return out
		})
		s, w := analyzed(t, path)
		list := withCode(Diagnose(s, w), "mirrored")
		if len(list) != 1 || !strings.Contains(list[0].Text, "captured twice within 20 ms") || !strings.Contains(list[0].Text, c.want) {
			t.Errorf("every %d: %+v", c.every, list)
		}
	}
}

// What the line of the verdict counts, and what it says is missing, is what the capture has.
func TestHealthyCounts(t *testing.T) {
	const v1, v2 = "v1-main-psk-aes128-sha1", "v2-psk-aes128-sha256"
	for _, c := range []struct {
		name, session string
		keep          func(p *capture.Packet, d *capture.Datagram) bool
		want, not     string
	}{
		{"from the middle on", v2, func(p *capture.Packet, _ *capture.Datagram) bool { return p.Number > 4 }, "2 IPsec SAs from the keys given", "pair"},
		{"without ESP", v2, func(_ *capture.Packet, d *capture.Datagram) bool { return d.Kind != capture.ESP }, "ESP dropped by a packet filter, or not captured", "decrypted"},
		{"whole", v1, func(*capture.Packet, *capture.Datagram) bool { return true }, "1 IKE SA and 1 IPsec SA pair\n32 and 13 ESP or AH packets, all decrypted, every ICV correct, no sequence number missing", "given"},
		{"AH without IKE and without keys", "v1-ah-tunnel", func(_ *capture.Packet, d *capture.Datagram) bool { return d.Kind == capture.AH },
			"2 IPsec SAs decoded without a key\n", "given"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := edited(t, c.session, byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
				if !c.keep(p, d) {
					return nil
				}
				return p.Data
			}))
			var keys []string
			if !strings.Contains(c.name, "without keys") {
				keys = []string{filepath.Join(pcaps, c.session, "gwa.log")}
			}
			s, w := analyzed(t, path, keys...)
			d := Diagnose(s, w)
			if f := d.Findings[0]; f.Code != "healthy" && f.Code != "no-esp" || !strings.Contains(strings.Join(f.Details, "\n"), c.want) || strings.Contains(strings.Join(f.Details, "\n"), c.not) {
				t.Errorf("want %q and no %q:\n%s", c.want, c.not, textOf(t, d))
			}
		})
	}
}

// Packets of a link type that is not read are named and counted, in the diagnosis as for decrypt: whether they hold IPsec nobody knows.
func TestUnreadLink(t *testing.T) {
	path := edited(t, "v2-psk-aes128-sha256", asLink(147))
	s, w := analyzed(t, path)
	d := Diagnose(s, w)
	if len(d.Findings) != 1 || d.Findings[0].Code != "unsupported-link" || len(d.Findings[0].Frames) != 51 || d.Healthy || s.Complete() {
		t.Fatalf("complete: %v\n%s", s.Complete(), textOf(t, d))
	}
	if want := "51 of 51 packets not decoded: link type USER0, LINKTYPE 147, is unsupported"; !strings.Contains(d.Findings[0].Text, want) {
		t.Errorf("%q, want %q", d.Findings[0].Text, want)
	}
	if got := NewDecrypt(s, nil, 0).Unread; len(got) != 1 || got[0] != (Unread{Link: "USER0", Packets: 51}) {
		t.Errorf("%+v", got)
	}
	unnamed := Diagnose(analyzed(t, edited(t, "v2-psk-aes128-sha256", asLink(8224))))
	if want := "51 of 51 packets not decoded: link type 8224 is unsupported"; !strings.Contains(unnamed.Findings[0].Text, want) {
		t.Errorf("%q, want %q", unnamed.Findings[0].Text, want)
	}
}

// asLink gives frames another link type.
func asLink(link capture.LinkType) func([]*capture.Packet) []*capture.Packet {
	return byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte {
		p.Link = link
		return p.Data
	})
}

// wrapped puts each frame behind another IP header and a header.
func wrapped(protocol byte, header []byte) func([]*capture.Packet) []*capture.Packet {
	return byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte {
		ip := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 198, 51, 100, 1, 198, 51, 100, 2}
		binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)+len(header)+len(p.Data)))
		b := slices.Concat(p.Data[:ethernet], ip, header, p.Data)
		p.OrigLen = len(b)
		return b
	})
}

// macsec encrypts frames, or as good as.
func macsec(ps []*capture.Packet) []*capture.Packet {
	return byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte {
		const addresses = 12
		b := slices.Concat(p.Data[:addresses], []byte{0x88, 0xe5, 0x0c, 0, 0, 0, 0, 1}, p.Data[addresses:])
		for i := addresses + 8; i < len(b); i++ {
			b[i] ^= 0x5a
		}
		p.OrigLen = len(b)
		return b
	})(ps)
}

// unwrapped takes the line about what carries the packets out of a diagnosis.
func unwrapped(text string) (rest, line string) {
	for l := range strings.Lines(text) {
		if strings.HasSuffix(l, "[encapsulated]\n") {
			line += l
		} else {
			rest += l
		}
	}
	return rest, line
}

// A mirror's packets say what the same packets say without it.
func TestWrapped(t *testing.T) {
	const session = "v2-psk-aes128-sha256"
	log := filepath.Join(pcaps, session, "gwa.log")
	vxlan := slices.Concat([]byte{0x30, 0x39, 4789 >> 8, 4789 & 0xff, 0, 0, 0, 0}, []byte{8, 0, 0, 0, 0, 0, 7, 0})
	bare, w := analyzed(t, filepath.Join(pcaps, session, "wire.pcap"), log)
	want := textOf(t, Diagnose(bare, w))
	for _, c := range []struct {
		name     string
		protocol byte
		header   []byte
		in       capture.Encapsulation
	}{
		{"GRE", 47, []byte{0, 0, 0x65, 0x58}, capture.GRE},
		{"ERSPAN II", 47, []byte{0x10, 0, 0x88, 0xbe, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0}, capture.ERSPAN2},
		{"ERSPAN III", 47, []byte{0x10, 0, 0x22, 0xeb, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, capture.ERSPAN3},
		{"VXLAN", 17, vxlan, capture.VXLAN},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, w := analyzed(t, edited(t, session, wrapped(c.protocol, c.header)), log)
			got, in := unwrapped(textOf(t, Diagnose(s, w)))
			if !strings.HasPrefix(in, "note: 51 packets of IKE, ESP or AH captured in "+c.in.String()) {
				t.Errorf("%q names no %v", in, c.in)
			}
			if got != want || s.Carried[c.in] != s.Counts.Packets || s.Counts.Opened != bare.Counts.Opened {
				t.Errorf("%v inside, %d opened:\n%s\nwant\n%s", s.Carried, s.Counts.Opened, got, want)
			}
		})
	}
	t.Run("both ways", func(t *testing.T) { // as a mirror of two ports shows them
		path := edited(t, session, func(ps []*capture.Packet) (out []*capture.Packet) {
			for _, p := range ps {
				again := *p
				again.Time = p.Time.Add(time.Microsecond)
				out = append(out, p, wrapped(17, vxlan)([]*capture.Packet{&again})[0])
			}
			return out
		})
		s, w := analyzed(t, path, log)
		if s.Counts.Mirrored != bare.Counts.Packets {
			t.Errorf("%d of %d seen again:\n%s", s.Counts.Mirrored, bare.Counts.Packets, textOf(t, Diagnose(s, w)))
		}
		if codes := codesOf(Diagnose(s, w)); slices.Contains(codes, "esp-replay") || slices.Contains(codes, "retransmissions") {
			t.Errorf("%v", codes)
		}
	})
}

// An encapsulation that is not read is named; what was read of one without IPsec inside is told.
func TestEncapsulationNamed(t *testing.T) {
	s, w := analyzed(t, edited(t, "v2-psk-aes128-sha256", macsec))
	d := Diagnose(s, w)
	if len(d.Findings) != 1 || d.Findings[0].Code != "unsupported-encapsulation" || d.Healthy || s.Complete() ||
		!strings.Contains(d.Findings[0].Text, "51 of 51 packets not decoded: encrypted MACsec is unsupported") {
		t.Errorf("%s", textOf(t, d))
	}
	if got := NewDecrypt(s, nil, 0).Unread; len(got) != 1 || got[0] != (Unread{Encapsulation: "MACsec", Packets: 51}) {
		t.Errorf("%+v", got)
	}
	s, w = analyzed(t, edited(t, "v1-gateway-capture", func(ps []*capture.Packet) []*capture.Packet {
		ps = byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
			if d.Kind == capture.Other && d.IP != nil {
				return p.Data
			}
			return nil
		})(ps)
		return wrapped(97, []byte{0x30, 0})(ps)
	}))
	list := withCode(Diagnose(s, w), "no-ipsec")
	if len(list) != 1 || len(list[0].Details) != 1 || !strings.HasSuffix(list[0].Details[0], " packets in EtherIP, decoded, without IPsec") {
		t.Errorf("%+v", list)
	}
}

// What a routing loop sends on again and again, and a gateway shows unencrypted each time, is not captured twice.
func TestLoopIsNoMirror(t *testing.T) {
	s, w := analyzed(t, filepath.Join(pcaps, "diag-v2-routing-loop", "wire.pcap"))
	if list := withCode(Diagnose(s, w), "mirrored"); len(list) > 0 || s.Counts.Mirrored == 0 {
		t.Errorf("%+v of %d packets", list, s.Counts.Mirrored)
	}
}
