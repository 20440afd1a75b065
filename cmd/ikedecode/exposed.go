package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/words"
)

// exposedFiles are files with keys that users other than their owner can read.
type exposedFiles struct {
	known map[string]bool // as they were given
	list  []report.Problem
}

// note notes a file that was given for its keys, of which a bag holds some, or a directory that has such files.
func (e *exposedFiles) note(given string, b *secret.Bag) {
	if b == nil || e.known[given] || runtime.GOOS == "windows" {
		return
	}
	text := exposure(given, b)
	if text == "" {
		return
	}
	if e.known == nil {
		e.known = make(map[string]bool)
	}
	e.known[given] = true
	e.list = append(e.list, problem(text))
}

// take are the warnings since the last take.
func (e *exposedFiles) take() (list []report.Problem) {
	list, e.list = e.list, nil
	return list
}

// exposure says that others can read what was given, and what to do; "" where they cannot.
func exposure(given string, b *secret.Bag) string {
	info, err := os.Stat(given)
	if err != nil || strings.HasPrefix(given, "/dev/") || strings.HasPrefix(given, "/proc/") { // such as a shell's <(command)
		return ""
	}
	if !info.IsDir() {
		if !readable(info) || !slices.Contains(filesOf(b), given) {
			return ""
		}
		return fmt.Sprintf("%s: has keys, and mode %04o lets other users read them: chmod 600 %s", given, info.Mode().Perm(), shellWord(given))
	}
	files := slices.DeleteFunc(filesOf(b), func(file string) bool {
		info, err := os.Stat(file)
		return err != nil || !readable(info)
	})
	if len(files) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: the modes of %s with keys, such as %s, let other users read them: chmod -R go-r %s", given, words.Count(len(files), "file"), files[0], shellWord(given))
}

// readable reports whether users other than the owner can read a file.
func readable(info os.FileInfo) bool {
	const byOthers = 0o044
	return info.Mode().IsRegular() && info.Mode()&byOthers != 0
}

// filesOf are the files that a bag comes from, each once.
func filesOf(b *secret.Bag) (files []string) {
	seen := make(map[string]bool)
	note := func(origin string) {
		if seen[origin] {
			return
		}
		seen[origin] = true
		if file := onDisk(origin); file != "" && (file == origin || !seen[file]) {
			seen[file] = true
			files = append(files, file)
		}
	}
	for i := range b.Secrets {
		note(b.Secrets[i].Origin.File)
	}
	for i := range b.SAs {
		note(b.SAs[i].Source.Name)
	}
	return files
}

// onDisk is the file that a secret was found in: a member of an archive is named "dump.tgz:var/log/charon.log". It is empty where there is none.
func onDisk(origin string) string {
	for {
		if info, err := os.Stat(origin); err == nil && !info.IsDir() {
			return origin
		}
		i := strings.LastIndexByte(origin, ':')
		if i < 0 {
			return ""
		}
		origin = origin[:i]
	}
}
