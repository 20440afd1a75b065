package source

import (
	"errors"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

var wiresharkIKEv1Format = format{
	name:  "Wireshark ikev1_decryption_table",
	typed: true,
	words: []string{"uat:ikev1_decryption_table:"},
	looks: hasSPIColumn,
	lacks: []secret.Lack{{Of: secret.IPsecKeys, Text: "ikev1_decryption_table has no ESP keys", Advice: "esp_sa has them"}},
	start: func(o *out) parser { return &wiresharkIKEv1{o} },
}

var wiresharkIKEv2Format = format{
	name:  "Wireshark ikev2_decryption_table",
	typed: true,
	words: []string{"uat:ikev2_decryption_table:"},
	looks: hasSPIColumn,
	lacks: []secret.Lack{{Of: secret.IPsecKeys, Text: "ikev2_decryption_table has no ESP keys", Advice: "esp_sa has them"}},
	start: func(o *out) parser { return &wiresharkIKEv2{o} },
}

// reIKEv1Row is two columns without quotes or spaces, the first as long as a cookie, or nearly: a typing error must not
// make a row pass for something else.
var reIKEv1Row = pattern(`^[0-9A-Za-z]{14,18} *, *[0-9A-Za-z]{8,}$`)

// reIKEv1Cells are the same as a spreadsheet writes them. Two SPIs beside each other are none.
var reIKEv1Cells = pattern(`^"?([0-9A-Fa-f]{16})"?[;\t,]"?((?:[0-9A-Fa-f]{2}){12,})"?$`)

// reIKEv2Row is eight columns, the fifth and the last in quotes.
var reIKEv2Row = pattern(`^[0-9A-Za-z]{14,18}, *[0-9A-Za-z]{14,18},[^,"]*,[^,"]*, *"[^"]*",[^,"]*,[^,"]*, *"[^"]*"`)

// hasSPIColumn reports whether the first column of a row is as long as an SPI, or nearly.
func hasSPIColumn(text string) bool {
	const least, most = 14, 18
	text = strings.TrimPrefix(text, `"`)
	front := text[:min(len(text), most+1)]
	at := runEnd(front, 0, isWordByte)
	return at >= least && at < len(front) && strings.IndexByte(",;\t\" ", front[at]) >= 0
}

type wiresharkIKEv1 struct{ *out }

func (p *wiresharkIKEv1) line(l line) error { return uatRows(l, "uat:ikev1_decryption_table:", p.row) }

// row parses a row of ikev1_decryption_table: the initiator's cookie and Ka.
func (p *wiresharkIKEv1) row(num int, text string) error {
	if !hasSPIColumn(text) {
		return nil
	}
	if m := reIKEv1Cells.FindStringSubmatch(text); m != nil {
		text = m[1] + "," + m[2]
	}
	cookie, key, _ := strings.Cut(text, ",")
	cookie = strings.TrimRight(cookie, " ")
	if lex.IsHex(cookie) && lex.IsRedacted(key) {
		p.redacted(num, "ikev1_decryption_table")
		return nil
	}
	if !reIKEv1Row.MatchString(text) || !mostlyHex(text) {
		return nil
	}
	spi, err := secret.ParseSPI(cookie)
	if err != nil {
		return p.syntax(num, "ikev1_decryption_table: %v", err)
	}
	value, err := lex.ParseHex(key)
	if err != nil {
		return p.syntax(num, "ikev1_decryption_table: key: %v", err)
	}
	p.secret(secret.Secret{Kind: secret.EncKey, Where: secret.Where{Initiator: spi}, Value: value}, num, "ikev1_decryption_table")
	return nil
}

func (p *wiresharkIKEv1) end() error { return nil }

// mostlyHex tells a row with a bad digit from other text of the same shape.
func mostlyHex(s string) bool {
	bad := 0
	for i := 0; i < len(s); i++ {
		if !lex.IsHexDigit(s[i]) && s[i] != ',' && s[i] != ' ' {
			bad++
		}
	}
	return bad <= 2
}

type wiresharkIKEv2 struct{ *out }

func (p *wiresharkIKEv2) line(l line) error { return uatRows(l, "uat:ikev2_decryption_table:", p.row) }

// row parses a row of ikev2_decryption_table: both SPIs, SK_ei, SK_er, encryption, SK_ai, SK_ar, integrity.
func (p *wiresharkIKEv2) row(num int, text string) error {
	if !hasSPIColumn(text) {
		return nil
	}
	row, err := tableFields(text)
	if !reIKEv2Row.MatchString(text) && (err != nil || !isIKEv2Cells(row)) {
		return nil
	}
	if err != nil || len(row) < 8 {
		return p.syntax(num, "ikev2_decryption_table: %d columns, not 8", len(row))
	}
	var where secret.Where
	if where.Initiator, err = secret.ParseSPI(row[0]); err != nil {
		return p.syntax(num, "ikev2_decryption_table: %v", err)
	}
	if where.Responder, err = secret.ParseSPI(row[1]); err != nil {
		return p.syntax(num, "ikev2_decryption_table: %v", err)
	}
	group := p.newGroup()
	p.recognise()
	for _, c := range []struct {
		col  int
		kind secret.Kind
	}{{2, secret.SKei}, {3, secret.SKer}, {5, secret.SKai}, {6, secret.SKar}} {
		value, err := lex.ParseHex(row[c.col])
		if errors.Is(err, lex.ErrRedacted) {
			p.redacted(num, c.kind.String())
			continue
		}
		if err != nil {
			return p.syntax(num, "ikev2_decryption_table: %v: %v", c.kind, err)
		}
		if len(value) > 0 {
			p.secret(secret.Secret{Kind: c.kind, Where: where, Value: value, Group: group}, num, "ikev2_decryption_table")
		}
	}
	return nil
}

// isIKEv2Cells reports whether the columns of a row are those of ikev2_decryption_table, of which a spreadsheet changed quotation marks and commas: both
// algorithms have the names that Wireshark gives them.
func isIKEv2Cells(row []string) bool {
	const named = " [RFC"
	return len(row) >= 8 && len(row[0]) == 16 && lex.IsHex(row[0]) && len(row[1]) == 16 && lex.IsHex(row[1]) && strings.Contains(row[4], named) && strings.Contains(row[7], named)
}

func (p *wiresharkIKEv2) end() error { return nil }
