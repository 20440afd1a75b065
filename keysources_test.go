package ikedecode_test

import (
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
	for _, sample := range samples {
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
