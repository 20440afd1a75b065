package esp

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// TestRFC3602 opens the ESP packets of RFC 3602, section 4, cases 5 to 8: AES-CBC without an ICV.
func TestRFC3602(t *testing.T) {
	const key56, key78 = "90d382b410eeba7ad938c46cec1a82bf", "0123456789abcdef0123456789abcdef"
	tests := []struct {
		name, key, packet, payload string
		next                       uint8
		notes                      Note
	}{
		{"case 5", key56, `0000432100000001e96e8c08ab465763fd098d45dd3ff893f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4
			898dc856a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6`,
			`08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f
			3031323334353637`, ip.ProtoICMP, 0},
		{"case 6", key56, `000043210000000869d08df7d203329db093fc4924e5bd80f51995881ec4e0c4488987ce742e8109689bb379d2d750c0
			d915dca346a89f75`, `0800b5e8a80a0500a69c083d0b660e00777777777777777777777777`, ip.ProtoICMP, 0},
		{"case 7", key78, `0000876500000002f4e765244f6407adf13dc1380f673f37773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a9301
			3c1b0ea1a0cf70f8e4ecaec78ac53aad7a0f022b859243c647752e94a859352b8a4d4d2decd136e5c177f132ad3fbfb2201ac9904c74ee0a
			109e0ca1e4dfe9d5a100b842f1c22f0d`, `45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a2040008090a0b
			0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637`, ip.ProtoIPv4, 0},
		{"case 8", key78, `000087650000000585d47224b5f3dd5d2101d4ea8dffab2215b92683819596a8047232cc00f7048fe45318e11f8a0f62
			ede3c3fc61203bb50f980a08c9843fd3a1b06d5c07ff9639b7eb7dfb3512e5de435e7207ed971ef3d2726d9b5ef6affc6d17a0decbb13892`,
			`45000044090c00004001f990c0a87b03c0a87bc80800d63caa0a0200c69c083da3de0300ffffffffffffffffffffffffffff
			ffffffffffffffffffffffffffffffffffff`, ip.ProtoIPv4, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := fromHex(t, tt.packet)
			table := newTable(t, Params{Protocol: ESP, SPI: be.Uint32(body), Cipher: cipherRow(t, "AES-CBC"), CipherKey: fromHex(t, tt.key)})
			o, err := table.Open(&Packet{Proto: ESP, Payload: body}, new(Scratch))
			if err != nil {
				t.Fatal(err)
			}
			if o.NextHeader != tt.next || !bytes.Equal(o.Payload, fromHex(t, tt.payload)) || o.Notes != tt.notes || o.Verified {
				t.Errorf("next header %d, notes %q, verified %v, payload %x", o.NextHeader, o.Notes, o.Verified, o.Payload)
			}
		})
	}
}

// TestRFC7634 opens the ESP packet of RFC 7634, appendix A.
func TestRFC7634(t *testing.T) {
	body := fromHex(t, `0102030400000005101112131415161724039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d528
		44eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b502773f6fb94e664da9165b82829f641e076aaa8266b7fb0f7b11b
		369907e1ad43`)
	want := fromHex(t, `45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f10111213141516171819
		1a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637`)
	table := newTable(t, Params{
		Protocol: ESP, SPI: 0x01020304, Cipher: cipherRow(t, "ChaCha20-Poly1305"),
		CipherKey: fromHex(t, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3"),
	})
	o, err := table.Open(&Packet{Proto: ESP, Payload: body}, new(Scratch))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(o.IP, want) || !o.Verified || o.Seq != 5 || o.Notes != 0 {
		t.Errorf("opened to %x, verified %v, sequence number %d, notes %q", o.IP, o.Verified, o.Seq, o.Notes)
	}
}

// TestMcGrewGCM opens the AES-GCM packets of draft-mcgrew-gcm-test-01, section 4: 128, 192 and 256 bits, with and without ESN,
// inner packets in tunnel and transport mode, dummies, irregular content.
func TestMcGrewGCM(t *testing.T) {
	for _, tt := range gcmVectors {
		t.Run(tt.name, func(t *testing.T) {
			ad, nonce, plain := fromHex(t, tt.ad), fromHex(t, tt.nonce), fromHex(t, tt.plain)
			body := append(bytes.Clone(ad[:4]), ad[len(ad)-4:]...)
			body = append(append(body, nonce[4:]...), fromHex(t, tt.sealed)...)
			p := Params{Protocol: ESP, SPI: be.Uint32(ad), Cipher: cipherRow(t, "AES-GCM-16"), ESN: len(ad) == 12}
			p.CipherKey = append(fromHex(t, tt.key), nonce[:4]...)
			want := uint64(be.Uint32(ad[len(ad)-4:]))
			table := newTable(t, p)
			if p.ESN { // what an earlier packet would have told
				want |= uint64(be.Uint32(ad[4:])) << 32
				sa := table.SAs()[0]
				sa.extended.Store(true)
				sa.top.Store(want - 1)
			}
			o, err := table.Open(&Packet{Proto: ESP, Payload: body}, new(Scratch))
			if err != nil {
				t.Fatal(err)
			}
			end := len(plain) - 2 - int(plain[len(plain)-2])
			if !bytes.Equal(o.Payload, plain[:end]) || o.NextHeader != plain[len(plain)-1] || !o.Verified || o.Seq != want {
				t.Errorf("next header %d, verified %v, sequence number %x, payload %x", o.NextHeader, o.Verified, o.Seq, o.Payload)
			}
			if o.Dummy != (o.NextHeader == ip.ProtoNoNext) {
				t.Errorf("dummy %v with next header %d", o.Dummy, o.NextHeader)
			}
		})
	}
}

var gcmVectors = []struct{ name, key, nonce, ad, plain, sealed string }{
	{"case 1", "4c80cdefbb5d10da906ac73c3613a634",
		"2e443b684956ed7e3b244cfe",
		"000043218765432100000000",
		"45000048699a000080114db7c0a80102c0a801010a9bf15638d301000001000000000000045f736970045f756470037369700963796265" +
			"726369747902646b000021000101020201",
		"fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff" +
			"6247aeabb786b93bce61bc17d768fd9732459018148f6cbe722fd04796562dfdb4"},
	{"case 2", "feffe9928665731c6d6a8f9467308308",
		"cafebabefacedbaddecaf888",
		"0000a5f80000000a",
		"4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d001000001000000000000037369700963796265726369747902" +
			"646b00000100010001",
		"deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c3de81827c10e9a4f51330d0eec416642cfbb85a5b47e48" +
			"a4ec3b9ba95d918bd183b70d3aa8bc6ee4c309e9d85a41ad4a"},
	{"case 3", "abbccddef00112233445566778899aababbccddef00112233445566778899aab",
		"112233440102030405060708",
		"4a2cbfe300000002",
		"4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee0000000007002400020bf0000020405b40101040201020201",
		"ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763748a637985771d347f0545659f14e99def842d8eb335f4" +
			"eecfdbf831824b4c4915956c96"},
	{"case 4", "00000000000000000000000000000000",
		"000000000000000000000000",
		"0000000000000001",
		"4500003c99c500008001cb7a40679318010101010800075c020044006162636465666768696a6b6c6d6e6f707172737475767761626364" +
			"656667686901020201",
		"4688daf2f973a392732909c331d56d60f694abaa414b5e7ff5fdcdfff5e9a284456476492719ffb64de7d9dca1e1d894bc3bd57873ed4d" +
			"181d19d4d5c8c18af3f821d496eeb096e98ad2b69e4799c71d"},
	{"case 5", "3de09874b388e6491988d0c3607eae1f",
		"57690e434e280000a2fca1a3",
		"42f67e3f1010101010101010",
		"4500003c99c300008001cb7c40679318010101010800085c020043006162636465666768696a6b6c6d6e6f707172737475767761626364" +
			"656667686901020201",
		"fba2caa4853cf9f0f22cb10d86dd83b0fec75691cf1a04b00d1138ec9c35791765acbd8701ad79845bf9fe3fba487bc91755e6662b4c8d" +
			"0d1f5e22739530320ae0d731cc978ecafaeae88f00e80d6e48"},
	{"case 6", "3de09874b388e6491988d0c3607eae1f",
		"57690e434e280000a2fca1a3",
		"42f67e3f1010101010101010",
		"4500001c42a200008001441f406793b6e00000020a00f5ff01020201",
		"fba2ca845e5df9f0f22c3e6e86dd831e1fc65792cd1af9130e1379ed369f071f35e034be95f112e4e7d05d35"},
	{"case 7", "feffe9928665731c6d6a8f9467308308feffe9928665731c",
		"cafebabefacedbaddecaf888",
		"0000a5f80000000a",
		"45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e501016d075680001",
		"a5b1f8066029aea40e598b8122de02420938b3ab33f828e687b8858b5bfbdbd0315b27452144cc7795457b9652037f5318027b5b4cd7a6" +
			"36"},
	{"case 8", "abbccddef00112233445566778899aab",
		"decaf888cafedebaceface74",
		"000001000000000000000001",
		"4500004933ba00007f119106c3fb1d10c2b1d326c02831ce0035dd7b800302d500004e20001e8c18d75b81dc91baa0476b91b924b28038" +
			"9d92c963bac046ec959b6266c04722b14923010101",
		"18a6fd42f72cbf4ab2a2ea901f73d814e3e7f243d95412e1c349c1d2fbec168f9190feebaf2cb01984e65863965d7472b79da345e0e780" +
			"191f0d2f0e0f496c226f2127b27db35724e7845d68651f57e65f354f75ff17015769623436"},
	{"case 9", "abbccddef00112233445566778899aababbccddef00112233445566778899aab",
		"73616c74616e640169766563",
		"17405e67156f3126dd0db99b",
		"45080028732c00004006e9f90a0106120a01038f06b88023dd6bafbecb71260250101f646d540001",
		"f2d69ecdbd5a0d5b8d5ef38bad4da58d1f278fde98ef67549d524a3018d9a57ff4d3a31ce673119e451626c2415771e3b7eebca614c89b" +
			"35"},
	{"case 10", "3de09874b388e6491988d0c3607eae1f",
		"57690e434e280000a2fca1a3",
		"42f67e3f1010101010101010",
		"45000049333e00007f119182c3fb1d10c2b1d326c02831ce0035cb458003025b000001e0001e8c18d65759d52284a0352c71475c888039" +
			"1c764d6e5ee0496b325ae270c03899493915010101",
		"fba2cad12fc1f9f00d3cebf305410db83d7784b607323d220f24b0a97d54182800cadb0f68d99ef0e0c0c89ae9bea8884e52d65bc1afd0" +
			"740f742444747b5b39ab533163aad4550ee5160975cdb608c5769189609763b8e18caa81e2"},
	{"case 11", "abbccddef00112233445566778899aababbccddef00112233445566778899aab",
		"73616c74616e640169766563",
		"17405e67156f3126dd0db99b",
		"636973636f0172756c657301746865016e6574776501646566696e6501746865746563686e6f6c6f67696573017468617477696c6c0164" +
			"6566696e65746f6d6f72726f7701020201",
		"d4b7ed86a1777f2ea13d6973d324c69e7b43f826fb56831226508bebd2dceb18d0a6df10e5487df074113e14c641024e3e6773d91a62ee" +
			"429b043a10e3efe6b012a49363412364f8c0cac587f249e56b11e24f30e44ccc76"},
	{"case 12", "7d773d00c144c525ac619d18c84a3f47",
		"d966426743457e9182443bc6",
		"335467aeffffffff",
		"01020201",
		"437f866bcb3f699fe9b0822bac961c4504bef270"},
	{"case 13", "abbccddef00112233445566778899aab",
		"decaf888cafedebaceface74",
		"000001000000000000000001",
		"746f016265016f72016e6f7401746f0162650001",
		"29c9fc69a197d038ccdd14e2ddfcaa0543332164412503524303ed3c6c5f283843af8c3e"},
	{"case 14", "6c6567616c697a656d6172696a75616e61616e64646f69746265666f72656961",
		"7475726e333021696765746d",
		"796b6963ffffffffffffffff",
		"45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020201",
		"f97ab2aa356d8edce17644ac8c78e25dd24dedbb29ebf1b64a274b39b49c3a864cd3d78ca4ae68a32b42458fb57dbe821dcc63b9d0937b" +
			"a2945f669368661a329fb4c053"},
}

// TestRFC2410 opens NULL encryption without an ICV (RFC 2410), where the content alone speaks for it.
func TestRFC2410(t *testing.T) {
	inner := fromHex(t, "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637")
	src, dst := netip.MustParseAddr("198.51.100.5"), netip.MustParseAddr("192.0.2.5")
	table := newTable(t, Params{Protocol: ESP, Src: src, Dst: dst, SPI: 0x1000, Cipher: cipherRow(t, "NULL")})
	var s Scratch
	for seq := range byte(4) {
		body := append([]byte{0, 0, 0x10, 0, 0, 0, 0, seq + 1}, inner...)
		body = append(body, 1, 2, 2, ip.ProtoIPv4)
		o, err := table.Open(&Packet{Proto: ESP, Src: src, Dst: dst, Payload: body}, &s)
		if err != nil || !bytes.Equal(o.IP, inner) || o.Verified {
			t.Fatalf("opened to %x, verified %v, %v", o.IP, o.Verified, err)
		}
		if got, want := table.SAs()[0].Proven(), seq+1 >= provenAfter; got != want {
			t.Errorf("proven %v after %d packets, want %v", got, seq+1, want)
		}
	}
}
