package source

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// vppEntry is an SA as a trace of VPP's API has it in JSON.
func vppEntry(cipher, key, mac, auth string, salt uint32) string {
	value := func(s string) string {
		return fmt.Sprintf(`{"length": %d, "data": "0x%s%s"}`, len(s)/2, s, strings.Repeat("0", 256-len(s)))
	}
	return fmt.Sprintf(`{"_msgname": "ipsec_sad_entry_add", "_crc": "50229353", "entry": {"sad_id": 10, "spi": 1001, "protocol": "IPSEC_API_PROTO_ESP", "crypto_algorithm": "IPSEC_API_CRYPTO_ALG_%s", `+
		`"crypto_key": %s, "integrity_algorithm": "IPSEC_API_INTEG_ALG_%s", "integrity_key": %s, "flags": ["IPSEC_API_SAD_FLAG_IS_TUNNEL", "IPSEC_API_SAD_FLAG_USE_ESN"], `+
		`"tunnel": {"instance": 0, "src": "192.0.2.1", "dst": "2001:db8::2"}, "salt": %d, "udp_src_port": 4500}}`, cipher, value(key), mac, value(auth), salt)
}

// An SA of VPP's API is one in a line of JSON, in many, as text, as an object of Python and as a command; a key is as long as its length says, and its salt
// stands apart.
func TestVPPAPI(t *testing.T) {
	const enc, auth = "000102030405060708090a0b0c0d0e0f", "101112131415161718191a1b1c1d1e1f20212223"
	const want = "ESP 192.0.2.1>2001:db8::2:0x000003e9 aes-cbc:" + enc + " hmac-sha1-96:" + auth + " esn tunnel"
	one := vppEntry("AES_CBC_128", enc, "SHA1_96", auth, 0)
	var v any
	if err := json.Unmarshal([]byte(one), &v); err != nil {
		t.Fatal(err)
	}
	wide, _ := json.MarshalIndent(v, "", "  ")
	text := strings.NewReplacer(`"`, "", ",", "\n", "{", "\n", "}", "\n").Replace(strings.ReplaceAll(one, "0x", ""))
	python := fmt.Sprintf(`ipsec_sa_v3_details(entry=vl_api_ipsec_sad_entry_v3_t(sad_id=10, spi=1001, protocol=<vl_api_ipsec_proto_t.IPSEC_API_PROTO_ESP: 50>, `+
		`crypto_algorithm=<vl_api_ipsec_crypto_alg_t.IPSEC_API_CRYPTO_ALG_AES_CBC_128: 1>, crypto_key=vl_api_key_t(length=16, data=b'%s'), `+
		`integrity_algorithm=<vl_api_ipsec_integ_alg_t.IPSEC_API_INTEG_ALG_SHA1_96: 2>, integrity_key=vl_api_key_t(length=20, data=b'%s'), flags=<IPSEC_API_SAD_FLAG_USE_ESN|IPSEC_API_SAD_FLAG_IS_TUNNEL>, `+
		`tunnel=vl_api_tunnel_t(src=IPv4Address('192.0.2.1'), dst=IPv6Address('2001:db8::2')), salt=0))`, escaped(enc), escaped(auth))
	for name, in := range map[string]string{"JSON": one, "a list": "[" + one + ",\n" + one + "]", "wide": string(wide), "text": text, "Python": python} {
		b, err := Read("x", []byte(in+"\n"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(b.SAs) != 1 || describeSA(b.SAs[0]) != want {
			t.Errorf("%s: %s", name, describe(b))
		}
	}
	check(t, mustRead(t, vppEntry("AES_GCM_128", enc, "NONE", "", 0x0a0b0c0d)+"\n"), "ESP 192.0.2.1>2001:db8::2:0x000003e9 aes-gcm-16:"+enc+"0a0b0c0d : esn tunnel")
	check(t, mustRead(t, "ipsec_sad_entry_add_del esp sad_id 10 spi 1001 crypto_alg aes-cbc-128 crypto_key "+enc+" integ_alg sha1-96 integ_key "+auth+" tunnel_src 192.0.2.1 tunnel_dst 192.0.2.2\n"),
		"ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-cbc:"+enc+" hmac-sha1-96:"+auth+" tunnel")
}

// escaped is hex as bytes in a string of Python.
func escaped(digits string) string {
	s := ""
	for i := 0; i < len(digits); i += 2 {
		s += `\x` + digits[i:i+2]
	}
	return s
}
