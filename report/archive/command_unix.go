//go:build unix

package archive

import "syscall"

// shell is where every Unix has its shell, whatever the PATH.
const shell = "/bin/sh"

// alone puts the command into a process group of its own, which ends as a whole.
func (x *command) alone() {
	x.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	x.Cancel = func() error { return syscall.Kill(-x.Process.Pid, syscall.SIGKILL) }
}
