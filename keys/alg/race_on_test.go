//go:build race

package alg

// raceEnabled: under the race detector a sync.Pool drops what it is given at random, so allocations can't be counted.
const raceEnabled = true
