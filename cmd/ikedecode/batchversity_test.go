//go:build unix

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// versityEnv names the binary of versitygw, a server of S3 whose buckets are directories.
const versityEnv = "IKEDECODE_VERSITYGW"

// versity starts versitygw. Its buckets, captures and plain, are in the directory. Where there is no binary the test is skipped.
func versity(t *testing.T) (dir string) {
	t.Helper()
	bin := os.Getenv(versityEnv)
	if bin == "" {
		t.Skip(versityEnv + " does not name versitygw")
	}
	dir = t.TempDir()
	for _, bucket := range []string{"captures", "plain"} {
		if err := os.Mkdir(filepath.Join(dir, bucket), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	var log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), bin, "--port", addr, "--access", "tester", "--secret", "not a secret", "--quiet", "posix", dir)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("versitygw: %s", &log)
		}
	})
	await(t, "versitygw", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": "http://" + addr, "AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "not a secret", "AWS_REGION": "us-east-1",
	} {
		t.Setenv(name, value)
	}
	return dir
}

// Shares of an archive in a real object store, in parts, become the objects that are files where it is in a directory, its key log and manifest likewise.
func TestArchiveVersity(t *testing.T) {
	dir := versity(t)
	session := filepath.Join(pcaps, "v2-psk-gcm-x25519-pfs-rekey")
	header, list := longSession(t, filepath.Join(session, "wire.pcap"), 20_000)
	const files, of = 4, 3
	archive := filepath.Join(dir, "captures", "site")
	for i := range files {
		path := filepath.Join(archive, "gate", fmt.Sprintf("wire.pcap%d", i))
		putFile(t, path, append(bytes.Clone(header), bytes.Join(list[i*len(list)/files:(i+1)*len(list)/files], nil)...))
		if err := os.Chtimes(path, storedAt, storedAt); err != nil { // S3 knows no parts of a second
			t.Fatal(err)
		}
	}
	keys, want := filepath.Join(t.TempDir(), "keys.log"), filepath.Join(t.TempDir(), "plain")
	runDone(t, "export", "keylog", archive, "-q", "-k", filepath.Join(session, "gwa.log"), "-o", keys)
	streamed := filepath.Join(t.TempDir(), "keys.log")
	runDone(t, "export", "keylog", "s3://captures/site", "-q", "-k", filepath.Join(session, "gwa.log"), "-o", streamed)
	for _, suffix := range []string{"", manifestSuffix} {
		if !bytes.Equal(contents(t, keys+suffix), contents(t, streamed+suffix)) {
			t.Errorf("the key log%s differs from that of the directory", suffix)
		}
	}
	args := []string{"-k", keys, "-q", "--part-size", "500K"}
	runDone(t, append([]string{"batch", archive, "-w", want}, args...)...)
	for i := range of {
		runDone(t, append([]string{"batch", "s3://captures/site", "-w", "s3://plain/site", "--index", fmt.Sprint(i), "--of", fmt.Sprint(of)}, args...)...)
	}
	out := filepath.Join(dir, "plain", "site")
	if n := len(filesIn(t, want)); n < 2*2*files {
		t.Errorf("%d files", n)
	}
	sameFiles(t, want, out)
	runDone(t, append([]string{"batch", "s3://captures/site", "-w", "s3://plain/site"}, args...)...)
	sameFiles(t, want, out)
	a, _ := runDone(t, "merge", want, "--json")
	b, _ := runDone(t, "merge", "s3://plain/site", "--json")
	if list := unlike(t, a, b); len(list) > 0 {
		t.Error(list)
	}
}
