package source

import "testing"

// The messages of a record come in the same order each time.
func TestMessagesOf(t *testing.T) {
	const record = `{"b": {"msg": "2"}, "a": {"msg": "1"}, "d": [{"msg": "4"}, {"msg": "5"}], "c": {"log": "3"}}`
	for range 20 { // ranging over a map differs from time to time
		if got, ok := messagesOf(record); !ok || got != "1\n2\n3\n4\n5" {
			t.Fatalf("%q, %t", got, ok)
		}
	}
}
