package capture_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"path/filepath"

	"os"

	"github.com/ikedecode/ikedecode/capture"
)

// The datagrams of a capture: fragments are put together and UDP encapsulation is taken off.
func ExampleSplitter() {
	src, err := capture.Open([]string{"../testdata/pcaps/v1-nat-transport/wire.pcap"}, capture.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		log.Fatal(err)
	}
	split := capture.NewSplitter(capture.SplitOptions{})
	for range 6 {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		for _, d := range split.Split(p) {
			fmt.Println(d.Frame, d.Kind, d.Src, d.Dst, len(d.Payload))
		}
	}
	// Output:
	// 1 IKE 192.0.2.1:500 192.0.2.2:500 180
	// 2 IKE 192.0.2.2:500 192.0.2.1:500 160
	// 3 IKE 192.0.2.1:500 192.0.2.2:500 372
	// 4 IKE 192.0.2.2:500 192.0.2.1:500 372
	// 5 IKE 192.0.2.1:4500 192.0.2.2:4500 108
	// 6 IKE 192.0.2.2:4500 192.0.2.1:4500 76
}

// Packets are written as they came, or with another IP packet behind their link header.
func ExampleWriter() {
	src, err := capture.Open([]string{"../testdata/pcaps/v1-nat-transport/wire.pcap"}, capture.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		log.Fatal(err)
	}
	p, err := r.Next()
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "out.pcapng")
	w, err := capture.Create(path, capture.WriterOptions{App: "example"})
	if err != nil {
		log.Fatal(err)
	}
	defer w.Abort() // nothing to do after Close
	ip := []byte{0x45, 0, 0, 20, 0, 0, 0, 0, 64, 59, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}
	frame, err := new(capture.Datagram).Relink(p, ip)
	if err != nil {
		log.Fatal(err)
	}
	if err := w.Write(p, frame, "was encrypted"); err != nil {
		log.Fatal(err)
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Mode(), len(frame))
	// Output:
	// -rw------- 34
}
