//go:build !amd64

package alg

// chachaEight does the rounds of eight states that differ in word 13 alone: out has the words, the same one of all states in a row.
func chachaEight(state *[16]uint32, word13 *[8]uint32, out *[16][8]uint32) {
	chachaOneByOne(state, word13, out)
}
