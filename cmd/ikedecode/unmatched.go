package main

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/report"
)

// A keyFile is what a key file names: SPIs of IPsec SAs, and whether the capture has one of them, or of the IKE SAs of its other keys.
type keyFile struct {
	name           string
	spis           int
	matches, loose bool // loose: it has keys that belong to no SPI
}

// unmatchedKeys tell of key files of whose SPIs none is in the capture, where something was not decrypted.
func (an *analysis) unmatchedKeys() (list []report.Problem) {
	if an.UnknownMore > 0 || an.Evicted > 0 || len(an.Unknown) == 0 && an.Complete() {
		return nil // all is decrypted, or not all is known
	}
	files := an.keyFiles()
	const archive = 8 // files; then only some are of this capture
	matched := 0
	for _, f := range files {
		if f.matches {
			matched++
		}
	}
	for _, f := range files {
		if f.matches || f.loose || f.name == "" || matched > 0 && len(files) > archive {
			continue
		}
		if len(list) == mostWarnings {
			return append(list, problem("of more key files none of the SPIs is in the capture"))
		}
		what := "IKE SPIs"
		if f.spis > 0 {
			what = "SPIs"
		}
		list = append(list, problem(fmt.Sprintf("none of the %s of %s is in the capture: its keys are of another tunnel, or of another time", what, f.name),
			"give keys that were taken while this tunnel was up"))
	}
	return list
}

// keyFiles are those that keys came from, in that order.
func (an *analysis) keyFiles() (files []*keyFile) {
	spis, ike := an.capturedSPIs()
	byName := make(map[string]*keyFile)
	of := func(name string) *keyFile {
		f := byName[name]
		if f == nil {
			f = &keyFile{name: name}
			byName[name], files = f, append(files, f)
		}
		return f
	}
	for _, sa := range an.Bag.SAs {
		f := of(sa.Source.Name)
		f.spis++
		f.loose = f.loose || sa.AnySPI
		f.matches = f.matches || spis[sa.SPI]
	}
	for _, s := range an.Bag.Secrets {
		f := of(s.Origin.File)
		f.loose = f.loose || s.Where.IsZero()
		f.matches = f.matches || ike[s.Where.Initiator] || ike[s.Where.Responder]
	}
	return files
}

// capturedSPIs are the SPIs of IPsec SAs that have packets or were negotiated, and those of IKE SAs.
func (an *analysis) capturedSPIs() (spis map[uint32]bool, ike map[decode.SPI]bool) {
	spis, ike = make(map[uint32]bool), make(map[decode.SPI]bool)
	for _, u := range an.Unknown {
		spis[u.SPI] = true
	}
	for _, sa := range an.Table.SAs() {
		if sa.Stats().Packets > 0 || sa.Source.Line == 0 { // line 0: negotiated
			spis[sa.SPI] = true
		}
	}
	for _, sa := range an.SAs {
		ike[sa.Initiator], ike[sa.Responder] = true, true
	}
	return spis, ike
}
