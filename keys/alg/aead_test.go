package alg

import (
	"bytes"
	"crypto/cipher"
	"testing"
)

// aeadVectors: the nonce is salt | IV, sealed is ciphertext | ICV.
var aeadVectors = []struct {
	row, source            string
	key, nonce, ad         string
	plain, ciphertext, tag string
}{
	{"AES-GCM-16", "McGrew and Viega case 2", "00000000000000000000000000000000", "000000000000000000000000", "",
		"00000000000000000000000000000000", "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf"},
	{"AES-GCM-16", "McGrew and Viega case 4 (128)", gcmKey, "cafebabefacedbaddecaf888", gcmAD, gcmPlain,
		`42831ec2217774244b7221b784d0d49c e3aa212f2c02a4e035c17e2329aca12e 21d514b25466931c7d8f6a5aac84aa05 1ba30b396a0aac973d58e091`,
		"5bc94fbc3221a5db94fae95ae7121a47"},
	{"AES-GCM-16", "McGrew and Viega case 10 (192)", gcmKey + "feffe9928665731c", "cafebabefacedbaddecaf888", gcmAD, gcmPlain,
		`3980ca0b3c00e841eb06fac4872a2757 859e1ceaa6efd984628593b40ca1e19c 7d773d00c144c525ac619d18c84a3f47 18e2448b2fe324d9ccda2710`,
		"2519498e80f1478f37ba55bd6d27618c"},
	{"AES-GCM-16", "McGrew and Viega case 16 (256)", gcmKey + gcmKey, "cafebabefacedbaddecaf888", gcmAD, gcmPlain,
		`522dc1f099567d07f47f37a32a84427d 643a8cdcbfe5c0c97598a2bd2555d1aa 8cb08e48590dbb3da7b08b1056828838 c5f61e6393ba7a0abcc9f662`,
		"76fc6ece0f4e1768cddf8853bb2d551b"},
	// A short tag is the front of the long one (NIST SP 800-38D, section 7.1, step 7).
	{"AES-GCM-12", "McGrew and Viega case 4, 96 bits of tag", gcmKey, "cafebabefacedbaddecaf888", gcmAD, gcmPlain,
		`42831ec2217774244b7221b784d0d49c e3aa212f2c02a4e035c17e2329aca12e 21d514b25466931c7d8f6a5aac84aa05 1ba30b396a0aac973d58e091`,
		"5bc94fbc3221a5db94fae95a"},
	{"AES-GCM-8", "McGrew and Viega case 4, 64 bits of tag", gcmKey, "cafebabefacedbaddecaf888", gcmAD, gcmPlain,
		`42831ec2217774244b7221b784d0d49c e3aa212f2c02a4e035c17e2329aca12e 21d514b25466931c7d8f6a5aac84aa05 1ba30b396a0aac973d58e091`,
		"5bc94fbc3221a5db"},
	{"AES-GCM-8", "McGrew and Viega case 16, 64 bits of tag", gcmKey + gcmKey, "cafebabefacedbaddecaf888", gcmAD, gcmPlain,
		`522dc1f099567d07f47f37a32a84427d 643a8cdcbfe5c0c97598a2bd2555d1aa 8cb08e48590dbb3da7b08b1056828838 c5f61e6393ba7a0abcc9f662`,
		"76fc6ece0f4e1768"},
	{"AES-CCM-16", "NIST CAVP VNT192, Nlen = 11, first", "7a182e4e3367194662d614bb11da11e86596f724204f48ff", "d3284d1de51559c1ddbfe6",
		"21214ac2314fdfe07bc4d066245a97b1a10470df2a6d6b926cdcbff07f5b61ef", "88a5c1c2ae4eb463a3283dc5c81f665b0f6d54495f6cc9d43aa8ee179d3950f8",
		"65ed1e3919d208e9e5267370b9cf9b1431ef0c584dd2cf057d243a03523ca756", "2a18840cac2199030c008741d74fb220"},
	{"AES-CCM-16", "NIST CAVP VNT192, Nlen = 11, second", "7a182e4e3367194662d614bb11da11e86596f724204f48ff", "50f7d182a3d5f0388465e4",
		"6389bbe519992fd98a97842ecc4d2b2569328c10bd3d93c09ffb6b4044e089c4", "68e9cca19882c4b0c817d0645a97f74016b3f0ac133829eadb9c0e4bcad687a3",
		"72836a9a3c196e6c6e49b9a7808297d1bc2f0f02f018bb5418a4264215a9cadf", "691d71c18798554efcc028599a7d1e21"},
	{"AES-CCM-8", "OpenSSL 3.0", "404142434445464748494a4b4c4d4e4f", "a0a1a21011121314151617", "0102030400000005", ccmPlain, ccmCipher, "c2 7e366c1d66c6fe17"},
	{"AES-CCM-12", "OpenSSL 3.0", "404142434445464748494a4b4c4d4e4f", "a0a1a21011121314151617", "0102030400000005", ccmPlain, ccmCipher, "c2 6bd558c17fb0a0294455903c"},
	{"AES-CCM-16", "OpenSSL 3.0", "404142434445464748494a4b4c4d4e4f", "a0a1a21011121314151617", "0102030400000005", ccmPlain, ccmCipher, "c2 bffe415e82574d8a07a84f9875b11e05"},
	{"NULL-AES-GMAC", "draft-mcgrew-gcm-test-01, GMAC", "4c80cdefbb5d10da906ac73c3613a634", "22433c64 0000000000000000", "0000432100000007",
		`45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020201`,
		`45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f707172737401020201`,
		"f2a9a836e155106aa8dcd618e4099aaa"},
	{"ChaCha20-Poly1305", "RFC 7634 appendix A", "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "a0a1a2a31011121314151617", "0102030400000005",
		chachaPlain, chachaCipher, "76aaa8266b7fb0f7b11b369907e1ad43"},
	{"Camellia-CCM-8", "libgcrypt 1.10.1 (128)", "404142434445464748494a4b4c4d4e4f", "a0a1a21011121314151617", "0102030400000005", ccmPlain,
		"f68592ebdf30f67a3093c630ad8436fba2f53489ffc1cec71bf29e1d2ee91f648c784060", "9e 597c7bad49f2421c"},
	{"Camellia-CCM-8", "libgcrypt 1.10.1 (256)", "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f", "a0a1a21011121314151617", "0102030400000005", ccmPlain,
		"80beaf4e9c6eced30b73da5433b0db0e037242e2d7ca1b8c9357dda6cef9a262dc7a01d8", "ee 393327268e983a45"},
	{"Camellia-CCM-12", "libgcrypt 1.10.1 (128)", "404142434445464748494a4b4c4d4e4f", "a0a1a21011121314151617", "0102030400000005", ccmPlain,
		"f68592ebdf30f67a3093c630ad8436fba2f53489ffc1cec71bf29e1d2ee91f648c784060", "9e b7d30f8f9782005dac0d5b4f"},
	{"Camellia-CCM-12", "libgcrypt 1.10.1 (256)", "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f", "a0a1a21011121314151617", "0102030400000005", ccmPlain,
		"80beaf4e9c6eced30b73da5433b0db0e037242e2d7ca1b8c9357dda6cef9a262dc7a01d8", "ee c4b855bcea37f22bc2e553d3"},
	{"Camellia-CCM-16", "libgcrypt 1.10.1 (128)", "404142434445464748494a4b4c4d4e4f", "a0a1a21011121314151617", "0102030400000005", ccmPlain,
		"f68592ebdf30f67a3093c630ad8436fba2f53489ffc1cec71bf29e1d2ee91f648c784060", "9e 7863bffde83b61472241f55d60d6e7f6"},
	{"Camellia-CCM-16", "libgcrypt 1.10.1 (256)", "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f", "a0a1a21011121314151617", "0102030400000005", ccmPlain,
		"80beaf4e9c6eced30b73da5433b0db0e037242e2d7ca1b8c9357dda6cef9a262dc7a01d8", "ee 9f6d73464a726a0c4ba963cdabfb4dea"},
	{"SM4-GCM-16", "RFC 8998, A.1", sm4Key, "00001234567800000000abcd", gcmAD, sm4Plain,
		`17f399f08c67d5ee19d0dc9969c4bb7d 5fd46fd3756489069157b282bb200735 d82710ca5c22f0ccfa7cbf93d496ac15 a56834cbcf98c397b4024a2691233b8d`,
		"83de3541e4c2b58177e065a9bf7b62ec"},
	// That of RFC 8998, A.2, has a longer nonce: see TestCCMShape.
	{"SM4-CCM-16", "CCM in Python over SM4 of OpenSSL 3.0", sm4Key, "a0a1a21011121314151617", "0102030400000005", ccmPlain,
		"f9983e9b460095521bb21bb9cd8e5ab39a5404fb3de21f3b9d43341a7d3bb4f953668622", "29 e6b4dbd6d9091c79f4e54779aabb435f"},
	// Of RFC 8750, only the way to the nonce is another: the sequence number stands for the IV.
	{"AES-CCM-8-IIV", "OpenSSL 3.0", "404142434445464748494a4b4c4d4e4f", "a0a1a21011121314151617", "0102030400000005", ccmPlain, ccmCipher, "c2 7e366c1d66c6fe17"},
	{"AES-GCM-16-IIV", "McGrew and Viega case 2", "00000000000000000000000000000000", "000000000000000000000000", "",
		"00000000000000000000000000000000", "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf"},
	{"ChaCha20-Poly1305-IIV", "RFC 7634 appendix A", "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "a0a1a2a31011121314151617", "0102030400000005",
		chachaPlain, chachaCipher, "76aaa8266b7fb0f7b11b369907e1ad43"},
}

const (
	gcmKey   = "feffe9928665731c6d6a8f9467308308"
	gcmAD    = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
	gcmPlain = `d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72
		1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b39`
	chachaPlain = `45000054a6f200004001e778c6336405 c000020508005b7a3a080000553bec10 0007362708090a0b0c0d0e0f10111213
		1415161718191a1b1c1d1e1f20212223 2425262728292a2b2c2d2e2f30313233 343536370102 0204`
	chachaCipher = `24039428b97f417e3c13753a4f05087b 67c352e6a7fab1b982d466ef407ae5c6 14ee8099d52844eb61aa95dfab4c02f7
		2aa71e7c4c4f64c9befe2facc638e8f3 cbec163fac469b502773f6fb94e664da 9165b82829f641e0`
	sm4Key    = "0123456789abcdeffedcba9876543210"
	sm4Plain  = `aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb ccccccccccccccccdddddddddddddddd eeeeeeeeeeeeeeeeffffffffffffffff eeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa`
	ccmPlain  = "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f4041424344"
	ccmCipher = "e6dcce7c6ac5b9bc5e179aae28ca30a4e5039436fde7719aea0c91e4b4174014ab22ad52"
)

func TestAEADs(t *testing.T) {
	for _, v := range aeadVectors {
		t.Run(v.source, func(t *testing.T) {
			c := cipherByName(t, v.row)
			a, err := c.NewAEAD(unhex(t, v.key))
			if err != nil {
				t.Fatal(err)
			}
			if a.NonceSize() != c.SaltLen+8 || c.IVLen != 8 && c.IVLen != 0 || a.Overhead() != c.ICVLen {
				t.Errorf("nonce %d, overhead %d; row says %d + %d, %d", a.NonceSize(), a.Overhead(), c.SaltLen, c.IVLen, c.ICVLen)
			}
			testAEAD(t, a, unhex(t, v.nonce), unhex(t, v.ad), unhex(t, v.plain), unhex(t, v.ciphertext+v.tag))
			testUnchecked(t, c, unhex(t, v.key), unhex(t, v.nonce), unhex(t, v.plain), unhex(t, v.ciphertext+v.tag))
		})
	}
}

// testUnchecked decrypts what a packet cut at each length has.
func testUnchecked(t *testing.T, c *Cipher, key, nonce, plain, sealed []byte) {
	t.Helper()
	d, err := c.NewUnchecked(append(bytes.Clone(key), nonce[:c.SaltLen]...))
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(plain) + 1 {
		got := bytes.Clone(sealed)
		if err := d.Decrypt(got[:n], nonce[c.SaltLen:], got[:n]); err != nil {
			t.Fatal(err)
		}
		equal(t, "decrypted without ICV", got[:n], plain[:n])
		equal(t, "after it", got[n:], sealed[n:])
	}
	if d.Decrypt(make([]byte, 9), nonce, make([]byte, 9)) == nil || d.Decrypt(nil, nonce[c.SaltLen:], make([]byte, 9)) == nil {
		t.Error("wrong lengths taken")
	}
}

func testAEAD(t *testing.T, a cipher.AEAD, nonce, ad, plain, sealed []byte) {
	t.Helper()
	equal(t, "sealed", a.Seal(nil, nonce, plain, ad), sealed)
	prefix := []byte("before")
	got, err := a.Open(prefix, nonce, sealed, ad)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "opened after what was there", got, append([]byte("before"), plain...))
	inPlace := bytes.Clone(sealed)
	if got, err = a.Open(inPlace[:0], nonce, inPlace, ad); err != nil {
		t.Fatal(err)
	}
	equal(t, "opened in place", got, plain)
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 0x10
		if _, err := a.Open(nil, nonce, bad, ad); err == nil {
			t.Errorf("bit flipped in byte %d: opened", i)
		}
	}
	for i := range ad {
		bad := bytes.Clone(ad)
		bad[i] ^= 1
		if _, err := a.Open(nil, nonce, sealed, bad); err == nil {
			t.Errorf("bit flipped in byte %d of the additional data: opened", i)
		}
	}
	for i := range nonce {
		bad := bytes.Clone(nonce)
		bad[i] ^= 1
		if _, err := a.Open(nil, bad, sealed, ad); err == nil {
			t.Errorf("bit flipped in byte %d of the nonce: opened", i)
		}
	}
	for n := range len(sealed) {
		if _, err := a.Open(nil, nonce, sealed[:n], ad); err == nil {
			t.Errorf("cut to %d bytes: opened", n)
		}
	}
}

// TestCCMShape checks CCM with other lengths than ESP has: RFC 3610 has L = 2, RFC 8998 L = 3, and one NIST file a tag of 8 bytes.
func TestCCMShape(t *testing.T) {
	for _, v := range []struct {
		source                        string
		stream                        blockCipher
		m                             int
		key, nonce, ad, plain, cipher string
	}{
		{"RFC 3610 packet vector 1", newAESStream, 8, "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf", "00000003020100a0a1a2a3a4a5", "0001020304050607",
			"08090a0b0c0d0e0f101112131415161718191a1b1c1d1e", "588c979a61c663d2f066d0c2c0f989806d5f6b61dac384 17e8d12cfdf926e0"},
		{"RFC 3610 packet vector 7", newAESStream, 10, "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf", "00000009080706a0a1a2a3a4a5", "0001020304050607",
			"08090a0b0c0d0e0f101112131415161718191a1b1c1d1e", "0135d1b2c95f41d5d1d4fec185d166b8094e999dfed96c 048c56602c97acbb7490"},
		{"NIST CAVP VTT256, Tlen = 8, count 20", newAESStream, 8, "bae73483de27b581a7c13f178a6d7bda168c1b4a1cb9180512a13e3ab914eb61", "daf54faef6e4fc7867624b76f2",
			"7022eaa52c9da821da72d2edd98f6b91dfe474999b75b34699aeb38465f70c1c", "28ef408d57930086011b167ac04b866e5b58fe6690a0b9c3",
			"356367c6cee4453658418d9517f7c6faddcd7c65aef46013 8cf050f48c505151"},
		{"RFC 5528 packet vector 1", newCamelliaStream, 8, "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf", "00000003020100a0a1a2a3a4a5", "0001020304050607",
			"08090a0b0c0d0e0f101112131415161718191a1b1c1d1e", "ba737185e719310492f38a5f1251da55fafbc949848a0d fcaece746b3db9ad"},
		{"RFC 5528 packet vector 6", newCamelliaStream, 8, "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf", "00000008070605a0a1a2a3a4a5", "000102030405060708090a0b",
			"0c0d0e0f101112131415161718191a1b1c1d1e1f20", "fea5480ba53fa8d3c34422aace4de67ffa3bb73bab ab36a1ee4fe0fe28"},
		{"RFC 8998, A.2", newSM4Stream, 16, sm4Key, "00001234567800000000abcd", gcmAD, sm4Plain,
			`48af93501fa62adbcd414cce6034d895 dda1bf8f132f042098661572e7483094 fd12e518ce062c98acee28d95df4416b ed31a2f04476c18bb40c84a74b97dc5b
			16842d4fa186f56ab33256971fa110f4`},
	} {
		t.Run(v.source, func(t *testing.T) {
			k, err := v.stream(unhex(t, v.key))
			if err != nil {
				t.Fatal(err)
			}
			testAEAD(t, &ccm{k, v.m, 15 - len(unhex(t, v.nonce))}, unhex(t, v.nonce), unhex(t, v.ad), unhex(t, v.plain), unhex(t, v.cipher))
		})
	}
}

// TestCCMLongAD has additional data past 0xff00 bytes, where the encoding of its length changes; by OpenSSL 3.0.
func TestCCMLongAD(t *testing.T) {
	a, err := newCCM12(unhex(t, "404142434445464748494a4b4c4d4e4f"))
	if err != nil {
		t.Fatal(err)
	}
	ad := make([]byte, 70000)
	for i := range ad {
		ad[i] = byte(i)
	}
	got := a.Seal(nil, unhex(t, "a0a1a21011121314151617"), unhex(t, ccmPlain), ad)
	equal(t, "sealed", got, unhex(t, ccmCipher+"c2570753989f85a57a3859440b"))
}

func FuzzAEADOpen(f *testing.F) {
	f.Add(byte(0), make([]byte, 16), make([]byte, 40), make([]byte, 8))
	f.Fuzz(func(t *testing.T, row byte, key, packet, ad []byte) {
		c := ciphers[int(row)%len(ciphers)]
		if !c.AEAD {
			return
		}
		a, err := c.NewAEAD(key)
		if err != nil || len(packet) < a.NonceSize() {
			return
		}
		nonce, body := packet[:a.NonceSize()], packet[a.NonceSize():]
		if plain, err := a.Open(nil, nonce, body, ad); err == nil {
			equal(t, c.Name, a.Seal(nil, nonce, plain, ad), body)
		}
		sealed := a.Seal(nil, nonce, body, ad)
		back, err := a.Open(nil, nonce, sealed, ad)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		equal(t, c.Name, back, body)
	})
}
