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
