package main

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
)

// A wrapper puts a frame of Ethernet into another one, as a mirror, a cloud or a provider does.
type wrapper struct {
	name string
	wrap func(frame []byte) []byte
}

var (
	outerA, outerB = netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2")
	outer6A        = netip.MustParseAddr("2001:db8::a")
	outer6B        = netip.MustParseAddr("2001:db8::b")
)

// overIP puts a frame behind IP and a header; bare drops the link header of the frame.
func overIP(proto byte, bare bool, header ...byte) func([]byte) []byte {
	return func(frame []byte) []byte {
		if bare {
			frame = frame[14:]
		}
		return onEthernet(outerA, outerB, proto, slices.Concat(header, frame))
	}
}

// overUDP is overIP with UDP, whose length is set.
func overUDP(port uint16, bare bool, header ...byte) func([]byte) []byte {
	return func(frame []byte) []byte {
		if bare {
			frame = frame[14:]
		}
		body := slices.Concat(header, frame)
		u := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, port), port)
		u = append(binary.BigEndian.AppendUint16(u, uint16(8+len(body))), 0, 0)
		return onEthernet(outerA, outerB, 17, append(u, body...))
	}
}

// tagged puts bytes between the addresses of a frame and its EtherType.
func tagged(tag ...byte) func([]byte) []byte {
	return func(frame []byte) []byte { return slices.Concat(frame[:12], tag, frame[12:]) }
}

// replaced puts others in place of the EtherType.
func replaced(tag ...byte) func([]byte) []byte {
	return func(frame []byte) []byte { return slices.Concat(frame[:12], tag, frame[14:]) }
}

func gtpu(flags byte, more ...byte) func([]byte) []byte {
	return func(frame []byte) []byte {
		n := uint16(len(frame) - 14 + len(more))
		return overUDP(2152, true, slices.Concat([]byte{flags, 255}, binary.BigEndian.AppendUint16(nil, n), []byte{0, 0, 0, 9}, more)...)(frame)
	}
}

// wespFrame puts the header of wrapped ESP before ESP.
func wespFrame(frame []byte) []byte {
	if frame[23] != 50 {
		return frame
	}
	src, _ := netip.AddrFromSlice(frame[26:30])
	dst, _ := netip.AddrFromSlice(frame[30:34])
	n := int(binary.BigEndian.Uint16(frame[16:]))
	return onEthernet(src, dst, 141, slices.Concat([]byte{0, 0, 0, 0x20}, frame[34:14+n]))
}

var wrappers = []wrapper{
	{"VXLAN", overUDP(4789, false, 8, 0, 0, 0, 0, 0, 42, 0)}, {"VXLAN-GPE", overUDP(4790, true, 0x0c, 0, 0, 1, 0, 0, 42, 0)},
	{"GENEVE with an option", overUDP(6081, false, 2, 0, 0x65, 0x58, 0, 0, 1, 0, 1, 2, 0, 1, 0, 0, 0, 5)}, {"GRE", overIP(47, true, 0, 0, 8, 0)},
	{"GRE with key and sequence", overIP(47, true, 0x30, 0, 8, 0, 0, 0, 0, 7, 0, 0, 0, 9)}, {"NVGRE", overIP(47, false, 0x20, 0, 0x65, 0x58, 0, 0, 42, 1)},
	{"ERSPAN I", overIP(47, false, 0, 0, 0x88, 0xbe)}, {"ERSPAN II", overIP(47, false, 0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 1, 0, 0, 0, 0)},
	{"ERSPAN III", overIP(47, false, 0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)}, {"IP in IP", overIP(4, true)},
	{"4in6", func(f []byte) []byte { return onEthernet(outer6A, outer6B, 4, f[14:]) }}, {"GTP-U", gtpu(0x30)},
	{"GTP-U with an extension", gtpu(0x34, 0, 0, 0, 0x85, 1, 0, 5, 0)}, {"L2TPv2", overUDP(1701, true, 0, 2, 0, 1, 0, 1, 0xff, 3, 0, 0x21)},
	{"L2TPv3", overIP(115, false, 0, 0, 0, 7)}, {"L2TPv3 in UDP", overUDP(1701, false, 0, 3, 0, 0, 0, 0, 0, 7)}, {"EtherIP", overIP(97, false, 0x30, 0)},
	{"TZSP", overUDP(37008, false, 1, 0, 0, 1, 1)}, {"CAPWAP", overUDP(5247, false, 0, 0x10, 2, 0, 0, 0, 0, 0)}, {"LISP", overUDP(4341, true, 0x80, 0, 0, 1, 0, 0, 0, 0)},
	{"MPLS", replaced(0x88, 0x47, 0, 1, 1, 64)}, {"MPLS with a control word", func(f []byte) []byte {
		return slices.Concat(f[:12], []byte{0x88, 0x47, 0, 1, 1, 64, 0, 0, 0, 0}, f)
	}},
	{"PPPoE", func(f []byte) []byte {
		n := binary.BigEndian.AppendUint16(nil, uint16(len(f)-12))
		return slices.Concat(f[:12], []byte{0x88, 0x64, 0x11, 0, 0, 7}, n, []byte{0, 0x21}, f[14:])
	}},
	{"VLAN", tagged(0x81, 0, 0, 5)}, {"VN-Tag", tagged(0x89, 0x26, 0, 3, 0, 0)}, {"Cisco metadata", tagged(0x89, 0x09, 1, 1, 0, 1, 0, 5)},
	{"PBB", func(f []byte) []byte { return slices.Concat(f[:12], []byte{0x88, 0xe7, 0, 0, 1, 2}, f) }}, {"WESP", wespFrame},
	{"ERSPAN in VXLAN", func(f []byte) []byte {
		return overUDP(4789, false, 8, 0, 0, 0, 0, 0, 42, 0)(overIP(47, false, 0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 1, 0, 0, 0, 0)(f))
	}},
}

// Sessions of both versions say in each wrapping what they say without.
func TestWrappedSessions(t *testing.T) {
	if testing.Short() {
		t.Skip("decrypts two sessions in every wrapping")
	}
	for _, session := range []string{"v1-main-psk-aes128-sha1", "v2-psk-aes128-sha256"} {
		dir, tmp := filepath.Join("..", "..", "testdata", "pcaps", session), t.TempDir()
		keys, out := filepath.Join(dir, "gwa.log"), filepath.Join(tmp, "out.pcap")
		wire := filepath.Join(dir, "wire.pcap")
		decrypted := func(in string) [][]byte {
			runDone(t, "decrypt", "-q", "-k", keys, "--only", "inner", "--link", "raw", "-w", out, in)
			_, list := pcapFrames(t, out)
			return list
		}
		want := decrypted(wire)
		_, frames := pcapFrames(t, wire)
		if len(want) == 0 {
			t.Fatalf("%s: nothing is decrypted", session)
		}
		for _, w := range wrappers {
			t.Run(session+"/"+w.name, func(t *testing.T) {
				var list [][]byte
				for _, f := range frames {
					list = append(list, w.wrap(f))
				}
				in := filepath.Join(tmp, "wrapped.pcap")
				putFile(t, in, pcapOf(1, list))
				if got := decrypted(in); !slices.EqualFunc(got, want, bytes.Equal) {
					t.Errorf("%d packets, want %d", len(got), len(want))
				}
			})
		}
	}
}
