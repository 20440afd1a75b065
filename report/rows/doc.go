// Package rows writes reports as rows for other programs: CSV (RFC 4180), and NDJSON, one JSON object a line. docs/json.md describes both.
package rows

// A Format is a form of rows.
type Format string

// The formats.
const (
	CSV    Format = "csv"
	NDJSON Format = "ndjson"
)

// A Kind is a report that can be written as rows, by the name of its command.
type Kind string

// The reports. Their rows are the messages, the SAs and the findings.
const (
	Timeline Kind = "timeline"
	SAs      Kind = "sas"
	Diagnose Kind = "diagnose"
)
