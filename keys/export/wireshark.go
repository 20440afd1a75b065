package export

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// WriteESPSA writes rows of Wireshark's esp_sa, the specific ones first, since the first that matches a packet is used. A row
// has 8 columns, which every version reads, or 10 where the SA uses extended sequence numbers. It returns what Wireshark
// cannot express; a row that only versions after 4.0 understand is written as a comment and returned, too.
func WriteESPSA(w io.Writer, sas []esp.Params) ([]Unexpressed, error) {
	bw := bufio.NewWriter(w)
	var left []Unexpressed
	seen := make(map[string]bool)
	for _, p := range secret.SortSAs(sas) {
		rows, err := espRows(p)
		if err != nil {
			if !errors.Is(err, errNotNeeded) {
				left = append(left, unexpressed(p, "%v", err))
			}
			continue
		}
		prefix := ""
		if afterWireshark40[p.Cipher.KeyLog] {
			prefix = "# for Wireshark after 4.0: "
			left = append(left, unexpressed(p, "Wireshark 4.0 does not know %s; the row is written as a comment", p.Cipher.Name))
		}
		for _, r := range rows {
			if !seen[r] {
				seen[r] = true
				fmt.Fprintln(bw, prefix+r)
			}
		}
	}
	return left, bw.Flush()
}

// afterWireshark40 are the ciphers that 4.0 takes for an error in the table.
var afterWireshark40 = map[string]bool{"chacha20-poly1305": true}

// espRows are the rows for one SA: two, where it is not known whether it runs over IPv4 or IPv6.
func espRows(p esp.Params) ([]string, error) {
	switch p.Protocol {
	case esp.IPComp:
		return nil, errNotNeeded
	case esp.AH:
		return nil, errors.New("esp_sa has no AH; Wireshark shows the content of AH without a key and does not verify its ICV")
	}
	if p.Cipher == nil || p.Cipher.Wireshark == "" {
		return nil, fmt.Errorf("no name for %s in Wireshark", cipherOr(p, "the cipher"))
	}
	if bits := (len(p.CipherKey) - p.Cipher.SaltLen) * 8; !wiresharkKeyLen(p.Cipher, bits) {
		return nil, fmt.Errorf("no name for %s with %d bits in Wireshark", p.Cipher.Name, bits)
	}
	auth, key, err := espAuth(p)
	if err != nil {
		return nil, err
	}
	spi := fmt.Sprintf("0x%08x", p.SPI)
	if p.AnySPI {
		spi = "*"
	}
	tail := fmt.Sprintf("%q,%q,%q,%q,%q", spi, p.Cipher.Wireshark, hexOr(p.CipherKey), auth, hexOr(key))
	if p.ESN {
		tail += `,"64-bit","0"`
	}
	src, dst := lex.Addr(p.Src), lex.Addr(p.Dst)
	var rows []string
	for _, family := range families(p) {
		rows = append(rows, fmt.Sprintf("%q,%q,%q,%s", family, src, dst, tail))
	}
	return rows, nil
}

func cipherOr(p esp.Params, or string) string {
	if p.Cipher == nil {
		return or
	}
	return p.Cipher.Name
}

// wiresharkKeyLen reports whether Wireshark takes a key of that length, which for some ciphers is fewer than exist.
func wiresharkKeyLen(c *alg.Cipher, bits int) bool {
	switch c.KeyLog {
	case "blowfish-cbc", "cast-128-cbc":
		return bits == 128
	case "twofish-cbc":
		return bits == 128 || bits == 256
	}
	return true
}

// espAuth is columns 7 and 8. With a combined mode they must be NULL.
func espAuth(p esp.Params) (name string, key []byte, err error) {
	switch {
	case p.Cipher.AEAD:
		return "NULL", nil, nil
	case p.MAC != nil && p.ICVLen == 0 && p.MAC.WiresharkChecked:
		return p.MAC.Wireshark, p.MACKey, nil
	}
	if name = alg.WiresharkAnyMAC(icvBits(p) / 8); name == "" {
		return "", nil, fmt.Errorf("no ICV of %d bits in Wireshark", icvBits(p))
	}
	return name, nil, nil
}

func families(p esp.Params) []string {
	for _, a := range []netip.Addr{p.Src, p.Dst} {
		switch {
		case a.IsValid() && a.Is4():
			return []string{"IPv4"}
		case a.IsValid():
			return []string{"IPv6"}
		}
	}
	return []string{"IPv4", "IPv6"}
}

func hexOr(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return "0x" + hex.EncodeToString(b)
}
