//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// An archiveKind is a capture of a kind that recorded sessions have none of, or few.
type archiveKind struct {
	name    string
	header  []byte
	list    [][]byte
	secrets []string            // arguments
	suffix  string              // of the names of files
	pack    func([]byte) []byte // compresses a file
	few     int                 // packets that are to be decrypted at the least
}

// wrappedKind are the frames of a session, changed, as a capture.
func wrappedKind(t *testing.T, name, session string, wrap func([]byte) []byte) archiveKind {
	t.Helper()
	k := sessionKind(t, name, session)
	for i, r := range k.list {
		f := wrap(r[16:])
		r = append(bytes.Clone(r[:16]), f...)
		binary.LittleEndian.PutUint32(r[8:], uint32(len(f)))
		binary.LittleEndian.PutUint32(r[12:], uint32(len(f)))
		k.list[i] = r
	}
	return k
}

func sessionKind(t *testing.T, name, session string) archiveKind {
	t.Helper()
	dir := filepath.Join(pcaps, session)
	k := archiveKind{name: name, few: 10}
	k.header, k.list = records(t, filepath.Join(dir, "wire.pcap"))
	for _, file := range []string{"gwa.log", "gwa.log.gz", "keys.txt"} {
		if path := filepath.Join(dir, file); exists(path) {
			k.secrets = append(k.secrets, "-k", path)
		}
	}
	return k
}

// caseKind is a capture of testdata beside the sessions.
func caseKind(t *testing.T, dir, keys string) archiveKind {
	t.Helper()
	k := archiveKind{name: dir, secrets: []string{"-k", filepath.Join(pcaps, "..", dir, keys)}, few: 4}
	k.header, k.list = records(t, filepath.Join(pcaps, "..", dir, "wire.pcap"))
	return k
}

// withoutKeys is a capture of which no key is given.
func withoutKeys(k archiveKind) archiveKind {
	k.name, k.secrets, k.few = k.name+" without keys", nil, 0
	return k
}

// shardedKind is a capture that a test has made.
func shardedKind(t *testing.T, name string, c *sharded, keys []string) archiveKind {
	t.Helper()
	return archiveKind{name: name, header: c.header, list: c.list, secrets: keys, few: 10}
}

// twoInterfaces makes a pcap session one in pcapng, whose packets come from two interfaces in turn.
func twoInterfaces(k archiveKind) archiveKind {
	block := func(kind uint32, body []byte) []byte {
		body = append(body, make([]byte, -len(body)&3)...)
		n := uint32(len(body) + 12)
		b := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, kind), n)
		return binary.LittleEndian.AppendUint32(append(b, body...), n)
	}
	le := binary.LittleEndian
	link := le.Uint32(k.header[20:])
	section := slices.Concat(le.AppendUint32(nil, 0x1a2b3c4d), []byte{1, 0, 0, 0}, bytes.Repeat([]byte{0xff}, 8))
	face := le.AppendUint32(le.AppendUint32(nil, link), 0)
	k.header = slices.Concat(block(0x0a0d0d0a, section), block(1, slices.Clone(face)), block(1, face))
	list := slices.Clone(k.list)
	for i, r := range list {
		at := uint64(recordTime(r).Microseconds())
		b := le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, uint32(i%2)), uint32(at>>32)), uint32(at))
		list[i] = block(6, slices.Concat(b, r[8:16], r[16:]))
	}
	k.list = list
	return k
}

// archiveKinds are the kinds.
func archiveKinds(t *testing.T) []archiveKind {
	t.Helper()
	const v1, v2 = "v1-main-psk-aes128-sha1", "v2-psk-gcm-x25519-pfs-rekey"
	named := func(name string) int {
		return slices.IndexFunc(wrappers, func(w wrapper) bool { return w.name == name })
	}
	gz, zst, ng := sessionKind(t, "gzip", v2), sessionKind(t, "zstd", v1), twoInterfaces(sessionKind(t, "pcapng with two interfaces", v2))
	gz.suffix, gz.pack = ".gz", func(b []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		w.Write(b)
		w.Close()
		return out.Bytes()
	}
	zst.suffix, zst.pack = ".zst", func(b []byte) []byte {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		return w.EncodeAll(b, nil)
	}
	keys := []string{"-k", filepath.Join(pcaps, v2, "gwa.log")}
	x := &iptfs{src: netip.MustParseAddr("192.0.2.1"), dst: netip.MustParseAddr("192.0.2.2"), esn: true, key: make([]byte, 20), spi: 0x1001, seq: 0xffff_fff0, room: 400}
	var frames [][]byte
	for range 32 {
		frames = append(frames, x.frame(t, make([]byte, 64)))
	}
	esn := filepath.Join(t.TempDir(), "esn.log")
	if err := os.WriteFile(esn, []byte(x.keyLine()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return []archiveKind{
		wrappedKind(t, "VXLAN", v2, wrappers[named("VXLAN")].wrap), wrappedKind(t, "GRE", v1, wrappers[named("GRE")].wrap), gz, zst, ng,
		shardedKind(t, "TCP", overTCP(t, filepath.Join(pcaps, v2, "wire.pcap"), &tcpTunnel{port: 4500}), keys),
		shardedKind(t, "TCP in segments", overTCP(t, filepath.Join(pcaps, v2, "wire.pcap"), &tcpTunnel{port: 4500, room: 500}), keys),
		shardedKind(t, "ESN at 2^32", shardedFrames(frames), []string{"-k", esn}),
		sessionKind(t, "IKE fragments", "v2-rsa-certs-frag"), sessionKind(t, "AH", "v1-ah-tunnel"), sessionKind(t, "IPComp", "v1-ipcomp"),
		sessionKind(t, "NULL without ICV, found by its content", "esp-null-noauth"), sessionKind(t, "NULL", "v1-main-psk-3des-md5-espnull"),
		caseKind(t, "aggfrag", "agg.keylog"), caseKind(t, "ims", "aka.keylog"),
		withoutKeys(caseKind(t, "ims", "aka.keylog")), withoutKeys(sessionKind(t, "IKEv2", v2)),
	}
}

// Captures in wrappings and of rare kinds, cut in two and in eight, are decrypted file by file to the packets of the whole, and their marks add up to
// its SAs.
func TestArchiveKinds(t *testing.T) {
	for _, k := range archiveKinds(t) {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			n := len(k.list)
			cuts := [][]int{evenly(n, 8), {n / 3}}
			if *everyCut {
				cuts = cuts[:1]
				for at := 1; at < n; at++ {
					cuts = append(cuts, []int{at})
				}
			}
			k.everyCut(t, cuts)
		})
	}
}

// everyCut compares a capture that is cut at each of several borders with the whole, which is decrypted once: of its key files, that are read anew each
// time, a run costs most.
func (k *archiveKind) everyCut(t *testing.T, cuts [][]int) {
	t.Helper()
	whole := k.cut(t, nil).whole(t)
	for _, borders := range cuts {
		c := k.cut(t, borders)
		for _, d := range c.differences(t, whole, func(keys, out string) { c.share(t, keys, out) }) {
			t.Errorf("in %d files, at %v: %s", c.files, borders, d)
		}
	}
}

// cut cuts a capture into files, each with the packets up to the next border.
func (k *archiveKind) cut(t *testing.T, borders []int) *cutSession {
	t.Helper()
	c := &cutSession{name: k.name, archive: filepath.Join(t.TempDir(), "archive"), secrets: k.secrets, suffix: k.suffix, few: k.few}
	from := 0
	for _, to := range append(borders, len(k.list)) {
		if to = min(to, len(k.list)); to > from {
			file := append(bytes.Clone(k.header), bytes.Join(k.list[from:to], nil)...)
			if k.pack != nil {
				file = k.pack(file)
			}
			putFile(t, filepath.Join(c.archive, "gate", fmt.Sprintf("wire.pcap%d%s", c.files, k.suffix)), file)
			from = to
			c.files++
		}
	}
	return c
}
