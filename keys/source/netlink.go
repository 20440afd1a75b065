package source

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// A netlink message by which an IKE daemon gives the Linux kernel an SA (linux/netlink.h, linux/xfrm.h), in the byte order of the machine:
//
//	nlmsghdr: length 4, type 2, flags 2, sequence 4, process 4
//	xfrm_usersa_info: selector 56; destination 16, SPI 4, protocol 1, padding 3; source 16; lifetimes and statistics 108; sequence 4, reqid 4;
//	  family 2, mode 1, replay window 1, flags 1, padding 7, or 3 where 64 bits need no alignment
//	attributes: length 2, type 2, value, padding to 4
const (
	nlHeader     = 16
	nlNewSA      = 0x10 // XFRM_MSG_NEWSA
	nlDeleteSA   = 0x11 // XFRM_MSG_DELSA: the kernel's tells the whole SA, as attributes
	nlUpdateSA   = 0x1a // XFRM_MSG_UPDSA
	saDst        = nlHeader + 56
	saSPI        = saDst + 16
	saProto      = saSPI + 4
	saSrc        = saProto + 4
	saFamily     = saSrc + 16 + 108 + 8
	saMode       = saFamily + 2
	saFlags      = saMode + 2
	saInfoLen    = 224
	saInfoLen32  = 220
	saIDLen      = 24  // of xfrm_usersa_id
	saFlagESN    = 128 // XFRM_STATE_ESN
	attrAuth     = 1   // XFRMA_ALG_AUTH: name 64, bits of the key 4, key
	attrCrypt    = 2
	attrEncap    = 4  // type 2, ports
	attrSA       = 6  // xfrm_usersa_info
	attrAEAD     = 18 // name 64, bits of the key 4, bits of the ICV 4, key
	attrTrunc    = 20 // likewise of a MAC
	attrNameLen  = 64
	familyIPv4   = 2 // AF_INET
	modeTunnel   = 1
	modeBEET     = 4
	encapsTypes  = 2 // UDP_ENCAP_ESPINUDP; 1 is that without non-IKE marker of drafts
	mostNetlinks = 1 << 16
)

// netlinkLen is the length that a message states, and the byte order it does so in; 0: there is no message.
func netlinkLen(b []byte) (n int, order binary.ByteOrder) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if len(b) < nlHeader {
			break
		}
		if n := order.Uint32(b); n >= nlHeader && uint64(n) <= uint64(len(b)) {
			return int(n), order
		}
	}
	return 0, binary.LittleEndian
}

// newForDeleted puts the parts of a message about a deleted SA where one about a new SA has them; nil: it is a program's order, which has none.
func newForDeleted(b []byte, order binary.ByteOrder) []byte {
	attrs := b[nlHeader+saIDLen:]
	if len(attrs) < 4 || order.Uint16(attrs[2:]) != attrSA {
		return nil
	}
	size := int(order.Uint16(attrs))
	if size != 4+saInfoLen && size != 4+saInfoLen32 || size > len(attrs) {
		return nil
	}
	return append(append(bytes.Clone(b[:nlHeader]), attrs[4:size]...), attrs[size:]...)
}

// netlinkSA is the SA that a message has; an error names what is not known, and ok is false where the message has none. One that has no algorithms, as
// while it is negotiated, is without Cipher and MAC.
func netlinkSA(b []byte) (sa esp.Params, ok bool, err error) {
	n, order := netlinkLen(b)
	if n != len(b) || n < nlHeader+saInfoLen32 {
		return sa, false, nil
	}
	switch order.Uint16(b[4:]) {
	case nlNewSA, nlUpdateSA:
	case nlDeleteSA:
		if b = newForDeleted(b, order); b == nil {
			return sa, false, nil
		}
	default:
		return sa, false, nil
	}
	sa.SPI, sa.Protocol = binary.BigEndian.Uint32(b[saSPI:]), esp.Protocol(b[saProto])
	if sa.SPI == 0 || sa.Protocol != esp.ESP && sa.Protocol != esp.AH {
		return sa, false, nil
	}
	n = 16
	if order.Uint16(b[saFamily:]) == familyIPv4 {
		n = 4
	}
	src, _ := netip.AddrFromSlice(b[saSrc : saSrc+n])
	dst, _ := netip.AddrFromSlice(b[saDst : saDst+n])
	sa.Src, sa.Dst = xfrmAddr(src), xfrmAddr(dst)
	sa.Tunnel, sa.Transport, sa.BEET = b[saMode] == modeTunnel, b[saMode] == 0, b[saMode] == modeBEET
	sa.ESN = b[saFlags]&saFlagESN != 0
	attrs := b[nlHeader+saInfoLen32:]
	if len(attrs) >= 4 && order.Uint32(attrs) == 0 && len(b) >= nlHeader+saInfoLen { // padding: no attribute has no length
		attrs = b[nlHeader+saInfoLen:]
	}
	for len(attrs) >= 4 {
		size := int(order.Uint16(attrs))
		if size < 4 || size > len(attrs) {
			break
		}
		if err := netlinkAttr(&sa, order, order.Uint16(attrs[2:]), attrs[4:size]); err != nil {
			return sa, true, err
		}
		attrs = attrs[min((size+3)&^3, len(attrs)):]
	}
	if sa.Cipher == nil && sa.MAC != nil && sa.Protocol == esp.ESP {
		setCipher(&sa, nullCipher(), nil)
	}
	return sa, true, nil
}

// netlinkAttr takes an attribute of an SA.
func netlinkAttr(sa *esp.Params, order binary.ByteOrder, kind uint16, value []byte) error {
	sized := kind == attrAEAD || kind == attrTrunc
	switch kind {
	case attrEncap:
		sa.UDP = len(value) >= 2 && order.Uint16(value) <= encapsTypes
		return nil
	case attrAuth, attrCrypt, attrAEAD, attrTrunc:
	default:
		return nil
	}
	at := attrNameLen + 4
	if sized {
		at += 4
	}
	if len(value) < at {
		return nil
	}
	name := string(bytes.TrimRight(value[:attrNameLen], "\x00"))
	n, bits := int(order.Uint32(value[attrNameLen:])/8), 0
	if sized {
		bits = int(order.Uint32(value[attrNameLen+4:]))
	}
	if n > len(value)-at {
		return nil
	}
	key, known := bytes.Clone(value[at:at+n]), true
	switch kind {
	case attrCrypt, attrAEAD:
		known = setCipher(sa, cipherByXFRM(name, bits), key)
	case attrAuth:
		if sa.MAC != nil { // XFRMA_ALG_AUTH_TRUNC says more
			return nil
		}
		fallthrough
	case attrTrunc:
		var mac *alg.MAC
		mac, sa.ICVLen = macByXFRM(name, bits)
		known = setMAC(sa, mac, key)
	}
	if !known {
		return fmt.Errorf("algorithm %q is not known", name)
	}
	return nil
}
