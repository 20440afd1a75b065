package source

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime/quotedprintable"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// manglers are what happens to text on its way from a console to a file.
var manglers = map[string]func(string) string{
	"quoted in a mail":     linesWith(func(i int, l string) string { return "> " + l }),
	"quoted twice":         linesWith(func(i int, l string) string { return "> > " + l }),
	"quoted without blank": linesWith(func(i int, l string) string { return ">" + l }),
	"added in a patch":     linesWith(func(i int, l string) string { return "+" + l }),
	"grep -n":              linesWith(func(i int, l string) string { return fmt.Sprintf("%d:%s", i+17, l) }),
	"grep -n with names":   linesWith(func(i int, l string) string { return fmt.Sprintf("var/log/vpn.txt:%d:%s", i+17, l) }),
	"grep with a name":     linesWith(func(i int, l string) string { return "var/log/vpn.txt:" + l }),
	"grep with names": linesWith(func(i int, l string) string {
		return []string{"var/log/vpn.log.1:", "var/log/vpn.log:"}[min(i/4, 1)] + l
	}),
	"one mark":         linesWith(func(i int, l string) string { return "12:" + l }),
	"cat -n":           linesWith(func(i int, l string) string { return fmt.Sprintf("%6d\t%s", i+1, l) }),
	"syslog":           linesWith(func(i int, l string) string { return "Nov 23 08:43:20 gw1 root[812]: " + l }),
	"syslog, RFC 3339": linesWith(func(i int, l string) string { return "2026-11-23T08:43:20.118+05:30 gw1 root: " + l }),
	"rsyslog with tabs": linesWith(func(i int, l string) string {
		return "Nov  3 08:43:20 gw1 root: " + strings.ReplaceAll(l, "\t", "#011")
	}),
	"docker compose":           linesWith(func(i int, l string) string { return "gw-1      | " + l }),
	"docker with times":        linesWith(func(i int, l string) string { return "2026-11-23T08:56:55.123456789Z " + l }),
	"stern":                    linesWith(func(i int, l string) string { return "gw-7d9f charon " + l }),
	"kubectl with names":       linesWith(func(i int, l string) string { return "[pod/gw-7d9f/charon] " + l }),
	"indented":                 linesWith(func(i int, l string) string { return "    " + l }),
	"tabs to blanks":           func(s string) string { return strings.ReplaceAll(s, "\t", "        ") },
	"CRLF":                     func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"UTF-16":                   func(s string) string { return utf16Text(s, false, true) },
	"coloured":                 linesWith(func(i int, l string) string { return "\x1b[32m" + l + "\x1b[0m" }),
	"escaped for a web page":   html.EscapeString,
	"no-break spaces":          func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") },
	"typographic quotes":       func(s string) string { return strings.NewReplacer(`"`, "\u201d", "'", "\u2019").Replace(s) },
	"blank lines between":      linesWith(func(i int, l string) string { return l + "\n" }),
	"broken at 80":             func(s string) string { return wrapped(s, 80) },
	"broken at 100":            func(s string) string { return wrapped(s, 100) },
	"quoted and broken":        func(s string) string { return quotedMail(wrapped(s, 78)) },
	"trailing blanks":          linesWith(func(i int, l string) string { return l + "   " }),
	"journalctl -o short-iso":  linesWith(func(i int, l string) string { return "2026-11-23T08:43:20+0100 gw1 root[812]: " + l }),
	"journalctl -o short-full": linesWith(func(i int, l string) string { return "Mon 2026-11-23 08:43:20 UTC gw1 root[812]: " + l }),
	"journalctl -o json":       linesWith(func(i int, l string) string { return `{"__CURSOR":"s=1","MESSAGE":` + jsonText(l) + `,"_PID":"812"}` }),
	"journalctl -o export": linesWith(func(i int, l string) string {
		return "__CURSOR=s=1;i=" + fmt.Sprint(i) + "\n_PID=812\nMESSAGE=" + l + "\n_HOSTNAME=gw1\n"
	}),
	"kubectl with names and times": linesWith(func(i int, l string) string { return "[pod/gw-7d9f/charon] 2026-11-23T08:56:55.123456789Z " + l }),
	"docker json-file": linesWith(func(i int, l string) string {
		return `{"log":` + jsonText(l+"\n") + `,"stream":"stdout","time":"2026-11-23T08:56:55.1Z"}`
	}),
	"stern with times": linesWith(func(i int, l string) string {
		return fmt.Sprintf("gw-7d9f charon 2026-11-23T08:56:55.%09dZ %s", 1000*i, l)
	}),
	"logging of Python": linesWith(func(i int, l string) string {
		return fmt.Sprintf("2026-11-23 08:43:20,%03d INFO  [session-1] RECV: %s", i, l)
	}),
	"time in brackets":     linesWith(func(i int, l string) string { return "[2026-11-23 08:43:20] " + l }),
	"time alone":           linesWith(func(i int, l string) string { return "08:43:20.118 " + l }),
	"seconds since 1970":   linesWith(func(i int, l string) string { return fmt.Sprintf("1769157800.%06d ", i) + l }),
	"dmesg":                linesWith(func(i int, l string) string { return fmt.Sprintf("[ 1234.%06d] ", i) + l }),
	"rsyslog, RFC 5424":    linesWith(func(i int, l string) string { return "<30>1 2026-11-23T08:43:20.118Z gw1 root 812 - - " + l }),
	"less -N":              linesWith(func(i int, l string) string { return fmt.Sprintf("%7d %s", i+1, l) }),
	"numbered":             linesWith(func(i int, l string) string { return fmt.Sprintf("%d. %s", i+1, l) }),
	"numbers and bars":     linesWith(func(i int, l string) string { return fmt.Sprintf("%3d | %s", i+1, l) }),
	"taken out in a patch": linesWith(func(i int, l string) string { return "-" + l }),
	"patch with context":   linesWith(func(i int, l string) string { return map[bool]string{true: "+", false: " "}[i%3 == 0] + l }),
	"list of Markdown":     linesWith(func(i int, l string) string { return "- " + l }),
	"bullets":              linesWith(func(i int, l string) string { return "\u2022 " + l }),
	"noformat of Jira":     func(s string) string { return "{noformat}\n" + s + "{noformat}\n" },
	"source of a web page": func(s string) string {
		return "<html><body><pre class=\"log\">" + html.EscapeString(s) + "</pre></body></html>\n"
	},
	"line breaks of HTML": func(s string) string {
		return "<p>" + strings.ReplaceAll(strings.ReplaceAll(html.EscapeString(s), " ", "&nbsp;"), "\n", "<br>\n") + "</p>\n"
	},
	"all in one line of HTML": func(s string) string {
		return "<p>" + strings.ReplaceAll(html.EscapeString(s), "\n", "<br/>") + "</p>\n"
	},
	"dashes":         func(s string) string { return strings.NewReplacer("-", "\u2013").Replace(s) },
	"0\u00d7 for 0x": func(s string) string { return strings.ReplaceAll(s, "0x", "0\u00d7") },
	"ligatures": func(s string) string {
		return strings.NewReplacer("ffi", "\ufb03", "ff", "\ufb00", "fi", "\ufb01", "fl", "\ufb02").Replace(s)
	},
	"cells of CSV":   linesWith(func(i int, l string) string { return `"` + strings.ReplaceAll(l, `"`, `""`) + `"` }),
	"string of JSON": func(s string) string { return `{"output": ` + jsonText(s) + "}\n" },
	"list of strings": func(s string) string {
		return "[" + strings.TrimSuffix(linesWith(func(i int, l string) string { return jsonText(l+"\n") + "," })(s), ",\n") + "]\n"
	},
	"pages": linesWith(func(i int, l string) string {
		if i%6 == 5 {
			return l + "\n\n     VPN of the branch                Page " + fmt.Sprint(i/6+1) + " of 12\n"
		}
		return l
	}),
	"pager of a console": linesWith(func(i int, l string) string {
		if i%7 == 6 {
			return "--More--\r         \r" + l
		}
		return l
	}),
	"script": func(s string) string {
		return "Script started on 2026-11-23 08:43:20+00:00\n\x1b]0;root@gw1: ~\aroot@gw1:~# shwo\b\b\bow it\r\n" + strings.ReplaceAll(s, "\n", "\r\n") + "exit\r\n"
	},
	"tmux, padded":      func(s string) string { return padded(wrapped(s, 80), 80) },
	"quoted and filled": func(s string) string { return quotedMail(filledText(s, 74)) },
	"newest line first": func(s string) string {
		lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
		for i := range lines {
			lines[i] = fmt.Sprintf("2026-11-23T08:%02d:%02d.118Z gw1 root: %s", 10+i/60, i%60, lines[i])
		}
		slices.Reverse(lines)
		return strings.Join(lines, "\n") + "\n"
	},
	"date of another country":  linesWith(func(i int, l string) string { return "23/11/2026 08:43:20.118 " + l }),
	"name of the month inside": linesWith(func(i int, l string) string { return "[23-Nov-2026 08:43:20] " + l }),
	"year first":               linesWith(func(i int, l string) string { return "2026 Nov 23 08:43:20 gw1 vpn: " + l }),
	"AM and PM":                linesWith(func(i int, l string) string { return "11/23/2026 8:43:20 AM " + l }),
	"logcat":                   linesWith(func(i int, l string) string { return "11-23 08:43:20.118  4711  4733 I racoon  : " + l }),
	"Android Studio": linesWith(func(i int, l string) string {
		return "2026-11-23 08:43:20.118  4711-4733  charon                  org.strongswan.android              I  " + l
	}),
	"klog":              linesWith(func(i int, l string) string { return "I1123 08:43:20.118456   4711 vpn.go:33] " + l }),
	"columns with tabs": linesWith(func(i int, l string) string { return "2026-11-23T08:43:20.118Z\tDEBUG\tvpn/sa.go:33\t" + l }),
	"syslog over TCP": linesWith(func(i int, l string) string {
		return fmt.Sprintf("%d <30>1 2026-11-23T08:43:20Z gw1 root 812 - - %s", len(l)+48, l)
	}),
	"logfmt": linesWith(func(i int, l string) string { return `time="2026-11-23T08:43:20Z" level=debug msg=` + jsonText(l) }),
	"answered between": func(s string) string {
		return "Hello,\nsee below what I get.\n\n" + quotedMail(s) + "\nWhat is wrong here?\n-- \nA\n"
	},
	"journalctl -o json-pretty": linesWith(func(i int, l string) string {
		return "{\n\t\"__CURSOR\" : \"s=1\",\n\t\"MESSAGE\" : " + jsonText(l) + ",\n\t\"_PID\" : \"812\"\n}"
	}),
	"records of a collector": linesWith(func(i int, l string) string {
		return `{"@timestamp":"2026-11-23T08:43:20Z","_source":{"host":{"name":"gw1"},"message":` + jsonText(l) + `}}`
	}),
	"hits of a search": func(s string) string {
		hits := strings.TrimSuffix(linesWith(func(i int, l string) string { return `{"_source":{"message":` + jsonText(l) + `}},` })(s), ",\n")
		return `{"hits":{"hits":[` + strings.ReplaceAll(hits, "\n", "") + "]}}\n"
	},
	"JSON in JSON": linesWith(func(i int, l string) string {
		return `{"log":` + jsonText(`{"level":"debug","msg":`+jsonText(l)+"}\n") + `,"stream":"stderr"}`
	}),
	"JSON behind a time": linesWith(func(i int, l string) string {
		return `2026-11-23T08:43:20Z {"level":"debug","msg":` + jsonText(l) + "}"
	}),
	"lines of Ansible": func(s string) string {
		return "ok: [gw1] => {\n    \"out.stdout_lines\": [\n" + strings.TrimSuffix(linesWith(func(i int, l string) string { return "        " + jsonText(l) + "," })(s), ",\n") + "\n    ]\n}\n"
	},
	"table of an export": func(s string) string {
		return "Time,Host,Message\n" + linesWith(func(i int, l string) string {
			return `2026-11-23 08:43:20,gw1,"` + strings.ReplaceAll(l, `"`, `""`) + `"`
		})(s)
	},
	"in a box": linesWith(func(i int, l string) string {
		return fmt.Sprintf("│ %-120s │", strings.ReplaceAll(l, "\t", "        "))
	}),
	"cat -A":              linesWith(func(i int, l string) string { return strings.ReplaceAll(l, "\t", "^I") + "$" }),
	"colours as text":     linesWith(func(i int, l string) string { return "[0;32m" + l + "[0m" }),
	"escapes of Markdown": func(s string) string { return regexp.MustCompile(`[_*<>\[\]()]`).ReplaceAllString(s, `\$0`) },
	"escaped twice":       func(s string) string { return html.EscapeString(html.EscapeString(s)) },
	"table of a web page": linesWith(func(i int, l string) string {
		return fmt.Sprintf("<tr><td class=\"n\">%d</td><td>%s</td></tr>", i+1, html.EscapeString(l))
	}),
	"tags of a forum": func(s string) string { return "[code]" + s + "[/code]\n" },
	"answer in XML": func(s string) string {
		return `<response status="success"><result><![CDATA[` + s + "]]></result></response>\n"
	},
	"several blanks as one": func(s string) string { return regexp.MustCompile(`[ \t]+`).ReplaceAllString(s, " ") },
	"full width": func(s string) string {
		return strings.Map(func(r rune) rune {
			if '!' <= r && r <= '~' {
				return r - '!' + firstFullWidth
			}
			return r
		}, s)
	},
	"in an editor": func(s string) string {
		return linesWith(func(i int, l string) string { return fmt.Sprintf("%4d %s", i+1, l) })(s) + "~\n~\n~\n"
	},
	"blanks to tabs":        func(s string) string { return strings.ReplaceAll(s, "        ", "\t") },
	"line ends of old Macs": func(s string) string { return strings.ReplaceAll(s, "\n", "\r") },
	"hexdump": func(s string) string {
		text := ""
		for at := 0; at < len(s); at += 16 {
			text += fmt.Sprintf("%07x", at)
			for b := []byte(s[at:min(at+16, len(s))] + "\x00"); len(b) > 1; b = b[2:] {
				text += fmt.Sprintf(" %02x%02x", b[1], b[0])
			}
			text += "\n"
		}
		return text + fmt.Sprintf("%07x\n", len(s))
	},
	"od -c": func(s string) string {
		text := ""
		for at := 0; at < len(s); at += 16 {
			text += fmt.Sprintf("%07o", at)
			for _, c := range []byte(s[at:min(at+16, len(s))]) {
				switch {
				case c == '\n':
					text += `  \n`
				case c == '\t':
					text += `  \t`
				case c < ' ' || c >= 0x7f:
					text += fmt.Sprintf(" %03o", c)
				default:
					text += "   " + string(c)
				}
			}
			text += "\n"
		}
		return text + fmt.Sprintf("%07o\n", len(s))
	},
	"xxd -i": func(s string) string {
		text := "unsigned char sa_txt[] = {"
		for i, c := range []byte(s) {
			text += map[bool]string{true: "\n  ", false: " "}[i%12 == 0] + fmt.Sprintf("0x%02x,", c)
		}
		return strings.TrimSuffix(text, ",") + fmt.Sprintf("\n};\nunsigned int sa_txt_len = %d;\n", len(s))
	},
	"form of a web page": func(s string) string { return "title=sa&text=" + url.QueryEscape(s) + "&lang=text\n" },
	"sed -n l": func(s string) string {
		return linesWith(func(i int, l string) string {
			l = strings.NewReplacer(`\`, `\\`, "\t", `\t`).Replace(l) + "$"
			text := ""
			for ; len(l) > 70; l = l[69:] {
				if strings.HasSuffix(l[:69], `\`) { // an escape is not broken
					l = l[:68] + l[69:]
				}
				text += l[:69] + "\\\n"
			}
			return text + l
		})(s)
	},
	"asciinema": func(s string) string {
		text := `{"version": 2, "width": 80, "height": 24, "timestamp": 1795600800}` + "\n"
		for s = strings.ReplaceAll(s, "\n", "\r\n"); s != ""; s = s[min(100, len(s)):] {
			text += `[0.012, "o", ` + jsonText(s[:min(100, len(s))]) + "]\n"
		}
		return text
	},
	"Secret of Kubernetes": func(s string) string {
		return "apiVersion: v1\nkind: Secret\ndata:\n  sa.txt: " + base64.StdEncoding.EncodeToString([]byte(s)) + "\n"
	},
	"string of JSON, broken": func(s string) string {
		return wrapped(`{"host": "gw1", "rc": 0, "stdout": `+jsonText(s)+"}\n", 80)
	},
	"docker json-file, broken": func(s string) string {
		return wrapped(linesWith(func(i int, l string) string { return `{"log":` + jsonText(l+"\n") + `,"stream":"stdout"}` })(s), 80)
	},
	"lines of Ansible, broken": func(s string) string {
		return wrapped("ok: [gw1] => {\n    \"out.stdout_lines\": [\n"+strings.TrimSuffix(linesWith(func(i int, l string) string { return "        " + jsonText(l) + "," })(s), ",\n")+"\n    ]\n}\n", 80)
	},
	"string of YAML, folded": func(s string) string {
		text := "rc: 0\nstdout: "
		for l := strings.ReplaceAll(jsonText(s), ` `, `\ `); ; l = l[70:] {
			if len(l) <= 70 {
				return text + l + "\n"
			}
			if strings.HasSuffix(l[:70], `\`) {
				text += l[:69] + "\\\n  "
				l = l[:69] + " " + l[69:]
				l = l[:69] + l[70:]
				text += l[69:71] + "\\\n  "
				l = l[1:]
				continue
			}
			text += l[:70] + "\\\n  "
		}
	},
	"Loki": func(s string) string {
		rows := linesWith(func(i int, l string) string {
			return fmt.Sprintf(`["%d",%s],`, int64(1795600800000000000)+int64(i), jsonText(l))
		})(s)
		return `{"status":"success","data":{"result":[{"stream":{"job":"vpn"},"values":[` + strings.TrimSuffix(strings.ReplaceAll(rows, "\n", ""), ",") + "]}]}}\n"
	},
	"Grafana, newest first": func(s string) string {
		lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
		for i, l := range lines {
			lines[i] = fmt.Sprintf("  {\n    \"line\": %s,\n    \"timestamp\": \"%d\"\n  }", jsonText(l), int64(1795600800000000000)+int64(i))
		}
		slices.Reverse(lines)
		return "[\n" + strings.Join(lines, ",\n") + "\n]\n"
	},
	"rows of Log Analytics": func(s string) string {
		rows := linesWith(func(i int, l string) string { return `["2026-11-23T08:43:20Z",` + jsonText(l) + "]," })(s)
		return `{"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated"},{"name":"RawData"}],"rows":[` + strings.TrimSuffix(strings.ReplaceAll(rows, "\n", ""), ",") + "]}]}\n"
	},
	"Logs Insights": func(s string) string {
		return "{\n  \"results\": [\n" + strings.TrimSuffix(linesWith(func(i int, l string) string {
			return "    [\n      {\n        \"field\": \"@timestamp\",\n        \"value\": \"2026-11-23 08:43:20.118\"\n      },\n      {\n        \"field\": \"@message\",\n        \"value\": " + jsonText(l) + "\n      }\n    ],"
		})(s), ",\n") + "\n  ]\n}\n"
	},
	"issue in JSON": func(s string) string {
		return `{"title":"keys","body":` + jsonText("Hi,\r\n```\r\n"+strings.ReplaceAll(s, "\n", "\r\n")+"```\r\n") + "}\n"
	},
	"INSERT of SQL": linesWith(func(i int, l string) string {
		return fmt.Sprintf("INSERT INTO log VALUES (%d,'gw1','%s');", i, strings.NewReplacer(`\`, `\\`, "'", "''").Replace(l))
	}),
	"rows of SQL": func(s string) string {
		return "INSERT INTO `log` VALUES " + strings.ReplaceAll(linesWith(func(i int, l string) string {
			return fmt.Sprintf("(%d,'gw1','%s'),", i, strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(l))
		})(s), "\n", "") + "(0,'','');\n"
	},
	"echo": linesWith(func(i int, l string) string { return "echo '" + strings.ReplaceAll(l, "'", `'\''`) + "' >> sa.txt" }),
	"Fluent Bit": linesWith(func(i int, l string) string {
		return fmt.Sprintf(`[%d] tail.0: [1795600800.118000000, {"log"=>%s, "stream"=>"stdout"}]`, i, jsonText(l))
	}),
	"names and values": linesWith(func(i int, l string) string { return `date=2026-11-23 time=08:43:20 devname="gw1" msg=` + jsonText(l) }),
	"journalctl -o verbose": linesWith(func(i int, l string) string {
		return "Mon 2026-11-23 08:43:20.118203 CET [s=a;i=1;b=c;m=1;t=2;x=3]\n    _HOSTNAME=gw1\n    PRIORITY=6\n    MESSAGE=" + l + "\n    _PID=812"
	}),
	"gcloud logging": linesWith(func(i int, l string) string {
		return "---\ninsertId: a1\nlogName: projects/p/logs/vpn\ntextPayload: " + jsonText(l) + "\ntimestamp: '2026-11-23T08:43:20.118Z'"
	}),
	"git blame": linesWith(func(i int, l string) string {
		return fmt.Sprintf("^1a2b3c4 (Jo Doe 2026-11-23 08:43:20 +0100 %3d) %s", i+1, l)
	}),
	"git log -p": func(s string) string {
		return "commit 1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d\nAuthor: Jo <jo@example.org>\nDate:   Mon Nov 23 08:43:20 2026 +0100\n\n    keys\n\ndiff --git a/k b/k\nnew file mode 100644\nindex 0000000..1a2b3c4\n--- /dev/null\n+++ b/k\n@@ -0,0 +1,9 @@\n" +
			linesWith(func(i int, l string) string { return "+" + l })(s)
	},
	"diff": func(s string) string {
		return "1,9d0\n" + linesWith(func(i int, l string) string { return "< " + l })(s)
	},
	"diff -c": func(s string) string {
		return "*** a/k\t2026-11-23\n--- b/k\t2026-11-23\n***************\n*** 0 ****\n--- 1,9 ----\n" + linesWith(func(i int, l string) string { return "+ " + l })(s)
	},
	"grep -C": linesWith(func(i int, l string) string {
		mark := []string{":", "-", "-"}[i%3]
		return "var/log/vpn.txt" + mark + fmt.Sprint(i+1) + mark + l
	}),
	"CLIXML": func(s string) string {
		return "#< CLIXML\n<Objs Version=\"1.1.0.1\">" + strings.ReplaceAll(linesWith(func(i int, l string) string { return `<S S="Output">` + html.EscapeString(l) + "_x000D__x000A_</S>" })(s), "\n", "") + "</Objs>\n"
	},
	"code of Markdown": linesWith(func(i int, l string) string {
		if strings.TrimSpace(l) == "" {
			return l
		}
		return "`" + l + "`  "
	}),
	"docker build": linesWith(func(i int, l string) string { return fmt.Sprintf("#7 0.%03d %s", i, l) }),
	"numbered web page": linesWith(func(i int, l string) string {
		return fmt.Sprintf(`<div class="line"><span class="no">%d</span><span class="t">%s</span></div>`, i+1, html.EscapeString(l))
	}),
	"mail, quoted-printable": func(s string) string {
		var b strings.Builder
		w := quotedprintable.NewWriter(&b)
		io.WriteString(w, "Hello,\n\n"+s)
		w.Close()
		return mailHead + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n" + b.String()
	},
	"mail with an attachment": func(s string) string {
		part := base64.StdEncoding.EncodeToString([]byte(s))
		for i := 76; i < len(part); i += 77 {
			part = part[:i] + "\n" + part[i:]
		}
		return mailHead + "Content-Type: multipart/mixed; boundary=\"b-1\"\n\n--b-1\nContent-Type: text/plain\n\nHello\n--b-1\nContent-Type: application/octet-stream; name=sa.txt\n" +
			"Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=sa.txt\n\n" + part + "\n--b-1--\n"
	},
	"base64": func(s string) string { return brokenEvery(base64.StdEncoding.EncodeToString([]byte(s)), 76) },
	"uuencode -m": func(s string) string {
		return "begin-base64 644 sa.txt\n" + brokenEvery(base64.StdEncoding.EncodeToString([]byte(s)), 60) + "====\n"
	},
	"hexdump -C": func(s string) string { return hex.Dump([]byte(s)) + fmt.Sprintf("%08x\n", len(s)) },
	"xxd":        func(s string) string { return xxd(s) },
	"xxd -p":     func(s string) string { return brokenEvery(hex.EncodeToString([]byte(s)), 60) },
	"list of YAML": func(s string) string {
		return "ok: [gw1] =>\n  out.stdout_lines:\n" + linesWith(func(i int, l string) string {
			if strings.ContainsAny(l, "\t\"") {
				l = jsonText(l)
			}
			return "  - " + l
		})(s)
	},
	"list of Python": func(s string) string {
		return "[" + strings.TrimSuffix(strings.ReplaceAll(linesWith(func(i int, l string) string {
			return "'" + strings.NewReplacer("\t", `\t`, "'", `\'`, `\`, `\\`).Replace(l) + "', "
		})(s), "\n", ""), ", ") + "]\n"
	},
	"Kubernetes, in parts": linesWith(func(i int, l string) string {
		var b strings.Builder
		for ; len(l) > 40; l = l[40:] {
			fmt.Fprintf(&b, "2026-11-23T08:56:55.123456789Z stdout P %s\n2026-11-23T08:56:55.2Z stderr F started\n", l[:40])
		}
		return b.String() + "2026-11-23T08:56:55.123456789Z stdout F " + l
	}),
	"Docker, in parts": linesWith(func(i int, l string) string {
		var b strings.Builder
		for ; len(l) > 40; l = l[40:] {
			b.WriteString(`{"log":` + jsonText(l[:40]) + `,"stream":"stdout","time":"2026-11-23T08:56:55.1Z"}` + "\n")
		}
		return b.String() + `{"log":` + jsonText(l+"\n") + `,"stream":"stdout","time":"2026-11-23T08:56:55.1Z"}`
	}),
	"lines of other programs between": linesWith(func(i int, l string) string {
		return l + "\nNov 23 08:43:20 gw1 " + []string{"kernel: [ 8123.000017] eth0: link becomes ready", "sshd[1201]: Accepted publickey for root"}[i%2]
	}),
	"log of a host": linesWith(func(i int, l string) string {
		return "Nov 23 08:43:20 gw1 vpn[812]: " + l + "\nNov 23 08:43:20 gw1 CRON[4711]: (root) CMD (run-parts /etc/cron.hourly)"
	}),
	"cells of words": func(s string) string {
		return "<table>" + linesWith(func(i int, l string) string {
			return "<tr><td>" + strings.Join(strings.Fields(html.EscapeString(l)), "</td><td>") + "</td></tr>"
		})(s) + "</table>\n"
	},
	"mono of Jira": linesWith(func(i int, l string) string { return "{{" + l + "}}" }),
	"bold keys":    func(s string) string { return reKeyDigits.ReplaceAllString(s, "**$0**") },
	"code of Jira": func(s string) string { return "{code:title=sa.txt}" + s + "{code}\n" },
	"mail of Outlook": linesWith(func(i int, l string) string {
		return "<p class=MsoNormal><span style='font-family:Consolas'>" + html.EscapeString(l) + "<o:p></o:p></span></p>"
	}),
	"CEF": linesWith(func(i int, l string) string {
		return "Nov 23 08:43:20 gw1 CEF:0|V|P|1|100|log|3|dvc=192.0.2.1 msg=" + strings.NewReplacer(`\`, `\\`, "=", `\=`).Replace(l) + " cnt=1"
	}),
	"LEEF": linesWith(func(i int, l string) string {
		return "LEEF:2.0|V|P|1.0|100|^|src=192.0.2.1^msg=" + l + "^sev=3"
	}),
	"wide blanks of HTML": func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(html.EscapeString(s), "\t", "&emsp;"), "\n", "<br>\n")
	},
	"all in one line": func(s string) string { return strings.ReplaceAll(s, "\n", " ") + "\n" },
	"in a fence, with prompt": func(s string) string {
		return "Hi all,\n\nthis is what I get:\n```\nroot@gw1:~# show it\n" + s + "```\n\nAny ideas?\n"
	},
}

// mailHead begins a mail as mail programs save it.
const mailHead = "Received: from mx.example.org (192.0.2.25)\n\tby mail.example.org; Mon, 23 Nov 2026 08:43:20 +0000\nFrom: A <a@example.org>\nTo: b@example.org\nSubject: tunnel\nMIME-Version: 1.0\n"

func jsonText(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// brokenEvery puts so many characters on a line.
func brokenEvery(s string, width int) (text string) {
	for ; len(s) > width; s = s[width:] {
		text += s[:width] + "\n"
	}
	return text + s + "\n"
}

// xxd prints bytes as that program does.
func xxd(s string) (text string) {
	for at := 0; at < len(s); at += 16 {
		row := s[at:min(at+16, len(s))]
		words := ""
		for i := 0; i < len(row); i += 2 {
			words += fmt.Sprintf("%x ", row[i:min(i+2, len(row))])
		}
		text += fmt.Sprintf("%08x: %-40s %s\n", at, words, strings.Map(func(r rune) rune {
			if r < ' ' {
				return '.'
			}
			return r
		}, row))
	}
	return text
}

// padded fills lines with blanks.
func padded(s string, width int) string {
	return linesWith(func(i int, l string) string { return l + strings.Repeat(" ", max(0, width-len([]rune(l)))) })(s)
}

// reKeyDigits are the digits of a key.
var reKeyDigits = regexp.MustCompile(`\b(?:0x)?[0-9a-fA-F]{32,}\b`)

// filledText breaks lines between words, as mail programs do.
func filledText(s string, width int) string {
	return linesWith(func(i int, l string) string {
		text := ""
		for len(l) > width && strings.Contains(strings.TrimLeft(l, " \t"), " ") {
			at := strings.LastIndexByte(l[:width], ' ')
			if strings.TrimSpace(l[:max(0, at)]) == "" {
				if at = strings.IndexByte(l[len(l)-len(strings.TrimLeft(l, " \t")):], ' ') + len(l) - len(strings.TrimLeft(l, " \t")); at <= 0 {
					break
				}
			}
			text, l = text+l[:at]+"\n", l[at+1:]
		}
		return text + l
	})(s)
}

// broken are ways in which too much is gone for all layouts: there is a warning at least.
var broken = map[string]bool{"quoted and filled": true, "all in one line": true, "cells of words": true}

var quotedMail = linesWith(func(i int, l string) string { return "> " + l })

func linesWith(f func(int, string) string) func(string) string {
	return func(s string) string {
		lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
		for i := range lines {
			lines[i] = f(i, lines[i])
		}
		return strings.Join(lines, "\n") + "\n"
	}
}

// Nothing that a person could still read is lost in silence: every product's output, copied in each way, gives its SAs, or a warning.
func TestCopied(t *testing.T) {
	products := map[string]func(suite, printed) string{"ip xfrm state": printXFRM, "setkey -D": printSetkey, "Wireshark": printWireshark}
	for name, p := range printers {
		products[name] = p
	}
	var lost []string
	for name, product := range products {
		for how, mangle := range manglers {
			if testing.Short() && (len(name)+len(how))%4 != 0 {
				continue // the race detector makes it slow
			}
			for _, i := range []int{1, 4} {
				s := suites[i]
				p := keysFor(s, false)
				text := product(s, p)
				if text == "" {
					continue // it has no name for an algorithm
				}
				text = mangle(text)
				b, err := Read("test", []byte(text))
				for dir := range 2 {
					want := esp.Params{SPI: p.spi[dir], Cipher: alg.CipherByKeyLog(s.cipher), CipherKey: p.enc[dir], MAC: alg.MACByKeyLog(s.mac), MACKey: p.auth[dir]}
					if broken[how] && (err != nil || len(b.Warnings) > 0) {
						continue // what is lost is said
					}
					if err != nil || !hasSA(b.SAs, want) {
						lost = append(lost, fmt.Sprintf("%s, %s, suite %d, SA %d: %v", name, how, i, dir, err != nil))
						if os.Getenv("SHOW") != "" && strings.Contains(name+", "+how, os.Getenv("SHOW")) {
							t.Log(text)
						}
					}
				}
			}
		}
	}
	slices.Sort(lost)
	for _, l := range lost {
		t.Error(l)
	}
}

// docs/getting-keys.md names each way in which text is copied.
func TestCopiedPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/getting-keys.md")
	if err != nil {
		t.Fatal(err)
	}
	for how := range manglers {
		if !strings.Contains(string(page), "\n| "+how+" |") {
			t.Errorf("docs/getting-keys.md has no row for %q", how)
		}
	}
}

func printXFRM(s suite, p printed) (text string) {
	xfrm := map[string]string{"aes-cbc": "cbc(aes)", "3des-cbc": "cbc(des3_ede)"}[s.cipher]
	mac := map[string]string{"hmac-sha2-256-128": "hmac(sha256)", "hmac-md5-96": "hmac(md5)"}[s.mac]
	for dir := range 2 {
		src, dst := p.hosts(dir)
		text += fmt.Sprintf("src %v dst %v\n\tproto esp spi 0x%08x reqid 1 mode tunnel\n\treplay-window 32 flag af-unspec\n\tauth-trunc %s 0x%x %d\n\tenc %s 0x%x\n\tanti-replay context: seq 0x0, oseq 0xc, bitmap 0x00000000\n",
			src, dst, p.spi[dir], mac, p.auth[dir], map[bool]int{true: 128, false: 96}[len(p.auth[dir]) == 32], xfrm, p.enc[dir])
	}
	return text
}

func printSetkey(s suite, p printed) (text string) {
	for dir := range 2 {
		src, dst := p.hosts(dir)
		text += fmt.Sprintf("%v %v \n\tesp mode=tunnel spi=%d(0x%08x) reqid=1(0x00000001)\n\tE: %s  %s\tA: %s  %s\tseq=0x0000000c replay=4 flags=0x00000000 state=mature \n",
			src, dst, p.spi[dir], p.spi[dir], s.setkey[0], groupRows(p.enc[dir], 32, ""), s.setkey[1], groupRows(p.auth[dir], 32, ""))
	}
	return text
}

func printWireshark(s suite, p printed) (text string) {
	for dir := range 2 {
		src, dst := p.hosts(dir)
		text += fmt.Sprintf(`"IPv4","%v","%v","0x%08x","%s","0x%x","%s","0x%x"`+"\n", src, dst, p.spi[dir], alg.CipherByKeyLog(s.cipher).Wireshark, p.enc[dir], alg.MACByKeyLog(s.mac).Wireshark, p.auth[dir])
	}
	return text
}

// A window also breaks lines in which rsyslog put several, inside rows and inside the mark for a line break.
func TestBrokenPackedLines(t *testing.T) {
	text := "Nov 23 08:43:20 gw charon[812]: 15[IKE] <v2|3> Sk_ei secret => 32 bytes @ 0x7f7468009b50#012   0: B9 29 00 C7 DF A4 39 17 0D 69 CC 9A 1F 44 C3 73  .)....9..i...D.s#012  16: 00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF  ..........\n" +
		"Nov 23 08:43:20 gw charon[812]: 15[IKE] <v2|3> Sk_er secret => 32 bytes @ 0x7f7468009b50#012   0: C9 29 00 C7 DF A4 39 17 0D 69 CC 9A 1F 44 C3 73  .)....9..i...D.s#012  16: 00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF  ..........\n"
	for width := 80; width <= 150; width++ {
		var broken strings.Builder
		for l := range strings.Lines(text) {
			for l = strings.TrimRight(l, "\n"); len(l) > width; l = l[width:] {
				broken.WriteString(l[:width] + "\n")
			}
			broken.WriteString(l + "\n")
		}
		if b := mustRead(t, broken.String()); len(b.Secrets) != 2 || len(b.Secrets[0].Value) != 32 || len(b.Secrets[1].Value) != 32 {
			t.Errorf("width %d: %s%v", width, describe(b), b.Warnings)
		}
	}
}

// What else happens to a copy: a chat's fence in front of the first line, all in one message of rsyslog, keys in pairs of digits, with the bits of
// the ICV behind them.
func TestCopiedOtherwise(t *testing.T) {
	const enc, auth = "000102030405060708090a0b0c0d0e0f", "101112131415161718191a1b1c1d1e1f20212223"
	text := "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x000003e9 reqid 1 mode tunnel\n\tauth-trunc hmac(sha1) 0x" + auth + " 96\n\tenc cbc(aes) 0x" + enc + "\n"
	pairs := strings.NewReplacer("0x"+auth, "0x"+inPairs(auth), "0x"+enc, "0x"+inPairs(enc)).Replace(text)
	for name, s := range map[string]string{
		"fence": "```" + text + "```\n", "pairs": pairs,
		"table of MySQL": "+----+------+\n| id | msg  |\n+----+------+\n" + linesWith(func(i int, l string) string { return fmt.Sprintf("| %2d | %-70s |", i+1, l) })(text) + "+----+------+\n",
		"rsyslog":        "Nov 23 08:43:20 gw1 vpn: " + strings.NewReplacer("\n", "#012", "\t", "#011").Replace(text) + "\n",
	} {
		b := mustRead(t, s)
		if got := strings.TrimSpace(describe(b)); got != "ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-cbc:"+enc+" hmac-sha1-96:"+auth+" tunnel" {
			t.Errorf("%s: %s, %v", name, got, b.Warnings)
		}
	}
}

func inPairs(digits string) string {
	var pairs []string
	for i := 0; i < len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	return strings.Join(pairs, " ")
}
