package secret

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
)

// The key log is our own format: one secret a line, KIND WHERE VALUE, comments from #. KIND is the name of a [Kind] or
// ESP_SA, AH_SA, IPCOMP_SA.
//
// WHERE of a value is "-" (any IKE SA), ICOOKIE, ICOOKIE:RCOOKIE or ICOOKIE:RCOOKIE:MSGID, all hex, a cookie of zeros standing
// for any; "/N" behind it keeps apart several derivations at the same place. Several CHILD_DH_SECRET of one place are in the
// order in which the keys are made from them. WHERE of a PSK may also be "*" (any peer)
// or a peer's address, prefix or identity, in double quotes where it has spaces. VALUE is 0x and hex, or for a PSK
// text in double quotes with \" and \\.
//
// WHERE of an SA is src>dst:0xSPI, either address "*" for any, the SPI "*" for any. Its values are cipher:0xKEY mac:0xKEY
// and flags: esn, tunnel, transport, beet (with inner=src>dst), udp, and icvN for an ICV of N bits (with no mac given: one that cannot be
// checked). A combined-mode cipher has no mac; "none" says that there is no integrity protection. AH has a mac alone,
// IPComp the algorithm's name alone.
var keyLogSource = source{
	name:   "key log",
	labels: []string{"key log lines (PSK, SKEYID_D, ESP_SA, ...)"},
	start:  func(o *out) parser { return &keyLogParser{out: o, groups: map[string]int{}} },
}

type keyLogParser struct {
	*out
	groups map[string]int
	// unsure is the first line that has the shape of the format but a kind that is not known.
	unsure *SyntaxError
}

const (
	kindESPSA    = "ESP_SA"
	kindAHSA     = "AH_SA"
	kindIPCompSA = "IPCOMP_SA"
)

func (p *keyLogParser) line(l line) error {
	word, rest, _ := strings.Cut(strings.TrimLeft(l.text, " \t"), " ")
	if tabbed, more, ok := strings.Cut(word, "\t"); ok {
		word, rest = tabbed, more+" "+rest
	}
	kind := slices.Index(kindNames[:], word)
	isSA := word == kindESPSA || word == kindAHSA || word == kindIPCompSA
	if word == "" || kind <= 0 && !isSA {
		p.suspect(l, word, rest)
		return nil
	}
	fields, err := splitFields(rest)
	if len(fields) > 0 && foreignLine(fields) {
		return nil // a program's log, its label at the start of the line
	}
	if err != nil {
		return p.syntax(l.num, "%v", err)
	}
	if isSA {
		return p.saLine(l, word, fields)
	}
	return p.secretLine(l, Kind(kind), fields)
}

// foreignLine tells lines of programs that begin with the same word: "SKEYID => 20 bytes", "SKEYID computed:".
func foreignLine(f []field) bool { return !f[0].quoted && isForeign(f[0].text) }

// isForeign tells what stands behind such a word in other formats: a peer that is called so has to be quoted.
func isForeign(word string) bool {
	switch word {
	case "=>", "computed:", "=", ":", "with", "secret":
		return true
	}
	return false
}

// suspect remembers a line that looks like the format, but has an unknown kind: a typing error, if the file turns out
// to be a key log.
func (p *keyLogParser) suspect(l line, word, rest string) {
	if p.unsure != nil || !isKindWord(word) {
		return
	}
	f, err := splitFields(rest)
	if err != nil || len(f) < 2 || !strings.HasPrefix(f[1].text, "0x") && !f[1].quoted {
		return
	}
	if _, _, err := parseWhere(f[0], PSK); err == nil {
		p.unsure = &SyntaxError{File: p.file, Line: l.num, Reason: fmt.Sprintf("unknown kind %q", clip(word))}
	}
}

func isKindWord(w string) bool {
	for _, r := range w {
		if r != '_' && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return w != ""
}

func (p *keyLogParser) end() error {
	if p.unsure != nil && (p.recognised || !p.others()) {
		return p.unsure
	}
	return nil
}

func (p *keyLogParser) secretLine(l line, kind Kind, f []field) error {
	if len(f) != 2 {
		return p.syntax(l.num, "%v needs WHERE and VALUE, not %d fields", kind, len(f))
	}
	where, group, err := parseWhere(f[0], kind)
	if err != nil {
		return p.syntax(l.num, "%v: %v", kind, err)
	}
	value, err := parseKeyLogValue(f[1], kind)
	if errors.Is(err, errRedacted) {
		p.recognise()
		p.warn(l.num, "%v: %v", kind, err)
		return nil
	}
	if err != nil {
		return p.syntax(l.num, "%v: %v", kind, err)
	}
	s := Secret{Kind: kind, Where: where, Value: value}
	if kind != PSK && (group != "" || where != Where{}) {
		s.Group = p.group(whereText(where, 0) + "/" + group)
	}
	p.secret(s, l.num, kind.String())
	return nil
}

// group numbers the derivations: values of one place belong together, unless "/N" says otherwise.
func (p *keyLogParser) group(key string) int {
	if p.groups[key] == 0 {
		p.groups[key] = p.newGroup()
	}
	return p.groups[key]
}

// parseWhere reads the WHERE column of a secret.
func parseWhere(f field, kind Kind) (w Where, group string, err error) {
	text := f.text
	if kind == PSK {
		switch {
		case !f.quoted && text == "*" || text == "-":
			return Where{}, "", nil
		case f.quoted:
			return Where{Peer: text}, "", nil
		}
		if w, err := parseBinding(text); err == nil {
			return w, "", nil
		}
		return Where{Peer: text}, "", nil
	}
	text, group, _ = strings.Cut(text, "/")
	if n, err := strconv.Atoi(group); group != "" && (err != nil || n < 1) {
		return Where{}, "", fmt.Errorf("%q is not a group number", clip(group))
	}
	if text == "-" || text == "*" {
		return Where{}, group, nil
	}
	w, err = parseBinding(text)
	return w, group, err
}

func parseKeyLogValue(f field, kind Kind) ([]byte, error) {
	if f.quoted {
		if kind != PSK && kind != XAUTHPassword {
			return nil, errors.New("the value must be 0x and hex")
		}
		return []byte(f.text), nil
	}
	if isRedacted(f.text) {
		return nil, errRedacted
	}
	if !strings.HasPrefix(f.text, "0x") && !strings.HasPrefix(f.text, "0X") {
		return nil, errors.New("the value must be 0x and hex, or text in double quotes for a PSK")
	}
	b, err := parseHex(f.text)
	if err == nil && len(b) == 0 && kind != PSK {
		err = errNoHex
	}
	return b, err
}

// saLine parses ESP_SA, AH_SA and IPCOMP_SA.
func (p *keyLogParser) saLine(l line, word string, f []field) error {
	if len(f) < 2 {
		return p.syntax(l.num, "%s needs src>dst:0xSPI and algorithms", word)
	}
	sa, err := parseSAWhere(f[0].text)
	if err != nil {
		return p.syntax(l.num, "%s: %v", word, err)
	}
	values := f[1:]
	switch word {
	case kindESPSA:
		sa.Protocol = esp.ESP
		err = parseSACipher(&sa, values[0].text)
		values = values[1:]
	case kindAHSA:
		sa.Protocol = esp.AH
	case kindIPCompSA:
		sa.Protocol = esp.IPComp
		sa.IPCompAlg, err = compressionNumber(values[0].text)
		values = values[1:]
	}
	for _, v := range values {
		if err == nil {
			err = parseSAFlag(&sa, v.text)
		}
	}
	if errors.Is(err, errRedacted) {
		p.recognise()
		p.warn(l.num, "%s: %v", word, err)
		return nil
	}
	if err != nil {
		return p.syntax(l.num, "%s: %v", word, err)
	}
	if why := checkSA(sa); why != "" {
		return p.syntax(l.num, "%s: %s", word, why)
	}
	p.sa(sa, l.num)
	return nil
}

// parseSAWhere reads src>dst:0xSPI. The SPI stands behind the last colon, since IPv6 addresses hold colons.
func parseSAWhere(s string) (sa esp.Params, err error) {
	i := strings.LastIndexByte(s, ':')
	src, dst, ok := strings.Cut(s[:max(i, 0)], ">")
	if i < 0 || !ok {
		return sa, fmt.Errorf("%q is not src>dst:0xSPI", clip(s))
	}
	if sa.Src, err = parseAnyAddr(src); err != nil {
		return sa, err
	}
	if sa.Dst, err = parseAnyAddr(dst); err != nil {
		return sa, err
	}
	spi := s[i+1:]
	if spi == "*" {
		sa.AnySPI = true
		return sa, nil
	}
	n, err := strconv.ParseUint(spi, 0, 32)
	if err != nil || !strings.HasPrefix(strings.ToLower(spi), "0x") {
		return sa, fmt.Errorf("%q is not an SPI: 0x and up to 8 hex digits", clip(spi))
	}
	sa.SPI = uint32(n)
	return sa, nil
}

// parseAnyAddr reads an address; "*" is any.
func parseAnyAddr(s string) (netip.Addr, error) {
	if s == "*" {
		return netip.Addr{}, nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return a, fmt.Errorf("%q is not an address", clip(s))
	}
	return a.Unmap().WithZone(""), nil
}

// parseSACipher reads NAME:0xKEY, or a NAME that needs no key.
func parseSACipher(sa *esp.Params, text string) error {
	name, key, _ := strings.Cut(text, ":")
	if sa.Cipher = cipherByKeyLog(name); sa.Cipher == nil {
		return fmt.Errorf("unknown encryption algorithm %q", clip(name))
	}
	if key == "" {
		return nil
	}
	if isRedacted(key) {
		return errRedacted
	}
	var err error
	sa.CipherKey, err = parseHex(key)
	return err
}

// parseSAFlag reads a flag or an integrity algorithm.
func parseSAFlag(sa *esp.Params, text string) error {
	switch text {
	case "esn":
		sa.ESN = true
		return nil
	case "tunnel":
		sa.Tunnel = true
		return nil
	case "transport":
		sa.Transport = true
		return nil
	case "beet":
		sa.BEET = true
		return nil
	case "udp":
		sa.UDP = true
		return nil
	case "none":
		return nil
	}
	if inner, ok := strings.CutPrefix(text, "inner="); ok {
		return parseSAInner(sa, inner)
	}
	if bits, ok := strings.CutPrefix(strings.TrimSuffix(text, ":"), "icv"); ok {
		n, err := strconv.Atoi(bits)
		if err != nil || n <= 0 || n%8 != 0 || n > 512 {
			return fmt.Errorf("%q is not icv and a number of bits", clip(text))
		}
		sa.ICVLen, sa.NoCheck = n/8, sa.MAC == nil
		return nil
	}
	return parseSAMAC(sa, text)
}

// parseSAInner reads the addresses inside a BEET SA, src>dst.
func parseSAInner(sa *esp.Params, text string) (err error) {
	src, dst, _ := strings.Cut(text, ">")
	if sa.InnerSrc, err = parseAnyAddr(src); err == nil {
		sa.InnerDst, err = parseAnyAddr(dst)
	}
	return err
}

func parseSAMAC(sa *esp.Params, text string) error {
	name, key, ok := strings.Cut(text, ":")
	if !ok {
		return fmt.Errorf("unknown flag %q", clip(text))
	}
	if sa.MAC != nil {
		return errors.New("more than one integrity algorithm")
	}
	m := macByKeyLog(name)
	if m == nil {
		return fmt.Errorf("unknown integrity algorithm %q", clip(name))
	}
	if isRedacted(key) {
		return errRedacted
	}
	b, err := parseHex(key)
	if err != nil {
		return err
	}
	sa.MAC, sa.MACKey, sa.NoCheck = m, b, false
	return nil
}

// compressions are the names of IPComp's algorithms in the key log, by their transform ID (RFC 2407, section 4.4.5).
var compressions = []string{esp.CompressOUI: "oui", esp.CompressDeflate: "deflate", esp.CompressLZS: "lzs", esp.CompressLZJH: "lzjh"}

func compressionNumber(name string) (uint8, error) {
	if i := slices.Index(compressions, strings.ToLower(name)); i > 0 {
		return uint8(i), nil
	}
	if n, err := strconv.ParseUint(name, 10, 8); err == nil {
		return uint8(n), nil
	}
	return 0, fmt.Errorf("unknown compression algorithm %q", clip(name))
}

func compressionName(n uint8) string {
	if int(n) < len(compressions) && compressions[n] != "" {
		return compressions[n]
	}
	return strconv.Itoa(int(n))
}
