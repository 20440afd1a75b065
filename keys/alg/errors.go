package alg

import "errors"

// ErrKeyLength says that a cipher has no keys of that length.
var ErrKeyLength = errors.New("no such key length")

// What is wrong with a value given to a group.
var (
	ErrPublicValue  = errors.New("public value not in the group")
	ErrPrivateValue = errors.New("private value out of range")
)
