// Package capture reads and writes captures: pcap and pcapng in and out, link layers, IP reassembly, UDP and TCP
// encapsulation. It yields datagrams with IKE, ESP, AH or IPComp.
//
// A [Source] is one or several capture files, read as often as needed; a [Reader] is one pass over their packets, merged
// by time. A [Splitter] splits each packet into [Datagram]s (RFC 3948 for port 4500, RFC 9329 for TCP). What was
// opened goes back into its packet with [Datagram.WithPayload] or [Datagram.Transport], back into its frame with
// [Datagram.Relink], and out through a [Writer].
//
// Everything is decided packet by packet, so that a capture made on a gateway, which shows the inner packets in clear
// beside the outer ones, is nothing special. A packet that a mirror port shows twice is marked [Datagram.Repeat].
//
// # Why not pcapgo
//
// The framing of both formats is read here rather than by gopacket's pcapgo, which cannot be made safe from outside: it
// allocates what a record claims before it reads it (256 MiB from a file of 100 bytes); it rejects records longer than the
// snap length that the file names, which several writers exceed; its pcapng reader divides by zero for an if_tsresol
// of 2^-64, indexes empty options and reads into the next block when an option is longer than its block; and as it
// buffers on its own, nobody can say at which offset of the file it failed, or tell a file that ends inside a record from one
// that ends after it. It also drops Decryption Secrets Blocks and packet comments. The tests use pcapgo as the second
// opinion: what it writes is read here, what is written here it reads.
package capture

import "time"

// A Packet is one captured frame.
type Packet struct {
	Number    int // 1-based, in the merged input: the frame number of every report
	File      int // index of the input file
	FileFrame int // 1-based, in that file
	Time      time.Time
	Link      LinkType
	Data      []byte   // as captured; owned by the receiver
	OrigLen   int      // on the wire; more than len(Data) where the snap length cut it
	Comments  []string // that the packet has in its pcapng file
	Place     Place    // in that file
}

// A Place is where a packet is in its file, in bytes of the unpacked file.
type Place struct {
	Start, End int64 // of its record
	// Bound says that it cannot be read with nothing but the Head of a Part in front of it: pcapng may have sections and interfaces anywhere.
	Bound bool
}
