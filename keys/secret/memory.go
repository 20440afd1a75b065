package secret

import (
	"unsafe"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// Memory is about how many bytes the bag takes.
func (b *Bag) Memory() int64 {
	if b == nil {
		return 0
	}
	const inIndex = 40 // of the index, and of who looks for it
	n := int64(len(b.Secrets))*(int64(unsafe.Sizeof(Secret{}))+inIndex) + int64(len(b.SAs))*(int64(unsafe.Sizeof(esp.Params{}))+inIndex)
	for i := range b.Secrets {
		n += int64(cap(b.Secrets[i].Value))
	}
	for i := range b.SAs {
		n += int64(cap(b.SAs[i].CipherKey) + cap(b.SAs[i].MACKey))
	}
	return n + int64(len(b.Events))*int64(unsafe.Sizeof(logs.Event{}))
}
