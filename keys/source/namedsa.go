package source

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// What people and tools export of manual SAs as JSON, YAML, HCL or settings in lines has names of its own, most of which say what they are:
//
//	{"spi": "0x3e9", "src": "192.0.2.1", "dst": "192.0.2.2", "encryption": {"algorithm": "aes-cbc", "key": "60cb..."}, "auth_key": "..."}
//
//	- spi: 1001
//	  enc_algo: aes-cbc
//	  enc_key: "60cb..."
//
//	ChildSa(spi=1001, src='192.0.2.1', enc_key=b'\x60\xcb...')          declare -A sa=([spi]=0x3e9 [enc_key]=60cb...)
//
//	spi,src,dst,enc_key,auth_key          with a row for each SA below, or other separators
//
//	in_spi: 0x3e9, in_enc_key: 60cb..., out_spi: 0x3ea, out_enc_key: a811...
//
// A record ends where a name comes again, or its braces or its item of a list end. It is an SA where it has an SPI and a key, and nothing in the file is of
// another source.
var namedSAFormat = format{
	name:   "SAs by the names of their settings",
	typed:  true,
	words:  namedSAWords(),
	folded: namedKeyWords(),
	starts: namedSAStarts(),
	looks:  isCapitalSetting,
	lacks:  manualKeys,
	start:  func(o *out) parser { return &namedSA{out: o} },
}

// namedSettings are names, in lower case without what joins words; those of an object that a value is in come before its own.
var namedSettings = func() map[string]setting {
	names := maps.Clone(namedFamilies)
	for _, s := range spelledSettings {
		for name := range strings.FieldsSeq(s.names) {
			names[strings.ReplaceAll(name, "_", "")] = s.what
		}
	}
	return names
}()

// spelledSettings are the same with an underscore between words.
var spelledSettings = []struct {
	what  setting
	names string
}{
	{settingSPI, "spi esp_spi security_parameter_index"},
	{settingSrc, "src source src_host src_addr src_address src_ip source_address source_ip saddr tunnel_src"},
	{settingDst, "dst dest destination dst_host dest_ip dest_addr dest_address dst_addr dst_address dst_ip destination_address destination_ip daddr tunnel_dst"},
	{settingCipher, "enc_alg enc_algo enc_algorithm encr_alg encryption_alg encryption_algo encryption_algorithm encryption_name enc_name enc_type crypt_alg crypt_algo crypto_alg crypto_algo crypto_algorithm ealg ealg_name ealgo cipher cipher_alg cipher_algo aead_alg aead_algo aead_name"},
	{settingMAC, "auth_alg auth_algo auth_algorithm auth_name auth_type authentication_alg authentication_algo authentication_algorithm authentication_name auth_trunc_name auth_trunc_alg integ_alg integ_algo integrity_alg integrity_algo integrity_algorithm aalg aalg_name aalgo mac_alg hash_alg"},
	{settingEnc, "enc_key encr_key encrypt_key encryption_key encryption_key_hex crypt_key crypto_key cipher_key ekey ealg_key esp_enc_key aead_key"},
	{settingAuth, "auth_key auth_trunc_key authentication_key authentication_key_hex integ_key integrity_key akey aalg_key mac_key hmac_key esp_auth_key"},
	{settingMode, "mode"},
	{settingESN, "esn use_esn esn_enabled extended_sequence_numbers"},
	{settingLocal, "local local_addr local_address local_ip local_host"},
	{settingRemote, "remote remote_addr remote_address remote_ip remote_host peer peer_addr peer_address peer_ip"},
}

// Names that tell an algorithm, or hold it and its key, where the rest of the record tells what it is.
var namedFamilies = map[string]setting{"enc": settingCipher, "encr": settingCipher, "encryption": settingCipher, "crypt": settingCipher, "auth": settingMAC, "authentication": settingMAC, "integ": settingMAC,
	"integrity": settingMAC, "protocol": settingProtocol, "proto": settingProtocol}

// namedSAWords are in the lines of a record that is in one line.
func namedSAWords() []string { return []string{`"spi":`, `"spi" :`, `'spi':`, `_spi":`} }

// namedKeyWords are the names of keys: a record in one line has one, and the names of the columns of a table.
func namedKeyWords() (words []string) {
	for _, s := range spelledSettings {
		if s.what == settingEnc || s.what == settingAuth {
			for name := range strings.FieldsSeq(s.names) {
				for _, joint := range []string{"_", "-", " ", ""} {
					words = append(words, strings.ReplaceAll(name, "_", joint))
				}
			}
		}
	}
	return words
}

// namedSAStarts are what a line with a setting that is told by its name alone may begin with.
func namedSAStarts() (starts []string) {
	for _, s := range spelledSettings {
		if s.what == settingMode {
			continue
		}
		for name := range strings.FieldsSeq(s.names) {
			for _, spelled := range []string{name, strings.ReplaceAll(name, "_", "-")} {
				starts = append(starts, spelled+":", "- "+spelled+":", `"`+spelled+`":`, spelled+" =", spelled+"  ")
			}
		}
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}

// isCapitalSetting reports whether a line begins with a setting as people write them, "SPI: " or "Source address = ": a cheap look.
func isCapitalSetting(text string) bool {
	const longest = 32
	text = strings.TrimPrefix(text, "- ")
	if text == "" || !isCapital(text[0]) {
		return false
	}
	end := runEnd(text[:min(len(text), longest)], 1, func(c byte) bool { return isWordByte(c) && !isDigit(c) || c == ' ' || c == '-' })
	return end < len(text) && (text[end] == ':' || text[end] == '=') && namedSettings[alphanumeric(text[:end])] != settingNone
}

// isNamedSetting finds what the format wants.
var isNamedSetting = newWordFinder(lineWordsOf([]format{{words: namedSAWords(), folded: namedKeyWords(), starts: namedSAStarts(), number: 1}}))

const (
	maxNamedSAs  = 10_000
	maxNamedRest = 40 // lines without a setting that a record may have before its end
)

type namedSA struct {
	*out
	found  []namedRecord
	now    namedRecord
	in     []namedObject // that the text is in
	depth  int           // of the objects that the record began in
	indent int           // of the record's first line
	rest   int           // lines that the record may yet have; 0: none is read
	table  *namedTable   // whose rows come next; nil: none
}

// A namedObject is an object or a block that settings are in.
type namedObject struct {
	name   string
	indent int // of YAML: its members stand further in; -1: it has braces
}

// needs is every line of a record.
func (p *namedSA) needs() need {
	if p.rest > 0 || p.table != nil {
		return needLine
	}
	return needLook
}

func (p *namedSA) line(l line) error {
	if p.row(l) {
		return nil
	}
	if p.rest == 0 && isNamedSetting.find(l.text)&1 == 0 && !isCapitalSetting(strings.TrimSpace(l.text)) || p.others() {
		return nil
	}
	if p.rest = max(p.rest-1, 0); p.rest == 0 {
		p.finish()
	}
	text := strings.TrimLeft(l.text, " \t")
	if text == "" && len(p.in) == 0 && !p.now.has(settingSPI) {
		p.finish() // the SPI behind a blank line is of another record
		return nil
	}
	indent := len(l.text) - len(text)
	if strings.HasPrefix(text, "- ") {
		if indent <= p.indent {
			p.finish()
		}
		text, indent = text[2:], indent+2
	}
	for n := len(p.in); n > 0 && p.in[n-1].indent >= indent && text != ""; n = len(p.in) {
		p.leave(n - 1)
	}
	if text == "---" || strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") && !strings.ContainsAny(text, ":={") {
		p.finish() // a document of YAML, a section
	}
	p.pairs(l.num, text, indent)
	return nil
}

// pairs takes the names and values of a line, and the brackets around them.
func (p *namedSA) pairs(num int, text string, indent int) {
	before := "" // words before a name, which may be the front of it: "encryption key"
	for {
		text = strings.TrimLeft(text, " \t,[];|")
		switch {
		case text == "" || text[0] == '#':
			return
		case text[0] == '{':
			if !p.now.has(settingSPI) || p.depth > len(p.in) {
				p.finish()
			}
			p.open("", -1)
			text = text[1:]
			continue
		case text[0] == '}' || text[0] == ')':
			p.close()
			text = text[1:]
			continue
		}
		name, rest := namedWord(text, " \t:={},()")
		called := strings.HasPrefix(rest, "(")
		if rest = strings.TrimLeft(rest, " \t"); rest == text { // a byte that begins nothing
			text = text[1:]
			continue
		}
		value, isPair := strings.CutPrefix(rest, ":")
		if !isPair {
			value, isPair = strings.CutPrefix(rest, "=")
		}
		if isPair && rest[0] == '=' && isNextSetting(value) {
			before, text = "", value
			continue
		}
		value = strings.TrimLeft(value, " \t>")
		if joint := before + name; isPair && namedSettings[alphanumeric(joint)] != settingNone {
			name = joint
		}
		if before = ""; !isPair && !called && rest != "" && isWordByte(rest[0]) && len(name) <= len("authentication") {
			before = name
		}
		switch {
		case called:
			if !p.now.has(settingSPI) || p.depth > len(p.in) {
				p.finish()
			}
			p.open(name, -1)
			text = rest[1:]
		case value != "" && (value[0] == '{' || isPair && value[0] == '('):
			p.open(name, -1)
			text = value[1:]
		case !isPair:
			text = rest
		case value == "":
			p.open(name, indent)
			return
		default:
			value, text = namedValue(value)
			p.setting(num, name, value, indent)
		}
	}
}

// namedWord is a quoted text at the front of another, or what stands before one of some bytes, and the rest.
func namedWord(text, ends string) (word, rest string) {
	if text[0] == '"' || text[0] == '\'' {
		if end := strings.IndexByte(text[1:], text[0]); end >= 0 {
			return text[1 : 1+end], text[end+2:]
		}
	}
	if end := strings.IndexAny(text, ends); end >= 0 {
		return text[:end], text[end:]
	}
	return text, ""
}

// reNextName is a name with a sign behind it: a value without quotation marks ends before.
var reNextName = pattern(`[ \t]+\[?["']?[A-Za-z_][\w.-]*["']?[\])]*[ \t]*[:=]`)

// isNextSetting reports whether a text behind a sign is the next name with its own: aalg= akey= spi=0x3e9
func isNextSetting(text string) bool {
	const farthest = 64
	at := reNextName.FindStringIndex(text[:min(len(text), farthest)])
	return at != nil && at[0] == 0 && text[at[1]-1] == '='
}

// namedValue is the value at the front of a text, and the rest.
func namedValue(text string) (value, rest string) {
	if b, n := bytesLiteral(text); n > 0 {
		return hex.EncodeToString(b), text[n:]
	}
	value, rest = namedWord(text, ",}]#;")
	if text[0] == '"' || text[0] == '\'' {
		return value, rest
	}
	const farthest = 64 // of a name behind a value
	if at := reNextName.FindStringIndex(text[:min(len(text), len(value)+farthest)]); at != nil && at[0] < len(value) {
		value, rest = value[:at[0]], text[at[0]:]
	}
	if strings.Count(value, ")") > strings.Count(value, "(") {
		end := strings.LastIndexByte(value, ')')
		value, rest = value[:end], text[end:]
	}
	return strings.TrimSpace(value), rest
}

func (p *namedSA) open(name string, indent int) {
	const deepest = 32
	if len(p.in) < deepest {
		p.in = append(p.in, namedObject{name, indent})
	}
}

// close ends the innermost object with braces.
func (p *namedSA) close() {
	n := len(p.in) - 1
	for n > 0 && p.in[n].indent >= 0 {
		n--
	}
	p.leave(n)
}

// leave ends objects until n are open, and with them the record that began in one; below 0, one that began where nothing was known of its objects.
func (p *namedSA) leave(n int) {
	p.in = p.in[:max(n, 0)]
	if n < p.depth {
		p.finish()
	}
}

// setting takes a value by its name, before which may stand the name of the object that it is in.
func (p *namedSA) setting(num int, name, value string, indent int) {
	way, what := namedSetting(name)
	depth := len(p.in)
	if depth > 0 {
		if in := namedSettings[alphanumeric(p.in[depth-1].name+name)]; in != settingNone {
			way, what, depth = bothWays, in, depth-1
		}
	}
	if what == settingNone || isNoValue(value) {
		return
	}
	if p.now.values[way][what] != "" {
		p.finish()
	}
	if p.now.num == 0 {
		p.now.num = num
		p.depth, p.indent = depth, indent
	}
	p.now.values[way][what], p.rest = strings.Clone(value), maxNamedRest
}

// finish keeps the record that was read, if it is an SA with a key.
func (p *namedSA) finish() {
	p.keep(p.now)
	p.now, p.rest = namedRecord{}, 0
}

func (p *namedSA) keep(r namedRecord) {
	if r.has(settingSPI) && (r.has(settingEnc) || r.has(settingAuth)) && len(p.found) < maxNamedSAs {
		p.found = append(p.found, r)
	}
}

func (p *namedSA) end() error {
	p.finish()
	if p.others() {
		return nil
	}
	for i := range p.found {
		p.addRecord(&p.found[i])
	}
	return nil
}
