package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// What differs between two tables of SAs.
var saParameters = map[diagnose.SAParameter]string{
	diagnose.OtherCipher:    "encryption algorithm",
	diagnose.OtherCipherKey: "encryption key",
	diagnose.OtherMAC:       "integrity algorithm",
	diagnose.OtherMACKey:    "authentication key",
	diagnose.OtherESN:       "extended sequence numbers",
	diagnose.OtherSPI:       "the SPI",
}

func tablesDiffer(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.TablesDiffer)
	if !ok {
		return Text{}
	}
	src, dst := x.Flow.Src, x.Flow.Dst
	var what []string
	for _, p := range x.What {
		what = append(what, saParameters[p])
	}
	t := Text{Headline: fmt.Sprintf("most likely %v drops what %v sends: the peers' SAs differ in %s", dst, src, Enumerate(what)),
		Hint: fmt.Sprintf("compare the SA of this SPI on %v and %v, and set all of it alike, or let IKE set it up", src, dst)}
	switch {
	case x.SPI != 0:
		t.Details = []string{fmt.Sprintf("%s is in %s, and %s has SPI 0x%08x with the same keys, which no packet has", Flow(x.Flow), x.Fits, x.Other, x.SPI)}
	case x.Fits != "":
		t.Details = []string{fmt.Sprintf("%s: %s decrypts the packets, %s does not", Flow(x.Flow), x.Fits, x.Other)}
	default:
		have := "without"
		if x.ESN {
			have = "with"
		}
		t.Details = []string{fmt.Sprintf("%s: the packets verify %s extended sequence numbers, and %s says otherwise", Flow(x.Flow), have, x.Other),
			fmt.Sprintf("%v would send what its own table says, so that %s is of %v", src, x.Other, dst)}
	}
	if x.Silent {
		t.Details = append(t.Details, "nothing that the packets ask for was answered")
	} else {
		t.Details = append(t.Details, fmt.Sprintf("nothing comes back from %v", dst))
	}
	return t
}
