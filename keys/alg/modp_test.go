package alg

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"testing"
)

// modpVectors are hashes, the values being long: of the prime as OpenSSL 3.0 has it built in (BN_get_rfc2409_prime_768,
// BN_get_rfc3526_prime_2048 ...), of the public value of SHA-256("initiator") as a private value, and of the shared secret which
// OpenSSL 3.0 computes between it and SHA-256("responder"). The RFCs have no such examples.
var modpVectors = []struct {
	id                    uint16
	prime, public, shared string
}{
	{1, "b52ba6a3026520a6c49d37e4587601801bee500123b3259b6bf03e7cecc3e63d", "7c042bc8b03441c6eacbf79177b494f97d4955c6ab5604ff455f21a6b00bfd30", "dbaf900497e8cedc10d35a6914a931af21895247f19e845d60caafae4f2155eb"},
	{2, "3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0", "5fbb247f7436e34a475d582cbbc7b6abf62cf250f21eeb86721e5b4f44308297", "27478377416ccbbac62b5af9d14b17b94da6ab6d6d702c18f5b5939fbea422b7"},
	{5, "64fcc83ec403930bf18393dbc883ccaa1fbb08ac876f77f7aa99748ca945019b", "adfcdc929acf601fda3ceace4869eac921a352c697a7c5ce37f7e7f38ad968e0", "e2a2e9604bc8789dc73198c3e0ac4c9b6acfe50ff43e590484449caeefad223c"},
	{14, "d66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e", "708e3669cc822f33744445e48c7c65ac0aa962ead4cb888d3435908f3ad38199", "36aac3c3b985016850f02b311300ebf923e806a68bb79eb9b056b2efe9c763ba"},
	{15, "48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c", "cc4bf3545ae256cc37439448fb6cc96dd41b9d2b810f87d18343c1996e5ab380", "11e5ab72941480ac5ae821e586bf1a8c341b6ae2296ab733182817e073e72047"},
	{16, "4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33", "7738673a92d0eabf6deccdc721527ab122cf469081462b6b814fd1bd7940b00d", "e706be8f4a34f9e0b06ce5d5906cffe39245d5da782424430487506f13444886"},
	{17, "d1bfe6d0925ce7e4da262b62861514a7755e35831e429f343e7b864848657efd", "f2d262071729504c025bb42a8d321d72349689f2ef86ca0223ba5d80f220f8f2", "7f3197b0554562611696f24b76e4d8263648ac6155be89e05ba44d702e513094"},
	{18, "39ab4feab950a3128fb71accb9fc3965d857012e081998a85996e3ea8b3c3bcf", "3a9a6f98e0148c9414ccaa6a2d0fa68bd900e0d6440c7e5091f3ea697a3e913a", "4936b56b1e8fe7c355e42a326c1105d15455794585941f67fa991d6b896dcb54"},
}

func TestModPAgainstOpenSSL(t *testing.T) {
	a, b := sha256.Sum256([]byte("initiator")), sha256.Sum256([]byte("responder"))
	for _, v := range modpVectors {
		g := GroupByID(v.id)
		t.Run(g.Name, func(t *testing.T) {
			ya, err := g.Public(a[:])
			if err != nil {
				t.Fatal(err)
			}
			yb, err := g.Public(b[:])
			if err != nil {
				t.Fatal(err)
			}
			s, err := g.Shared(b[:], ya)
			if err != nil {
				t.Fatal(err)
			}
			s2, err := g.Shared(a[:], yb)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "both sides", s2, s)
			hashed(t, "public", ya, v.public)
			hashed(t, "shared", s, v.shared)
		})
	}
}

func hashed(t *testing.T, what string, b []byte, want string) {
	t.Helper()
	sum := sha256.Sum256(b)
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("%s hashes to %s, want %s", what, got, want)
	}
}

func TestModPPrimes(t *testing.T) {
	for _, v := range modpVectors {
		for _, r := range modpPrimes {
			if r.id == v.id {
				hashed(t, GroupByID(r.id).Name, piPrime(r.bits, r.c).Bytes(), v.prime)
			}
		}
	}
	// RFC 2409, section 6.1, and RFC 3526, section 3, in full.
	for bits, want := range map[int]string{
		768: `FFFFFFFF FFFFFFFF C90FDAA2 2168C234 C4C6628B 80DC1CD1 29024E08 8A67CC74 020BBEA6 3B139B22 514A0879 8E3404DD
			EF9519B3 CD3A431B 302B0A6D F25F1437 4FE1356D 6D51C245 E485B576 625E7EC6 F44C42E9 A63A3620 FFFFFFFF FFFFFFFF`,
		2048: `FFFFFFFF FFFFFFFF C90FDAA2 2168C234 C4C6628B 80DC1CD1 29024E08 8A67CC74 020BBEA6 3B139B22 514A0879 8E3404DD
			EF9519B3 CD3A431B 302B0A6D F25F1437 4FE1356D 6D51C245 E485B576 625E7EC6 F44C42E9 A637ED6B 0BFF5CB6 F406B7ED
			EE386BFB 5A899FA5 AE9F2411 7C4B1FE6 49286651 ECE45B3D C2007CB8 A163BF05 98DA4836 1C55D39A 69163FA8 FD24CF5F
			83655D23 DCA3AD96 1C62F356 208552BB 9ED52907 7096966D 670C354E 4ABC9804 F1746C08 CA18217C 32905E46 2E36CE3B
			E39E772C 180E8603 9B2783A2 EC07A28F B5C55DF0 6F4C52C9 DE2BCBF6 95581718 3995497C EA956AE5 15D22618 98FA0510
			15728E5A 8AACAA68 FFFFFFFF FFFFFFFF`,
	} {
		for _, r := range modpPrimes {
			if r.bits == bits {
				equal(t, GroupByID(r.id).Name, piPrime(r.bits, r.c).Bytes(), unhex(t, want))
			}
		}
	}
}

// rfc5114 is appendix A.1 to A.3.
var rfc5114 = []struct {
	id                  uint16
	xA, yA, xB, yB, zAB string
}{
	{
		22,
		`b9a3b3ae8fefc1a2930496507086f8455d48943e`,
		`2a853b3d92197501b9015b2deb3ed84f 5e021dcc3e52f109d3273d2b7521281c babe0e76ff5727fa8acce26956ba9a1f ca26f20228d8693feb10841d84a73600
		54ece5a7f5b7a61ad3dfb3c60d2e4310 6d8727da37df9cce95b478755d06bcea 8f9d45965f75a5f3d1df3701165fc9e5 0c4279ceb07f989540ae96d5d88ed776`,
		`9392c9f9eb6a7a6a9022f7d83e7223c6835bbdda`,
		`717a6cb053371ff4a3b932941c1e5663 f861a1d6ad34ae66576dfb98f6c6cbf9 ddd5a56c7833f6bcfdff095582ad868e 440e8d09fd769e3ceccdc3d3b1e4cfa0
		57776caaf9739b6a9fee8e7411f8d6da c09d6a4edb46cc2b5d5203090eae6126 311e53fd2c14b574e6a3109a3da1be41 bdceaa186f5ce06716a2b6a07b3c33fe`,
		`5c804f454d30d9c4df85271f93528c91 df6b48ab5f80b3b59caac1b28f8acba9 cd3e39f3cb614525d9521d2e644c53b8 07b810f340062f257d7d6fbfe8d5e8f0
		72e9b6e9afda9413eafb2e8b0699b1fb 5a0caceddeaead7e9cfbb36ae2b42083 5bd83a19fb0b5e96bf8fa4d09e345525 167ecd9155416f46f408ed31b63c6e6d`,
	},
	{
		23,
		`22e62601dbffd06708a680f747f361f76d8f4f721a0548e483294b0c`,
		`1b3a63451bd886e699e67b494e288bd7 f8e0d370badda7a0efd2fde7d8f66145 cc9f280419975eb808877c8a4c0c8e0b d48d4a5401eb1e8776bfeee134c03831
		ac273cd9d635ab0ce006a42a887e3f52 fb8766b650f38078bc8ee8580cefe243 968cfc4f8dc3db084554171d41bf2e86 1b7bb4d69dd0e01ea387cbaa5ca672af
		cbe8bdb9d62d4ce15f17dd36f91ed1ee dd65ca4a06455cb94cd40a52ec360e84 b3c926e22c4380a3bf309d56849768b7 f52cfdf655fd053a7ef706979e7e5806
		b17dfae53ad2a5bc568ebb529a7a61d6 8d256f8fc97c074a861d827e2ebc8c61 34553115b70e7103920aa16d85e52bcb ab8d786a68178fa8ff7c2f5c71648d6f`,
		`4ff3bc96c7fc6a6d71d3b363800a7cdfef6fc41b4417ea15353b7590`,
		`4dcee992a9762a13f2f83844ad3d77ee 0e31c9718b3db6c2035d3961182c3e0b a247ec4182d760cd48d99599970622a1 881bba2dc822939c78c3912c6661fa54
		38b20766222b75e24c2e3ad0c7287236 129525ee15b5dd7998aa04c4a9696cac d7172083a97a81664ead2c479e444e4c 0654cc19e28d7703cee8dacd6126f5d6
		65ec52c67255db92014b037eb621a2ac 8e365de071ffc1400acf077a12913dd8 de89473437ab7ba346743c1b215dd9c1 2164a7e4053118d199bec8ef6fc56117
		0c84c87d10ee9a674a1fa8ffe13bdfba 1d44de48946d68dc0cdd777635a7ab5b fb1e4bb7b856f96827734c184138e915 d9c3002ebce53120546a7e2002142b6c`,
		`34d9bddc1b42176c313fea034c21034d 074a6313bb4ecdb3703fff424567a46b df75530ede0a9da5229de7d76732286c bc0f91da4c3c852fc099c679531d94c7
		8ab03d9decb0a4e4ca8b2bb4591c4021 cf8ce3a20a541d33994017d0200ae2c9 516e2ff5145779269e862b0fb474a2d5 6dc31ed569a7700b4c4ab16b22a45513
		531ef523d71212077b5a169bdeffad7a d9608284c7795b6d5a5183b87066de17 d8d671c9ebd8ec89544d45ec061593d4 42c62ab9ce3b1cb9943a1d23a5ea3bcf
		21a01471e67e003e7f8a69c728be490b 2fc88cfeb92db6a215e5d03c17c464c9 ac1a46e203e13f952995fb03c69d3cc4 7fcb510b6998ffd3aa6de73cf9f63869`,
	},
	{
		24,
		`0881382cdb87660c6dc13e614938d5b9c8b2f248581cc5e31b35454397fce50e`,
		`2e9380c8323af97545bc4941deb0ec37 42c62fe0ece824a6abdbe66c59bee024 2911bfb967235ceba35ae13e4ec752be 630b92dc4bde2847a9c62cb815274542
		1fb7eb60a63c0fe9159fcce726ce7cd8 523d7450667ef840e4919121eb5f01c8 c9b0d3d648a93bfb75689e8244ac134a f544711ce79a02dcc34226684780dddc
		b498594106c37f5bc79856487af5ab02 2a2e5e42f09897c1a85a11ea0212af04 d9b4cebc937c3c1a3e15a8a0342e3376 15c84e7fe3b8b9b87fb1e73a15af12a3
		0d746e06dfc34f290d797ce51aa13aa7 85bf6658aff5e4b093003cbeaf665b3c 2e113a3a4e905269341dc0711426685f 4ef37e868a8126ff3f2279b57ca67e29`,
		`7d62a7e3ef36de617b13d1afb82c780d83a23bd4ee6705645121f371f546a53d`,
		`575f0351bd2b1b817448bdf87a6c362c 1e289d3903a30b9832c5741fa250363e 7acbc7f77f3dacbc1f131add8e03367e ff8fbbb3e1c5784424809b25afe4d226
		2a1a6fd2fab64105ca30a674e07f7809 852088632fc049233791ad4edd083a97 8b883ee618bc5e0dd047415f2d95e683 cf14826b5fbe10d3ce41c6c120c78ab2
		0008c698bf7f0bcab9d7f407bed0f43a fb2970f57f8d12043963e66ddd320d59 9ad9936c8f44137c08b180ec5e985ceb e186f3d549677e80607331ee17af3380
		a725b0782317d7dd43f59d7af9568a9b b63a84d365f92244ed120988219302f4 2924c7ca90b89d24f71b0ab697823d7d eb1aff5b0e8e4a45d49f7f53757e1913`,
		`86c70bf8d0bb81bb01078a17219cb7d2 7203db2a19c877f1d1f19fd7d77ef225 46a68f005ad52dc84553b78fc60330be 51ea7c0672cac1515e4b35c047b9a551
		b88f39dc26da14a09ef74774d47c762d d177f9ed5bc2f11e52c879bd95098504 cd9eecd8a8f9b3efbd1f008ac5853097 d9d1837f2b18f77cd7be01af80a7c7b5
		ea3ca54cc02d0c116fee3f95bb873993 85875d7e86747e676e728938acbff709 8e05be4dcfb24052b83aeffb14783f02 9adbde7f53fae92084224090e007cee9
		4d4bf2bace9ffd4b57d2af7c724d0caa 19bf0501f6f17b4aa10f425e3ea76080 b4b9d6b3cefea115b2ceb8789bb8a3b0 ea87febe63b6c8f846ec6db0c26c5d7c`,
	},
}

func TestModPRFC5114(t *testing.T) {
	for _, v := range rfc5114 {
		testGroup(t, v.id, v.xA, v.yA, v.xB, v.yB, v.zAB)
	}
}

// testGroup checks public values and the shared one from both sides.
func testGroup(t *testing.T, id uint16, xa, ya, xb, yb, z string) {
	t.Helper()
	g := GroupByID(id)
	if g == nil {
		t.Fatalf("group %d missing", id)
	}
	for _, side := range [][3]string{{xa, ya, yb}, {xb, yb, ya}} {
		x, y, peer := unhex(t, side[0]), unhex(t, side[1]), unhex(t, side[2])
		got, err := g.Public(x)
		if err != nil {
			t.Fatalf("%s: %v", g.Name, err)
		}
		equal(t, g.Name+" public", got, y)
		if len(got) != g.PublicLen {
			t.Errorf("%s: public value of %d bytes, the row says %d", g.Name, len(got), g.PublicLen)
		}
		got, err = g.Shared(x, peer)
		if err != nil {
			t.Fatalf("%s: %v", g.Name, err)
		}
		equal(t, g.Name+" shared", got, unhex(t, z))
		if len(got) != g.SharedLen {
			t.Errorf("%s: g^xy of %d bytes, the row says %d", g.Name, len(got), g.SharedLen)
		}
	}
}

func TestModPLeadingZeros(t *testing.T) {
	// A small group, so that one g^xy in 256 starts with a zero byte; some must be seen, all at full length.
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(159)) // a prime: 2^128 - 159
	g := ModPGroup(p.Bytes(), []byte{0, 3})
	if g == nil {
		t.Fatal("group refused")
	}
	zeros := 0
	for x := byte(40); x < 250; x++ {
		private := []byte{0, 0, x, 7, x}
		y, err := g.Public(private)
		if err != nil {
			t.Fatal(err)
		}
		for _, again := range [][]byte{{x, 7, x}, {0, x, 7, x}} {
			if got, err := g.Public(again); err != nil || string(got) != string(y) {
				t.Errorf("leading zeros of a private value matter: %v", err)
			}
		}
		s, err := g.Shared([]byte{x, 1, 2, 3}, y)
		if err != nil {
			t.Fatal(err)
		}
		if len(s) != 16 || len(y) != 16 {
			t.Fatalf("lengths %d, %d, want 16", len(s), len(y))
		}
		if s[0] == 0 || y[0] == 0 {
			zeros++
		}
	}
	if zeros == 0 {
		t.Error("no leading zero seen: the test tests nothing")
	}
}

func TestModPGroupRefuses(t *testing.T) {
	p := GroupByID(1)
	prime := piPrime(768, 149686).Bytes()
	even := append([]byte(nil), prime...)
	even[len(even)-1]--
	for name, c := range map[string]struct{ p, g []byte }{
		"no prime":        {nil, []byte{2}},
		"even":            {even, []byte{2}},
		"short":           {[]byte{23}, []byte{5}},
		"generator 0":     {prime, nil},
		"generator 1":     {prime, []byte{1}},
		"generator p":     {prime, prime},
		"longer than p":   {prime, append([]byte{1}, prime...)},
		"enormous":        {append([]byte{1}, make([]byte, 4096)...), []byte{2}},
		"enormous, odd":   {append(append([]byte{1}, make([]byte, 4096)...), 1), []byte{2}},
		"generator p - 1": {prime, even},
	} {
		if ModPGroup(c.p, c.g) != nil {
			t.Errorf("%s: accepted", name)
		}
	}
	g := ModPGroup(append([]byte{0, 0}, prime...), []byte{0, 2})
	if g == nil {
		t.Fatal("the prime of group 1 with leading zeros refused")
	}
	y, err := g.Public([]byte{5, 6, 7})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := p.Public([]byte{5, 6, 7})
	equal(t, "group 1 by values", y, want)
}
