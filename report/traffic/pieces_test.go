package traffic

import (
	"slices"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// Packets near to those of other captures are pieces of their own, what is between them is one, and what they all are is the runs.
func TestPieces(t *testing.T) {
	const packets, step, border = 100, 5 * time.Millisecond, 50
	r, sa := Runs{Pieces: Pieces{Borders: []int{border}, Max: packets}}, &esp.SA{}
	for i := range packets {
		r.add(sa, uint64(i), &capture.Datagram{Frame: i + 1, Time: time.Unix(0, int64(i)*int64(step))})
	}
	const near = int(nearby / int64(step)) // packets
	var got, want []Piece
	for _, p := range r.PiecesOf(sa) {
		if p.Run.N == 1 && (p.First != p.Last || p.FirstAt != p.LastAt) {
			t.Errorf("%+v", p)
		}
		got = append(got, p)
	}
	piece := func(from, to int) { // packets
		want = append(want, Piece{esp.Run{First: uint64(from), N: uint64(to - from)}, from + 1, to, int64(from) * int64(step), int64(to-1) * int64(step)})
	}
	for _, part := range [][2]int{{0, border - 1}, {border - 1, packets}} {
		from, to := part[0]+near+1, part[1]-near-1
		for i := part[0]; i < from; i++ {
			piece(i, i+1)
		}
		piece(from, to)
		for i := to; i < part[1]; i++ {
			piece(i, i+1)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v\nnot\n%v", got, want)
	}
	if list, _ := r.Of(sa); len(list) != 1 || list[0].N != packets {
		t.Errorf("runs %v", list)
	}
}

// An SA that would have too many pieces has none, and leaves room for others.
func TestPiecesBounded(t *testing.T) {
	const most = 50
	r, busy, quiet := Runs{Pieces: Pieces{Borders: []int{1}, Max: most}}, &esp.SA{}, &esp.SA{}
	for i := range 10 * most {
		d := &capture.Datagram{Frame: i + 1}
		r.add(busy, uint64(i), d)
		if i%most == 0 {
			r.add(quiet, uint64(i), d)
		}
	}
	if n, q := len(r.PiecesOf(busy)), len(r.PiecesOf(quiet)); n != 0 || q != 10 || r.Pieces.n != q {
		t.Errorf("%d and %d pieces, %d counted", n, q, r.Pieces.n)
	}
}
