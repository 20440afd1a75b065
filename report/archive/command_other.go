//go:build !unix

package archive

const shell = "sh"

func (x *command) alone() {}
