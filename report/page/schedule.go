package page

import (
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ikedecode/ikedecode"
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
	Title  string
	Tunnel int
	Sub    string // PRF and lengths
	Steps  []step
	Note   string // what was left out
}

// A value is one input or output. Of a secret one the bytes are hidden unless they were asked for.
type value struct {
	Name   string
	Bytes  int
	From   string // where it came from: "frame 3", "PSK (--psk)", "step 2"
	Hex    string // "" where it is hidden or not known
	Hidden bool
}

// schedules are those of the IKE SAs whose keys are known, and how many more there are. Secret values are shown where show says so.
func schedules(s *ikedecode.Session, n *naming, show bool) (list []schedule, more int) {
	for i, sa := range s.SAs {
		switch {
		case !sa.KeysKnown():
		case len(list) == maxSchedules:
			more++
		default:
			list = append(list, newSchedule(sa, show))
			list[len(list)-1].Tunnel = n.ofIKE[i]
		}
	}
	return list, more
}

func newSchedule(sa *ikesa.SA, show bool) schedule {
	s := schedule{Title: saTitle(sa.Version, sa.Initiator, sa.Responder)}
	if prf := sa.Policy.PRF; prf.Sum != nil {
		s.Sub = fmt.Sprintf("prf is %s: %d bytes come out of it", prf.Name, prf.Size)
	}
	children := 0
	for st := range sa.Steps() {
		if st.Child != nil {
			if children == maxChildSteps {
				break
			}
			children++
		}
		s.Steps = append(s.Steps, newStep(sa, &st, show))
	}
	if n := keyedChildren(sa) - children; n > 0 {
		s.Note = fmt.Sprintf("The keys of %s more IPsec SAs are left out; they are derived in the same way.", number(n))
	}
	return s
}

// keyedChildren counts the directions of children whose keys are known.
func keyedChildren(sa *ikesa.SA) (n int) {
	for _, c := range sa.Children {
		for i := range c.SAs {
			if c.SAs[i].Keyed() {
				n++
			}
		}
	}
	return n
}

// saTitle names an IKE SA.
func saTitle(version int, i, r fmt.Stringer) string {
	return fmt.Sprintf("IKE SA %v:%v, IKEv%d", i, r, version)
}

func newStep(sa *ikesa.SA, st *ikesa.Step, show bool) step {
	w := formulaWords[st.Formula]
	out := step{Title: w.title, RFC: st.RFC, Why: w.why, Formula: st.Lines, OK: st.Fits, Check: w.missing}
	if st.Fits {
		out.Check = "recomputed from the inputs: verified"
	}
	if w.more != nil {
		w.more(&out, sa, st)
	}
	for _, v := range st.In {
		out.In = append(out.In, newValue(st, &v, show))
	}
	for _, v := range st.Out {
		out.Out = append(out.Out, newValue(st, &v, show))
	}
	return out
}

func newValue(st *ikesa.Step, v *ikesa.Value, show bool) value {
	out := value{Name: v.Name, Bytes: len(v.Bytes), From: from(st, v)}
	if name := formulaWords[st.Formula].names[v.Name]; name != "" {
		out.Name = name
	}
	switch {
	case v.For == "":
	case st.Formula == ikesa.FormulaCipherKey:
		out.Name += ", for " + v.For
	default:
		out.Name += ", " + v.For
	}
	const most = 64 // bytes of what is not a secret
	switch {
	case v.Bytes == nil:
	case v.Secret && !show:
		out.Hidden = true
	case !v.Secret && len(v.Bytes) > most:
		out.Hex = grouped(v.Bytes[:most]) + " …"
	default:
		out.Hex = grouped(v.Bytes)
	}
	return out
}

// from says where a value comes from.
func from(st *ikesa.Step, v *ikesa.Value) string {
	o := v.Origin
	switch o.Kind {
	case ikesa.OriginGiven:
		return given(o.Secret)
	case ikesa.OriginPrivate:
		return "computed from a private value"
	case ikesa.OriginComputed:
		switch v.Name {
		case ikesa.EncryptionKey:
			return "the first part of KEYMAT"
		case ikesa.IntegrityKey:
			return "the next part"
		}
		return "computed"
	case ikesa.OriginEarlier:
		return "above"
	case ikesa.OriginGeneration:
		return fmt.Sprintf("key generation %d", o.Generation)
	case ikesa.OriginOtherSA:
		return saTitle(2, o.Initiator, o.Responder)
	case ikesa.OriginExchange:
		if st.Formula == ikesa.FormulaQuickMode {
			return "PFS: the key exchange of this Quick Mode"
		}
		return "the key exchange of this CREATE_CHILD_SA"
	case ikesa.OriginAdditional:
		return "an additional key exchange"
	case ikesa.OriginFrame:
		return fmt.Sprintf("frame %d", o.Frame)
	case ikesa.OriginHeader:
		return "the header"
	case ikesa.OriginProtocol:
		return fmt.Sprint(st.Child.Protocol)
	case ikesa.OriginReceiver:
		return "of the receiver"
	}
	if v.Secret {
		return "not known"
	}
	return "not in the capture"
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
