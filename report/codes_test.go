package report

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// An editedCapture is a recorded session with changes, in whose diagnosis a code is found that no session gives as it was recorded.
type editedCapture struct {
	code    diagnose.Code
	session string
	packets func([]*capture.Packet) []*capture.Packet // nil: as they are
	secrets func(*secret.Bag) *secret.Bag             // of all that the session's files have; nil: no secret
	short   int64                                     // bytes that the capture file lacks at its end
	options ikedecode.Options
}

// TestEveryCodeHasACapture demands for each code a capture in whose diagnosis it is found.
func TestEveryCodeHasACapture(t *testing.T) {
	if testing.Short() {
		t.Skip("every recorded session: the race detector makes it slow")
	}
	found := recordedCodes(t)
	for _, c := range editedCaptures(t) {
		t.Run(string(c.code), func(t *testing.T) {
			codes := codesOf(c.diagnosis(t))
			if !slices.Contains(codes, string(c.code)) {
				t.Errorf("%s, edited, has %v", c.session, codes)
			}
			if found[c.code] {
				t.Errorf("needs no edited capture: a recorded one has it")
			}
		})
		found[c.code] = true
	}
	// The daemons that were recorded make no SAs for CPUs.
	for _, f := range Diagnose(sketchChildren(t, sketchedChild{told: true}, sketchedChild{told: true}), nil).Findings {
		found[f.Code] = true
	}
	for _, c := range diagnose.Codes {
		if !found[c.Code] {
			t.Errorf("%s: no capture", c.Code)
		}
	}
}

// recordedCodes are the codes of all recorded sessions, without secrets, with those of each file, and with all.
func recordedCodes(t *testing.T) map[diagnose.Code]bool {
	t.Helper()
	var mu sync.Mutex
	found := make(map[diagnose.Code]bool)
	t.Run("recorded", func(t *testing.T) {
		for _, dir := range sessions(t, "") {
			wire := filepath.Join(dir, "wire.pcap")
			if !exists(wire) {
				continue
			}
			t.Run(filepath.Base(dir), func(t *testing.T) {
				t.Parallel()
				files := secretFiles(dir)
				sets := [][]string{nil, files}
				for _, f := range files {
					sets = append(sets, []string{f})
				}
				for _, set := range sets {
					s, w := analyzed(t, wire, set...)
					mu.Lock()
					for _, f := range Diagnose(s, w).Findings {
						found[f.Code] = true
					}
					mu.Unlock()
				}
			})
		}
	})
	return found
}

// secretFiles are the logs and key files of a recorded session.
func secretFiles(dir string) []string { return matching(dir, "gw?.log*", "gw?.remarks", "keys.txt") }

// diagnosis is that of the edited capture, read from a file.
func (c *editedCapture) diagnosis(t *testing.T) *Diagnosis {
	t.Helper()
	change := c.packets
	if change == nil {
		change = func(ps []*capture.Packet) []*capture.Packet { return ps }
	}
	path := edited(t, c.session, change)
	if c.short > 0 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, info.Size()-c.short); err != nil {
			t.Fatal(err)
		}
	}
	bag := &secret.Bag{}
	if c.secrets != nil {
		bag = c.secrets(bagOf(t, secretFiles(filepath.Join(pcaps, c.session))...))
	}
	s := solved(t, path, bag, c.options)
	return Diagnose(s, watched(t, s))
}

// notifying makes the TS_UNACCEPTABLE of diag-v2-ts another notification.
func notifying(t *testing.T, n byte) func([]*capture.Packet) []*capture.Packet {
	t.Helper()
	return reclosed(t, "diag-v2-ts", 4, func(_, plain []byte) {
		refusal := []byte{0, 8, 0, 0, 0, byte(ikev2.NotifyTSUnacceptable)}
		plain[bytes.Index(plain, refusal)+5] = n
	})
}

func editedCaptures(t *testing.T) []editedCapture {
	const (
		psk    = "v1-main-psk-aes128-sha1"
		pfs    = "v1-racoon-dh-private"
		many   = "v1-main-psk-multi-proposals"
		second = "v2-psk-aes128-sha256"
		gcm    = "v2-psk-gcm-x25519-pfs-rekey"

		invalidSyntax, noAdditionalSAs = 7, 35 // notifications of IKEv2
	)
	all := func(b *secret.Bag) *secret.Bag { return b }
	wrong := secret.Secret{Kind: secret.PSK, Value: []byte("wrong")}
	return []editedCapture{
		{code: "phase2-failed", session: "diag-v2-ts", secrets: all, packets: notifying(t, noAdditionalSAs)},
		{code: "icv-failures", session: psk, secrets: all, packets: at(12, func(p *capture.Packet) { p.Data[len(p.Data)-1] ^= 1 })},
		{code: "spi-altered", session: "v2-psk-aes128-sha256", packets: eachESP(7, func(esp []byte) { esp[2] ^= 8 })},
		{code: "icv-length-mismatch", session: second, packets: shorter("192.0.2.2", 4)},
		{code: "esp-sa-mismatch", session: "diag-esp-sa-mismatch", secrets: func(*secret.Bag) *secret.Bag {
			return bagOf(t, matching(filepath.Join(pcaps, "diag-esp-sa-mismatch"), "gw?.xfrm")...)
		}},
		{code: "routing-loop", session: "diag-v2-routing-loop", secrets: func(*secret.Bag) *secret.Bag {
			return bagOf(t, filepath.Join(pcaps, "diag-v2-routing-loop", "gwa.xfrm"))
		}},
		{code: "wrong-esp-key", session: psk, secrets: wrongSAs},
		{code: "esp-replay", session: many, secrets: all, packets: again(20, time.Hour)},
		{code: "esp-after-delete", session: many, secrets: all, packets: func(ps []*capture.Packet) []*capture.Packet {
			i := slices.IndexFunc(ps, fromB)
			p := ps[i]
			return append(slices.Delete(ps, i, i+1), later(p, time.Minute))
		}},
		{code: "wrong-key", session: psk, secrets: func(b *secret.Bag) *secret.Bag { return flipped(kindsOf(b, secret.EncKey)) }},
		{code: "need-dh-secret", session: psk, secrets: func(*secret.Bag) *secret.Bag { return &secret.Bag{Secrets: []secret.Secret{wrong}} }},
		{code: "need-psk", session: psk, secrets: func(b *secret.Bag) *secret.Bag { return kindsOf(b, secret.DHSecret) }},
		{code: "need-salt", session: gcm, secrets: func(b *secret.Bag) *secret.Bag { return saltless(kindsOf(b, secret.SKei, secret.SKer)) },
			packets: byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte {
				return bytes.Replace(p.Data, []byte{1, 0, 0, 20, 0x80, 14}, []byte{1, 0, 0, 19, 0x80, 14}, 1) // the tag has 12 bytes, not 16
			})},
		{code: "need-pfs-secret", session: pfs, secrets: func(b *secret.Bag) *secret.Bag {
			return kindsOf(b, secret.SKEYIDd, secret.SKEYIDa, secret.SKEYIDe)
		}},
		{code: "esp-sequence-wrapped", session: "esp-null-noauth", packets: renumbered(func(n uint32) uint32 { return n - 10 })},
		{code: "esp-sequence-byte-order", session: "esp-null-noauth", packets: renumbered(bits.ReverseBytes32)},
		{code: "lost-message", session: second, packets: byPacket(cutTo(96)), secrets: all},
		{code: "unsupported", session: psk, secrets: all, packets: byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte {
			return bytes.Replace(p.Data, []byte{0x80, 1, 0, 7}, []byte{0x80, 1, 0, 2}, 1) // IDEA, not AES
		})},
		{code: "capture-cut", session: second, short: 10},
		{code: "snap-length", session: second, packets: byPacket(cutTo(96))},
		{code: "too-many-sas", session: "diag-v2-proposal", options: ikedecode.Options{Exchange: exchange.Options{MaxConversations: 1}}},
		{code: "not-ike", session: second, packets: at(3, func(p *capture.Packet) { copy(p.Data[udpLength:], []byte{0, 8 + 10}) })}, // less than a header
		{code: "already-decrypted", session: psk, packets: opened(t, psk, 7)},
		{code: "no-ipsec", session: "v1-gateway-capture", packets: byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
			if d.Kind == capture.Other {
				return p.Data
			}
			return nil
		})},
		{code: "unsupported-link", session: second, packets: asLink(147)},
		{code: "unsupported-encapsulation", session: second, packets: macsec},
		{code: "encapsulated", session: second, packets: byPacket(func(p *capture.Packet, _ *capture.Datagram) []byte { // the label of a provider
			const types = 12
			b := slices.Concat(p.Data[:types], []byte{0x88, 0x47, 0, 1, 1, 64}, p.Data[ethernet:])
			p.OrigLen = len(b)
			return b
		})},
		{code: "aggfrag-incomplete", session: aggfrag, secrets: aggfragKeys(t), packets: drop(5)},
		{code: "aggfrag-malformed", session: aggfrag, secrets: aggfragKeys(t), packets: noBlock(t)},
	}
}

// aggfrag is a session of IP-TFS, with bare IP and NULL encryption.
const aggfrag = "../aggfrag"

func aggfragKeys(t *testing.T) func(*secret.Bag) *secret.Bag {
	return func(*secret.Bag) *secret.Bag { return bagOf(t, filepath.Join(pcaps, aggfrag, "agg.keylog")) }
}

// noBlock makes the first data block of an AGGFRAG payload one of a type that there is none of (RFC 9347, section 6.1.2).
func noBlock(t *testing.T) func([]*capture.Packet) []*capture.Packet {
	p := aggfragKeys(t)(nil).SAs[0]
	return at(1, func(f *capture.Packet) {
		const espAt, blockAt = 20, 20 + 8 + 4
		signed := f.Data[espAt : len(f.Data)-p.MAC.ICVLen]
		f.Data[blockAt] = 0x70
		mac := p.MAC.New(p.MACKey)
		mac.Write(signed)
		copy(f.Data[espAt+len(signed):], mac.Sum(nil))
	})
}

// udpLength is where a UDP packet has its length in the captures that are edited.
const udpLength = ethernet + 20 + 4

// drop leaves out some frames.
func drop(frames ...int) func([]*capture.Packet) []*capture.Packet {
	return func(ps []*capture.Packet) []*capture.Packet {
		return slices.DeleteFunc(ps, func(p *capture.Packet) bool { return slices.Contains(frames, p.Number) })
	}
}

// at changes one frame.
func at(frame int, change func(*capture.Packet)) func([]*capture.Packet) []*capture.Packet {
	return func(ps []*capture.Packet) []*capture.Packet {
		change(ps[frame-1])
		return ps
	}
}

// renumbered changes the sequence numbers of ESP.
func renumbered(number func(uint32) uint32) func([]*capture.Packet) []*capture.Packet {
	return byPacket(func(p *capture.Packet, d *capture.Datagram) []byte {
		const at = 4
		if d.Kind == capture.ESP {
			b := p.Data[bytes.Index(p.Data, d.Payload)+at:]
			binary.BigEndian.PutUint32(b, number(binary.BigEndian.Uint32(b)))
		}
		return p.Data
	})
}

// again repeats a frame at the end.
func again(frame int, after time.Duration) func([]*capture.Packet) []*capture.Packet {
	return func(ps []*capture.Packet) []*capture.Packet { return append(ps, later(ps[frame-1], after)) }
}

// messageIn is the IKE message in a frame of a recorded session, opened with all its secrets.
func messageIn(t *testing.T, session string, frame int) (*ikesa.SA, *ikesa.Message) {
	t.Helper()
	dir := filepath.Join(pcaps, session)
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), secretFiles(dir)...)
	for _, sa := range s.SAs {
		for _, m := range sa.Messages {
			if m.Frame == frame && m.State == ikesa.Opened {
				return sa, m
			}
		}
	}
	t.Fatalf("%s: frame %d has no message that opens", session, frame)
	return nil, nil
}

// reclosed changes what is in an encrypted message of IKEv2, of AES-CBC, and closes it with the keys that it had.
func reclosed(t *testing.T, session string, frame int, change func(raw, plain []byte)) func([]*capture.Packet) []*capture.Packet {
	t.Helper()
	sa, m := messageIn(t, session, frame)
	key, authKey := sa.Generations[0].EI, sa.Generations[0].AI
	if !m.FromInitiator {
		key, authKey = sa.Generations[0].ER, sa.Generations[0].AR
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	const header, generic = 28, 4
	return at(frame, func(p *capture.Packet) {
		raw := p.Data[bytes.Index(p.Data, m.Raw):][:len(m.Raw)]
		signed := raw[:len(raw)-sa.Policy.Integ.ICVLen]
		iv, text := signed[header+generic:][:aes.BlockSize], signed[header+generic+aes.BlockSize:]
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(text, text)
		change(raw, text)
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(text, text)
		mac := sa.Policy.Integ.New(authKey)
		mac.Write(signed)
		copy(raw[len(signed):], mac.Sum(nil))
	})
}

// opened puts the plaintext of a message of IKEv1 in its place, as a daemon writes that captures its own messages.
func opened(t *testing.T, session string, frame int) func([]*capture.Packet) []*capture.Packet {
	t.Helper()
	_, m := messageIn(t, session, frame)
	return at(frame, func(p *capture.Packet) {
		const header, next, flags = 28, 16, 19
		raw := p.Data[bytes.Index(p.Data, m.Raw):][:len(m.Raw)]
		raw[next], raw[flags] = byte(m.Payloads[0].Type), 0
		plain := raw[header:]
		clear(plain)
		for _, x := range m.Payloads {
			plain = plain[copy(plain, x.Raw):]
		}
	})
}

// kindsOf keeps the secrets of some kinds.
func kindsOf(b *secret.Bag, kinds ...secret.Kind) *secret.Bag {
	return &secret.Bag{Secrets: slices.DeleteFunc(b.Secrets, func(s secret.Secret) bool { return !slices.Contains(kinds, s.Kind) })}
}

// flipped changes one bit of each secret.
func flipped(b *secret.Bag) *secret.Bag {
	for i := range b.Secrets {
		v := slices.Clone(b.Secrets[i].Value)
		v[len(v)-1] ^= 1
		b.Secrets[i].Value = v
	}
	return b
}

// saltless takes the salts of AES-GCM off the keys.
func saltless(b *secret.Bag) *secret.Bag {
	for i := range b.Secrets {
		v := b.Secrets[i].Value
		b.Secrets[i].Value = v[:len(v)-4]
	}
	return b
}

// wrongSAs keeps the SAs alone, with one bit of each key for ICVs changed.
func wrongSAs(b *secret.Bag) *secret.Bag {
	sas := slices.Clone(b.SAs)
	for i := range sas {
		sas[i].MACKey = slices.Clone(sas[i].MACKey)
		sas[i].MACKey[0] ^= 1
	}
	return &secret.Bag{SAs: sas}
}
