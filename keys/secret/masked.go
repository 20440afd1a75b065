package secret

import (
	"encoding/hex"
	"strconv"

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
	list := make([]Listing, b.Len())
	for i := range list {
		list[i] = b.Listing(i, show)
	}
	return list
}

// Len is how many secrets and SAs there are.
func (b *Bag) Len() int { return len(b.Secrets) + len(b.SAs) }

// Listing is line i of Masked, for who does not keep them all: there may be millions.
func (b *Bag) Listing(i int, show bool) Listing {
	if i >= len(b.Secrets) {
		return maskedSA(&b.SAs[i-len(b.Secrets)], show)
	}
	s := &b.Secrets[i]
	l := Listing{Kind: s.Kind.String(), Where: keyLogWhere(*s, 0), Bytes: len(s.Value), Origin: s.Origin.String(), NoSalt: s.NoSalt}
	if show {
		l.Value = keyLogValue(*s)
	} else {
		l.Value = masked(l.Bytes) + saltless(s.NoSalt)
	}
	return l
}

func masked(bytes int) string {
	if bytes == 1 {
		return "1 byte"
	}
	return strconv.Itoa(bytes) + " bytes"
}

// saltless is said of a key whose source leaves its salt out.
func saltless(noSalt bool) string {
	if noSalt {
		return ", without its salt"
	}
	return ""
}

func maskedSA(p *esp.Params, show bool) Listing {
	l := Listing{Kind: saKinds[p.Protocol], Where: saWhere(*p), Bytes: len(p.CipherKey) + len(p.MACKey), Origin: p.Source.String(), NoSalt: p.NoSalt}
	if p.Protocol == esp.IPComp {
		l.Value = CompressionName(p.IPCompAlg)
		return l
	}
	value := func(name string, key []byte) string {
		switch {
		case name == "" || len(key) == 0:
			return name
		case show:
			return name + ":0x" + hex.EncodeToString(key)
		}
		return name + ":" + masked(len(key))
	}
	cipher, mac := value(cipherName(*p), p.CipherKey), value(macName(*p), p.MACKey)
	if cipher != "" && mac != "" {
		cipher += " "
	}
	l.Value = cipher + mac + saltless(p.NoSalt && !show)
	return l
}
