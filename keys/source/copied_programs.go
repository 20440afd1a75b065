package source

import (
	"cmp"
	"slices"
	"strings"
)

// The log of a host and its console have lines of other programs between those of a dump, also where the dump has no front of a logger:
//
//	2015-03-07 17:41:06: DEBUG: SKEYID_e computed:
//	2015-03-07 17:41:06: DEBUG:
//	Mar  7 17:41:06 gw1 sshd[1201]: Accepted publickey for root
//	87bbcc0c 1a63b89a f2faf8b2 734fb4f7 0aa69f7d

// The kernel's messages, as dmesg shows them, and those of Cisco's consoles are of these programs.
const (
	kernelProgram = "kernel"
	ciscoProgram  = "%"
)

// programOf is the program that a logger says a line is of, behind the time and the host; "": it says none.
func programOf(s string) string {
	at := priorityEnd(s, 0)
	switch {
	case at > 0 && strings.HasPrefix(s[at:], "1 "):
		at += 2
	case at < len(s) && s[at] == '[':
		if end := secondsEnd(s, at+1); end > 0 && strings.HasPrefix(s[end:], "] ") {
			return kernelProgram
		}
	case at < len(s) && (s[at] == '*' || s[at] == '.'):
		at++
	}
	end := loggerTimeEnd(s, at)
	if end < 0 {
		return ""
	}
	if strings.HasPrefix(s[end:], ": %") {
		return ciscoProgram
	}
	if stream := streamNameEnd(s, end); stream > end { // of a container
		return s[end+1 : stream-len(" F")]
	}
	host := loggerHostEnd(s, end)
	if host == end {
		return ""
	}
	_, program, _ := strings.Cut(s[end+1:host], " ")
	return program[:runEnd(program, 0, isPathByte)]
}

// isForeign reports whether a line is of another program than a dump, and of none that makes keys, so that it ends no dump.
func isForeign(text, own string) bool {
	name := programOf(text)
	return name != "" && name != own && !slices.Contains(daemonProcesses, name)
}

// programRecords are the ways in which the lines of a file may belong to one program among several: to one of those with the most lines that may have keys,
// alone or with the lines of which nothing is said, and those alone. Of a large file only those count that have such lines at its front: each of the others would
// read megabytes of a host's log in vain.
func programRecords(sample []line, whole bool) (list []record) {
	const most = 3
	var names []string
	lines, words := map[string]int{}, map[string]int{}
	for _, l := range sample {
		if strings.TrimSpace(l.text) == "" {
			continue
		}
		name := programOf(l.text)
		if lines[name]++; lines[name] == 1 {
			names = append(names, name)
		}
		words[name] += btoi(lineWords.find(l.text) != 0)
	}
	if len(names) < 2 {
		return nil
	}
	if lines[""] > 0 {
		list = append(list, linesOf(""))
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(words[b], words[a]), cmp.Compare(lines[b], lines[a]))
	})
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	for _, name := range names[:min(len(names), most)] {
		if words[name] > 0 && len(names) > 1 || whole && lines[""] == 0 {
			list = append(list, linesOf(name))
		}
	}
	return list
}

// linesOf are the lines of a program, and those of which nothing is said.
func linesOf(program string) record {
	return func(line string) (string, bool) {
		name := programOf(line)
		return line, name == program || name == ""
	}
}
