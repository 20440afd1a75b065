package source

import (
	"strings"
	"testing"
)

// The structures of an SA are read as drgn and crash print them: keys as signed and as unsigned bytes, in several lines, as strings with escapes, and as rows of
// the memory that they are in.
func TestKernelStructs(t *testing.T) {
	const (
		state = "(struct xfrm_state){\n\t.id = (struct xfrm_id){\n\t\t.spi = (__be32)3909287936,\n\t\t.proto = (__u8)50,\n\t},\n}\n" // 0xe9030000
		crash = "  id = {\n    spi = 0xe9030000, \n    proto = 50 '2',\n    family = 2\n  }, \n"
		aead  = "(struct xfrm_algo_aead){\n\t.alg_name = (char [64])\"rfc4106(gcm(aes))\",\n\t.alg_key_len = (unsigned int)160,\n\t.alg_icv_len = (unsigned int)96,\n\t.alg_key = (char [20]){\n"
		want  = "ESP *>*:0x000003e9 aes-cbc:000102030405060708090a0bf0f1f2ff hmac-sha1-96:000102030405060708090a0b0c0d0e0f10111213"
	)
	auth := "  alg_name = \"hmac(sha1)\\000\\000\", \n  alg_key_len = 160, \n  alg_trunc_len = 96, \n  alg_key = 0xffff888004a7c048 \"\"\n" +
		"crash> rd -8 0xffff888004a7c048 20\nffff888004a7c048:  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f   ................\nffff888004a7c058:  10 11 12 13   ....\n"
	for name, x := range map[string]struct{ text, want string }{
		"signed":   {crash + auth + "  alg_name = \"cbc(aes)\\000\\000\", \n  alg_key_len = 128, \n  alg_key = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9,\n 10, 11, -16, -15, -14, -1}\n", want},
		"hex":      {crash + auth + "  alg_name = \"cbc(aes)\", \n  alg_key_len = 0x80, \n  alg_key = {0x0, 0x1, 0x2, 0x3, 0x4, 0x5, 0x6, 0x7, 0x8, 0x9, 0xa, 0xb, 0xf0, 0xf1, 0xf2, 0xff}\n", want},
		"escapes":  {crash + auth + "  alg_name = \"cbc(aes)\", \n  alg_key_len = 128, \n  alg_key = \"\\000\\001\\002\\003\\004\\005\\006\\a\\b\\t\\n\\v\\360\\361\\362\\377\"\n", want},
		"words":    {crash + auth + "  alg_name = \"cbc(aes)\", \n  alg_key_len = 128, \n  alg_key = 0xffff888004a7c148 \"\"\nffff888004a7c148:  0706050403020100 fff2f1f00b0a0908   ................\n", want},
		"combined": {state + aead + "\t\t0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,\n\t\t16, 17, 18, 19,\n\t},\n}\n", "ESP *>*:0x000003e9 aes-gcm-12:000102030405060708090a0b0c0d0e0f10111213 :"},
	} {
		b, err := Read("x", []byte(x.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(b.SAs) != 1 || describeSA(b.SAs[0]) != x.want {
			t.Errorf("%s: %s", name, describe(b))
		}
	}
	two := crash + auth + "alg_name = \"cbc(aes)\"\nalg_key_len = 128\nalg_key = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -16, -15, -14, -1}\n"
	two += strings.ReplaceAll(two, "0xe9030000", "0xea030000")
	if b := mustRead(t, two); len(b.SAs) != 2 || b.SAs[1].SPI != 0x3ea {
		t.Error(describe(b))
	}
	if b, err := Read("x", []byte(crash+"alg_name = \"cbc(aes)\"\nalg_key_len = 128\nalg_key = 0xffff888004a7c148 \"\"\n")); err == nil && (len(b.SAs) > 0 || len(b.Warnings) == 0) {
		t.Errorf("no key: %s", describe(b))
	}
}

func FuzzKernelStructs(f *testing.F) {
	f.Add("spi = 1\nalg_name = \"cbc(aes)\"\nalg_key_len = 128\nalg_key = \"\\0\\12x\"\nffff888004a7c148:  0706050403020100\n")
	f.Fuzz(func(t *testing.T, text string) { _, _ = Read("x", []byte(text)) })
}
