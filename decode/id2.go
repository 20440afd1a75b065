package decode

// ID2 is an Identification payload of IKEv2 (RFC 7296, section 3.5), IDi or IDr, or one of a group, IDg (RFC 9838).
type ID2 struct {
	Type     IDType
	Reserved uint32 // 3 bytes, zero
	Data     []byte
}

// Identification types that IKEv1 does not have or calls by another name (RFC 7296, section 3.5; RFC 4595; RFC 7619).
const (
	IDRFC822Addr IDType = 3
	IDFCName     IDType = 12
	IDNull       IDType = 13
)

var idTypeNames2 = map[IDType]string{
	0: "none", IDIPv4Addr: "ID_IPV4_ADDR", IDFQDN: "ID_FQDN", IDRFC822Addr: "ID_RFC822_ADDR", IDIPv6Addr: "ID_IPV6_ADDR",
	IDDERASN1DN: "ID_DER_ASN1_DN", IDDERASN1GN: "ID_DER_ASN1_GN", IDKeyID: "ID_KEY_ID", IDFCName: "ID_FC_NAME",
	IDNull: "ID_NULL",
}

// IDTypeName2 is the name that the type has in IKEv2, such as "ID_RFC822_ADDR", or "ID type 99".
func IDTypeName2(t IDType) string { return nameOf(idTypeNames2, t, "ID type") }

func parseID2(c *cursor) Body {
	id := &ID2{Type: IDType(c.uint8("ID type"))}
	id.Reserved = c.reserved("reserved bytes of the ID payload", 3)
	off := c.Offset()
	id.Data = c.rest()
	want, isAddr := id.addrLen()
	switch {
	case isAddr && len(id.Data) < want:
		c.failAt(off, IDTypeName2(id.Type)+" data", ErrTruncated)
	case isAddr && len(id.Data) > want:
		c.note(off+want, "%d bytes left over in %s data", len(id.Data)-want, IDTypeName2(id.Type))
	}
	return id
}

// addrLen is the length of the data where it is an address. IKEv2 has no subnets and ranges here.
func (id *ID2) addrLen() (int, bool) {
	switch id.Type {
	case IDIPv4Addr:
		return 4, true
	case IDIPv6Addr:
		return 16, true
	}
	return 0, false
}

// Append implements Body.
func (id *ID2) Append(dst []byte) []byte {
	dst = append(dst, byte(id.Type), byte(id.Reserved>>16), byte(id.Reserved>>8), byte(id.Reserved))
	return append(dst, id.Data...)
}

// Value is the identity: "192.0.2.1", "gwa.example.org", "user@example.org", "C=CH, CN=gwa", "%any" for ID_NULL, or hex as
// 0x… for what has no text form.
func (id *ID2) Value() string {
	switch id.Type {
	case IDNull:
		if len(id.Data) == 0 {
			return "%any"
		}
	case IDIPv4Addr, IDIPv6Addr, IDFQDN, IDRFC822Addr, IDDERASN1DN, IDDERASN1GN, IDKeyID:
		return IdentityValue(id.Type, id.Data)
	}
	return hexValue(id.Data)
}

// String is Value.
func (id *ID2) String() string { return id.Value() }
