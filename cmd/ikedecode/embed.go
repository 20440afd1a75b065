package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/capture"
)

// checkEmbedding finds why out cannot be a capture with secrets.
func checkEmbedding(flag, out string, stdout io.Writer) error {
	switch {
	case out == "-" && isTerminal(stdout):
		return &usageError{fmt.Errorf("cannot write a capture to a terminal"), "add " + flag + " FILE, or redirect standard output"}
	case strings.EqualFold(filepath.Ext(out), ".pcap"):
		return &usageError{fmt.Errorf("%s: pcap has no place for keys", out), "use a name that ends in .pcapng"}
	}
	return nil
}

// writeEmbedded writes the packets of the capture as they are, with rows of ESP keys in a secrets block in front of them. Secrets that the
// capture has stay in it; rows that it has already are not written twice. It returns the number of packets.
func (a *app) writeEmbedded(an *analysis, path string, inputs []string, rows []byte) (packets int, err error) {
	blocks, _ := an.source.SecretBlocks()
	size, lines := len(rows), slices.Collect(strings.Lines(string(rows)))
	for _, b := range blocks {
		size += len(b.Data)
		if b.Type == capture.SecretESP {
			lines = slices.AppendSeq(lines, strings.Lines(strings.TrimRight(string(b.Data), "\r\n\x00")+"\n"))
		}
	}
	if size > capture.MaxSecrets {
		return 0, withHint(fmt.Errorf("%s: too many keys for secrets blocks: more than %d MiB", path, capture.MaxSecrets>>20), "use export keylog")
	}
	opt := capture.WriterOptions{Stdout: a.out, Inputs: inputs, Interfaces: an.source.Named(), App: "ikedecode"}
	w, err := openOutput(a.ctx, path, func() (*capture.Writer, error) { return capture.Create(path, opt) })
	if err != nil {
		return 0, err
	}
	defer w.Abort()
	for _, b := range blocks {
		if b.Type != capture.SecretESP {
			w.Secret(b)
		}
	}
	w.Secret(capture.SecretBlock{Type: capture.SecretESP, Data: []byte(strings.Join(unique(lines), ""))})
	r, err := an.source.Reader()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	var p capture.Packet
	for err = r.Read(&p); err == nil; err = r.Read(&p) {
		if err := w.Write(&p, p.Data, ""); err != nil {
			return 0, err
		}
		if packets++; packets%1024 == 0 && a.ctx.Err() != nil {
			return 0, a.ctx.Err()
		}
	}
	if !errors.Is(err, io.EOF) {
		return 0, err
	}
	return packets, w.Close()
}

// unique is a list without what it had before.
func unique(list []string) []string {
	seen := make(map[string]bool)
	return slices.DeleteFunc(list, func(s string) bool {
		had := seen[s]
		seen[s] = true
		return had
	})
}
