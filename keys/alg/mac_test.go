package alg

import (
	"bytes"
	"fmt"
	"hash"
	"strings"
	"testing"
)

// macVectors: icv is the front of the output, as long as the row's ICV or longer.
var macVectors = []struct {
	row, source    string
	key, data, icv string
}{
	{"NONE", "nothing", "", "4869205468657265", ""},
	{"HMAC-MD5-96", "RFC 2202 MD5 case 1", reps("0b", 16), hiThere, "9294727a3638bb1c13f48ef8158bfc9d"},
	{"HMAC-MD5-96", "RFC 2202 MD5 case 3", reps("aa", 16), reps("dd", 50), "56be34521d144c88dbb8c733f0e8b3f6"},
	{"HMAC-MD5-96", "RFC 2202 MD5 case 5", reps("0c", 16), truncation, "56461ef2342edc00f9bab995"},
	{"HMAC-MD5-128", "RFC 2202 MD5 case 1", reps("0b", 16), hiThere, "9294727a3638bb1c13f48ef8158bfc9d"},
	{"HMAC-SHA1-96", "RFC 2202 SHA-1 case 1", reps("0b", 20), hiThere, "b617318655057264e28bc0b6fb378c8ef146be00"},
	{"HMAC-SHA1-96", "RFC 2202 SHA-1 case 3", reps("aa", 20), reps("dd", 50), "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
	{"HMAC-SHA1-96", "RFC 2202 SHA-1 case 5", reps("0c", 20), truncation, "4c1a03424b55e07fe7f27be1"},
	{"HMAC-SHA1-160", "RFC 2202 SHA-1 case 1", reps("0b", 20), hiThere, "b617318655057264e28bc0b6fb378c8ef146be00"},
	{"HMAC-SHA2-256-128", "RFC 4868 AUTH256-1", reps("0b", 32), hiThere, "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7"},
	{"HMAC-SHA2-256-128", "RFC 4231 case 5", reps("0c", 20), truncation, "a3b6167473100ee06e0c796c2955552b"},
	{"HMAC-SHA2-256-96", "RFC 4868 AUTH256-1, 96 bits", reps("0b", 32), hiThere, "198a607eb44bfbc69903a0f1"},
	{"HMAC-SHA2-384-192", "RFC 4868 AUTH384-1", reps("0b", 48), hiThere,
		"b6a8d5636f5c6a7224f9977dcf7ee6c7fb6d0c48cbdee9737a959796489bddbc4c5df61d5b3297b4fb68dab9f1b582c2"},
	{"HMAC-SHA2-512-256", "RFC 4868 AUTH512-1", reps("0b", 64), hiThere,
		"637edc6e01dce7e6742a99451aae82df23da3e92439e590e43e761b33e910fb8ac2878ebd5803f6f0b61dbce5e251ff8789a4722c1be65aea45fd464e89f8f5b"},
	{"HMAC-SHA1-128", "RFC 2202 SHA-1 case 1, 128 bits", reps("0b", 20), hiThere, "b617318655057264e28bc0b6fb378c8ef146be00"},
	{"HMAC-SHA2-256-256", "RFC 4868 AUTH256-1, whole", reps("0b", 32), hiThere, "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7"},
	{"HMAC-SHA2-384-384", "RFC 4868 AUTH384-1, whole", reps("0b", 48), hiThere,
		"b6a8d5636f5c6a7224f9977dcf7ee6c7fb6d0c48cbdee9737a959796489bddbc4c5df61d5b3297b4fb68dab9f1b582c2"},
	{"HMAC-SHA2-512-512", "RFC 4868 AUTH512-1, whole", reps("0b", 64), hiThere,
		"637edc6e01dce7e6742a99451aae82df23da3e92439e590e43e761b33e910fb8ac2878ebd5803f6f0b61dbce5e251ff8789a4722c1be65aea45fd464e89f8f5b"},
	{"HMAC-SM3", "OpenSSL 3.0", reps("0b", 32), hiThere, "c0ba18c68b90c88bc07de794bfc7d2c8d19ec31ed8773bc2b390c9604e0be11e"},
	{"HMAC-RIPEMD-160-96", "RFC 2286 RIPEMD-160 case 1", reps("0b", 20), hiThere, "24cb4bd67d20fc1a5d2ed7732dcc39377f0a5668"},
	{"HMAC-RIPEMD-160-96", "RFC 2286 RIPEMD-160 case 3", reps("aa", 20), reps("dd", 50), "b0b105360de759960ab4f35298e116e295d8e7c1"},
	{"AES-XCBC-96", "RFC 3566 case 1", counting(16), "", "75f0251d528ac01c4573dfd584d79f29"},
	{"AES-XCBC-96", "RFC 3566 case 2", counting(16), counting(3), "5b376580ae2f19afe7219ceef172756f"},
	{"AES-XCBC-96", "RFC 3566 case 3", counting(16), counting(16), "d2a246fa349b68a79998a4394ff7a263"},
	{"AES-XCBC-96", "RFC 3566 case 4", counting(16), counting(20), "47f51b4564966215b8985c63055ed308"},
	{"AES-XCBC-96", "RFC 3566 case 5", counting(16), counting(32), "f54f0ec8d2b9f3d36807734bd5283fd4"},
	{"AES-XCBC-96", "RFC 3566 case 6", counting(16), counting(34), "becbb3bccdb518a30677d5481fb6b4d8"},
	{"AES-XCBC-96", "RFC 3566 case 7", counting(16), reps("00", 1000), "f0dafee895db30253761103b5d84528f"},
	{"AES-CMAC-96", "RFC 4493 example 1", cmacKey, "", "bb1d6929e95937287fa37d129b756746"},
	{"AES-CMAC-96", "RFC 4493 example 2", cmacKey, cmacData[:32], "070a16b46b4d4144f79bdd9dd04a287c"},
	{"AES-CMAC-96", "RFC 4493 example 3", cmacKey, cmacData[:80], "dfa66747de9ae63030ca32611497c827"},
	{"AES-CMAC-96", "RFC 4493 example 4", cmacKey, cmacData, "51f0bebf7e3b9d92fc49741779363cfe"},
	{"AES-128-GMAC", "McGrew and Viega case 1", reps("00", 20), "", "58e2fccefa7e3061367f1d57a4e7455a"},
	{"AES-192-GMAC", "McGrew and Viega case 7", reps("00", 28), "", "cd33b28ac773f74ba00ed1f312572435"},
	{"AES-256-GMAC", "McGrew and Viega case 13", reps("00", 36), "", "530f8afbc74536b9a963b4f1c4cb738b"},
}

const (
	hiThere    = "4869205468657265"
	truncation = "546573742057697468205472756e636174696f6e"
	cmacKey    = "2b7e151628aed2a6abf7158809cf4f3c"
	cmacData   = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)

func reps(s string, n int) string { return strings.Repeat(s, n) }

func counting(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%02x", i)
	}
	return b.String()
}

func TestMACs(t *testing.T) {
	for _, v := range macVectors {
		t.Run(v.row+" "+v.source, func(t *testing.T) {
			m := macByName(t, v.row)
			key, data, want := unhex(t, v.key), unhex(t, v.data), unhex(t, v.icv)
			h := m.New(key)
			if len(want) < m.ICVLen || h.Size() < m.ICVLen {
				t.Fatalf("output of %d bytes, vector of %d, for an ICV of %d", h.Size(), len(want), m.ICVLen)
			}
			for range 2 {
				h.Reset()
				h.Write(data)
				equal(t, "ICV", h.Sum(nil)[:len(want)], want)
			}
			testPieces(t, h, data)
		})
	}
}

// testPieces checks that it does not matter how data is cut, and that Sum changes nothing.
func testPieces(t *testing.T, h hash.Hash, data []byte) {
	t.Helper()
	h.Reset()
	h.Write(data)
	want := h.Sum([]byte("x"))
	for step := 1; step < 20; step++ {
		h.Reset()
		for rest := data; len(rest) > 0; {
			n := min(step, len(rest))
			h.Write(rest[:n])
			rest = rest[n:]
			h.Sum(nil)
		}
		equal(t, "in pieces", h.Sum([]byte("x")), want)
	}
}

func TestEveryMACHasAVector(t *testing.T) {
	have := map[string]bool{}
	for _, v := range macVectors {
		have[v.row] = true
		if m := macByName(t, v.row); len(unhex(t, v.key)) != m.KeyLen && !strings.Contains(v.source, "4231") {
			t.Errorf("%s: key of %d bytes, row says %d", v.source, len(v.key)/2, m.KeyLen)
		}
	}
	for _, m := range MACs() {
		if !have[m.Name] {
			t.Errorf("%s has no vector", m.Name)
		}
	}
}

func macByName(t testing.TB, name string) *MAC {
	t.Helper()
	m := find(macs, func(m *MAC) bool { return m.Name == name })
	if m == nil {
		t.Fatalf("no row %q", name)
	}
	return m
}

func TestMACsTakeAnyKey(t *testing.T) {
	for _, m := range MACs() {
		for n := range 200 {
			h := m.New(make([]byte, n)) // a key file may say anything
			h.Write([]byte("data"))
			if got := len(h.Sum(nil)); got < m.ICVLen {
				t.Fatalf("%s: %d bytes", m.Name, got)
			}
		}
	}
}

func TestMACsDoNotAllocate(t *testing.T) {
	packet, out := make([]byte, 1408), make([]byte, 0, 64)
	for _, m := range MACs() {
		h := m.New(bytes.Repeat([]byte{7}, m.KeyLen))
		h.Write(packet)
		h.Sum(out)
		if allocs := testing.AllocsPerRun(50, func() { h.Reset(); h.Write(packet); h.Sum(out) }); allocs >= 1 {
			t.Errorf("%s: %v allocations a packet", m.Name, allocs)
		}
	}
}

// TestGMACWithIV has GMAC of a message: key and salt, IV, data.
func TestGMACWithIV(t *testing.T) {
	for _, v := range []struct{ source, row, key, iv, data, icv string }{
		{"NIST CAVP gcmEncryptExtIV128, PTlen = 0, AADlen = 128, count 0", "AES-128-GMAC", "77be63708971c4e240d1cb79e8d77feb e0e00f19", "fed7ba0136a797f3",
			"7a43ec1d9c0a5a78a0b16533a6213cab", "209fcc8d3675ed938e9c7166709dd946"},
		{"draft-mcgrew-gcm-test-01, GMAC", "AES-128-GMAC", "4c80cdefbb5d10da906ac73c3613a634 22433c64", "0000000000000000",
			`0000432100000007 0000000000000000 45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f70717273740102
			0201`, "f2a9a836e155106aa8dcd618e4099aaa"},
	} {
		t.Run(v.source, func(t *testing.T) {
			m := macByName(t, v.row)
			h, ok := m.New(unhex(t, v.key)).(IVSetter)
			iv := unhex(t, v.iv)
			if !ok || len(iv) != m.IVLen {
				t.Fatalf("IV of %d bytes, row says %d; takes one: %v", len(iv), m.IVLen, ok)
			}
			for range 2 {
				h.Reset()
				h.Write(unhex(t, v.data))
				h.SetIV(iv)
				equal(t, "ICV", h.Sum(nil), unhex(t, v.icv))
			}
		})
	}
	for _, m := range MACs() {
		if _, ok := m.New(nil).(IVSetter); ok != (m.IVLen > 0) {
			t.Errorf("%s: row at odds with itself", m.Name)
		}
	}
}
