package decode

import "github.com/ikedecode/ikedecode/decode/internal/wire"

// A SyntaxError says where in a message parsing failed, and why. It reads "SPI at offset 40: data ends early".
type SyntaxError = wire.SyntaxError

// A Note is something odd but readable in a message.
type Note = wire.Note

// What a SyntaxError can wrap. Callers tell them apart with errors.Is.
var (
	// ErrTruncated: the data ends before the field does.
	ErrTruncated = wire.ErrTruncated
	// ErrLength: a length field that cannot be, such as one smaller than its own header.
	ErrLength = wire.ErrLength
	// ErrValue: a value that the field does not allow.
	ErrValue = wire.ErrValue
	// ErrCount: a count that does not match what is there.
	ErrCount = wire.ErrCount
)
