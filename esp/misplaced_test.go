package esp

import (
	"bytes"
	"errors"
	"math/bits"
	"testing"
)

// Keys that are exchanged with each other, or with those of the SA beside, are told as that; both wrong are not.
func TestMisplacedKeys(t *testing.T) {
	aes, sha := cipherRow(t, "AES-CBC"), macRow(t, "HMAC-SHA2-256-128")
	inner := ipv4(hostA, hostB, 17, udp(4000, 5000, noise(1, 40)))
	params := func(spi uint32, seed int) Params {
		return Params{Protocol: ESP, SPI: spi, Src: hostA, Dst: hostB, Cipher: aes, CipherKey: noise(seed, 32), MAC: sha, MACKey: noise(seed+1, 32)}
	}
	right, back := params(0x1001, 40), params(0x1002, 50)
	swapped, other, wrong := right, right, right
	swapped.CipherKey, swapped.MACKey = right.MACKey, right.CipherKey
	other.CipherKey, other.MACKey = back.CipherKey, back.MACKey
	wrong.CipherKey, wrong.MACKey = noise(60, 32), noise(61, 32)
	beside := back
	beside.CipherKey, beside.MACKey = right.CipherKey, right.MACKey
	for _, tt := range []struct {
		name  string
		given Params
		fault KeyFault
		of    uint32
	}{{"swapped", swapped, SwappedKeys, 0}, {"of the other direction", other, KeysOfOther, 0x1002}, {"wrong", wrong, NoKeyFault, 0}} {
		list := []Params{tt.given, back}
		if tt.of != 0 {
			list[1] = beside
		}
		table := NewTable()
		if errs := table.AddGiven(list, nil); errs != nil {
			t.Fatal(errs)
		}
		var s Scratch
		for seq := range uint64(3) {
			if _, err := table.Open(packetOf(right, seal(t, right, seq+1, 4, inner)), &s); !errors.Is(err, ErrICV) {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}
		sa := table.Used()[0]
		if fault, _ := sa.KeyFault(); fault != tt.fault || sa.KeysOf() != tt.of {
			t.Errorf("%s: fault %d of 0x%x, want %d of 0x%x", tt.name, fault, sa.KeysOf(), tt.fault, tt.of)
		}
	}
}

// An SPI whose bytes are in reverse order decrypts where the ICV verifies, and is not blamed where none does.
func TestTurnedSPI(t *testing.T) {
	right := Params{Protocol: ESP, SPI: 0xc9e510a3, Src: hostA, Dst: hostB, Cipher: cipherRow(t, "AES-CBC"), CipherKey: noise(40, 16), MAC: macRow(t, "HMAC-SHA1-96"), MACKey: noise(41, 20)}
	turned := right
	turned.SPI = bits.ReverseBytes32(right.SPI)
	wrong := turned
	wrong.MACKey = noise(42, 20)
	inner := ipv4(hostA, hostB, 17, udp(4000, 5000, noise(1, 40)))
	for _, given := range []Params{turned, wrong} {
		table := newTable(t, given)
		var s Scratch
		for seq := range uint64(3) {
			o, err := table.Open(packetOf(right, seal(t, right, seq+1, 4, inner)), &s)
			switch good := bytes.Equal(given.MACKey, right.MACKey); {
			case good && (err != nil || !o.Verified || o.SA.SPI != right.SPI || !bytes.Equal(o.IP, inner)):
				t.Fatalf("%v, %+v", err, o)
			case !good && err != ErrNoSA:
				t.Fatalf("wrong key: %v", err)
			}
		}
	}
}
