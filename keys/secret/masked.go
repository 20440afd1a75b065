package secret

import (
	"encoding/hex"
	"fmt"

	"github.com/ikedecode/ikedecode/esp"
)

// A Listing is one line about a secret or SA, for people to read. Its value is masked unless it was asked for.
type Listing struct {
	Kind   string // "SKEYID_D", "ESP_SA"
	Where  string // "38db764f3d5447ca:90ab12cd34ef5678", "192.0.2.1>192.0.2.2:0xcf127d15", "-"
	Bytes  int    // length of the value, or of the SA's keys together
	Value  string // masked: "20 bytes"; shown: 0x and hex, text in quotes for a PSK, the algorithms and keys of an SA
	Origin string // "gwa.log:709 (SKEYID_d)"
	NoSalt bool   // the source leaves out the salt that belongs to the key
}

// Masked lists what a bag holds, in the bag's order, secrets first. show puts the values in.
func (b *Bag) Masked(show bool) []Listing {
	list := make([]Listing, 0, len(b.Secrets)+len(b.SAs))
	for _, s := range b.Secrets {
		l := Listing{Kind: s.Kind.String(), Where: keyLogWhere(s, 0), Bytes: len(s.Value), Origin: s.Origin.String(), NoSalt: s.NoSalt}
		l.Value = fmt.Sprintf("%d bytes%s", l.Bytes, saltless(s.NoSalt))
		if show {
			l.Value = keyLogValue(s)
		}
		list = append(list, l)
	}
	for _, p := range b.SAs {
		list = append(list, maskedSA(p, show))
	}
	return list
}

// saltless is said of a key whose source leaves its salt out.
func saltless(noSalt bool) string {
	if noSalt {
		return ", without its salt"
	}
	return ""
}

func maskedSA(p esp.Params, show bool) Listing {
	kind := map[esp.Protocol]string{esp.ESP: kindESPSA, esp.AH: kindAHSA, esp.IPComp: kindIPCompSA}[p.Protocol]
	l := Listing{Kind: kind, Where: saWhere(p), Bytes: len(p.CipherKey) + len(p.MACKey), Origin: p.Source.String(), NoSalt: p.NoSalt}
	if p.Protocol == esp.IPComp {
		l.Value = CompressionName(p.IPCompAlg)
		return l
	}
	add := func(name string, key []byte) {
		if name == "" {
			return
		}
		if l.Value != "" {
			l.Value += " "
		}
		switch {
		case len(key) == 0:
			l.Value += name
		case show:
			l.Value += name + ":0x" + hex.EncodeToString(key)
		default:
			l.Value += fmt.Sprintf("%s:%d bytes", name, len(key))
		}
	}
	add(cipherName(p), p.CipherKey)
	add(macName(p), p.MACKey)
	l.Value += saltless(p.NoSalt && !show)
	return l
}
