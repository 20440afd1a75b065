package decode

// Cert1 is a Certificate payload (RFC 2408, section 3.9).
type Cert1 struct {
	Encoding CertEncoding
	Data     []byte
}

func parseCert1(c *cursor) Body {
	return &Cert1{Encoding: CertEncoding(c.uint8("certificate encoding")), Data: c.rest()}
}

// Append implements Body.
func (p *Cert1) Append(dst []byte) []byte { return append(append(dst, byte(p.Encoding)), p.Data...) }

// Subject is the subject of an X.509 certificate; false where it is of another kind or does not parse.
func (p *Cert1) Subject() (string, bool) {
	if !p.Encoding.IsX509() {
		return "", false
	}
	return certSubject(p.Data)
}

// String is the encoding, followed by the subject where it can be told.
func (p *Cert1) String() string {
	if s, ok := p.Subject(); ok {
		return p.Encoding.String() + ": " + s
	}
	return p.Encoding.String()
}
