package archive

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// An UpdateOptions says how a manifest is made.
type UpdateOptions struct {
	Workers  int
	LookBack time.Duration
	Stretch  int64               // bytes of an unpacked file that are one; 0: all
	Progress func(bytes int64)   // is told how much more has been read; may be nil
	IsSource func(o Object) bool // which objects are captures, by their names; nil: all are
}

var errNotUTF8 = errors.New("the name is not UTF-8: rename it")

// Update makes a manifest that of the objects of an archive: what is new or changed, or could not be read the last time, is read, what is gone is left
// out. Those that are no captures are other.
func (m *Manifest) Update(ctx context.Context, s Store, o UpdateOptions) (other []string, err error) {
	objects, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	known := make(map[string]*File)
	if m.LookBack == o.LookBack.Seconds() {
		for _, f := range m.Files {
			known[f.Name] = f
		}
	}
	m.LookBack, m.Files = o.LookBack.Seconds(), nil
	var mu sync.Mutex
	var work []Object
	for _, obj := range objects {
		switch f := known[obj.Name]; {
		case obj.Err != nil:
			m.Files = append(m.Files, &File{Name: obj.Name, Cut: obj.Err.Error()})
		case o.IsSource != nil && !o.IsSource(obj):
		case !utf8.ValidString(obj.Name):
			m.Files = append(m.Files, &File{Name: strings.ToValidUTF8(obj.Name, "\ufffd"), Size: obj.Size, Modified: obj.Modified, Cut: errNotUTF8.Error()})
		case !fs.ValidPath(obj.Name): // in a store it may have any name
			m.Files = append(m.Files, &File{Name: obj.Name, Size: obj.Size, Modified: obj.Modified, Cut: errOutside.Error()})
		case f != nil && !f.Unread() && f.Size == obj.Size && f.Modified.Equal(obj.Modified) && f.inParts(o.Stretch):
			m.Files = append(m.Files, f)
		default:
			work = append(work, obj)
		}
	}
	slices.SortFunc(work, func(a, b Object) int { return cmp.Compare(b.Size, a.Size) })
	err = Each(ctx, o.Workers, work, func(obj Object) error {
		f, err := scan(ctx, s, obj, o)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errNoCapture):
			other = append(other, obj.Name)
		case errors.Is(err, fs.ErrNotExist): // gone since it was listed
		case err != nil:
			m.Files = append(m.Files, &File{Name: obj.Name, Size: obj.Size, Modified: obj.Modified, Cut: err.Error()})
		default:
			m.Files = append(m.Files, f)
		}
		return nil
	})
	slices.SortFunc(m.Files, func(a, b *File) int { return cmp.Compare(a.Name, b.Name) })
	slices.Sort(other)
	return other, err
}

// inParts reports whether the stretches of a file are what scan makes of it with so many bytes each; 0: it is one.
func (f *File) inParts(size int64) bool {
	if f.Bound || size == 0 {
		return f.Bound || len(f.Stretches) <= 1
	}
	const packet = 260 << 10 // at most: the last one of a stretch may go beyond its size
	for i, s := range f.Stretches {
		if last := i == len(f.Stretches)-1; s.Bytes > size+packet || !last && s.To-s.From < size {
			return false
		}
	}
	return true
}

// Each does work for every one of a list, in that order, several at once. The first error ends it.
func Each[T any](ctx context.Context, workers int, list []T, do func(T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan T)
	var wg sync.WaitGroup
	for range max(1, workers) {
		wg.Go(func() {
			for x := range queue {
				if err := do(x); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, x := range list {
		select {
		case queue <- x:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(queue)
	wg.Wait()
	return context.Cause(ctx)
}
