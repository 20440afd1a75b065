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

// Packets whose link header is not decoded are counted by link type, in the diagnosis as for decrypt.
func TestUnreadNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wire.pcap")
	w, err := capture.Create(path, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p := &capture.Packet{Link: 147, Data: []byte{1, 2, 3, 4}, OrigLen: 4}
		if err := w.Write(p, p.Data, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s, watch := analyzed(t, path)
	list := withCode(Diagnose(s, watch), "no-ipsec")
	if len(list) != 1 || !slices.Contains(list[0].Details, "3 packets captured as USER0 could not be decoded") {
		t.Errorf("%+v", list)
	}
	if d := NewDecrypt(s, nil, 0); len(d.Unread) != 1 || d.Unread[0] != (UnreadLink{"USER0", 3}) || d.DecoderPanics != 0 {
		t.Errorf("%+v", d)
	}
}

// Headers before mirrored packets are named, as nothing is found behind them.
func TestEncapsulationNamed(t *testing.T) {
	vxlan := slices.Concat([]byte{0x30, 0x39}, []byte{4789 >> 8, 4789 & 0xff}, make([]byte, 12))
	for _, c := range []struct {
		name     string
		protocol byte
		header   []byte
		want     string
	}{
		{"GRE", 47, []byte{0, 0, 8, 0}, "in GRE (IP protocol 47)"},
		{"ERSPAN II", 47, []byte{0x10, 0, 0x88, 0xbe, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0}, "in ERSPAN"},
		{"ERSPAN III", 47, []byte{0x10, 0, 0x22, 0xeb, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "in ERSPAN"},
		{"VXLAN", 17, vxlan, "in VXLAN (UDP port 4789)"},
		{"nothing", 89, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := edited(t, "v2-psk-aes128-sha256", byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte {
				ip := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, c.protocol, 0, 0, 198, 51, 100, 1, 198, 51, 100, 2}
				binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)+len(c.header)+len(p.Data)))
				b := slices.Concat(p.Data[:ethernet], ip, c.header, p.Data)
				p.OrigLen = len(b)
				return b
			}))
			s, w := analyzed(t, path)
			list := withCode(Diagnose(s, w), "no-ipsec")
			if len(list) != 1 {
				t.Fatalf("%+v", list)
			}
			f, named := list[0], strings.Contains(strings.Join(list[0].Details, "\n"), "which is not decoded")
			if named != (c.want != "") || !strings.Contains(strings.Join(f.Details, "\n"), c.want) || named == strings.Contains(f.Hint, "outside the tunnel") {
				t.Errorf("%+v", f)
			}
		})
	}
}
