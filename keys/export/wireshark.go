package export

import (
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

// A Wireshark is a version of Wireshark, the oldest with its form of esp_sa.
type Wireshark string

// The forms of esp_sa. 4.4 has extended sequence numbers, 5 ChaCha20-Poly1305 and implicit IVs (RFC 8750), too. The tables of IKE are the
// same in all.
const (
	Wireshark40 Wireshark = "4.0"
	Wireshark44 Wireshark = "4.4"
	Wireshark5  Wireshark = "5"
)

// WiresharkVersions lists the versions, the oldest first.
func WiresharkVersions() []Wireshark { return []Wireshark{Wireshark40, Wireshark44, Wireshark5} }

// since5 are the ciphers that 5 has the first words for.
var since5 = map[string]bool{"chacha20-poly1305": true, "aes-gcm-16-iiv": true, "chacha20-poly1305-iiv": true}

// WriteESPSA writes rows of Wireshark's esp_sa, the specific ones first, since the first that matches a packet is used. A row
// has 8 columns, which every version reads, or 10 where the SA uses extended sequence numbers. A row that the version lacks words for is
// written as a comment. That of extended sequence numbers stands above one that 4.0 decrypts by, without verifying.
func WriteESPSA(w io.Writer, sas []esp.Params, version Wireshark) (Result, error) {
	s := newSheet(w)
	s.Since = Wireshark40
	for _, p := range secret.SortSAs(sas) {
		rows, err := espRows(p, "")
		switch {
		case err != nil:
			s.add(p, nil, err)
		case since5[p.Cipher.KeyLog] && version != Wireshark5:
			s.comment(Wireshark5, rows)
			s.add(p, nil, fmt.Errorf("Wireshark %s does not know %s: written as a comment", version, p.Cipher.Name))
		case p.ESN && version == Wireshark40:
			s.comment(Wireshark44, rows)
			rows, note := withoutESN(p)
			s.add(p, rows, nil)
			s.Notes = append(s.Notes, unexpressed(p, "Wireshark 4.0 does not know extended sequence numbers: it %s", note))
		default:
			s.add(p, rows, nil)
			switch {
			case since5[p.Cipher.KeyLog]:
				s.Since = Wireshark5
			case p.ESN && s.Since == Wireshark40:
				s.Since = Wireshark44
			}
		}
	}
	return s.end()
}

// comment writes rows for a later version.
func (s *sheet) comment(since Wireshark, rows []string) {
	for _, r := range rows {
		s.line(fmt.Sprintf("# for Wireshark %s: %s", since, r))
	}
}

// withoutESN are the rows of an SA for a Wireshark that would compute its ICV without the high half of the sequence number: it is to
// step over that where it can.
func withoutESN(p esp.Params) (rows []string, note string) {
	p.ESN = false
	note = "shows each ICV as wrong"
	if n := icvBits(p) / 8; !p.Cipher.AEAD && alg.WiresharkAnyMAC(n) != "" {
		p.MAC, p.MACKey, p.ICVLen, p.NoCheck = nil, nil, n, true
		note = "does not verify the ICV"
	}
	rows, _ = espRows(p, "")
	return rows, note
}

// espRows are the rows for one SA: two, where it is not known whether it runs over IPv4 or IPv6. hex stands before the hex digits of the last
// column, which differs between the table and a secrets block.
func espRows(p esp.Params, hex string) ([]string, error) {
	switch p.Protocol {
	case esp.IPComp:
		return nil, errNotNeeded
	case esp.AH:
		return nil, errors.New("esp_sa has no AH; Wireshark shows the content of AH without a key and does not verify its ICV")
	}
	if p.NoSalt {
		return nil, errNoSalt
	}
	if p.Cipher == nil || p.Cipher.Wireshark == "" {
		return nil, fmt.Errorf("no name for %s in Wireshark", cipherOr(p, "the cipher"))
	}
	if bits := p.KeyBits(); p.Cipher.WiresharkName(bits) == "" {
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
		tail += fmt.Sprintf(`,"64-bit","%s%x"`, hex, p.SeqHigh)
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
