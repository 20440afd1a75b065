package source

import (
	"bytes"
	"compress/gzip"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// TestStagesAtOnce holds the stages at once to what one after the other gives: keys, events, warnings, also where there is no room for all or the file is
// cut, no text, or too large.
func TestStagesAtOnce(t *testing.T) {
	if runtime.GOMAXPROCS(0) == 1 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	}
	const size = 1 << 20
	type file struct {
		name string
		data []byte
		o    Options
		slow bool
	}
	var files []file
	for _, l := range benchLogs {
		data := repeatedLog(l.text(t), size)
		files = append(files, file{name: l.name, data: data, o: Options{Unread: true}},
			file{name: l.name + ", little memory", data: data, o: Options{MaxMemory: 100_000}},
			file{name: l.name + ", too large", data: data, o: Options{MaxSize: size / 2}})
	}
	charon := repeatedLog(benchLogs[0].text(t), 2*size)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(charon)
	w.Close()
	files = append(files, file{name: "a part of gzip", data: packed.Bytes()[:packed.Len()/2]},
		file{name: "HTML", data: []byte(strings.ReplaceAll(string(charon), "[", "&#91;")), slow: true},
		file{name: "binary", data: bytes.Repeat([]byte("\x01\x02\x03\x04 and\n"), size/4)},
		file{name: "blank lines", data: bytes.Repeat([]byte("\n"), size), slow: true})
	for i, f := range files {
		if testing.Short() && (i%9 != 0 && i < 3*len(benchLogs) || f.slow) {
			continue // some logs as they are, for the race detector, and an end before the last line
		}
		t.Run(f.name, func(t *testing.T) {
			want, wantErr := readInMemory(f.o, f.data, true)
			got, gotErr := readInMemory(f.o, f.data, false)
			if !reflect.DeepEqual(gotErr, wantErr) {
				t.Fatalf("error %v, want %v", gotErr, wantErr)
			}
			if got == nil || want == nil {
				if got != want {
					t.Errorf("a bag: %t, want %t", got != nil, want != nil)
				}
				return
			}
			for _, part := range []string{"Secrets", "SAs", "Formats", "Warnings", "Events", "Unread", "Cut"} {
				g, w := reflect.ValueOf(*got).FieldByName(part).Interface(), reflect.ValueOf(*want).FieldByName(part).Interface()
				if !reflect.DeepEqual(g, w) {
					t.Errorf("%s differ", part)
				}
			}
		})
	}
}

// readInMemory reads a file that is in memory.
func readInMemory(o Options, data []byte, inTurn bool) (*secret.Bag, error) {
	o.inTurn = inTurn
	v := o.visit()
	v.fileSize = max(int64(len(data)), 1<<20) // of what is compressed, too
	return v.readAny("file", bytes.NewReader(data), 0)
}
