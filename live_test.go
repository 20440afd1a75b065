package ikedecode_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// runLive runs a capture as it comes.
func runLive(t testing.TB, data []byte, bag *secret.Bag, opt ikedecode.Options) *ikedecode.Session {
	t.Helper()
	src, err := capture.OpenLive(context.Background(), []string{"-"}, capture.Options{Stdin: bytes.NewReader(data)})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	s := ikedecode.NewLive(src, bag, opt)
	if err := s.RunLive(context.Background(), ikedecode.LiveOptions{}, nil, func(*ikedecode.Frame) error { return nil }); err != nil {
		t.Skip(err) // no capture
	}
	return s
}

// A live session forgets old messages of an IKE SA, and goes on decrypting new ones.
func TestLiveForgets(t *testing.T) {
	const dir = "testdata/pcaps/v2-psk-gcm-x25519-pfs-rekey/"
	data, err := os.ReadFile(dir + "wire.pcap")
	if err != nil {
		t.Fatal(err)
	}
	bag, err := source.ReadFile(dir + "gwa.log")
	if err != nil {
		t.Fatal(err)
	}
	s := runLive(t, data, bag, ikedecode.Options{Exchange: exchange.Options{Forget: 8}})
	if c := s.Counts; c.IKE != 18 || c.IKEOpened != 16 || c.Opened != 174 {
		t.Errorf("%+v", c)
	}
	if n := len(s.SAs[0].Conversation.Messages); n > 8 || s.SAs[0].Forgotten == 0 {
		t.Errorf("%d messages are kept, %d forgotten", n, s.SAs[0].Forgotten)
	}
}

// wrapped is a pcap file with Ethernet, each of whose frames is inside another packet.
func wrapped(data []byte, around func(frame []byte) []byte) []byte {
	out, data := append([]byte(nil), data[:24]...), data[24:]
	for len(data) > 0 {
		n := 16 + int(binary.LittleEndian.Uint32(data[8:]))
		frame := around(data[16:n])
		rec := append([]byte(nil), data[:16]...)
		binary.LittleEndian.PutUint32(rec[8:], uint32(len(frame)))
		binary.LittleEndian.PutUint32(rec[12:], uint32(len(frame)))
		out, data = append(append(out, rec...), frame...), data[n:]
	}
	return out
}

// in is a frame of Ethernet and IPv4 with a payload of a protocol.
func in(proto byte, payload ...[]byte) []byte {
	body := bytes.Join(payload, nil)
	h := []byte{2, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 3, 8, 0, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, proto, 0, 0, 198, 51, 100, 1, 198, 51, 100, 2}
	binary.BigEndian.PutUint16(h[16:], uint16(20+len(body)))
	var sum uint32
	for i := 14; i < 34; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(h[i:]))
	}
	binary.BigEndian.PutUint16(h[24:], ^uint16(sum>>16+sum&0xffff))
	return append(h, body...)
}

// Whatever comes, a live session ends, and has seen the packets that two passes see.
func FuzzLive(f *testing.F) {
	var bag secret.Bag
	for _, name := range []string{"v2-psk-aes128-sha256", "v1-main-psk-aes128-sha1"} {
		dir := filepath.Join("testdata/pcaps", name)
		b, err := source.ReadFile(filepath.Join(dir, "gwa.log"))
		if err != nil {
			f.Fatal(err)
		}
		bag.Merge(b)
		data, err := os.ReadFile(filepath.Join(dir, "wire.pcap"))
		if err != nil {
			f.Fatal(err)
		}
		end := 24
		for range 14 {
			end += 16 + int(binary.LittleEndian.Uint32(data[end+8:]))
		}
		data = data[:end]
		f.Add(data)
		f.Add(wrapped(data, func(frame []byte) []byte { // VXLAN, RFC 7348
			udp := []byte{0xc0, 0, 0x12, 0xb5, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 42, 0}
			binary.BigEndian.PutUint16(udp[4:], uint16(16+len(frame)))
			return in(17, udp, frame)
		}))
		f.Add(wrapped(data, func(frame []byte) []byte { return in(47, []byte{0x20, 0, 8, 0, 0, 0, 0, 7}, frame[14:]) })) // GRE with a key, RFC 2890
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		live := runLive(t, data, &secret.Bag{Secrets: bag.Secrets, SAs: bag.SAs}, ikedecode.Options{})
		src, err := capture.Open([]string{"-"}, capture.Options{Stdin: bytes.NewReader(data), TempDir: t.TempDir()})
		if err != nil {
			t.Fatalf("live it is read: %v", err)
		}
		defer src.Close()
		s, err := ikedecode.Analyze(context.Background(), src, &secret.Bag{Secrets: bag.Secrets, SAs: bag.SAs}, ikedecode.Options{})
		if err == nil {
			err = s.Run(context.Background(), nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		if a, b := live.Counts, s.Counts; a.Packets != b.Packets || a.IKE != b.IKE || a.Keepalives != b.Keepalives {
			t.Errorf("live %+v, in two passes %+v", a, b)
		}
	})
}
