package page

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// The bounds of the key schedule that the page shows.
const (
	maxSchedules  = 20 // IKE SAs
	maxChildSteps = 24 // of one IKE SA
)

// A schedule is the way from secrets to keys of one IKE SA, step by step.
type schedule struct {
	Title string
	Sub   string // PRF and lengths
	Steps []step
	Note  string // what was left out
}

// A step is one formula with what goes in and what comes out.
type step struct {
	Title   string
	RFC     string
	Why     string // what the step is for
	Formula []string
	In, Out []value
	Check   string // what recomputing it gave
	OK      bool   // it was recomputed and fits
}

// A value is one input or output. Of a secret one the bytes are hidden unless they were asked for.
type value struct {
	Name   string
	Bytes  int
	From   string // where it came from: "frame 3", "PSK (--psk)", "step 2"
	Hex    string // "" where it is hidden or not known
	Hidden bool
}

// A scheduler builds schedules.
type scheduler struct {
	s    *ikedecode.Session
	show bool // secrets
}

// schedules are those of the IKE SAs whose keys are known, and how many more there are.
func schedules(s *ikedecode.Session, show bool) (list []schedule, more int) {
	w := &scheduler{s: s, show: show}
	for _, sa := range s.SAs {
		if !keysKnown(sa) {
			continue
		}
		if len(list) == maxSchedules {
			more++
			continue
		}
		if sa.Version == 2 {
			list = append(list, w.ikev2(sa))
		} else {
			list = append(list, w.ikev1(sa))
		}
	}
	return list, more
}

func keysKnown(sa *ikesa.SA) bool {
	k := sa.Keys
	return len(sa.Generations) > 0 || k.SKEYID != nil || k.D != nil || k.A != nil || k.E != nil || k.Ka != nil || k.GXY != nil
}

// hidden is a secret value.
func (w *scheduler) hidden(name string, b []byte, from string) value {
	v := value{Name: name, Bytes: len(b), From: from}
	switch {
	case b == nil:
		v.From = "not known"
	case w.show:
		v.Hex = grouped(b)
	default:
		v.Hidden = true
	}
	return v
}

// public is a value that went over the wire in the clear.
func public(name string, b []byte, from string) value {
	v := value{Name: name, Bytes: len(b), From: from}
	if b == nil {
		v.From = "not in the capture"
		return v
	}
	const most = 64
	v.Hex = grouped(b[:min(most, len(b))])
	if len(b) > most {
		v.Hex += " …"
	}
	return v
}

// nonce is a nonce: hidden where it travelled encrypted.
func (w *scheduler) nonce(name string, n nonce) value {
	if n.clear {
		return public(name, n.data, fromFrame(n.frame))
	}
	return w.hidden(name, n.data, fromFrame(n.frame))
}

// A nonce is the body of a Nonce payload with where it was.
type nonce struct {
	data  []byte
	frame int
	clear bool // it was not encrypted on the wire
}

// nonceOf is the nonce of a message, an empty one where it has none.
func nonceOf(m *ikesa.Message) nonce {
	p, ok := decode.Find(m.Payloads, ikev1.PayloadNonce)
	if m.Message.Major() == 2 {
		p, ok = decode.Find(m.Payloads, ikev2.PayloadNonce)
	}
	if !ok || p.Err != nil || m.State == ikesa.Partly {
		return nonce{}
	}
	return nonce{p.Data(), m.Frame, m.State == ikesa.Clear}
}

func fromFrame(n int) string { return fmt.Sprintf("frame %d", n) }

// grouped writes bytes in hex, in groups of four bytes, so that long values wrap.
func grouped(b []byte) string {
	var s strings.Builder
	for i := 0; i < len(b); i += 4 {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(hex.EncodeToString(b[i:min(i+4, len(b))]))
	}
	return s.String()
}

// origin says which secret that was given a value is, "" if it is none of them.
func origin(used []secret.Secret, b []byte) string {
	if b == nil {
		return ""
	}
	for _, x := range used {
		if bytes.Equal(x.Value, b) || len(x.Value) < len(b) && bytes.Equal(bytes.TrimLeft(x.Value, "\x00"), bytes.TrimLeft(b, "\x00")) {
			return given(x)
		}
	}
	return ""
}

// given says where a secret was found, without the folder: the page is for others.
func given(x secret.Secret) string {
	o := x.Origin
	if o.File != "" {
		o.File = filepath.Base(o.File)
	}
	if s := o.String(); s != "" {
		return "given: " + s
	}
	return "given"
}

// or is the first text that is not empty.
func or(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// checked says what recomputing a step gave.
func (st *step) checked(ok bool, missing string) {
	switch {
	case ok:
		st.OK, st.Check = true, "recomputed from the inputs: it fits"
	default:
		st.Check = missing
	}
}
