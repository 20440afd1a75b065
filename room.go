package ikedecode

import (
	"cmp"

	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Memory that a run takes, in bytes: what it takes where nobody says more, and the least that it does with.
const (
	DefaultMaxMemory = 1 << 30
	LeastMaxMemory   = 128 << 20
)

// A room is the memory of a run, shared out. Nothing else decides how many IKE SAs, SAs with packets and so on are in memory at once.
type room struct {
	all           int64 // for what grows with the capture
	conversations int64 // of IKE, with what solvers and reports make of them
	parts         int64 // of archived conversations that are solved again
	nullFlows     int   // that the detector of NULL encryption remembers
	passing       int   // SPIs beyond the bound that have their SAs in memory
	keyrings      int   // of a live session: IKE SAs that are known by their keys alone
	keyLog        int   // secrets of the IKE SAs in an archive that a key log may have
	samples       int64 // of packets for RunSamples, which no live session has
}

// What is taken in memory, in bytes, reports and all.
const (
	runBytes     = 20 << 20 // by a run with nothing in it
	saBytes      = 3500     // by an SA with packets
	keyringBytes = 4 << 10
	nullBytes    = 1100 // by a flow that the detector remembers
	mostFlows    = 1 << 14
	mostPassing  = 4096
	secretBytes  = 400 // in a bag, as it is written
	findingBytes = 16  // what finds a secret or SA of a bag
	leastSAs     = 1000
)

// room shares the memory out. Some is left to the garbage; what is in key files is there already.
func (o *Options) room(bag *secret.Bag) room {
	limit, given := cmp.Or(o.MaxMemory, DefaultMaxMemory), bag.Memory()
	limit -= int64(float64(limit) * o.Shown)
	if o.SharedBag {
		given = findingBytes * int64(bag.Len())
	}
	all := max(limit*13/20-runBytes-given, limit/16)
	return room{
		all: all, conversations: all * 11 / 20, parts: all / 20,
		nullFlows: min(mostFlows, int(all/20/nullBytes)), passing: min(mostPassing, int(all/20/saBytes)),
		keyrings: int(all / 10 / keyringBytes), samples: all / 10, keyLog: int(all / 5 / secretBytes),
	}
}

// tracker are the options of the tracker, where nobody gave others.
func (r *room) tracker(opt exchange.Options, a *exchange.Archive) exchange.Options {
	opt.MaxMemory = cmp.Or(opt.MaxMemory, r.conversations)
	opt.Archive = a
	return opt
}

// sas is how many SAs of key files, with packets, there is room for beside so many bytes of conversations and so many negotiated SAs.
func (r *room) sas(taken int64, negotiated int) int {
	return max(int((r.all*9/10-taken)/saBytes)-negotiated, leastSAs)
}
