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

// SecretBlocks returns the Decryption Secrets Blocks, of all types, wherever in a pcapng file they are, and how many are left out because
// those of their file are larger than MaxSecrets together. Before the end of the first pass a call reads the pcapng inputs through.
func (s *Source) SecretBlocks() (blocks []SecretBlock, beyond int) {
	s.mu.Lock()
	done := s.scanned
	s.mu.Unlock()
	if !done {
		var found []SecretBlock
		for _, in := range s.inputs {
			if in.ng {
				list, more := in.secretBlocks(false)
				found, beyond = append(found, list...), beyond+more
			}
		}
		s.mu.Lock()
		s.secrets, s.beyond, s.scanned = found, beyond, true
		s.mu.Unlock()
	}
	return s.secrets, s.beyond
}

// FrontSecretBlocks is SecretBlocks without what is behind the first packet of each file, and need not wait for the rest of a pipe.
func (s *Source) FrontSecretBlocks() (blocks []SecretBlock, beyond int) {
	for _, in := range s.inputs {
		if in.ng {
			list, more := in.secretBlocks(true)
			blocks, beyond = append(blocks, list...), beyond+more
		}
	}
	return blocks, beyond
}

// passed takes the blocks, by input, that a pass has met, which has come to its end.
func (s *Source) passed(met map[int]*secretList) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scanned || s.live != nil {
		return
	}
	for i, in := range s.inputs {
		l := met[i]
		if in.empty && in.ng { // no pass reads it
			l = &secretList{}
			l.found, l.beyond = in.secretBlocks(false)
		}
		if l != nil {
			s.secrets, s.beyond = append(s.secrets, l.found...), s.beyond+l.beyond
		}
	}
	s.scanned = true
}

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

// secretBlocks reads the input for its secrets, or its front. Where it cannot be read is for the passes to say.
func (in *input) secretBlocks(front bool) (found []SecretBlock, beyond int) {
	r, err := in.reader()
	if err != nil {
		return nil, 0
	}
	defer r.Close()
	buffer := streamBuffer
	if front {
		buffer = shortHead
	}
	var l secretList
	f, err := in.framer(r, buffer, func(typ uint32, data []byte, whole bool) { l.add(in.name(), typ, data, whole) })
	for p := new(Packet); err == nil; {
		if err = f.next(p); front {
			break
		}
	}
	return l.found, l.beyond
}
