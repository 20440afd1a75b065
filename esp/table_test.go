package esp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

func TestAddErrors(t *testing.T) {
	aes, sha1 := cipherRow(t, "AES-CBC"), macRow(t, "HMAC-SHA1-96")
	key, mackey := bytes.Repeat([]byte{0xab}, 16), bytes.Repeat([]byte{0xab}, 20)
	unknown := *aes
	unknown.Name, unknown.NewBlock = "IDEA-CBC", nil
	tests := []struct {
		name string
		p    Params
		err  error
		fact string
	}{
		{"key too short", Params{Protocol: ESP, Cipher: aes, CipherKey: key[:15]}, ErrKeyLength, "AES-CBC key of 120 bits, not 128, 192, 256"},
		{"no key", Params{Protocol: ESP, Cipher: aes}, ErrKeyLength, "AES-CBC key of 0 bits"},
		{"salt missing", Params{Protocol: ESP, Cipher: cipherRow(t, "AES-GCM-16"), CipherKey: key}, ErrKeyLength, "with 32 bits of salt after it"},
		{"MAC key", Params{Protocol: ESP, Cipher: aes, CipherKey: key, MAC: macRow(t, "AES-XCBC-96"), MACKey: mackey}, ErrKeyLength, "AES-XCBC-96 key of 160 bits, not 128"},
		{"no MAC key", Params{Protocol: ESP, Cipher: aes, CipherKey: key, MAC: sha1}, ErrKeyLength, "HMAC-SHA1-96 key of 0 bits, not 160"},
		{"NULL with key", Params{Protocol: ESP, Cipher: cipherRow(t, "NULL"), CipherKey: key}, ErrKeyLength, "NULL has no key"},
		{"no cipher", Params{Protocol: ESP, MAC: sha1, MACKey: mackey}, ErrUnsupported, "no cipher"},
		{"known only by name", Params{Protocol: ESP, Cipher: &unknown, CipherKey: key}, ErrUnsupported, "IDEA-CBC is known, but not implemented"},
		{"ICV longer than the MAC", Params{Protocol: ESP, Cipher: aes, CipherKey: key, MAC: sha1, MACKey: mackey, ICVLen: 24}, ErrUnsupported, "ICV of 192 bits"},
		{"MAC beside GCM", Params{Protocol: ESP, Cipher: cipherRow(t, "AES-GCM-16"), CipherKey: bytes.Repeat([]byte{0xab}, 20), MAC: sha1, MACKey: mackey}, ErrUnsupported, "has its own ICV"},
		{"negative ICV", Params{Protocol: ESP, Cipher: aes, CipherKey: key, NoCheck: true, ICVLen: -1}, ErrUnsupported, "ICV of -1 bytes"},
		{"AH without MAC", Params{Protocol: AH}, ErrMalformed, "without an integrity algorithm"},
		{"AH with cipher", Params{Protocol: AH, Cipher: aes, CipherKey: key, MAC: sha1, MACKey: mackey}, ErrMalformed, "AH with AES-CBC"},
		{"CPI", Params{Protocol: IPComp, SPI: 0x10000}, ErrMalformed, "more than 16 bits"},
		{"protocol", Params{Protocol: 6}, ErrMalformed, "neither ESP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.p.SPI, tt.p.Source = max(tt.p.SPI, 0x1234), Source{"some.log", 7}
			_, err := NewTable().Add(tt.p)
			var pe *ParamError
			if !errors.As(err, &pe) || !errors.Is(err, tt.err) {
				t.Fatalf("%v, want a ParamError of %v", err, tt.err)
			}
			if s := err.Error(); !strings.Contains(s, tt.fact) || !strings.HasPrefix(s, "some.log:7: ") {
				t.Errorf("%q does not say %q", s, tt.fact)
			}
			if strings.Contains(err.Error(), "abab") {
				t.Errorf("%q shows key bytes", err)
			}
		})
	}
}

// TestNoKeysInText prints SAs in every way that a log line might.
func TestNoKeysInText(t *testing.T) {
	p := cbcSA(t, 0x1234, "HMAC-SHA1-96", 0xab)
	table := newTable(t, p)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{p, &p, table.SAs()[0].Params, table.SAs()[0]} {
			s := fmt.Sprintf(format, v)
			for _, k := range [][]byte{p.CipherKey, p.MACKey} {
				if strings.Contains(s, hex.EncodeToString(k[:4])) || strings.Contains(s, fmt.Sprint(k[:4])[1:8]) || strings.Contains(s, "0xab, 0x") {
					t.Errorf("%s of %T shows a key: %s", format, v, s)
				}
			}
		}
	}
	if got, want := p.String(), "ESP 192.0.2.1>192.0.2.2:0x00001234 AES-CBC HMAC-SHA1-96"; got != want {
		t.Errorf("String is %q, want %q", got, want)
	}
}

func TestAddMerges(t *testing.T) {
	p := cbcSA(t, 0x1234, "HMAC-SHA1-96", 1)
	p.Source = Source{"gwa.log", 7}
	wild, back, other, again := p, p, p, p
	wild.Src, wild.Dst, wild.Source = netip.Addr{}, netip.IPv4Unspecified(), Source{"esp_sa", 1}
	back.Src, back.Dst = p.Dst, p.Src
	other.MACKey = bytes.Repeat([]byte{9}, 20)
	again.Tunnel, again.Source = true, Source{"gwb.xfrm", 3}
	table := newTable(t, wild, p, again, p, back, other)
	sas := table.SAs()
	if len(sas) != 3 {
		t.Fatalf("%d SAs, want 3", len(sas))
	}
	if want := []string{"esp_sa:1", "gwa.log:7", "gwb.xfrm:3"}; !slices.Equal(sas[0].Sources(), want) {
		t.Errorf("sources %q, want %q", sas[0].Sources(), want)
	}
	if sa := sas[0]; sa.Src != gwA || sa.Dst != gwB || !sa.Tunnel {
		t.Errorf("merged to %v > %v, tunnel %v", sa.Src, sa.Dst, sa.Tunnel)
	}
	if !table.Known(0x1234, gwB) || table.Known(0x1235, gwB) {
		t.Error("look-up by SPI is wrong")
	}
	sas[0].CipherKey[0] ^= 1 // the caller's slice
	if bytes.Equal(p.CipherKey, sas[0].CipherKey) {
		t.Error("the table shares its keys with the caller")
	}
}

// TestSameSPI has three SAs with one SPI and destination: the ICV tells them apart, and the flow is remembered.
func TestSameSPI(t *testing.T) {
	var params []Params
	for n := range byte(3) {
		params = append(params, cbcSA(t, 0x1234, "HMAC-SHA1-96", n+1))
	}
	params = append(params, gcmSA(t, 0x1234, 4))
	table := newTable(t, params...)
	inner := ipv4(hostA, hostB, ip.ProtoUDP, udp(1, 2, []byte("same SPI")))
	var s Scratch
	for round := range uint64(2) {
		for i, p := range params {
			o, err := table.Open(packetOf(p, seal(t, p, round+1, ip.ProtoIPv4, inner)), &s)
			if err != nil || o.SA != table.SAs()[i] || !bytes.Equal(o.IP, inner) {
				t.Errorf("SA %d: opened by %v to %x, %v", i, o.SA, o.IP, err)
			}
		}
	}
	for i, sa := range table.SAs() {
		if st := sa.Stats(); st.Packets != 2 || st.Opened != 2 || st.ICVFailures != 0 {
			t.Errorf("SA %d: %+v", i, st)
		}
	}
	if len(s.flows) != 1 {
		t.Errorf("%d flows remembered, want 1", len(s.flows))
	}
}

// TestManyOfOneSPI has more SAs with one SPI and destination than are looked through one by one, as a peer leaves them that numbers
// its SAs from the start after each restart; one says its addresses late.
func TestManyOfOneSPI(t *testing.T) {
	var params []Params
	for n := range byte(2*fewAlike + 1) {
		params = append(params, cbcSA(t, 0x1234, "HMAC-SHA1-96", n+1))
	}
	late := params[3]
	params[3].Src, params[3].Dst = netip.Addr{}, netip.Addr{}
	for n := range params {
		table := newTable(t, params[:n+1]...)
		if n >= 3 {
			if _, err := table.Add(late); err != nil {
				t.Fatal(err)
			}
		}
		inner := ipv4(hostA, hostB, ip.ProtoUDP, udp(1, 2, []byte("same SPI")))
		for i, p := range params[:n+1] {
			p.Src, p.Dst = gwA, gwB
			o, err := table.Open(packetOf(p, seal(t, p, 1, ip.ProtoIPv4, inner)), new(Scratch))
			if err != nil || o.SA != table.SAs()[i] || !bytes.Equal(o.IP, inner) {
				t.Errorf("SA %d of %d: opened by %v, %v", i, n+1, o.SA, err)
			}
		}
	}
}

// TestNAT opens packets whose addresses are not those of the SA, since a NAT stands between; where both fit, the SA named by
// the addresses goes first.
func TestNAT(t *testing.T) {
	p, near := cbcSA(t, 0x1234, "HMAC-SHA1-96", 1), cbcSA(t, 0x1234, "HMAC-SHA1-96", 2)
	near.Src, near.Dst = mid, gwB
	table := newTable(t, p, near)
	inner := ipv4(hostA, hostB, ip.ProtoUDP, udp(1, 2, []byte("behind NAT")))
	for _, a := range []struct{ src, dst netip.Addr }{{mid, gwB}, {gwA, mid}, {mid, hostB}} {
		wire := p
		wire.Src, wire.Dst = a.src, a.dst
		o, err := table.Open(packetOf(wire, seal(t, p, 1, ip.ProtoIPv4, inner)), new(Scratch))
		if err != nil || o.SA != table.SAs()[0] || o.Notes&NoteAddresses == 0 {
			t.Errorf("%v > %v: opened by %v, notes %q, %v", a.src, a.dst, o.SA, o.Notes, err)
		}
	}
	wrong := p
	wrong.MACKey = bytes.Repeat([]byte{9}, 20)
	o, err := table.Open(packetOf(p, seal(t, wrong, 1, ip.ProtoIPv4, inner)), new(Scratch))
	if !errors.Is(err, ErrICV) || o.SA != table.SAs()[0] {
		t.Errorf("wrong key: SA %v, %v", o.SA, err)
	}
	other := p
	other.SPI++
	if o, err := table.Open(packetOf(other, seal(t, other, 1, ip.ProtoIPv4, inner)), new(Scratch)); !errors.Is(err, ErrNoSA) || o.SA != nil {
		t.Errorf("unknown SPI: SA %v, %v", o.SA, err)
	}
}

// TestAnySPI has keys that name no SPI, as Wireshark rows with '*' and tcpdump -E do: an SA is learned for each SPI they open.
func TestAnySPI(t *testing.T) {
	checked, blind := cbcSA(t, 0, "HMAC-SHA1-96", 1), cbcSA(t, 0, "HMAC-SHA1-96", 2)
	checked.Src, checked.Dst = netip.Addr{}, netip.Addr{}
	blind.NoCheck, blind.AnySPI, blind.MACKey = true, true, nil
	table := newTable(t, checked, blind)
	inner := ipv4(hostA, hostB, ip.ProtoUDP, udp(1, 2, []byte("any SPI")))
	var s Scratch
	for i, key := range []byte{1, 2} {
		for spi := range uint32(3) {
			p := cbcSA(t, 0x5000+uint32(i)*16+spi, "HMAC-SHA1-96", key)
			for seq := range uint64(3) {
				o, err := table.Open(packetOf(p, seal(t, p, seq, ip.ProtoIPv4, inner)), &s)
				if err != nil || !bytes.Equal(o.IP, inner) || !o.SA.learned || o.SA.SPI != p.SPI || o.Verified != (key == 1) {
					t.Fatalf("key %d SPI %x: %v, %+v", key, p.SPI, err, o)
				}
			}
		}
	}
	if n := len(table.SAs()); n != 2+6 {
		t.Errorf("%d SAs, want 8", n)
	}
	for _, sa := range table.SAs()[2:] {
		if st := sa.Stats(); st.Opened != 3 || !st.Proven {
			t.Errorf("%v: %+v", sa, st)
		}
	}
	p := cbcSA(t, 0x6000, "HMAC-SHA1-96", 3)
	if _, err := table.Open(packetOf(p, seal(t, p, 1, ip.ProtoIPv4, inner)), &s); !errors.Is(err, ErrICV) {
		t.Errorf("another key: %v, want %v", err, ErrICV)
	}
}

// TestManySAs looks for one SA among many with the same SPI but other destinations.
func TestManySAs(t *testing.T) {
	table := NewTable()
	var last Params
	for i := range 5000 {
		p := cbcSA(t, 0x1000, "HMAC-SHA1-96", byte(i))
		p.Dst = netip.AddrFrom4([4]byte{10, 9, byte(i >> 8), byte(i)})
		p.MACKey = append(be.AppendUint32(nil, uint32(i)), make([]byte, 16)...)
		if _, err := table.Add(p); err != nil {
			t.Fatal(err)
		}
		last = p
	}
	q := search{t: table, s: new(Scratch), key: keyOf(ESP, 0x1000), src: last.Src, dst: last.Dst}
	if sa := q.next(); sa == nil || sa.Dst != last.Dst || q.tried != 1 {
		t.Errorf("found %v after %d trials", sa, q.tried)
	}
	for q.next() != nil {
	}
	if q.tried != maxTrial {
		t.Errorf("%d trials, want the bound %d", q.tried, maxTrial)
	}
}
