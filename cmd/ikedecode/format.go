package main

import "github.com/ikedecode/ikedecode/report/rows"

// The values of --format. A ladder is text, with arrows between the two peers.
const (
	formatText     = "text"
	formatMermaid  = "mermaid"
	formatMarkdown = "markdown"
	formatCSV      = string(rows.CSV)
	formatNDJSON   = string(rows.NDJSON)
)

// formats are those of each command, text first.
var formats = map[string][]string{
	"timeline": {formatText, formatMermaid, formatMarkdown, formatCSV, formatNDJSON},
	"sas":      {formatText, formatCSV, formatNDJSON},
	"diagnose": {formatText, formatCSV, formatNDJSON},
	"merge":    {formatText, formatCSV, formatNDJSON},
}

const formatHelp = `        --format FORMAT
                        text; csv, a header and a row for each; or ndjson, a JSON object a line: for
                        programs, described in docs/json.md
`

// rows reports whether a report is to be written as rows.
func (o *outputOptions) rows() bool { return o.format == formatCSV || o.format == formatNDJSON }

// checkFormat checks --format against those of the command.
func (o *outputOptions) checkFormat(command string) error {
	if err := oneOf("--format", o.format, formats[command]...); err != nil {
		return err
	}
	if o.json && o.format != formatText {
		return usagef("--json cannot be combined with --format: it has everything")
	}
	return nil
}
