package capture

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

var (
	dot11     = cat([]byte{0x08, 0x01, 0, 0}, macs, macs[:6], []byte{0x10, 0})                        // data to the access point
	dot11QoS  = cat([]byte{0x88, 0x02, 0, 0}, macs, macs[:6], []byte{0x10, 0, 0, 0})                  // QoS data from it
	dot11HT   = cat([]byte{0x88, 0x82, 0, 0}, macs, macs[:6], []byte{0x10, 0, 0, 0}, make([]byte, 4)) // with HT control
	dot11Four = cat([]byte{0x08, 0x03, 0, 0}, macs, macs[:6], []byte{0x10, 0}, macs[:6])              // between access points
	snap4     = []byte{0xaa, 0xaa, 3, 0, 0, 0, 8, 0}
	snap6     = []byte{0xaa, 0xaa, 3, 0, 0, 0, 0x86, 0xdd}
	fcs       = []byte{1, 2, 3, 4}
)

// radiotap is a header with flags and a rate.
func radiotap(flags byte) []byte { return []byte{0, 0, 10, 0, 6, 0, 0, 0, flags, 12} }

// prism is a header without values.
func prism() []byte {
	b := make([]byte, 24)
	b[0], b[4] = 0x44, 24
	copy(b[8:], "wlan0")
	return b
}

// wirelessCases are frames by what is before LLC and behind IP.
var wirelessCases = []struct {
	name          string
	link          LinkType
	before, after []byte
}{
	{"802.11", LinkIEEE80211, dot11, nil},
	{"802.11 with FCS", LinkIEEE80211, dot11, fcs},
	{"QoS", LinkIEEE80211, dot11QoS, fcs},
	{"HT control", LinkIEEE80211, dot11HT, nil},
	{"four addresses", LinkIEEE80211, dot11Four, nil},
	{"radiotap", LinkRadiotap, cat(radiotap(0), dot11), nil},
	{"radiotap with FCS", LinkRadiotap, cat(radiotap(0x10), dot11QoS), fcs},
	{"radiotap, padded", LinkRadiotap, cat(radiotap(0x30), dot11QoS, []byte{0, 0}), fcs},
	{"radiotap, padded, four addresses", LinkRadiotap, cat(radiotap(0x20), dot11Four, []byte{0, 0}), nil},
	{"Prism", LinkPrism, cat(prism(), dot11), fcs},
}

// TestWireless puts IKE into wireless frames, takes it out, and has nothing but IP go out again.
func TestWireless(t *testing.T) {
	msg := ike(600)
	v4 := ip4(ip.ProtoUDP, udp(500, 500, msg))
	v6 := checksummed(ip6(ip.ProtoUDP, udp(500, 500, msg)), ip.IPv6Len)
	for _, c := range wirelessCases {
		t.Run(c.name, func(t *testing.T) {
			four := &Packet{Number: 1, Link: c.link, Data: cat(c.before, snap4, v4, c.after)}
			six := &Packet{Number: 2, Link: c.link, Data: cat(c.before, snap6, v6, c.after)}
			four.OrigLen, six.OrigLen = len(four.Data), len(six.Data)
			was := bytes.Clone(four.Data)
			checkIKE(t, four, v4, msg)
			checkIKE(t, six, v6, msg)
			checkRelink(t, four, v6, v6)
			if !bytes.Equal(four.Data, was) {
				t.Error("the frame was changed")
			}
			tagged := &Packet{Link: c.link, Data: cat(c.before, snap4[:6], []byte{0x81, 0, 0, 5, 8, 0}, v4, c.after)}
			checkIKE(t, tagged, v4, msg)
		})
	}
}

// TestWirelessUnread has frames with a payload that is not read, which are counted, and frames that have none.
func TestWirelessUnread(t *testing.T) {
	edit := func(b []byte, at int, v byte) []byte {
		b = bytes.Clone(b)
		b[at] |= v
		return b
	}
	body := cat(snap4, ip4(ip.ProtoESP, esp(0x1001, 1, 40)))
	damaged := radiotap(0)
	damaged[4], damaged[2] = 0xff, 200 // beyond the end
	for _, c := range []struct {
		name           string
		link           LinkType
		data           []byte
		unread, panics int
	}{
		{"protected", LinkIEEE80211, cat(edit(dot11, 1, 0x40), body), 1, 0},
		{"more fragments", LinkIEEE80211, cat(edit(dot11, 1, 0x04), body), 1, 0},
		{"last fragment", LinkIEEE80211, cat(edit(dot11, 22, 0x01), body), 1, 0},
		{"several in one", LinkIEEE80211, cat(edit(dot11QoS, 24, 0x80), body), 1, 0},
		{"several in one, four addresses", LinkIEEE80211, cat([]byte{0x88, 3}, dot11Four[2:], []byte{0x80, 0}, body), 1, 0},
		{"cut", LinkIEEE80211, dot11[:20], 1, 0},
		{"radiotap beyond the end", LinkRadiotap, cat(damaged, dot11, body), 1, 1},
		{"Prism of four bytes", LinkPrism, []byte{0x44, 0, 0, 0}, 1, 1},
		{"empty", LinkRadiotap, nil, 1, 0},
		{"beacon", LinkIEEE80211, cat([]byte{0x80, 0}, dot11[2:], make([]byte, 40)), 0, 0},
		{"acknowledgement", LinkIEEE80211, cat([]byte{0xd4, 0, 0, 0}, macs[:6], fcs), 0, 0},
		{"no data", LinkIEEE80211, cat([]byte{0x48, 1}, dot11[2:], fcs), 0, 0},
		{"ARP", LinkIEEE80211, cat(dot11, snap4[:6], []byte{8, 6}, make([]byte, 28)), 0, 0},
	} {
		s := NewSplitter(SplitOptions{})
		ds := s.Split(&Packet{Link: c.link, Data: c.data, OrigLen: len(c.data)})
		if len(ds) != 1 || ds[0].IP != nil || unreadOf(s, c.link) != c.unread || s.DecoderPanics() != c.panics {
			t.Errorf("%s: %+v, %d unread, %d panics", c.name, ds, unreadOf(s, c.link), s.DecoderPanics())
		}
	}
}

// TestWirelessCut cuts wireless frames at every length.
func TestWirelessCut(t *testing.T) {
	v4 := ip4(ip.ProtoESP, esp(0x1001, 1, 40))
	for _, c := range wirelessCases {
		b := cat(c.before, snap4, v4)
		for n := range b {
			p := &Packet{Link: c.link, Data: b[:n:n], OrigLen: len(b)}
			for _, d := range NewSplitter(SplitOptions{}).Split(p) {
				if d.Kind == ESP && !d.Cut {
					t.Fatalf("%s cut to %d bytes: not marked", c.name, n)
				}
			}
			new(Datagram).Relink(p, v4)
		}
	}
}

// TestWirelessWrite writes a frame as it was captured, and one that became another packet.
func TestWirelessWrite(t *testing.T) {
	v4 := ip4(ip.ProtoTCP, make([]byte, 30))
	p := &Packet{Number: 1, Time: t0, Link: LinkRadiotap, Data: cat(radiotap(0x10), dot11, snap4, ip4(ip.ProtoESP, esp(0x1001, 1, 40)), fcs)}
	p.OrigLen = len(p.Data)
	path := filepath.Join(t.TempDir(), "out.pcapng")
	w, err := Create(path, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	head, err := new(Datagram).AppendHeaders(nil, p, v4)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{w.Write(p, p.Data, ""), w.WriteParts(p, head, v4, nil, 0), w.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	all, _ := readAll(t, path)
	if len(all) != 2 || all[0].Link != LinkRadiotap || !bytes.Equal(all[0].Data, p.Data) || all[1].Link != LinkRaw || !bytes.Equal(all[1].Data, v4) {
		t.Errorf("%+v", all)
	}
}

func FuzzWireless(f *testing.F) {
	v4 := ip4(ip.ProtoESP, esp(0x1001, 1, 40))
	for _, c := range wirelessCases {
		f.Add(uint16(c.link), cat(c.before, snap4, v4, c.after))
	}
	f.Fuzz(func(t *testing.T, link uint16, b []byte) {
		was := bytes.Clone(b)
		p := &Packet{Link: LinkType(link), Data: b, OrigLen: len(b)}
		for _, d := range NewSplitter(SplitOptions{}).Split(p) {
			checkDatagram(t, p, &d)
		}
		if !bytes.Equal(b, was) {
			t.Fatal("the frame was changed")
		}
	})
}

// TestRadiotapLong has a header longer than any is.
func TestRadiotapLong(t *testing.T) {
	b := make([]byte, 2*wirelessFront)
	binary.LittleEndian.PutUint16(b[2:], wirelessFront+8)
	s := NewSplitter(SplitOptions{})
	if s.Split(&Packet{Link: LinkRadiotap, Data: b}); unreadOf(s, LinkRadiotap) != 1 {
		t.Errorf("%v", s.Unread())
	}
}
