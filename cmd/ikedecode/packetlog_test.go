package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// A loggedPacket is a record of --log.
type loggedPacket struct {
	Record, Kind, Result, Why, Src, Dst, SPI string
	Frame                                    int
	Frames                                   []int
	Sequence                                 uint64
	IKE                                      string `json:"ike_sa"`
	Output                                   string
	OutputFrame                              int `json:"output_frame"`
	Layers                                   []struct{ Kind, SPI string }
	Inner                                    *struct {
		Mode, Src, Dst string
		Protocol       uint8
		SrcPort        uint16 `json:"src_port"`
		Length         int
	} `json:"inside"`
}

func readLog(t *testing.T, b []byte) (list []loggedPacket) {
	t.Helper()
	for line := range strings.Lines(string(b)) {
		var p loggedPacket
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		list = append(list, p)
	}
	return list
}

// logSessions are sessions with packets of all sorts.
var logSessions = []string{
	"v1-transport", "v1-main-psk-3des-md5-espnull", "v1-main-rsa-certs-frag", "v1-two-children", "v2-psk-aes128-sha256", "path-mtu-tcp", "path-mobike", "path-icmp-port",
}

// The log tells of every frame what became of it, as the counts do, and where it was written; there the packet inside is what the log says.
func TestPacketLog(t *testing.T) {
	for _, name := range logSessions {
		t.Run(name, func(t *testing.T) {
			dir, tmp := filepath.Join("../../testdata/pcaps", name), t.TempDir()
			out, log := filepath.Join(tmp, "plain.pcapng"), filepath.Join(tmp, "packets.ndjson")
			args := []string{"decrypt", "--json", "--closed-ok", "-w", out, "--log", log, filepath.Join(dir, "wire.pcap")}
			for _, keys := range []string{"gwa.log", "keys.txt"} {
				if _, err := os.Stat(filepath.Join(dir, keys)); err == nil {
					args = append(args, "-k", filepath.Join(dir, keys))
				}
			}
			var told, errs bytes.Buffer
			if code := run(args, nil, &told, &errs); code != exitDone {
				t.Fatalf("exit code %d, %s", code, &errs)
			}
			text, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			var doc struct {
				Decrypt struct {
					Packets, Written int
					Opened           int `json:"esp_opened"`
					ESP              int
					IKE              int
				}
			}
			if err := json.Unmarshal(told.Bytes(), &doc); err != nil {
				t.Fatal(err)
			}
			list := readLog(t, text)
			frames, esps, opened, ikes := make(map[int]bool), 0, 0, 0
			for _, p := range list {
				frames[p.Frame] = true
				switch p.Kind {
				case "esp", "ah", "ipcomp":
					esps++
					if p.Result != "not-decrypted" {
						opened++
					} else if p.Why == "" {
						t.Errorf("frame %d: no reason", p.Frame)
					}
				case "ike":
					ikes++
				}
			}
			if d := doc.Decrypt; len(frames) != d.Packets || esps != d.ESP || opened != d.Opened || ikes != d.IKE {
				t.Errorf("%d frames, %d of ESP, %d decrypted, %d of IKE, want %+v", len(frames), esps, opened, ikes, d)
			}
			wantsOutputs(t, out, list, doc.Decrypt.Written)
		})
	}
}

// wantsOutputs checks that the packets inside stand where the log says.
func wantsOutputs(t *testing.T, path string, list []loggedPacket, written int) {
	t.Helper()
	src, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	packets := make(map[int][]byte)
	for {
		var p capture.Packet
		if err := r.Read(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packet, _ := capture.IP(&p)
		packets[p.Number] = bytes.Clone(packet)
	}
	if len(packets) != written {
		t.Fatalf("%d packets in the output, want %d", len(packets), written)
	}
	for _, p := range list {
		if p.Inner == nil || p.Inner.Mode != "tunnel" {
			continue
		}
		h, ok := ip.Parse(packets[p.OutputFrame])
		if !ok || p.Output != path || h.Src.String() != p.Inner.Src || h.Dst.String() != p.Inner.Dst || h.Proto != p.Inner.Protocol || h.Total != p.Inner.Length {
			t.Errorf("frame %d: %+v in frame %d of the output, which has %v", p.Frame, *p.Inner, p.OutputFrame, h)
		}
		if _, body, ok := h.Upper(packets[p.OutputFrame]); ok && h.Proto == ip.ProtoTCP {
			if src, _ := ip.Ports(body); src != p.Inner.SrcPort {
				t.Errorf("frame %d: port %d, want %d", p.Frame, p.Inner.SrcPort, src)
			}
		}
	}
}

// The log is the same whatever else is written, and however many goroutines write it.
func TestPacketLogAlone(t *testing.T) {
	wire, keys := "../../testdata/pcaps/path-mtu-tcp/wire.pcap", "../../testdata/pcaps/path-mtu-tcp/keys.txt"
	want := ""
	for _, more := range [][]string{nil, {"-j", "1"}, {"--only", "ike"}, {"--split-by", "sa"}} {
		var out, errs bytes.Buffer
		args := append([]string{"decrypt", "--log", "-", "-k", keys, wire}, more...)
		if more != nil && more[0] != "-j" {
			args = append(args, "-w", filepath.Join(t.TempDir(), "plain.pcapng"))
		}
		if code := run(args, nil, &out, &errs); code != exitDone {
			t.Fatalf("%v: exit code %d, %s", more, code, &errs)
		}
		var b strings.Builder
		for line := range strings.Lines(out.String()) {
			front, _, _ := strings.Cut(line, `,"output":`)
			b.WriteString(strings.TrimRight(front, "}\n") + "\n")
		}
		if want == "" {
			want = b.String()
		}
		if b.String() != want || want == "" {
			t.Errorf("%v: a different log", more)
		}
	}
}

// Of a capture that is read as it comes, times count from its first packet, too, ESP has the IKE SA that negotiated it, and the log is flushed with the
// output.
func TestPacketLogLive(t *testing.T) {
	for _, name := range []string{"v1-transport", "v1-ah-tunnel", "v1-ipcomp", "v1-two-children", "v2-psk-gcm-x25519-pfs-rekey"} {
		dir := filepath.Join("../../testdata/pcaps", name)
		wire, err := os.ReadFile(filepath.Join(dir, "wire.pcap"))
		if err != nil {
			t.Fatal(err)
		}
		var logs [2]string
		for i, live := range []bool{false, true} {
			var out, errs bytes.Buffer
			args := []string{"decrypt", "--log", "-", "-k", filepath.Join(dir, "gwa.log"), "-"}
			if live {
				args = append(args, "--live")
			}
			if code := run(args, bytes.NewReader(wire), &out, &errs); code != exitDone {
				t.Fatalf("exit code %d, %s", code, &errs)
			}
			for line := range strings.Lines(out.String()) {
				var p struct {
					Frame        int
					Seconds      float64
					Kind, Result string
					IKE          string `json:"ike_sa"`
				}
				if err := json.Unmarshal([]byte(line), &p); err != nil {
					t.Fatal(err)
				}
				switch p.Kind {
				case "ike":
					p.IKE = "" // the responder's SPI is not known in the first message
				case "esp", "ah":
					if len(p.IKE) != 33 {
						t.Errorf("%s, frame %d: the IKE SA is %q", name, p.Frame, p.IKE)
					}
				}
				logs[i] += fmt.Sprintf("%d %v %s %s\n", p.Frame, p.Seconds, p.Result, p.IKE)
			}
		}
		if logs[0] != logs[1] || name == "v1-transport" && !strings.HasPrefix(logs[0], "1 0 clear \n2 0.008283 clear \n") {
			t.Errorf("%s, as it comes:\n%sas a whole:\n%s", name, logs[1], logs[0])
		}
	}
}
