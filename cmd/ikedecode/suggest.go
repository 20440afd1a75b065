package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// closest is the name that was most likely meant by a word that is none of them, "" if none is near.
func closest(word string, names []string) string {
	best, least := "", max(1, len(word)/3)+1
	for _, name := range names {
		n := edits(strings.ToLower(word), name)
		if strings.HasPrefix(name, strings.ToLower(word)) && len(word) > 1 {
			n = 1 // the front of a name
		}
		if n < least {
			best, least = name, n
		}
	}
	return best
}

// edits is the number of letters to be put in, taken out, replaced or swapped with the next one to make b of a.
func edits(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			n := last[j-1]
			if a[i-1] != b[j-1] {
				n++
			}
			n = min(n, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				n = min(n, before[j-2]+1)
			}
			row[j] = n
		}
	}
	return row[len(b)]
}

// didYouMean is the hint after a word that is none of the names, "" if none is near.
func didYouMean(word string, names []string) string {
	if name := closest(word, names); name != "" {
		return fmt.Sprintf("did you mean %s?", name)
	}
	return ""
}

// unknownCommand is the error for a word that is no command.
func unknownCommand(root *cobra.Command, word string) error {
	return &usageError{fmt.Errorf("unknown command %q", word), didYouMean(word, commandNames(root))}
}

// badFlag makes what is wrong with a flag a usage error. Flags of the root command are those that stand before a command, or after
// a word that is none.
func badFlag(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	if !errors.As(err, &missing) {
		return &usageError{err: err}
	}
	if !cmd.HasParent() {
		if word := cmd.Flags().Arg(0); word != "" {
			return unknownCommand(cmd, word)
		}
	}
	word := missing.GetSpecifiedName()
	if s := missing.GetSpecifiedShortnames(); s != "" {
		word = s // -only for --only
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	hint := didYouMean("--"+word, names)
	if hint == "" && !cmd.HasParent() {
		hint = "put flags after the command"
	}
	return &usageError{err, hint}
}
