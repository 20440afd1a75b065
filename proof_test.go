package ikedecode_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// TestOneWrongDigit gives the ESP keys of recorded sessions alone: as they are they decrypt all, with one digit of an encryption key
// wrong nothing of its SA, and with one digit of an authentication key wrong nothing either; and the key is named.
func TestOneWrongDigit(t *testing.T) {
	if testing.Short() {
		t.Skip("every recorded session: the race detector makes it slow")
	}
	dirs, err := filepath.Glob(filepath.Join(pcaps, "*"))
	if err != nil {
		t.Fatal(err)
	}
	sessions := 0
	for _, dir := range dirs {
		log, wire := filepath.Join(dir, "gwa.log"), filepath.Join(dir, "wire.pcap")
		if _, err := os.Stat(log); err != nil {
			continue
		}
		bag := &secret.Bag{}
		for _, sa := range analyze(t, readBag(t, log), wire).Table.SAs() {
			if sa.Protocol == esp.ESP && sa.MAC != nil && !sa.Cipher.Null() && sa.Proven() {
				p := *sa.Params
				p.Derived = false
				bag.SAs = append(bag.SAs, p)
			}
		}
		if len(bag.SAs) == 0 {
			continue
		}
		sessions++
		t.Run(filepath.Base(dir), func(t *testing.T) {
			right := analyze(t, bag, wire)
			if right.Counts.BadContent > 0 {
				t.Errorf("right keys: %+v", right.Counts)
			}
			for _, tt := range []struct {
				name  string
				edit  func(*esp.Params)
				fault esp.KeyFault
			}{
				{"encryption key", func(p *esp.Params) { p.CipherKey = flipped(p.CipherKey) }, esp.WrongCipherKey},
				{"authentication key", func(p *esp.Params) { p.MACKey = flipped(p.MACKey) }, esp.WrongMACKey},
			} {
				wrong := &secret.Bag{}
				for _, p := range bag.SAs {
					tt.edit(&p)
					wrong.SAs = append(wrong.SAs, p)
				}
				r := analyze(t, wrong, wire)
				if r.Complete() {
					t.Errorf("wrong %s: complete", tt.name)
				}
				for _, sa := range r.Table.SAs() {
					st := sa.Stats()
					if st.Packets == 0 || sa.Keyless() {
						continue
					}
					if fault, _ := sa.KeyFault(); fault != tt.fault || st.Opened > 0 || st.Proven {
						t.Errorf("wrong %s: %v: fault %d, %d of %d decrypted", tt.name, sa.Params, fault, st.Opened, st.Packets)
					}
				}
			}
		})
	}
	if sessions < 20 {
		t.Errorf("%d sessions", sessions)
	}
}

// flipped is a key with its last digit changed.
func flipped(key []byte) []byte {
	key = bytes.Clone(key)
	key[len(key)-1] ^= 2
	return key
}
