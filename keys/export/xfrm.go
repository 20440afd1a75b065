package export

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// WriteXFRM writes `ip xfrm state add` commands, a line each, that give a Linux kernel the SAs.
func WriteXFRM(w io.Writer, sas []esp.Params) (Result, error) {
	s := newSheet(w)
	seen := make(map[kernelID]bool)
	for _, p := range secret.SortSAs(sas) {
		cmd, err := xfrmCommand(p)
		if err == nil && seen[idOf(p)] {
			err = errTaken
		}
		s.add(p, []string{cmd}, err)
		if err == nil {
			seen[idOf(p)] = true
		}
	}
	return s.end()
}

// A kernelID is what a kernel tells SAs apart by (RFC 4301, section 4.1).
type kernelID struct {
	proto esp.Protocol
	dst   netip.Addr
	spi   uint32
}

func idOf(p esp.Params) kernelID { return kernelID{p.Protocol, p.Dst, p.SPI} }

var errTaken = errors.New("the kernel accepts one SA per protocol, destination and SPI")

// checkKernel is what an SA lacks that every kernel needs.
func checkKernel(p esp.Params) error {
	switch {
	case !p.Dst.IsValid():
		return errors.New("the destination is not known")
	case p.AnySPI:
		return errors.New("the SPI is not known")
	case p.NoCheck:
		return errors.New("the integrity key is not known")
	case p.NoSalt:
		return errNoSalt
	case p.Src.IsValid() && p.Src.Is4() != p.Dst.Is4():
		return errors.New("addresses of different families")
	}
	return nil
}

// sourceOf is the source address, or any of the family of the destination.
func sourceOf(p esp.Params) netip.Addr {
	switch {
	case p.Src.IsValid():
		return p.Src
	case p.Dst.Is6():
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

func xfrmCommand(p esp.Params) (string, error) {
	if err := checkKernel(p); err != nil {
		return "", err
	}
	proto := map[esp.Protocol]string{esp.ESP: "esp", esp.AH: "ah", esp.IPComp: "comp"}[p.Protocol]
	mode := "tunnel"
	switch {
	case p.Transport:
		mode = "transport"
	case p.BEET:
		mode = "beet"
	}
	c := []string{"ip xfrm state add", "src", sourceOf(p).String(), "dst", p.Dst.String(), "proto", proto, fmt.Sprintf("spi 0x%08x", p.SPI), "mode", mode}
	algs, err := xfrmAlgorithms(p)
	if err != nil {
		return "", err
	}
	c = append(c, algs...)
	if p.ESN {
		c = append(c, "replay-window 64 flag esn")
	}
	if p.UDP {
		c = append(c, "encap espinudp 4500 4500 0.0.0.0")
	}
	if p.BEET && p.Inner != nil && p.Inner.Src.IsValid() && p.Inner.Dst.IsValid() {
		c = append(c, "sel src", hostPrefix(p.Inner.Src), "dst", hostPrefix(p.Inner.Dst))
	}
	return strings.Join(c, " "), nil
}

// hostPrefix is an address with the length of all of it.
func hostPrefix(a netip.Addr) string { return netip.PrefixFrom(a, a.BitLen()).String() }

func xfrmAlgorithms(p esp.Params) ([]string, error) {
	var c []string
	switch {
	case p.Protocol == esp.IPComp:
		if p.IPCompAlg != 0 && p.IPCompAlg != esp.CompressDeflate {
			return nil, fmt.Errorf("the kernel does not support compression algorithm %s", secret.CompressionName(p.IPCompAlg))
		}
		return []string{"comp deflate"}, nil
	case p.Protocol == esp.ESP && (p.Cipher == nil || p.Cipher.XFRM == ""):
		return nil, fmt.Errorf("the kernel does not support %s", cipherOr(p, "the cipher"))
	case p.Protocol == esp.ESP && p.Cipher.AEAD:
		return []string{fmt.Sprintf("aead '%s' 0x%x %d", p.Cipher.XFRM, p.CipherKey, 8*p.Cipher.ICVLen)}, nil
	case p.Protocol == esp.ESP && len(p.CipherKey) == 0:
		c = append(c, fmt.Sprintf("enc '%s' ''", p.Cipher.XFRM))
	case p.Protocol == esp.ESP:
		c = append(c, fmt.Sprintf("enc '%s' 0x%x", p.Cipher.XFRM, p.CipherKey))
	}
	if p.MAC != nil {
		if p.MAC.XFRM == "" {
			return nil, fmt.Errorf("the kernel does not support %s", p.MAC.Name)
		}
		c = append(c, fmt.Sprintf("auth-trunc '%s' 0x%x %d", p.MAC.XFRM, p.MACKey, icvBits(p)))
	}
	return c, nil
}
