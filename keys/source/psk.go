package source

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Pre-shared keys stand in three kinds of files: strongSwan's and libreswan's ipsec.secrets, racoon's psk.txt, and a plain
// list of `[PEER] SECRET` lines. Only the first can be told from other text: an address and a word are in lists of hosts, routes and neighbours,
// too. A list of secrets is taken for one where the user says so ([ReadPSKFile]).
var ipsecSecretsFormat = format{
	name:   "ipsec.secrets",
	typed:  true,
	folded: secretsWords(),
	starts: []string{"include "},
	lacks:  pskAlone,
	start:  func(o *out) parser { return &ipsecSecrets{out: o} },
}

// pskAlone is what lists of pre-shared keys lack.
var pskAlone = []secret.Lack{{Of: secret.IKEKeys, Text: "a pre-shared key alone decrypts nothing", Advice: "add the DH secret, or keys from a gateway"}}

type ipsecSecrets struct {
	*out
	include bool
}

// line parses `gwa gwb : PSK "secret"`. The indices before the colon are the identities it is for, none meaning any.
func (p *ipsecSecrets) line(l line) error {
	text := strings.TrimSpace(l.text)
	if text == "" || text[0] == '#' {
		return nil
	}
	if strings.HasPrefix(text, "include ") {
		p.include = true
		if p.recognised {
			p.warn(l.num, "include ignored: give the included file itself")
		}
		return nil
	}
	if !secretsWord(text) {
		return nil
	}
	ids, typ, rest, ok := secretsEntry(text)
	if !ok {
		return nil
	}
	if typ != "PSK" {
		if slices.Contains(secretsTypes, typ) {
			p.recognise()
		}
		return nil
	}
	value, err := secretsValue(rest)
	if errors.Is(err, lex.ErrRedacted) {
		p.redacted(l.num, "PSK")
		return nil
	}
	if err != nil {
		return p.syntax(l.num, "ipsec.secrets: PSK: %v", err)
	}
	if rePSKVar.Match(value) {
		p.recognise()
		p.warn(l.num, "ipsec.secrets: PSK %s is a variable: put its value in its place", lex.Clip(string(value)))
		return nil
	}
	values := [][]byte{value}
	if first, _ := utf8.DecodeRuneInString(rest); strings.ContainsRune(typographic, first) {
		p.warn(l.num, "ipsec.secrets: PSK: typographic quotation marks are part of the secret for a daemon: type \" instead")
		values = append(values, []byte(strings.Trim(rest, typographic)))
	}
	if len(ids) == 0 {
		ids = []string{""}
	}
	for _, id := range ids {
		for _, value := range values {
			p.secret(secret.Secret{Kind: secret.PSK, Where: secret.Where{Peer: peerName(id)}, Value: value}, l.num, "PSK")
		}
	}
	return nil
}

// typographic are the quotation marks of word processors.
const typographic = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"

// secretsTypes are the types of entries; those but PSK hold no key of an SA.
var secretsTypes = []string{"PSK", "RSA", "ECDSA", "BLISS", "PKCS8", "P12", "XAUTH", "EAP", "NTLM", "PIN"}

// secretsWords are the types of entries with what may stand before one.
func secretsWords() (words []string) {
	for _, front := range []string{":", " ", "\t"} {
		for _, t := range secretsTypes {
			words = append(words, front+t)
		}
	}
	return words
}

// secretsWord reports whether a line has a type behind a colon, as an entry has: a cheap look for lines that are none.
func secretsWord(text string) bool {
	for {
		_, rest, ok := strings.Cut(text, ":")
		if !ok {
			return false
		}
		word := trimFront(rest)
		if word != "" && strings.IndexByte("PREBXN", word[0]&^0x20) >= 0 && slices.ContainsFunc(secretsTypes, func(t string) bool { return len(word) >= len(t) && strings.EqualFold(word[:len(t)], t) }) {
			return true
		}
		text = rest
	}
}

// maxIDs bounds the identities of one secret, each of which it is a secret for.
const maxIDs = 64

func (p *ipsecSecrets) end() error { return nil }

// secretsEntry splits an entry into identities, type and the rest. The colon stands alone, since IPv6 addresses and DNs
// have colons of their own; libreswan also takes it directly before the type.
func secretsEntry(text string) (ids []string, typ, rest string, ok bool) {
	for {
		text = trimFront(text)
		switch {
		case text == "":
			return nil, "", "", false
		case text[0] == ':' && (len(text) == 1 || text[1] != ':'):
			text = trimFront(text[1:])
			end := strings.IndexAny(text, " \t\"'")
			if end < 0 {
				end = len(text)
			}
			return ids, strings.ToUpper(text[:end]), strings.TrimSpace(text[end:]), true
		case text[0] == '"':
			id, n := lex.Unquote(text)
			if n == 0 {
				return nil, "", "", false
			}
			if len(ids) >= maxIDs {
				return nil, "", "", false
			}
			ids, text = append(ids, id), text[n:]
		default:
			end := runEnd(text, 0, func(c byte) bool { return c != ' ' && c != '\t' })
			if end == len(text) {
				return nil, "", "", false
			}
			id := text[:end]
			if strings.HasSuffix(id, ":") && isAttached(text[end:]) {
				if m := reAttached.FindStringSubmatch(text); m != nil {
					return append(ids, m[1]), strings.ToUpper(m[2]), m[3], true
				}
			}
			if len(ids) >= 8 {
				return nil, "", "", false // prose
			}
			ids, text = append(ids, id), text[end:]
		}
	}
}

// isAttached reports whether a word and then a secret follow, as reAttached has them: a cheap look.
func isAttached(text string) bool {
	word := runEnd(text, 0, isBlank)
	end := runEnd(text, word, isWordByte)
	value := runEnd(text, end, isBlank)
	return value < len(text) && strings.IndexByte(`"'0`, text[value]) >= 0 || strings.IndexByte(text[word:end], '0') >= 0 // it may follow without a blank
}

// rePSKVar is a variable of a script that writes the file: $VPN_PSK, ${psk}. Others may be secrets that begin with a dollar sign.
var rePSKVar = pattern(`^\$(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|\{\w+\})$`)

// reAttached is an identity with the colon directly behind it. Prose looks alike, so that the secret has to be in quotation marks or encoded.
var reAttached = pattern(`^(\S*[^\s:]|\S*::):\s+(\w+)\s*((?:["']|0[sSxX]).*)$`)

// secretsValue reads "text", 'text', 0xHEX, 0sBASE64 or bare text.
func secretsValue(s string) ([]byte, error) {
	switch {
	case s == "":
		return nil, fmt.Errorf("no secret")
	case s[0] == '"' || s[0] == '\'':
		end := strings.LastIndexByte(s, s[0])
		if c := strings.IndexByte(s[1:], s[0]); c >= 0 {
			end = c + 1
		}
		if end < 1 {
			return nil, lex.ErrOpenQuote
		}
		return unredacted(s[1:end])
	}
	if lex.IsRedacted(s) {
		return nil, lex.ErrRedacted
	}
	if digits, ok := strings.CutPrefix(s, "0\u00d7"); ok { // a sign that word processors make of it
		s = "0x" + digits
	}
	word, _, _ := strings.Cut(s, " ")
	word, _, _ = strings.Cut(word, "\t")
	switch {
	case strings.HasPrefix(word, "0x"), strings.HasPrefix(word, "0X"):
		return lex.ParseHexValue(word)
	case strings.HasPrefix(word, "0s"), strings.HasPrefix(word, "0S"):
		b, err := base64.StdEncoding.DecodeString(word[2:])
		if err != nil {
			b, err = base64.RawStdEncoding.DecodeString(word[2:])
		}
		if err != nil {
			return nil, fmt.Errorf("bad base64")
		}
		return b, nil
	}
	return unredacted(word)
}

// unredacted is a secret as text, unless it was taken out.
func unredacted(text string) ([]byte, error) {
	if lex.IsRedacted(text) {
		return nil, lex.ErrRedacted
	}
	return []byte(text), nil
}

// peerName is an identity as Where.Peer holds it: none for those that mean any peer.
func peerName(id string) string {
	switch strings.ToLower(id) {
	case "%any", "%any4", "%any6", "0.0.0.0", "::", "*", "":
		return ""
	}
	return strings.TrimPrefix(id, "@")
}

// isHost reports whether a word is an address, a network, a domain name or that of a user.
func isHost(word string) bool {
	if _, err := netip.ParsePrefix(word); err == nil {
		return true
	}
	if _, err := netip.ParseAddr(word); err == nil {
		return true
	}
	return reHostName.MatchString(word)
}

// reHostName is a domain name, or a user's.
var reHostName = pattern(`^(?:[\w.+-]+@)?(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}$`)

// listValue reads a secret of a list: 0x and hex, text in quotes, or text to the end of the line.
func listValue(s string) ([]byte, error) {
	switch {
	case strings.HasPrefix(s, "0x"), strings.HasPrefix(s, "0X"):
		return lex.ParseHexValue(s)
	case strings.HasPrefix(s, `"`) && strings.HasSuffix(s, `"`) && len(s) > 1:
		text, n := lex.Unquote(s)
		if n != len(s) {
			return nil, fmt.Errorf("text after a closing quotation mark")
		}
		return unredacted(text)
	}
	return unredacted(s)
}

// pskFormats are the formats of files that hold pre-shared keys alone, or may.
var pskFormats = []string{ipsecSecretsFormat.name, swanctlConfFormat.name, openBSDFormat.name}

// ReadPSKFile reads a file that holds pre-shared keys and nothing else: `[PEER] SECRET` lines with # comments, racoon's
// psk.txt, ipsec.secrets, swanctl.conf, or ipsec.conf of OpenBSD. SECRET is text, text in double quotes, or 0x and hex.
func ReadPSKFile(path string) (*secret.Bag, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadPSKFrom(path, f)
}

// ReadPSKFrom is [ReadPSKFile] for a stream; name is what origins and errors call it.
func ReadPSKFrom(name string, r io.Reader) (*secret.Bag, error) {
	data, err := readSmall(name, r)
	if err != nil {
		return nil, err
	}
	return ReadPSK(name, data)
}

// ReadPSK is [ReadPSKFile] for a file that is in memory.
func ReadPSK(name string, data []byte) (*secret.Bag, error) {
	from := slices.DeleteFunc(slices.Clone(formats), func(f format) bool { return !slices.Contains(pskFormats, f.name) })
	bag, err := Options{}.visit().readFrom(name, bytes.NewReader(data), 0, from)
	if err == nil {
		return bag, nil
	}
	if _, unknown := err.(*FormatError); !unknown {
		return nil, err
	}
	from = []format{{name: "list of pre-shared keys", start: func(o *out) parser { return &plainList{o} }}}
	return Options{}.visit().readFrom(name, bytes.NewReader(data), 0, from)
}

// plainList takes every line for a secret.
type plainList struct{ *out }

func (p *plainList) line(l line) error {
	text := strings.TrimSpace(l.text)
	if text == "" || text[0] == '#' {
		return nil
	}
	peer, word := splitPeer(text)
	value, err := listValue(word)
	if errors.Is(err, lex.ErrRedacted) {
		p.redacted(l.num, "secret")
		return nil
	}
	if err != nil {
		return p.syntax(l.num, "%v", err)
	}
	if len(value) == 0 {
		return p.syntax(l.num, "no secret")
	}
	p.secret(secret.Secret{Kind: secret.PSK, Where: secret.Where{Peer: peerName(peer)}, Value: value}, l.num, "PSK")
	return nil
}

func (p *plainList) end() error { return nil }

// splitPeer splits `[PEER] SECRET`. A line of one word, or in quotes from its start to its end, has no peer.
func splitPeer(text string) (peer, word string) {
	if text[0] == '"' {
		first, n := lex.Unquote(text)
		rest := strings.TrimSpace(text[n:])
		if n == 0 || rest == "" {
			return "", text
		}
		return first, rest
	}
	end := strings.IndexAny(text, " \t")
	if end < 0 {
		return "", text
	}
	return text[:end], strings.TrimSpace(text[end:])
}
