package page

import (
	"path/filepath"
	"slices"
	"strings"
)

// longestName is how much of the name of a capture is shown, in characters.
const longestName = 120

// captureNames are the names of captures by what differs in them: of several the last parts of their paths that set them apart, without those
// behind that all have. The page is for others: the rest of where they lay is not for them.
func captureNames(paths []string) []string {
	parts := make([][]string, len(paths))
	for i, p := range paths {
		parts[i] = strings.Split(strings.Trim(filepath.ToSlash(filepath.Clean(p)), "/"), "/")
	}
	trimAlike(parts)
	list, deepest := make([]string, len(paths)), 0
	for _, p := range parts {
		deepest = max(deepest, len(p))
	}
	for n := 1; n <= max(1, deepest); n++ {
		for i, p := range parts {
			list[i] = strings.Join(p[max(0, len(p)-n):], "/")
		}
		if distinct(list) {
			break
		}
	}
	trimExtension(list)
	for i := range list {
		if list[i] = clean(list[i], longestName); paths[i] == "-" {
			list[i] = "standard input"
		}
	}
	return list
}

// trimAlike takes the last parts off that several paths have in common; one of each stays.
func trimAlike(parts [][]string) {
	for len(parts) > 1 {
		last := func(p []string) string { return p[len(p)-1] }
		if slices.ContainsFunc(parts, func(p []string) bool { return len(p) < 2 || last(p) != last(parts[0]) }) {
			return
		}
		for i, p := range parts {
			parts[i] = p[:len(p)-1]
		}
	}
}

func distinct(list []string) bool {
	seen := make(map[string]bool)
	for _, s := range list {
		if seen[s] {
			return false
		}
		seen[s] = true
	}
	return true
}

// trimExtension takes the extension off that several names have in common.
func trimExtension(list []string) {
	ext := ""
	if len(list) > 1 {
		ext = filepath.Ext(list[0])
	}
	if ext == "" || slices.ContainsFunc(list, func(s string) bool { return filepath.Ext(s) != ext || len(s) == len(ext) }) {
		return
	}
	for i := range list {
		list[i] = strings.TrimSuffix(list[i], ext)
	}
}
