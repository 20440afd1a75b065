package page

import "strings"

// A piece is a part of a text that is not broken inside, unless it is Long: then it may be broken anywhere. Break says that a line may end
// behind it.
type piece struct {
	Text        string
	Break, Long bool
}

// The bounds of what stays in one line, in characters: a word, and a part of a longer one.
const (
	longestWord  = 20
	longestPiece = 26
)

// pieces cut a text where a line may end: at blanks, and in a long word, as a pair of SPIs or an address of IPv6 is, behind what joins its
// parts. The script does the same.
func pieces(s string) []piece {
	if len(s) <= longestWord {
		return []piece{{Text: s}}
	}
	var list []piece
	plain := func(s string) {
		if n := len(list); n > 0 && !list[n-1].Break && !list[n-1].Long {
			list[n-1].Text += s
			return
		}
		list = append(list, piece{Text: s})
	}
	for i, word := range strings.Split(s, " ") {
		if i > 0 {
			plain(" ")
		}
		if len(word) <= longestWord {
			plain(word)
			continue
		}
		for len(word) > 0 {
			n := strings.IndexAny(word, ":/,") + 1
			if n == 0 {
				n = len(word)
			}
			if n > longestPiece {
				list = append(list, piece{Text: word[:n], Long: true, Break: n < len(word)})
			} else {
				plain(word[:n])
				list[len(list)-1].Break = n < len(word)
			}
			word = word[n:]
		}
	}
	return list
}
