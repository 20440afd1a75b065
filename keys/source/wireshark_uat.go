package source

import "strings"

// Wireshark and tshark take rows of their tables as options, too, which a shell has in quotation marks of its own:
//
//	tshark -r wire.pcap -o 'uat:esp_sa:"IPv4","192.0.2.1",...' -o "uat:ikev1_decryption_table:112124cc538ac351,8ee4..."
//	tshark -o "uat:esp_sa:\"IPv4\",\"192.0.2.1\",..."          of a Unix shell, of C, of JSON
//	tshark -o "uat:esp_sa:""IPv4"",""192.0.2.1"",..."          of Windows

// uatRows gives the row that a line is, or those in options for a table that it has.
func uatRows(l line, option string, row func(num int, text string) error) error {
	text := strings.TrimSpace(l.text)
	if !strings.Contains(text, option) {
		return row(l.num, text)
	}
	for {
		before, after, ok := strings.Cut(text, option)
		if !ok {
			return nil
		}
		value, rest := uatValue(before, after)
		if err := row(l.num, value); err != nil {
			return err
		}
		text = rest
	}
}

// uatValue is the row at the front of a text, without what a shell has around and in it, and what follows. before is what stands before the option.
func uatValue(before, text string) (value, rest string) {
	quote := byte(' ') // the option has none
	if before != "" && strings.HasSuffix(strings.TrimRight(before, `"'`), " ") {
		quote = before[len(before)-1]
	}
	if quote == ' ' && strings.HasPrefix(text, "'") { // around the value alone
		quote, text = '\'', text[1:]
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\''):
			i++
			b.WriteByte(text[i])
		case c == '"' && quote == '"' && i+1 < len(text) && text[i+1] == '"':
			i++
			b.WriteByte('"')
		case c == quote && quote != ' ':
			return b.String(), text[i+1:]
		case quote == ' ' && c == ' ' && strings.HasPrefix(text[i:], " -"):
			return b.String(), text[i:]
		default:
			b.WriteByte(c)
		}
	}
	return strings.TrimRight(b.String(), ` \`), ""
}
