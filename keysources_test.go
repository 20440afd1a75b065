package ikedecode_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// Each sample of what a product prints, or of a file that people have, opens what it has the keys of and nothing else is given. Those that are
// not in the table open everything.
func TestKeySources(t *testing.T) {
	const esp, ike = "ESP", "IKE"
	opens := map[string]string{
		"cisco-manual": esp, "esp_sa-quoted-mail": esp, "fortigate-ike-gateway-v1": ike, "fortigate-ike-gateway-v2": ike, "fortigate-tunnel-list-gcm-rekey": esp,
		"fortigate-tunnel-list": esp, "h3c-manual": esp, "ikedecrypt-xml": ike, "ip-xfrm-add-script": esp, "ip-xfrm-monitor": esp, "ip-xfrm-o": esp, "ip-xfrm-quoted-mail": esp,
		"ip-xfrm-s": esp, "ipdecap-conf": esp, "junos-manual": esp, "libreswan-v1-rekey": esp, "mikrotik-installed-sa": esp, "openbsd-ipsec-conf-manual": esp, "openbsd-ipsecctl-sa-k": esp,
		"openbsd-ipsecctl-sa-v-k": esp, "pcapng-dsb-esps-gcm": esp, "pcapng-dsb-esps": esp, "scapy-sa": esp, "setkey-D-freebsd": esp, "setkey-D-quoted-mail": esp, "setkey-conf": esp, "tcpdump-E": esp,
	}
	root := shared(t, "key-sources")
	samples, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, sample := range some(samples) {
		if !sample.IsDir() {
			continue
		}
		dir := filepath.Join(root, sample.Name())
		for _, file := range keyFiles(t, dir) {
			t.Run(sample.Name()+"/"+filepath.Base(file), func(t *testing.T) { checkSource(t, dir, file, opens[sample.Name()]) })
		}
	}
}

// keyFiles are the files with keys of a sample, "" for one whose capture has them.
func keyFiles(t *testing.T, dir string) (list []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		switch name := f.Name(); {
		case name == "wire.pcapng":
			return []string{""}
		case name == "README" || strings.HasSuffix(name, ".pcap") || name == "dh.txt" || name == "PEER.log" || name == "truth.xfrm":
		default:
			list = append(list, filepath.Join(dir, name))
		}
	}
	return list
}

// isLinkLocal reports whether an IPv6 packet is from a link-local address: no gateway forwards it, so that it is not seen behind one.
func isLinkLocal(p []byte) bool {
	return len(p) > 10 && p[0]>>4 == 6 && p[8] == 0xfe && p[9]&0xc0 == 0x80
}

func checkSource(t *testing.T, dir, file, opens string) {
	bag, wire := &secret.Bag{}, filepath.Join(dir, "wire.pcapng")
	if file != "" {
		bag, wire = readBag(t, file), filepath.Join(dir, "wire.pcap")
	}
	if dh := filepath.Join(dir, "dh.txt"); exists(dh) {
		s, err := source.ParseValue(secret.DHSecret, "@"+dh, secret.Origin{})
		if err != nil {
			t.Fatal(err)
		}
		bag.Add(s)
	}
	r := analyze(t, bag, wire)
	if opens != "IKE" {
		if want := clearTruth(t, dir); len(want) == 0 {
			t.Error("no clear traffic")
		} else if missing, extra := compare(slices.DeleteFunc(r.inner, isLinkLocal), want); missing+extra > 0 {
			t.Errorf("%d packets missing, %d extra of %d", missing, extra, len(want))
		}
	}
	if opens == "ESP" {
		return
	}
	opened := 0
	for _, sa := range r.SAs {
		for _, m := range sa.Messages {
			if m.State == ikesa.Closed {
				t.Errorf("frame %d is not decrypted (%v)", m.Frame, m.Why)
			}
			opened++
		}
	}
	if opened == 0 {
		t.Error("no IKE message")
	}
}

// The small cases that are made of one session, or of none: what each gives, and what that opens of the session.
func TestKeyCases(t *testing.T) {
	const ikeKeys = "SK_AI SK_AR SK_EI SK_ER"
	for _, c := range []struct {
		file, kinds string // of the secrets, each once
		values, sas int    // secrets that differ, and SPIs
		opens       string // of the session: ESP, IKE, all; some: of one direction
		warning     string // that has this
	}{
		{"fortigate-tunnel-list", "", 0, 2, "ESP", ""},
		{"fortigate-ike-debug", ikeKeys, 4, 0, "IKE", ""},
		{"mikrotik-installed-sa", "", 0, 2, "ESP", ""},
		{"openbsd-ipsecctl-sa-k", "", 0, 2, "ESP", ""},
		{"vpnc-debug", "ENC_KEY SKEYID_E", 2, 2, "ESP", ""},
		{"free5gc-n3iwf-debug", ikeKeys, 4, 1, "some", ""},
		{"scapy-security-association", "", 0, 1, "some", ""},
		{"globalprotect-getconfig.xml", "", 0, 1, "", ""},
		{"swu-ikev2-stdout", ikeKeys, 4, 2, "all", ""},
		{"libreswan-plutodebug-private-alone", ikeKeys, 4, 2, "", ""},
		{"charon-log-after-a-note-that-begins-with-PSK", "SK_EI SK_ER", 2, 0, "", ""},
		{"charon-log-wrapped-at-80", "SK_EI", 1, 0, "", ""},
		{"charon-log-html-escaped", "SK_EI", 1, 0, "", ""},
		{"ipsec.secrets-colon-attached", "PSK", 2, 0, "", ""},
		{"ipsec.secrets-forms", "PSK", 8, 0, "", "typographic"}, // the one in typographic quotation marks with them and without
		{"swanctl-secrets.conf", "PSK", 3, 0, "", ""},
		{"ip-xfrm-state-quoted", "", 0, 1, "", ""},
		{"ip-xfrm-state-wrapped-at-80", "", 0, 1, "", ""},
		{"ip-xfrm-state-redacted-by-a-word", "", 0, 0, "", "redacted in the source"},
		{"esp_sa-wrapped-at-100", "", 0, 2, "ESP", ""},
		{"ikev2_decryption_table-wrapped-at-100", ikeKeys, 4, 0, "IKE", ""},
		{"opnsense-gui-newest-first.tsv", "", 0, 0, "", ""},
		{"android-ike-logcat", "", 0, 0, "", "it prints none"},
		{"apple-neikev2provider", "", 0, 0, "", "it prints none"},
		{"cisco-ikev2-debug", "", 0, 0, "", "it prints none"},
		{"mikrotik-log-no-keys", "", 0, 0, "", "installed-sa"},
	} {
		t.Run(c.file, func(t *testing.T) {
			bag, err := source.ReadFile(filepath.Join(shared(t, "cases"), c.file))
			if err != nil {
				t.Fatal(err)
			}
			kinds, values, spis := map[string]bool{}, map[string]bool{}, map[uint32]bool{}
			for _, s := range bag.Secrets {
				kinds[s.Kind.String()], values[s.Kind.String()+string(s.Value)] = true, true
			}
			for _, sa := range bag.SAs {
				spis[sa.SPI] = true
			}
			if got := strings.Join(slices.Sorted(maps.Keys(kinds)), " "); got != c.kinds || len(values) != c.values || len(spis) != c.sas {
				t.Errorf("%d secrets %q, %d SAs, want %d %q, %d", len(values), got, len(spis), c.values, c.kinds, c.sas)
			}
			warned := c.warning == ""
			for _, w := range bag.Warnings {
				warned = warned || strings.Contains(w.Text, c.warning)
			}
			if !warned {
				t.Errorf("no warning of %q: %v", c.warning, bag.Warnings)
			}
			if c.opens != "" {
				checkOpens(t, bag, c.opens)
			}
		})
	}
}

// Sessions of real daemons open with what their own log has.
func TestOwnLogs(t *testing.T) {
	for name, messages := range map[string]int{"libreswan-v2-gcm-pfs": 6, "vpnc-pfs": 14, "iked-pfs": 8, "racoon-3des": 8, "racoon-aes256-pfs": 12} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", "key-sources", name)
			r := analyze(t, logBag(t, dir, "SOURCE.txt"), wire(dir))
			if c := r.Counts; c.IKEOpened != messages || c.IKEClosed != 0 || c.Opened != c.ESP {
				t.Errorf("%+v", c)
			}
			if missing, extra := compare(slices.DeleteFunc(r.inner, isLinkLocal), clearTruth(t, dir)); missing+extra > 0 {
				t.Errorf("%d packets missing, %d too many", missing, extra)
			}
		})
	}
}

// checkOpens checks what keys open of the session that they are of.
func checkOpens(t *testing.T, bag *secret.Bag, opens string) {
	t.Helper()
	dir := filepath.Join(shared(t, "captures"), "v2-psk-aes128-sha256")
	r := analyze(t, bag, filepath.Join(dir, "wire.pcap"))
	if opens == "IKE" || opens == "all" {
		for _, sa := range r.SAs {
			for _, m := range sa.Messages {
				if m.State == ikesa.Closed {
					t.Errorf("frame %d is not decrypted (%v)", m.Frame, m.Why)
				}
			}
		}
	}
	switch missing, _ := compare(slices.DeleteFunc(r.inner, isLinkLocal), clearTruth(t, dir)); {
	case opens == "some" && len(r.inner) == 0:
		t.Error("no ESP packet is decrypted")
	case (opens == "ESP" || opens == "all") && missing > 0:
		t.Errorf("%d ESP packets are not decrypted", missing)
	}
}
