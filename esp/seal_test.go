package esp

import (
	"bytes"
	"compress/flate"
	"crypto/cipher"
	"net/netip"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// seal makes an ESP packet: the other direction of Open, as plainly as can be.
func seal(t testing.TB, p Params, seq uint64, next uint8, data []byte) []byte {
	t.Helper()
	return sealPadded(t, p, seq, next, data, func(i int) byte { return byte(i + 1) })
}

func sealPadded(t testing.TB, p Params, seq uint64, next uint8, data []byte, padding func(i int) byte) []byte {
	t.Helper()
	block := max(4, p.Cipher.BlockLen)
	pt := bytes.Clone(data)
	pad := (block - (len(pt)+2)%block) % block
	for i := range pad {
		pt = append(pt, padding(i))
	}
	pt = append(pt, byte(pad), next)
	body := be.AppendUint32(be.AppendUint32(nil, p.SPI), uint32(seq))
	iv := bytes.Repeat([]byte{byte(seq) ^ 0x5a}, p.Cipher.IVLen)
	hi := be.AppendUint32(nil, uint32(seq>>32))
	keyLen := len(p.CipherKey) - p.Cipher.SaltLen
	switch {
	case p.Cipher.AEAD:
		aead, err := p.Cipher.NewAEAD(p.CipherKey[:keyLen])
		if err != nil {
			t.Fatal(err)
		}
		ad := bytes.Clone(body)
		if p.ESN {
			ad = append(append(bytes.Clone(body[:4]), hi...), body[4:]...)
		}
		nonce := append(bytes.Clone(p.CipherKey[keyLen:]), iv...)
		if len(iv) == 0 { // RFC 8750
			nonce = be.AppendUint64(nonce, seq)
		}
		return aead.Seal(append(body, iv...), nonce, pt, ad)
	case p.Cipher.NewBlock != nil:
		b, err := p.Cipher.NewBlock(p.CipherKey)
		if err != nil {
			t.Fatal(err)
		}
		cipher.NewCBCEncrypter(b, iv).CryptBlocks(pt, pt)
	case p.Cipher.NewStream != nil && !p.Cipher.Null():
		d, err := p.Cipher.NewStream(p.CipherKey)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Decrypt(pt, iv, bytes.Clone(pt)); err != nil { // a counter mode is its own reverse
			t.Fatal(err)
		}
	}
	body = append(append(body, iv...), pt...)
	if p.MAC == nil {
		return body
	}
	mac := p.MAC.New(p.MACKey)
	mac.Write(body)
	if p.ESN {
		mac.Write(hi)
	}
	n := p.ICVLen
	if n == 0 {
		n = p.MAC.ICVLen
	}
	return append(body, mac.Sum(nil)[:n]...)
}

// sealAH puts AH before data, behind an IPv4 header of 20 bytes, and returns the whole packet.
func sealAH(t testing.TB, p Params, seq uint64, next uint8, data []byte) []byte {
	t.Helper()
	n := p.MAC.ICVLen
	ah := []byte{next, byte((12+n)/4 - 2), 0, 0}
	ah = be.AppendUint32(be.AppendUint32(ah, p.SPI), uint32(seq))
	ah = append(append(ah, make([]byte, n)...), data...)
	packet := ipv4(p.Src, p.Dst, uint8(AH), ah)
	covered := bytes.Clone(packet)
	covered[8], covered[10], covered[11] = 0, 0, 0
	mac := p.MAC.New(p.MACKey)
	mac.Write(covered)
	if p.ESN {
		mac.Write(be.AppendUint32(nil, uint32(seq>>32)))
	}
	copy(packet[20+12:], mac.Sum(nil)[:n])
	return packet
}

// ipcomp puts an IPComp header before deflated data.
func ipcomp(t testing.TB, cpi uint16, next uint8, data []byte) []byte {
	t.Helper()
	out := bytes.NewBuffer([]byte{next, 0, byte(cpi >> 8), byte(cpi)})
	w, err := flate.NewWriter(out, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data)
	w.Close()
	return out.Bytes()
}

// ipv4 makes an IPv4 packet with a right checksum.
func ipv4(src, dst netip.Addr, proto uint8, payload []byte) []byte {
	h := []byte{0x45, 0, 0, 0, 0x12, 0x34, 0, 0, 64, proto, 0, 0}
	h = append(append(h, src.AsSlice()...), dst.AsSlice()...)
	be.PutUint16(h[2:], uint16(20+len(payload)))
	be.PutUint16(h[10:], ip.Checksum(h))
	return append(h, payload...)
}

func udp(src, dst uint16, data []byte) []byte {
	h := be.AppendUint16(be.AppendUint16(nil, src), dst)
	h = append(be.AppendUint16(h, uint16(8+len(data))), 0, 0)
	return append(h, data...)
}

// packetOf makes a Packet of ESP or AH bytes between the addresses of p.
func packetOf(p Params, body []byte) *Packet {
	return toPacket(ipv4(p.Src, p.Dst, uint8(p.Protocol), body))
}

var (
	gwA   = netip.MustParseAddr("192.0.2.1")
	gwB   = netip.MustParseAddr("192.0.2.2")
	hostA = netip.MustParseAddr("10.1.0.10")
	hostB = netip.MustParseAddr("10.2.0.10")
	mid   = netip.MustParseAddr("203.0.113.7")
)

// cbcSA is an ESP SA from gwA to gwB with AES-CBC and a MAC; n varies its keys.
func cbcSA(t testing.TB, spi uint32, mac string, n byte) Params {
	m := macRow(t, mac)
	return Params{
		Protocol: ESP, Src: gwA, Dst: gwB, SPI: spi,
		Cipher: cipherRow(t, "AES-CBC"), CipherKey: bytes.Repeat([]byte{n, 1}, 8),
		MAC: m, MACKey: bytes.Repeat([]byte{n}, m.KeyLen), Source: Source{Name: "test"},
	}
}

func gcmSA(t testing.TB, spi uint32, n byte) Params {
	return Params{
		Protocol: ESP, Src: gwA, Dst: gwB, SPI: spi,
		Cipher: cipherRow(t, "AES-GCM-16"), CipherKey: bytes.Repeat([]byte{n}, 20), Source: Source{Name: "test"},
	}
}

func ahSA(t testing.TB, spi uint32, n byte) Params {
	return Params{Protocol: AH, Src: gwA, Dst: gwB, SPI: spi, MAC: macRow(t, "HMAC-SHA1-96"), MACKey: bytes.Repeat([]byte{n}, 20)}
}
