package main

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// gateways are those of a made-up archive. Each has its suite, and SAs that go on from file to file.
const gateways = 8

// makeArchive makes DIR/archive, with so many packets in so many files whose sizes have a log-normal distribution, and DIR/keys.log. The same numbers make
// the same bytes.
func makeArchive(dir string, files, packets, sas int) error {
	if files < 1 || packets < files {
		return fmt.Errorf("%d packets in %d files: give -files, and gigabytes by -big", packets, files)
	}
	var streams []*traffic
	var log bytes.Buffer
	for g := range gateways {
		s := suites[g%3] // the encrypted ones
		t, err := newTraffic(s, firstSPI+uint32(g*sas), sas)
		if err != nil {
			return err
		}
		t.rate = 10_000
		streams = append(streams, t)
		for _, e := range t.encoders {
			log.WriteString(e.keyLog(s))
		}
	}
	for i, n := range skewedCounts(files, packets) {
		path := filepath.Join(dir, "archive", fmt.Sprintf("gate%d", i%gateways), fmt.Sprintf("wire%02d.pcap", i/gateways))
		if err := writeFile(path, streams[i%gateways], n); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "keys.log"), log.Bytes(), 0o600)
}

func writeFile(path string, t *traffic, packets int) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := t.write(f, packets); err != nil {
		return err
	}
	return f.Close()
}

// skewedCounts spreads so many packets over files, at least one in each.
func skewedCounts(files, packets int) []int {
	random := rand.New(rand.NewPCG(1, 0))
	weights, sum := make([]float64, files), 0.0
	for i := range weights {
		weights[i] = math.Exp(random.NormFloat64())
		sum += weights[i]
	}
	counts, left := make([]int, files), packets-files
	for i := range counts {
		n := min(left, int(weights[i]/sum*float64(packets-files)))
		counts[i], left = 1+n, left-n
	}
	counts[0] += left // of rounding
	return counts
}
