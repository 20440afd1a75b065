package source

import "testing"

// The ICV proves the encryption key of a key schedule where the source names its algorithm; one that was chosen by the length of the key is still to be
// proved by what it decrypts: a key of 16 bytes may be for Blowfish, too.
func TestUnnamedCipher(t *testing.T) {
	for product, derived := range map[string]bool{"isakmpd": false, "vpnc": false, "iked": true, "Openswan": true} {
		list := printedBy(product)
		if len(list) == 0 {
			t.Fatalf("%s prints nothing", product)
		}
		for _, text := range list {
			for _, sa := range mustRead(t, text).SAs {
				if sa.Derived != derived && sa.Cipher != nil && !sa.Cipher.AEAD {
					t.Errorf("%s: %v: derived %v", product, sa, sa.Derived)
				}
			}
		}
	}
}
