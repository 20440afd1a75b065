package main

import "golang.org/x/sys/unix"

// mountReadOnly mounts an empty file system that cannot be written, which only root may.
func mountReadOnly(dir string) error {
	return unix.Mount("none", dir, "tmpfs", unix.MS_RDONLY, "size=64k")
}

func unmount(dir string) { _ = unix.Unmount(dir, 0) }
