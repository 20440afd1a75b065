package alg

import "golang.org/x/sys/cpu"

// chachaRounds does the twenty rounds of ChaCha20 with eight states that differ in word 13 alone.
//
//go:noescape
func chachaRounds(state *[16]uint32, word13 *[8]uint32, out *[16][8]uint32)

// chachaEight does the rounds of eight states that differ in word 13 alone: out has the words, the same one of all states in a row.
func chachaEight(state *[16]uint32, word13 *[8]uint32, out *[16][8]uint32) {
	if cpu.X86.HasAVX2 {
		chachaRounds(state, word13, out)
		return
	}
	chachaOneByOne(state, word13, out)
}
