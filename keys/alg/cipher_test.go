package alg

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"slices"
	"sync"
	"testing"
)

// blockVectors are ciphertext blocks under a key (CBC where there is an IV, else single blocks).
var blockVectors = []struct {
	row, source                string
	key, iv, plain, ciphertext string
}{
	{"DES-CBC", "FIPS 81 table C1", "0123456789abcdef", "1234567890abcdef",
		"4e6f77206973207468652074696d6520666f7220616c6c20", "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"},
	{"3DES-CBC", "NIST SP 800-67 appendix B.1", "0123456789abcdef 23456789abcdef01 456789abcdef0123", "",
		"5468652071756663 6b2062726f776e20 666f78206a756d70", "a826fd8ce53b855f cce21c8112256fe6 68d5c05dd9b6b900"},
	{"AES-CBC", "RFC 3602 case 1", "06a9214036b8a15b512e03d534120006", "3dafba429d9eb430b422da802c9fac41",
		"53696e676c6520626c6f636b206d7367", "e353779c1079aeb82708942dbe77181a"},
	{"AES-CBC", "RFC 3602 case 2", "c286696d887c9aa0611bbb3e2025a45a", "562e17996d093d28ddb3ba695a2e6f58",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		"d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1"},
	{"AES-CBC", "RFC 3602 case 4", "56e47a38c5598974bc46903dba290349", "8ce82eefbea0da3c44699ed7db51b7d9",
		`a0a1a2a3a4a5a6a7a8a9aaabacadaeaf b0b1b2b3b4b5b6b7b8b9babbbcbdbebf
		c0c1c2c3c4c5c6c7c8c9cacbcccdcecf d0d1d2d3d4d5d6d7d8d9dadbdcdddedf`,
		`c30e32ffedc0774e6aff6af0869f71aa 0f3af07a9a31a9c684db207eb0ef8e4e
		35907aa632c3ffdf868bb7b29d3d46ad 83ce9f9a102ee99d49a53e87f4c3da55`},
	{"AES-CBC", "NIST SP 800-38A F.2.3 (192)", "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "000102030405060708090a0b0c0d0e0f",
		"6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51",
		"4f021db243bc633d7178183a9fa071e8 b4d9ada9ad7dedf4e5e738763f69145a"},
	{"AES-CBC", "NIST SP 800-38A F.2.5 (256)", "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "000102030405060708090a0b0c0d0e0f",
		"6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51",
		"f58c4c04d6e5f1ba779eabfb5f7bfbd6 9cfc4e967edb808d679f777bc6702c7d"},
	{"Blowfish-CBC", "Schneier, CBC test", "0123456789abcdeff0e1d2c3b4a59687", "fedcba9876543210",
		"37363534333231204e6f77206973207468652074696d6520666f722000000000",
		"6b77b4d63006dee605b156e27403979358deb9e7154616d959f1652bd5ff92cc"},
	{"Blowfish-CBC", "Schneier, ECB", "7ca110454a1a6e57", "", "01a1d6d039776742", "59c68245eb05282b"},
	{"Blowfish-CBC", "Schneier, variable key, 24 bytes", "f0e1d2c3b4a5968778695a4b3c2d1e0f0011223344556677", "",
		"fedcba9876543210", "05044b62fa52d080"},
	{"CAST-128-CBC", "RFC 2144 appendix B.1", "0123456712345678234567893456789a", "", "0123456789abcdef", "238b4fe5847e44b2"},
	{"CAST-128-CBC", "RFC 2144 appendix B.1, 80 bits", "01234567123456782345", "", "0123456789abcdef", "eb6a711a2c02271b"},
	{"CAST-128-CBC", "RFC 2144 appendix B.1, 40 bits", "0123456712", "", "0123456789abcdef", "7ac816d16e9b302e"},
	{"Serpent-CBC", "NESSIE Serpent-128, set 1 vector 0", "80000000000000000000000000000000", "",
		"00000000000000000000000000000000", "264e5481eff42a4606abda06c0bfda3d"},
	{"Serpent-CBC", "NESSIE Serpent-192, set 1 vector 0", "800000000000000000000000000000000000000000000000", "",
		"00000000000000000000000000000000", "9e274ead9b737bb21efcfca548602689"},
	{"Serpent-CBC", "NESSIE Serpent-256, set 1 vector 0", "8000000000000000000000000000000000000000000000000000000000000000", "",
		"00000000000000000000000000000000", "a223aa1288463c0e2be38ebd825616c0"},
	{"SEED-CBC", "RFC 4269 appendix B.1", "00000000000000000000000000000000", "", "000102030405060708090a0b0c0d0e0f", "5ebac6e0054e166819aff1cc6d346cdb"},
	{"SEED-CBC", "RFC 4269 appendix B.2", "000102030405060708090a0b0c0d0e0f", "", "00000000000000000000000000000000", "c11f22f20140505084483597e4370f43"},
	{"SEED-CBC", "RFC 4269 appendix B.3", "4706480851e61be85d74bfb3fd956185", "", "83a2f8a288641fb9a4e9a5cc2f131c7d", "ee54d13ebcae706d226bc3142cd40d4a"},
	{"SEED-CBC", "RFC 4269 appendix B.4", "28dbc3bc49ffd87dcfa509b11d422be7", "", "b41e6be2eba84a148e2eed84593c5ec7", "9b9b7bfcd1813cb95d0b3618f40f5122"},
	{"SM4-CBC", "GB/T 32907-2016 appendix A.1", "0123456789abcdeffedcba9876543210", "", "0123456789abcdeffedcba9876543210", "681edf34d206965e86b3e94f536e4246"},
	{"Camellia-CBC", "RFC 3713 appendix A (128)", "0123456789abcdeffedcba9876543210", "",
		"0123456789abcdeffedcba9876543210", "67673138549669730857065648eabe43"},
	{"Camellia-CBC", "RFC 3713 appendix A (192)", "0123456789abcdeffedcba98765432100011223344556677", "",
		"0123456789abcdeffedcba9876543210", "b4993401b3e996f84ee5cee7d79b09b9"},
	{"Camellia-CBC", "RFC 3713 appendix A (256)", "0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff", "",
		"0123456789abcdeffedcba9876543210", "9acc237dff16d76c20ef7c919e3a7509"},
	{"Camellia-CBC", "OpenSSL 3.0 (128)", "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f",
		"6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51", "1607cf494b36bbf00daeb0b503c831ab a2f2cf671629ef7840c5a5dfb5074887"},
	{"Camellia-CBC", "OpenSSL 3.0 (192)", "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "000102030405060708090a0b0c0d0e0f",
		"6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51", "2a4830ab5ac4a1a2405955fd2195cf93 5d5a869bd14ce54264f892a6dd2ec3d5"},
	{"Camellia-CBC", "OpenSSL 3.0 (256)", "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "000102030405060708090a0b0c0d0e0f",
		"6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51", "e6cfa35fc02b134a4d2c0b6737ac3eda 36cbeb73bd504b4070b1b7de2b21eb50"},
	{"Twofish-CBC", "Twofish paper, I=1 (128)", "00000000000000000000000000000000", "",
		"00000000000000000000000000000000", "9f589f5cf6122c32b6bfec2f2ae8c35a"},
	{"Twofish-CBC", "Twofish paper (192)", "0123456789abcdeffedcba98765432100011223344556677", "",
		"00000000000000000000000000000000", "cfd1d2e5a9be9cdf501f13b892bd2248"},
	{"Twofish-CBC", "Twofish paper (256)", "0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff", "",
		"00000000000000000000000000000000", "37527be0052334b89f0cfccae87cfa20"},
}

func TestBlockCiphers(t *testing.T) {
	for _, v := range blockVectors {
		t.Run(v.source, func(t *testing.T) {
			c := cipherByName(t, v.row)
			key, iv, plain, want := unhex(t, v.key), unhex(t, v.iv), unhex(t, v.plain), unhex(t, v.ciphertext)
			b, err := c.NewBlock(key)
			if err != nil {
				t.Fatal(err)
			}
			if b.BlockSize() != c.BlockLen || c.IVLen != c.BlockLen {
				t.Errorf("block %d, row says %d and IV %d", b.BlockSize(), c.BlockLen, c.IVLen)
			}
			if len(iv) == 0 {
				testBlocks(t, b, plain, want)
				return
			}
			got := make([]byte, len(plain))
			cipher.NewCBCEncrypter(b, iv).CryptBlocks(got, plain)
			equal(t, "encrypted", got, want)
			testCBC(t, NewCBC(b), iv, plain, want)
			slow := NewCBC(b)
			slow.mode = nil
			testCBC(t, slow, iv, plain, want)
			d, err := c.NewDecrypter(key)
			if err != nil {
				t.Fatal(err)
			}
			testCBC(t, d, iv, plain, want)
		})
	}
}

func testBlocks(t *testing.T, b cipher.Block, plain, want []byte) {
	t.Helper()
	n := b.BlockSize()
	got := make([]byte, n)
	for i := 0; i < len(plain); i += n {
		b.Encrypt(got, plain[i:i+n])
		equal(t, "encrypted", got, want[i:i+n])
		b.Decrypt(got, got)
		equal(t, "decrypted", got, plain[i:i+n])
	}
}

func testCBC(t *testing.T, c Decrypter, iv, plain, ciphertext []byte) {
	t.Helper()
	for range 2 { // nothing stays from the packet before
		got := make([]byte, len(plain))
		if err := c.Decrypt(got, iv, ciphertext); err != nil {
			t.Fatal(err)
		}
		equal(t, "decrypted", got, plain)
		inPlace := bytes.Clone(ciphertext)
		if err := c.Decrypt(inPlace, iv, inPlace); err != nil {
			t.Fatal(err)
		}
		equal(t, "decrypted in place", inPlace, plain)
	}
	if err := c.Decrypt(make([]byte, len(plain)), iv[1:], ciphertext); !errors.Is(err, ErrBlockLength) {
		t.Errorf("short IV: %v", err)
	}
	if err := c.Decrypt(make([]byte, len(plain)), iv, ciphertext[1:]); !errors.Is(err, ErrBlockLength) {
		t.Errorf("half a block: %v", err)
	}
	if err := c.Decrypt(nil, iv, ciphertext); err == nil {
		t.Error("short output taken")
	}
	if err := c.Decrypt(nil, iv, nil); err != nil {
		t.Errorf("nothing to decrypt: %v", err)
	}
}

// streamVectors are rows that are neither CBC nor AEAD. The key is key | nonce.
var streamVectors = []struct {
	row, source                string
	key, iv, plain, ciphertext string
}{
	{"NULL", "RFC 2410 section 4 (1)", "", "", "123456789abcdef0", "123456789abcdef0"},
	{"AES-CTR", "RFC 3686 vector 1", "ae6852f8121067cc4bf7a5765577f39e 00000030", "0000000000000000",
		"53696e676c6520626c6f636b206d7367", "e4095d4fb7a7b3792d6175a3261311b8"},
	{"AES-CTR", "RFC 3686 vector 2", "7e24067817fae0d743d6ce1f32539163 006cb6db", "c0543b59da48d90b",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		"5104a106168a72d9790d41ee8edad388eb2e1efc46da57c8fce630df9141be28"},
	{"AES-CTR", "RFC 3686 vector 3", "7691be035e5020a8ac6e618529f9a0dc 00e0017b", "27777f3f4a1786f0",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223",
		"c1cf48a89f2ffdd9cf4652e9efdb72d74540a42bde6d7836d59a5ceaaef3105325b2072f"},
	{"AES-CTR", "RFC 3686 vector 4", "16af5b145fc9f579c175f93e3bfb0eed863d06ccfdb78515 00000048", "36733c147d6d93cb",
		"53696e676c6520626c6f636b206d7367", "4b55384fe259c9c84e7935a003cbe928"},
	{"AES-CTR", "RFC 3686 vector 7", "776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c104 00000060", "db5672c97aa8f0b2",
		"53696e676c6520626c6f636b206d7367", "145ad01dbf824ec7560863dc71e3e0c0"},
	{"Camellia-CTR", "RFC 5528 section 4.1, TV #1", "ae6852f8121067cc4bf7a5765577f39e 00000030", "0000000000000000",
		"53696e676c6520626c6f636b206d7367", "d09dc29a8214619a20877c76db1f0b3f"},
	{"Camellia-CTR", "RFC 5528 section 4.1, TV #3", "7691be035e5020a8ac6e618529f9a0dc 00e0017b", "27777f3f4a1786f0",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223", "b19d1fcdcb75eb882f849ce24d85cf739ce64b2b5c9d73f14f2d5d9dce9889cddf508696"},
	{"Camellia-CTR", "RFC 5528 section 4.1, TV #6", "02bf391ee8ecb159b959617b0965279bf59b60a786d3e0fe 0007bdfd", "5cbd60278dcc0912",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223", "5710e556e1487a20b5ac0e73f19e4e7876f37fdc91b1ef4d4dade8e666a64d0ed557ab57"},
	{"Camellia-CTR", "RFC 5528 section 4.1, TV #9", "ff7a617ce69148e4f1726e2f43581de2aa62d9f805532edff1eed687fb54153d 001cc5b7", "51a51d70a1c11148",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223", "a4da23fce6a5ffaa6d64ae9a0652a42cd161a34b65f9679f75c01f101f71276f15ef0d8d"},
}

func TestStreamCiphers(t *testing.T) {
	for _, v := range streamVectors {
		t.Run(v.source, func(t *testing.T) {
			c := cipherByName(t, v.row)
			key, iv, plain, ciphertext := unhex(t, v.key), unhex(t, v.iv), unhex(t, v.plain), unhex(t, v.ciphertext)
			d, err := c.NewDecrypter(key)
			if err != nil {
				t.Fatal(err)
			}
			if len(iv) != c.IVLen {
				t.Errorf("IV of %d bytes, row says %d", len(iv), c.IVLen)
			}
			for range 2 {
				got := make([]byte, len(ciphertext))
				if err := d.Decrypt(got, iv, ciphertext); err != nil {
					t.Fatal(err)
				}
				equal(t, "decrypted", got, plain)
			}
			if err := d.Decrypt(make([]byte, len(ciphertext)), append(iv, 0), ciphertext); err == nil {
				t.Error("long IV taken")
			}
			if err := d.Decrypt(nil, iv, ciphertext); err == nil {
				t.Error("short output taken")
			}
			if _, err := c.NewDecrypter(append(key, 1, 2, 3)); err == nil {
				t.Error("key of odd length taken")
			}
		})
	}
}

func TestEveryCipherHasAVector(t *testing.T) {
	have := map[string]map[int]bool{}
	note := func(row string, keyBits int) {
		if have[row] == nil {
			have[row] = map[int]bool{}
		}
		have[row][keyBits] = true
	}
	for _, v := range blockVectors {
		note(v.row, len(unhex(t, v.key))*8)
	}
	for _, v := range streamVectors {
		note(v.row, (len(unhex(t, v.key))-cipherByName(t, v.row).SaltLen)*8)
	}
	for _, v := range aeadVectors {
		note(v.row, len(unhex(t, v.key))*8)
	}
	for _, c := range Ciphers() {
		if len(have[c.Name]) == 0 {
			t.Errorf("%s has no vector", c.Name)
		}
		for bits := range have[c.Name] {
			if !slices.Contains(c.KeyBits, bits) {
				t.Errorf("%s: vector of %d bits, which the row does not allow", c.Name, bits)
			}
		}
		constructors := 0
		for _, is := range []bool{c.NewBlock != nil, c.NewStream != nil, c.NewAEAD != nil} {
			if is {
				constructors++
			}
		}
		if constructors != 1 || c.AEAD != (c.NewAEAD != nil) || c.AEAD != (c.ICVLen > 0) || c.AEAD != (c.NewUnchecked != nil) {
			t.Errorf("%s: row at odds with itself", c.Name)
		}
	}
}

func cipherByName(t testing.TB, name string) *Cipher {
	t.Helper()
	c := find(ciphers, func(c *Cipher) bool { return c.Name == name })
	if c == nil {
		t.Fatalf("no row %q", name)
	}
	return c
}

func TestEveryKeyLength(t *testing.T) {
	for _, c := range Ciphers() {
		for _, bits := range c.KeyBits {
			key := make([]byte, bits/8)
			var err error
			switch {
			case c.AEAD:
				_, err = c.NewAEAD(key)
			default:
				_, err = c.NewDecrypter(append(key, make([]byte, c.SaltLen)...))
			}
			if err != nil {
				t.Errorf("%s with %d bits: %v", c.Name, bits, err)
			}
		}
		if _, err := c.KeyBitsOf(make([]byte, 100)); !errors.Is(err, ErrKeyLength) {
			t.Errorf("%s: odd key length: %v", c.Name, err)
		}
	}
}

func TestBadKeysAreErrors(t *testing.T) {
	for _, c := range Ciphers() {
		for n := range 70 {
			key := make([]byte, n)
			if _, err := c.KeyBitsOf(key); err == nil {
				continue
			}
			if !c.AEAD {
				c.NewDecrypter(key) // must not panic
				continue
			}
			c.NewAEAD(key)
		}
	}
}

func TestCipherKeyLen(t *testing.T) {
	for _, c := range []struct {
		row         string
		attr        uint16
		esp, phase1 int // 0: an error
	}{
		{"AES-CBC", 0, 16, 16}, {"AES-CBC", 128, 16, 16}, {"AES-CBC", 192, 24, 24}, {"AES-CBC", 256, 32, 32}, {"AES-CBC", 129, 0, 0}, {"AES-CBC", 512, 0, 0},
		{"3DES-CBC", 0, 24, 24}, {"3DES-CBC", 192, 24, 24}, {"3DES-CBC", 168, 24, 24}, {"DES-CBC", 0, 8, 8},
		{"Blowfish-CBC", 0, 16, 56}, {"Blowfish-CBC", 448, 56, 56}, {"Blowfish-CBC", 40, 5, 5}, {"Blowfish-CBC", 456, 0, 0}, {"Blowfish-CBC", 41, 0, 0},
		{"CAST-128-CBC", 0, 16, 16}, {"AES-GCM-16", 256, 32, 32}, {"AES-GCM-16", 160, 0, 0},
	} {
		row := cipherByName(t, c.row)
		got, err := CipherKeyLen(row, c.attr)
		if got != c.esp || (err == nil) != (c.esp != 0) {
			t.Errorf("%s, attribute %d: ESP key %d (%v), want %d", c.row, c.attr, got, err, c.esp)
		}
		got, err = Phase1KeyLen(row, c.attr)
		if got != c.phase1 || (err == nil) != (c.phase1 != 0) {
			t.Errorf("%s, attribute %d: phase 1 key %d (%v), want %d", c.row, c.attr, got, err, c.phase1)
		}
	}
}

func TestNoAllocationPerPacket(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool allocate")
	}
	packet := make([]byte, 1408)
	for _, c := range Ciphers() {
		n := c.KeyBits[0] / 8
		if c.AEAD {
			a, err := c.NewAEAD(make([]byte, n))
			if err != nil {
				t.Fatal(err)
			}
			nonce, ad := make([]byte, a.NonceSize()), make([]byte, 8)
			sealed := a.Seal(nil, nonce, packet, ad)
			out := make([]byte, 0, len(sealed))
			if allocs := testing.AllocsPerRun(50, func() { a.Open(out, nonce, sealed, ad) }); allocs >= 1 {
				t.Errorf("%s: %v allocations", c.Name, allocs)
			}
			continue
		}
		d, err := c.NewDecrypter(make([]byte, n+c.SaltLen))
		if err != nil {
			t.Fatal(err)
		}
		iv := make([]byte, c.IVLen)
		if allocs := testing.AllocsPerRun(50, func() { d.Decrypt(packet, iv, packet) }); allocs >= 1 {
			t.Errorf("%s: %v allocations", c.Name, allocs)
		}
	}
}

// TestAEADsAreShared opens packets with one AEAD from many goroutines; the race detector watches.
func TestAEADsAreShared(t *testing.T) {
	for _, c := range Ciphers() {
		if !c.AEAD {
			continue
		}
		a, err := c.NewAEAD(make([]byte, c.KeyBits[0]/8))
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				nonce := make([]byte, a.NonceSize())
				for i := range 50 {
					nonce[0], nonce[1] = byte(g), byte(i)
					plain := bytes.Repeat([]byte{byte(g), byte(i)}, 1+i*7)
					got, err := a.Open(nil, nonce, a.Seal(nil, nonce, plain, nonce), nonce)
					if err != nil || !bytes.Equal(got, plain) {
						t.Errorf("%s: %v", c.Name, err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
}

// TestSerpentBoxes holds the formulas of the S-boxes against the tables of the Serpent paper, appendix A.5.
func TestSerpentBoxes(t *testing.T) {
	for box, table := range [8][16]byte{
		{3, 8, 15, 1, 10, 6, 5, 11, 14, 13, 4, 2, 7, 0, 9, 12}, {15, 12, 2, 7, 9, 0, 5, 10, 1, 11, 14, 8, 6, 13, 3, 4},
		{8, 6, 7, 9, 3, 12, 10, 15, 13, 1, 14, 4, 0, 11, 5, 2}, {0, 15, 11, 8, 12, 9, 6, 3, 13, 1, 2, 4, 10, 7, 5, 14},
		{1, 15, 8, 3, 12, 0, 11, 6, 2, 5, 4, 10, 9, 14, 7, 13}, {15, 5, 2, 11, 4, 10, 9, 12, 0, 3, 14, 8, 13, 6, 7, 1},
		{7, 2, 12, 5, 8, 4, 6, 11, 14, 9, 1, 15, 13, 3, 10, 0}, {1, 13, 15, 0, 14, 8, 2, 11, 7, 4, 12, 10, 9, 3, 5, 6},
	} {
		for in, out := range table {
			if got := serpentNibble(serpentBoxes[box], byte(in)); got != out {
				t.Errorf("S%d(%d) is %d, want %d", box, in, got, out)
			}
			if got := serpentNibble(serpentInverses[box], out); int(got) != in {
				t.Errorf("inverse of S%d of %d is %d, want %d", box, out, got, in)
			}
		}
	}
}

func serpentNibble(box serpentSBox, n byte) byte {
	at := func(i int) uint32 { return uint32(n>>i) & 1 }
	w, x, y, z := box(at(0), at(1), at(2), at(3))
	return byte(w&1 | x&1<<1 | y&1<<2 | z&1<<3)
}

// TestSM4Million is the second example of GB/T 32907-2016, appendix A.2: a block encrypted a million times.
func TestSM4Million(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("takes half a second")
	}
	b := unhex(t, "0123456789abcdeffedcba9876543210")
	c, err := newSM4(b)
	if err != nil {
		t.Fatal(err)
	}
	for range 1_000_000 {
		c.Encrypt(b, b)
	}
	equal(t, "encrypted", b, unhex(t, "595298c7c6fd271f0402f804c33d3f66"))
}

// TestCASTMaintenance is the full maintenance test of RFC 2144, appendix B.2, which uses every S-box entry.
func TestCASTMaintenance(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("takes a second")
	}
	a, b := unhex(t, "0123456712345678234567893456789a"), unhex(t, "0123456712345678234567893456789a")
	for range 1_000_000 {
		for _, s := range [2]struct{ data, key []byte }{{a, b}, {b, a}} {
			c, err := newCAST(s.key)
			if err != nil {
				t.Fatal(err)
			}
			c.Encrypt(s.data[:8], s.data[:8])
			c.Encrypt(s.data[8:], s.data[8:])
		}
	}
	equal(t, "a", a, unhex(t, "eea9d0a249fd3ba6b3436fb89d6dca92"))
	equal(t, "b", b, unhex(t, "b2c95eb00c31ad7180ac05b8e83d696e"))
}

// TestCounterLengths holds counter mode against the library's at every length, where the way it goes changes.
func TestCounterLengths(t *testing.T) {
	key, iv := bytes.Repeat([]byte{0x35}, 20), bytes.Repeat([]byte{0x99}, 8)
	b, err := aes.NewCipher(key[:16])
	if err != nil {
		t.Fatal(err)
	}
	first := append(append(bytes.Clone(key[16:]), iv...), 0, 0, 0, 1)
	d, err := newAESCTR(key)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 400)
	for i := range data {
		data[i] = byte(i * 7)
	}
	for n := range data {
		want := make([]byte, n)
		cipher.NewCTR(b, first).XORKeyStream(want, data[:n])
		got := bytes.Clone(data)
		if err := d.Decrypt(got[:n], iv, got[:n]); err != nil {
			t.Fatal(err)
		}
		equal(t, "in place", got[:n], want)
		equal(t, "after it", got[n:], data[n:])
	}
}

func BenchmarkDecrypt(b *testing.B) {
	for _, c := range Ciphers() {
		if c.AEAD {
			continue
		}
		b.Run(c.Name, func(b *testing.B) {
			d, err := c.NewDecrypter(make([]byte, c.KeyBits[0]/8+c.SaltLen))
			if err != nil {
				b.Fatal(err)
			}
			src, dst, iv := make([]byte, 1408), make([]byte, 1408), make([]byte, c.IVLen)
			b.SetBytes(1408)
			for b.Loop() {
				d.Decrypt(dst, iv, src)
			}
		})
	}
}

func BenchmarkAEADOpen(b *testing.B) {
	for _, c := range Ciphers() {
		if !c.AEAD {
			continue
		}
		b.Run(c.Name, func(b *testing.B) {
			a, err := c.NewAEAD(make([]byte, c.KeyBits[0]/8))
			if err != nil {
				b.Fatal(err)
			}
			nonce, ad := make([]byte, a.NonceSize()), make([]byte, 8)
			sealed := a.Seal(nil, nonce, make([]byte, 1408), ad)
			out := make([]byte, 0, len(sealed))
			b.SetBytes(1408)
			for b.Loop() {
				a.Open(out, nonce, sealed, ad)
			}
		})
	}
}
