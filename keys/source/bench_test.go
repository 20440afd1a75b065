package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/internal/testfile"
)

// logSize is how large the logs of the benchmark are: the first triedBytes of a file cost more.
const logSize = 32 << 20

// benchLogs are logs by what wrote them. What is recorded is repeated, each time with other SPIs.
var benchLogs = []struct {
	name string
	text func(b testing.TB) string
}{
	{"strongSwan level 1", recordedLog("pcaps/diag-idle/gwa.log")},
	{"strongSwan level 4", recordedLog("pcaps/v2-psk-gcm-x25519-pfs-rekey/gwa.log")},
	{"racoon", recordedLog("key-sources/racoon-aes256-pfs/SOURCE.txt.gz")},
	{"libreswan", recordedLog("key-sources/libreswan-v2-gcm-pfs/SOURCE.txt.gz")},
	{"OpenIKED", recordedLog("key-sources/iked-pfs/SOURCE.txt.gz")},
	{"FortiGate", func(testing.TB) string { return fortiGateLog }},
	{"of nothing", func(testing.TB) string { return foreignLog }},
	{"of nothing and charon", func(b testing.TB) string {
		charon := recordedLog("pcaps/diag-idle/gwa.log")(b)
		var s strings.Builder
		for l := range strings.Lines(charon) {
			s.WriteString(l)
			s.WriteString(foreignLog)
		}
		return s.String()
	}},
}

// foreignLog is what all machines write into the syslog.
const foreignLog = "Nov 25 10:00:00 gw1 named[812]: client @0x7f6c5c0a1b48 10.0.0.1#4711 (www.example.org): query: www.example.org IN A +E(0)K (10.0.0.53)\n" +
	"Nov 25 10:00:00 gw1 sshd[4711]: Accepted publickey for root from 10.0.0.2 port 4711 ssh2: RSA SHA256:Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0\n" +
	"Nov 25 10:00:01 gw1 kernel: [ 1234.567890] device eth0 entered promiscuous mode\n" +
	"Nov 25 10:00:01 gw1 kernel: [ 1234.567999] DROP IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:65:43:21:08:00 SRC=203.0.113.9 DST=192.0.2.2 LEN=60 TTL=49 ID=54321 PROTO=TCP SPT=40000 DPT=22 WINDOW=29200 SYN\n" +
	"Nov 25 10:00:02 gw1 dhcpd[901]: DHCPREQUEST for 10.0.0.77 from 52:54:00:aa:bb:cc (phone) via eth1\n" +
	"Nov 25 10:00:02 gw1 dhcpd[901]: DHCPACK on 10.0.0.77 to 52:54:00:aa:bb:cc (phone) via eth1\n" +
	"Nov 25 10:00:03 gw1 CRON[5120]: (root) CMD (test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; })\n" +
	"Nov 25 10:00:03 gw1 systemd[1]: Started Session 4711 of User root.\n"

// fortiGateLog is a negotiation as "diagnose debug application ike -1" shows it.
const fortiGateLog = "ike 0: comes 192.0.2.1:500->192.0.2.2:500,ifindex=3,vrf=0....\n" +
	"ike 0: IKEv2 exchange=SA_INIT id=d1ae31d584881057/0000000000000000 len=464\n" +
	"ike 0: in D1AE31D58488105700000000000000002120220800000000000001D0220000300000002C010100040300000C0100000C800E0100030000080200000503000008030000" +
	"0C0000000804000013280000480013000041D3F0B7A5C3E1F2091827364554637281908F7E6D5C4B3A291807F6E5D4C3B2A190807F6E5D4C3B2A1\n" +
	"ike 0:d1ae31d584881057/0000000000000000:7: responder received SA_INIT msg\n" +
	"ike 0:d1ae31d584881057/0000000000000000:7: received notify type NAT_DETECTION_SOURCE_IP\n" +
	"ike 0:d1ae31d584881057/0000000000000000:7: incoming proposal:\n" +
	"ike 0:d1ae31d584881057/0000000000000000:7: proposal id = 1:\n" +
	"ike 0:d1ae31d584881057/0000000000000000:7:   protocol = IKEv2:\n" +
	"ike 0:d1ae31d584881057/0000000000000000:7:      encapsulation = IKEv2/none\n" +
	"ike 0:d1ae31d584881057/0000000000000000:7:         type=ENCR, val=AES_CBC (key_len = 256)\n" +
	"ike 0:d1ae31d584881057/0000000000000000:7:         type=INTEGR, val=AUTH_HMAC_SHA2_256_128\n" +
	"ike 0:d1ae31d584881057/0000000000000000:7:         type=DH_GROUP, val=ECP256.\n" +
	"ike 0:to-hq:7: matched proposal id 1\n" +
	"ike 0:to-hq:7: sent IKE msg (SA_INIT_RESPONSE): 192.0.2.2:500->192.0.2.1:500, len=240, vrf=0, id=d1ae31d584881057/38db764f3d5447ca\n" +
	"ike 0:to-hq:7: IKE SA d1ae31d584881057/38db764f3d5447ca SK_ei 16:54D323A954D323A954D323A954D323A9\n" +
	"ike 0:to-hq:7: established IKE SA d1ae31d584881057/38db764f3d5447ca\n" +
	"ike 0:to-hq:7: processing child notify type NOTIFY_REPLAY_STATUS\n" +
	"ike 0:to-hq:7:to-hq:12: added IPsec SA: SPIs=c9e510a3/cf127d15\n" +
	"ike 0:to-hq: carrier up\n"

func recordedLog(path string) func(b testing.TB) string {
	return func(b testing.TB) string {
		b.Helper()
		return string(testfile.Read(b, filepath.Join("../../testdata", path)))
	}
}

// repeatedLog repeats a log up to a size, each time with other SPIs: runs of 8 or 16 hex digits in lower case.
func repeatedLog(text string, size int) []byte {
	out := make([]byte, 0, size+len(text))
	for round := 0; len(out) < size; round++ {
		other := fmt.Sprintf("%04x", round)
		at := len(out)
		out = append(out, text...)
		run := 0
		for i := at; i <= len(out); i++ {
			if i < len(out) && ('0' <= out[i] && out[i] <= '9' || 'a' <= out[i] && out[i] <= 'f') {
				run++
				continue
			}
			if run == 8 || run == 16 {
				copy(out[i-len(other):i], other)
			}
			run = 0
		}
	}
	return out
}

// BenchmarkLog reads large logs.
func BenchmarkLog(b *testing.B) {
	for _, l := range benchLogs {
		b.Run(l.name, func(b *testing.B) {
			data := repeatedLog(l.text(b), logSize)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				Read("test", data)
			}
		})
	}
}

// BenchmarkRecorded reads the logs of all sessions in testdata: what small files cost, of which every way that they may have been copied is tried.
func BenchmarkRecorded(b *testing.B) {
	paths, err := filepath.Glob("../../testdata/pcaps/*/*.log")
	if err != nil || len(paths) == 0 {
		b.Fatal("no logs", err)
	}
	var size int64
	files := make([][]byte, len(paths))
	for i, path := range paths {
		if files[i], err = os.ReadFile(path); err != nil {
			b.Fatal(err)
		}
		size += int64(len(files[i]))
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for i, data := range files {
			Read(paths[i], data)
		}
	}
}
