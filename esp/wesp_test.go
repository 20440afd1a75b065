package esp

import (
	"bytes"
	"slices"
	"testing"
)

// sealWESP seals a packet whose ICV covers the header around it, too (RFC 5840, section 2).
func sealWESP(t *testing.T, p Params, seq uint64, header []byte) []byte {
	t.Helper()
	if !p.Cipher.AEAD {
		body := seal(t, p, seq, 4, inner)
		n := len(body) - p.MAC.ICVLen
		mac := p.MAC.New(p.MACKey)
		mac.Write(slices.Concat(header, body[:n]))
		if p.ESN {
			mac.Write(be.AppendUint32(nil, uint32(seq>>32)))
		}
		return append(body[:n], mac.Sum(nil)[:p.MAC.ICVLen]...)
	}
	key := len(p.CipherKey) - p.Cipher.SaltLen
	aead, err := p.Cipher.NewAEAD(p.CipherKey[:key])
	if err != nil {
		t.Fatal(err)
	}
	pt := append(bytes.Clone(inner), 1, 2, 2, 4)
	body := be.AppendUint32(be.AppendUint32(nil, p.SPI), uint32(seq))
	ad := slices.Concat(header, body)
	if p.ESN {
		ad = slices.Concat(header, body[:4], be.AppendUint64(nil, seq))
	}
	iv := be.AppendUint64(nil, seq)
	return aead.Seal(append(body, iv...), append(bytes.Clone(p.CipherKey[key:]), iv...), pt, ad)
}

// TestWESP decrypts wrapped ESP, whether its ICV covers the header around or not.
func TestWESP(t *testing.T) {
	null := cbcSA(t, 0x1001, "HMAC-SHA2-256-128", 1)
	null.Cipher, null.CipherKey = cipherRow(t, "NULL"), nil
	for _, p := range []Params{cbcSA(t, 0x1001, "HMAC-SHA1-96", 1), gcmSA(t, 0x1001, 1), null} {
		for _, esn := range []bool{false, true} {
			for _, header := range [][]byte{{0, 0, 0, 0x20}, {4, 12, 12, 0}, {0, 0, 0, 0x30, 0, 0, 0, 0}} {
				for covered, body := range map[bool]func(seq uint64) []byte{
					false: func(seq uint64) []byte { return seal(t, p, seq, 4, inner) }, true: func(seq uint64) []byte { return sealWESP(t, p, seq, header) },
				} {
					p.ESN = esn
					table := newTable(t, p)
					var s Scratch
					for seq := range uint64(5) {
						if esn {
							seq += 40 << 32
						}
						pkt := packetOf(p, body(seq+1))
						pkt.WESP = header
						table.Prepare([]*Packet{pkt}, nil, new(Scratch))
						o, err := table.Open(pkt, &s)
						if err != nil || !bytes.Equal(o.IP, inner) || !o.Verified || o.Seq != seq+1 {
							t.Fatalf("%v, ESN %v, header %x, covered %v: %v", p, esn, header, covered, err)
						}
					}
					if st := table.SAs()[0].Stats(); st.Opened != 5 || st.ICVFailures != 0 {
						t.Errorf("%+v", st)
					}
					bad := packetOf(p, body(9))
					bad.Payload[len(bad.Payload)-1] ^= 1
					bad.WESP = header
					if _, err := table.Open(bad, &s); err == nil {
						t.Error("damaged packet opened")
					}
				}
			}
		}
	}
}
