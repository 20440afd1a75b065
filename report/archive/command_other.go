//go:build !unix

package archive

func (x *command) alone() {}
