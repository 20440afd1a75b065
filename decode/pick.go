package decode

// Parse parses one message by the grammar of the major version in its header. It returns what it could decode together with
// the first error; the message is nil only where b is shorter than a header. decode.ParseWith says more.
func Parse(b []byte) (*Message, error) { return ParseWith(grammarOf(b), b) }

func grammarOf(b []byte) *Grammar {
	if len(b) <= VersionOffset {
		return foreign
	}
	switch b[VersionOffset] >> 4 {
	case 1:
		return Grammar1
	case 2:
		return Grammar2
	}
	return foreign
}

// foreign reads messages of other versions: their payloads stay closed. The encryption flag is taken for what it is in IKEv1.
var foreign = &Grammar{
	Flags: 0xff,
	Header: func(h Header, body []byte) (bool, []Note) {
		odd := NoteAt(VersionOffset, "major version %d is neither 1 nor 2", h.Major())
		return Encrypted(h, body), []Note{odd}
	},
}
