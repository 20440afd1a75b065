package source

import (
	"reflect"
	"testing"
)

// The tables of the same words are the same each time: so are the steps that a text takes, which the benchmark of growth counts.
func TestWordTablesAlike(t *testing.T) {
	words := lineWordsOf(formats)
	first, again := newWordFinder(words), newWordFinder(words)
	first.tables()
	again.tables()
	if !reflect.DeepEqual(first.wordTables, again.wordTables) {
		t.Error("the tables of the same words differ")
	}
}
