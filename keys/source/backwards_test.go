package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A long log that a search exports with its newest line first is read from its end, though its dumps have no offsets.
func TestLongLogBackwards(t *testing.T) {
	var lines []string
	for i := range 1500 {
		lines = append(lines, fmt.Sprintf("DEBUG: message %d of the day before", i))
	}
	const key = "87bbcc0c 1a63b89a f2faf8b2 734fb4f7 0aa69f7d"
	lines = append(lines, "DEBUG: SKEYID_e computed:", "DEBUG: ", key, "DEBUG: done", "DEBUG: SKEYID_d computed:", "DEBUG: ", strings.Repeat("01", 4)+" "+strings.Repeat("23456789 ", 4), "DEBUG: end")
	for i := range lines {
		lines[i] = fmt.Sprintf("2026-11-23T%02d:%02d:%02dZ,gw,\"%s\"", 8+i/3600, i/60%60, i%60, lines[i])
	}
	slices.Reverse(lines)
	b := mustRead(t, "time,host,message\n"+strings.Join(lines, "\n")+"\n")
	if got, want := describe(b), "SKEYID_E - "+strings.ReplaceAll(key, " ", ""); !strings.Contains(got, want) || !strings.Contains(got, "SKEYID_D - 0101010123456789") {
		t.Errorf("%s%v", got, b.Warnings)
	}
}

// A logger's #012 may stand inside a cell of CSV.
func TestPackedCells(t *testing.T) {
	const key = "87bbcc0c 1a63b89a f2faf8b2 734fb4f7 0aa69f7d"
	for name, row := range map[string]string{"last": "2026-11-23T08:43:20Z,gw,\"%s\"\n", "first": "\"%s\",\"2026-11-23T08:43:20Z\"\n"} {
		text := map[string]string{"last": "time,host,message\n", "first": "_raw,_time\n"}[name]
		for _, s := range []string{"one", "two of them", "SKEYID_e computed:", "#012" + key, "encryption(aes)"} {
			text += fmt.Sprintf(row, "Nov 23 08:43:20 vm1 racoon: DEBUG: "+s)
		}
		if got := describe(mustRead(t, text)); !strings.Contains(got, "SKEYID_E - "+strings.ReplaceAll(key, " ", "")) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Two programs whose clocks have other zones write in turn: that is no log with its newest line first.
func TestZonesInTurn(t *testing.T) {
	const key, other = "87bbcc0c 1a63b89a f2faf8b2 734fb4f7 0aa69f7d", "01234567 01234567 01234567 01234567 01234567"
	var b strings.Builder
	for i, l := range []string{"SKEYID_d computed:", key, "SKEYID_e computed:", other, "SKEYID_a computed:", other, "done"} {
		fmt.Fprintf(&b, "2026-11-23 15:03:36 ipsec,debug %s\n2026-11-23 14:03:%02d gw1 sshd[1201]: Accepted publickey for root\n", l, 36+i)
	}
	if got := describe(mustRead(t, b.String())); !strings.Contains(got, "SKEYID_D - "+strings.ReplaceAll(key, " ", "")) || strings.Contains(got, "SKEYID_E - "+strings.ReplaceAll(key, " ", "")) {
		t.Error(got)
	}
}

// A dump or a log without times is turned around by tac, or by an export without that column: no key goes to the SA beside its own. One that only lacks
// the ends of its lines is not.
func TestTurnedAround(t *testing.T) {
	xfrm := "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00000001 reqid 1 mode tunnel\n\tenc cbc(aes) 0x000102030405060708090a0b0c0d0e0f\n" +
		"src 192.0.2.2 dst 192.0.2.1\n\tproto esp spi 0x00000002 reqid 1 mode tunnel\n\tenc cbc(aes) 0x101112131415161718191a1b1c1d1e1f\n"
	obsd := "esp tunnel from 192.0.2.1 to 192.0.2.2 spi 0x00000001 enc aes \\\n\tenckey 0x000102030405060708090a0b0c0d0e0f\n" +
		"esp tunnel from 192.0.2.2 to 192.0.2.1 spi 0x00000002 enc aes \\\n\tenckey 0x101112131415161718191a1b1c1d1e1f\n"
	iked := "ikev2_sa_keys: SK_ei with 16 bytes\n00010203 04050607 08090a0b 0c0d0e0f\nikev2_sa_keys: SK_er with 16 bytes\n10111213 14151617 18191a1b 1c1d1e1f\n"
	cut := " 0   E spi=0x1 src-address=192.0.2.1 dst-address=192.0.2.2 state=mature\n       auth-algorithm=sha1 enc-algorithm=aes-cbc\n       auth-key=\"00010203040506070809\n       enc-key=\"000102030405060708090a0b0c0d0e0f\" replay=128\n\n" +
		" 1   E spi=0x2 src-address=192.0.2.2 dst-address=192.0.2.1 state=mature\n       auth-algorithm=sha1 enc-algorithm=aes-cbc\n       auth-key=\"10111213141516171819\n       enc-key=\"101112131415161718191a1b1c1d1e1f\" replay=128\n"
	for name, text := range map[string]string{"ip xfrm state": xfrm, "ipsecctl": obsd, "iked": iked} {
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		slices.Reverse(lines)
		want := sorted(describe(mustRead(t, text)))
		for how, s := range map[string]string{"tac": strings.Join(lines, "\n") + "\n", "export": "\"message\"\n\"" + strings.Join(lines, "\"\n\"") + "\"\n",
			"one time": "Nov 23 08:43:20 gw1 vpn: " + strings.Join(lines, "\nNov 23 08:43:20 gw1 vpn: ") + "\n"} {
			if b, err := Read("test", []byte(s)); err != nil || sorted(describe(b)) != want {
				got := ""
				if err == nil {
					got = describe(b)
				}
				t.Errorf("%s, %s: %s\nwant %s", name, how, got, want)
			}
		}
	}
	if b, err := Read("test", []byte(cut)); err == nil && len(b.SAs) > 0 {
		t.Errorf("keys are cut off: %s", describe(b))
	}
}

// sorted is a text with its lines in order.
func sorted(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Where a window cut the end of an authentication key off, the SA decrypts without it, and that is said.
func TestCutMAC(t *testing.T) {
	const front = "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00000001 reqid 1 mode tunnel\n\tenc cbc(aes) 0x000102030405060708090a0b0c0d0e0f\n"
	for name, text := range map[string]string{
		"ip xfrm state": front + "\tauth-trunc hmac(sha1) 0x00010203040506070809\n",
		"setkey":        "192.0.2.1 192.0.2.2 \n\tesp mode=tunnel spi=1(0x00000001) reqid=1(0x00000001)\n\tE: aes-cbc  00010203 04050607 08090a0b 0c0d0e0f\n\tA: hmac-sha1  00010203 04050607\n",
		"FortiGate":     "SA: ref=3\n  dec: spi=00000001 esp=aes key=16 000102030405060708090a0b0c0d0e0f\n       ah=sha1 key=10 00010203040506070809\n",
		"libreswan":     "| ikev2 I 0x0000000000000001 0x0000000000000002 none: aes_gcm_16256:0x0001020304\n",
	} {
		b := mustRead(t, text)
		if got := describe(b); strings.Contains(got, "sha1") || strings.Contains(got, "SK_EI") || !strings.Contains(fmt.Sprint(b.Warnings), "cut off") {
			t.Errorf("%s: %s, %v", name, got, b.Warnings)
		}
	}
	if got := describe(mustRead(t, front+"\tauth-trunc hmac(sha1) 0x00010203040506070809 96\n")); !strings.Contains(got, "hmac-sha1-96:00010203040506070809") {
		t.Errorf("a short key that is whole: %s", got)
	}
}
