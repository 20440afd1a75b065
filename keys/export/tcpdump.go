package export

import (
	"errors"
	"fmt"
	"io"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// WriteTCPDump writes a file for tcpdump -E "file NAME": SPI@DESTINATION ALGORITHM:0xKEY, a line an SA. tcpdump decrypts CBC
// ciphers with an ICV of 96 bits, or none, and checks no ICV.
func WriteTCPDump(w io.Writer, sas []esp.Params) (Result, error) {
	s := newSheet(w)
	for _, p := range secret.SortSAs(sas) {
		row, err := tcpdumpRow(p)
		s.add(p, []string{row}, err)
	}
	return s.end()
}

func tcpdumpRow(p esp.Params) (string, error) {
	switch {
	case p.Protocol == esp.IPComp:
		return "", errNotNeeded
	case p.Protocol == esp.AH:
		return "", errors.New("tcpdump -E is for ESP; tcpdump shows the content of AH without a key")
	case p.AnySPI || !p.Dst.IsValid():
		return "", errors.New("tcpdump needs SPI and destination")
	case p.Cipher == nil:
		return "", errors.New("the cipher is not known")
	}
	name := p.Cipher.TCPDumpName(8 * len(p.CipherKey))
	if name == "" {
		return "", fmt.Errorf("tcpdump does not support %s", p.Cipher.Name)
	}
	switch icvBits(p) {
	case 0:
	case 96:
		name += "-hmac96"
	default:
		return "", fmt.Errorf("tcpdump has no ICV of %d bits", icvBits(p))
	}
	return fmt.Sprintf("0x%08x@%s %s:0x%x", p.SPI, p.Dst, name, p.CipherKey), nil
}
