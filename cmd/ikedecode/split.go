package main

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

const (
	// maxSplit bounds the files of --split-by.
	maxSplit = 10_000
	// maxWriting bounds those that are open at once.
	maxWriting = 64
)

// A splitKey is what the packets of one file of --split-by have in common.
type splitKey struct {
	sa    *esp.SA
	child *ikesa.Child
	hosts [2]netip.Addr
	proto esp.Protocol // of hosts with one SA each way, where no negotiation tells what belongs together
}

// A splitter finds the file for each packet.
type splitter struct {
	by      string
	path    string // of the main file
	session *ikedecode.Session
	reading *negotiation.Reading
	known   map[*esp.SA]splitKey // what childOf said
	names   map[string]bool
	alone   map[splitWay]*uint32 // the only SA of a bag from one host to another; nil: there are several
	files   map[splitKey]*capture.Writer
	writing []*capture.Writer // that are open, the one written to last at the end
}

type splitWay struct {
	proto    esp.Protocol
	src, dst netip.Addr
}

func newSplitter(by, path string, s *ikedecode.Session) *splitter {
	sp := &splitter{by: by, path: path, session: s, known: make(map[*esp.SA]splitKey), names: make(map[string]bool),
		files: make(map[splitKey]*capture.Writer)}
	if by != "child" {
		return sp
	}
	sp.reading, sp.alone = negotiation.Read(s), make(map[splitWay]*uint32)
	for i := range s.Bag.SAs {
		p := &s.Bag.SAs[i]
		way := splitWay{p.Protocol, p.Src.Unmap(), p.Dst.Unmap()}
		if _, more := sp.alone[way]; more {
			sp.alone[way] = nil
		} else {
			sp.alone[way] = &p.SPI
		}
	}
	return sp
}

// key is what a packet is filed under; ok is false for what belongs to the main file.
func (sp *splitter) key(o *ikedecode.Output) (k splitKey, ok bool) {
	switch {
	case sp.by == "peer":
		if o.Item == nil || o.Item.Datagram.Kind == capture.Other {
			return k, false
		}
		d := o.Item.Datagram
		return splitKey{hosts: inOrder(d.Src.Addr().Unmap(), d.Dst.Addr().Unmap())}, true
	case o.SA == nil:
		return k, false
	case sp.by == "child":
		if k, ok = sp.known[o.SA]; !ok {
			k = sp.childOf(o.SA)
			sp.known[o.SA] = k
		}
		return k, true
	}
	return splitKey{sa: o.SA}, true
}

// childOf is the Child SA of an SA; where no negotiation tells, the hosts that have one SA each way, or the SA itself.
func (sp *splitter) childOf(sa *esp.SA) splitKey {
	if sp.session.Source.Live() { // more was negotiated meanwhile
		sp.reading = negotiation.Read(sp.session)
	}
	if c := sp.reading.Child(negotiation.KeyOf(sa)).Child; c != nil {
		return splitKey{child: c}
	}
	src, dst := sa.Src.Unmap(), sa.Dst.Unmap()
	there, back := sp.alone[splitWay{sa.Protocol, src, dst}], sp.alone[splitWay{sa.Protocol, dst, src}]
	if there != nil && back != nil && *there == sa.SPI {
		return splitKey{hosts: inOrder(src, dst), proto: sa.Protocol}
	}
	return splitKey{sa: sa}
}

func inOrder(a, b netip.Addr) [2]netip.Addr {
	if b.Less(a) {
		a, b = b, a
	}
	return [2]netip.Addr{a, b}
}

// name puts hosts and SPIs into the name of the output: plain-ESP-192.0.2.1-192.0.2.2-cf127d15.pcapng. The addresses are those of the first packet,
// as captured. Colons, which some file systems refuse, become underscores.
func (sp *splitter) name(k splitKey, o *ikedecode.Output, f *ikedecode.Frame) string {
	d := f.Items[0].Datagram
	about := fmt.Sprintf("%v-%v", k.hosts[0], k.hosts[1])
	if o.SA != nil && sp.by != "peer" {
		about = fmt.Sprintf("%v-%v-%v-%08x", o.SA.Protocol, d.Src.Addr(), d.Dst.Addr(), o.SA.SPI)
		for _, spi := range sp.others(k, o.SA) {
			about += fmt.Sprintf("-%08x", spi)
		}
	}
	ext := filepath.Ext(sp.path)
	stem := strings.TrimSuffix(sp.path, ext) + "-" + strings.ReplaceAll(about, ":", "_")
	name := stem + ext
	for n := 2; sp.names[name]; n++ { // an SPI that was used again
		name = fmt.Sprintf("%s-%d%s", stem, n, ext)
	}
	sp.names[name] = true
	return name
}

// others are the SPIs of the other direction of sa.
func (sp *splitter) others(k splitKey, sa *esp.SA) (spis []uint32) {
	switch {
	case k.child != nil:
		for i := range k.child.SAs {
			if c := &k.child.SAs[i]; c.Protocol == sa.Protocol && c.SPI != sa.SPI {
				spis = append(spis, c.SPI)
			}
		}
	case k.proto != 0:
		spis = append(spis, *sp.alone[splitWay{sa.Protocol, sa.Dst.Unmap(), sa.Src.Unmap()}])
	}
	return spis
}

// writes notes that a file is written to, and closes for now the one that was not for longest where there are too many.
func (sp *splitter) writes(w *capture.Writer) error {
	last := len(sp.writing) - 1
	if last >= 0 && sp.writing[last] == w {
		return nil
	}
	if at := slices.Index(sp.writing, w); at >= 0 {
		sp.writing = slices.Delete(sp.writing, at, at+1)
	} else if len(sp.writing) >= maxWriting {
		if err := sp.writing[0].Rest(); err != nil {
			return err
		}
		sp.writing = slices.Delete(sp.writing, 0, 1)
	}
	sp.writing = append(sp.writing, w)
	return nil
}
