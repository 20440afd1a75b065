//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// espPackets are the packets of ESP among the records of a pcap file of Ethernet and the little end.
func espPackets(list [][]byte) (esp [][]byte) {
	const record, ethernet, ipv4, protoESP = 16, 14, 0x0800, 50
	for _, r := range list {
		f := r[record:]
		if len(f) > ethernet+20 && binary.BigEndian.Uint16(f[12:]) == ipv4 && f[ethernet+9] == protoESP {
			esp = append(esp, r)
		}
	}
	return esp
}

// throughFIFO makes a FIFO of a name, and what writes b to it.
func throughFIFO(t *testing.T, name string, b []byte) string {
	t.Helper()
	fifo := filepath.Join(t.TempDir(), name)
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		if f, err := os.OpenFile(fifo, os.O_WRONLY, 0); err == nil {
			f.Write(b)
			f.Close()
		}
	}()
	return fifo
}

// What is made of a pipe is what is made of a file, in one pass and in two, in a file and on standard output.
func TestPipeAsFile(t *testing.T) {
	if testing.Short() {
		t.Skip("decrypts each session several times")
	}
	wires, err := filepath.Glob(filepath.Join(pcaps, "*", "wire.pcap"))
	if err != nil || len(wires) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	once := 0
	for _, wire := range wires {
		dir := filepath.Dir(wire)
		keys := filepath.Join(t.TempDir(), "keys.log")
		if code := run([]string{"export", "keylog", "-q", "-k", dir, "-o", keys, wire}, nil, io.Discard, io.Discard); code != exitDone && code != exitIncomplete {
			continue // has no keys
		}
		header, list := records(t, wire)
		esp := espPackets(list)
		captures := map[string][]byte{"all": bytes.Join(append([][]byte{header}, list...), nil)}
		if len(esp) > 0 {
			captures["ESP alone"] = bytes.Join(append([][]byte{header}, esp...), nil)
		}
		for name, b := range captures {
			t.Run(filepath.Base(dir)+" "+name, func(t *testing.T) {
				work := t.TempDir()
				file := filepath.Join(work, "wire.pcap")
				if err := os.WriteFile(file, b, 0o600); err != nil {
					t.Fatal(err)
				}
				made := func(in string, out string) (text string, file []byte) {
					var stdout, errs bytes.Buffer
					code := run([]string{"decrypt", "-k", keys, "-w", out, in}, nil, &stdout, &errs)
					if code != exitDone && code != exitIncomplete {
						t.Fatalf("exit code %d: %s", code, &errs)
					}
					if out == "-" {
						return errs.String(), stdout.Bytes()
					}
					file, err := os.ReadFile(out)
					if err != nil {
						t.Fatal(err)
					}
					return errs.String(), file
				}
				plain := filepath.Join(work, "plain.pcapng")
				said, toFile := made(file, plain)
				for in, out := range map[string]string{throughFIFO(t, "wire.pcap", b): plain, throughFIFO(t, "wire.pcap", b): "-"} {
					got, to := made(in, out)
					want := toFile
					got = strings.ReplaceAll(strings.ReplaceAll(got, in, file), "standard output", plain)
					if out == "-" {
						to, want = withoutNotes(to), withoutNotes(toFile)
						got = strings.ReplaceAll(got, "written to -", "written to "+plain)
					}
					if got != said || !bytes.Equal(to, want) {
						t.Errorf("a pipe, written to %s: %d bytes, want %d\n%s\nwant\n%s", out, len(to), len(want), got, said)
					}
				}
				if strings.Contains(said, "IKE: 0 messages") && strings.Contains(said, " 0 closed") {
					once++
				}
			})
		}
	}
	if once < 10 {
		t.Errorf("one pass was enough for %d captures", once)
	}
}

// withoutNotes is a pcapng file of the little end without its header, which has comments on all SAs in a file, and on standard output those on what
// is known before the first packet.
func withoutNotes(b []byte) []byte {
	if len(b) < 8 {
		return b
	}
	return b[binary.LittleEndian.Uint32(b[4:]):]
}

// Packets come out before the pipe has ended where one pass does, and go on as two passes make them after the first that it does not do for.
func TestPipeGoesOn(t *testing.T) {
	const session = "v2-psk-gcm-x25519-pfs-rekey"
	wire, log := liveSession(session)
	log = filepath.Join(ownCopy(t, filepath.Dir(log)), filepath.Base(log))
	keys := filepath.Join(t.TempDir(), "keys.log")
	if err := os.WriteFile(keys, []byte(keyLogOf(t, session, "ESP_SA")), 0o600); err != nil {
		t.Fatal(err)
	}
	header, list := records(t, wire)
	esp := espPackets(list)
	for _, c := range []struct {
		name string
		rest [][]byte
		want string
	}{
		{"ESP", esp, "IKE: 0 messages"},
		{"IKE after it", list, "IKE: 18 messages, 16 decrypted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "wire.pcap")
			if err := os.WriteFile(file, bytes.Join(append(append([][]byte{header}, esp...), c.rest...), nil), 0o600); err != nil {
				t.Fatal(err)
			}
			_, said := runDone(t, "decrypt", "-k", keys, "-k", log, "-w", filepath.Join(t.TempDir(), "plain.pcapng"), file)
			p := startLive(t, "decrypt", "-k", keys, "-k", log, "-w", "-", "-")
			p.capture()
			p.feed(header)
			for _, r := range esp {
				p.feed(r)
			}
			var got []capture.Packet
			for range esp {
				got = append(got, p.next())
			}
			for _, r := range c.rest {
				p.feed(r)
			}
			p.in.Close()
			for q := range p.got {
				got = append(got, q)
			}
			if code := p.wait(); code != exitDone {
				t.Errorf("exit code %d: %s", code, &p.errs)
			}
			if _, counts, _ := strings.Cut(said, "\n"); !strings.Contains(said, c.want) || !strings.HasSuffix(p.errs.String(), counts) {
				t.Errorf("it says %s\nwant %s", &p.errs, said)
			}
			want := packetsOf(t, file, "-k", keys, "-k", log)
			if len(got) != len(want) {
				t.Fatalf("%d packets, want %d", len(got), len(want))
			}
			for i := range got {
				if !bytes.Equal(got[i].Data, want[i].Data) || !slices.Equal(got[i].Comments, want[i].Comments) || !got[i].Time.Equal(want[i].Time) {
					t.Errorf("packet %d: %q %x\nwant %q %x", i+1, got[i].Comments, got[i].Data, want[i].Comments, want[i].Data)
				}
			}
		})
	}
}

// packetsOf are the packets of the decrypted copy of a file.
func packetsOf(t *testing.T, file string, secrets ...string) (list []capture.Packet) {
	t.Helper()
	plain := filepath.Join(t.TempDir(), "plain.pcapng")
	runDone(t, append([]string{"decrypt", "-w", plain, file}, secrets...)...)
	src, err := capture.Open([]string{plain}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	for err == nil {
		var q *capture.Packet
		if q, err = r.Next(); err == nil {
			list = append(list, *q)
		}
	}
	return list
}
