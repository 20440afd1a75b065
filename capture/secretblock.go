package capture

import "fmt"

// SecretESP is the type of a Decryption Secrets Block that holds IPsec keys ("ESPS").
const SecretESP = 0x45535053

// A SecretBlock is the content of a Decryption Secrets Block of a pcapng file. It is key material.
type SecretBlock struct {
	Path string
	Type uint32 // SecretESP, or of a protocol that is not read here: TLS, SSH, WireGuard, ZigBee
	Data []byte
}

// String names the block without what is in it.
func (b SecretBlock) String() string {
	return fmt.Sprintf("decryption secrets block of %d bytes in %s", len(b.Data), b.Path)
}

// GoString is String: %#v must not print keys either.
func (b SecretBlock) GoString() string { return b.String() }

// A secretList are the blocks of an input.
type secretList struct {
	found         []SecretBlock
	total, beyond int
}

func (l *secretList) add(path string, typ uint32, data []byte, whole bool) {
	if !whole || l.total+len(data) > MaxSecrets {
		l.beyond++
		return
	}
	l.total += len(data)
	l.found = append(l.found, SecretBlock{path, typ, data})
}
