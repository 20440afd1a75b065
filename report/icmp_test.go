package report

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// icmp4 is a destination unreachable message (RFC 792) about a UDP packet.
func icmp4(code byte, dst netip.Addr, port uint16) []byte {
	b := make([]byte, 8+20+8)
	b[0], b[1] = 3, code
	packet := b[8:]
	packet[0], packet[9] = 0x45, 17
	copy(packet[16:], dst.AsSlice())
	binary.BigEndian.PutUint16(packet[22:], port)
	return b
}

// icmp6 is a destination unreachable message (RFC 4443, section 3.1) about a UDP packet.
func icmp6(code byte, dst netip.Addr, port uint16) []byte {
	b := make([]byte, 8+40+8)
	b[0], b[1] = 1, code
	packet := b[8:]
	packet[0], packet[6] = 0x60, 17
	copy(packet[24:], dst.AsSlice())
	binary.BigEndian.PutUint16(packet[42:], port)
	return b
}

// Errors about IKE, ESP and AH are told apart by what they call for; those about anything else are nobody's business.
func TestUnreachable(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::2")
	about := func(proto byte, b []byte) []byte {
		if b[8]>>4 == 4 {
			b[8+9] = proto
		} else {
			b[8+6] = proto
		}
		return b
	}
	as := func(typ, code byte, b []byte) []byte {
		b[0], b[1] = typ, code
		return b
	}
	const espProto = 50
	for _, c := range []struct {
		name     string
		in       [][]byte
		code     string // "" for none
		severity Severity
		says     string
	}{
		{"port", [][]byte{icmp4(3, v4, 500)}, "icmp-unreachable", SeverityProblem, "port unreachable for IKE"},
		{"NAT-T port", [][]byte{icmp4(3, v4, 4500)}, "icmp-unreachable", SeverityProblem, "IKE or ESP in UDP"},
		{"ESP, once", [][]byte{about(espProto, icmp4(10, v4, 0))}, "icmp-unreachable", SeverityWarning, "for ESP from"},
		{"ESP, often", [][]byte{about(espProto, icmp4(10, v4, 0)), about(espProto, icmp4(10, v4, 0)), about(espProto, icmp4(10, v4, 0))}, "icmp-unreachable", SeverityProblem, "host administratively prohibited"},
		{"IPv6", [][]byte{icmp6(0, v6, 500)}, "icmp-unreachable", SeverityProblem, "no route to destination"},
		{"time exceeded", [][]byte{as(11, 0, icmp4(0, v4, 500))}, "icmp-unreachable", SeverityProblem, "time to live exceeded"},
		{"reassembly", [][]byte{as(11, 1, icmp4(0, v4, 500))}, "fragment-lost", SeverityProblem, "fragment reassembly time exceeded"},
		{"too big, IPv6", [][]byte{as(2, 0, icmp6(0, v6, 4500))}, "mtu-suspect", SeverityWarning, "packet too big"},
		{"another port", [][]byte{icmp4(3, v4, 53)}, "", "", ""},
		{"TCP", [][]byte{about(ip.ProtoTCP, icmp4(3, v4, 0))}, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &traffic.Watch{}
			for i, b := range c.in {
				w.Frame(&ikedecode.Frame{Packet: &capture.Packet{Number: i + 1}, Items: []ikedecode.Item{{Datagram: &capture.Datagram{Frame: i + 1, Kind: capture.ICMPError, Src: netip.AddrPortFrom(v4, 0), Payload: b}}}})
			}
			d := diagnosisOf()
			d.watch = w
			d.apply(t, "unreachable")
			if c.code == "" {
				if len(d.results()) > 0 {
					t.Errorf("%+v", d.results())
				}
				return
			}
			if len(d.results()) != 1 {
				t.Fatalf("%+v", d.results())
			}
			f := d.results()[0]
			if string(f.Code) != c.code || f.Severity != c.severity || !strings.Contains(f.Text, c.says) || f.Hint == "" || f.RFC == "" || len(f.Frames) != len(c.in) {
				t.Errorf("%+v", f)
			}
		})
	}
}
