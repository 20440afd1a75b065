package decodetest

import (
	"github.com/ikedecode/ikedecode/decode"
)

// Basic is an attribute in the TV form.
func Basic(typ, v uint16) decode.Attribute {
	return decode.Attribute{Type: typ, Basic: true, Value: []byte{byte(v >> 8), byte(v)}}
}

// Long is an attribute in the TLV form.
func Long(typ uint16, v ...byte) decode.Attribute { return decode.Attribute{Type: typ, Value: v} }
