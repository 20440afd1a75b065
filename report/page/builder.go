package page

import "fmt"

const longestText = 1200 // characters of one string

// A node is a line of a payload tree with those under it. Nodes that are the same are one.
type node struct {
	Label, Value int // strings
	Class        int // index of nodeClasses
	Kids         []int
}

// nodeClasses are the looks of a node.
var nodeClasses = []string{"", "chosen", "bad"}

const (
	plainNode = iota
	chosenNode
	badNode
)

// A builder holds the strings and nodes of all trees, each once.
type builder struct {
	strings []string
	nodes   []node
	atText  map[string]int
	atNode  map[string]int
	size    int // of the JSON so far, about
	left    int // nodes that the message at hand may still have
}

func newBuilder() *builder {
	b := &builder{atText: make(map[string]int), atNode: make(map[string]int)}
	b.text("")
	return b
}

// text is the index of a string.
func (b *builder) text(s string) int {
	s = clean(s, longestText)
	if i, ok := b.atText[s]; ok {
		return i
	}
	i := len(b.strings)
	b.strings = append(b.strings, s)
	b.atText[s] = i
	b.size += jsonLen(s) + 1
	return i
}

// node is the index of a node; -1 where the message has too many already.
func (b *builder) node(label, value string, class int, kids ...int) int {
	if b.left <= 0 {
		return -1
	}
	b.left--
	n := node{Label: b.text(label), Value: b.text(value), Class: class}
	for _, k := range kids {
		if k >= 0 {
			n.Kids = append(n.Kids, k)
		}
	}
	key := fmt.Sprint(n)
	if i, ok := b.atNode[key]; ok {
		return i
	}
	i := len(b.nodes)
	b.nodes = append(b.nodes, n)
	b.atNode[key] = i
	b.size += len(key) + 4
	return i
}
