package source

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Wireshark keeps its keys in three tables of comma-separated lines: esp_sa, ikev1_decryption_table and
// ikev2_decryption_table. strongSwan's save-keys plugin writes them, too.
var wiresharkESPFormat = format{
	name:   "Wireshark esp_sa",
	typed:  true,
	starts: espRowStarts,
	words:  []string{"uat:esp_sa:"},
	lacks:  []secret.Lack{{Of: secret.IKEKeys, Text: "esp_sa has no IKE keys", Advice: "ikev1_decryption_table and ikev2_decryption_table have them"}},
	start:  func(o *out) parser { return &wiresharkESP{out: o} },
}

// espRowStarts are what a row begins with; a spreadsheet takes the quotation marks off, and may put tabs or semicolons between columns. A list in a script
// has single ones.
var espRowStarts = []string{`"IPv4"`, `"IPv6"`, `"Any"`, "IPv4,", "IPv6,", "Any,", "IPv4\t", "IPv6\t", "Any\t", "IPv4;", "IPv6;", "Any;", "'IPv4'", "'IPv6'", "'Any'"}

type wiresharkESP struct{ *out }

func (p *wiresharkESP) line(l line) error {
	return uatRows(l, "uat:esp_sa:", p.row)
}

// row parses a row of esp_sa: protocol, source, destination, SPI, encryption, its key, authentication, its key and, in
// newer versions, SN and ESN high bits.
func (p *wiresharkESP) row(num int, text string) error {
	if !startsWithAny(text, espRowStarts) || !hasSource(text) {
		return nil
	}
	row, err := tableFields(text)
	if err != nil {
		return p.syntax(num, "esp_sa: %v", err)
	}
	if len(row) == 7 && strings.Contains(text, "\t") {
		row = append(row, "") // the last tab stood at the end of the line
	}
	if len(row) < 8 {
		return p.syntax(num, "esp_sa: %d columns, not 8 or 10", len(row))
	}
	sa, err := espRow(row)
	if bare, ok := espRowBare(row); ok {
		if other, otherErr := espRow(bare); otherErr == nil {
			if err != nil {
				sa, err = other, nil
			} else {
				p.sa(other, num) // the packets tell which
			}
		}
	}
	var unknown *unknownError
	switch {
	case errors.Is(err, lex.ErrRedacted):
		p.redacted(num, "esp_sa")
		return nil
	case errors.As(err, &unknown):
		p.recognise()
		p.warn(num, "esp_sa: %v", err)
		return nil
	case err != nil:
		return p.syntax(num, "esp_sa: %v", err)
	}
	if lex.IsRedacted(row[7]) {
		p.redacted(num, "esp_sa: authentication key")
	}
	p.sa(sa, num)
	return nil
}

// hasSource reports whether the second column of a row may be an address: scripts have the name of a protocol in lists, too.
func hasSource(text string) bool {
	at := strings.IndexAny(text, ",;\t")
	if at < 0 || strings.ContainsAny(text[:at], "()[]{}=") {
		return false
	}
	second := strings.TrimLeft(text[at+1:], " ")
	if end := strings.IndexAny(second, ",;\t"); end == 0 {
		return true // any
	} else if end > 0 {
		second = second[:end]
	}
	return second != "" && strings.ContainsAny(second, `"'.:*`) && !strings.ContainsAny(second, "()[]{}=") || strings.EqualFold(second, "any")
}

func (p *wiresharkESP) end() error { return nil }

// An unknownError is an algorithm that is not in the tables: no mistake of the file.
type unknownError struct{ what, name string }

func (e *unknownError) Error() string {
	return fmt.Sprintf("unknown %s %q", e.what, lex.Clip(e.name))
}

// espRow makes an SA of the columns of esp_sa; missing ones are their defaults.
func espRow(row []string) (sa esp.Params, err error) {
	col := func(i int) string {
		if i < len(row) {
			return row[i]
		}
		return ""
	}
	sa.Protocol = esp.ESP
	if sa.Src, err = wiresharkAddr(col(1)); err != nil {
		return sa, err
	}
	if sa.Dst, err = wiresharkAddr(col(2)); err != nil {
		return sa, err
	}
	if sa.SPI, sa.AnySPI, err = wiresharkSPI(col(3)); err != nil {
		return sa, err
	}
	if err := espRowCipher(&sa, col(4), col(5), col(6)); err != nil {
		return sa, err
	}
	if err := espRowMAC(&sa, col(6), col(7)); err != nil {
		return sa, err
	}
	sa.ESN = col(8) == "64-bit"
	if err := secret.CheckSA(sa); err != nil {
		return sa, err
	}
	return sa, nil
}

// espRowBare is a row whose keys are hex digits without 0x, with that before them. Wireshark takes them for text, which a person seldom means.
func espRowBare(row []string) (bare []string, ok bool) {
	bare = slices.Clone(row)
	for _, i := range [...]int{5, 7} {
		if _, isHexKey := bareHex(bare[i]); isHexKey {
			bare[i], ok = "0x"+bare[i], true
		}
	}
	return bare, ok
}

// bareHex is the value of a key that is hex digits without 0x.
func bareHex(key string) (value []byte, ok bool) {
	const least = 16 // digits
	if len(key) < least || len(key)%2 != 0 || !lex.IsHex(key) {
		return nil, false
	}
	value, err := hex.DecodeString(key)
	return value, err == nil
}

func espRowCipher(sa *esp.Params, name, key, auth string) error {
	b, err := wiresharkKey(key)
	if err != nil {
		return fmt.Errorf("encryption key: %w", err)
	}
	if name == "" {
		name = "NULL"
	}
	if !setCipher(sa, cmp.Or(alg.CipherByWiresharkPair(name, auth), spelledCipher(name)), b) {
		return &unknownError{"encryption algorithm", name}
	}
	return nil
}

// espRowMAC sets the MAC. "ANY n bit authentication" is an ICV without a key; beside a combined mode it only says how
// long the ICV is, which the cipher's row has.
func espRowMAC(sa *esp.Params, name, key string) error {
	if n, ok := alg.ICVLenByWiresharkAny(name); ok {
		if !sa.Cipher.AEAD {
			sa.ICVLen, sa.NoCheck = n, true
		}
		return nil
	}
	if name == "" {
		name = "NULL"
	}
	m := cmp.Or(alg.MACByWireshark(name), spelledMAC(name))
	if m == nil {
		return &unknownError{"authentication algorithm", name}
	}
	b, err := wiresharkKey(key)
	if err != nil && !errors.Is(err, lex.ErrRedacted) { // without it the SA is decrypted, and not verified
		return fmt.Errorf("authentication key: %w", err)
	}
	if !sa.Cipher.AEAD {
		setMAC(sa, m, b)
	}
	if m.KeyLen > 0 && len(b) == 0 && !sa.Cipher.AEAD { // Wireshark decrypts without checking
		sa.MAC, sa.MACKey, sa.ICVLen, sa.NoCheck = nil, nil, m.ICVLen, true
	}
	return nil
}

// wiresharkAddr reads an address; one with an asterisk is any.
func wiresharkAddr(s string) (netip.Addr, error) {
	if strings.Contains(s, "*") || s == "" || strings.EqualFold(s, "any") {
		return netip.Addr{}, nil
	}
	s, _, _ = strings.Cut(s, "/")
	a, err := netip.ParseAddr(s)
	if err != nil {
		return a, fmt.Errorf("%q must be an address", lex.Clip(s))
	}
	return a.Unmap().WithZone(""), nil
}

// wiresharkSPI reads an SPI as C's strtoul does with base 0: 0x and hex, a leading 0 and octal, else decimal. An asterisk
// makes it any.
func wiresharkSPI(s string) (spi uint32, any bool, err error) {
	if strings.Contains(s, "*") {
		return 0, true, nil
	}
	n, err := strconv.ParseUint(s, 0, 32)
	if err != nil || strings.Contains(s, "_") {
		return 0, false, fmt.Errorf("%q must be an SPI: 0x and up to 8 hex digits", lex.Clip(s))
	}
	return uint32(n), false, nil
}

// wiresharkKey reads a key: 0x and hex, or the text itself.
func wiresharkKey(s string) ([]byte, error) {
	if lex.IsRedacted(s) {
		return nil, lex.ErrRedacted
	}
	if !strings.HasPrefix(s, "0x") && !strings.HasPrefix(s, "0X") {
		return []byte(s), nil
	}
	for i := 2; i < len(s); i++ {
		if !lex.IsHexDigit(s[i]) {
			return nil, lex.BadDigit(s[i:], i+1)
		}
	}
	b, err := hex.DecodeString(s[2:])
	if err != nil {
		return nil, lex.ErrOddHex
	}
	return b, nil
}

// tableFields splits a line of a Wireshark table. Strings stand in quotes, with \xNN inside; buffers without. What stands behind the first column, a
// comma, a semicolon or a tab, is between the others, too.
func tableFields(s string) ([]string, error) {
	var fields []string
	separator := byte(0)
	for {
		s = strings.TrimLeft(s, " ")
		var f string
		if s != "" && (s[0] == '"' || s[0] == '\'') {
			text, n, err := tableString(s)
			if err != nil {
				return nil, err
			}
			f, s = text, strings.TrimLeft(s[n:], " ")
			if separator == 0 && s != "" && isSeparator(s[0]) {
				separator = s[0]
			}
			if s != "" && s[0] != separator {
				return nil, errors.New("text after a closing quotation mark")
			}
		} else {
			end := strings.IndexFunc(s, func(r rune) bool {
				return r < 0x80 && (separator == 0 && isSeparator(byte(r)) || separator != 0 && byte(r) == separator)
			})
			if end < 0 {
				end = len(s)
			} else {
				separator = s[end]
			}
			f, s = strings.TrimSpace(s[:end]), s[end:]
		}
		fields = append(fields, f)
		if s == "" {
			return fields, nil
		}
		s = s[1:]
	}
}

func isSeparator(c byte) bool { return c == ',' || c == ';' || c == '\t' }

// tableString reads the quoted string at the front of s and returns how many bytes it took. RFC 4180 doubles a quotation
// mark, Wireshark writes \x22.
func tableString(s string) (string, int, error) {
	var b strings.Builder
	mark := s[0]
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == mark && i+2 < len(s) && s[i+1] == mark && !isSeparator(s[i+2]):
			b.WriteByte(mark)
			i++
		case s[i] == mark:
			return b.String(), i + 1, nil
		case strings.HasPrefix(s[i:], `\x`) && i+3 < len(s) && lex.IsHexDigit(s[i+2]) && lex.IsHexDigit(s[i+3]):
			b.WriteByte(byte(upperNibble(s[i+2])<<4 | upperNibble(s[i+3])))
			i += 3
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, lex.ErrOpenQuote
}

// ReadESPS reads the content of a pcapng Decryption Secrets Block of type ESPS (draft-ietf-opsawg-pcapng): lines of
// esp_sa as CSV. Lines with an unknown value, a header line among them, are skipped. Comments of ikedecode's own hold what esp_sa cannot
// express (export.WriteESPS).
func ReadESPS(data []byte) []esp.Params {
	var sas []esp.Params
	num := 0
	for text := range strings.SplitSeq(string(data), "\n") {
		num++
		sa, ok := espsLine(strings.TrimSpace(clean(text)))
		if !ok {
			continue
		}
		sa.Source = esp.Source{Name: fmt.Sprintf("decryption secrets block, line %d", num)}
		sas = append(sas, sa)
	}
	return sas
}

// espsLine is the SA of a line of a secrets block.
func espsLine(text string) (sa esp.Params, ok bool) {
	if own, ok := strings.CutPrefix(text, secret.ESPSComment); ok {
		e, ok, err := secret.ParseLine(own)
		if !ok || err != nil || e.SA == nil {
			return sa, false
		}
		return *e.SA, true
	}
	row, err := tableFields(text)
	if err != nil || len(row) < 6 {
		return sa, false
	}
	switch row[0] {
	case "IPv4", "IPv6", "Any":
	default:
		return sa, false
	}
	if len(row) > 8 && row[8] != "" && row[8] != "32-bit" && row[8] != "64-bit" {
		return sa, false
	}
	sa, err = espRow(row)
	return sa, err == nil
}
