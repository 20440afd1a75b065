package keys

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatalf("bad hex: %v", err)
	}
	return b
}

func equal(t testing.TB, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s\n got %x\nwant %x", what, got, want)
	}
}

// TestSignatureCAVS is the first example of NIST's ikev1_dsa.txt (SP 800-135 test vectors, CAVS).
func TestSignatureCAVS(t *testing.T) {
	prf := alg.HMAC(alg.HashByID(2))
	i, r := decode.SPI(unhex(t, "382e5c8b0a3fa307")), decode.SPI(unhex(t, "ba4b7616700a2413"))
	gxy := unhex(t, `2a2e0bbe8da3657a83f3d35826e49e2d38e557e912a1b9e6c30c63577b3eab715466202862027f2c26f3090743555579
		611771db0b92bef93834432a3a7762fc8a0f4889fd281d6082770d10a40d7bad61e832f041e620d6787e7f62ab2861dd
		fbe272e0d9d3cdec5f1bbf750e24b8b32d6d714968ad69ce5086c32ad2742ebc`)
	s := SKEYIDFromSignature(prf, unhex(t, "ced5635da6796075"), unhex(t, "6244b427712fb776"), gxy)
	equal(t, "SKEYID", s.Key, unhex(t, "dc37ac99de6dcfbd1ee74af7fb36f9b4b0a7829d"))
	k := s.Keys(gxy, i, r)
	equal(t, "SKEYID_d", k.D, unhex(t, "486293ed547adb562cefdaf43d3d8457b196f2b6"))
	equal(t, "SKEYID_a", k.A, unhex(t, "f4053b5ca07e59bb41b8f401037ca90b72b3917e"))
	equal(t, "SKEYID_e", k.E, unhex(t, "49a1d53a80fb77e663552964fbbcb45092021473"))
}

// TestSignatureACVP is case 4500 of the IKEv1 KDF sample in NIST's ACVP server, for what it has in whole bytes: SKEYID_d, _a
// and _e of SHA2-512 from its SKEYID.
func TestSignatureACVP(t *testing.T) {
	s := SKEYID{alg.HMAC(alg.HashByID(6)), unhex(t, `DD3A8D4C3799C3B4A3F9B13746F5952BF9FF3576AE0A2B15E79D375ACA47A7CE
		DA5C3F04A63F67BA9B47940C7830D60B898355BD634D85E029115E81714B779A`)}
	k := s.Keys(unhex(t, "1B40754A477A43443EC89C5DFFD7502CB1CBE1BB52F8E0B8AF34FF51"),
		decode.SPI(unhex(t, "493747BAA023A654")), decode.SPI(unhex(t, "2D6975984A717A19")))
	equal(t, "SKEYID_d", k.D, unhex(t, `D5D1C38169E3DF23DD4BA318045220960AC225C45D4F1C2360E8D0C31459B6AD
		88E425F7D4B2D12D82D1E40668D9A50E376630DB2EBEE21225E38B0CDD64CEEE`))
	equal(t, "SKEYID_a", k.A, unhex(t, `070A6F4E62D34A6A20D686761FCD12D006664DFFDF7D2BF7BAFBCD1E5DFD75F6
		5A4C7D50D9211D7CFDDBA40140F4FE086FE9BE2849434A61C839FA80B591F65F`))
	equal(t, "SKEYID_e", k.E, unhex(t, `A342159497DF4BFADF4D5DB0D631D56776595A0C976AC07A1A0D4CEF396B9214
		A6351912E349B62D8DB07ABFDB953445B6367EE3349994D362F48305FE49881B`))
}

// racoon is a phase 1 and a Quick Mode with PFS as racoon 0.9 logged them at -ddd (session v1-racoon-dh-private).
var racoon = struct {
	private, public, gxy, psk, ni, nr string
	i, r                              string
	skeyid, d, a, e, ka               string
	gqm, qmRest, qmKeymat             string
}{
	private: `270d452c f420c460 5f413de7 f1884cbf 04096ab6 091a0948 3540a136 df90f106
		d599fce3 e20fca79 0334f39e e92373bc b111338e f67e66b5 3963ee86 68029c50
		851a735e f66eb0b1 ba692555 9f3c288e 9c011270 e8be83ec 7dae504e 3b65626d
		7a241a9d 9eeb39ee 39e41804 ab99c843 92a22fcd 72688f75 03b29174 6ce39b15`,
	public: `21a93dd3 1e0786c8 4649bae0 b3dc5f6a d5626a75 d8d1cd29 e98563b6 4240c54c
		0c31be19 647defee 19b8412a b176e4dc b71e9452 d493c083 3d10937c f69673b0
		aedb52e5 cad9fe5d d30a5426 3a4c8025 341894b0 3ec47004 45a8906d 23983e4b
		a201870a c8f0faa5 333a9f61 69b3fea1 af3d466b 21c4d078 f605b289 8379faf5`,
	gxy: `9c3d4e5d d2ccc622 843af062 81349477 40234125 3c016715 4d7ddbfa c929b5bd
		e39f8495 d8d90a68 cb45da2f 5815a949 0192214f 7d685c38 7bee4f7a c48b0717
		7f4d7703 d7ebe684 e8270e92 039ac59b d9e3ac6e 570316a9 9e72a8af eae7a37a
		d4336894 7ec51827 f53ff329 d8c76b13 c378ee46 a3b9a759 db1b089c 82286512`,
	psk: "73656b72 6974",
	ni:  "73daa316 a8fbb328 82e71853 acdb7442 2620a3e7 cc1703b7 ef9dd473 36f276ad", nr: "9396a510 716833f3 95ad24b1 98c4acc0",
	i: "753ad6ea 67d815d3", r: "b95e31af 4fa47728",
	skeyid: "82c7ae87 a53d2dd4 f3065196 e55d0aab dd6d17ba", d: "92983140 0953e9c6 d3862bc9 fc104f3a e7d042c5",
	a: "bbd9f0d5 6439300b 64b41dac 3b7fc1f4 7b0a5d66", e: "f618ed87 1838a2a3 12ad48cb 591c8a21 b95df6d3",
	ka: "f618ed87 1838a2a3 12ad48cb 591c8a21",
	gqm: `5585aae1 f15dc4e5 f62166a2 0a619c46 7210b65f c206160b adef5e63 1e506a6e
		0aea0e36 190f13b6 3fc83310 22790e9d 350a591d 9de523ea 87628589 70f44347
		dc9dad1d e41f3382 5cd0b84a 9b967dda 1f1e944c 6178211b 38978e20 e700c3cb
		309ead5e 8b6d06b2 8f38ab9e 99b8bae3 6ec4ce51 cf3f673a 520a062e f8702890`,
	qmRest: `0300de7d 98c7104c 54169423 97ad1abf 47afeaf7 14abf300 9530aeba bc1dc319
		1e65fef1 28f521b0 eab887c8 0c7ceca9 9b0804a6 c8`,
	qmKeymat: `7c6d1a07 cdf022fc e1870c26 f066a5d5 e58f2c55 50f6f26a 915d0b67 b60300e3
		c39d642b f7bc8f9c af781fb8 aadf651a 346c781b 85270c58 0d1d2a31`,
}

func TestPSKRacoon(t *testing.T) {
	h, g := alg.HashByID(2), alg.GroupByID(2)
	prf := alg.HMAC(h)
	public, err := g.Public(unhex(t, racoon.private))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "public value", public, unhex(t, racoon.public))
	i, r := decode.SPI(unhex(t, racoon.i)), decode.SPI(unhex(t, racoon.r))
	s := SKEYIDFromPSK(prf, unhex(t, racoon.psk), unhex(t, racoon.ni), unhex(t, racoon.nr))
	equal(t, "SKEYID", s.Key, unhex(t, racoon.skeyid))
	k := s.Keys(unhex(t, racoon.gxy), i, r)
	equal(t, "SKEYID_d", k.D, unhex(t, racoon.d))
	equal(t, "SKEYID_a", k.A, unhex(t, racoon.a))
	equal(t, "SKEYID_e", k.E, unhex(t, racoon.e))
	equal(t, "Ka", CipherKey(prf, k.E, 16), unhex(t, racoon.ka))

	// phase 2: an Informational's IV and hash, and KEYMAT with PFS
	last := unhex(t, "50aea565 1330d982 5f978970 295f8e9f")
	equal(t, "phase 2 IV", Phase2IV(h, last, 0xfd84b7ef, 16), unhex(t, "3ccb019b e6b590cc 75872aeb 38542883"))
	q := unhex(t, racoon.qmRest)
	got := Keymat(prf, k.D, unhex(t, racoon.gqm), q[0], q[1:5], q[5:37], q[37:], 60)
	equal(t, "KEYMAT", got, unhex(t, racoon.qmKeymat))
	equal(t, "KEYMAT, short", Keymat(prf, k.D, unhex(t, racoon.gqm), q[0], q[1:5], q[5:37], q[37:], 36), unhex(t, racoon.qmKeymat)[:36])
}

// TestPublicKey has no published example: the formula, written out with the library alone.
func TestPublicKey(t *testing.T) {
	i, r := decode.SPI{1, 2, 3}, decode.SPI{4, 5, 6}
	ni, nr := []byte("initiator's nonce"), []byte("responder's nonce")
	h := md5.Sum([]byte("initiator's nonceresponder's nonce"))
	m := hmac.New(md5.New, h[:])
	m.Write([]byte{1, 2, 3, 0, 0, 0, 0, 0, 4, 5, 6, 0, 0, 0, 0, 0})
	md := alg.HashByID(1)
	equal(t, "SKEYID", SKEYIDFromPublicKey(alg.HMAC(md), md, ni, nr, i, r).Key, m.Sum(nil))
}

// TestCipherKey is RFC 2409, appendix B: an expanded key starts with K1, not with SKEYID_e.
func TestCipherKey(t *testing.T) {
	prf := alg.HMAC(alg.HashByID(2))
	e := unhex(t, racoon.e)
	mac := func(data []byte) []byte {
		m := hmac.New(sha1.New, e)
		m.Write(data)
		return m.Sum(nil)
	}
	k1 := mac([]byte{0})
	k2 := mac(k1)
	k3 := mac(k2)
	all := bytes.Join([][]byte{k1, k2, k3}, nil)
	for n := 0; n <= 60; n++ {
		want := all[:n]
		if n <= 20 {
			want = e[:n]
		}
		equal(t, "Ka", CipherKey(prf, e, n), want)
	}
	if got := CipherKey(prf, e, -1); len(got) != 0 {
		t.Errorf("negative length: %d bytes", len(got))
	}
	a := CipherKey(prf, e, 16)
	_ = append(a, 0xff) // must not reach into SKEYID_e
	equal(t, "SKEYID_e", e, unhex(t, racoon.e))
}

func TestLengths(t *testing.T) {
	h := alg.HashByID(1)
	prf := alg.HMAC(h)
	for _, n := range []int{-1, 0, 1, 8, 16, 17, 100, 1000} {
		if got := len(Keymat(prf, []byte("d"), nil, 3, []byte{1, 2, 3, 4}, []byte("ni"), []byte("nr"), n)); got != max(n, 0) {
			t.Errorf("KEYMAT of %d bytes: %d", n, got)
		}
		if got := len(FirstIV(h, nil, nil, n)); got != max(0, min(n, 16)) {
			t.Errorf("IV of %d bytes: %d", n, got)
		}
	}
}

// TestHashes fixes the order of what goes into each hash, with one letter a part.
func TestHashes(t *testing.T) {
	h := alg.HashByID(2)
	prf := alg.HMAC(h)
	i, r := decode.SPI([]byte("IIIIIIII")), decode.SPI([]byte("RRRRRRRR"))
	mac := func(data string) []byte {
		m := hmac.New(sha1.New, []byte("key"))
		m.Write([]byte(data))
		return m.Sum(nil)
	}
	sum := func(data string) []byte { d := sha1.Sum([]byte(data)); return d[:] }
	s := SKEYID{prf, []byte("key")}
	b := func(s string) []byte { return []byte(s) }
	for what, c := range map[string][2][]byte{
		"HASH_I":      {s.HashI(b("gxi"), b("gxr"), i, r, b("sai"), b("idi")), mac("gxigxrIIIIIIIIRRRRRRRRsaiidi")},
		"HASH_R":      {s.HashR(b("gxr"), b("gxi"), r, i, b("sai"), b("idr")), mac("gxrgxiRRRRRRRRIIIIIIIIsaiidr")},
		"HASH(1)":     {Hash1(prf, b("key"), 0x01020304, b("rest")), mac("\x01\x02\x03\x04rest")},
		"HASH(2)":     {Hash2(prf, b("key"), 0x01020304, b("ni"), b("rest")), mac("\x01\x02\x03\x04nirest")},
		"HASH(3)":     {Hash3(prf, b("key"), 0x01020304, b("ni"), b("nr")), mac("\x00\x01\x02\x03\x04ninr")},
		"NAT-D":       {NATDHash(h, i, r, b("\xc0\x00\x02\x01"), 500), sum("IIIIIIIIRRRRRRRR\xc0\x00\x02\x01\x01\xf4")},
		"first IV":    {FirstIV(h, b("gxi"), b("gxr"), 16), sum("gxigxr")[:16]},
		"phase 2 IV":  {Phase2IV(h, b("last"), 0x01020304, 8), sum("last\x01\x02\x03\x04")[:8]},
		"SKEYID, PSK": {SKEYIDFromPSK(prf, b("key"), b("ni"), b("nr")).Key, mac("ninr")},
		"KEYMAT":      {Keymat(prf, b("key"), nil, 3, b("spi4"), b("ni"), b("nr"), 20), mac("\x03spi4ninr")},
		"KEYMAT, PFS": {Keymat(prf, b("key"), b("gqm"), 3, b("spi4"), b("ni"), b("nr"), 20), mac("gqm\x03spi4ninr")},
	} {
		equal(t, what, c[0], c[1])
	}
}
