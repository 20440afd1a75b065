package source

import "testing"

// An SA without integrity algorithm, as FortiOS' debug says, is one of a cipher that its key is long enough for.
func TestFortiGateNoIntegrity(t *testing.T) {
	const enc = "000102030405060708090a0b0c0d0e0f"
	check(t, mustRead(t, "ike 0:HQ:8:HQ:12: IPsec SA dec spi fe02f80f key 16:"+enc+" auth 0:\n"), "ESP *>*:0xfe02f80f aes-cbc:"+enc+" : tunnel")
	check(t, mustRead(t, "ike 0:HQ:8:HQ:12: IPsec SA enc spi 0e02f80f key 20:"+enc+"01020304 auth 0:\n"), "ESP *>*:0x0e02f80f aes-gcm-16:"+enc+"01020304 : tunnel", "ESP *>*:0x0e02f80f aes-ctr:"+enc+"01020304 : tunnel")
}
