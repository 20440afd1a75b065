package ikedecode_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A session that was recorded with a daemon's log.
type logged struct {
	name    string
	packets []*capture.Packet
	bag     *secret.Bag
	counts  ikedecode.Counts
}

// loggedSessions are those of testdata, the first packets of each, with the secrets of the log that keys are derived of: no IV is among them.
func loggedSessions(t *testing.T) (list []logged) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs every session many times")
	}
	const most = 60
	dirs, err := filepath.Glob(filepath.Join(pcaps, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		log := filepath.Join(dir, "gwa.log")
		if _, err := os.Stat(log); err != nil {
			continue
		}
		l := logged{name: filepath.Base(dir), packets: readPackets(t, filepath.Join(dir, "wire.pcap"))}
		l.packets = l.packets[:min(len(l.packets), most)]
		l.bag = only(readBag(t, log), secret.PSK, secret.DHSecret, secret.DHPrivate, secret.SKEYID)
		l.counts = countsOf(t, l.packets, l.bag)
		list = append(list, l)
	}
	if len(list) < 40 {
		t.Fatalf("%d sessions", len(list))
	}
	return list
}

// countsOf decrypts packets as if a file had them in this order.
func countsOf(t *testing.T, ps []*capture.Packet, bag *secret.Bag) ikedecode.Counts {
	t.Helper()
	return analyze(t, bag, writePackets(t, ps)).Counts
}

// loses reports whether less is decrypted than before.
func loses(was, is ikedecode.Counts) bool {
	return is.IKEOpened < was.IKEOpened || is.IKEClosed > was.IKEClosed || is.Opened < was.Opened || is.NoSA > was.NoSA || is.BadICV > was.BadICV ||
		is.Malformed > was.Malformed
}

// TestAnyOrder has the packets of each session in other orders, as cards with several queues and merged captures have them: neighbours that change
// places, one that comes late, all of them shuffled, the last first. Nothing of it stays encrypted that did not before.
func TestAnyOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	opened := 0
	for _, l := range loggedSessions(t) {
		opened += l.counts.IKEOpened
		n := len(l.packets)
		orders := map[string][]int{"reversed": nil, "shuffled": rnd.Perm(n), "shuffled again": rnd.Perm(n)}
		for i := range n {
			orders["reversed"] = append(orders["reversed"], n-1-i)
		}
		for i := range min(n-1, 4) {
			orders["neighbours "+l.packets[i].Time.String()] = moved(n, i, 1)
			orders["late "+l.packets[i].Time.String()] = moved(n, i, 5)
		}
		for name, order := range orders {
			ps := make([]*capture.Packet, n)
			for i, k := range order {
				p := *l.packets[k]
				p.Time = l.packets[i].Time
				ps[i] = &p
			}
			if is := countsOf(t, ps, l.bag); loses(l.counts, is) {
				t.Errorf("%s, %s: %+v, in order %+v", l.name, name, is, l.counts)
			}
		}
	}
	if opened < 100 {
		t.Errorf("%d messages decrypted: there is nothing to be lost", opened)
	}
}

// moved is the order of n packets of which the i-th comes so many places later.
func moved(n, i, by int) (order []int) {
	for k := range n {
		if k != i {
			order = append(order, k)
		}
		if k == min(n-1, i+by) {
			order = append(order, i)
		}
	}
	return order
}

// TestJumpingClock has packets in their order with clocks that jump: a day back, a day ahead, and all at one time.
func TestJumpingClock(t *testing.T) {
	for _, l := range loggedSessions(t) {
		for name, at := range map[string]func(i int, was time.Time) time.Time{
			"back":  func(i int, was time.Time) time.Time { return was.Add(-24 * time.Hour * time.Duration(i/3)) },
			"ahead": func(i int, was time.Time) time.Time { return was.Add(24 * time.Hour * time.Duration(i/3)) },
			"still": func(int, time.Time) time.Time { return l.packets[0].Time },
			"none":  func(int, time.Time) time.Time { return time.Unix(0, 0) },
		} {
			var ps []*capture.Packet
			for i, p := range l.packets {
				q := *p
				q.Time = at(i, p.Time)
				ps = append(ps, &q)
			}
			is := analyze(t, l.bag, writeAsTimed(t, ps)).Counts
			is.Opened += l.counts.ESP - is.ESP // fragments with a day between them are no packet
			if loses(l.counts, is) {
				t.Errorf("%s, %s: %+v, else %+v", l.name, name, is, l.counts)
			}
		}
	}
}

// TestMergedTunnels has the packets of two sessions in one capture, in turn, and the secrets of both: nearly all of them are between the same two
// addresses. Each is decrypted as it is alone.
func TestMergedTunnels(t *testing.T) {
	list := loggedSessions(t)
	for i := range list {
		a, b := list[i], list[(i+7)%len(list)]
		if a.packets[0].Link != b.packets[0].Link {
			continue
		}
		var ps []*capture.Packet
		for k := range max(len(a.packets), len(b.packets)) {
			for _, l := range []logged{a, b} {
				if k < len(l.packets) {
					p := *l.packets[k]
					p.Time = a.packets[0].Time.Add(time.Duration(len(ps)) * 10 * time.Millisecond)
					ps = append(ps, &p)
				}
			}
		}
		bag := &secret.Bag{}
		bag.Merge(a.bag)
		bag.Merge(b.bag)
		if is := countsOf(t, ps, bag); loses(a.counts.Plus(b.counts), is) {
			t.Errorf("%s and %s: %+v, alone %+v and %+v", a.name, b.name, is, a.counts, b.counts)
		}
	}
}

// TestMoreSecrets has the secrets of all sessions for each: those of others change nothing.
func TestMoreSecrets(t *testing.T) {
	list := loggedSessions(t)
	all := &secret.Bag{}
	for _, l := range list {
		all.Merge(l.bag)
	}
	for _, l := range list {
		bag := &secret.Bag{}
		bag.Merge(all)
		if is := countsOf(t, l.packets, bag); loses(l.counts, is) {
			t.Errorf("%s: %+v, with its own secrets alone %+v", l.name, is, l.counts)
		}
	}
}

// TestHalves has each session in two files, in either order: it is as in one.
func TestHalves(t *testing.T) {
	for _, l := range loggedSessions(t) {
		for _, at := range []int{1, 2, len(l.packets) / 2, len(l.packets) - 1} {
			if at < 1 || at >= len(l.packets) {
				continue
			}
			a, b := writePackets(t, l.packets[:at]), writePackets(t, l.packets[at:])
			for _, paths := range [][]string{{a, b}, {b, a}} {
				if is := analyze(t, l.bag, paths...).Counts; is != l.counts {
					t.Errorf("%s, cut behind packet %d: %+v, in one file %+v", l.name, at, is, l.counts)
				}
			}
		}
	}
}
