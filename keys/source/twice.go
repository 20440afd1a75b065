package source

// A twice drops one of each two lines of a file in which every line is there twice in a row, as two rules of a syslog daemon for one file write them:
// a key that is dumped over several lines would have each of them twice.
type twice struct {
	is     bool
	halved int // lines that are returned next, of which one of two was dropped before
	last   string
	had    bool // last was there once so far
}

// detect looks whether each of the first lines of a file is there twice, and returns one of each two then.
func (t *twice) detect(first []line) []line {
	const enough = 20
	if len(first) < enough {
		return first
	}
	var half []line
	begin, same := 0, 0
	if first[0].text != first[1].text {
		half, begin = append(half, first[0]), 1 // the file may begin with a copy
	}
	for i := begin; i < len(first); i += 2 {
		switch {
		case i+1 == len(first):
			t.last, t.had = first[i].text, true // its copy is the next line
		case first[i].text != first[i+1].text:
			*t = twice{}
			return first
		}
		if n := len(half); n > 0 && half[n-1].text == first[i].text {
			same++
		}
		half = append(half, first[i])
	}
	if 2*same > len(half) {
		*t = twice{}
		return first // one line all the time
	}
	t.is, t.halved = true, len(half)
	return half
}

// again reports whether a line is the copy of the one before.
func (t *twice) again(text string) bool {
	switch {
	case !t.is:
		return false
	case t.halved > 0:
		t.halved--
		return false
	case t.had && text == t.last:
		t.had = false
		return true
	}
	t.last, t.had = text, true
	return false
}
