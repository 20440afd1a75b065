package export

import (
	"fmt"
	"io"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// setkey(8) is not one program: each of these takes words that others take for an error, and reads no further.
type setkeys uint8

const (
	ipsecTools setkeys = 1 << iota // of Linux, with racoon
	netBSD
	freeBSD
	allSetkeys = ipsecTools | netBSD | freeBSD
)

var setkeyNames = []string{"ipsec-tools", "NetBSD", "FreeBSD"}

// String names them: "ipsec-tools and NetBSD".
func (k setkeys) String() string {
	var names []string
	for i, name := range setkeyNames {
		if k&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if n := len(names) - 1; n > 0 {
		return strings.Join(names[:n], ", ") + " and " + names[n]
	}
	return strings.Join(names, "")
}

// setkeyOf are the algorithms, by their names in the key log, that not every setkey has. FreeBSD removed the old ones in version 13.
var setkeyOf = map[string]setkeys{
	"des-cbc": ipsecTools | netBSD, "3des-cbc": ipsecTools | netBSD, "blowfish-cbc": ipsecTools | netBSD,
	"cast-128-cbc": ipsecTools | netBSD, "camellia-cbc": ipsecTools | netBSD, "twofish-cbc": ipsecTools | netBSD,
	"aes-gcm-16": netBSD | freeBSD, "chacha20-poly1305": freeBSD,
	"hmac-md5-96": ipsecTools | netBSD, "hmac-ripemd-160-96": ipsecTools | netBSD,
}

// WriteSetkey writes commands for setkey -f that give a kernel the SAs, a line each, in sections by who takes them: those that every setkey
// takes come first. An SA that none can express is a comment.
func WriteSetkey(w io.Writer, sas []esp.Params) (Result, error) {
	s := newSheet(w)
	seen := make(map[kernelID]bool)
	sections := make(map[setkeys][]string)
	for _, p := range secret.SortSAs(sas) {
		cmd, err := setkeyCommand(p)
		if err == nil && seen[idOf(p)] {
			err = errTaken
		}
		if err != nil {
			s.add(p, nil, err)
			continue
		}
		seen[idOf(p)] = true
		s.add(p, nil, nil)
		sections[cmd.by] = append(sections[cmd.by], cmd.text)
		if cmd.by != allSetkeys {
			s.Notes = append(s.Notes, unexpressed(p, "only setkey of %v takes it", cmd.by))
		}
		if cmd.note != "" {
			s.Notes = append(s.Notes, unexpressed(p, "%s", cmd.note))
		}
	}
	for by := allSetkeys; by > 0; by-- {
		if by != allSetkeys && len(sections[by]) > 0 {
			fmt.Fprintf(s.w, "# only for setkey of %v\n", by)
		}
		for _, text := range sections[by] {
			fmt.Fprintln(s.w, text)
		}
	}
	for _, u := range s.Left {
		fmt.Fprintf(s.w, "# left out: %v\n", u)
	}
	return s.end()
}

// A setkeyLine is a command, and who takes it.
type setkeyLine struct {
	text string
	by   setkeys
	note string // what it cannot say
}

func setkeyCommand(p esp.Params) (c setkeyLine, err error) {
	switch err := checkKernel(p); {
	case err != nil:
		return c, err
	case p.BEET:
		return c, fmt.Errorf("setkey has no mode BEET")
	case p.Protocol == esp.IPComp:
		return setkeyIPComp(p)
	}
	c.by = allSetkeys
	if p.Protocol == esp.ESP {
		if p.Cipher == nil || len(p.Cipher.Setkey) == 0 {
			return c, fmt.Errorf("setkey has no name for %s", cipherOr(p, "the cipher"))
		}
		c.takenBy(p.Cipher.KeyLog)
	}
	if p.ESN {
		c.by &= freeBSD
	}
	algs := ""
	if p.MAC != nil {
		if algs, err = c.integrity(p); err != nil {
			return c, err
		}
	}
	if c.by == 0 {
		return c, fmt.Errorf("no setkey takes all of this together")
	}
	if p.Protocol == esp.ESP {
		algs = " -E " + p.Cipher.Setkey[0] + c.cipherKey(p) + algs
	}
	c.text = "add " + c.addresses(p) + setkeyMode(p) + c.extensions(p) + algs + ";"
	return c, nil
}

// takenBy leaves those that have an algorithm.
func (c *setkeyLine) takenBy(keyLog string) {
	if by, ok := setkeyOf[keyLog]; ok {
		c.by &= by
	}
}

// integrity is the option -A. setkey does not say how long the ICV is: the kernel decides.
func (c *setkeyLine) integrity(p esp.Params) (string, error) {
	m, n := p.MAC, icvBits(p)/8
	if m.KeyLog == "hmac-sha2-256-96" || m.KeyLog == "hmac-sha2-256-128" && n == 12 {
		m, n = alg.MACByKeyLog("hmac-sha2-256-128"), 16
		c.by &= ipsecTools
		c.note = "an ICV of 96 bits for HMAC-SHA2-256 is what kernels of Linux make of it"
	}
	switch {
	case len(m.Setkey) == 0:
		return "", fmt.Errorf("setkey has no name for %s", m.Name)
	case n != m.ICVLen:
		return "", fmt.Errorf("setkey has no %s with an ICV of %d bits", m.Name, 8*n)
	}
	c.takenBy(m.KeyLog)
	return fmt.Sprintf(" -A %s 0x%x", m.Setkey[0], p.MACKey), nil
}

// cipherKey is the key behind the name of the cipher. Of NULL, FreeBSD wants an empty one and the others none.
func (c *setkeyLine) cipherKey(p esp.Params) string {
	switch {
	case len(p.CipherKey) > 0:
		return fmt.Sprintf(" 0x%x", p.CipherKey)
	case c.by == freeBSD:
		return ` ""`
	}
	c.by &^= freeBSD
	return ""
}

// addresses are SRC DST PROTOCOL SPI, with the ports of UDP encapsulation where the protocol has them.
func (c *setkeyLine) addresses(p esp.Params) string {
	port, proto := "", "esp"
	if p.Protocol == esp.AH {
		proto = "ah"
	}
	if p.UDP && p.Protocol == esp.ESP && c.by != freeBSD {
		port, proto = "[4500]", "esp-udp"
		c.by &^= freeBSD
	}
	return fmt.Sprintf("%v%s %v%s %s 0x%08x", sourceOf(p), port, p.Dst, port, proto, p.SPI)
}

// extensions are the options that FreeBSD alone has.
func (c *setkeyLine) extensions(p esp.Params) (text string) {
	if p.ESN {
		text = " -esn"
	}
	if p.UDP && p.Protocol == esp.ESP && c.by == freeBSD {
		text += fmt.Sprintf(" -natt %v [4500] %v [4500]", sourceOf(p), p.Dst)
	}
	return text
}

func setkeyMode(p esp.Params) string {
	switch {
	case p.Tunnel:
		return " -m tunnel"
	case p.Transport:
		return " -m transport"
	}
	return "" // any
}

func setkeyIPComp(p esp.Params) (c setkeyLine, err error) {
	if p.IPCompAlg != 0 && p.IPCompAlg != esp.CompressDeflate {
		return c, fmt.Errorf("kernels do not support compression algorithm %s", secret.CompressionName(p.IPCompAlg))
	}
	return setkeyLine{text: fmt.Sprintf("add %v %v ipcomp 0x%04x%s -C deflate;", sourceOf(p), p.Dst, p.SPI, setkeyMode(p)), by: allSetkeys}, nil
}
