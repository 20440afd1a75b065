package keys

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// TestIKEv2KDF runs the published cases in testdata/ikev2_kdf.txt.
func TestIKEv2KDF(t *testing.T) {
	text, err := os.ReadFile("testdata/ikev2_kdf.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for block := range strings.SplitSeq(string(text), "\n\n") {
		v := map[string]string{}
		for line := range strings.Lines(block) {
			if name, value, ok := strings.Cut(line, " = "); ok && !strings.HasPrefix(line, "#") {
				v[name] = strings.TrimSpace(value)
			}
		}
		if v["name"] == "" {
			continue
		}
		cases++
		t.Run(v["name"], func(t *testing.T) { checkKDF(t, v) })
	}
	if cases != 4 {
		t.Errorf("%d cases", cases)
	}
}

func prfByHex(t testing.TB, id string) alg.PRF {
	n, _ := strconv.ParseUint(id, 16, 16)
	return ikev2PRF(t, uint16(n))
}

func ikev2PRF(t testing.TB, id uint16) alg.PRF {
	t.Helper()
	prf, ok := alg.PRFByIKEv2(id)
	if !ok {
		t.Fatalf("no PRF %d", id)
	}
	return prf
}

func checkKDF(t *testing.T, v map[string]string) {
	prf := prfByHex(t, v["prf"])
	ni, nr := unhex(t, v["ni"]), unhex(t, v["nr"])
	i, r := decode.SPI(unhex(t, v["spii"])), decode.SPI(unhex(t, v["spir"]))
	s := SKEYSEEDFromInit(prf, ni, nr, unhex(t, v["gir"]))
	equal(t, "SKEYSEED", s.Key, unhex(t, v["skeyseed"]))

	// The output is cut for the longest SA that it suffices for: with AES-256 if there is enough, else with AES-128.
	dkm := unhex(t, v["dkm"])
	l := IKEv2Lengths{Integ: prf.Size, Encr: 16}
	if len(dkm) < 5*prf.Size+2*l.Encr {
		l = IKEv2Lengths{Integ: 0, Encr: (len(dkm) - 3*prf.Size) / 2}
	}
	k := s.Keys(ni, nr, i, r, l)
	all := bytes.Join([][]byte{k.D, k.AI, k.AR, k.EI, k.ER, k.PI, k.PR}, nil)
	equal(t, "SK_d to SK_pr", all, dkm[:3*prf.Size+2*l.Integ+2*l.Encr])
	equal(t, "DKM", PRFPlus(prf, s.Key, len(dkm), ni, nr, i[:], r[:]), dkm)

	child, childDH, gnew := unhex(t, v["child"]), unhex(t, v["childdh"]), unhex(t, v["girnew"])
	equal(t, "KEYMAT", ChildKeymat(prf, k.D, ni, nr, len(child)), child)
	equal(t, "KEYMAT with g^ir", ChildKeymat(prf, k.D, ni, nr, len(childDH), gnew), childDH)
	if v["rekey"] != "" {
		rekeyed := SKEYSEEDFromRekey(prf, prf, k.D, gnew, ni, nr)
		equal(t, "SKEYSEED of the rekeyed SA", rekeyed.Key, unhex(t, v["rekey"]))
		// An additional key exchange in IKE_INTERMEDIATE has the same formula (RFC 9370, section 2.2.2).
		equal(t, "SKEYSEED(1)", SKEYSEEDFromIntermediate(prf, k.D, gnew, ni, nr).Key, rekeyed.Key)
	}
}

// hmac256 is HMAC-SHA2-256 by the library alone.
func hmac256(key string, data string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(data))
	return string(m.Sum(nil))
}

// TestIKEv2Formulas fixes the order of what goes into each formula that has no published vector.
func TestIKEv2Formulas(t *testing.T) {
	prf := ikev2PRF(t, 5)
	b := func(s string) []byte { return []byte(s) }
	check := func(what string, got []byte, want string) {
		t.Helper()
		equal(t, what, got, []byte(want))
	}
	d := hmac256("d", "")
	check("rekey with two more key exchanges (RFC 9370)",
		SKEYSEEDFromRekey(prf, ikev2PRF(t, 2), b(d), b("g"), b("Ni"), b("Nr"), b("one"), b("two")).Key, hmac256(d, "gNiNronetwo"))
	check("IKE_INTERMEDIATE", SKEYSEEDFromIntermediate(prf, b(d), b("secret"), b("Ni"), b("Nr")).Key, hmac256(d, "secretNiNr"))
	check("resumption", SKEYSEEDFromResumption(prf, b(d), b("Ni"), b("Nr")).Key, hmac256(d, "ResumptionNiNr"))
	check("PPK in IKE_INTERMEDIATE", SKEYSEEDFromPPK(prf, b("ppk"), b(d)).Key, hmac256("ppk", d+"\x01"))
	check("SK_d with PPK", MixPPK(prf, b("ppk"), b(d)), hmac256("ppk", d+"\x01"))
	if MixPPK(prf, b("ppk"), nil) != nil {
		t.Error("a key out of nothing")
	}

	t1 := hmac256(d, "zeroNiNronetwo\x01")
	check("KEYMAT with three key exchanges (RFC 9370)",
		ChildKeymat(prf, b(d), b("Ni"), b("Nr"), 64, b("zero"), b("one"), b("two")), t1+hmac256(d, t1+"zeroNiNronetwo\x02"))
	check("IntAuth", IntAuth(prf, b("p"), b("before"), b("A"), b("P")), hmac256("p", "beforeAP"))
	check("IntAuth, in all", IntAuthOctets(b("i"), b("r"), 0x01020304), "ir\x01\x02\x03\x04")
	check("octets", SignedOctets(prf, b("p"), b("msg"), b("N"), b("id"), b("int")), "msgN"+hmac256("p", "id")+"int")
	check("AUTH", SharedKeyAuth(prf, b("psk"), b("octets")), hmac256(hmac256("psk", "Key Pad for IKEv2"), "octets"))
	check("AUTH after resumption", ResumptionAuth(prf, b("p"), b("msg")), hmac256("p", "msg"))
}

// TestHalfNonces is RFC 7296, section 2.14: two PRFs take 8 bytes of each nonce for SKEYSEED, and all of them for prf+.
func TestHalfNonces(t *testing.T) {
	ni, nr := []byte("initiator's nonce"), []byte("responder's nonce")
	for _, prf := range alg.PRFs() {
		key := "initiator's nonceresponder's nonce"
		if prf.IKEv2 == 4 || prf.IKEv2 == 8 {
			key = "initiato" + "responde"
		}
		s := SKEYSEEDFromInit(prf, ni, nr, []byte("g^ir"))
		equal(t, prf.Name, s.Key, prf.Sum([]byte(key), []byte("g^ir")))
		k := s.Keys(ni, nr, decode.SPI{1}, decode.SPI{2}, IKEv2Lengths{Encr: 16})
		seed := "initiator's nonceresponder's nonce\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x01"
		equal(t, prf.Name+", SK_d", k.D, prf.Sum(s.Key, []byte(seed)))
		short := SKEYSEEDFromInit(prf, ni[:3], nr[:3], []byte("g^ir")) // too short by the RFC, no reason to crash
		if len(short.Key) != prf.Size {
			t.Errorf("%s: SKEYSEED of %d bytes", prf.Name, len(short.Key))
		}
	}
}

func TestIKEv2Lengths(t *testing.T) {
	prf := ikev2PRF(t, 5)
	for _, n := range []int{-1, 0, 1, 31, 32, 33, 255 * 32, 255*32 + 1, 1 << 20} {
		if got, want := len(PRFPlus(prf, []byte("k"), n, []byte("s"))), min(max(n, 0), 255*32); got != want {
			t.Errorf("prf+ of %d bytes: %d, want %d", n, got, want)
		}
	}
	k := SKEYSEED{prf, []byte("s")}.Keys(nil, nil, decode.SPI{}, decode.SPI{}, IKEv2Lengths{Integ: -5, Encr: -5})
	if len(k.D) != 32 || len(k.PR) != 32 || len(k.EI) != 0 || len(k.AR) != 0 {
		t.Errorf("negative lengths: %v", k)
	}
	for _, v := range []struct {
		encr, integ, bits uint16
		want              IKEv2Lengths
	}{
		{12, 12, 256, IKEv2Lengths{32, 32}}, {12, 2, 0, IKEv2Lengths{20, 16}}, {3, 1, 0, IKEv2Lengths{16, 24}},
		{20, 0, 256, IKEv2Lengths{0, 36}}, {20, 12, 128, IKEv2Lengths{0, 20}}, {14, 0, 128, IKEv2Lengths{0, 19}},
		{28, 0, 0, IKEv2Lengths{0, 36}}, {13, 5, 192, IKEv2Lengths{16, 28}}, {11, 14, 0, IKEv2Lengths{64, 0}},
		{23, 8, 192, IKEv2Lengths{16, 24}},
	} {
		got, err := IKEv2LengthsOf(alg.CipherByIKEv2(v.encr), v.bits, alg.MACByIKEv2(v.integ))
		if err != nil || got != v.want {
			t.Errorf("encryption %d, %d bits, integrity %d: %+v, %v, want %+v", v.encr, v.bits, v.integ, got, err, v.want)
		}
	}
	if _, err := IKEv2LengthsOf(alg.CipherByIKEv2(12), 40, nil); err == nil {
		t.Error("AES of 40 bits")
	}
}

// TestChildKeys is the order of RFC 7296, section 2.17.
func TestChildKeys(t *testing.T) {
	prf := ikev2PRF(t, 5)
	k := IKEv2Keys{D: []byte("d")}
	all := ChildKeymat(prf, k.D, []byte("Ni"), []byte("Nr"), 2*(20+12), []byte("g"))
	c := k.ChildKeys(prf, []byte("Ni"), []byte("Nr"), 20, 12, []byte("g"))
	equal(t, "initiator's encryption key", c.EI, all[:20])
	equal(t, "initiator's integrity key", c.AI, all[20:32])
	equal(t, "responder's encryption key", c.ER, all[32:52])
	equal(t, "responder's integrity key", c.AR, all[52:])
	c = k.ChildKeys(prf, nil, nil, 0, 20)
	if len(c.EI) != 0 || len(c.AI) != 20 || len(c.ER) != 0 || len(c.AR) != 20 {
		t.Errorf("AH: %d, %d, %d, %d bytes", len(c.EI), len(c.AI), len(c.ER), len(c.AR))
	}
	_ = append(c.AI, 0xff) // must not reach into the other direction's
	equal(t, "responder's integrity key of AH", c.AR, ChildKeymat(prf, k.D, nil, nil, 40)[20:])
}

func TestIKEv2KeysString(t *testing.T) {
	k := IKEv2Keys{D: []byte("secret"), EI: []byte("secret")}
	if s := fmt.Sprintf("%v %s", k, k); strings.Contains(s, "secret") || strings.Contains(s, "115") {
		t.Error(s)
	}
}
