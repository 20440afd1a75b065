package decode

// CertReq1 is a Certificate Request payload (RFC 2408, section 3.10).
type CertReq1 struct {
	Encoding CertEncoding
	Data     []byte // the authority asked for, empty for any: for X.509 its distinguished name in DER
}

func parseCertReq1(c *cursor) Body {
	return &CertReq1{Encoding: CertEncoding(c.uint8("certificate type")), Data: c.rest()}
}

// Append implements Body.
func (p *CertReq1) Append(dst []byte) []byte {
	return append(append(dst, byte(p.Encoding)), p.Data...)
}

// Authority is the distinguished name of the authority asked for; false where there is none or it is of another kind.
func (p *CertReq1) Authority() (string, bool) {
	if len(p.Data) == 0 {
		return "", false
	}
	dn, err := dnString(p.Data)
	return dn, err == nil
}

// String is the encoding, followed by the authority.
func (p *CertReq1) String() string {
	if s, ok := p.Authority(); ok {
		return p.Encoding.String() + ": " + s
	}
	if len(p.Data) == 0 {
		return p.Encoding.String() + ": any authority"
	}
	return p.Encoding.String() + ": " + hexValue(p.Data)
}
