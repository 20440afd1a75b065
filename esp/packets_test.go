package esp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// A foreign is a packet that another implementation made (testdata/README.md).
type foreign struct {
	name   string
	params Params
	wire   []byte
	clear  []byte
}

func readForeign(t testing.TB) (out []foreign) {
	t.Helper()
	b, err := os.ReadFile("testdata/packets.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(strings.TrimSpace(string(b)), "\n\n") {
		var p foreign
		for _, line := range strings.Split(block, "\n") {
			word, rest, _ := strings.Cut(line, " ")
			f := append(strings.Fields(rest), "", "")
			switch word {
			case "name":
				p.name = rest
			case "proto":
				p.params.Protocol = map[string]Protocol{"ESP": ESP, "AH": AH}[rest]
			case "spi":
				n, _ := strconv.ParseUint(rest, 0, 32)
				p.params.SPI = uint32(n)
			case "cipher":
				if p.params.Protocol == ESP {
					p.params.Cipher, p.params.CipherKey = cipherRow(t, f[0]), fromHex(t, f[1])
				}
			case "mac":
				p.params.MAC, p.params.MACKey = macRow(t, f[0]), fromHex(t, f[1])
			case "flags":
				p.params.ESN = strings.Contains(rest, "esn")
			case "wire":
				p.wire = fromHex(t, rest)
			case "clear":
				p.clear = fromHex(t, rest)
			}
		}
		p.params.Source = Source{Name: p.name}
		out = append(out, p)
	}
	return out
}

// whole is the IP packet that o stands for: the inner one, or the outer header of pkt with the content behind it.
func whole(pkt *Packet, o *Opened) []byte {
	if o.IP != nil {
		return o.IP
	}
	c := outerCarrier(pkt)
	return c.rebuild(nil, o.NextHeader, o.Payload)
}

func TestForeignPackets(t *testing.T) {
	for _, p := range readForeign(t) {
		t.Run(p.name, func(t *testing.T) {
			pkt := toPacket(p.wire)
			o, err := newTable(t, p.params).Open(pkt, new(Scratch))
			if err != nil {
				t.Fatal(err)
			}
			if got := whole(pkt, &o); !bytes.Equal(got, p.clear) {
				t.Errorf("opened to\n%x, want\n%x", got, p.clear)
			}
			if checked := p.params.MAC.ICVLen > 0 || p.params.Cipher != nil && p.params.Cipher.AEAD; o.Verified != checked {
				t.Errorf("verified %v, want %v", o.Verified, checked)
			}
			if o.Seq&0xffffffff != 3 || o.Notes&^NoteHighHalf != 0 {
				t.Errorf("sequence number %d, notes %q", o.Seq, o.Notes)
			}
		})
	}
}

// TestForeignFlips flips each bit of each packet from the SPI on: none may open as verified. Bits of the IP header that AH
// covers are no different.
func TestForeignFlips(t *testing.T) {
	if testing.Short() {
		t.Skip("starts no goroutine, and takes long with the race detector")
	}
	for _, p := range readForeign(t) {
		table := newTable(t, p.params)
		if !table.SAs()[0].Checked() {
			continue
		}
		var s Scratch
		from := len(p.wire) - len(toPacket(p.wire).Payload)
		for i := from; i < len(p.wire); i++ {
			wire := bytes.Clone(p.wire)
			wire[i] ^= 1 << (i % 8)
			pkt := *toPacket(p.wire)
			pkt.IP, pkt.Payload = wire, wire[len(wire)-len(pkt.Payload):]
			o, err := table.Open(&pkt, &s)
			if pkt.Proto == AH && i-from >= 4 && i-from < 8 { // another SPI, of which nothing is known: read, unverified
				if err == nil && (o.Verified || !o.SA.Bare() || o.Notes&NoteNoSA == 0) {
					t.Errorf("%s: taken for %v with byte %d changed", p.name, o.SA, i-from)
				}
				continue
			}
			if err == nil {
				t.Errorf("%s: opened with byte %d changed", p.name, i-from)
			}
			if o.Payload != nil || o.IP != nil {
				t.Errorf("%s: gave bytes with byte %d changed", p.name, i-from)
			}
		}
	}
}

// TestAHCoversHeader changes what AH protects in the IP header.
func TestAHCoversHeader(t *testing.T) {
	for _, p := range readForeign(t) {
		if p.params.Protocol != AH || p.wire[0]>>4 != 4 {
			continue
		}
		table := newTable(t, p.params)
		for _, i := range []int{4, 5, 12, 15} { // identification, source
			pkt := *toPacket(p.wire)
			pkt.IP = bytes.Clone(p.wire)
			pkt.IP[i] ^= 1
			if _, err := table.Open(&pkt, new(Scratch)); !errors.Is(err, ErrICV) {
				t.Errorf("%s: header byte %d changed: %v, want %v", p.name, i, err, ErrICV)
			}
		}
	}
}

// TestForeignCut cuts each packet at every length without that the capture says so: an error, never a panic or an opened packet.
func TestForeignCut(t *testing.T) {
	if testing.Short() {
		t.Skip("starts no goroutine, and takes long with the race detector")
	}
	for _, p := range readForeign(t) {
		table := newTable(t, p.params)
		var s Scratch
		pkt := toPacket(p.wire)
		for n := range len(pkt.Payload) {
			_, err := table.Open(cutPacket(p.wire, n, false), &s)
			icvs := table.SAs()[0].core.icvs
			shorter := slices.Contains(icvs, p.params.MAC.ICVLen-(len(pkt.Payload)-n)) // looks as with another truncation: HMAC-SHA2-256-96, HMAC-SM3
			if err == nil && table.SAs()[0].Checked() && !shorter {
				t.Errorf("%s: opened when cut to %d bytes", p.name, n)
			}
		}
	}
}

// cutPacket is an IP packet of which n bytes of payload are left.
func cutPacket(wire []byte, n int, said bool) *Packet {
	q := *toPacket(wire)
	q.IP = wire[: len(wire)-len(q.Payload)+n : len(wire)-len(q.Payload)+n]
	q.Payload, q.Cut = q.Payload[:n:n], said
	return &q
}

// TestForeignSnaplen cuts each packet at every length as the snap length does, before and after a whole one has proved the SA:
// what opens is the front of the content, never verified.
func TestForeignSnaplen(t *testing.T) {
	for _, p := range readForeign(t) {
		for _, proven := range []bool{false, true} {
			table := newTable(t, p.params)
			var s Scratch
			whole := toPacket(p.wire)
			for range provenAfter {
				if proven {
					if _, err := table.Open(whole, &s); err != nil {
						t.Fatal(err)
					}
				}
			}
			missing := len(p.clear)
			for n := range len(whole.Payload) {
				o, err := table.Open(cutPacket(p.wire, n, true), &s)
				if err != nil {
					if !errors.Is(err, ErrCut) && !errors.Is(err, ErrNoSA) {
						t.Errorf("%s: cut to %d bytes: %v", p.name, n, err)
					}
					continue
				}
				missing = min(missing, checkCut(t, &p, &o, n))
			}
			c := p.params.Cipher
			ready := proven || p.params.Protocol == AH || c.Null() && c.IVLen == 0
			if ready && missing > 16 || !ready && missing < len(p.clear) {
				t.Errorf("%s: proven %v: %d bytes of %d missing at best", p.name, proven, missing, len(p.clear))
			}
			if st := table.SAs()[0].Stats(); proven != st.Proven {
				t.Errorf("%s: proven %v, want %v", p.name, st.Proven, proven)
			}
		}
	}
}

// checkCut compares what came out of a packet cut to n bytes with the clear packet, and returns how many bytes are missing.
func checkCut(t *testing.T, p *foreign, o *Opened, n int) int {
	t.Helper()
	if !o.Cut || o.Verified || o.Notes&NoteCut == 0 || o.Layers[0].Seq&0xffffffff != 3 {
		t.Errorf("%s: cut to %d bytes: cut %v, verified %v, sequence number %d", p.name, n, o.Cut, o.Verified, o.Seq)
	}
	got, want := o.Payload, p.clear
	if o.IP == nil { // transport mode: what follows the IP header
		h, _ := ip.ParseWhole(p.clear)
		want = p.clear[h.Len:]
	} else if got = o.IP; !bytes.Equal(got, o.Payload) {
		t.Errorf("%s: cut to %d bytes: payload and IP differ", p.name, n)
	}
	if !bytes.HasPrefix(want, got) && !bytes.HasPrefix(got, want) { // what comes after is padding
		t.Errorf("%s: cut to %d bytes: opened to %x", p.name, n, got)
	}
	return max(0, len(want)-len(got))
}

// TestForeignWrongKey opens each packet with a key of which one bit differs (none that DES takes for parity).
func TestForeignWrongKey(t *testing.T) {
	if testing.Short() {
		t.Skip("starts no goroutine, and takes long with the race detector")
	}
	for _, p := range readForeign(t) {
		q := p.params
		want := ErrICV
		switch {
		case q.Cipher != nil && q.Cipher.AEAD:
			q.CipherKey = bytes.Clone(q.CipherKey)
			q.CipherKey[3] ^= 2
		case len(q.MACKey) > 0:
			q.MACKey = bytes.Clone(q.MACKey)
			q.MACKey[3] ^= 2
		default:
			continue
		}
		table := newTable(t, q)
		o, err := table.Open(toPacket(p.wire), new(Scratch))
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", p.name, err, want)
		}
		if sa := table.SAs()[0]; o.SA != sa || sa.Stats().ICVFailures != 1 || sa.Proven() {
			t.Errorf("%s: failure not counted on the SA", p.name)
		}
	}
}

var be = binary.BigEndian
