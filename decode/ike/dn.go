package ike

import (
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
)

// ErrNotDN means bytes, or a text, that should be a distinguished name and are not.
var ErrNotDN = errors.New("not a distinguished name")

type dnAttribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

// The name's ending makes encoding/asn1 expect a SET.
type rdnSET []dnAttribute

// dnTypeNames are the short names of RFC 4514 and others in common use, by object identifier.
var dnTypeNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.13": "description",
	"2.5.4.15": "businessCategory", "2.5.4.17": "postalCode", "2.5.4.41": "name", "2.5.4.42": "GN", "2.5.4.43": "initials",
	"2.5.4.44": "generationQualifier", "2.5.4.45": "x500UniqueIdentifier", "2.5.4.46": "dnQualifier",
	"2.5.4.65": "pseudonym", "2.5.4.97": "organizationIdentifier",
	"1.2.840.113549.1.9.1": "E", "1.2.840.113549.1.9.2": "unstructuredName", "1.2.840.113549.1.9.8": "unstructuredAddress",
	"0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC",
}

// DN renders a distinguished name in DER, in the order that it has there: "C=CH, O=Example, CN=gwa.example.org".
func DN(der []byte) (string, error) {
	rdns, err := parseDN(der)
	if err != nil {
		return "", err
	}
	parts := make([]string, 0, len(rdns))
	for _, set := range rdns {
		attributes := make([]string, 0, len(set))
		for _, a := range set {
			attributes = append(attributes, a.String())
		}
		parts = append(parts, strings.Join(attributes, "+"))
	}
	return strings.Join(parts, ", "), nil
}

// CommonName is the last common name (CN) of a distinguished name in DER, as [DN] writes it; "" where it has none.
func CommonName(der []byte) (name string) {
	rdns, err := parseDN(der)
	if err != nil {
		return ""
	}
	for _, set := range rdns {
		for _, a := range set {
			if value, ok := strings.CutPrefix(a.String(), "CN="); ok {
				name = value
			}
		}
	}
	return name
}

func parseDN(der []byte) ([]rdnSET, error) {
	var rdns []rdnSET
	rest, err := asn1.Unmarshal(der, &rdns)
	if err != nil || len(rest) > 0 {
		return nil, ErrNotDN
	}
	return rdns, nil
}

// String is the attribute as RFC 4514 writes it: "CN=gwa.example.org".
func (a dnAttribute) String() string {
	oid := a.Type.String()
	name, ok := dnTypeNames[oid]
	if !ok {
		name = oid
	}
	if s, ok := dnText(a.Value); ok {
		return name + "=" + escapeDN(s)
	}
	// What is no string is # and its DER in hex (RFC 4514, section 2.4).
	return name + "=#" + hex.EncodeToString(a.Value.FullBytes)
}

// dnText is the text of a string of any of ASN.1's kinds.
func dnText(v asn1.RawValue) (string, bool) {
	isString := v.Class == asn1.ClassUniversal && !v.IsCompound
	switch {
	case isString && v.Tag == asn1.TagBMPString && len(v.Bytes)%2 == 0:
		return UTF16(v.Bytes, false), true
	case isString && isTextTag(v.Tag):
		return string(v.Bytes), true
	}
	return "", false
}

func isTextTag(tag int) bool {
	switch tag {
	case asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagIA5String, asn1.TagT61String, asn1.TagNumericString:
		return true
	}
	return false
}

var dnEscaper = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `+`, `\+`, `"`, `\"`, `<`, `\<`, `>`, `\>`, `;`, `\;`)

func escapeDN(s string) string { return Printable(dnEscaper.Replace(s)) }

// GeneralName renders the choices of a GeneralName (RFC 5280, section 4.2.1.6) that have a text form.
func GeneralName(der []byte) (string, bool) {
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(der, &v)
	if err != nil || len(rest) > 0 || v.Class != asn1.ClassContextSpecific {
		return "", false
	}
	switch v.Tag {
	case 1, 2, 6: // rfc822Name, dNSName, uniformResourceIdentifier
		return Printable(string(v.Bytes)), true
	case 4: // directoryName, with an explicit tag
		dn, err := DN(v.Bytes)
		return dn, err == nil
	case 7: // iPAddress
		a := addrFrom(v.Bytes)
		return a.String(), a.IsValid()
	}
	return "", false
}

// matchDN compares two names by their attributes: those of pattern in the same order, each with the value of name or, where
// wildcards is set, with "*". Strings are compared without regard to their kind, to case and to space around and inside them
// (RFC 5280, section 7.1).
func matchDN(pattern, name []byte, wildcards bool) bool {
	a, errA := parseDN(pattern)
	b, errB := parseDN(name)
	if errA != nil || errB != nil || len(a) != len(b) {
		return false
	}
	for i := range a {
		if len(a[i]) != len(b[i]) {
			return false
		}
		for _, x := range a[i] {
			if !slices.ContainsFunc(b[i], func(y dnAttribute) bool { return x.matches(y, wildcards) }) {
				return false
			}
		}
	}
	return true
}

func (a dnAttribute) matches(o dnAttribute, wildcards bool) bool {
	if !a.Type.Equal(o.Type) {
		return false
	}
	s, isText := dnText(a.Value)
	if wildcards && isText && s == "*" {
		return true
	}
	t, alsoText := dnText(o.Value)
	if isText != alsoText {
		return false
	}
	if !isText {
		return string(a.Value.FullBytes) == string(o.Value.FullBytes)
	}
	return strings.EqualFold(strings.Join(strings.Fields(s), " "), strings.Join(strings.Fields(t), " "))
}

// dnTypes are object identifiers by their short names in lower case, with other spellings in use.
var dnTypes = func() map[string]asn1.ObjectIdentifier {
	types := make(map[string]asn1.ObjectIdentifier, len(dnTypeNames))
	for oid, name := range dnTypeNames {
		types[strings.ToLower(name)] = parseOID(oid)
	}
	for alias, name := range map[string]string{"emailaddress": "e", "s": "st", "g": "gn", "t": "title", "d": "description"} {
		types[alias] = types[name]
	}
	return types
}()

// parseOID reads an object identifier in dots; nil where it is none.
func parseOID(s string) (oid asn1.ObjectIdentifier) {
	for _, arc := range strings.Split(s, ".") {
		n := 0
		for _, c := range arc {
			if c < '0' || c > '9' || n > 1<<24 {
				return nil
			}
			n = n*10 + int(c-'0')
		}
		if arc == "" {
			return nil
		}
		oid = append(oid, n)
	}
	if len(oid) < 2 {
		return nil
	}
	return oid
}

// ParseDN reads a distinguished name as [DN] and daemons write it, "C=CH, O=Example\, Inc., CN=gwa", and returns it in DER. The
// error is ErrNotDN.
func ParseDN(text string) ([]byte, error) {
	var rdns []rdnSET
	for _, rdn := range splitEscaped(text, ',') {
		var set rdnSET
		for _, part := range splitEscaped(rdn, '+') {
			a, ok := parseDNAttribute(part)
			if !ok {
				return nil, ErrNotDN
			}
			set = append(set, a)
		}
		rdns = append(rdns, set)
	}
	der, err := asn1.Marshal(rdns)
	if err != nil {
		return nil, ErrNotDN
	}
	return der, nil
}

func parseDNAttribute(s string) (a dnAttribute, ok bool) {
	name, value, found := strings.Cut(s, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if a.Type = dnTypes[strings.ToLower(name)]; a.Type == nil {
		a.Type = parseOID(name)
	}
	if !found || a.Type == nil {
		return a, false
	}
	if h, isHex := strings.CutPrefix(value, "#"); isHex {
		der, err := hex.DecodeString(h)
		if err != nil {
			return a, false
		}
		rest, err := asn1.Unmarshal(der, &a.Value)
		return a, err == nil && len(rest) == 0
	}
	a.Value = asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(unescapeDN(value))}
	return a, true
}

// splitEscaped splits s at each sep that no backslash stands before.
func splitEscaped(s string, sep byte) (parts []string) {
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sep:
			parts, start = append(parts, s[start:i]), i+1
		}
	}
	return append(parts, s[start:])
}

func unescapeDN(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
