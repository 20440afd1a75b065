package secret

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// CheckSA returns why p cannot be an SA, nil if it can. Keys of a wrong length are caught here, not at the first packet.
func CheckSA(p esp.Params) error {
	switch p.Protocol {
	case esp.IPComp:
		return nil
	case esp.AH:
		if p.MAC == nil && !p.NoCheck {
			return errors.New("AH without an integrity algorithm")
		}
	default:
		if p.Cipher == nil {
			return errors.New("ESP without an encryption algorithm")
		}
		if _, err := p.Cipher.KeyBitsOf(p.CipherKey); err != nil && !p.NoSalt {
			return err
		}
	}
	switch {
	case p.MAC == nil:
		return nil
	case len(p.MACKey) == 0:
		return fmt.Errorf("no key for %s", p.MAC.Name)
	case !p.MAC.TakesKey(len(p.MACKey)):
		return fmt.Errorf("%s with a key of %d bytes", p.MAC.Name, len(p.MACKey))
	}
	return nil
}

// saKey names an SA by everything that decides how its packets are decrypted.
func saKey(p esp.Params) string {
	return fmt.Sprintf("%d|%v|%v|%08x|%s|%s|%d|%t|%t|%d|%x|%x", p.Protocol, p.Src, p.Dst, p.SPI, cipherName(p), macName(p),
		p.ICVLen, p.NoCheck, p.ESN, p.IPCompAlg, p.CipherKey, p.MACKey)
}

// mergeSA adds to a what b alone knows of the same SA: mode, encapsulation, and that a kernel has it.
func mergeSA(a, b esp.Params) esp.Params {
	if !a.Tunnel && !a.Transport && !a.BEET {
		a.Tunnel, a.Transport, a.BEET = b.Tunnel, b.Transport, b.BEET
		a.Inner = b.Inner
	}
	a.UDP = a.UDP || b.UDP
	a.Kernel = a.Kernel || b.Kernel
	return a
}

func cipherName(p esp.Params) string {
	if p.Cipher == nil {
		return ""
	}
	return p.Cipher.KeyLog
}

func macName(p esp.Params) string {
	if p.MAC == nil {
		return ""
	}
	return p.MAC.KeyLog
}

func saWhere(p esp.Params) string {
	spi := fmt.Sprintf("0x%08x", p.SPI)
	if p.AnySPI {
		spi = "*"
	}
	return lex.Addr(p.Src) + ">" + lex.Addr(p.Dst) + ":" + spi
}

// SortSAs returns the SAs ordered by addresses, SPI, protocol and keys; wildcards come last, since readers of tables take
// the first row that matches.
func SortSAs(sas []esp.Params) []esp.Params {
	out := slices.Clone(sas)
	slices.SortStableFunc(out, func(a, b esp.Params) int {
		if c := cmp.Or(
			cmp.Compare(wildcards(a), wildcards(b)),
			a.Src.Compare(b.Src), a.Dst.Compare(b.Dst),
			cmp.Compare(a.SPI, b.SPI), cmp.Compare(a.Protocol, b.Protocol),
		); c != 0 {
			return c
		}
		return strings.Compare(saKey(a), saKey(b)) // made for the few that have all that in common
	})
	return out
}

func wildcards(p esp.Params) (n int) {
	if !p.Src.IsValid() {
		n++
	}
	if !p.Dst.IsValid() {
		n++
	}
	if p.AnySPI {
		n += 4
	}
	return n
}

// compressions are the names of IPComp's algorithms in the key log, by their transform ID (RFC 2407, section 4.4.5).
var compressions = []string{esp.CompressOUI: "oui", esp.CompressDeflate: "deflate", esp.CompressLZS: "lzs", esp.CompressLZJH: "lzjh"}

// CompressionNumber is the transform ID of an algorithm of IPComp by its name in the key log, or the number itself.
func CompressionNumber(name string) (uint8, error) {
	if i := slices.Index(compressions, strings.ToLower(name)); i > 0 {
		return uint8(i), nil
	}
	if n, err := strconv.ParseUint(name, 10, 8); err == nil {
		return uint8(n), nil
	}
	return 0, fmt.Errorf("unknown compression algorithm %q", lex.Clip(name))
}

// CompressionName is the name in the key log of an algorithm of IPComp, its number where it has none.
func CompressionName(n uint8) string {
	if int(n) < len(compressions) && compressions[n] != "" {
		return compressions[n]
	}
	return strconv.Itoa(int(n))
}
