package decode

import (
	"crypto/md5"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
)

// TestKnownVendorIDs has IDs as they were seen on the wire or are listed by ike-scan, Wireshark and libreswan.
func TestKnownVendorIDs(t *testing.T) {
	tests := []struct{ hex, want string }{
		{"4a131c81070358455c5728f20e95452f", "NAT-T (RFC 3947)"},
		{"4485152d18b6bbcd0be8a8469579ddcc", "draft-ietf-ipsec-nat-t-ike-00"},
		{"cd60464335df21f87cfdb2fc68b6a448", "draft-ietf-ipsec-nat-t-ike-02"},
		{"90cb80913ebb696e086381b5ec427b1f", `draft-ietf-ipsec-nat-t-ike-02\n`},
		{"7d9419a65310ca6f2c179d9215529d56", "draft-ietf-ipsec-nat-t-ike-03"},
		{"8f8d83826d246b6fc7a8a6a428c11de8", "draft-ietf-ipsec-nat-t-ike-08"},
		{"afcad71368a1f1c96b8696fc77570100", "DPD 1.0"},
		{"09002689dfd6b712", "XAUTH"},
		{"09002689dfd6b71280a224dec33b81e5", "XAUTH"},
		{"12f5f28c457168a9702d9fe274cc0100", "Cisco Unity 1.0"},
		{"4048b7d56ebce88525e7de7f00d6c2d3", "FRAGMENTATION"},
		{"4048b7d56ebce88525e7de7f00d6c2d380000000", "FRAGMENTATION (Main and Aggressive Mode)"},
		{"4048b7d56ebce88525e7de7f00d6c2d3c0000000", "FRAGMENTATION (Main and Aggressive Mode, base ISAKMP)"},
		{"4048b7d56ebce88525e7de7f00d6c2d300000001", "FRAGMENTATION (0x00000001)"},
		{"1f07f70eaa6514d3b0fa96542a500306", "Cisco VPN 3000 concentrator 3.0.6"},
		{"1f07f70eaa6514d3b0fa96542a500407", "Cisco VPN 3000 concentrator 4.0.7"},
		{"1e2b516905991c7d7c96fcbfb587e46100000005", "MS NT5 ISAKMPOAKLEY (Windows Vista)"},
		{"1e2b516905991c7d7c96fcbfb587e461000000040d000014", "MS NT5 ISAKMPOAKLEY (Windows XP SP2, Server 2003)"},
		{"1e2b516905991c7d7c96fcbfb587e46100000009", "MS NT5 ISAKMPOAKLEY (Windows 8 or later)"},
		{"01528bbbc00696121849ab9a1c5b2a5100000001", "MS KEY_MODS (AuthIP)"},
		{"214ca4faffa7f32d6748e5303395ae83", "MS-MamieExists"},
		{"72872b95fcda2eb708efe322119b4971", "NLBS_PRESENT"},
		{"fb1de3cdf341b7ea16b7e5be0855f120", "MS-Negotiation Discovery Capable"},
		{"e3a5966a76379fe707228231e5ce8652", "IKE CGA version 1"},
		{"26244d38eddb61b3172a36e3d0cfb819", "Vid-Initial-Contact"},
		{"621b04bb09882ac1e15935fefa24aeee", "GSSAPI"},
		{"f4ed19e0c114eb516faaac0ee37daf2807b4381f0000000100000fa2000000000000000018000000",
			"Check Point Firewall-1 4.1 SP2-SP6"},
		{"f4ed19e0c114eb516faaac0ee37daf2807b4381f000000010000138d43f5e3850000000018280000",
			"Check Point Firewall-1 NG AI R55 or later at 2006-02-17T14:53:57Z"},
		{"f4ed19e0c114eb516faaac0ee37daf2807b4381f0000000700000009", "Check Point product 7 version 9"},
		{"f4ed19e0c114eb516faaac0ee37daf2807b4381f", "Check Point"},
		{"166f932d55eb64d8e4df4fd37e2313f0d0fd84510000000000000000", "NetScreen/Juniper (platform 0)"},
		{"2a2bcac19b8e91b426107807e02e7249569d6fd30000000b0000050a", "NetScreen/Juniper 5.1.0 (platform 11)"},
		{"64405f46f03b7660a23be116a1975058e69e83870000000400000403", "NetScreen/Juniper 4.0.3 (platform 4)"},
		{"4865617274426561745f4e6f74696679386b0100", "HeartBeat Notify 1.0"},
		{"47bbe7c993f1fc13b4e6d0db565c68e5010201010201010310382e302e3020284275696c6420313029000000",
			"SafeNet SoftRemote 8.0.0 (Build 10)"},
		{"da8e937880010000", "SafeNet, SonicWall or WatchGuard (0x80010000)"},
		{"404bf439522ca3f6", "SonicWall"},
		{"5b362bc820f60007", "SonicWall 0.7"},
		{"82990317" + "57a36082c6a621de" + "00050280", "FortiGate release 5 build 640"},
		{"4c53427b6d465d1b337bb755a37a7fef", "Forticlient connect license"},
		{"b4f01ca951e9da8d0bafbbd34ad3044e", "Fortinet Endpoint Control"},
		{"424e455300000009", "Nortel Contivity 9"},
		{"7003cbc1097dbe9c2600ba6983bc8b35", "racoon (KAME)"},
		{"20a3622c1cea7ce37bee3ca484425276", "racoon (IPsec-Tools)"},
		{"882fe56d6fd20dbc2251613b2ebe5beb", "strongSwan"},
		{"b7d8e62184049fb21b088d4232d2549c", "strongSwan 5.1.0"},
		{"85b6cbec480d5c8cd9882c825ac2c244", "strongSwan 2.2.0"},
		{"4f45486b7d44784d42676b5d", "FreeS/WAN 2.00"},
		{"4f4548724b6e5e68557c604f", "Openswan 2.2.0"},
		{"4f4576795c6b677a57715c73", "Openswan 2.6.38"},
		{"4f456b5a5d52605d7a7a6f4e", "Openswan 2.4.13 LDAP_V3 PLUTO_SENDS_VENDORID PLUTO_USES_KEYRR"},
		{"4f53577666617a6f6355505a", "Openswan 2.6.40"},
		{"4f53576d77657d7c497e6c7c", "Openswan 2.6.48"},
		{"4f454e5f52685050487b645e", "Libreswan 3.5"},
		{"4f454e756f6b706a71757d5c", "Libreswan 3.5 LDAP_V3"},
		{"4f454e404040404040404040", "Libreswan 3.0 to 3.5"},
		{"4f4540404040404040404040", "FreeS/WAN or Openswan"},
		{hex.EncodeToString([]byte("OE-Libreswan-4.10")), "Libreswan 4.10"},
		{hex.EncodeToString([]byte("OpenPGP10171")), "OpenPGP 10171"},
		{hex.EncodeToString([]byte("OpenIKED-7.2")), "OpenIKED 7.2"},
		{hex.EncodeToString([]byte("TIMESTEP 1 SGW 1520 315 2.01E013")), "TIMESTEP 1 SGW 1520 315 2.01E013"},
		{hex.EncodeToString([]byte("CISCO-DELETE-REASON")), "CISCO-DELETE-REASON"},
		{"8f9cc94e01248ecdf147594c284b213b", "SSH QuickSec 2.1.0"},
		{"eb4b0d96276b4e220ad16221a7b2a5e6", "SSH Sentinel 1.4.1"},
		{"fbf47614984031fa8e3bb6198089b223", "SSH IPSEC Express 1.1.0"},
		{"5925859f7377ed7816d2fb81c01fa551", "SSH IPSEC Express 5.1.1"},
		{"f14b94b7bff1fef02773b8c49feded26", "Shrew Soft client"},
		{"08db45e6cb01f80bb576e9a78c0f54e1300b88814200", "ELVIS-PLUS Zastava 4.2"},
		{"56494120417574682050726f66696c65203a20726f6c65", "Aruba VIA auth profile role"},
		// A tail whose form is not known is shown, not dropped.
		{"404bf439522ca3f6ff", "SonicWall 0xff"},
		{"afcad71368a1f1c96b8696fc7757010203", "DPD 0x010203"},
		// Unknown ones: text as text, the rest in hex.
		{"4d79205650", "My VP"},
		{"00010203", "0x00010203"},
		{"", ""},
	}
	for _, tt := range tests {
		v := &VendorID{Data: testbytes.Unhex(t, tt.hex)}
		if got := v.String(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.hex, got, tt.want)
		}
		_, known := v.Known()
		if isUnknown := tt.want == "" || tt.want == "My VP" || strings.HasPrefix(tt.want, "0x"); known == isUnknown {
			t.Errorf("%s: known is %v", tt.hex, known)
		}
	}
}

// Every row must be found by its own ID, and no two rows may have the same.
func TestVendorTable(t *testing.T) {
	seen := map[string]string{}
	for _, row := range vendorRows() {
		if len(row.id) < 2 || row.name == "" {
			t.Errorf("row %q %x: no ID or no name", row.name, row.id)
		}
		if other, ok := seen[string(row.id)]; ok {
			t.Errorf("%s %s has the ID of %s: %x", row.name, row.version, other, row.id)
		}
		seen[string(row.id)] = row.name + " " + row.version
		if row.length != 0 && row.length != len(row.id) {
			continue
		}
		got, ok := (&VendorID{Data: row.id}).Known()
		if !ok || got.Name != row.name || got.Version != row.version {
			t.Errorf("row %q %q is found as %+v", row.name, row.version, got)
		}
	}
	if len(seen) < 300 {
		t.Errorf("%d rows only", len(seen))
	}
}

// Tails of any length must give a text and no panic.
func TestVendorTails(t *testing.T) {
	for _, row := range vendorRows() {
		for n := range 24 {
			for _, fill := range []byte{0, 1, 3, 'a', 0xff} {
				data := append([]byte(nil), row.id...)
				for range n {
					data = append(data, fill)
				}
				if s := (&VendorID{Data: data}).String(); s == "" {
					t.Errorf("%x: no text", data)
				}
			}
		}
	}
}

func TestHashedVendorIDs(t *testing.T) {
	sum := md5.Sum([]byte("RFC 3947"))
	if got := hash("RFC 3947"); string(got) != string(sum[:]) {
		t.Errorf("got %x", got)
	}
	// RFC 3947, section 3.1.
	if got, want := hex.EncodeToString(hash("RFC 3947")), "4a131c81070358455c5728f20e95452f"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What a vendor ID says that its sender can do tells its table, not its name.
func TestVendorExtensions(t *testing.T) {
	for text, want := range map[string]Extension{
		"RFC 3947": NATTraversal, "draft-ietf-ipsec-nat-t-ike-00": NATTraversalDraft, "draft-ietf-ipsec-nat-t-ike-03": NATTraversalDraft,
		"draft-ietf-ipsec-nat-t-ike-02\n": NATTraversalDraft, "draft-ietf-ipsec-nat-t-ike-04": NoExtension, "draft-ietf-ipsec-nat-t-ike": NoExtension,
		"FRAGMENTATION": IKEFragmentation, "DPD": NoExtension, "nobody": NoExtension,
	} {
		sum := md5.Sum([]byte(text))
		if v, _ := (&VendorID{Data: sum[:]}).Known(); v.Extension != want {
			t.Errorf("%q: %v, extension %d, want %d", text, v, v.Extension, want)
		}
	}
}
