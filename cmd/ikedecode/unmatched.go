package main

import (
	"fmt"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/report"
)

// A keyFile is what a key file names: how many SPIs, of IPsec SAs or of IKE SAs, and whether the capture has one of them.
type keyFile struct {
	spis, ikeSPIs  int
	matches, loose bool // loose: it has keys that belong to no SPI
}

// unmatchedKeys tell of key files whose keys are all of other tunnels than those in the capture, where something was not decrypted.
func (an *analysis) unmatchedKeys() (list []report.Problem) {
	if an.UnknownMore > 0 || an.Evicted > 0 || len(an.Unknown) == 0 && an.Complete() {
		return nil // all is decrypted, or not all is known
	}
	spis, ike := map[uint32]bool{}, map[decode.SPI]bool{}
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
	files, names := map[string]*keyFile{}, []string{}
	of := func(name string) *keyFile {
		if files[name] == nil {
			files[name], names = &keyFile{}, append(names, name)
		}
		return files[name]
	}
	for _, sa := range an.Bag.SAs {
		f := of(sa.Source.Name)
		f.spis++
		f.loose = f.loose || sa.AnySPI
		f.matches = f.matches || spis[sa.SPI]
	}
	for _, s := range an.Bag.Secrets {
		f := of(s.Origin.File)
		f.ikeSPIs++
		f.loose = f.loose || s.Where.IsZero()
		f.matches = f.matches || ike[s.Where.Initiator] || ike[s.Where.Responder]
	}
	const archive = 8 // files; then only some are of this capture
	anyMatches := false
	for _, f := range files {
		anyMatches = anyMatches || f.matches
	}
	for _, name := range names {
		f := files[name]
		if f.matches || f.loose || name == "" || anyMatches && len(names) > archive {
			continue
		}
		if len(list) == mostWarnings {
			return append(list, problem("the keys of more files are of other tunnels"))
		}
		what := map[bool]string{true: "SPIs", false: "IKE SPIs"}[f.spis > 0]
		list = append(list, problem(fmt.Sprintf("the keys of %s are of other tunnels: none of its %s is in the capture", name, what), "give keys that were taken while this tunnel was up"))
	}
	return list
}
