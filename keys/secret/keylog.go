package secret

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// An Entry is what one line of a key log holds: a secret or an SA.
//
// The key log is our own format: one secret a line, KIND WHERE VALUE, comments from #. KIND is the name of a [Kind] or
// ESP_SA, AH_SA, IPCOMP_SA.
//
// WHERE of a value is "-" (any IKE SA), ICOOKIE, ICOOKIE:RCOOKIE or ICOOKIE:RCOOKIE:MSGID, all hex, a cookie of zeros standing
// for any; "/N" behind it keeps apart several derivations at the same place. Several CHILD_DH_SECRET of one place are in the
// order in which the keys are made from them. WHERE of a PSK may also be "*" (any peer)
// or a peer's address, prefix or identity, in double quotes where it has spaces. VALUE is 0x and hex, or for a PSK
// text in double quotes with \" and \\. AKA_CK and AKA_IK, of 16 bytes, stand at "-" or, to keep pairs together, at "-/N".
//
// An IV is that of one message of IKEv1, as long as a block of the cipher; several at one place are tried each. At ICOOKIE:RCOOKIE it is of
// phase 1, or the last block of phase 1; at ICOOKIE:RCOOKIE:MSGID of that exchange.
//
// WHERE of an SA is src>dst:0xSPI, either address "*" for any, the SPI "*" for any. Its values are cipher:0xKEY mac:0xKEY
// and flags: esn, tunnel, transport, beet (with inner=src>dst), udp, tcp=PORT>PORT for the connection that it was captured in, and icvN for an ICV of N bits (with no mac given: one that cannot be
// checked). A combined-mode cipher has no mac; "none" says that there is no integrity protection. AH has a mac alone,
// IPComp the algorithm's name alone.
type Entry struct {
	Secret Secret      // its Group and Origin are not set
	Group  string      // where it is not empty: secrets of the log that share it are of one key schedule
	SA     *esp.Params // nil: the line holds a secret
}

const (
	kindESPSA    = "ESP_SA"
	kindAHSA     = "AH_SA"
	kindIPCompSA = "IPCOMP_SA"
)

// saKinds are the kinds of SAs in the key log.
var saKinds = map[esp.Protocol]string{esp.ESP: kindESPSA, esp.AH: kindAHSA, esp.IPComp: kindIPCompSA}

// ErrUnknownKind is the error for a line that has the shape of the format but a kind that is not known: a typing error, if it stands
// in a key log.
var ErrUnknownKind = errors.New("unknown kind")

// ErrRedacted is the error for a value that was taken out of the text, and something like **** put in its place.
var ErrRedacted = lex.ErrRedacted

// ParseLine reads one line of a key log. ok is false for a blank line, a comment or text of another format, also where err is
// [ErrUnknownKind]. A value that was hidden gives an error that wraps [ErrRedacted]. No error holds a value.
func ParseLine(text string) (e Entry, ok bool, err error) {
	word, rest, _ := strings.Cut(strings.TrimLeft(text, " \t"), " ")
	if tabbed, more, ok := strings.Cut(word, "\t"); ok {
		word, rest = tabbed, more+" "+rest
	}
	kind := slices.Index(kindNames[:], word)
	isSA := word == kindESPSA || word == kindAHSA || word == kindIPCompSA
	if word == "" || kind <= 0 && !isSA {
		return Entry{}, false, suspect(word, rest)
	}
	fields, err := lex.Fields(rest)
	if len(fields) > 0 && foreignLine(fields) {
		return Entry{}, false, nil // a program's log, its label at the start of the line
	}
	if err != nil {
		return Entry{}, true, err
	}
	if isSA {
		e, err = saLine(word, fields)
	} else {
		e, err = secretLine(Kind(kind), fields)
	}
	return e, true, err
}

// foreignLine tells lines of programs that begin with the same word: "SKEYID => 20 bytes", "SKEYID computed:".
func foreignLine(f []lex.Field) bool { return !f[0].Quoted && isForeign(f[0].Text) }

// suspect returns ErrUnknownKind for a line that looks like the format but for its kind.
func suspect(word, rest string) error {
	if !isKindWord(word) {
		return nil
	}
	f, err := lex.Fields(rest)
	if err != nil || len(f) < 2 || !strings.HasPrefix(f[1].Text, "0x") && !f[1].Quoted {
		return nil
	}
	if _, _, err := parseWhere(f[0], PSK); err != nil {
		return nil
	}
	return fmt.Errorf("%w %q", ErrUnknownKind, lex.Clip(word))
}

func isKindWord(w string) bool {
	for _, r := range w {
		if r != '_' && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return w != ""
}

func secretLine(kind Kind, f []lex.Field) (Entry, error) {
	if len(f) != 2 {
		return Entry{}, fmt.Errorf("%v must have WHERE and VALUE, not %d fields", kind, len(f))
	}
	where, group, err := parseWhere(f[0], kind)
	if err != nil {
		return Entry{}, fmt.Errorf("%v: %w", kind, err)
	}
	value, err := parseKeyLogValue(f[1], kind)
	if err != nil {
		return Entry{}, fmt.Errorf("%v: %w", kind, err)
	}
	if kind.IsAKA() {
		if err := checkAKA(where, value); err != nil {
			return Entry{}, fmt.Errorf("%v: %w", kind, err)
		}
	}
	e := Entry{Secret: Secret{Kind: kind, Where: where, Value: value}}
	if kind != PSK && !kind.Public() && (group != "" || where != Where{}) {
		e.Group = whereText(where, 0) + "/" + group // values of one place belong together, unless "/N" says otherwise
	}
	return e, nil
}

// checkAKA checks a key of IMS-AKA.
func checkAKA(where Where, value []byte) error {
	switch {
	case where != Where{}:
		return errors.New("WHERE must be -: it belongs to no IKE SA")
	case len(value) != AKAKeyLen:
		return fmt.Errorf("the key must have %d bytes, not %d", AKAKeyLen, len(value))
	}
	return nil
}

// parseWhere reads the WHERE column of a secret.
func parseWhere(f lex.Field, kind Kind) (w Where, group string, err error) {
	text := f.Text
	if kind == PSK {
		switch {
		case !f.Quoted && text == "*" || text == "-":
			return Where{}, "", nil
		case f.Quoted:
			return Where{Peer: text}, "", nil
		}
		if w, err := ParseBinding(text); err == nil {
			return w, "", nil
		}
		return Where{Peer: text}, "", nil
	}
	text, group, _ = strings.Cut(text, "/")
	if n, err := strconv.Atoi(group); group != "" && (err != nil || n < 1) {
		return Where{}, "", fmt.Errorf("%q must be a group number", lex.Clip(group))
	}
	if text == "-" || text == "*" {
		return Where{}, group, nil
	}
	w, err = ParseBinding(text)
	return w, group, err
}

func parseKeyLogValue(f lex.Field, kind Kind) ([]byte, error) {
	if f.Quoted {
		if lex.IsRedacted(f.Text) {
			return nil, lex.ErrRedacted
		}
		if kind != PSK && kind != XAUTHPassword {
			return nil, errors.New("the value must be 0x and hex")
		}
		return []byte(f.Text), nil
	}
	if lex.IsRedacted(f.Text) {
		return nil, lex.ErrRedacted
	}
	if !strings.HasPrefix(f.Text, "0x") && !strings.HasPrefix(f.Text, "0X") {
		return nil, errors.New("the value must be 0x and hex, or text in double quotes for a PSK")
	}
	b, err := lex.ParseHex(f.Text)
	if err == nil && len(b) == 0 && kind != PSK {
		err = lex.ErrNoHex
	}
	return b, err
}

// saLine parses ESP_SA, AH_SA and IPCOMP_SA.
func saLine(word string, f []lex.Field) (Entry, error) {
	if len(f) < 2 {
		return Entry{}, fmt.Errorf("%s must have src>dst:0xSPI and algorithms", word)
	}
	sa, err := parseSAWhere(f[0].Text)
	if err != nil {
		return Entry{}, fmt.Errorf("%s: %w", word, err)
	}
	if err := parseSAValues(&sa, word, f[1:]); err != nil {
		return Entry{}, fmt.Errorf("%s: %w", word, err)
	}
	return Entry{SA: &sa}, nil
}

// parseSAValues reads the columns behind WHERE into sa.
func parseSAValues(sa *esp.Params, word string, values []lex.Field) (err error) {
	switch word {
	case kindESPSA:
		sa.Protocol = esp.ESP
		err = parseSACipher(sa, values[0].Text)
		values = values[1:]
	case kindAHSA:
		sa.Protocol = esp.AH
	case kindIPCompSA:
		sa.Protocol = esp.IPComp
		sa.IPCompAlg, err = CompressionNumber(values[0].Text)
		values = values[1:]
	}
	for _, v := range values {
		if err == nil {
			err = parseSAFlag(sa, v.Text)
		}
	}
	if err != nil {
		return err
	}
	return CheckSA(*sa)
}

// parseSAWhere reads src>dst:0xSPI. The SPI stands behind the last colon, since IPv6 addresses hold colons.
func parseSAWhere(s string) (sa esp.Params, err error) {
	i := strings.LastIndexByte(s, ':')
	src, dst, ok := strings.Cut(s[:max(i, 0)], ">")
	if i < 0 || !ok {
		return sa, fmt.Errorf("%q must be src>dst:0xSPI", lex.Clip(s))
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
		return sa, fmt.Errorf("%q must be an SPI: 0x and up to 8 hex digits", lex.Clip(spi))
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
		return a, fmt.Errorf("%q must be an address", lex.Clip(s))
	}
	return a.Unmap().WithZone(""), nil
}

// parseSACipher reads NAME:0xKEY, or a NAME that needs no key.
func parseSACipher(sa *esp.Params, text string) error {
	name, key, _ := strings.Cut(text, ":")
	if sa.Cipher = alg.CipherByKeyLog(strings.ToLower(name)); sa.Cipher == nil {
		return fmt.Errorf("unknown encryption algorithm %q", lex.Clip(name))
	}
	if key == "" {
		return nil
	}
	if lex.IsRedacted(key) {
		return lex.ErrRedacted
	}
	b, err := lex.ParseHex(key)
	sa.SetCipher(sa.Cipher, b)
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
	if ports, ok := strings.CutPrefix(text, "tcp="); ok {
		return parseSAPorts(sa, ports)
	}
	if bits, ok := strings.CutPrefix(strings.TrimSuffix(text, ":"), "icv"); ok {
		n, err := strconv.Atoi(bits)
		if err != nil || n <= 0 || n%8 != 0 || n > 512 {
			return fmt.Errorf("%q must be icv and a number of bits", lex.Clip(text))
		}
		sa.ICVLen, sa.NoCheck = n/8, sa.MAC == nil
		return nil
	}
	return parseSAMAC(sa, text)
}

// parseSAInner reads the addresses inside a BEET SA, src>dst.
func parseSAInner(sa *esp.Params, text string) (err error) {
	src, dst, _ := strings.Cut(text, ">")
	sa.Inner = &esp.Inner{}
	if sa.Inner.Src, err = parseAnyAddr(src); err == nil {
		sa.Inner.Dst, err = parseAnyAddr(dst)
	}
	return err
}

// parseSAPorts reads the ports of a TCP connection, PORT>PORT.
func parseSAPorts(sa *esp.Params, text string) error {
	src, dst, _ := strings.Cut(text, ">")
	a, errA := strconv.ParseUint(src, 10, 16)
	b, errB := strconv.ParseUint(dst, 10, 16)
	if errA != nil || errB != nil {
		return fmt.Errorf("%q must be two ports, PORT>PORT", lex.Clip(text))
	}
	sa.TCP = &esp.Ports{Src: uint16(a), Dst: uint16(b)}
	return nil
}

func parseSAMAC(sa *esp.Params, text string) error {
	name, key, ok := strings.Cut(text, ":")
	if !ok {
		return fmt.Errorf("unknown flag %q", lex.Clip(text))
	}
	if sa.MAC != nil {
		return errors.New("more than one integrity algorithm")
	}
	m := alg.MACByKeyLog(strings.ToLower(name))
	if m == nil {
		return fmt.Errorf("unknown integrity algorithm %q", lex.Clip(name))
	}
	if lex.IsRedacted(key) {
		return lex.ErrRedacted
	}
	b, err := lex.ParseHex(key)
	if err != nil {
		return err
	}
	sa.MAC, sa.MACKey, sa.NoCheck = m, b, false
	return nil
}
