package ikedecode_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// ikeOf parses the IKE message of a packet of Ethernet, IPv4 and UDP; nil if it holds none.
func ikeOf(p *capture.Packet) *decode.Message {
	s := capture.NewSplitter(capture.SplitOptions{})
	for _, d := range s.Split(p) {
		if d.Kind == capture.IKE {
			m, _ := exchange.Parse(d.Payload)
			return m
		}
	}
	return nil
}

func isIKE(p *capture.Packet) bool { return ikeOf(p) != nil }

// An ikeFrames tells the packets of a capture by their place in the negotiation.
type ikeFrames struct {
	main  []*capture.Packet // messages of phase 1
	quick []*capture.Packet // of the first Quick Mode
	all   []*capture.Packet
}

func sortFrames(ps []*capture.Packet) ikeFrames {
	f := ikeFrames{all: ps}
	var mid uint32
	for _, p := range ps {
		m := ikeOf(p)
		if m == nil {
			continue
		}
		switch {
		case m.Exchange == ikev1.ExchangeMain || m.Exchange == ikev1.ExchangeAggressive:
			f.main = append(f.main, p)
		case m.Exchange == ikev1.ExchangeQuick && (mid == 0 || mid == m.MessageID):
			mid = m.MessageID
			f.quick = append(f.quick, p)
		}
	}
	return f
}

// without drops packets.
func without(ps []*capture.Packet, drop ...*capture.Packet) []*capture.Packet {
	return slices.DeleteFunc(slices.Clone(ps), func(p *capture.Packet) bool { return slices.Contains(drop, p) })
}

// repeated puts a copy of p, a second time sent, behind after.
func repeated(ps []*capture.Packet, p, after *capture.Packet) []*capture.Packet {
	again := *p
	again.Time = after.Time.Add(1000)
	i := slices.Index(ps, after)
	return slices.Insert(slices.Clone(ps), i+1, &again)
}

func doubled(ps []*capture.Packet) []*capture.Packet {
	var out []*capture.Packet
	for _, p := range ps {
		out = append(out, p, p)
	}
	return out
}

// A lossCase drops and repeats packets of a Main Mode with six messages and a Quick Mode with three.
type lossCase struct {
	name   string
	edit   func(f ikeFrames) []*capture.Packet
	keys   string // "log": everything; "ka": Ka alone; "dh": PSK and g^xy
	closed int    // messages that cannot open
	// partly are the messages, by their place in the negotiation, whose first block may stay unknown.
	partly  int
	traffic bool // the traffic opens
}

var lossCases = []lossCase{
	{"complete", func(f ikeFrames) []*capture.Packet { return f.all }, "dh", 0, 0, true},
	{"every packet twice", func(f ikeFrames) []*capture.Packet { return doubled(f.all) }, "dh", 0, 0, true},
	{"MM5 resent after MM6", func(f ikeFrames) []*capture.Packet { return repeated(f.all, f.main[4], f.main[5]) }, "dh", 0, 0, true},
	{"MM6 lost", func(f ikeFrames) []*capture.Packet { return without(f.all, f.main[5]) }, "dh", 0, 0, true},
	{"MM5 lost", func(f ikeFrames) []*capture.Packet { return without(f.all, f.main[4]) }, "dh", 0, 1, true},
	{"MM5 and MM6 lost", func(f ikeFrames) []*capture.Packet { return without(f.all, f.main[4], f.main[5]) }, "dh", 0, 0, true},
	{"QM1 resent after QM2", func(f ikeFrames) []*capture.Packet { return repeated(f.all, f.quick[0], f.quick[1]) }, "dh", 0, 0, true},
	{"QM2 lost", func(f ikeFrames) []*capture.Packet { return without(f.all, f.quick[1]) }, "dh", 0, 1, false},
	{"QM1 lost", func(f ikeFrames) []*capture.Packet { return without(f.all, f.quick[0]) }, "dh", 0, 1, false},
	{"MM1 missing", func(f ikeFrames) []*capture.Packet { return without(f.all, f.main[0]) }, "dh", 0, 0, true},
	{"starts at MM3", func(f ikeFrames) []*capture.Packet { return without(f.all, f.main[:2]...) }, "dh", 0, 0, true},
	{"MM3 and MM4 missing, Ka given", func(f ikeFrames) []*capture.Packet { return without(f.all, f.main[2:4]...) }, "ka", 0, 1, false},
	{"MM3 and MM4 missing, log given", func(f ikeFrames) []*capture.Packet { return without(f.all, f.main[2:4]...) }, "log", 0, 1, true},
	{"starts at MM5, log given", func(f ikeFrames) []*capture.Packet { return without(f.all, f.main[:4]...) }, "log", 0, 1, true},
	{"starts at QM1, log given", func(f ikeFrames) []*capture.Packet { return without(f.all, f.main...) }, "log", 0, 0, true},
	{"MM2 missing", func(f ikeFrames) []*capture.Packet { return without(f.all, f.main[1]) }, "dh", 0, 0, true},
	{"MM1 resent after MM2", func(f ikeFrames) []*capture.Packet { return repeated(f.all, f.main[0], f.main[1]) }, "dh", 0, 0, true},
	{"initiator only", func(f ikeFrames) []*capture.Packet { return oneWay(f.all, 0) }, "log", 0, 2, false},
	{"responder only", func(f ikeFrames) []*capture.Packet { return oneWay(f.all, 1) }, "log", 0, 2, false},
}

// oneWay keeps the packets of one side: 0 the sender of the first one, 1 the other.
func oneWay(ps []*capture.Packet, side int) []*capture.Packet {
	src := string(ps[0].Data[26:30])
	return slices.DeleteFunc(slices.Clone(ps), func(p *capture.Packet) bool {
		return (string(p.Data[26:30]) == src) != (side == 0)
	})
}

// The sessions that the cases are made from: ciphers with blocks of 16 and of 8 bytes, one and several transforms offered.
var lossSessions = []string{
	"v1-main-psk-aes128-sha1", "v1-main-psk-des-md5", "v1-main-psk-3des-md5-espnull", "v1-main-psk-multi-proposals",
	"v1-libreswan-pfs", "v1-xauth-modecfg", "v1-transport",
}

// In each case everything that the remaining packets allow opens.
func TestLossAndRepeats(t *testing.T) {
	for _, name := range lossSessions {
		dir := filepath.Join(pcaps, name)
		frames := sortFrames(readPackets(t, filepath.Join(dir, "wire.pcap")))
		want := clearTruth(t, dir)
		full := readBag(t, filepath.Join(dir, "gwa.log"))
		for _, c := range some(lossCases) {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				edited := c.edit(frames)
				r := analyze(t, lossKeys(t, c.keys, full, dir), writePackets(t, edited))
				checkLoss(t, c, r)
				if c.traffic {
					w := want
					if c.name == "every packet twice" {
						w = append(slices.Clone(want), want...)
					}
					checkTraffic(t, r, w)
				}
			})
		}
	}
}

// lossKeys cuts the bag down to what a case has.
func lossKeys(t *testing.T, which string, full *secret.Bag, dir string) *secret.Bag {
	switch which {
	case "ka":
		return only(full, secret.EncKey)
	case "dh":
		b := only(full, secret.DHSecret, secret.QMDHSecret)
		b.Add(scenarioPSK(t, dir))
		return b
	}
	return full
}

func checkLoss(t *testing.T, c lossCase, r *run) {
	t.Helper()
	var closed, partly int
	for _, sa := range r.SAs {
		for _, m := range sa.Messages {
			switch m.State {
			case ikesa.Closed:
				closed++
				t.Logf("frame %d closed: %v", m.Frame, m.Why)
			case ikesa.Partly:
				partly++
				t.Logf("frame %d partly open: %+v", m.Frame, m.IV)
			}
			if m.Hash.Done && !m.Hash.OK {
				t.Errorf("frame %d: %s does not fit", m.Frame, m.Hash.Name)
			}
		}
	}
	if len(r.SAs) != 1 {
		t.Errorf("%d IKE SAs, want 1", len(r.SAs))
	}
	if closed > c.closed {
		t.Errorf("%d messages closed, want at most %d", closed, c.closed)
	}
	if partly > c.partly {
		t.Errorf("%d messages partly open, want at most %d", partly, c.partly)
	}
}

// IKE fragments that come in any order, twice, and with the last one first, give the same messages.
func TestFragmentsInAnyOrder(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-main-rsa-certs-frag")
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	ps := readPackets(t, filepath.Join(dir, "wire.pcap"))
	f := sortFrames(ps)
	bag := readBag(t, filepath.Join(dir, "gwa.log"))
	want := clearTruth(t, dir)
	reversed := slices.Clone(ps)
	for _, run := range [][2]int{{4, 7}, {7, 10}} {
		slices.Reverse(reversed[run[0]:run[1]])
	}
	cases := map[string][]*capture.Packet{
		"last first":      reversed,
		"twice":           doubled(ps),
		"one resent":      repeated(ps, f.main[5], f.main[6]),
		"reversed, twice": doubled(reversed),
	}
	for name, edited := range cases {
		t.Run(name, func(t *testing.T) {
			r := analyze(t, bag, writePackets(t, edited))
			checkOpened(t, r)
			w := want
			if name == "twice" || name == "reversed, twice" {
				w = append(slices.Clone(want), want...)
			}
			checkTraffic(t, r, w)
		})
	}
}
