package source

import (
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// printedByDaemons are real outputs: logs of daemons, dumps of kernels, key files, below the directory shared beside the repository.
var printedByDaemons = []string{
	"captures/v1-main-psk-aes128-sha1/gwa.log", "captures/v2-psk-aes128-sha256/gwa.log", "captures/v2-psk-aes128-sha256/gwa.xfrm", "captures/v2-psk-aes128-sha256/gwa.setkey",
	"key-sources/racoon-dd/SOURCE.txt", "key-sources/racoon-dlink/SOURCE.txt", "key-sources/libreswan-v1-rekey/SOURCE.txt", "key-sources/libreswan-v2-gcm-no-salt/SOURCE.txt",
	"key-sources/iked-dvvv/SOURCE.txt", "key-sources/isakmpd-DA99/SOURCE.txt", "key-sources/vpnc-debug99/SOURCE.txt", "key-sources/openswan-v1/SOURCE.txt",
	"key-sources/mikrotik-debug-log-v1/SOURCE.txt", "key-sources/fortigate-ike-gateway-v2/SOURCE.txt", "key-sources/fortigate-debug-ike-v2/SOURCE.txt", "key-sources/vpp-ikev2-sa-details/SOURCE.txt",
	"key-sources/n3iwf-log/SOURCE.txt", "key-sources/swu-ikev2/SOURCE.txt", "key-sources/pyikev2/SOURCE.txt", "key-sources/tcpdump-E-ikev2/SOURCE.txt", "key-sources/setkey-D-freebsd/SOURCE.txt",
	"key-sources/openbsd-ipsecctl-sa-v-k/SOURCE.txt", "key-sources/ip-xfrm-s/SOURCE.txt",
}

// nearlyFull have lines that are nearly as long as a mail program makes them, which look like lines that it broke.
var nearlyFull = map[string]bool{"key-sources/swu-ikev2/SOURCE.txt": true, "key-sources/tcpdump-E-ikev2/SOURCE.txt": true}

// around cuts out of a text the lines around those with keys, and what they need from between: as much as people copy.
func around(text string, b *secret.Bag) string {
	const before, after, most = 14, 14, 350
	lines := strings.SplitAfter(text, "\n")
	keep := make([]bool, len(lines))
	mark := func(num int) {
		for i := max(0, num-before); i < min(len(lines), num+after); i++ {
			keep[i] = true
		}
	}
	for _, s := range b.Secrets {
		mark(s.Origin.Line)
	}
	for _, sa := range b.SAs {
		mark(sa.Source.Line)
	}
	var out []string
	for i, l := range lines {
		if keep[i] && len(out) < most {
			out = append(out, l)
		}
	}
	return strings.TrimSuffix(strings.Join(out, ""), "\n") + "\n"
}

// valuesOf are the secrets and keys of a bag.
func valuesOf(b *secret.Bag) map[string]bool {
	set := map[string]bool{}
	for _, s := range b.Secrets {
		set[s.Kind.String()+" "+hex.EncodeToString(s.Value)] = true
	}
	for _, sa := range b.SAs {
		set[keyOf(sa)] = true
	}
	return set
}

// What daemons and kernels print gives, copied in each way, what it gives as it was printed.
func TestCopiedFromDaemons(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	root := filepath.Join("..", "..", "..", "shared")
	if _, err := os.Stat(root); err != nil {
		t.Skip(err)
	}
	for i, name := range printedByDaemons {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				t.Fatal(err)
			}
			whole := mustRead(t, string(data))
			text := around(string(data), whole)
			want := valuesOf(mustRead(t, text))
			if len(want) == 0 {
				t.Fatal("no keys")
			}
			var lost []string
			for j, how := range slices.Sorted(maps.Keys(manglers)) {
				const every = 6 // they take long together
				if (i+j)%every != 0 {
					continue
				}
				mangle := manglers[how]
				b, err := Read("test", []byte(mangle(text)))
				if b == nil {
					b = &secret.Bag{}
				}
				got, missing, extra := valuesOf(b), 0, 0
				for v := range want {
					if !got[v] {
						missing++
					}
				}
				for v := range got {
					if !want[v] {
						extra++
					}
				}
				if how == "all in one line" || how == "quoted and filled" && nearlyFull[name] {
					continue // rows of dumps cannot be told from what follows
				}
				if missing > 0 && !(broken[how] && (err != nil || len(b.Warnings) > 0)) {
					lost = append(lost, fmt.Sprintf("%s: %d of %d missing, %d others", how, missing, len(want), extra))
				}
			}
			slices.Sort(lost)
			for _, l := range lost {
				t.Error(l)
			}
		})
	}
}
