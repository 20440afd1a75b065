//go:build unix

package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A fakeS3 is an object store with the requests of S3 that batch makes.
type fakeS3 struct {
	mu      sync.Mutex
	objects map[string][]byte // by bucket and key
	whole   map[string]int    // how often an object was read as a whole

	faults, requests int // every so-manieth request goes wrong, in one of three ways in turn; 0: none
}

// wrong answers a request as a server that has too much to do, or as a network that fails before the answer or in its middle. It returns what is to be
// answered by; nil where that was all.
func (s *fakeS3) wrong(w http.ResponseWriter) http.ResponseWriter {
	if s.requests++; s.faults == 0 || s.requests%s.faults != 0 {
		return w
	}
	switch s.requests / s.faults % 3 {
	case 0:
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, "<Error><Code>SlowDown</Code></Error>")
		return nil
	case 1:
		panic(http.ErrAbortHandler)
	}
	return &cutOff{w, 2000}
}

// A cutOff ends the connection after so many bytes.
type cutOff struct {
	http.ResponseWriter
	left int
}

func (c *cutOff) Write(b []byte) (int, error) {
	if len(b) <= c.left {
		c.left -= len(b)
		return c.ResponseWriter.Write(b)
	}
	c.ResponseWriter.Write(b[:c.left])
	c.ResponseWriter.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

type bucketList struct {
	XMLName     xml.Name `xml:"ListBucketResult"`
	Name        string
	IsTruncated bool
	Contents    []bucketObject
}

type bucketObject struct {
	Key, LastModified, ETag string
	Size                    int
}

var storedAt = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func (s *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w = s.wrong(w); w == nil {
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	bucket, key, _ := strings.Cut(name, "/")
	b, there := s.objects[name]
	switch {
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=tester/"):
		w.WriteHeader(http.StatusForbidden)
	case r.Method == http.MethodGet && key == "" && r.URL.Query().Has("location"):
		io.WriteString(w, `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>`)
	case r.Method == http.MethodGet && key == "":
		list := bucketList{Name: bucket}
		for name, b := range s.objects {
			if at, ok := strings.CutPrefix(name, bucket+"/"); ok && strings.HasPrefix(at, r.URL.Query().Get("prefix")) {
				list.Contents = append(list.Contents, bucketObject{at, storedAt.Format(time.RFC3339), `"x"`, len(b)})
			}
		}
		slices.SortFunc(list.Contents, func(a, b bucketObject) int { return strings.Compare(a.Key, b.Key) })
		xml.NewEncoder(w).Encode(list)
	case r.Method == http.MethodPut:
		b, err := io.ReadAll(r.Body)
		if err == nil && strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
			b = unchunked(b)
		}
		s.objects[name] = b
		w.Header().Set("ETag", `"x"`)
	case !there:
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, "<Error><Code>NoSuchKey</Code></Error>")
	default:
		if r.Method == http.MethodGet && r.Header.Get("Range") == "" {
			s.whole[name]++
		}
		w.Header().Set("ETag", `"x"`)
		http.ServeContent(w, r, "", storedAt, strings.NewReader(string(b)))
	}
}

// unchunked takes the chunks of a signed upload apart: hex length, signature, data.
func unchunked(b []byte) (out []byte) {
	for {
		line, rest, ok := strings.Cut(string(b), "\r\n")
		size, _, _ := strings.Cut(line, ";")
		n := 0
		if _, err := fmt.Sscanf(size, "%x", &n); !ok || err != nil || n == 0 || n > len(rest) {
			return out
		}
		out = append(out, rest[:n]...)
		b = []byte(strings.TrimPrefix(rest[n:], "\r\n"))
	}
}

// startS3 starts a store that has an archive as s3://captures/site.
func startS3(t *testing.T, c *cutSession) *fakeS3 {
	t.Helper()
	store := &fakeS3{objects: map[string][]byte{"other/wire.pcap": []byte("not of this archive")}, whole: map[string]int{}}
	server := httptest.NewServer(store)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "tester")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "not a secret")
	t.Setenv("AWS_REGION", "us-east-1")
	for i := range c.files {
		path := filepath.Join("gate", fmt.Sprintf("wire.pcap%d", i))
		b, err := os.ReadFile(filepath.Join(c.archive, path))
		if err != nil {
			t.Fatal(err)
		}
		store.objects["captures/site/"+path] = b
		if err := os.Chtimes(filepath.Join(c.archive, path), storedAt, storedAt); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// same compares the objects below a prefix with the files of a directory.
func (s *fakeS3) same(t *testing.T, prefix, dir string) {
	t.Helper()
	for _, path := range filesIn(t, dir) {
		name := prefix + filepath.ToSlash(strings.TrimPrefix(path, dir))
		if got := s.objects[name]; string(got) != string(contents(t, path)) {
			t.Errorf("%s: %d bytes, not those of the directory", name, len(got))
		}
	}
}

// A store whose server answers many requests wrongly is asked again, by the same run or the next one, until all is what it is without that. No run leaves
// a mark without its output.
func TestArchiveS3Faults(t *testing.T) {
	c := cutUp(t, "path-mtu-tcp", 9, 20, 30)
	store := startS3(t, c)
	dir := t.TempDir()
	keys, out := filepath.Join(dir, "keys.log"), filepath.Join(dir, "plain")
	runDone(t, slices.Concat([]string{"export", "keylog", c.archive, "-q", "-o", keys}, c.secrets)...)
	c.run(t, "batch", c.archive, "-k", keys, "-w", out, "-q")
	store.faults = 2
	away := filepath.Join(dir, "away.log")
	failed := 0
	repeat := func(args ...string) {
		t.Helper()
		for range 20 {
			code := run(args, strings.NewReader(""), io.Discard, io.Discard)
			for name := range store.objects {
				if mark, ok := strings.CutSuffix(name, ".json"); ok && mark != "plain/site/manifest" && store.objects[mark+".pcapng"] == nil {
					t.Errorf("%s has no output", name)
				}
			}
			if code == exitDone {
				return
			}
			failed++
		}
		t.Fatalf("%v: not done after 20 runs", args)
	}
	repeat(slices.Concat([]string{"export", "keylog", "s3://captures/site/", "-q", "-o", away}, c.secrets)...)
	repeat("batch", "s3://captures/site", "-k", keys, "-w", "s3://plain/site", "-q")
	if store.same(t, "plain/site", out); store.requests < 20 {
		t.Errorf("%d requests", store.requests)
	}
	if !bytes.Equal(contents(t, keys), contents(t, away)) || !bytes.Equal(contents(t, keys+manifestSuffix), contents(t, away+manifestSuffix)) {
		t.Error("the key log or its manifest differs from that of the directory")
	}
	t.Logf("%d requests, %d runs that failed", store.requests, failed)
}

// An archive in an object store becomes the same objects as one in a directory becomes files.
func TestArchiveS3(t *testing.T) {
	c := cutUp(t, "path-mtu-tcp", 9, 20, 30)
	store := startS3(t, c)
	dir := t.TempDir()
	keys, out := filepath.Join(dir, "keys.log"), filepath.Join(dir, "plain")
	runDone(t, slices.Concat([]string{"export", "keylog", c.archive, "-o", keys}, c.secrets)...)
	away := filepath.Join(dir, "away.log")
	runDone(t, slices.Concat([]string{"export", "keylog", "s3://captures/site/", "-o", away}, c.secrets)...)
	for _, suffix := range []string{"", manifestSuffix} {
		want, err := os.ReadFile(keys + suffix)
		if got, e := os.ReadFile(away + suffix); err != nil || e != nil || string(got) != string(want) {
			t.Errorf("keys%s: %d bytes, of the directory %d: %v, %v", suffix, len(got), len(want), err, e)
		}
	}
	c.run(t, "batch", c.archive, "-k", keys, "-w", out, "-q")
	for range 2 { // the second time all is done
		c.run(t, "batch", "s3://captures/site", "-k", keys, "-w", "s3://plain/site/", "-q")
	}
	if n := len(filesIn(t, out)); n != 2*c.files+1 {
		t.Errorf("%d files", n)
	}
	store.same(t, "plain/site", out)
	if n := store.whole["captures/site/gate/wire.pcap1"]; n != 1 { // its manifest is known, and for the file after it its tail is enough
		t.Errorf("a capture was read %d times", n)
	}
	a, _ := c.run(t, "merge", out, "--json", "-q")
	b, _ := c.run(t, "merge", "s3://plain/site", "--json", "-q")
	if list := unlike(t, a, b); len(list) > 0 {
		t.Error(list)
	}
}
