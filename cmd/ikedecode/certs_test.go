package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// The certificates of an IKEv2 negotiation in fragments are written as PEM that others read.
func TestCertificatesOfIKEv2(t *testing.T) {
	session := filepath.Join(captures2, "v2-rsa-certs-frag")
	if _, err := os.Stat(filepath.Join(session, "wire.pcap")); err != nil {
		t.Skipf("%s is not there", session)
	}
	dir := filepath.Join(t.TempDir(), "new", "certs")
	var out, errs bytes.Buffer
	args := []string{"decrypt", "-k", filepath.Join(session, "gwa.log"), "--certs", dir, filepath.Join(session, "wire.pcap")}
	if code := run(args, nil, &out, &errs); code != exitDone {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	for name, dns := range map[string]string{
		"ike-a38b4bff4e300e71-initiator-1-gwa.example.org.pem": "gwa.example.org",
		"ike-a38b4bff4e300e71-responder-1-gwb.example.org.pem": "gwb.example.org",
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		block, rest := pem.Decode(text)
		if block == nil || block.Type != "CERTIFICATE" || len(rest) > 0 {
			t.Fatalf("%s:\n%s", name, text)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil || c.VerifyHostname(dns) != nil {
			t.Errorf("%s: %v, names %v", name, err, c.DNSNames)
		}
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 2 {
		t.Errorf("%d files, %v", len(list), err)
	}
}

// Nothing that is there is written to: no file, nothing that a link leads to.
func TestCreateOnce(t *testing.T) {
	dir := t.TempDir()
	target, link, file := filepath.Join(dir, "target"), filepath.Join(dir, "link"), filepath.Join(dir, "file")
	if err := os.WriteFile(target, []byte("target"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", link); err != nil {
		t.Skip(err)
	}
	for _, tt := range []struct {
		path  string
		data  string
		isNew bool
		err   error
	}{
		{file, "abc", true, nil}, {file, "abc", false, nil}, {file, "abd", false, errTaken}, {file, "ab", false, errTaken},
		{link, "target", false, errTaken}, {link, "y", false, errTaken}, {dir, "", false, errTaken},
	} {
		isNew, err := createOnce(tt.path, []byte(tt.data))
		if isNew != tt.isNew || !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
			t.Errorf("%s %q: %v, %v", tt.path, tt.data, isNew, err)
		}
	}
	for path, want := range map[string]string{target: "target", file: "abc"} {
		if got, err := os.ReadFile(path); string(got) != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
}
