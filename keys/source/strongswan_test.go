package source

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// strongSwanPlain is the log of a Main Mode and a Quick Mode with PFS, as a file log with the names of IKE SAs has it.
const strongSwanPlain = `Nov 23 08:31:41 15[IKE] <t|1> initiating Main Mode IKE_SA t[1] to 192.0.2.2
Nov 23 08:31:41 15[IKE] <t|1> IKE_SA t[1] state change: CREATED => CONNECTING
Nov 23 08:31:41 09[ENC] <t|1> parsed ID_PROT response 0 [ KE No NAT-D NAT-D ]
Nov 23 08:31:41 09[IKE] <t|1> shared Diffie Hellman secret => 18 bytes @ 0x6800db40
Nov 23 08:31:41 09[IKE] <t|1>    0: 38 DB 76 4F 3D 54 47 CA BA E2 38 C6 0A 99 62 4E  8.vO=TG...8...bN
Nov 23 08:31:41 09[IKE] <t|1>   16: C0 00                                            3E
Nov 23 08:31:41 09[IKE] <t|1> SKEYID => 3 bytes @ 0x6800c6d0
Nov 23 08:31:41 09[IKE] <t|1>    0: 01 02 03                                         ...
Nov 23 08:31:41 09[IKE] <t|1> SKEYID_d => 2 bytes @ 0x6800cae0
Nov 23 08:31:41 09[IKE] <t|1>    0: 44 44                                            DD
Nov 23 08:31:41 09[IKE] <t|1> natd_chunk => 22 bytes @ 0x472ecb20
Nov 23 08:31:41 09[IKE] <t|1>    0: 38 DB 76 4F 3D 54 47 CA BA E2 38 C6 0A 99 62 4E  8.vO=TG...8...bN
Nov 23 08:31:41 09[IKE] <t|1>   16: C0 00 02 02 01 F4                                ......
Nov 23 08:31:41 15[ENC] <t|1> generating QUICK_MODE request 3394539715 [ HASH SA No ID ID ]
Nov 23 08:31:41 11[ENC] <t|1> parsed QUICK_MODE response 3394539715 [ HASH SA No ID ID ]
Nov 23 08:31:41 11[CFG] <t|1> selected proposal: ESP:AES_CBC_128/HMAC_SHA1_96/EXT_SEQ
Nov 23 08:31:41 11[CHD] <t|1> CHILD_SA net{1} state change: CREATED => INSTALLING
Nov 23 08:31:41 11[CHD] <t|1>   using AES_CBC for encryption
Nov 23 08:31:41 11[CHD] <t|1>   using HMAC_SHA1_96 for integrity
Nov 23 08:31:41 11[CHD] <t|1> DH secret => 2 bytes @ 0x1
Nov 23 08:31:41 11[CHD] <t|1>    0: 99 99                                            ..
Nov 23 08:31:41 11[CHD] <t|1> initiator SA seed => 9 bytes @ 0x432e4a90
Nov 23 08:31:41 11[CHD] <t|1>    0: 99 99 03 CF 12 7D 15 AA BB                       .........
Nov 23 08:31:41 11[CHD] <t|1> responder SA seed => 9 bytes @ 0x432e4a40
Nov 23 08:31:41 11[CHD] <t|1>    0: 99 99 03 C9 E5 10 A3 AA BB                       .........
Nov 23 08:31:41 11[CHD] <t|1> encryption initiator key => 16 bytes @ 0x58002720
Nov 23 08:31:41 11[CHD] <t|1>    0: F1 49 FB 92 E7 7D 33 E7 C9 FA 9D 3A 59 2F A4 8F  .I...}3....:Y/..
Nov 23 08:31:41 11[CHD] <t|1> encryption responder key => 16 bytes @ 0x58002d20
Nov 23 08:31:41 11[CHD] <t|1>    0: 7E BC EF CE B8 BB E8 8B 83 45 75 B8 04 33 2C 75  ~........Eu..3,u
Nov 23 08:31:41 11[CHD] <t|1> integrity initiator key => 20 bytes @ 0x58002740
Nov 23 08:31:41 11[CHD] <t|1>    0: B4 26 B4 26 B4 26 B4 26 B4 26 B4 26 B4 26 B4 26  .&.&.&.&.&.&.&.&
Nov 23 08:31:41 11[CHD] <t|1>   16: B4 26 B4 26                                      .&.&
Nov 23 08:31:41 11[CHD] <t|1> integrity responder key => 20 bytes @ 0x58002ca0
Nov 23 08:31:41 11[CHD] <t|1>    0: 3E 96 F6 17 6F 3E 20 2A BB 44 26 FA 1D 56 FD 47  >...o> *.D&..V.G
Nov 23 08:31:41 11[CHD] <t|1>   16: C3 48 0F 46                                      .H.F
Nov 23 08:31:41 11[CHD] <t|1> adding inbound ESP SA
Nov 23 08:31:41 11[CHD] <t|1>   SPI 0xc9e510a3, src 192.0.2.2 dst 192.0.2.1
Nov 23 08:31:43 11[CHD] <t|1> adding outbound ESP SA
Nov 23 08:31:43 11[CHD] <t|1>   SPI 0xcf127d15, src 192.0.2.1 dst 192.0.2.2
Nov 23 08:31:43 11[IKE] <t|1> CHILD_SA net{1} established with SPIs c9e510a3_i cf127d15_o and TS 10.1.0.0/24 === 10.2.0.0/24
`

var strongSwanWant = []string{
	"DH_SECRET 38db764f3d5447ca:bae238c60a99624e 38db764f3d5447cabae238c60a99624ec000 g1",
	"SKEYID 38db764f3d5447ca:bae238c60a99624e 010203 g1",
	"SKEYID_D 38db764f3d5447ca:bae238c60a99624e 4444 g1",
	"QM_DH_SECRET 38db764f3d5447ca:bae238c60a99624e:ca5490c3 9999 g2",
	"ESP 192.0.2.1>192.0.2.2:0xcf127d15 aes-cbc:f149fb92e77d33e7c9fa9d3a592fa48f hmac-sha1-96:b426b426b426b426b426b426b426b426b426b426 esn",
	"ESP 192.0.2.2>192.0.2.1:0xc9e510a3 aes-cbc:7ebcefceb8bbe88b834575b804332c75 hmac-sha1-96:3e96f6176f3e202abb4426fa1d56fd47c3480f46 esn",
}

// everyLine applies f to each line.
func everyLine(text string, f func(string) string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := range lines {
		lines[i] = f(lines[i])
	}
	return strings.Join(lines, "\n") + "\n"
}

// message cuts time, thread and group.
func message(l string) string {
	_, text, _ := charonPrefix(l)
	return text
}

func reverseLines(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	slices.Reverse(lines)
	return strings.Join(lines, "\n")
}

// jsonLog makes strongSwan's JSON log: one record a message, a dump with its rows in one.
func jsonLog(text string) string {
	var out strings.Builder
	var rec map[string]any
	flush := func() {
		if rec != nil {
			b, _ := json.Marshal(rec)
			out.Write(append(b, '\n'))
		}
	}
	for l := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		e, msg, _ := charonPrefix(l)
		if _, _, row := dumpRow(msg); row {
			rec["msg"] = rec["msg"].(string) + "\n" + msg
			continue
		}
		flush()
		rec = map[string]any{"time": "x", "thread": e.thread, "group": e.group, "level": 4, "ikesa-uniqueid": e.id, "ikesa-name": "t", "msg": msg}
	}
	flush()
	return out.String()
}

// wrapped breaks the lines of a text as a terminal of so many columns does.
func wrapped(text string, columns int) string {
	return everyLine(text, func(l string) string {
		var out strings.Builder
		for ; len(l) > columns; l = l[columns:] {
			out.WriteString(l[:columns] + "\n")
		}
		return out.String() + l
	})
}

// Lines that a terminal wrapped, and text out of a web page, have the same keys and say the same.
func TestCharonText(t *testing.T) {
	const log = "Nov 25 08:43:20 15[IKE] <gw-to-example|3> Sk_ei secret => 16 bytes @ 0x7f7468009b50\n" +
		"Nov 25 08:43:20 15[IKE] <gw-to-example|3>    0: 00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF  ..\"3DUfw........\n" +
		"Nov 25 08:43:20 15[ENC] <gw-to-example|3> generating IKE_AUTH request 1 [ IDi N(INIT_CONTACT) IDr AUTH SA TSi TSr N(MOBIKE_SUP) N(EAP_ONLY) ]\n" +
		"Nov 25 08:43:20 15[IKE] <gw-to-example|3> IKE_SA gw-to-example[3] established between 192.0.2.1[gwa.example.org]...192.0.2.2[gwb.example.org]\n"
	check := func(name, text string) {
		t.Helper()
		bag, err := Read("test", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if len(bag.Secrets) != 1 || fmt.Sprintf("%x", bag.Secrets[0].Value) != "00112233445566778899aabbccddeeff" || len(bag.Warnings) != 0 {
			t.Errorf("%s: %v, %v", name, bag.Secrets, bag.Warnings)
		}
		if n := len(bag.Events); n != 2 || bag.Events[1].Remote.Identity == nil || bag.Events[1].Remote.Identity.Value() != "gwb.example.org" {
			t.Errorf("%s: %d events: %+v", name, n, bag.Events)
		}
	}
	for columns := 72; columns <= 132; columns++ {
		check(fmt.Sprintf("%d columns", columns), wrapped(log, columns))
	}
	check("HTML", html.EscapeString(log))
	check("HTML, by name", strings.ReplaceAll(html.EscapeString(log), "&#34;", "&quot;"))
}

// TestStrongSwanVariants: the same log as different loggers and viewers show it gives the same keys.
func TestStrongSwanVariants(t *testing.T) {
	noTags := strings.ReplaceAll(strongSwanPlain, "<t|1> ", "")
	for _, c := range []struct {
		name, text string
	}{
		{name: "file log", text: strongSwanPlain},
		{name: "without addresses in memory", text: everyLine(strongSwanPlain, func(l string) string { front, _, _ := strings.Cut(l, " @ 0x"); return front })},
		{name: "level after the group", text: strings.NewReplacer("[IKE]", "[IKE4]", "[CHD]", "[CHD4]").Replace(strongSwanPlain)},
		{name: "number alone in the tag", text: strings.ReplaceAll(strongSwanPlain, "<t|1>", "<1>")},
		{name: "tag appears later", text: strings.Replace(strongSwanPlain, "<t|1>", "<1>", 12)},
		{name: "syslog", text: everyLine(strongSwanPlain, func(l string) string {
			return "Nov 23 08:31:41 gw charon[123]: " + l[len("Nov 23 08:31:41 "):]
		})},
		{name: "pfSense", text: everyLine(strongSwanPlain, func(l string) string {
			return "<30>1 2026-11-23T08:31:41.1+00:00 fw charon 95 - - " + l[len("Nov 23 08:31:41 "):]
		})},
		{name: "newest first", text: reverseLines(strongSwanPlain)},
		{name: "JSON", text: jsonLog(strongSwanPlain)},
		{name: "CRLF", text: strings.ReplaceAll(strongSwanPlain, "\n", "\r\n")},
		{name: "colours", text: everyLine(strongSwanPlain, func(l string) string { return "\x1b[1;32m" + l + "\x1b[0m" })},
		{name: "BOM", text: "\xef\xbb\xbf" + strongSwanPlain},
		{name: "UTF-16 little-endian", text: utf16Text(strongSwanPlain, false, true)},
		{name: "UTF-16 big-endian, no BOM", text: utf16Text(strongSwanPlain, true, false)},
		{name: "trailing spaces lost", text: everyLine(strongSwanPlain, func(l string) string { return strings.TrimRight(l, " .") })},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := mustRead(t, c.text)
			check(t, b, strongSwanWant...)
			for _, w := range b.Warnings {
				t.Errorf("warning: %v", w)
			}
		})
	}
	t.Run("no tags", func(t *testing.T) {
		// The Quick Mode is another thread's work: nothing says of which IKE SA.
		want := slices.Clone(strongSwanWant)
		want[3] = "QM_DH_SECRET 0000000000000000:0000000000000000:ca5490c3 9999 g2"
		check(t, mustRead(t, noTags), want...)
	})
	t.Run("journal", func(t *testing.T) {
		// No thread, no group; rows are indented.
		text := everyLine(strongSwanPlain, func(l string) string {
			msg := message(l)
			if _, _, row := dumpRow(msg); row {
				return "                                        " + msg
			}
			return "Nov 23 08:31:41 gw charon-systemd[77]: " + msg
		})
		want := slices.Clone(strongSwanWant)
		for i, w := range want[:4] {
			f := strings.Fields(w)
			want[i] = fmt.Sprintf("%s - %s %s", f[0], f[2], f[3])
		}
		check(t, mustRead(t, text), want...)
	})
	t.Run("rsyslog", func(t *testing.T) {
		var out strings.Builder
		for l := range strings.SplitSeq(strongSwanPlain, "\n") {
			if _, _, row := dumpRow(message(l)); row {
				out.WriteString("#012" + message(l))
				continue
			}
			out.WriteString("\n" + l)
		}
		check(t, mustRead(t, out.String()), strongSwanWant...)
	})
}

func utf16Text(s string, big, bom bool) string {
	units := utf16.Encode([]rune(s))
	if bom {
		units = append([]uint16{0xfeff}, units...)
	}
	b := make([]byte, 0, 2*len(units))
	for _, u := range units {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// TestStrongSwanReversedRecordings: whole recorded logs give the same facts when they are turned around.
func TestStrongSwanReversedRecordings(t *testing.T) {
	for _, dir := range recordings(t) {
		for _, name := range []string{"gwa.log", "gwb.log"} {
			path := filepath.Join(dir, name)
			data, err := os.ReadFile(path)
			if err != nil {
				continue
			}
			b, err := Read(name, data)
			if err != nil || b.Formats[0].Name != "strongSwan log" {
				continue
			}
			turned, err := Read(name, []byte(reverseLines(string(data))))
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if !sameFacts(b, turned) {
				t.Errorf("%s: %s", path, difference(facts(b), facts(turned)))
			}
		}
	}
}

func difference(a, b []string) string {
	var out []string
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, "- "+x)
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			out = append(out, "+ "+x)
		}
	}
	return strings.Join(out, "\n")
}

// ike2Log is an IKE_AUTH exchange; role is "request" for the responder's log, "response" for the initiator's.
func ike2Log(role string) string {
	return fmt.Sprintf(`15[MGR] checkin IKEv2 SA v2[3] with SPIs 840961b508fe60ec_i 19bfdf277910a358_r
13[IKE] <v2|3> key exchange secret => 2 bytes @ 0x640460f0
13[IKE] <v2|3>    0: 01 02                                            ..
13[IKE] <v2|3> additional key exchange secret => 0 bytes @ (nil)
13[IKE] <v2|3> nonces => 2 bytes @ 0x64051210
13[IKE] <v2|3>    0: AA BB                                            ..
13[IKE] <v2|3> SKEYSEED => 2 bytes @ 0x64051310
13[IKE] <v2|3>    0: 03 04                                            ..
13[IKE] <v2|3> Sk_ei secret => 2 bytes @ 0x64054c30
13[IKE] <v2|3>    0: 05 06                                            ..
13[IKE] <v2|3> authentication of 'a' (myself) with pre-shared key
13[IKE] <v2|3> secret => 2 bytes @ 0x1
13[IKE] <v2|3>    0: 70 71                                            ..
06[ENC] <v2|3> parsed IKE_AUTH %s 1 [ IDr AUTH SA TSi TSr ]
06[IKE] <v2|3> secret => 2 bytes @ 0x1
06[IKE] <v2|3>    0: EE EE                                            ..
06[CHD] <v2|3>   using CHACHA20_POLY1305 for encryption
06[CHD] <v2|3> seed => 2 bytes @ 0x46ae4a00
06[CHD] <v2|3>    0: AA BB                                            ..
06[CHD] <v2|3> encryption initiator key => 36 bytes @ 0x64045020
06[CHD] <v2|3>    0: 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01  ................
06[CHD] <v2|3>   16: 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01  ................
06[CHD] <v2|3>   32: 01 01 01 01                                      ....
06[CHD] <v2|3> encryption responder key => 36 bytes @ 0x54002760
06[CHD] <v2|3>    0: 02 02 02 02 02 02 02 02 02 02 02 02 02 02 02 02  ................
06[CHD] <v2|3>   16: 02 02 02 02 02 02 02 02 02 02 02 02 02 02 02 02  ................
06[CHD] <v2|3>   32: 02 02 02 02                                      ....
06[CHD] <v2|3> adding inbound ESP SA
06[CHD] <v2|3>   SPI 0x00000001, src 192.0.2.2 dst 192.0.2.1
06[CHD] <v2|3> registering outbound ESP SA
06[CHD] <v2|3>   SPI 0x00000002, src 192.0.2.1 dst 192.0.2.2
`, role)
}

func TestStrongSwanIKEv2(t *testing.T) {
	ike := []string{
		"DH_SECRET 840961b508fe60ec:19bfdf277910a358 0102 g1",
		"SKEYSEED 840961b508fe60ec:19bfdf277910a358 0304 g1",
		"SK_EI 840961b508fe60ec:19bfdf277910a358 0506 g1",
		"PSK - 7071 g0",
	}
	key := func(digit string) string { return strings.Repeat("0"+digit, 36) }
	in := "ESP 192.0.2.2>192.0.2.1:0x00000001 chacha20-poly1305:%s :"
	out := "ESP 192.0.2.1>192.0.2.2:0x00000002 chacha20-poly1305:%s :"
	t.Run("initiator", func(t *testing.T) {
		check(t, mustRead(t, ike2Log("response")), append(ike, fmt.Sprintf(out, key("1")), fmt.Sprintf(in, key("2")))...)
	})
	t.Run("responder", func(t *testing.T) {
		check(t, mustRead(t, ike2Log("request")), append(ike, fmt.Sprintf(in, key("1")), fmt.Sprintf(out, key("2")))...)
	})
	t.Run("role not known", func(t *testing.T) {
		text := strings.Replace(ike2Log("request"), "parsed IKE_AUTH", "parsing IKE_AUTH", 1)
		check(t, mustRead(t, text), append(ike, fmt.Sprintf(out, key("1")), fmt.Sprintf(in, key("1")), fmt.Sprintf(out, key("2")), fmt.Sprintf(in, key("2")))...)
	})
	t.Run("no groups", func(t *testing.T) {
		text := everyLine(ike2Log("response"), message)
		// Without tags and threads nothing says what belongs together, nor who began: all is tried.
		want := strings.Split(strings.ReplaceAll(strings.Join(ike, "\n"), "840961b508fe60ec:19bfdf277910a358", "-"), "\n")
		check(t, mustRead(t, text), append(want, fmt.Sprintf(out, key("1")), fmt.Sprintf(in, key("1")), fmt.Sprintf(out, key("2")), fmt.Sprintf(in, key("2")))...)
	})
}

// TestStrongSwanParallel: two IKE SAs at once, told apart by their tags.
func TestStrongSwanParallel(t *testing.T) {
	a := strings.Split(strings.TrimSuffix(strongSwanPlain, "\n"), "\n")
	other := strings.NewReplacer("<t|1>", "<u|2>", "t[1]", "u[2]", "38 DB 76", "11 11 11", "44 44", "55 55", "c9e510a3", "c0000001",
		"C9 E5 10 A3", "C0 00 00 01", "cf127d15", "c0000002", "CF 12 7D 15", "C0 00 00 02", "7E BC EF", "00 00 00")
	b := strings.Split(strings.TrimSuffix(other.Replace(strongSwanPlain), "\n"), "\n")
	// A dump is one message: rows follow their label.
	blocks := func(lines []string) (out []string) {
		for _, l := range lines {
			if _, _, row := dumpRow(message(l)); row {
				out[len(out)-1] += "\n" + l
				continue
			}
			out = append(out, l)
		}
		return out
	}
	var mixed []string
	for i, l := range blocks(a) {
		mixed = append(mixed, l, blocks(b)[i])
	}
	bag := mustRead(t, strings.Join(mixed, "\n"))
	got := strings.Split(strings.TrimSuffix(describe(bag), "\n"), "\n")
	if len(got) != 12 {
		t.Fatalf("%d facts:\n%s", len(got), strings.Join(got, "\n"))
	}
	for _, want := range []string{
		"SKEYID_D 38db764f3d5447ca:bae238c60a99624e 4444", "SKEYID_D 1111114f3d5447ca:bae238c60a99624e 5555",
		"ESP 192.0.2.2>192.0.2.1:0xc0000001 aes-cbc:000000ceb8bb", "ESP 192.0.2.2>192.0.2.1:0xc9e510a3 aes-cbc:7ebcefceb8bb",
	} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("%q is missing in\n%s", want, strings.Join(got, "\n"))
		}
	}
}

func TestStrongSwanBroken(t *testing.T) {
	lines := strings.Split(strongSwanPlain, "\n")
	without := func(part string) string {
		var out []string
		for _, l := range lines {
			if !strings.Contains(l, part) {
				out = append(out, l)
			}
		}
		return strings.Join(out, "\n")
	}
	t.Run("row lost", func(t *testing.T) {
		b := mustRead(t, without("C0 00                "))
		if got := describe(b); strings.Contains(got, "\nDH_SECRET") || !strings.Contains(got, "SKEYID_D") {
			t.Errorf("got %s", got)
		}
		if len(b.Warnings) != 1 || !strings.Contains(b.Warnings[0].Text, "16 of 18 bytes") {
			t.Errorf("warnings: %v", b.Warnings)
		}
	})
	t.Run("low level", func(t *testing.T) {
		b := mustRead(t, "08[IKE] a\n08[IKE] b\n08[NET] c\n")
		if len(b.Formats) != 1 || b.Formats[0].Count != 0 || len(b.Warnings) != 1 {
			t.Errorf("%v %v", b.Formats, b.Warnings)
		}
	})
	t.Run("daemon restarted", func(t *testing.T) {
		second := strings.ReplaceAll(strongSwanPlain, "38 DB 76", "11 11 11")
		b := mustRead(t, strongSwanPlain+"00[DMN] Starting IKE charon daemon (strongSwan 6.0)\n"+second)
		if got := describe(b); !strings.Contains(got, "SKEYID_D 1111114f3d5447ca:bae238c60a99624e 4444") || !strings.Contains(got, "SKEYID_D 38db764f3d5447ca:bae238c60a99624e 4444") {
			t.Errorf("got %s", got)
		}
	})
}

// TestStrongSwanRestart: after a restart, charon counts its IKE SAs from 1 again. What it says of the new first one is nothing about
// the old one.
func TestStrongSwanRestart(t *testing.T) {
	const second = "Nov 23 08:40:01 09[IKE] <t|1> SKEYID_d => 2 bytes @ 0x6800cae0\n" + // the lines that say its SPIs are lost
		"Nov 23 08:40:01 09[IKE] <t|1>    0: 77 77                                            ww\n"
	b := mustRead(t, strongSwanPlain+"Nov 23 08:40:00 00[DMN] Starting IKE charon daemon (strongSwan 6.0)\n"+second)
	got := describe(b)
	if !strings.Contains(got, "SKEYID_D 38db764f3d5447ca:bae238c60a99624e 4444") || strings.Contains(got, "38db764f3d5447ca:bae238c60a99624e 7777") {
		t.Errorf("got %s", got)
	}
}

// TestStrongSwanStaleThread: without tags, what a thread did before says nothing about the IKE SA of its next message.
func TestStrongSwanStaleThread(t *testing.T) {
	ike := strings.Split(strings.ReplaceAll(strongSwanPlain, "<t|1> ", ""), "\n")[2:13]
	first := strings.Join(ike, "\n") + "\n"
	second := strings.NewReplacer("38 DB 76", "11 11 11", "44 44", "55 55").Replace(first)
	for name, text := range map[string]string{"with parsed": second, "without": second[strings.Index(second, "\n")+1:]} {
		b := mustRead(t, first+text)
		for _, s := range b.Secrets {
			want := "38db764f3d5447ca"
			if s.Group == 2 {
				want = "1111114f3d5447ca"
			}
			if s.Where.Initiator.String() != want {
				t.Errorf("%s: %v, want %s", name, s, want)
			}
		}
	}
}

func TestStrongSwanSharedSecret(t *testing.T) {
	// stroke at CFG level 4
	b := mustRead(t, "05[CFG]   loaded IKE secret for %any\n05[CFG]   secret: 73:65:6b:72:69:74\n")
	check(t, b, "PSK - 73656b726974 g0")
}

// A log without keys is told from one in which no keys were made.
func TestStrongSwanWithoutKeys(t *testing.T) {
	const refused = "Nov 23 20:05:21 16[IKE] <1> 192.0.2.1 is initiating an IKE_SA\n" +
		"Nov 23 20:05:21 16[IKE] <1> received proposals unacceptable\n" +
		"Nov 23 20:05:21 16[IKE] <1> IKE_SA (unnamed)[1] state change: CONNECTING => DESTROYING\n"
	const agreed = "Nov 23 20:05:21 16[CFG] <1> selected proposal: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_2048\n"
	const up = "Nov 23 20:05:21 16[IKE] <t|1> IKE_SA t[1] established between 192.0.2.2[b]...192.0.2.1[a]\n"
	for _, c := range []struct{ log, want string }{
		{refused, "no negotiation got that far"},
		{refused + agreed, "set ike and chd to 4"},
		{refused + up, "set ike and chd to 4"},
		{"05[ENC] generating IKE_AUTH request 1 [ IDi N(INIT_CONTACT) IDr AUTH SA TSi TSr ]\n13[ENC] parsed IKE_AUTH response 1 [ N(AUTH_FAILED) ]\n13[IKE] received AUTHENTICATION_FAILED notify error\n", "log: set ike and chd to 4"},
		{"05[ENC] generating IKE_SA_INIT request 0 [ SA KE No ]\n14[ENC] parsed IKE_SA_INIT response 0 [ N(NO_PROP) ]\n14[IKE] received NO_PROPOSAL_CHOSEN notify error\n", "no negotiation got that far"},
	} {
		bag, err := Read("x.log", []byte(c.log))
		if err != nil || len(bag.Warnings) != 1 || !strings.Contains(bag.Warnings[0].Text, c.want) {
			t.Errorf("want %q: %v, %v", c.want, bag.Warnings, err)
		}
	}
}
