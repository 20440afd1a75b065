package capture

import (
	"cmp"
	"slices"
)

// An Unread counts packets that are not looked into, for one reason.
type Unread struct {
	// Link is the type of their frames where the link header is why: it is not known or, for a wireless network, its frames are encrypted, in
	// pieces, several in one frame, or damaged. Elsewhere In says what is not read.
	Link    LinkType
	In      Encapsulation
	Packets int
	Frames  []int // the first of them
}

// maxUnreadFrames bounds Unread.Frames.
const maxUnreadFrames = 256

type unreadKey struct {
	link LinkType
	in   Encapsulation
}

type unreadCounts map[unreadKey]*Unread

func (c unreadCounts) add(k unreadKey, frame int) {
	if k.in != NoEncapsulation {
		k.link = 0
	}
	u := c[k]
	if u == nil {
		u = &Unread{Link: k.link, In: k.in}
		c[k] = u
	}
	u.Packets++
	if len(u.Frames) < maxUnreadFrames {
		u.Frames = append(u.Frames, frame)
	}
}

func (c unreadCounts) list() []Unread {
	var list []Unread
	for _, u := range c {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b Unread) int {
		return cmp.Or(cmp.Compare(b.Packets, a.Packets), cmp.Compare(a.In, b.In), cmp.Compare(a.Link, b.Link))
	})
	return list
}
