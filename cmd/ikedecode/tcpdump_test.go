package main

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// needTcpdump skips a test where tcpdump is missing, unless IKEDECODE_REQUIRE_TSHARK says that the programs must be there.
func needTcpdump(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("tcpdump"); err == nil {
		return
	}
	if os.Getenv("IKEDECODE_REQUIRE_TSHARK") != "" {
		t.Fatal("tcpdump is not there")
	}
	t.Skip("tcpdump is not there: the capture filter is not tried")
}

// readmeFilter is the capture filter of README.md.
func readmeFilter(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`filter='([^']+)'`).FindSubmatch(text)
	if m == nil {
		t.Fatal("README.md has no filter")
	}
	return strings.Join(strings.Fields(string(m[1])), " ")
}

// filtered is the file that tcpdump makes of another with a filter.
func filtered(t *testing.T, path, filter string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "kept.pcap")
	if text, err := exec.Command("tcpdump", "-r", path, "-w", out, filter).CombinedOutput(); err != nil {
		t.Fatalf("tcpdump: %v\n%s", err, text)
	}
	return out
}

// seenIn are the IKE, ESP and AH datagrams of a capture, put together of their fragments: a line each.
func seenIn(t *testing.T, path string) (lines []string) {
	t.Helper()
	src, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	s, err := ikedecode.Analyze(context.Background(), src, &secret.Bag{}, ikedecode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(context.Background(), func(f *ikedecode.Frame) error {
		for i := range f.Items {
			d := f.Items[i].Datagram
			if d.Kind == capture.Other {
				continue
			}
			lines = append(lines, fmt.Sprintf("%v %v %v > %v %x", f.Packet.Time.UnixNano(), d.Kind, d.Src, d.Dst, d.Payload))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return lines
}

// The filter of README.md loses no datagram of any recorded session.
func TestCaptureFilter(t *testing.T) {
	if testing.Short() {
		t.Skip("runs another program for each session")
	}
	needTcpdump(t)
	filter := readmeFilter(t)
	list, err := filepath.Glob(filepath.Join(pcaps, "*", "wire*.pcap"))
	if err != nil || len(list) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for _, path := range list {
		rel, _ := filepath.Rel(pcaps, path)
		t.Run(filepath.ToSlash(rel), func(t *testing.T) {
			want, got := seenIn(t, path), seenIn(t, filtered(t, path, filter))
			if len(want) == 0 {
				t.Fatal("nothing is seen in the capture")
			}
			for i := range want {
				if i >= len(got) || got[i] != want[i] {
					t.Fatalf("%d datagrams, want %d; the first that is lost or different is %.150s", len(got), len(want), want[i])
				}
			}
		})
	}
}

// ip4 and ip6 make packets; what is in them matters to no filter.
func ip4(proto byte, fragment uint16, payload ...byte) []byte {
	b := ipPacket(proto, payload...)
	b[6], b[7] = byte(fragment>>8), byte(fragment)
	return b
}

func ip6(next byte, payload ...byte) []byte {
	b := make([]byte, 40, 40+len(payload))
	b[0], b[5], b[6], b[7] = 0x60, byte(len(payload)), next, 64
	copy(b[8:], netip.MustParseAddr("2001:db8::1").AsSlice())
	copy(b[24:], netip.MustParseAddr("2001:db8::2").AsSlice())
	return append(b, payload...)
}

// framesOf writes the packets as Ethernet frames, what is in front of each being tags.
func framesOf(t *testing.T, packets map[string][]byte, tags ...byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.pcap")
	w, err := capture.Create(path, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, ip := range packets {
		n++
		frame := append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}, tags...)
		switch pppoe := len(tags) > 2 && tags[0] == 0x88 && tags[1] == 0x64; {
		case pppoe && ip[0]>>4 == 6:
			frame = append(frame, 0, 0x57)
		case pppoe:
			frame = append(frame, 0, 0x21)
		case ip[0]>>4 == 6:
			frame = append(frame, 0x86, 0xdd)
		default:
			frame = append(frame, 8, 0)
		}
		frame = append(frame, ip...)
		p := &capture.Packet{Number: n, Time: time.Unix(int64(n), 0), Link: capture.LinkEthernet, Data: frame, OrigLen: len(frame)}
		if err := w.Write(p, frame, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// What the filter is for, kind by kind, with and without tags in front of it; and what it is to leave out.
func TestCaptureFilterKinds(t *testing.T) {
	needTcpdump(t)
	var (
		rest    = make([]byte, 40)
		ike     = append([]byte{1, 0xf4, 1, 0xf4, 0, 48, 0, 0}, rest...)
		natt    = append([]byte{0x11, 0x94, 0xc0, 0, 0, 48, 0, 0}, rest...)
		tcp     = append([]byte{0xc0, 0, 0x11, 0x94, 0, 0, 0, 0, 0, 0, 0, 0, 0x50}, rest...)
		http    = append([]byte{0xc0, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50}, rest...)
		options = func(next byte, payload ...byte) []byte { return append([]byte{next, 0, 1, 4, 0, 0, 0, 0}, payload...) }
	)
	kept := map[string][]byte{
		"IKE": ip4(17, 0, ike...), "NAT traversal": ip4(17, 0, natt...), "IKE in TCP": ip4(6, 0, tcp...), "ESP": ip4(50, 0, rest...), "AH": ip4(51, 0, rest...),
		"ICMP": ip4(1, 0, rest...), "first fragment of IKE": ip4(17, 0x2000, ike...), "later fragment": ip4(17, 0x2005, rest...), "last fragment": ip4(17, 5, rest...),
		"IPv6 IKE": ip6(17, ike...), "IPv6 NAT traversal": ip6(17, natt...), "IPv6 IKE in TCP": ip6(6, tcp...), "IPv6 ESP": ip6(50, rest...), "IPv6 AH": ip6(51, rest...),
		"ICMPv6": ip6(58, rest...), "IPv6 first fragment": ip6(44, append([]byte{17, 0, 0, 1, 0, 0, 0, 9}, ike...)...),
		"IPv6 last fragment": ip6(44, append([]byte{17, 0, 0, 0x40, 0, 0, 0, 9}, rest...)...), "ESP behind hop-by-hop options": ip6(0, options(50, rest...)...),
		"ESP behind destination options": ip6(60, options(50, rest...)...), "AH behind a routing header": ip6(43, options(51, rest...)...),
		"fragment behind hop-by-hop options": ip6(0, options(44, append([]byte{17, 0, 0, 0x40, 0, 0, 0, 9}, rest...)...)...),
	}
	other := map[string][]byte{"TCP": ip4(6, 0, http...), "IPv6 TCP": ip6(6, http...)}
	filter := readmeFilter(t)
	vlan, pppoe := fmt.Sprintf("%s or (vlan and (%[1]s))", filter), fmt.Sprintf("pppoes and (%s)", filter)
	for _, c := range []struct {
		name, filter string
		tags         []byte
	}{
		{"plain", filter, nil},
		{"plain, with VLAN", vlan, nil},
		{"VLAN", vlan, []byte{0x81, 0, 0, 7}},
		{"PPPoE", pppoe, []byte{0x88, 0x64, 0x11, 0, 0, 1, 0, 90}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, ip := range kept {
				if got := readFrames(t, filtered(t, framesOf(t, map[string][]byte{name: ip}, c.tags...), c.filter)); len(got) != 1 {
					t.Errorf("%s is lost", name)
				} else if !bytes.HasSuffix(got[0].Data, ip) {
					t.Errorf("%s: %x", name, got[0].Data)
				}
			}
			if got := readFrames(t, filtered(t, framesOf(t, other, c.tags...), c.filter)); len(got) != 0 {
				t.Errorf("%d packets of other kinds are kept", len(got))
			}
		})
	}
}
