package source

import (
	"iter"
	"os"
	"runtime"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// Each reads files as read does, several at once, and gives what each of them holds to use in their order, until that returns false. use merges it
// into bag: the bounds of o are for all files together. Only regular files are read before it is their turn, as others give what they have once.
func (o Options) Each(paths iter.Seq[string], bag *secret.Bag, read func(o Options, path string) (*secret.Bag, error),
	use func(path string, b *secret.Bag, err error) bool) {
	n := max(1, runtime.GOMAXPROCS(0))
	part := o
	if o.MaxMemory > 0 {
		part.MaxMemory = max(1, o.MaxMemory/int64(2*n)) // there are n+1 of them at most, and what was read before
	}
	kept := bag.Memory()
	for f := range inOrder(n, paths, func(path string) bagRead { return part.ahead(path, read) }) {
		if o.MaxMemory > 0 && kept+f.bag.Memory() > o.MaxMemory {
			kept = bag.Memory() // what several files hold counts once
		}
		if rest := o; !f.done || f.bag.IsCut() || o.MaxMemory > 0 && kept+f.bag.Memory() > o.MaxMemory {
			if o.MaxMemory > 0 {
				rest.MaxMemory = max(1, o.MaxMemory-kept)
			}
			f.bag, f.err = read(rest, f.path)
		}
		kept += f.bag.Memory()
		if !use(f.path, f.bag, f.err) {
			return
		}
	}
}

// A bagRead is what a file gave, if it was read.
type bagRead struct {
	path string
	done bool
	bag  *secret.Bag
	err  error
}

func (o Options) ahead(path string, read func(o Options, path string) (*secret.Bag, error)) bagRead {
	f := bagRead{path: path}
	if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
		f.done = true
		f.bag, f.err = read(o, path)
	}
	return f
}

// inOrder does the work for some items at once, for about n, and yields what comes of it in their order.
func inOrder[T, R any](n int, items iter.Seq[T], work func(T) R) iter.Seq[R] {
	return func(yield func(R) bool) {
		queue, stop := make(chan chan R, n-1), make(chan struct{})
		defer close(stop)
		go func() {
			defer close(queue)
			for item := range items {
				done := make(chan R, 1)
				select {
				case queue <- done:
				case <-stop:
					return
				}
				go func() { done <- work(item) }()
			}
		}()
		for done := range queue {
			if !yield(<-done) {
				return
			}
		}
	}
}
