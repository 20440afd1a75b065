package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"go/scanner"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// A leakSession is a recorded session with all that is secret in it.
type leakSession struct {
	name     string
	captures []string
	keys     []string // files
	psks     []string // as the settings have them
	plants   []plant
	public   [][]byte // what the captures have
}

// leakSessionIn reads the files of a directory: captures, files with keys or logs, and scenario.json for the settings. It is nil where there is no capture, or no
// secret.
func leakSessionIn(t *testing.T, dir string) *leakSession {
	t.Helper()
	s := &leakSession{name: filepath.Base(dir)}
	bag := &secret.Bag{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir(), name == "README", name == "README.md", strings.HasPrefix(name, "clear."):
			return nil
		case name == "scenario.json":
			return s.settings(path)
		case capture.IsCapture(path):
			s.captures = append(s.captures, path)
			return nil
		}
		keys, _ := source.ReadFile(path) // also where some of its lines are none
		if keys == nil {
			return nil
		}
		s.keys = append(s.keys, path)
		bag.Merge(keys)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.captures) == 0 {
		return nil
	}
	s.learn(t, bag)
	if len(s.plants) == 0 {
		return nil
	}
	return s
}

// settings takes the secrets that a daemon was configured with, in front of what was read.
func (s *leakSession) settings(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var all map[string]any
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	for key, v := range all {
		text, ok := v.(string)
		if !ok || text == "" {
			continue
		}
		value := []byte(text)
		if h, ok := strings.CutPrefix(text, "0x"); ok {
			if value, err = hex.DecodeString(h); err != nil {
				return err
			}
		}
		switch kind, _, _ := strings.Cut(key, "_"); kind {
		case "psk", "ppk":
			s.psks = append(s.psks, text)
			s.plants = append(s.plants, plant{kind + " of scenario.json", preClass, value})
		case "password":
			s.plants = append(s.plants, plant{kind + " of scenario.json", userClass, value})
		}
	}
	return nil
}

// learn takes the secrets that were read, and those that are worked out from them.
func (s *leakSession) learn(t *testing.T, bag *secret.Bag) {
	t.Helper()
	for _, path := range s.captures {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		packets, rest := packetBytes(b)
		s.public = append(s.public, packets, rest)
	}
	s.addBag(bag)
	for _, psk := range s.psks {
		if own, err := source.ParsePSK(psk, secret.Origin{Label: "--psk"}); err == nil {
			bag.Add(own)
		}
	}
	src, err := capture.Open(s.captures, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	session, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{NoVerify: true})
	if err == nil {
		err = session.Run(context.Background(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.addBag(session.KeyLog(true))
	for _, sa := range session.SAs {
		for _, m := range sa.Messages {
			for _, p := range m.Payloads {
				if a, ok := p.Body.(*ikev1.Attributes); ok {
					for _, attr := range a.Attributes {
						if attr.IsSecret() {
							s.plants = append(s.plants, plant{attr.ConfigName() + " of a message", userClass, attr.Value})
						}
					}
				}
			}
		}
	}
}

func (s *leakSession) addBag(bag *secret.Bag) {
	for _, x := range bag.Secrets {
		class := masterClass
		switch x.Kind {
		case secret.NonceI, secret.NonceR, secret.IV: // public, or made of what is
			continue
		case secret.PSK, secret.PPK:
			class = preClass
		case secret.XAUTHPassword:
			class = userClass
		case secret.EncKey, secret.SKei, secret.SKer, secret.SKai, secret.SKar:
			class = messageClass
		}
		s.plants = append(s.plants, plant{x.Kind.String() + " of " + x.Origin.String(), class, x.Value})
	}
	for i := range bag.SAs {
		sa := &bag.SAs[i]
		s.plants = append(s.plants, plant{"encryption key of " + sa.Source.String(), espClass, sa.CipherKey},
			plant{"authentication key of " + sa.Source.String(), espClass, sa.MACKey})
	}
}

// packetBytes parts what a capture file has of packets, and its blocks of secrets, from all the rest, such as comments.
func packetBytes(file []byte) (packets, rest []byte) {
	le := binary.LittleEndian
	if !bytes.HasPrefix(file, []byte("\x0a\x0d\x0d\x0a")) {
		const head, record = 24, 16
		if len(file) < head {
			return nil, file
		}
		rest, file = file[:head], file[head:]
		for len(file) >= record {
			n := min(record+int(le.Uint32(file[8:])), len(file))
			packets, file = append(packets, file[record:n]...), file[n:]
		}
		return packets, rest
	}
	const (
		secrets, enhanced     = 10, 6
		enhancedHead, minimum = 28, 12
	)
	for len(file) >= minimum {
		n := int(le.Uint32(file[4:]))
		if n < minimum || n > len(file) {
			break
		}
		block := file[:n]
		file = file[n:]
		switch {
		case le.Uint32(block) == secrets:
			packets = append(packets, block...)
		case le.Uint32(block) == enhanced && n > enhancedHead:
			end := min(enhancedHead+int(le.Uint32(block[20:])), n)
			packets = append(packets, block[enhancedHead:end]...)
			rest = append(rest, block[end:]...)
		default:
			rest = append(rest, block...)
		}
	}
	return packets, append(rest, file...)
}

// said is all text that is in the program: its string literals, and the files that it embeds.
var said = sync.OnceValue(func() string {
	var b strings.Builder
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git"):
			return fs.SkipDir
		case filepath.Base(filepath.Dir(path)) == "assets":
			text, err := os.ReadFile(path)
			b.Write(text)
			return err
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			return literals(&b, path)
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	return b.String()
})

// literals writes the string literals of a Go file, a line each.
func literals(w io.StringWriter, path string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var s scanner.Scanner
	fset := token.NewFileSet()
	s.Init(fset.AddFile(path, -1, len(src)), src, nil, 0)
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			return nil
		}
		if tok != token.STRING {
			continue
		}
		text, err := strconv.Unquote(lit)
		if err != nil {
			return err
		}
		if _, err := w.WriteString(text + "\n"); err != nil {
			return err
		}
	}
}

// search readies the search for all secrets of some sessions.
func leakSearchOf(sessions ...*leakSession) *leakSearch {
	var plants []plant
	var public [][]byte
	for _, s := range sessions {
		plants = append(plants, s.plants...)
		public = append(public, s.public...)
	}
	return newLeakSearch(plants, public, said())
}

// spoiltKeys writes copies of a key file in which the lines with keys have mistakes, as people and terminals make them: a digit lost, one that is none, the end
// of the line gone, a word for the value.
func (s *leakSession) spoiltKeys(t *testing.T, dir string) (files []string) {
	t.Helper()
	for k, path := range s.keys {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !isText(bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\n"), nil), []byte("\t"), nil)) {
			continue
		}
		for i, spoil := range []func(line string, from, to int) string{
			func(line string, from, _ int) string { return line[:from] + line[from+1:] },
			func(line string, _, to int) string { return line[:to-1] + "g" + line[to:] },
			func(line string, from, to int) string { return line[:from+(to-from)*3/4] },
			func(line string, from, to int) string { return line[:to] + "0" + line[from:] },
		} {
			var out strings.Builder
			changed := false
			for line := range strings.Lines(string(b)) {
				if from, to := longestHex(line); to-from >= 2*leakLen {
					line, changed = strings.TrimSuffix(spoil(line, from, to), "\n")+"\n", true
				}
				out.WriteString(line)
			}
			if !changed {
				continue
			}
			name := filepath.Join(dir, "spoilt-"+strconv.Itoa(k)+"-"+strconv.Itoa(i))
			if err := os.WriteFile(name, []byte(out.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, name)
		}
	}
	return files
}

// longestHex is where the longest run of digits of hex stands in a line, bytes of a dump with a blank between counting as one.
func longestHex(line string) (from, to int) {
	isHex := func(i int) bool { return i < len(line) && strings.IndexByte("0123456789abcdefABCDEF", line[i]) >= 0 }
	for i := 0; i < len(line); {
		if !isHex(i) {
			i++
			continue
		}
		end := i
		for isHex(end) || end < len(line) && line[end] == ' ' && isHex(end+1) && isHex(end+2) && !isHex(end+3) {
			end++
		}
		if end-i > to-from {
			from, to = i, end
		}
		i = end
	}
	return from, to
}

// files are all that a run has left in a directory.
func filesIn(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}
