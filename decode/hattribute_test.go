package decode

// basic is an attribute in the TV form.
func basic(typ, v uint16) Attribute { return Attribute{typ, true, []byte{byte(v >> 8), byte(v)}} }

// long is an attribute in the TLV form.
func long(typ uint16, v ...byte) Attribute { return Attribute{typ, false, v} }
