package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// RouterOS prints its SAs with "/ip ipsec installed-sa print detail", in all versions as attributes, wrapped at the width of the terminal also
// inside keys:
//
//	0   E spi=0xE841441 src-address=192.0.2.1:4500 dst-address=198.51.100.2:4500 state=mature auth-algorithm=sha256
//	      enc-algorithm=aes-cbc enc-key-size=256 auth-key="c1...
//	      03" enc-key="5c...
//	      b" add-lifetime=24m/30m replay=128
//
// "print terse" has the same attributes on one line, "print as-value" between semicolons and by name, each SA behind its .id; "print value-list"
// has a line for each, with the values of all SAs beside each other. The API has "=spi=0xE841441" on lines of their own, and REST has JSON.
var mikrotikFormat = format{
	name:    "RouterOS installed-sa",
	words:   []string{"spi=", "spi: ", ".id=", `".id"`},
	lacks:   []secret.Lack{{Of: secret.IKEKeys, Text: "installed SAs have no IKE keys", Advice: "those of IKEv1 are in the log with the topics ipsec,debug; of IKEv2 take those of the other gateway"}},
	keyless: "give installed-sa print detail; RouterOS 7 may need show-sensitive",
	start:   func(o *out) parser { return &mikrotik{out: o} },
}

type mikrotik struct {
	*out
	num  int // line that the SA begins in; 0: none
	ah   bool
	byID bool     // it began with its .id
	rows []string // of its text
	size int

	before int // bytes of its first line before that

	list    []map[string]string // the SAs of a value list
	listNum int
}

// An SA ends where the next one begins, or after so much text.
const maxInstalledSA = 8 << 10

var (
	reMikrotikSA   = pattern(`(?:^|[\s;])spi=(?:0x)?[0-9A-Fa-f]{1,8}(?:[\s;]|$)`)
	reMikrotikAttr = pattern(`(?:^|[\s;"]=?)([a-z][a-z-]*)=("[^"]*"|[^\s;"]*)`)
	reMikrotikAH   = pattern(`^\s*\d+\s+[A-Z\s]*A`) // the flag in front of the SPI
	reMikrotikList = pattern(`^\s*([a-z][a-z-]*):(?: +(.*))?$`)
	reMikrotikJSON = pattern(`"(\.id|[a-z][a-z-]*)": *"([^"]*)",?`)
	reMikrotikAPI  = pattern(`^=[a-z-]+=`)
	reOpenKey      = pattern(`-key=[0-9A-Fa-f]+$`)
	reNextAttr     = pattern(`^[a-z][a-z-]*=`)
)

// needs is every line of an SA.
func (p *mikrotik) needs() need {
	if p.num != 0 || len(p.list) > 0 {
		return needLine
	}
	return needLook
}

func (p *mikrotik) line(l line) error {
	text := trimBlanks(l.text)
	at := 0
	if p.byID || strings.Contains(text, ".id") && !isLateID(text) {
		if text = reMikrotikJSON.ReplaceAllString(text, `$1="$2" `); p.listed(l.num, text) {
			return nil
		}
	}
	if hasShortSPI(text) {
		for i, m := range reMikrotikSA.FindAllStringIndex(text, -1) { // as-value has all on one line
			p.add(text[at:m[0]])
			p.finish()
			p.num, at = l.num, m[0]
			if i == 0 {
				p.ah = reMikrotikAH.MatchString(text[:m[0]])
			}
		}
	}
	if p.num == 0 {
		p.column(l.num, text)
		return nil
	}
	if text == "" || strings.HasPrefix(text, "[") {
		p.finish()
		return nil
	}
	if len(p.rows) == 0 {
		p.before = at
	}
	p.add(text[at:])
	return nil
}

// listed takes a line of SAs that begin with their .id and have the SPI among their attributes.
func (p *mikrotik) listed(num int, text string) bool {
	const id = ".id="
	at := strings.Index(text, id)
	switch {
	case at < 0 && !p.byID:
		return false
	case at < 0 && (text == "" || strings.HasPrefix(text, "[") || strings.HasPrefix(text, "!") || p.size+len(text) > maxInstalledSA):
		p.finish()
		return true
	case at < 0:
		p.add(text)
		return true
	}
	p.add(text[:at])
	for part := range strings.SplitSeq(text[at+len(id):], id) {
		p.finish()
		p.num, p.byID, p.ah = num, true, false
		p.add(part)
	}
	return true
}

// isLateID reports whether a line has an object of JSON whose .id stands behind its SPI: RouterOS puts it first.
func isLateID(text string) bool {
	_, id, ok := strings.Cut(text, `".id"`)
	before := text[:len(text)-len(id)]
	return ok && strings.Contains(before[strings.LastIndexByte(before, '{')+1:], `"spi"`)
}

// hasShortSPI reports whether an SPI of ESP may stand in a line, and not one of IKE: a cheap look.
func hasShortSPI(text string) bool {
	const longest = 8
	for {
		_, rest, ok := strings.Cut(text, "spi=")
		if !ok {
			return false
		}
		digits := strings.TrimPrefix(rest, "0x")
		if n := runEnd(digits, 0, lex.IsHexDigit); n > 0 && n <= longest {
			return true
		}
		text = rest
	}
}

// column takes a line of a value list.
func (p *mikrotik) column(num int, text string) {
	if len(p.list) == 0 && !strings.Contains(text, "spi: ") {
		return
	}
	m := reMikrotikList.FindStringSubmatch(text)
	if m == nil {
		p.endList()
		return
	}
	values := strings.Fields(m[2])
	if m[1] == "spi" {
		p.endList()
		const most = 64
		for range values[:min(len(values), most)] {
			p.list = append(p.list, map[string]string{})
		}
		p.listNum = num
	}
	for i := range p.list {
		if len(values) == len(p.list) {
			p.list[i][m[1]] = strings.Trim(values[i], `"`)
		}
	}
}

// endList adds the SAs of a value list.
func (p *mikrotik) endList() {
	list := p.list
	p.list = nil
	for _, attr := range list {
		if spi := strings.TrimPrefix(attr["spi"], "0x"); len(spi) <= 8 && lex.IsHex(spi) {
			p.ah = false
			p.installed(p.listNum, attr)
		}
	}
}

// add goes on with the SA.
func (p *mikrotik) add(text string) {
	if p.num != 0 && p.size+len(text) <= maxInstalledSA {
		p.rows = append(p.rows, text)
		p.size += len(text)
	}
}

// attributes are those of the SA that was read. RouterOS breaks lines at a blank, and keys anywhere; a terminal breaks full lines anywhere.
func (p *mikrotik) attributes() map[string]string {
	attr := attributesOf(p.joined(0))
	width := 0
	for _, r := range p.rows {
		width = max(width, len(r))
	}
	for _, width := range []int{width, max(width, p.before+len(p.rows[0]))} {
		if whole := attributesOf(p.joined(width)); len(p.rows) > 1 && keysTold(whole) > keysTold(attr) {
			attr = whole
		}
	}
	return attr
}

// keysTold is how many bytes of some attributes are whole algorithms, keys and addresses.
func keysTold(attr map[string]string) (n int) {
	count := func(name string, whole func(value string) bool) {
		if value := attr[name]; !strings.Contains(value, "=") && whole(value) {
			n += len(value)
		}
	}
	count("enc-algorithm", func(s string) bool { return spelledCipher(s) != nil })
	count("auth-algorithm", func(s string) bool { _, ok := spelledMACs(s); return ok })
	for _, name := range []string{"enc-key", "auth-key"} {
		count(name, func(s string) bool { return len(s)%2 == 0 && lex.IsHex(s) || lex.IsRedacted(s) })
	}
	for _, name := range []string{"src-address", "dst-address"} {
		count(name, func(s string) bool { return hostOf(s).IsValid() })
	}
	return n
}

// joined puts the rows together, those of so many bytes, and those that end inside a key, without a blank between.
func (p *mikrotik) joined(width int) string {
	var b strings.Builder
	quotes := 0
	for i, r := range p.rows {
		text := strings.TrimLeft(r, " \t")
		before := 0
		if i == 1 {
			before = p.before
		}
		hyphened := i > 0 && strings.HasSuffix(p.rows[i-1], "-") // as mail programs break words
		open := i > 0 && (before+len(p.rows[i-1]) == width || hyphened || reOpenKey.MatchString(p.rows[i-1]) && !reNextAttr.MatchString(text)) && !reMikrotikAPI.MatchString(text)
		if i > 0 && quotes%2 == 0 && !open {
			b.WriteByte(' ')
		}
		b.WriteString(text)
		quotes += strings.Count(text, `"`)
	}
	return b.String()
}

func attributesOf(text string) map[string]string {
	attr := make(map[string]string)
	for _, m := range reMikrotikAttr.FindAllStringSubmatch(text, -1) {
		attr[m[1]] = strings.Trim(m[2], `"`)
	}
	return attr
}

func (p *mikrotik) finish() {
	num := p.num
	if num == 0 {
		return
	}
	// Logs have SPIs, too: what is no SA is not taken apart.
	var attr map[string]string
	if strings.Contains(strings.ReplaceAll(p.joined(0), " ", ""), "src-address=") {
		attr = p.attributes()
	}
	p.num, p.byID, p.rows, p.size = 0, false, nil, 0
	p.installed(num, attr)
}

// installed adds an SA by its attributes.
func (p *mikrotik) installed(num int, attr map[string]string) {
	if attr["spi"] == "" || attr["src-address"] == "" || attr["enc-algorithm"] == "" && attr["auth-algorithm"] == "" {
		return
	}
	p.recognise()
	sa := esp.Params{Protocol: esp.ESP, SPI: hex32(strings.TrimPrefix(attr["spi"], "0x")), Src: hostOf(attr["src-address"]), Dst: hostOf(attr["dst-address"])}
	sa.UDP = strings.HasSuffix(attr["src-address"], ":4500")
	if p.ah || attr["enc-algorithm"] == "" {
		sa.Protocol = esp.AH
	}
	k := saKeys{num: num, cipher: attr["enc-algorithm"], mac: attr["auth-algorithm"]}
	err1, err2 := k.read(attr["enc-key"], false), k.read(attr["auth-key"], true)
	if err1 != nil || err2 != nil {
		p.warn(num, "SA 0x%08x: the keys must be hex", sa.SPI)
		return
	}
	p.addKeys(sa, k)
}

func (p *mikrotik) end() error {
	p.finish()
	p.endList()
	return nil
}
