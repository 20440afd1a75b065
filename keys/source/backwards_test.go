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
	openswan := "| Skeyid_d:  00 01 02 03  04 05 06 07  08 09 0a 0b  0c 0d 0e 0f\n|   10 11 12 13\n| Skeyid_a:  20 21 22 23  24 25 26 27  28 29 2a 2b  2c 2d 2e 2f\n|   30 31 32 33\n" +
		"| Skeyid_e:  40 41 42 43  44 45 46 47  48 49 4a 4b  4c 4d 4e 4f\n|   50 51 52 53\n| enc key:  40 41 42 43  44 45 46 47  48 49 4a 4b  4c 4d 4e 4f\n"
	racoon := "ipsec,debug SKEYID_d computed:\nipsec,debug 00010203 04050607 08090a0b 0c0d0e0f 10111213\nipsec,debug SKEYID_a computed:\nipsec,debug 20212223 24252627 28292a2b 2c2d2e2f 30313233\n"
	goDump := "SK_d:\n00000000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  |................|\n00000010  10 11 12 13 14 15 16 17  18 19 1a 1b 1c 1d 1e 1f  |................|\nSK_ai:\n" +
		"00000000  20 21 22 23 24 25 26 27  28 29 2a 2b 2c 2d 2e 2f  | !\"#$%&'()*+,-./|\n00000010  30 31 32 33 34 35 36 37  38 39 3a 3b 3c 3d 3e 3f  |0123456789:;<=>?|\n"
	quoted := "> " + strings.ReplaceAll(strings.TrimSuffix(setkeyPair, "\n"), "\n", "\n> ") + "\n"
	for name, text := range map[string]string{"ip xfrm state": xfrm, "ipsecctl": obsd, "iked": iked, "Openswan": openswan, "RouterOS": racoon, "Go": goDump, "setkey, quoted": quoted} {
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		slices.Reverse(lines)
		want := sorted(describe(mustRead(t, text)))
		for how, s := range map[string]string{"tac": strings.Join(lines, "\n") + "\n", "export": "\"message\"\n\"" + strings.Join(lines, "\"\n\"") + "\"\n",
			"table":   "\"_time\",\"host\",\"_raw\"\n\"2026-11-23T08:43:20\",\"gw1\",\"" + strings.Join(quotedTwice(lines), "\"\n\"2026-11-23T08:43:20\",\"gw1\",\"") + "\"\n",
			"numbers": numbersBefore(lines), "one time": "Nov 23 08:43:20 gw1 vpn: " + strings.Join(lines, "\nNov 23 08:43:20 gw1 vpn: ") + "\n"} {
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

// setkeyPair are two SAs as setkey -D prints them.
const setkeyPair = "192.0.2.1 192.0.2.2 \n\tesp mode=tunnel spi=1(0x00000001) reqid=1(0x00000001)\n\tE: aes-cbc  00010203 04050607 08090a0b 0c0d0e0f\n\tA: hmac-md5  20212223 24252627 28292a2b 2c2d2e2f\n" +
	"192.0.2.2 192.0.2.1 \n\tesp mode=tunnel spi=2(0x00000002) reqid=1(0x00000001)\n\tE: aes-cbc  10111213 14151617 18191a1b 1c1d1e1f\n\tA: hmac-md5  30313233 34353637 38393a3b 3c3d3e3f\n"

// numbersBefore are lines with their numbers, which fall.
func numbersBefore(lines []string) (text string) {
	for i, l := range lines {
		text += fmt.Sprintf("%d %s\n", len(lines)-i, l)
	}
	return text
}

// quotedTwice are the lines as a cell of CSV has them, between quotation marks.
func quotedTwice(lines []string) []string {
	out := slices.Clone(lines)
	for i := range out {
		out[i] = strings.ReplaceAll(out[i], "\"", "\"\"")
	}
	return out
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

// An editor may show how far each line is from the cursor's.
func TestRelativeNumbers(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(setkeyPair, "\n"), "\n")
	want := describe(mustRead(t, setkeyPair))
	for at := 2; at < len(lines)-1; at++ {
		text := ""
		for i, l := range lines {
			text += fmt.Sprintf("%3d %s\n", max(i-at, at-i), l)
		}
		if got := describe(mustRead(t, text)); got != want {
			t.Errorf("line %d: %s\nwant %s", at, got, want)
		}
	}
}
