package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// libreswan 3 has the label of a dump before its first row, or before each, and names combined modes as it negotiates them. Which SA of the pair
// a key is of the packets tell, unless the label says.
func TestLibreswan3(t *testing.T) {
	const established = "\"t\" #2: STATE_QUICK_I2: sent QI2, IPsec SA established tunnel mode {ESP/NAT=>0xc203f085 <0xc9e510a3 xfrm=%s NATOA=none NATD=none DPD=passive}\n"
	rows := []string{"00 01 02 03  04 05 06 07  08 09 0a 0b  0c 0d 0e 0f", "10 11 12 13"}
	once := func(label string) string { return "| " + label + "  " + rows[0] + "\n|   " + rows[1] + "\n" }
	each := func(label string) string {
		return "| " + label + "  " + rows[0] + "\n| " + label + "  " + rows[1] + "\n"
	}
	const key, mac = "000102030405060708090a0b0c0d0e0f10111213", "000102030405060708090a0b0c0d0e0f"
	for _, c := range []struct{ text, algs, want string }{
		{each("our  keymat") + each("peer keymat"), "AES_GCM_A_128-NONE", "aes-gcm-8:" + key + " :"},
		{once("our  keymat") + once("peer keymat"), "AES_GCM_B_128-NONE", "aes-gcm-12:" + key + " :"},
		{"| ESP KEYMAT\n" + each("  KEYMAT computed:") + "|   Peer KEYMAT computed:\n|   " + strings.Join(rows, "\n|   ") + "\n", "AES_GCM_16_128-NONE", "aes-gcm-16:" + key + " :"},
		{each("ESP enckey:") + "| ESP authkey:\n" + each("ESP enckey:") + "| ESP authkey:\n", "AES_GCM_16_128-NONE", "aes-gcm-16:" + key + " :"},
		{once("esp enckey:") + "| esp authkey:\n" + once("esp enckey:") + "| esp authkey:\n", "AES_GCM_C_128-NONE", "aes-gcm-16:" + key + " :"},
		{strings.Repeat("| ESP enckey:  "+rows[0]+"\n"+each("ESP authkey:"), 2), "AES_CBC_128-HMAC_SHA1_96", "aes-cbc:" + mac + " hmac-sha1-96:" + key},
	} {
		text := c.text + fmt.Sprintf(established, c.algs)
		var got []string
		for _, sa := range mustRead(t, text).SAs {
			got = append(got, describeSA(sa))
		}
		for _, spi := range []string{"0xc203f085", "0xc9e510a3"} {
			if want := "ESP *>*:" + spi + " " + c.want + " tunnel udp"; !slices.Contains(got, want) {
				t.Errorf("%s%s not in %s", text, want, strings.Join(got, "\n"))
			}
		}
	}
}

// What pluto takes out of NSS completes the keys that it cuts off, and those without their salt; what is of another IKE SA does not.
func TestLibreswanExtracted(t *testing.T) {
	const at = "Nov 23 09:13:43.1: | "
	extracted := func(name string, value []byte, old bool) string {
		value = append(slices.Clone(value), make([]byte, -len(value)&15)...)
		text := fmt.Sprintf(at+"%s extracted len %d bytes at 0x7f1e3c0058d8; unwrapped\n", name, len(value))
		if old {
			text = fmt.Sprintf(at+"%s extracted len %d bytes at 0x7f1e3c0058d8\n"+at+"unwrapped:\n", name, len(value))
		}
		for row := range slices.Chunk(value, 16) {
			text += fmt.Sprintf(at+"  % x   ................\n", row)
		}
		return text
	}
	bytesFrom := func(first byte, n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = first + byte(i)
		}
		return b
	}
	for _, old := range []bool{true, false} {
		salts := extracted("initiator salt", bytesFrom(0xa1, 4), old) + extracted("responder salt", bytesFrom(0xb1, 4), old)
		ai, ar, ei := bytesFrom(0x10, 64), bytesFrom(0x60, 64), bytesFrom(1, 32)
		side := func(name, mac, cipher string, auth, enc []byte) string {
			return fmt.Sprintf(at+"ikev2 %s 0x1111111111111111 0xb22fc557a3a68fda %s:0x%x %s:0x%x\n", name, mac, auth, cipher, enc)
		}
		none := func(name, cipher string) string {
			return strings.Replace(side(name, "none", cipher, nil, ei), "none:0x ", "none: ", 1)
		}
		const where = " 1111111111111111:b22fc557a3a68fda "
		key := func(kind string, b ...[]byte) string {
			return fmt.Sprintf("%s%s%x g1", kind, where, slices.Concat(b...))
		}
		for name, c := range map[string]struct {
			log  string
			want []string
		}{
			"whole authentication keys": {
				extracted("ai", ai, old) + extracted("ei", ei, old) + side("I", "sha512", "aes256", ai[:32], ei) +
					extracted("ar", ar, old) + extracted("er", ei, old) + side("R", "sha512", "aes256", ar[:32], ei),
				[]string{key("SK_AI", ai), key("SK_EI", ei), key("SK_AR", ar), key("SK_ER", ei)},
			},
			"another authentication key": {
				extracted("ai", ar, old) + side("I", "sha512", "aes256", ai[:32], ei),
				[]string{key("SK_EI", ei)},
			},
			"salts": {
				salts + none("I", "chacha20_poly1305256") + none("R", "chacha20_poly1305256"),
				[]string{key("SK_EI", ei, []byte{0xa1, 0xa2, 0xa3, 0xa4}), key("SK_ER", ei, []byte{0xb1, 0xb2, 0xb3, 0xb4})},
			},
			"salts of AES-CCM": {
				salts + none("I", "aes_ccm_16256"),
				[]string{key("SK_EI", ei, []byte{0xa1, 0xa2, 0xa3})},
			},
			"salts of two IKE SAs": {
				salts + salts + none("I", "aes_gcm_16256") + none("R", "aes_gcm_16256"),
				[]string{key("SK_EI", ei), key("SK_ER", ei)},
			},
		} {
			t.Run(fmt.Sprintf("%s, old %v", name, old), func(t *testing.T) {
				b := mustRead(t, c.log)
				check(t, b, c.want...)
				for _, x := range b.Secrets {
					if x.NoSalt != (name == "salts of two IKE SAs") {
						t.Errorf("%v: without its salt: %v", x, x.NoSalt)
					}
				}
			})
		}
	}
}
