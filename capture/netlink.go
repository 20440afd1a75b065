package capture

import (
	"bytes"
	"encoding/binary"
	"io"
)

// LinkNetlink is the link type of Linux' interface nlmon, on which the messages between the kernel and its programs are seen. Those about SAs have their
// keys: they are SecretBlocks, wherever in a capture they are.
const LinkNetlink LinkType = 253

// A frame has a header like that of Linux "any", version 1, with the family of netlink in the place of the EtherType.
const (
	netlinkHeaderLen = 16
	netlinkFamily    = 14
	familyXFRM       = 6 // NETLINK_XFRM
)

// xfrmMessages are the netlink messages of a frame that are about IPsec; nil: it has none.
func xfrmMessages(p *Packet) []byte {
	if p.Link != LinkNetlink || len(p.Data) <= netlinkHeaderLen || binary.BigEndian.Uint16(p.Data[netlinkFamily:]) != familyXFRM {
		return nil
	}
	return p.Data[netlinkHeaderLen:]
}

// toldBy is what a packet of the input tells.
func (in *input) toldBy(frame int, messages []byte) SecretBlock {
	return SecretBlock{Path: in.name(), Data: bytes.Clone(messages), Frame: frame}
}

// parseNetlink is for frames that have no IP packet.
func parseNetlink([]byte, int) linkHeader { return noIP }

// IsNetlink reports whether a capture, not compressed, is one of nlmon by its first bytes: a pcap file, or a pcapng file whose first interface that is.
func IsNetlink(head []byte) bool {
	if order, _, ok := pcapMagic(head); ok {
		return len(head) >= pcapHeaderLen && LinkType(order.Uint32(head[20:])) == LinkNetlink
	}
	f := newNgFramer(newStream(bytes.NewReader(head), len(head)+1))
	_ = f.next(new(Packet)) // it reads the interfaces, and fails where the head ends
	return isNg(head) && len(f.ifaces) > 0 && f.ifaces[0].link == LinkNetlink
}

// ReadSecrets reads a capture, not compressed, for the keys that it carries apart from what they decrypt: those of secrets blocks, and those in messages of
// netlink. It reads as far as the capture can be read. beyond is how many are left out, as of [Source.SecretBlocks].
func ReadSecrets(name string, r io.Reader) (blocks []SecretBlock, beyond int) {
	in := &input{diskFile: diskFile{path: name}}
	head := make([]byte, pcapHeaderLen)
	n, _ := io.ReadFull(r, head)
	if in.recognise(head[:n]) != nil {
		return nil, 0
	}
	l := in.secretsIn(io.MultiReader(bytes.NewReader(head[:n]), r), false)
	return l.found, l.beyond
}
