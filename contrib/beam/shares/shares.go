// Package shares is an archive of captures as a pipeline of Apache Beam: one element for each share of batch.
package shares

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
)

func init() {
	register.DoFn3x1[context.Context, int, func(Result), error](&Archive{})
	register.Emitter1[Result]()
}

// An Archive is what all shares have in common. Its paths are those that a worker sees.
type Archive struct {
	Binary string // ikedecode
	In     string // a directory, or s3://BUCKET/PREFIX
	Out    string
	Keys   string // the key log, with its manifest beside it
	Of     int    // shares
}

// A Result is what came of a share.
type Result struct {
	Share    int
	Complete bool // false: something was not decrypted, or not read
}

// Run adds the shares to a pipeline. They become a collection of Result.
func Run(s beam.Scope, a Archive) beam.PCollection {
	s = s.Scope("ikedecode")
	list := make([]int, a.Of)
	for i := range list {
		list[i] = i
	}
	return beam.ParDo(s, &a, beam.Reshuffle(s, beam.CreateList(s, list))) // reshuffled, or one worker would do all
}

// exitIncomplete is the exit code of ikedecode where something was not decrypted, which trying again does not change.
const exitIncomplete = 3

// ProcessElement does a share. After an error the runner tries it again: what is done is left alone.
func (a *Archive) ProcessElement(ctx context.Context, share int, emit func(Result)) error {
	cmd := exec.CommandContext(ctx, a.Binary, "batch", a.In, "-k", a.Keys, "-w", a.Out, "--workers", "1",
		"--index", strconv.Itoa(share), "--of", strconv.Itoa(a.Of), "-q")
	var said strings.Builder
	cmd.Stderr = &said
	err := cmd.Run()
	var exit *exec.ExitError
	incomplete := errors.As(err, &exit) && exit.ExitCode() == exitIncomplete
	if err != nil && !incomplete {
		return fmt.Errorf("share %d: %w: %s", share, err, strings.TrimSpace(said.String()))
	}
	emit(Result{share, !incomplete})
	return nil
}
