package source

import "testing"

const (
	testCK = "a0b1c2d3e4f5061728394a5b6c7d8e9f"
	testIK = "101112131415161718191a1b1c1d1e1f"
)

// TestAKA reads CK and IK as tools and logs print them.
func TestAKA(t *testing.T) {
	spaced := "10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f "
	for name, text := range map[string]string{
		"osmo-sim-auth, Python 3": "UMTS Authentication\nRES:\tb'0102030405060708'\nCK:\tb'" + testCK + "'\nIK:\tb'" + testIK + "'\n",
		"osmo-sim-auth":           "RES:\t0102030405060708\nCK:\t" + testCK + "\nIK:\t" + testIK + "\nKc:\t0011223344556677\n",
		"Kamailio": `104(3903) NOTICE: <script>: Old header - WWW-Authenticate=Digest realm="ims.example.org", nonce="AAE=", algorithm=AKAv1-MD5, ck="` +
			testCK + `", ik="` + testIK + `", qop="auth,auth-int"`,
		"Python":  "{'rand': '00112233445566778899aabbccddeeff', 'ck': '" + testCK + "', 'ik': b'" + testIK + "'}",
		"JSON":    `{"res": "0102", "ck": "` + testCK + `", "ik": "` + testIK + `"}`,
		"tshark":  "AVP: Confidentiality-Key(625) l=28 f=VM-\n        Confidentiality-Key: " + testCK + "\n        Integrity-Key: " + testIK + "\n",
		"a note":  "CK = 0x" + testCK + "\nIK=A1\nIK=" + testIK + "\n",
		"a modem": "12:00:01.123 IMS: CK: A0B1C2D3 E4F50617 28394A5B 6C7D8E9F\n12:00:01.124 IMS: IK: 10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\n",
		"key log": "AKA_CK - 0x" + testCK + "\nAKA_IK - 0x" + testIK + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			check(t, mustRead(t, text), "AKA_CK - "+testCK+" g1", "AKA_IK - "+testIK+" g1")
		})
	}
	b := mustRead(t, "RAND:\t"+spaced+"\nAUTN:\t"+spaced+"\nIK:\t"+spaced+"\nCK:\t"+spaced+"\nRES:\t01 02 03 04 05 06 07 08 \n")
	check(t, b, "AKA_IK - "+testIK+" g1", "AKA_CK - "+testIK+" g1")
	b = mustRead(t, "AKA_IK - 0x"+testIK+"\nAKA_CK - 0x"+testCK+"\nAKA_CK - 0x"+testIK+"\nAKA_IK - 0x"+testCK+"\n")
	check(t, b, "AKA_IK - "+testIK+" g1", "AKA_CK - "+testCK+" g1", "AKA_CK - "+testIK+" g2", "AKA_IK - "+testCK+" g2")
}

// TestNotAKA has what only looks like CK and IK.
func TestNotAKA(t *testing.T) {
	for _, text := range []string{
		"stack: " + testCK, "SK_ck " + testCK, "ck: " + testCK + "00", "ck: " + testCK[:30], "ck " + testCK + "x", "ck: zz" + testCK, "ck" + testCK, "Rick=" + testCK,
		"CK: 0x", "ck=", "unpack-ik: " + testCK,
	} {
		if b, err := Read("text", []byte(text+"\n")); err == nil && len(b.Secrets) > 0 {
			t.Errorf("%q: %v", text, b.Secrets)
		}
	}
	for _, text := range []string{"AKA_CK - 0x0102\n", "AKA_IK 840961b508fe60ec 0x" + testIK + "\n", "AKA_IK - \"text\"\n"} {
		if _, err := Read("text", []byte(text)); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
