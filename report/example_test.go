package report_test

import (
	"context"
	"fmt"
	"log"
	"net/netip"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report"
)

// A capture is diagnosed with the log of one gateway: what went wrong, in which frames, by a stable code.
func Example() {
	s, done := session("../testdata/pcaps/v1-main-psk-3des-md5-espnull/wire.pcap", "../testdata/pcaps/v1-main-psk-3des-md5-espnull/gwa.log")
	defer done()
	if err := s.Run(context.Background(), nil); err != nil {
		log.Fatal(err)
	}
	d := report.Diagnose(s, nil)
	for _, f := range d.Findings[:3] {
		fmt.Println(f.Severity, f.Code, f.Frames)
	}
	// Output:
	// note healthy []
	// warning weak-algorithm [2]
	// warning weak-dh [2]
}

// The timeline of the IKE SAs between the hosts of one network.
func ExampleFilter() {
	s, done := session("../testdata/pcaps/v1-xauth-modecfg/wire.pcap", "../testdata/pcaps/v1-xauth-modecfg/gwa.log")
	defer done()
	if err := s.Run(context.Background(), nil); err != nil {
		log.Fatal(err)
	}
	var f report.Filter
	f.SelectNetwork(netip.MustParsePrefix("192.0.2.0/24"))
	f.SelectSPI(0xc01e840a)
	for _, sa := range f.Timeline(s).SAs {
		for _, x := range sa.Exchanges {
			fmt.Println(x.Type, x.Messages[0].Frame, x.Outcome.Code)
		}
	}
	// Output:
	// Quick Mode 13 established
	// Informational 42 done
}

// session reads a capture with the keys of a file.
func session(path, keys string) (s *ikedecode.Session, done func()) {
	bag, err := source.ReadFile(keys)
	if err != nil {
		log.Fatal(err)
	}
	src, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		log.Fatal(err)
	}
	if s, err = ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{}); err != nil {
		log.Fatal(err)
	}
	return s, func() { src.Close() }
}
