package source

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
)

// hostile are texts of about n bytes that make a reader look again and again at what it has, unless it takes care not to.
var hostile = map[string]func(n int) string{
	"FortiGate rows":  func(n int) string { return "  dec: spi=00000001 esp=aes key=16\n" + strings.Repeat("aa\n", n/3) },
	"FortiGate words": func(n int) string { return "  dec: spi=00000001 esp=aes key=9999999 " + strings.Repeat("aa ", n/3) },
	"FortiGate debug": func(n int) string { return "IPsec SA dec spi 00000001 key 0:" + strings.Repeat(" auth", n/5) },
	"RouterOS":        func(n int) string { return strings.Repeat(" ", n/2) + strings.Repeat("spi=1;", n/12) },
	"ipsec.conf":      func(n int) string { return strings.Repeat("\\\n", n/2) },
	"Scapy": func(n int) string {
		return strings.Repeat("SecurityAssociation(\n"+strings.Repeat("\n", 16000), n/16000)
	},
	"Scapy variables": func(n int) string {
		return halves(n, "a='"+strings.Repeat("a,", 100)+"'\nb=(a,a,a,a)\n", "SecurityAssociation(ESP, spi=b, crypt_key=b, auth_key=a)\n")
	},
	"shell variables": func(n int) string {
		return halves(n, "A="+strings.Repeat("0", 300)+"\nB=$A$A$A\n", "ip xfrm state add src 192.0.2.1 dst 192.0.2.2 "+strings.Repeat("$A", 20)+"\n")
	},
	"Docker": func(n int) string {
		return strings.Repeat("Dst: 1::, Src: 1::, Proto: esp, Mode: tunnel, SPI: 0x1, ReqID: 0x1 Auth: {Name: a, Key: 0x", n/90)
	},
	"DPDK":    func(n int) string { return strings.Repeat(" sa in 1 cipher_key 0 src a", n/28) },
	"records": func(n int) string { return strings.Repeat(`{"spi":"1","enc_key":{'`, n/24) },
	"FreeS/WAN": func(n int) string {
		return "conn a\nspi=1\n" + strings.Repeat("espenckey=0x00\n", n/16) + strings.Repeat("\\\n", n/4)
	},
	"setkey.conf": func(n int) string { return strings.Repeat("add \n"+strings.Repeat("\n", 16000), n/16000) },
	"OpenIKED names": func(n int) string {
		return halves(n, "ikev2_sa_keys: SK_d with 1 bytes\n00\n", "ikev2_sa_keys: S with 17 bytes\n"+strings.Repeat("00", 17)+"\n")
	},
	"OpenIKED seeds": func(n int) string {
		return halves(n, "ikev2_sa_keys: SK_d with 1 bytes\n00\n", "ikev2_sa_keys: SKEYSEED with 1 bytes\n\n")
	},
	"ikedecrypt": func(n int) string { return halves(4*n, "<Ka>00</Ka>\n", "<iCookie>0000000000000001</iCookie>\n") },
	"GlobalProtect": func(n int) string {
		return halves(n, "<gw-address>"+strings.Repeat("a", n/2)+"</gw-address>\n", "<c2s-spi>1</c2s-spi></ipsec>")
	},
	"VPP": func(n int) string {
		return halves(n, "iip "+strings.Repeat("a", n/2)+" ispi 1 rip 1 rspi 1\n", "child sa 0\nspi(i) 1 spi(r) 1\nSK_e i:00\n")
	},
	"manual keys": func(n int) string {
		return halves(n, "esp encryption-algorithm "+strings.Repeat("a", n/2)+"\n", "sa spi inbound esp 1\nsa hex-key inbound esp 00\nend\n")
	},
	"swanctl.conf": func(n int) string {
		return "secrets {\nike {\nsecret = " + strings.Repeat("a", n/2) + "\n" + strings.Repeat("id=a\n", n/10) + "}\n}\n"
	},
	"ipsec.secrets": func(n int) string {
		return strings.Repeat(`"a"`, n/8) + " : PSK \"" + strings.Repeat("a", n/2) + "\"\n"
	},
	"what may be keys": func(n int) string {
		repeats := strings.Repeat("a1", mostKey)
		return strings.Repeat("the key is "+repeats+"\n", maxSuspects) + "SK_D - 0x" + strings.Repeat("a1", n/4) + "\n"
	},
	"broken lines":          func(n int) string { return strings.Repeat(strings.Repeat("a", 40)+"\n", n/41) },
	"broken lines of a log": func(n int) string { return "ab " + strings.Repeat(strings.Repeat("f", 40)+"\n", n/41) },
}

// halves is one text and then another, each repeated up to half of n bytes.
func halves(n int, a, b string) string {
	return strings.Repeat(a, max(1, n/2/len(a))) + strings.Repeat(b, n/2/len(b))
}

// Reading gives keys in proportion to the length of a file, and ends: what looks at each line again for every other takes hours for these.
func TestReadHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	const size, most = 1 << 20, 100
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			data, n := text(size), 0
			if b, _ := (Options{Unread: true}).ReadFrom("test", strings.NewReader(data)); b != nil {
				for _, s := range b.Secrets {
					n += len(s.Value)
				}
			}
			if n > most*len(data) {
				t.Errorf("%d bytes of keys in %d", n, len(data))
			}
		})
	}
}

// tarOf is an archive with members of one text.
func tarOf(members int, name, text string) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := range members {
		w.WriteHeader(&tar.Header{Name: fmt.Sprintf("%d-%s", i, name), Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(text))})
		io.WriteString(w, text)
	}
	w.Close()
	return b.String()
}

func zipOf(name, text string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if m, err := w.Create(name); err == nil {
		io.WriteString(m, text)
	}
	w.Close()
	return b.String()
}

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

// What an archive holds counts together, however small each member was when compressed.
func TestReadCompressedMembers(t *testing.T) {
	o := Options{MaxSize: 1 << 20}
	members := tarOf(4, "log.gz", gzipped(keyLogSample+strings.Repeat("# nothing\n", 40_000)))
	b, err := o.ReadFrom("test", strings.NewReader(members))
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Warnings) != 2 || !strings.Contains(b.Warnings[0].Text, ErrTooLarge.Error()) {
		t.Errorf("%v", b.Warnings)
	}
}
