package alg

import "testing"

var prfVectors = []struct {
	ikev2  uint16
	source string
	key    string
	data   string
	want   string
}{
	{1, "RFC 2202 MD5 case 2", "4a656665", whatDoYaWant, "750c783e6ab0b503eaa86e310a5db738"},
	{1, "RFC 2202 MD5 case 6", reps("aa", 80), largerKey, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"},
	{2, "RFC 2202 SHA-1 case 2", "4a656665", whatDoYaWant, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
	{2, "RFC 2202 SHA-1 case 6", reps("aa", 80), largerKey, "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
	{5, "RFC 4231 case 1", reps("0b", 20), hiThere, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
	{5, "RFC 4231 case 2", "4a656665", whatDoYaWant, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
	{5, "RFC 4231 case 6", reps("aa", 131), largerKey, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
	{6, "RFC 4231 case 1", reps("0b", 20), hiThere,
		"afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6"},
	{6, "RFC 4231 case 2", "4a656665", whatDoYaWant,
		"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"},
	{7, "RFC 4231 case 1", reps("0b", 20), hiThere,
		"87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
	{7, "RFC 4231 case 2", "4a656665", whatDoYaWant,
		"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
	{4, "RFC 4434 key of 16 bytes", counting(16), counting(20), "47f51b4564966215b8985c63055ed308"},
	{4, "RFC 4434 key of 10 bytes", counting(10), counting(20), "0fa087af7d866e7653434e602fdde835"},
	{4, "RFC 4434 key of 18 bytes", counting(16) + "edcb", counting(20), "8cd3c93ae598a9803006ffb67c40e9e4"},
	{8, "RFC 4615 key of 18 bytes", counting(16) + "edcb", counting(20), "84a348a4a45d235babfffc0d2b4da09a"},
	{8, "RFC 4615 key of 16 bytes", counting(16), counting(20), "980ae87b5f4c9c5214f5b6a8455e4c2d"},
	{8, "RFC 4615 key of 10 bytes", counting(10), counting(20), "290d9e112edb09ee141fcf64c0b72f3d"},
}

const (
	whatDoYaWant = "7768617420646f2079612077616e7420666f72206e6f7468696e673f"
	largerKey    = "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374"
)

func TestPRFs(t *testing.T) {
	for _, v := range prfVectors {
		t.Run(v.source, func(t *testing.T) {
			p, ok := PRFByIKEv2(v.ikev2)
			if !ok {
				t.Fatalf("no PRF %d", v.ikev2)
			}
			key, data := unhex(t, v.key), unhex(t, v.data)
			got := p.Sum(key, data)
			equal(t, "prf", got, unhex(t, v.want))
			equal(t, "in parts", p.Sum(key, data[:5], nil, data[5:]), got)
			if len(got) != p.Size {
				t.Errorf("%d bytes, row says %d", len(got), p.Size)
			}
		})
	}
}

func TestEveryPRFHasAVector(t *testing.T) {
	have := map[uint16]bool{}
	for _, v := range prfVectors {
		have[v.ikev2] = true
	}
	for _, p := range PRFs() {
		if !have[p.IKEv2] {
			t.Errorf("%s has no vector", p.Name)
		}
	}
	if _, ok := PRFByIKEv2(3); ok {
		t.Error("Tiger found")
	}
}

// TestHashes has the "abc" of RFC 1321, FIPS 180 and GB/T 32905, A.1.
func TestHashes(t *testing.T) {
	want := map[uint16]string{
		1:  "900150983cd24fb0d6963f7d28e17f72",
		2:  "a9993e364706816aba3e25717850c26c9cd0d89d",
		4:  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		5:  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
		6:  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		20: "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
	}
	for _, h := range Hashes() {
		w, ok := want[h.ID]
		if !ok {
			t.Errorf("%s has no vector", h.Name)
			continue
		}
		equal(t, h.Name, h.Sum([]byte("a"), nil, []byte("bc")), unhex(t, w))
		if h.Size != h.New().Size() {
			t.Errorf("%s: size %d", h.Name, h.Size)
		}
		if p := HMAC(h); p.Size != h.Size || len(p.Sum([]byte("k"), []byte("d"))) != h.Size {
			t.Errorf("%s: PRF of %d bytes", h.Name, p.Size)
		}
	}
}
