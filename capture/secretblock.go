package capture

import "fmt"

// SecretESP is the type of a Decryption Secrets Block that holds IPsec keys ("ESPS").
const SecretESP = 0x45535053

// A SecretBlock is the content of a Decryption Secrets Block of a pcapng file, or keys that a packet tells. It is key material.
type SecretBlock struct {
	Path string
	Type uint32 // SecretESP, or of a protocol that is not read here: TLS, SSH, WireGuard, ZigBee
	Data []byte
	// Frame is the packet of the file, counted from 1, that has messages about SAs between a Linux kernel and its programs (LinkNetlink): these are
	// Data, and there is no Type. 0: it is a block.
	Frame int
}

// OfIPsec reports whether there are keys of IPsec, which are read here.
func (b SecretBlock) OfIPsec() bool { return b.Type == SecretESP || b.Frame > 0 }

// String names the block without what is in it.
func (b SecretBlock) String() string {
	if b.Frame > 0 {
		return fmt.Sprintf("netlink messages of %d bytes in %s, packet %d", len(b.Data), b.Path, b.Frame)
	}
	return fmt.Sprintf("decryption secrets block of %d bytes in %s", len(b.Data), b.Path)
}

// GoString is String: %#v must not print keys either.
func (b SecretBlock) GoString() string { return b.String() }

// A secretList are the blocks of an input.
type secretList struct {
	found         []SecretBlock
	total, beyond int
}

func (l *secretList) add(b SecretBlock, whole bool) {
	if !whole || l.total+len(b.Data) > MaxSecrets {
		l.beyond++
		return
	}
	l.total += len(b.Data)
	l.found = append(l.found, b)
}
