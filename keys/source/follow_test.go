package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/keys/secret"
)

const followedKey = "SK_EI 1111111111111111:%016x 0x00112233445566778899aabbccddee%02x\n"

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// follow polls until there are so many secrets, and returns the last.
func follow(t *testing.T, f *Follower, all *secret.Bag, n int) secret.Secret {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); len(all.Secrets) < n; time.Sleep(time.Millisecond) {
		if b := f.Poll(); b != nil {
			all.Merge(b)
		}
		if time.Now().After(end) {
			t.Fatalf("%d secrets, want %d", len(all.Secrets), n)
		}
	}
	if len(all.Secrets) > n {
		t.Fatalf("%d secrets, want %d", len(all.Secrets), n)
	}
	return all.Secrets[n-1]
}

// What is added to a file is read, with its line, whether or not it was there before; a line without an end after a moment.
func TestFollow(t *testing.T) {
	for _, before := range []int{-1, 0, 1, 50_000} {
		path := filepath.Join(t.TempDir(), "keys.log")
		if before >= 0 {
			appendTo(t, path, strings.Repeat("# a line of text that is none of ours\n", before))
		}
		f := Options{}.Follow([]string{path})
		defer f.Close()
		all, line := &secret.Bag{}, max(before, 0)
		if b := f.Poll(); b != nil {
			t.Fatalf("%d lines before: %+v", before, b)
		}
		for i := range 3 {
			appendTo(t, path, fmt.Sprintf(followedKey, i, i))
			line++
			if s := follow(t, f, all, i+1); s.Origin.Line != line || s.Origin.File != path {
				t.Errorf("%d lines before: secret %d is in %v, want line %d", before, i, s.Origin, line)
			}
		}
		appendTo(t, path, strings.TrimSuffix(fmt.Sprintf(followedKey, 9, 9), "\n"))
		follow(t, f, all, 4)
	}
}

// A file that is renamed and made anew is followed from its start.
func TestFollowRotated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.log")
	appendTo(t, path, "# first\n")
	f := Options{}.Follow([]string{path})
	defer f.Close()
	f.Poll()
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	appendTo(t, path, fmt.Sprintf(followedKey, 1, 1))
	if s := follow(t, f, &secret.Bag{}, 1); s.Origin.Line != 1 {
		t.Errorf("%v", s.Origin)
	}
}

// However much a file grows, little of it is kept, and what stands in several lines is read across two reads.
func TestFollowWindow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gwa.log")
	appendTo(t, path, "")
	f := Options{}.Follow([]string{path})
	defer f.Close()
	for range 40 {
		appendTo(t, path, strings.Repeat("16[NET] <1> received packet: from 192.0.2.2[500] to 192.0.2.1[500] (80 bytes)\n", 1000))
		f.Poll()
	}
	if w := f.files[0]; cap(w.window) > 4*followChunk {
		t.Errorf("%d bytes are kept", cap(w.window))
	}
	dump := "16[IKE] <1> Sk_ei secret => 16 bytes @ 0x7f\n16[IKE] <1>    0: 00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF  ..\"3DUfw........\n"
	head, tail, _ := strings.Cut(dump, "\n")
	f.files[0].pausing = time.Time{}
	appendTo(t, path, head+"\n")
	f.Poll()
	f.files[0].pausing = time.Time{}
	appendTo(t, path, tail+"16[IKE] <1> next\n")
	follow(t, f, &secret.Bag{}, 1)
}
