package exchange

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
)

// A memoryStore is a Store in memory, of limited size.
type memoryStore struct {
	b   []byte
	max int
}

var errFull = errors.New("full")

func (s *memoryStore) Append(b []byte) (int64, error) {
	if s.max > 0 && len(s.b)+len(b) > s.max {
		return 0, errFull
	}
	at := len(s.b)
	s.b = append(s.b, b...)
	return int64(at), nil
}

func (s *memoryStore) ReadAt(b []byte, at int64) (int, error) {
	if n := copy(b, s.b[at:]); n < len(b) {
		return n, io.ErrUnexpectedEOF
	}
	return len(b), nil
}

// recorded are the IKE datagrams of a capture.
func recorded(t *testing.T, path string) (list []capture.Datagram) {
	src, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	split := capture.NewSplitter(capture.SplitOptions{})
	for {
		p, err := r.Next()
		if err != nil {
			return list
		}
		for _, d := range split.Split(p) {
			if d.Kind == capture.IKE {
				d.Payload = slices.Clone(d.Payload)
				list = append(list, d)
			}
		}
	}
}

// A conversation that was in the archive is what it would be without, of all recorded sessions: also where all but the newest message is always
// there, and where the archive has it in part and memory the rest.
func TestArchive(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/pcaps/*/*.pcap*")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no recorded session: %v", err)
	}
	seen, inParts := 0, 0
	for _, path := range paths {
		list := recorded(t, path)
		for _, every := range []int{1, 3, len(list)} {
			plain := NewTracker(Options{})
			a := NewArchive(&memoryStore{})
			tr := NewTracker(Options{Archive: a})
			for i := range list {
				if plain.Add(&list[i]) != nil {
					continue
				}
				if err := tr.Add(&list[i]); err != nil {
					t.Fatal(err)
				}
				if i%every == 0 {
					for tr.quiet.n > 0 {
						tr.push(tr.quiet.first)
					}
				}
			}
			got := tr.Conversations() // with those that are in the archive in part
			inParts += len(got)
			for _, i := range a.Rows() {
				for p := range a.Places(i) {
					c := a.Load(p)
					if len(c.Messages) == 0 {
						for _, f := range c.OpenFragments() {
							c.insert(f)
						}
					}
					got = append(got, c)
				}
			}
			want := plain.Conversations()
			for _, c := range want {
				seen++
				if !slices.ContainsFunc(got, func(o *Conversation) bool { return sameConversation(c, o) }) {
					t.Errorf("%s, archived every %d messages: %v:%v is not what it was", path, every, c.Initiator, c.Responder)
				}
			}
			if len(got) != len(want) || tr.Evicted() != 0 {
				t.Errorf("%s: %d conversations, want %d", path, len(got), len(want))
			}
		}
	}
	if seen < 300 || inParts < 50 {
		t.Errorf("%d conversations, %d of them in memory: too few", seen, inParts)
	}
}

// sameConversation compares what is known of two conversations, all but where they are.
func sameConversation(a, b *Conversation) bool {
	x, y := *a, *b
	for _, c := range []*Conversation{&x, &y} {
		c.number, c.row, c.memory, c.prev, c.next = 0, 0, 0, nil, nil
	}
	return reflect.DeepEqual(x, y)
}

// What is in no part of memory is found in the archive, also of an IKE SA that has more messages than memory has room for.
func TestArchiveInParts(t *testing.T) {
	const n = 5000
	var w line
	a := NewArchive(&memoryStore{})
	tr := NewTracker(Options{Archive: a, MaxMessages: 100})
	add := func(d *capture.Datagram) {
		if err := tr.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	first := w.message(hostA, hostB, header(ikev1.ExchangeMain, spiI, decode.SPI{}, ikev1.PayloadSA), sa)
	add(first)
	add(w.message(hostB, hostA, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadSA), sa))
	var frames []int
	for i := range n {
		h := header(ikev1.ExchangeInformational, spiI, spiR, ikev1.PayloadVendorID)
		h.MessageID = uint32(i + 1)
		d := w.message(hostA, hostB, h, payload(0, byte(i), byte(i>>8)))
		add(d)
		frames = append(frames, d.Frame)
	}
	if got := tr.Conversations(); len(got) != 0 || tr.Evicted() != 0 || len(a.Rows()) != 1 {
		t.Fatalf("%d conversations in memory, %d lost, %d rows", len(got), tr.Evicted(), len(a.Rows()))
	}
	for i, frame := range frames {
		list := a.Find(spiI, spiR, frame)
		if len(list) != 1 {
			t.Fatalf("frame %d is in %d places", frame, len(list))
		}
		if i%50 != 0 {
			continue
		}
		c := a.Load(list[0])
		at := slices.IndexFunc(c.Messages, func(m *Message) bool { return m.Frame == frame })
		if at < 0 || c.Messages[0].Frame != first.Frame || len(c.Messages) > 100+setupMessages+recentMessages {
			t.Fatalf("frame %d: at %d of %d messages", frame, at, len(c.Messages))
		}
	}
	places := 0
	for range a.Places(0) {
		places++
	}
	if places < n/100 || places > n/50+10 {
		t.Errorf("%d parts", places)
	}
}

// A file that is full loses conversations, which are counted, and nothing else.
func TestArchiveFull(t *testing.T) {
	var w line
	a := NewArchive(&memoryStore{max: archiveBlock + 4096})
	tr := NewTracker(Options{Archive: a, MaxConversations: 4})
	gone := 0
	tr.OnEvict = func(*Conversation) { gone++ }
	const n = 20_000
	for i := range n {
		h := header(ikev1.ExchangeMain, decode.SPI{0xff, byte(i), byte(i >> 8)}, decode.SPI{}, ikev1.PayloadSA)
		if err := tr.Add(w.message(hostA, hostB, h, sa)); err != nil {
			t.Fatal(err)
		}
	}
	if tr.Evicted() == 0 || gone != tr.Evicted() || a.Len()+tr.Evicted()+4 != n || len(a.buf) > 2*archiveBlock {
		t.Errorf("%d lost, %d told, %d archived, %d bytes wait", tr.Evicted(), gone, a.Len(), len(a.buf))
	}
	for _, i := range a.Rows() {
		for p := range a.Places(i) {
			if c := a.Load(p); c == nil || len(c.Messages) != 1 {
				t.Fatalf("row %d: %v", i, c)
			}
		}
	}
}

// The SPIs of an IKE SA whose beginning is archived are those of its messages to come, whatever these name.
func TestArchiveGoesOn(t *testing.T) {
	for _, late := range []int{1, 2} {
		t.Run(fmt.Sprint(late), func(t *testing.T) {
			var w line
			a := NewArchive(&memoryStore{})
			tr := NewTracker(Options{Archive: a})
			one := w.message(hostA, hostB, header(ikev1.ExchangeMain, spiI, decode.SPI{}, ikev1.PayloadSA), sa)
			two := w.message(hostB, hostA, header(ikev1.ExchangeMain, spiI, spiR, ikev1.PayloadSA), sa)
			again := *one
			again.Frame = 9
			for i, d := range []*capture.Datagram{one, two, &again} {
				if err := tr.Add(d); err != nil {
					t.Fatal(err)
				}
				if i+1 == late {
					tr.push(tr.quiet.first)
				}
			}
			all := tr.Conversations()
			if len(all) != 1 || len(all[0].Messages) != 2 || len(all[0].Messages[0].Repeats) != 1 || all[0].Responder != spiR || a.Len() != 0 {
				t.Errorf("%+v", all)
			}
		})
	}
}
