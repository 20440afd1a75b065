package report

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A negotiation that fails is tried again and again, by either side: one finding stands for all that have the same cause.

// A repeatKey is what findings of the same cause have in common.
type repeatKey struct {
	code   string
	hosts  [2]netip.Addr
	values string // that differ, the lower address first; without such values who started
}

// repeatKeyOf is the key of f; ok is false for a finding that stands for itself alone.
func repeatKeyOf(sa *ikesa.SA, f *Finding) (k repeatKey, ok bool) {
	c := codesByName[f.Code]
	if f.Severity == SeverityNote || c == nil || c.options == nil { // what an administrator cannot change is about one SA
		return k, false
	}
	return repeatKey{f.Code, hostsOf(sa), valuesKey(sa, f)}, true
}

// repeat adds f to the first finding of the same cause.
func (d *diagnosis) repeat(first, f *Finding) {
	if first.Alike++; len(first.Frames) < maxRepeatFrames {
		first.Frames = frames(append(first.Frames, f.Frames...)...)
	}
	for _, n := range f.Frames {
		if d.told != nil {
			d.told[n] = true
		}
	}
}

// Bounds for captures with many SAs: frames of one finding, and findings of one code about one IKE SA each.
const (
	maxRepeatFrames = 256
	maxNotesPerCode = 20
	maxPerCode      = 500
)

// tooMany reports whether there are enough findings of the code of f about an IKE SA each; it counts both those and the others.
func (d *diagnosis) tooMany(f *Finding) bool {
	if d.perCode == nil {
		d.perCode = make(map[string]*tally)
	}
	t := d.perCode[f.Code]
	if t == nil {
		t = &tally{}
		d.perCode[f.Code] = t
	}
	most := maxPerCode
	if f.Severity == SeverityNote {
		most = maxNotesPerCode
	}
	if t.shown+t.left >= most {
		t.left++
		return true
	}
	t.shown++
	return false
}

// A tally counts the findings of one code.
type tally struct{ shown, left int }

// addMore says how many findings were left out.
func (d *diagnosis) addMore() {
	for _, c := range codes {
		if t := d.perCode[c.code]; t != nil && t.left > 0 {
			d.add(Finding{Code: c.code, Severity: SeverityNote, Text: "the same of " + count(t.left, "more IKE SA")})
		}
	}
}

// anyFrame is what differs from one attempt to the next.
var anyFrame = regexp.MustCompile(`frame \d+`)

func valuesKey(sa *ikesa.SA, f *Finding) string {
	swapped := hostsOf(sa)[0] != sa.InitiatorAddr.Addr()
	if !slices.ContainsFunc(f.Values, func(v Compared) bool { return v.Differs }) {
		return sa.InitiatorAddr.Addr().String() + anyFrame.ReplaceAllString(strings.Join(f.Details, "\n"), "")
	}
	var parts []string
	for _, v := range f.Values {
		if !v.Differs {
			continue
		}
		name, a, b := v.Name, v.Initiator, v.Responder
		if swapped {
			a, b = b, a
			name = strings.NewReplacer("initiator", "responder", "responder", "initiator").Replace(name)
		}
		parts = append(parts, name+"\x00"+a+"\x00"+b)
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n")
}

// more says how many findings f stands for besides itself.
func (f *Finding) more() string {
	if f.Alike == 0 {
		return ""
	}
	return "; the same " + count(f.Alike, "more time")
}

// beforeKeys are the codes of what keeps an IKE SA from coming up.
var beforeKeys = map[string]bool{
	"no-response": true, "phase1-no-proposal": true, "phase1-failed": true, "phase1-stopped": true, "mode-mismatch": true, "psk-mismatch": true,
	"identity-mismatch": true, "certificate-problem": true, "auth-failed": true, "xauth-failed": true, "eap-failed": true,
}

// laterSuccess says that another attempt between the same hosts went through after the one that a finding is about.
func (d *diagnosis) laterSuccess(sa *ikesa.SA, f *Finding) []string {
	if !beforeKeys[f.Code] || established(sa) {
		return nil
	}
	for _, o := range d.byHosts()[hostsOf(sa)] {
		if o.sa != sa && o.sa.Start().After(sa.End()) && established(o.sa) {
			return []string{fmt.Sprintf("a later attempt went through: %s, from frame %d on", nameOf(o.sa), o.sa.Messages[0].Frame)}
		}
	}
	return nil
}
