package esp

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// saltedSA is an SA of a cipher whose salt is a small number, so that a search comes to it soon; and the same with a key that lacks it.
func saltedSA(t testing.TB, cipher string) (whole, lacking Params) {
	c := cipherRow(t, cipher)
	whole = Params{Protocol: ESP, Src: gwA, Dst: gwB, SPI: 0xc0ffee01, Cipher: c, Tunnel: true}
	if !c.AEAD {
		whole.MAC, whole.MACKey = macRow(t, "HMAC-SHA1-96"), noise(3, 20)
	}
	key := noise(7, c.KeyBits[len(c.KeyBits)-1]/8)
	lacking = whole
	lacking.SetCipher(c, key)
	salt := []byte{0, 0, 4, 7}
	whole.SetCipher(c, slices.Concat(key, salt[4-c.SaltLen:]))
	if whole.NoSalt || !lacking.NoSalt || lacking.KeyBits() != whole.KeyBits() {
		t.Fatalf("%s: a salt is not known to be there, or not to be there", cipher)
	}
	return whole, lacking
}

// sealedFlow are some packets of an SA, from a sequence number on.
func sealedFlow(t testing.TB, p Params, seq uint64) (list []*Packet) {
	for i := range 4 {
		next, data := uint8(4), ipv4(hostA, hostB, 17, udp(4000, 5000, noise(i, 40+31*i)))
		if p.Transport {
			next, data = 17, udp(4000, 5000, noise(i, 40+31*i))
		}
		pkt := packetOf(p, seal(t, p, seq+uint64(i), next, data))
		pkt.Frame = 10 + i
		list = append(list, pkt)
	}
	return list
}

// complete shows packets to a finder and completes p.
func complete(t testing.TB, p Params, packets []*Packet, s *alg.SaltSearch) Params {
	t.Helper()
	f := NewSaltFinder([]Params{p})
	for _, pkt := range packets {
		f.Observe(pkt)
	}
	if err := f.Complete(&p, s); err != nil {
		t.Error(err)
	}
	return p
}

// The salt of every cipher that has one is found: computed, or searched. The packets decrypt then as with the whole key.
func TestSaltOfEveryCipher(t *testing.T) {
	for _, c := range alg.Ciphers() {
		if c.SaltLen == 0 {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			whole, lacking := saltedSA(t, c.Name)
			packets := sealedFlow(t, whole, 1)
			got := complete(t, lacking, packets, &alg.SaltSearch{Long: true})
			if got.NoSalt || !bytes.Equal(got.CipherKey, whole.CipherKey) || got.SaltFrame < 10 || got.SaltFrame > 13 {
				t.Fatalf("no salt: NoSalt %v, frame %d", got.NoSalt, got.SaltFrame)
			}
			table, s := newTable(t, got), new(Scratch)
			for _, pkt := range packets {
				if o, err := table.Open(pkt, s); err != nil || !o.Verified {
					t.Errorf("frame %d: %v", pkt.Frame, err)
				}
			}
		})
	}
}

// Extended sequence numbers are under the ICV, their high half is not sent.
func TestSaltWithESN(t *testing.T) {
	for _, name := range []string{"AES-GCM-16", "AES-GCM-12", "AES-CCM-8", "AES-GCM-16-IIV", "NULL-AES-GMAC", "ChaCha20-Poly1305"} {
		for _, seq := range []uint64{5, 1<<32 + 5, 3<<32 + 7, 77 << 32} {
			whole, lacking := saltedSA(t, name)
			whole.ESN = true
			packets := sealedFlow(t, whole, seq)
			if whole.Cipher.ComputeSalt == nil && seq >= searchedHalves<<32 {
				continue
			}
			for _, said := range []bool{false, true} {
				lacking.ESN = said
				if got := complete(t, lacking, packets, &alg.SaltSearch{Long: true}); !bytes.Equal(got.CipherKey, whole.CipherKey) {
					t.Errorf("%s, sequence number %#x, ESN said %v: no salt", name, seq, said)
				}
			}
		}
	}
}

// In transport mode there is no inner header: the end of the packets shows the salt.
func TestSaltInTransportMode(t *testing.T) {
	for _, name := range []string{"AES-CTR", "AES-CCM-16", "ChaCha20-Poly1305", "AES-GCM-8"} {
		whole, lacking := saltedSA(t, name)
		whole.Tunnel, whole.Transport = false, true
		lacking.Tunnel, lacking.Transport = false, true
		if got := complete(t, lacking, sealedFlow(t, whole, 1), &alg.SaltSearch{Long: true}); !bytes.Equal(got.CipherKey, whole.CipherKey) {
			t.Errorf("%s: no salt", name)
		}
	}
}

// A wrong key has no salt, and packets of a wrong key do not decrypt. Where a search would be long, nothing is known.
func TestNoSalt(t *testing.T) {
	for _, c := range []struct {
		cipher string
		want   error
	}{{"AES-GCM-16", ErrICV}, {"NULL-AES-GMAC", ErrICV}, {"AES-CCM-16", ErrICV}, {"AES-GCM-8", ErrSalt}, {"AES-CTR", ErrSalt}, {"ChaCha20-Poly1305", ErrSalt}} {
		whole, lacking := saltedSA(t, c.cipher)
		packets := sealedFlow(t, whole, 1)
		lacking.CipherKey[0] ^= 1
		got := complete(t, lacking, packets, new(alg.SaltSearch))
		if !got.NoSalt || got.SaltFrame != 0 || !bytes.Equal(got.CipherKey, lacking.CipherKey) {
			t.Errorf("%s: a wrong key got a salt", c.cipher)
		}
		table, s := newTable(t, got), new(Scratch)
		o, err := table.Open(packets[0], s)
		if !errors.Is(err, c.want) || o.SA == nil || o.SA.Checked() {
			t.Errorf("%s: %v, want %v", c.cipher, err, c.want)
		}
		cut := *packets[1]
		cut.Cut, cut.Payload = true, cut.Payload[:60]
		if _, err := table.Open(&cut, s); !errors.Is(err, ErrCut) {
			t.Errorf("%s: truncated packet: %v", c.cipher, err)
		}
		table.Prepare(packets, nil, s)
		if _, err := table.Open(packets[2], s); !errors.Is(err, c.want) {
			t.Errorf("%s, prepared: %v, want %v", c.cipher, err, c.want)
		}
	}
}

// Of packets that came twice, or that are truncated, none is taken; one whole packet is enough.
func TestSaltNeedsOneWholePacket(t *testing.T) {
	whole, lacking := saltedSA(t, "AES-GCM-16")
	packets := sealedFlow(t, whole, 1)
	for _, pkt := range packets[:3] {
		pkt.Cut, pkt.Payload = true, pkt.Payload[:len(pkt.Payload)-1]
	}
	if got := complete(t, lacking, packets[:3], new(alg.SaltSearch)); !got.NoSalt || got.SaltTried {
		t.Errorf("truncated packets: NoSalt %v, tried %v", got.NoSalt, got.SaltTried)
	}
	if got := complete(t, lacking, packets, new(alg.SaltSearch)); got.NoSalt || got.SaltFrame != packets[3].Frame {
		t.Errorf("one whole packet: NoSalt %v, frame %d", got.NoSalt, got.SaltFrame)
	}
	packets[3].Repeat = true
	if got := complete(t, lacking, packets, new(alg.SaltSearch)); !got.NoSalt {
		t.Error("a repeat was taken")
	}
	if NewSaltFinder([]Params{whole}).Wants(packets[3].Payload) || NewSaltFinder([]Params{lacking}).Wants(make([]byte, 20)) {
		t.Error("packets are wanted that are of no use")
	}
}

// A damaged first packet, a key whose source names no SPI, and two SAs that have an SPI in common do not hide the salt.
func TestSaltAmongOthers(t *testing.T) {
	whole, lacking := saltedSA(t, "AES-GCM-16")
	packets := sealedFlow(t, whole, 1)
	packets[0].Payload[20] ^= 1
	if got := complete(t, lacking, packets, new(alg.SaltSearch)); got.NoSalt {
		t.Error("a damaged packet hides the salt")
	}
	other := whole
	other.Src, other.Dst = whole.Dst, whole.Src
	other.CipherKey = noise(9, len(whole.CipherKey))
	if got := complete(t, lacking, append(sealedFlow(t, other, 1), packets...), new(alg.SaltSearch)); got.NoSalt {
		t.Error("packets the other way hide the salt")
	}
	other.SPI = 0xc0ffee02
	lacking.SPI, lacking.AnySPI = 0, true
	if got := complete(t, lacking, append(sealedFlow(t, other, 1), packets...), new(alg.SaltSearch)); !bytes.Equal(got.CipherKey, whole.CipherKey) {
		t.Error("no SPI: no salt")
	}
}

// A search that is stopped stops the run.
func TestSaltSearchStops(t *testing.T) {
	whole, lacking := saltedSA(t, "AES-GCM-8")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := NewSaltFinder([]Params{lacking})
	for _, pkt := range sealedFlow(t, whole, 1) {
		f.Observe(pkt)
	}
	if err := f.Complete(&lacking, &alg.SaltSearch{Long: true, Context: ctx}); err != context.Canceled || !lacking.NoSalt {
		t.Errorf("%v", err)
	}
}
