package source

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// someBytes are so many bytes of which no two rows are equal.
func someBytes(seed, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		seed = (seed*1103515245 + 12345) & 0x7fffffff
		b[i] = byte(seed >> 16)
	}
	return b
}

// wordRows are rows of so many bytes, in groups of four.
func wordRows(b []byte, per int) (rows []string) {
	for row := range slices.Chunk(b, per) {
		var words []string
		for w := range slices.Chunk(row, 4) {
			words = append(words, hex.EncodeToString(w))
		}
		rows = append(rows, strings.Join(words, " "))
	}
	return rows
}

// dumpsOf are logs with dumps of several rows, and the keys in them.
func dumpsOf() map[string]struct {
	text string
	keys [][]byte
} {
	type log = struct {
		text string
		keys [][]byte
	}
	list := map[string]log{}

	v := log{text: "vpnc version 0.5.3\n   i_cookie: 83ac720b 3199e22e\n   r_cookie: 90ab12cd 34ef5678\n"}
	add := func(l *log, label string, row func(string) string, key []byte, per int) {
		l.text += label
		for _, r := range wordRows(key, per) {
			l.text += row(r)
		}
		l.keys = append(l.keys, key)
	}
	indented := func(r string) string { return "   " + r + "\n" }
	add(&v, "   dh_shared_secret:\n", indented, someBytes(1, 128), 32)
	for i, name := range []string{"rx.key_cry", "rx.key_md", "tx.key_cry", "tx.key_md"} {
		add(&v, "   "+name+":\n", indented, someBytes(10+i, 32), 32)
	}
	v.text += "   remote -> local spi: 0x9d6f3a52\n   local -> remote spi: 0xc203f085\n"
	list["vpnc"] = v

	k := log{text: ""}
	plain := func(r string) string { return r + "\n" }
	add(&k, "spi=0x71b408ef6ed89fda: ikev2_sa_keys: DHSECRET with 256 bytes\n", plain, someBytes(20, 256), 32)
	add(&k, "ikev2_sa_keys: SKEYSEED with 64 bytes\n", plain, someBytes(21, 64), 32)
	add(&k, "ikev2_sa_keys: SK_ei with 36 bytes\n", plain, someBytes(22, 36), 32)
	k.text += "ikev2_childsa_negotiate: key material length 104\n"
	child := someBytes(23, 128)
	add(&k, "ikev2_prfplus: Tn with 128 bytes\n", plain, child, 32)
	k.text += "spi=0x71b408ef6ed89fda: ikev2_childsa_enable: loaded SPIs: 0xff37cf0f, 0xcd0ad932 (enc aes-256 auth hmac-sha1)\n"
	list["iked"] = k

	p := log{}
	pluto := func(r string) string {
		b, _ := hex.DecodeString(strings.ReplaceAll(r, " ", ""))
		return fmt.Sprintf("| %s\n", strings.TrimRight(fmt.Sprintf("  % x", b), " "))
	}
	for i, spi := range []string{"c9414c81", "ae71889d"} {
		add(&p, "| ESP enckey:\n", pluto, someBytes(30+i, 32), 16)
		add(&p, "| ESP authkey:\n", pluto, someBytes(40+i, 64), 16)
		p.text += "| kernel: add_sa() level=0 outbound tunnel 10.2.0.0/24-ALL->192.0.2.2[" + spi + "]==>192.0.2.1-ALL->10.1.0.0/24 replay_window=128 HMAC_SHA2_512_256:64 AES_CBC:32\n"
	}
	list["pluto"] = p
	return list
}

// valuesIn are the values that a text gives.
func valuesIn(t *testing.T, text string) (values [][]byte, warnings int) {
	t.Helper()
	b, err := Read("x", []byte(text))
	if err != nil {
		return nil, 1
	}
	for _, s := range b.Secrets {
		values = append(values, s.Value)
	}
	for _, sa := range b.SAs {
		values = append(values, sa.CipherKey, sa.MACKey)
	}
	return values, len(b.Warnings)
}

// A row that a copy has twice, or lacks, makes no other key in silence.
func TestDamagedRows(t *testing.T) {
	for name, d := range dumpsOf() {
		if values, warnings := valuesIn(t, d.text); len(values) < len(d.keys) || warnings > 0 {
			t.Errorf("%s: %d values, %d warnings", name, len(values), warnings)
		}
		lines := strings.SplitAfter(strings.TrimSuffix(d.text, "\n"), "\n")
		isRow := func(l string) bool {
			_, _, ok := hexWords(strings.TrimPrefix(strings.TrimSpace(l), "| "))
			return ok
		}
		try := func(what string, i int, changed []string) {
			values, warnings := valuesIn(t, strings.Join(changed, ""))
			for _, v := range values {
				if len(v) > 0 && !strings.Contains(fmt.Sprintf("%x", d.keys), hex.EncodeToString(v)) && warnings == 0 {
					t.Errorf("%s, row %d %s: %x, and no warning:\n%s", name, i+1, what, v, strings.Join(changed, ""))
				}
			}
			if what == "twice" && (len(values) == 0 || warnings > 0) {
				t.Errorf("%s, row %d twice: %d values, %d warnings", name, i+1, len(values), warnings)
			}
		}
		rows := 0
		for i, l := range lines {
			if !isRow(l) {
				continue
			}
			rows++
			words, _, _ := hexWords(strings.TrimPrefix(strings.TrimSpace(l), "| "))
			if len(strings.Join(words, "")) >= 2*fewRowBytes {
				try("twice", i, slices.Insert(slices.Clone(lines), i, l))
			}
			try("twice on its line", i, slices.Replace(slices.Clone(lines), i, i+1, strings.TrimSuffix(l, "\n")+"   "+strings.TrimPrefix(l, "| ")))
			if name != "vpnc" || i > 7 { // there are groups with smaller DH secrets
				try("missing", i, slices.Delete(slices.Clone(lines), i, i+1))
			}
		}
		if rows < 5 {
			t.Errorf("%s has %d rows:\n%s", name, rows, d.text)
		}
	}
}

// A key that is shorter than the name of its algorithm says is not taken in silence, nor is a group that lost a digit.
func TestShortKeys(t *testing.T) {
	const key = "000102030405060708090a0b0c0d0e0f"
	for text, said := range map[string]string{
		"esp tunnel from 192.0.2.1 to 192.0.2.2 spi 0x8b6c1f05 enc aes-256-gcm \\\n\tenckey 0x" + key + key + "01020304\n":                              "",
		"esp tunnel from 192.0.2.1 to 192.0.2.2 spi 0x8b6c1f05 enc aes-256-gcm \\\n\tenckey 0x" + key + "01020304\n":                                    "the key of aes-256-gcm has 20 bytes instead of 36, most likely cut off by a copy",
		"esp tunnel from 192.0.2.1 to 192.0.2.2 spi 0x8b6c1f05 auth hmac-sha1 enc aes \\\n\tauthkey 0x" + key + "01020304 \\\n\tenckey 0x" + key + "\n": "",
		"   skeyid_e:\n   6d1a96a7 3a630131 158166a0 56bdf57b f422c083\n":                                                                               "",
		"   skeyid_e:\n   6d1a96a7 3a63031 158166a0 56bdf57b f422c083\n":                                                                                "skeyid_e: a group of digits is short",
	} {
		b := mustRead(t, text)
		all := ""
		for _, w := range b.Warnings {
			all += w.Text + "; "
		}
		if (all == "") != (said == "") || !strings.Contains(all, said) {
			t.Errorf("%q, want %q:\n%s", all, said, text)
		}
	}
}
