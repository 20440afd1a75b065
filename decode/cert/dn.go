package cert

import (
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/ikedecode/ikedecode/decode/internal/render"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// errNotDN: bytes that should be a distinguished name and are not.
var errNotDN = errors.New("not a distinguished name")

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

// dnString renders a distinguished name in DER, in the order it has there: "C=CH, O=Example, CN=gwa.example.org".
func FormatDN(der []byte) (string, error) {
	var rdns []rdnSET
	rest, err := asn1.Unmarshal(der, &rdns)
	if err != nil || len(rest) > 0 {
		return "", errNotDN
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

func (a dnAttribute) String() string {
	oid := a.Type.String()
	name, ok := dnTypeNames[oid]
	if !ok {
		name = oid
	}
	return name + "=" + dnValue(a.Value)
}

// dnValue renders a string of any of ASN.1's kinds, and what is no string as # and its DER in hex (RFC 4514, section
// 2.4).
func dnValue(v asn1.RawValue) string {
	isString := v.Class == asn1.ClassUniversal && !v.IsCompound
	switch {
	case isString && v.Tag == asn1.TagBMPString && len(v.Bytes)%2 == 0:
		return escapeDN(render.UTF16(v.Bytes, false))
	case isString && isTextTag(v.Tag):
		return escapeDN(string(v.Bytes))
	}
	return "#" + hex.EncodeToString(v.FullBytes)
}

func isTextTag(tag int) bool {
	switch tag {
	case asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagIA5String, asn1.TagT61String, asn1.TagNumericString:
		return true
	}
	return false
}

var dnEscaper = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `+`, `\+`, `"`, `\"`, `<`, `\<`, `>`, `\>`, `;`, `\;`)

func escapeDN(s string) string { return render.Printable(dnEscaper.Replace(s)) }

// generalNameString renders the choices of a GeneralName (RFC 5280, section 4.2.1.6) that have a text form.
func FormatGeneralName(der []byte) (string, bool) {
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(der, &v)
	if err != nil || len(rest) > 0 || v.Class != asn1.ClassContextSpecific {
		return "", false
	}
	switch v.Tag {
	case 1, 2, 6: // rfc822Name, dNSName, uniformResourceIdentifier
		return render.Printable(string(v.Bytes)), true
	case 4: // directoryName, with an explicit tag
		dn, err := FormatDN(v.Bytes)
		return dn, err == nil
	case 7: // iPAddress
		a := wire.Addr(v.Bytes)
		return a.String(), a.IsValid()
	}
	return "", false
}
