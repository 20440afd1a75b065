package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ikedecode/ikedecode/report/text"
)

// The columns that help is laid out for: those of the terminal within these bounds, and without one as many as a terminal has that
// nobody made larger.
const (
	helpUnsized  = 80
	helpDeep     = 12 // what is indented further is what a label means
	helpLabelGap = 2
)

// terminalWidth is the number of columns of the terminal that w is, helpUnsized where it does not say; 0 where it is none.
func terminalWidth(w io.Writer) int {
	f, ok := fileOf(w)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	switch {
	case err != nil:
		return 0
	case width == 0:
		return helpUnsized
	}
	return width
}

func helpWidth(w io.Writer) int {
	if width := terminalWidth(w); width > 0 {
		return min(max(width, text.MinWidth), text.MaxWidth)
	}
	return helpUnsized
}

const helpHelp = `Show the help of a command.

usage: ikedecode help [COMMAND]

example:
    ikedecode help
`

// newHelp makes "ikedecode help COMMAND", which is the same as "ikedecode COMMAND --help".
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Show the help of a command", Long: helpHelp,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			if len(args) == 0 {
				names = commandNames(cmd.Root())
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(cmd.Root(), strings.Join(args, " "))
			}
			return found.Help()
		},
	}
}

func commandNames(root *cobra.Command) (names []string) {
	for _, cmd := range root.Commands() {
		if !cmd.Hidden {
			names = append(names, cmd.Name())
		}
	}
	return names
}

// printHelp prints the help of a command, laid out for the terminal.
func printHelp(cmd *cobra.Command, _ []string) {
	out := cmd.OutOrStdout()
	fmt.Fprint(out, layoutHelp(cmd.Long, helpWidth(out)))
}

// layoutHelp breaks the lines of a help for a width. The text is written as it looks on a wide terminal:
//
//	A paragraph, in as many lines as it takes; or a heading, which ends in a colon.
//	    LABEL   what it means, in
//	            as many lines as it takes
//	    a line without two blanks in it, which is a command, stays whole
//
// What a label means starts in the same column at every width.
func layoutHelp(text string, width int) string {
	var b strings.Builder
	for _, p := range helpParts(text) {
		p.write(&b, width)
	}
	return b.String()
}

// A helpPart is a line or a paragraph of a help.
type helpPart struct {
	label  string // with its indent; or a whole line, if there is no text
	text   string
	column int // where the text starts
}

func helpParts(text string) (parts []helpPart) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		words := strings.TrimLeft(line, " ")
		indent := len(line) - len(words)
		last := &helpPart{}
		if len(parts) > 0 {
			last = &parts[len(parts)-1]
		}
		label, meaning, found := strings.Cut(words, strings.Repeat(" ", helpLabelGap))
		switch {
		case indent == 0 && last.label == "" && last.column == 0 && last.text != "" && words != "": // goes on
			last.text += " " + words
		case indent > 0 && indent == last.column:
			last.text += " " + words
		case indent > helpDeep && last.text == "" && last.label != "": // its label has a line of its own
			last.text, last.column = words, indent
		case indent == 0 && (words == "" || strings.HasSuffix(words, ":") || strings.HasPrefix(words, "usage:")):
			parts = append(parts, helpPart{label: words})
		case indent == 0:
			parts = append(parts, helpPart{text: words})
		case found:
			meaning = strings.TrimLeft(meaning, " ")
			parts = append(parts, helpPart{label: line[:indent] + label, text: meaning, column: len(line) - len(meaning)})
		default:
			parts = append(parts, helpPart{label: line})
		}
	}
	return parts
}

// write writes the part. A label that reaches into its text's column has the text below it.
func (p *helpPart) write(b *strings.Builder, width int) {
	b.WriteString(p.label)
	col := len(p.label)
	if p.text != "" && p.column > 0 && col+helpLabelGap > p.column {
		b.WriteByte('\n')
		col = 0
	}
	if p.text != "" && p.column > col {
		b.WriteString(strings.Repeat(" ", p.column-col))
		col = p.column
	}
	start := true
	for _, word := range strings.Fields(p.text) {
		if !start && col+1+len(word) > width {
			b.WriteString("\n" + strings.Repeat(" ", p.column))
			col, start = p.column, true
		}
		if !start {
			b.WriteByte(' ')
			col++
		}
		b.WriteString(word)
		col, start = col+len(word), false
	}
	b.WriteByte('\n')
}
