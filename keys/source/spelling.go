package source

import (
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// Algorithms as configurations, consoles and scripts spell them: "aes-cbc-256", "esp-aes 256", "AES128GCM16", "aes-256-gcm-12", "des-ede3-cbc".
// The key tells its own length, so that only the algorithm, its mode and the length of the ICV are taken from a name.

// spelledCiphers are the ciphers by the words that are in their names, family and mode; where a name has the words of several, the first counts. FortiOS
// cuts names to six letters: "aes-gc".
var spelledCiphers = []struct{ family, mode, keyLog string }{
	{"3des", "", "3des-cbc"},
	{"des3", "", "3des-cbc"},
	{"desede3", "", "3des-cbc"},
	{"tripledes", "", "3des-cbc"},
	{"chacha", "", "chacha20-poly1305"},
	{"camellia", "ct", "camellia-ctr"},
	{"camellia", "cc", "camellia-ccm-"},
	{"camellia", "", "camellia-cbc"},
	{"gmac", "", "null-aes-gmac"},
	{"aes", "gc", "aes-gcm-"},
	{"aes", "cc", "aes-ccm-"},
	{"aes", "ct", "aes-ctr"},
	{"aes", "", "aes-cbc"},
	{"rijndael", "", "aes-cbc"},
	{"twofish", "", "twofish-cbc"},
	{"blowfish", "", "blowfish-cbc"},
	{"serpent", "", "serpent-cbc"},
	{"cast", "", "cast-128-cbc"},
	{"seed", "", "seed-cbc"},
	{"sm4", "gc", "sm4-gcm-"},
	{"sm4", "cc", "sm4-ccm-"},
	{"sm4", "", "sm4-cbc"},
	{"null", "", "null"},
	{"des", "", "des-cbc"},
}

// maxName bounds the name of an algorithm, which is spelled out for every SA that it is of.
const maxName = 100

// spelledCipher finds a cipher by its name in any spelling; nil: none. Where a combined mode does not tell its ICV, that has 16 bytes.
func spelledCipher(name string) *alg.Cipher {
	if len(name) > maxName {
		return nil
	}
	word := alphanumeric(name)
	if word == "none" {
		word = "null"
	}
	for _, s := range spelledCiphers {
		if !strings.Contains(word, s.family) || !strings.Contains(word, s.mode) {
			continue
		}
		if strings.HasSuffix(s.keyLog, "-") {
			return alg.CipherByKeyLog(s.keyLog + strconv.Itoa(spelledICV(name)))
		}
		return alg.CipherByKeyLog(s.keyLog)
	}
	return nil
}

// reNotSize is a number that is part of a name, not a size.
var reNotSize = pattern(`rfc\d+|chacha20|poly1305|x25519`)

// reLetteredICV is the ICV of a combined mode as a letter: AES_GCM_A has one of 8 bytes, AES_GCM_B of 12, AES_GCM_C of 16.
var reLetteredICV = pattern(`(?i)(?:gcm|ccm)_([abc])(?:_|$)`)

// spelledICV is the length of an ICV in a name, in bytes: as 8, 12 or 16, also where a key length follows without anything between
// ("16256"), or as 64 or 96 bits, or as a letter; 16 where the name does not tell.
func spelledICV(name string) int {
	if m := reLetteredICV.FindStringSubmatch(name); m != nil {
		return map[string]int{"a": 8, "b": 12, "c": 16}[strings.ToLower(m[1])]
	}
	for _, n := range reDigits.FindAllString(reNotSize.ReplaceAllString(strings.ToLower(name), ""), -1) {
		for _, bits := range []string{"128", "192", "256"} {
			if size, ok := strings.CutSuffix(n, bits); ok && size != "" {
				n = size
			}
		}
		switch n {
		case "8", "64":
			return 8
		case "12", "96":
			return 12
		case "16":
			return 16
		}
	}
	return 16
}

var reDigits = pattern(`\d+`)

// spelledMACs finds the MACs that a name may mean, in any spelling: the usual length of the ICV comes first. None, and true, where the name
// says that there is no integrity protection.
func spelledMACs(name string) (list []*alg.MAC, ok bool) {
	if len(name) > maxName {
		return nil, false
	}
	word := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(alphanumeric(name), "esp"), "ah"), "hmac")
	has := func(s string) bool { return strings.Contains(word, s) }
	found := ""
	switch {
	case word == "" || word == "null" || word == "none":
		return nil, true
	case has("xcbc"):
		found = "aes-xcbc-96"
	case has("cmac"):
		found = "aes-cmac-96"
	case has("md5"):
		found = "hmac-md5-96"
	case has("ripemd"), has("rmd160"):
		found = "hmac-ripemd-160-96"
	case has("sm3"):
		found = "hmac-sm3"
	case has("sha25696"), has("sha2truncbug"), has("sha2256truncbug"), has("sha225696"):
		return []*alg.MAC{alg.MACByKeyLog("hmac-sha2-256-96")}, true
	case has("512"): // before 256, which is the length of its ICV
		found = "hmac-sha2-512-256"
	case has("384"):
		found = "hmac-sha2-384-192"
	case has("256"):
		found = "hmac-sha2-256-128"
	case word == "sha2":
		found = "hmac-sha2-256-128"
	case has("sha"):
		found = "hmac-sha1-96"
	}
	if m := alg.MACByKeyLog(found); m != nil {
		return withTruncations(m), true
	}
	return nil, false
}

// alphanumeric is a name in lower case without anything but letters and digits.
func alphanumeric(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		}
		return -1
	}, s)
}
