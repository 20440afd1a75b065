package alg

import (
	"testing"
)

// TestCipherNamesFindTheirRow looks every row up by each of its own names. Where rows share a name, the first one has it.
func TestCipherNamesFindTheirRow(t *testing.T) {
	for _, c := range Ciphers() {
		found := map[string]*Cipher{"key log": CipherByKeyLog(c.KeyLog)}
		if c.XFRM != "" {
			found["xfrm"] = CipherByXFRM(c.XFRM, c.ICVLen*8)
		}
		if c.Phase1 != 0 {
			found["phase 1"] = CipherByPhase1(c.Phase1)
		}
		if c.ESP != 0 {
			found["ESP"] = CipherByESP(c.ESP)
		}
		if c.IKEv2 != 0 {
			found["IKEv2"] = CipherByIKEv2(c.IKEv2)
		}
		if c.XFRMShort != "" {
			found["xfrm short"] = CipherByXFRM(c.XFRMShort, 0)
		}
		for _, n := range c.Setkey {
			found["setkey "+n] = CipherBySetkey(n)
		}
		if c.StrongSwan != "" {
			found["strongSwan"] = CipherByStrongSwan(c.StrongSwan)
		}
		if c.Libreswan != "" {
			found["libreswan"] = CipherByLibreswan(c.Libreswan)
		}
		if c.Wireshark != "" {
			found["Wireshark"] = CipherByWireshark(c.Wireshark)
		}
		for _, bits := range c.KeyBits {
			if name := c.TCPDumpName(bits); name != "" {
				if got, n := CipherByTCPDump(name); got != c || n != 0 && n != bits {
					t.Errorf("%s: tcpdump name %q finds %v, %d bits", c.Name, name, got, n)
				}
			}
		}
		for space, got := range found {
			if got != c {
				t.Errorf("%s is not found by its %s name", c.Name, space)
			}
		}
	}
}

func TestMACNamesFindTheirRow(t *testing.T) {
	for _, m := range MACs() {
		found := map[string]*MAC{"key log": MACByKeyLog(m.KeyLog)}
		if m.XFRM != "" {
			found["xfrm"] = MACByXFRM(m.XFRM, m.ICVLen*8)
		}
		if m.AuthAttr != 0 {
			found["attribute"] = MACByAuthAttr(m.AuthAttr)
		}
		if m.AH != 0 {
			found["AH"] = MACByAH(m.AH)
		}
		if m.IKEv2 != 0 {
			found["IKEv2"] = MACByIKEv2(m.IKEv2)
		}
		for _, n := range m.Setkey {
			found["setkey "+n] = MACBySetkey(n)
		}
		if m.StrongSwan != "" {
			found["strongSwan"] = MACByStrongSwan(m.StrongSwan)
		}
		if m.Libreswan != "" {
			found["libreswan"] = MACByLibreswan(m.Libreswan)
		}
		if m.WiresharkChecked {
			found["Wireshark"] = MACByWireshark(m.Wireshark)
		}
		for space, got := range found {
			if got != m {
				t.Errorf("%s is not found by its %s name", m.Name, space)
			}
		}
	}
}

func TestXFRMTruncation(t *testing.T) {
	for _, c := range []struct {
		name string
		bits int
		want string
	}{
		{"hmac(sha256)", 0, "HMAC-SHA2-256-96"}, // the kernel's default of old
		{"sha256", 0, "HMAC-SHA2-256-96"},
		{"hmac(sha256)", 96, "HMAC-SHA2-256-96"},
		{"hmac(sha256)", 128, "HMAC-SHA2-256-128"},
		{"sha256", 128, "HMAC-SHA2-256-128"},
		{"hmac(sha1)", 0, "HMAC-SHA1-96"},
		{"sha1", 160, "HMAC-SHA1-160"},
		{"hmac(md5)", 128, "HMAC-MD5-128"},
		{"hmac(sha512)", 0, "HMAC-SHA2-512-256"},
		{"cmac(aes)", 96, "AES-CMAC-96"},
		{"digest_null", 0, "NONE"},
		{"hmac(sha1)", 80, ""},
		{"", 0, ""},
	} {
		got := ""
		if m := MACByXFRM(c.name, c.bits); m != nil {
			got = m.Name
		}
		if got != c.want {
			t.Errorf("%s %d: %q, want %q", c.name, c.bits, got, c.want)
		}
	}
	for bits, want := range map[int]string{64: "AES-GCM-8", 96: "AES-GCM-12", 128: "AES-GCM-16"} {
		if c := CipherByXFRM("rfc4106(gcm(aes))", bits); c == nil || c.Name != want {
			t.Errorf("rfc4106(gcm(aes)) %d: %v", bits, c)
		}
	}
}

func TestWiresharkPair(t *testing.T) {
	for auth, want := range map[string]string{any64: "AES-GCM-8", any96: "AES-GCM-12", any128: "AES-GCM-16", "NULL": "AES-GCM-16"} {
		if c := CipherByWiresharkPair("AES-GCM [RFC4106]", auth); c == nil || c.Name != want {
			t.Errorf("AES-GCM [RFC4106] with %s: %v", auth, c)
		}
	}
	if c := CipherByWiresharkPair("AES-CBC [RFC3602]", any96); c == nil || c.Name != "AES-CBC" {
		t.Errorf("AES-CBC with %s: %v", any96, c)
	}
	if MACByWireshark(any96) != nil {
		t.Error("a string without checking is taken for a MAC")
	}
	for _, n := range []int{8, 12, 16, 24, 32} {
		if got, ok := ICVLenByWiresharkAny(WiresharkAnyMAC(n)); !ok || got != n {
			t.Errorf("%d bytes of ICV come back as %d", n, got)
		}
	}
	if WiresharkAnyMAC(20) != "" {
		t.Error("Wireshark has no string for 160 bits")
	}
}

func TestNotSupported(t *testing.T) {
	for name, nothing := range map[string]bool{
		"IDEA": CipherByPhase1(2) == nil, "ESP 1": CipherByESP(1) == nil, "DES-MAC": MACByAuthAttr(3) == nil, "Tiger": HashByID(3) == nil, "group 3": GroupByID(3) == nil,
		"empty strings": CipherByStrongSwan("") == nil && CipherByWireshark("") == nil && CipherByXFRM("", 0) == nil && CipherBySetkey("") == nil &&
			MACByStrongSwan("") == nil && MACByWireshark("") == nil && MACBySetkey("") == nil && MACByLibreswan("") == nil,
	} {
		if !nothing {
			t.Errorf("%s: found", name)
		}
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Ciphers() {
		for _, n := range []string{c.Name, "log " + c.KeyLog} {
			if seen[n] {
				t.Errorf("%q twice", n)
			}
			seen[n] = true
		}
	}
	for _, m := range MACs() {
		for _, n := range []string{m.Name, "maclog " + m.KeyLog} {
			if seen[n] {
				t.Errorf("%q twice", n)
			}
			seen[n] = true
		}
	}
}

func TestTCPDumpNames(t *testing.T) {
	for name, want := range map[string]struct {
		row  string
		bits int
	}{
		"aes128-cbc": {"AES-CBC", 128}, "aes-256-cbc": {"AES-CBC", 256}, "AES-128-CBC-hmac96": {"AES-CBC", 128}, "3des-cbc-hmac96": {"3DES-CBC", 192},
		"des-cbc": {"DES-CBC", 64}, "cast128-cbc": {"CAST-128-CBC", 0}, "blowfish-cbc": {"Blowfish-CBC", 0}, "none": {"NULL", 0},
		"camellia-192-cbc": {"Camellia-CBC", 192}, "aes-129-cbc": {}, "": {}, "-hmac96": {},
	} {
		c, bits := CipherByTCPDump(name)
		row := ""
		if c != nil {
			row = c.Name
		}
		if row != want.row || bits != want.bits {
			t.Errorf("%q: %q with %d bits, want %q with %d", name, row, bits, want.row, want.bits)
		}
	}
	bf, tf := cipherByName(t, "Blowfish-CBC"), cipherByName(t, "Twofish-CBC")
	for got, want := range map[string]string{
		bf.TCPDumpName(128): "blowfish-cbc", bf.WiresharkName(128): "BLOWFISH-CBC [RFC2451]", tf.WiresharkName(256): "TWOFISH-CBC",
		bf.WiresharkName(448) + bf.TCPDumpName(56) + tf.WiresharkName(192): "", cipherByName(t, "NULL").TCPDumpName(0): "",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
