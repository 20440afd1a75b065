package archive

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// digestRounds are those of PBKDF2 for what can be guessed (OWASP's cheat sheet on the storage of passwords, for HMAC-SHA-256).
const digestRounds = 600_000

// Digest tells keys apart from others, and how they are used, so that what could not be decrypted is done again with what is new, and is not where the
// same keys lie elsewhere. Pre-shared keys, which can be guessed, go into it by way of PBKDF2 (RFC 8018, section 5.2): the mark of a file is no short
// way to them. Passwords of XAUTH, which no key is made of, do not.
func Digest(bag *secret.Bag, use string) (string, error) {
	h := sha256.New()
	var guessable strings.Builder
	io.WriteString(h, use+"\n")
	for _, p := range bag.SAs {
		io.WriteString(h, secret.SALine(p)+"\n")
	}
	for _, g := range bag.Guesses {
		fmt.Fprintf(h, "%08x %x\n", g.SPI, g.Values)
	}
	for _, n := range bag.Numbers {
		fmt.Fprintf(h, "%x\n", n.Value)
	}
	for _, s := range bag.Secrets {
		line := fmt.Sprintf("%v %v %v %x\n", s.Kind, s.Where, s.NoSalt, s.Value)
		switch s.Kind {
		case secret.XAUTHPassword:
		case secret.PSK, secret.PPK:
			guessable.WriteString(line)
		default:
			io.WriteString(h, line)
		}
	}
	if guessable.Len() > 0 {
		slow, err := pbkdf2.Key(sha256.New, guessable.String(), h.Sum(nil), digestRounds, sha256.Size)
		if err != nil {
			return "", err
		}
		h.Write(slow)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Relocate takes the directories of files, or directories, with keys out of what a bag says of their places: marks name them, and are to be the same
// wherever the files lie.
func Relocate(bag *secret.Bag, files []string) {
	short := func(name string) string {
		for _, f := range files {
			f = filepath.Clean(f)
			if rest, ok := strings.CutPrefix(filepath.Clean(name), f); ok && (rest == "" || rest[0] == ':' || os.IsPathSeparator(rest[0])) {
				return filepath.Base(f) + rest
			}
		}
		return name
	}
	for i := range bag.SAs {
		if at := &bag.SAs[i].Source; at.Line > 0 { // else it is what an SA was derived from
			at.Name = short(at.Name)
		}
	}
	for i := range bag.Guesses {
		at := &bag.Guesses[i].Source
		at.Name = short(at.Name)
	}
	for i := range bag.Numbers {
		at := &bag.Numbers[i].Origin
		at.File = short(at.File)
	}
	for i := range bag.Secrets {
		if at := &bag.Secrets[i].Origin; at.File != "" {
			at.File = short(at.File)
		}
	}
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
		own.Secrets, own.Numbers = slices.Clip(bag.Secrets), slices.Clip(bag.Numbers)
	} else {
		for _, s := range bag.Secrets {
			if s.Kind == secret.AKACK || s.Kind == secret.AKAIK { // for ESP that SIP negotiates
				own.Secrets = append(own.Secrets, s)
			}
		}
	}
	if ike || more {
		own.SAs, own.Guesses = slices.Clip(bag.SAs), slices.Clip(bag.Guesses) // a tunnel may be in another one
		return own, true
	}
	for _, g := range bag.Guesses {
		if spis[fmt.Sprintf("0x%08x", g.SPI)] {
			own.Guesses = append(own.Guesses, g)
		}
	}
	for _, p := range bag.SAs {
		if p.AnySPI || p.Protocol == esp.IPComp || spis[fmt.Sprintf("0x%08x", p.SPI)] {
			own.SAs = append(own.SAs, p)
		}
	}
	return own, false
}
