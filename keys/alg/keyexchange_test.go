package alg

import (
	"bytes"
	"crypto/mlkem"
	"errors"
	"os"
	"strings"
	"testing"
)

// TestMLKEM runs the cases of NIST's ACVP server in testdata/mlkem.txt.
func TestMLKEM(t *testing.T) {
	text, err := os.ReadFile("testdata/mlkem.txt")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for block := range strings.SplitSeq(string(text), "\n\n") {
		v := fields(block)
		k := kemByName(v["set"])
		if k == nil {
			continue
		}
		kind, _, _ := strings.Cut(v["what"], " ")
		seen[k.Name+" "+kind] = true
		t.Run(v["set"]+" "+v["what"], func(t *testing.T) { checkMLKEM(t, k, v) })
	}
	for _, k := range kems {
		for _, kind := range []string{"keyGen", "encapsulation", "decapsulation"} {
			if !seen[k.Name+" "+kind] {
				t.Errorf("%s has no %s vector", k.Name, kind)
			}
		}
	}
}

func fields(block string) map[string]string {
	v := map[string]string{}
	for line := range strings.Lines(block) {
		if name, value, ok := strings.Cut(line, " = "); ok {
			v[name] = strings.TrimSpace(value)
		}
	}
	return v
}

func kemByName(name string) *KeyExchange {
	return find(kems, func(k *KeyExchange) bool { return k.Name == name })
}

func checkMLKEM(t *testing.T, k *KeyExchange, v map[string]string) {
	dk, seed := unhex(t, v["dk"]), unhex(t, v["seed"])
	private, peer := dk, unhex(t, v["c"])
	switch {
	case v["seed"] != "":
		ek, err := k.Public(seed)
		if err != nil {
			t.Fatal(err)
		}
		// dk = s | ek | H(ek) | z (FIPS 203, algorithm 16)
		equal(t, "encapsulation key", ek, dk[len(dk)-64-k.InitiatorLen:len(dk)-64])
		again, err := k.Public(dk)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "of the expanded key", again, ek)
		return
	case v["m"] != "":
		private, peer = unhex(t, v["m"]), unhex(t, v["ek"])
	}
	got, err := k.Shared(private, peer)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "shared secret", got, unhex(t, v["k"]))
	if len(got) != k.SharedLen {
		t.Errorf("shared secret of %d bytes, row says %d", len(got), k.SharedLen)
	}
}

// TestMLKEMLibrary has Go's own ML-KEM as the responder.
func TestMLKEMLibrary(t *testing.T) {
	seed := bytes.Repeat([]byte("seed"), 16)
	k768, k1024 := KeyExchangeByID(36), KeyExchangeByID(37)
	public, err := k768.Public(seed)
	if err != nil {
		t.Fatal(err)
	}
	ek, err := mlkem.NewEncapsulationKey768(public)
	if err != nil {
		t.Fatal(err)
	}
	want, ciphertext := ek.Encapsulate()
	got, err := k768.Shared(seed, ciphertext)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "ML-KEM-768", got, want)
	if public, err = k1024.Public(seed); err != nil {
		t.Fatal(err)
	}
	ek1024, err := mlkem.NewEncapsulationKey1024(public)
	if err != nil {
		t.Fatal(err)
	}
	want, ciphertext = ek1024.Encapsulate()
	if got, err = k1024.Shared(seed, ciphertext); err != nil {
		t.Fatal(err)
	}
	equal(t, "ML-KEM-1024", got, want)
}

func TestMLKEMErrors(t *testing.T) {
	for _, k := range kems {
		seed := bytes.Repeat([]byte{7}, 64)
		for _, n := range []int{0, 1, 31, 63, 65, 1632, 2400, 3168} {
			if _, err := k.Public(make([]byte, n)); !errors.Is(err, ErrPrivateValue) {
				t.Errorf("%s: private value of %d zeros: %v", k.Name, n, err)
			}
		}
		for _, n := range []int{0, 32, k.ResponderLen - 1, k.ResponderLen + 1} {
			if _, err := k.Shared(seed, make([]byte, n)); !errors.Is(err, ErrPublicValue) {
				t.Errorf("%s: ciphertext of %d bytes: %v", k.Name, n, err)
			}
		}
		if _, err := k.Shared(seed[:32], bytes.Repeat([]byte{0xff}, k.InitiatorLen)); !errors.Is(err, ErrPublicValue) {
			t.Errorf("%s: encapsulation key out of range: %v", k.Name, err)
		}
		if _, err := k.Public(seed[:32]); !errors.Is(err, ErrPrivateValue) {
			t.Errorf("%s: the responder's randomness alone: %v", k.Name, err)
		}
	}
}

func TestKeyExchangeByID(t *testing.T) {
	for _, k := range KeyExchanges() {
		got := KeyExchangeByID(k.ID)
		if got == nil || got.Name != k.Name || got.KEM != k.KEM || got.InitiatorLen != k.InitiatorLen {
			t.Errorf("%s: found %+v", k.Name, got)
		}
	}
	sizes := map[uint16][2]int{35: {800, 768}, 36: {1184, 1088}, 37: {1568, 1568}, 14: {256, 256}, 31: {32, 32}}
	for id, want := range sizes {
		if k := KeyExchangeByID(id); k == nil || k.InitiatorLen != want[0] || k.ResponderLen != want[1] {
			t.Errorf("key exchange method %d: %+v", id, k)
		}
	}
	for _, id := range []uint16{0, 3, 33, 38, 65535} {
		if k := KeyExchangeByID(id); k != nil {
			t.Errorf("key exchange method %d found: %s", id, k.Name)
		}
	}
}

func TestPRFKeyLen(t *testing.T) {
	for _, p := range PRFs() {
		if fixed := p.Name == "AES-XCBC-128" || p.Name == "AES-CMAC-128"; p.HalfNonces() != fixed || p.KeyLen() != p.Size {
			t.Errorf("%s: half nonces %v, key of %d bytes", p.Name, p.HalfNonces(), p.KeyLen())
		}
	}
}

func FuzzMLKEM(f *testing.F) {
	f.Add(uint8(0), []byte("short"), []byte("peer"))
	for i, k := range kems {
		f.Add(uint8(i), make([]byte, 64), make([]byte, k.ResponderLen))
		f.Add(uint8(i), make([]byte, 32), make([]byte, k.InitiatorLen))
		f.Add(uint8(i), make([]byte, []int{1632, 2400, 3168}[i]), make([]byte, k.ResponderLen))
	}
	f.Fuzz(func(t *testing.T, i uint8, private, peer []byte) {
		k := kems[int(i)%len(kems)]
		if s, err := k.Shared(private, peer); err == nil && len(s) != k.SharedLen {
			t.Errorf("%s: shared secret of %d bytes", k.Name, len(s))
		}
		if p, err := k.Public(private); err == nil && len(p) != k.InitiatorLen {
			t.Errorf("%s: public value of %d bytes", k.Name, len(p))
		}
	})
}
