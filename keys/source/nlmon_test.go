package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// nlmonFile is a pcap file of nlmon with frames of a family of netlink.
func nlmonFile(family byte, frames ...[]byte) []byte {
	le := binary.LittleEndian
	b := []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 253, 0, 0, 0}
	for i, f := range frames {
		f = append([]byte{0, 4, 3, 0x38, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, family}, f...)
		b = le.AppendUint32(le.AppendUint32(b, uint32(1700000000+i)), 0)
		b = append(le.AppendUint32(le.AppendUint32(b, uint32(len(f))), uint32(len(f))), f...)
	}
	return b
}

// deletedMessage is what a kernel tells of an SA that it deletes: what it has of a new one, as attributes.
func deletedMessage(order binary.AppendByteOrder) []byte {
	m := netlinkMessage(order, 4)
	info, attrs := m[nlHeader:nlHeader+saInfoLen], m[nlHeader+saInfoLen:]
	b := append(bytes.Clone(m[:nlHeader]), make([]byte, saIDLen)...)
	b = append(append(order.AppendUint16(order.AppendUint16(b, 4+saInfoLen), 6), info...), attrs...)
	copy(b, order.AppendUint16(order.AppendUint32(nil, uint32(len(b))), nlDeleteSA))
	return b
}

// The SAs are those of each message in a packet: of new and of deleted ones. SAs without keys are said, and keys that the kernel hides.
func TestNlmonMessages(t *testing.T) {
	le := binary.LittleEndian
	one, other := netlinkMessage(le, 4), netlinkMessage(le, 4)
	other[saSPI+3] = 1
	two := append(append(bytes.Clone(one), make([]byte, -len(one)&3)...), other...)
	bare := bytes.Clone(one[:nlHeader+saInfoLen])
	copy(bare, le.AppendUint32(nil, uint32(len(bare))))
	hidden := bytes.ReplaceAll(one, []byte{0xab}, []byte{0})
	for name, x := range map[string]struct {
		file []byte
		sas  int
		want string // in a warning or the error
	}{
		"several in a packet":    {nlmonFile(6, two), 2, ""},
		"one twice":              {nlmonFile(6, one, one), 1, ""},
		"deleted":                {nlmonFile(6, deletedMessage(le)), 1, ""},
		"deleted, big-endian":    {nlmonFile(6, deletedMessage(binary.BigEndian)), 1, ""},
		"without keys":           {nlmonFile(6, bare), 0, "run ip xfrm state as root while nlmon is captured"},
		"hidden":                 {nlmonFile(6, hidden), 0, "SA 0x000003e9: keys: redacted"},
		"messages of routes":     {nlmonFile(0, one), 0, "this is a capture"},
		"cut in the last packet": {nlmonFile(6, one, other)[:len(nlmonFile(6, one, other))-20], 1, ""},
		"nothing of SAs":         {nlmonFile(6, make([]byte, 40)), 0, "a capture of nlmon without SAs"},
	} {
		b, err := Read("x", x.file)
		said := ""
		if format := (*FormatError)(nil); errors.As(err, &format) {
			said = err.Error()
		} else if err != nil {
			t.Fatal(name, err)
		}
		sas := 0
		if b != nil {
			sas = len(b.SAs)
			for _, w := range b.Warnings {
				said += w.Text + "\n"
			}
		}
		if sas != x.sas || !strings.Contains(said, x.want) {
			t.Errorf("%s: %d SAs, %s", name, sas, said)
		}
	}
	if sas := ReadBlock(capture.SecretBlock{Path: "x", Frame: 3, Data: two}); len(sas) != 2 || sas[0].Source.Line != 3 {
		t.Error(sas)
	}
}
