package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Digest tells keys apart from others, so that what could not be decrypted is done again with more. Of pre-shared keys and passwords, which can be guessed, it says
// how many there are alone.
func Digest(bag *secret.Bag) string {
	h := sha256.New()
	for _, p := range bag.SAs {
		fmt.Fprintf(h, "%v %08x %v %v %d %x %x\n", p.Protocol, p.SPI, p.Src, p.Dst, p.ICVLen, p.CipherKey, p.MACKey)
	}
	for _, s := range bag.Secrets {
		fmt.Fprintf(h, "%v %d\n", s.Kind, len(s.Value))
		if s.Kind != secret.PSK && s.Kind != secret.PPK {
			io.WriteString(h, hex.EncodeToString(s.Value))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Keys are those of a bag that a task may need: a key log of all tunnels is large, and each task would look through it. What is shared is not to be
// changed; all says that its lists are those of the bag itself.
func (t *Task) Keys(bag *secret.Bag) (own *secret.Bag, all bool) {
	own = &secret.Bag{Formats: slices.Clip(bag.Formats)}
	stretches := []*Stretch{t.Stretch}
	for _, b := range t.Before {
		stretches = append(stretches, b.Stretch)
	}
	ike, more, spis := false, false, make(map[string]bool)
	for _, s := range stretches {
		ike, more = ike || s.IKE > 0, more || s.More
		for _, spi := range s.SPIs {
			spis[spi] = true
		}
	}
	if ike || more {
		own.Secrets = slices.Clip(bag.Secrets)
	} else {
		for _, s := range bag.Secrets {
			if s.Kind == secret.AKACK || s.Kind == secret.AKAIK { // for ESP that SIP negotiates
				own.Secrets = append(own.Secrets, s)
			}
		}
	}
	if ike || more {
		own.SAs = slices.Clip(bag.SAs) // a tunnel may be in another one
		return own, true
	}
	for _, p := range bag.SAs {
		if p.AnySPI || p.Protocol == esp.IPComp || spis[fmt.Sprintf("0x%08x", p.SPI)] {
			own.SAs = append(own.SAs, p)
		}
	}
	return own, false
}
