package main

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

var (
	leakEverywhere = flag.Bool("leaks", false, "in TestSecretsStayInside: all recorded sessions, also those beside the repository")
	leakFrom       = flag.Int("leaks-from", 0, "with -leaks: how many sessions to pass over, as the run that was stopped said")
)

// leakSample are sessions that together have each kind of secret, and are short.
var leakSample = []string{
	"pcaps/diag-xauth", "pcaps/diag-v2-eap", "pcaps/path-reauth", "pcaps/diag-psk-nat", "pcaps/diag-v2-ah-nat", "pcaps/diag-esp-counter-restart", "key-sources/racoon-3des", "ims",
}

// leakDirs are the directories of the sessions.
func leakDirs(t *testing.T) (dirs []string) {
	t.Helper()
	root := filepath.Join("..", "..", "testdata")
	if !*leakEverywhere {
		for _, name := range leakSample {
			dirs = append(dirs, filepath.Join(root, filepath.FromSlash(name)))
		}
		return dirs
	}
	shared := filepath.Join("..", "..", "..", "shared")
	for _, pattern := range []string{
		filepath.Join(root, "pcaps", "*"), filepath.Join(root, "key-sources", "*"), filepath.Join(root, "ims"), filepath.Join(root, "aggfrag"),
		filepath.Join(shared, "captures", "*"), filepath.Join(shared, "diagnosis", "*"), filepath.Join(shared, "key-sources", "*"), filepath.Join(shared, "cases", "*"),
	} {
		list, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range list {
			if info, err := os.Stat(dir); err == nil && info.IsDir() {
				dirs = append(dirs, dir)
			}
		}
	}
	return dirs[min(*leakFrom, len(dirs)):]
}

// A leakRun is a run of the program. Nothing that it writes may hold a secret but the files that are asked to.
type leakRun struct {
	args  []string    // OUT stands for a file or directory of its own
	holds secretClass // of OUT
	stdin string      // a file
}

const ownOutput = "OUT"

// leakRuns are all commands in all forms.
var leakRuns = []leakRun{
	{args: []string{"timeline"}}, {args: []string{"timeline", "--verbose", "--time", "absolute"}}, {args: []string{"timeline", "--ladder", "--color", "always"}},
	{args: []string{"timeline", "--format", "mermaid"}}, {args: []string{"timeline", "--format", "markdown"}}, {args: []string{"timeline", "--format", "csv"}},
	{args: []string{"timeline", "--format", "ndjson"}}, {args: []string{"timeline", "--json"}}, {args: []string{"timeline", "--live"}},
	{args: []string{"sas"}}, {args: []string{"sas", "--format", "csv"}}, {args: []string{"sas", "--format", "ndjson"}}, {args: []string{"sas", "--json"}}, {args: []string{"sas", "--live"}},
	{args: []string{"diagnose"}}, {args: []string{"diagnose", "--format", "csv"}}, {args: []string{"diagnose", "--format", "ndjson"}}, {args: []string{"diagnose", "--json"}},
	{args: []string{"diagnose", "--live"}}, {args: []string{"diagnose", "--no-verify"}},
	{args: []string{"keys"}}, {args: []string{"keys", "--json"}},
	{args: []string{"report", "-o", ownOutput}}, {args: []string{"report", "-o", ownOutput, "--json"}}, {args: []string{"report", "-o", "-"}},
	{args: []string{"decrypt", "-w", ownOutput}, holds: userClass}, {args: []string{"decrypt", "-w", ownOutput + ".pcap", "--only", "opened", "--json"}, holds: userClass},
	{args: []string{"decrypt", "-w", "-"}, holds: userClass}, {args: []string{"decrypt", "-w", ownOutput, "--split-by", "sa", "--link", "raw"}, holds: userClass},
	{args: []string{"decrypt", "-w", ownOutput, "--split-by", "child"}, holds: userClass}, {args: []string{"decrypt", "-w", ownOutput, "--split-by", "peer"}, holds: userClass},
	{args: []string{"decrypt", "--log", ownOutput, "--certs", ownOutput + ".d"}}, {args: []string{"decrypt", "--log", "-"}}, {args: []string{"decrypt", "-w", ownOutput, "--live"}, holds: userClass},
	{args: []string{"decrypt", "-w", ownOutput, "--embed-keys"}, holds: espClass},
	{args: []string{"batch", "-w", ownOutput}, holds: userClass},
	{args: []string{"export", "wireshark", "-o", ownOutput}, holds: espClass | messageClass}, {args: []string{"export", "esp-sa", "-o", ownOutput}, holds: espClass},
	{args: []string{"export", "ikev1", "-o", ownOutput}, holds: messageClass}, {args: []string{"export", "ikev2", "-o", ownOutput}, holds: messageClass},
	{args: []string{"export", "dsb", "-o", ownOutput}, holds: espClass}, {args: []string{"export", "tcpdump", "-o", ownOutput}, holds: espClass},
	{args: []string{"export", "xfrm", "-o", ownOutput}, holds: espClass}, {args: []string{"export", "setkey", "-o", ownOutput, "--json"}, holds: espClass},
	{args: []string{"export", "keylog", "-o", ownOutput}, holds: masterClass | messageClass | espClass},
	{args: []string{"export", "keylog", "-o", ownOutput, "--with-psk", "--no-verify"}, holds: allClasses},
	{args: []string{"report", "-o", ownOutput, "--show-secrets"}, holds: allClasses},
}

// Secrets are in no output but those that are asked for them, which nobody else can read.
func TestSecretsStayInside(t *testing.T) {
	var last *leakSession
	n, asked := 0, 0
	dirs := leakDirs(t)
	for i, dir := range dirs {
		s := leakSessionIn(t, dir)
		if s == nil {
			continue
		}
		n++
		t.Run(s.name, func(t *testing.T) {
			l := &leakTest{T: t, search: leakSearchOf(s), keys: s.arguments(t)}
			for _, r := range leakRuns {
				l.run(r.with(l.keys, s.captures))
			}
			l.run(leakRun{args: slices.Concat([]string{"keys"}, s.keys, s.captures)})
			if n == 1 || *leakEverywhere { // which takes seconds of waiting
				l.extcap(s)
			}
			l.merge(s)
			l.told(s)
			l.mistakes(s)
			if last != nil { // keys that are none of this capture
				l.search = leakSearchOf(s, last)
				for _, name := range []string{"diagnose", "timeline", "keys"} {
					l.run(leakRun{args: []string{name}}.with(slices.Concat(l.keys, last.arguments(t)), s.captures))
				}
				l.run(leakRun{args: []string{"decrypt", "-w", ownOutput}, holds: userClass}.with(last.arguments(t), s.captures))
			}
			last, asked = s, asked+l.asked
			t.Logf("%d of %d directories", *leakFrom+i+1, *leakFrom+len(dirs))
		})
	}
	t.Logf("%d sessions; %d outputs have secrets that are asked for them", n, asked)
	if n < len(leakSample) || asked < n {
		t.Error("too few of them")
	}
}

// arguments give a session's secrets to a run.
func (s *leakSession) arguments(t *testing.T) (args []string) {
	t.Helper()
	for _, path := range s.keys {
		args = append(args, "-k", path)
	}
	if len(s.psks) == 0 {
		return args
	}
	text := ""
	for _, psk := range s.psks {
		if !strings.HasPrefix(psk, "0x") {
			psk = strconv.Quote(psk)
		}
		text += ": PSK " + psk + "\n"
	}
	path := filepath.Join(t.TempDir(), "ipsec.secrets")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return append(args, "--psk-file", path)
}

// with is the run with the secrets and captures of a session.
func (r leakRun) with(keys, captures []string) leakRun {
	switch {
	case slices.Contains(r.args, "--live"): // the end of a file is waited at, that of a pipe is not
		r.stdin, captures = captures[0], []string{"-"}
	case r.args[0] == "keys":
		captures = nil
	case r.args[0] == "batch":
		captures = []string{filepath.Dir(captures[0])}
	}
	r.args = slices.Concat(r.args, keys, captures)
	return r
}

// A leakTest runs the program and searches all that it writes.
type leakTest struct {
	*testing.T
	search *leakSearch
	keys   []string
	asked  int // outputs with secrets that were asked for them
}

func (l *leakTest) run(r leakRun) {
	l.Helper()
	dir := l.TempDir()
	args := slices.Clone(r.args)
	for i := range args {
		if strings.HasPrefix(args[i], ownOutput) {
			args[i] = filepath.Join(dir, args[i])
		}
	}
	in := &bytes.Buffer{}
	if r.stdin != "" {
		b, err := os.ReadFile(r.stdin)
		if err != nil {
			l.Fatal(err)
		}
		in = bytes.NewBuffer(b)
	}
	var out, errs bytes.Buffer
	run(args, in, &out, &errs)
	what := strings.Join(r.args[:min(len(r.args), 6)], " ")
	may := r.holds
	if slices.Contains(args, filepath.Join(dir, ownOutput)) {
		may = 0
	}
	l.output(what+", standard output", out.Bytes(), may)
	l.output(what+", standard error", errs.Bytes(), 0)
	for _, path := range filesIn(l.T, dir) {
		b, err := os.ReadFile(path)
		if err != nil {
			l.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			l.Errorf("%s: %s: mode %v, %v", what, filepath.Base(path), info.Mode(), err)
		}
		l.output(what+", "+filepath.Base(path), b, r.holds)
		if r.holds == allClasses && l.search.leaks(b, 0) != nil {
			l.asked++
		}
	}
}

// output searches an output. Of a capture only packets, and blocks of secrets, may hold any.
func (l *leakTest) output(what string, b []byte, may secretClass) {
	l.Helper()
	rest := b
	if len(b) > 4 && capture.IsCaptureHead(b[:4]) {
		var packets []byte
		packets, rest = packetBytes(b)
		l.found(what+", packets", l.search.leaks(packets, may))
		may = 0
	}
	l.found(what, l.search.leaks(rest, may))
	l.found(what, l.search.wordLeaks(rest, may))
}

func (l *leakTest) found(what string, leaks []string) {
	l.Helper()
	const most = 3
	for i, leak := range leaks {
		if i == most {
			l.Errorf("%s: and %d more", what, len(leaks)-most)
			return
		}
		l.Errorf("%s: %s", what, leak)
	}
}

// extcap runs the program as Wireshark does.
func (l *leakTest) extcap(s *leakSession) {
	l.Helper()
	args := []string{"--extcap-interface", extcapName, "--capture", "--fifo", ownOutput, "--file", s.captures[0]}
	for i, flag := range []string{"--keys", "--more-keys"} {
		if i < len(s.keys) {
			args = append(args, flag, s.keys[i])
		}
	}
	if len(s.psks) > 0 {
		args = append(args, "--psk", s.psks[0])
	}
	l.run(leakRun{args: args, holds: userClass})
}

// merge adds up what batch has made of the session's directory.
func (l *leakTest) merge(s *leakSession) {
	l.Helper()
	out := l.TempDir()
	var said bytes.Buffer
	run(leakRun{args: []string{"batch", "-q", "-w", out}}.with(l.keys, s.captures).args, &bytes.Buffer{}, &said, &said)
	if marks, err := filepath.Glob(filepath.Join(out, "*.json")); err != nil || len(marks) == 0 {
		l.Fatalf("batch left no mark to merge: %s", &said)
	}
	for _, form := range [][]string{nil, {"--json"}, {"--format", "csv"}, {"--format", "ndjson"}} {
		l.run(leakRun{args: slices.Concat([]string{"merge", out}, form)})
	}
}

// told runs what tells of the program itself, with secrets on the command line before it or in the environment: help, completion, the version.
func (l *leakTest) told(s *leakSession) {
	l.Helper()
	for i := range s.plants {
		if i > 0 && !*leakEverywhere {
			break
		}
		h := "0x" + hex.EncodeToString(s.plants[i].value)
		l.Setenv(envPSK, h)
		for _, name := range []string{"decrypt", "batch", "merge", "extcap", "completion", "keys"} {
			l.run(leakRun{args: []string{"help", name}})
			l.run(leakRun{args: []string{name, "--psk", h, "--help"}})
		}
		for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
			l.run(leakRun{args: []string{"completion", shell}})
		}
		for _, words := range [][]string{{"diagnose", "--psk", h, ""}, {"diagnose", "--psk", h}, {"diagnose", "--psk=" + h}, {"decrypt", "--psk", h, "--only", ""}, {"keys", h}, {h}, {"--" + h}} {
			l.run(leakRun{args: append([]string{"__complete"}, words...)})
		}
		l.run(leakRun{args: []string{"version", "--json"}})
		l.run(leakRun{args: []string{"--version"}})
		l.run(leakRun{args: []string{"--psk", h, "diagnose", s.captures[0]}})
		l.run(leakRun{args: []string{"--psk=" + h}})
		l.Setenv(envPSK, "")
	}
}

// mistakes runs the program with secrets that have mistakes: in files, on the command line and in the environment.
func (l *leakTest) mistakes(s *leakSession) {
	l.Helper()
	spoilt := s.spoiltKeys(l.T, l.TempDir())
	if !*leakEverywhere {
		spoilt = spoilt[:min(len(spoilt), 2)]
	}
	for _, path := range spoilt {
		l.run(leakRun{args: []string{"keys", path}})
		l.run(leakRun{args: []string{"diagnose", "-k", path, s.captures[0]}})
		l.run(leakRun{args: []string{"sas", "--json", "--psk-file", path, s.captures[0]}})
	}
	for i := range s.plants {
		v := s.plants[i].value
		const most = 2
		if len(v) < leakLen || i >= most && !*leakEverywhere {
			continue
		}
		h := hex.EncodeToString(v)
		for _, flag := range []string{"--psk=0x" + h + "z", "--dh-secret=" + h[1:], "--dh-private=0123456789abcdef=" + h + "g", "--skeyid-e=" + h + ":", "--psk=@" + h[:2] + "/no file",
			"--eap-msk=" + h, "--pskk=" + h, "-kk" + h[:4]} {
			l.run(leakRun{args: []string{"diagnose", flag, s.captures[0]}})
		}
		l.Setenv(envPSK, "0x"+h+"z")
		l.run(leakRun{args: []string{"timeline", s.captures[0]}})
		l.Setenv(envPSK, "")
	}
}
