package capture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// manyPackets are more than a batch has.
func manyPackets(n int) (list []*Packet) {
	for i := range n {
		list = append(list, pkt(i+1, time.Duration(i)*time.Millisecond, ip4(ip.ProtoESP, esp(0x1001, uint32(i), 100+i%50))))
	}
	return list
}

// passOver reads all packets, and returns how many there are and the error at the end, if that is not io.EOF.
func passOver(t testing.TB, src *Source) (n int, err error) {
	t.Helper()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	var b Batch
	for {
		switch err := r.ReadBatch(&b); {
		case err == io.EOF:
			return n, nil
		case err != nil:
			return n, err
		}
		n += len(b.Packets)
	}
}

// feeding is a pipe that the test writes to, and the Source that reads it.
func feeding(t *testing.T, ctx context.Context, front []byte, opt Options) (*io.PipeWriter, *Source) {
	t.Helper()
	r, w := io.Pipe()
	opt.Stdin, opt.TempDir = r, t.TempDir()
	go w.Write(front)
	src, err := OpenContext(ctx, []string{"-"}, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		src.Close()
		w.Close()
		if left, _ := os.ReadDir(opt.TempDir); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	return w, src
}

// What has come of a pipe is read before the rest comes, by several passes at once.
func TestFollow(t *testing.T) {
	le := binary.LittleEndian
	packets := manyPackets(1500)
	pcap := [][]byte{pcapOf(le, magicMicro, LinkRaw, packets[:750]...), pcapOf(le, magicMicro, LinkRaw, packets[750:]...)[pcapHeaderLen:]}
	ng := [][]byte{cat(ngSection(le), ngInterfaceOf(le, LinkRaw)), nil}
	for i, p := range packets {
		ng[i/750] = append(ng[i/750], ngPacketOf(le, 0, uint64(p.Time.UnixMicro()), p)...)
	}
	packed := func(w interface {
		io.WriteCloser
		Flush() error
	}, out *bytes.Buffer) (parts [][]byte) {
		for _, b := range pcap {
			out.Reset()
			w.Write(b)
			if len(parts) == 0 {
				w.Flush()
			} else {
				w.Close()
			}
			parts = append(parts, bytes.Clone(out.Bytes()))
		}
		return parts
	}
	var out bytes.Buffer
	zw, _ := zstd.NewWriter(&out)
	for name, parts := range map[string][][]byte{
		"pcap": pcap, "pcapng": ng, "gzip": packed(gzip.NewWriter(&out), &out), "zstd": packed(zw, &out),
	} {
		t.Run(name, func(t *testing.T) {
			const part = 20 // of the next packet comes with the first ones, which do not wait for the rest
			w, src := feeding(t, t.Context(), cat(parts[0], parts[1][:part]), Options{})
			stuck := time.AfterFunc(10*time.Second, func() { w.CloseWithError(errors.New("packets that have come are held back")) })
			defer stuck.Stop()
			r, err := src.Reader()
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for b := new(Batch); n < 750; n += len(b.Packets) {
				if err := r.ReadBatch(b); err != nil {
					t.Fatal(err)
				}
			}
			go func() {
				w.Write(parts[1][part:])
				w.Close()
			}()
			checkPackets(t, drain(t, src), packets)
			for b := new(Batch); r.ReadBatch(b) == nil; {
				n += len(b.Packets)
			}
			if n != len(packets) {
				t.Errorf("%d packets, want %d", n, len(packets))
			}
		})
	}
}

// What ends the copying is the error of each pass, after the packets that came before.
func TestFollowEnds(t *testing.T) {
	pcap := pcapOf(binary.LittleEndian, magicMicro, LinkRaw, manyPackets(100)...)
	broken := errors.New("the cable is broken")
	for _, c := range []struct {
		name  string
		limit int64
		do    func(w *io.PipeWriter, cancel func())
		want  string
		hint  string
	}{
		{"limit", int64(len(pcap)) + 1000, func(w *io.PipeWriter, _ func()) { w.Write(pcap[24:]) }, "larger than the limit", "--live"},
		{"signal", 0, func(_ *io.PipeWriter, cancel func()) { cancel() }, "context canceled", ""},
		{"error", 0, func(w *io.PipeWriter, _ func()) { w.CloseWithError(broken) }, broken.Error(), "--live"},
		{"end", 0, func(w *io.PipeWriter, _ func()) { w.Close() }, "", ""},
		{"end in a packet", 0, func(w *io.PipeWriter, _ func()) { w.Write(pcap[24:90]); w.Close() }, "", ""},
		{"garbage, then a signal", 0, func(w *io.PipeWriter, cancel func()) { w.Write(make([]byte, 100)); cancel() }, "context canceled", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w, src := feeding(t, ctx, pcap, Options{MaxSpool: c.limit})
			time.AfterFunc(10*time.Millisecond, func() { c.do(w, cancel) })
			for range 2 {
				n, err := passOver(t, src)
				if n < 100 || c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
					t.Errorf("%d packets, error %v, want %q", n, err, c.want)
				}
				if e := (*InputError)(nil); c.hint != "" && (!errors.As(err, &e) || !strings.Contains(e.Hint(), c.hint)) {
					t.Errorf("the hint of %v does not name %s", err, c.hint)
				}
				if _, err := src.Reader(); err != nil {
					t.Error(err)
				}
			}
			if cuts := src.Cuts(); len(cuts) != 0 != (c.name == "end in a packet") {
				t.Errorf("cuts: %v", cuts)
			}
		})
	}
}

// A pass that waits for a pipe can be stopped, and Close waits for no pipe.
func TestFollowStopped(t *testing.T) {
	w, src := feeding(t, t.Context(), pcapOf(binary.LittleEndian, magicMicro, LinkRaw, samplePackets()...), Options{})
	defer w.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(10*time.Millisecond, r.Interrupt)
	b := new(Batch)
	for err == nil {
		err = r.ReadBatch(b)
	}
	if !errors.Is(err, errStopped) || len(src.Cuts()) != 0 {
		t.Errorf("%v, cuts: %v", err, src.Cuts())
	}
}

// The secrets in front of the packets are known before the rest has come. A pass tells that it has met others.
func TestFrontSecrets(t *testing.T) {
	le := binary.LittleEndian
	dsb := func(text string) []byte {
		return ngBlock(le, blockSecrets, le.AppendUint32(le.AppendUint32(nil, SecretESP), uint32(len(text))), []byte(text))
	}
	p := samplePackets()
	front := cat(ngSection(le), ngInterfaceOf(le, LinkRaw), dsb("one."), ngPacketOf(le, 0, 0, p[0]))
	w, src := feeding(t, t.Context(), front, Options{})
	if got, beyond := src.FrontSecretBlocks(); len(got) != 1 || string(got[0].Data) != "one." || beyond != 0 {
		t.Errorf("%s, %d beyond", got, beyond)
	}
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	b := new(Batch)
	if err := r.ReadBatch(b); err != nil || r.MetSecrets() {
		t.Errorf("%v, it has met secrets: %v", err, r.MetSecrets())
	}
	go func() {
		w.Write(cat(dsb("two."), ngPacketOf(le, 0, 0, p[1])))
		w.Close()
	}()
	if err := r.ReadBatch(b); err != nil || !r.MetSecrets() {
		t.Errorf("%v, it has met secrets: %v", err, r.MetSecrets())
	}
	if got, _ := src.SecretBlocks(); len(got) != 2 {
		t.Errorf("%d blocks in all", len(got))
	}
}

// A pass that was stopped while it waited for a pipe says nothing of the capture, though the copy has ended since.
func TestStoppedBeforeEnd(t *testing.T) {
	w, src := feeding(t, context.Background(), pcapOf(binary.LittleEndian, magicMicro, LinkRaw, manyPackets(3)...), Options{})
	w.Close()
	<-src.inputs[0].pipe.done
	for range 50 { // both have happened: either may be seen first
		r, err := src.Reader()
		if err != nil {
			t.Fatal(err)
		}
		r.Interrupt()
		r.ended(&head{pipe: &follower{in: src.inputs[0]}}, &cutError{113005, fmt.Errorf("record header: %w", errStopped)})
		if cuts := src.Cuts(); r.err != errStopped || len(cuts) > 0 {
			t.Fatalf("%v, %v", r.err, cuts)
		}
	}
}
