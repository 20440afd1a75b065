package export

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// WriteXFRM writes `ip xfrm state add` commands, a line each, that give a Linux kernel the SAs. It returns those that the
// kernel cannot be given.
func WriteXFRM(w io.Writer, sas []esp.Params) ([]Unexpressed, error) {
	bw := bufio.NewWriter(w)
	var left []Unexpressed
	seen := make(map[string]bool)
	for _, p := range secret.SortSAs(sas) {
		id := fmt.Sprint(p.Protocol, p.Dst, p.SPI)
		cmd, err := xfrmCommand(p)
		if err == nil && seen[id] {
			err = errors.New("the kernel accepts one SA per protocol, destination and SPI")
		}
		if err != nil {
			left = append(left, unexpressed(p, "%v", err))
			continue
		}
		seen[id] = true
		fmt.Fprintln(bw, cmd)
	}
	return left, bw.Flush()
}

func xfrmCommand(p esp.Params) (string, error) {
	switch {
	case !p.Dst.IsValid():
		return "", errors.New("the destination is not known")
	case p.AnySPI:
		return "", errors.New("the SPI is not known")
	case p.NoCheck:
		return "", errors.New("the integrity key is not known")
	case p.Src.IsValid() && p.Src.Is4() != p.Dst.Is4():
		return "", errors.New("addresses of different families")
	}
	src := "0.0.0.0"
	switch {
	case p.Src.IsValid():
		src = p.Src.String()
	case p.Dst.Is6():
		src = "::"
	}
	proto := map[esp.Protocol]string{esp.ESP: "esp", esp.AH: "ah", esp.IPComp: "comp"}[p.Protocol]
	mode := "tunnel"
	switch {
	case p.Transport:
		mode = "transport"
	case p.BEET:
		mode = "beet"
	}
	c := []string{"ip xfrm state add", "src", src, "dst", p.Dst.String(), "proto", proto, fmt.Sprintf("spi 0x%08x", p.SPI), "mode", mode}
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
	if p.BEET && p.InnerSrc.IsValid() && p.InnerDst.IsValid() {
		c = append(c, "sel src", p.InnerSrc.String(), "dst", p.InnerDst.String())
	}
	return strings.Join(c, " "), nil
}

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
