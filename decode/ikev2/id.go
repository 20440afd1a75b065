package ikev2

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/render"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// ID is an Identification payload of IKEv2 (RFC 7296, section 3.5), IDi or IDr, or one of a group, IDg (RFC 9838).
type ID struct {
	Type     decode.IDType
	Reserved uint32 // 3 bytes, zero
	Data     []byte
}

// Identification types that IKEv1 does not have or calls by another name (RFC 7296, section 3.5; RFC 4595; RFC 7619).
const (
	IDRFC822Addr decode.IDType = 3
	IDFCName     decode.IDType = 12
	IDNull       decode.IDType = 13
)

var idTypeNames = map[decode.IDType]string{
	0: "none", decode.IDIPv4Addr: "ID_IPV4_ADDR", decode.IDFQDN: "ID_FQDN", IDRFC822Addr: "ID_RFC822_ADDR", decode.IDIPv6Addr: "ID_IPV6_ADDR",
	decode.IDDERASN1DN: "ID_DER_ASN1_DN", decode.IDDERASN1GN: "ID_DER_ASN1_GN", decode.IDKeyID: "ID_KEY_ID", IDFCName: "ID_FC_NAME",
	IDNull: "ID_NULL",
}

// IDTypeName is the name that the type has in IKEv2, such as "ID_RFC822_ADDR", or "ID type 99".
func IDTypeName(t decode.IDType) string { return render.Name(idTypeNames, t, "ID type") }

func parseID(c *wire.Cursor) decode.Body {
	id := &ID{Type: decode.IDType(c.Uint8("ID type"))}
	id.Reserved = c.Reserved("reserved bytes of the ID payload", 3)
	off := c.Offset()
	id.Data = c.Rest()
	want, isAddr := id.addrLen()
	switch {
	case isAddr && len(id.Data) < want:
		c.FailAt(off, IDTypeName(id.Type)+" data", wire.ErrTruncated)
	case isAddr && len(id.Data) > want:
		c.Note(off+want, "%d bytes left over in %s data", len(id.Data)-want, IDTypeName(id.Type))
	}
	return id
}

// addrLen is the length of the data where it is an address. IKEv2 has no subnets and ranges here.
func (id *ID) addrLen() (int, bool) {
	switch id.Type {
	case decode.IDIPv4Addr:
		return 4, true
	case decode.IDIPv6Addr:
		return 16, true
	}
	return 0, false
}

// Append implements Body.
func (id *ID) Append(dst []byte) []byte {
	dst = append(dst, byte(id.Type), byte(id.Reserved>>16), byte(id.Reserved>>8), byte(id.Reserved))
	return append(dst, id.Data...)
}

// Value is the identity: "192.0.2.1", "gwa.example.org", "user@example.org", "C=CH, CN=gwa", "%any" for ID_NULL, or hex as
// 0x… for what has no text form.
func (id *ID) Value() string {
	switch id.Type {
	case IDNull:
		if len(id.Data) == 0 {
			return "%any"
		}
	case decode.IDIPv4Addr, decode.IDIPv6Addr, decode.IDFQDN, IDRFC822Addr, decode.IDDERASN1DN, decode.IDDERASN1GN, decode.IDKeyID:
		return decode.IdentityValue(id.Type, id.Data)
	}
	return render.Hex(id.Data)
}

// String is Value.
func (id *ID) String() string { return id.Value() }
