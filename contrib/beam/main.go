// Beam decrypts an archive of captures as a pipeline of Apache Beam, on the runner of --runner.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"

	"github.com/ikedecode/ikedecode/contrib/beam/shares"
)

func main() {
	var a shares.Archive
	flag.StringVar(&a.Binary, "ikedecode", "ikedecode", "the binary, on a worker")
	flag.StringVar(&a.In, "archive", "", "directory, or s3://BUCKET/PREFIX")
	flag.StringVar(&a.Keys, "keys", "keys.log", "key log, on a worker, with its manifest beside it")
	flag.StringVar(&a.Out, "out", "", "directory, or s3://BUCKET/PREFIX")
	flag.IntVar(&a.Of, "shares", 8, "number of shares")
	flag.Parse()
	beam.Init()
	if a.In == "" || a.Out == "" || a.Of < 1 {
		log.Fatal("give --archive, --out and --shares")
	}
	p, s := beam.NewPipelineWithRoot()
	shares.Run(s, a)
	if err := beamx.Run(context.Background(), p); err != nil {
		log.Fatal(err)
	}
}
