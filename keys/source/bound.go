package source

// What is kept of a line, in bytes of memory: a secret or an SA with its keys, its place in indexes, and what was in use on the way there.
const keptBytes = 400

// kept is about how many bytes readings take.
func kept(readings []*reading) (n int64) {
	for _, r := range readings {
		n += keptBytes * int64(len(r.bag.Secrets)+len(r.bag.SAs)+len(r.bag.Events)+len(r.bag.Warnings))
	}
	return n
}

// full reports whether there is no room for more.
func (v *visit) full(readings []*reading) bool {
	return v.MaxMemory > 0 && v.kept+kept(readings) >= v.MaxMemory
}

// keep counts what readings take for the files to come.
func (v *visit) keep(readings []*reading) { v.kept += kept(readings) }
