package rows

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"github.com/ikedecode/ikedecode/report"
)

// ndjson writes one JSON object a line.
type ndjson struct {
	out  *bufio.Writer
	line bytes.Buffer
	enc  *json.Encoder
}

func newNDJSON(w io.Writer) *ndjson {
	n := &ndjson{out: bufio.NewWriter(w)}
	n.enc = json.NewEncoder(&n.line)
	n.enc.SetEscapeHTML(false)
	return n
}

func (n *ndjson) record(r any) error {
	n.line.Reset()
	if err := n.enc.Encode(r); err != nil {
		return err
	}
	_, err := n.out.Write(report.EscapeJSON(n.line.Bytes()))
	return err
}

func (n *ndjson) flush() error { return n.out.Flush() }
