package cert

import "github.com/ikedecode/ikedecode/decode/ike"

// FormatDN renders a distinguished name in DER, in the order that it has there: "C=CH, O=Example, CN=gwa.example.org".
func FormatDN(der []byte) (string, error) { return ike.DN(der) }

// FormatGeneralName renders the choices of a GeneralName (RFC 5280, section 4.2.1.6) that have a text form.
func FormatGeneralName(der []byte) (string, bool) { return ike.GeneralName(der) }
