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

// repeats reports whether there was a finding like f, and adds the frames of f to it.
func (d *diagnosis) repeats(sa *ikesa.SA, f *Finding) bool {
	c := codesByName[f.Code]
	if c == nil || c.options == nil { // what an administrator cannot change is about one SA
		return false
	}
	k := repeatKey{f.Code, hostsOf(sa), valuesKey(sa, f)}
	if d.firsts == nil {
		d.firsts = make(map[repeatKey]int)
	}
	i, ok := d.firsts[k]
	if !ok {
		d.firsts[k] = len(d.findings)
		return false
	}
	first := &d.findings[i]
	if first.Alike++; len(first.Frames) < maxRepeatFrames {
		first.Frames = frames(append(first.Frames, f.Frames...)...)
	}
	for _, n := range f.Frames {
		if d.told != nil {
			d.told[n] = true
		}
	}
	return true
}

// Bounds for captures with many SAs: frames of one finding, and findings of one code about one IKE SA each.
const (
	maxRepeatFrames = 256
	maxNotesPerCode = 20
	maxPerCode      = 500
)

// tooMany counts a finding about an IKE SA and reports whether there are enough of its code.
func (d *diagnosis) tooMany(f *Finding) bool {
	if d.perCode == nil {
		d.perCode = make(map[string]int)
	}
	most := maxPerCode
	if f.Severity == SeverityNote {
		most = maxNotesPerCode
	}
	d.perCode[f.Code]++
	return d.perCode[f.Code] > most
}

// addMore says how many findings were left out.
func (d *diagnosis) addMore() {
	for _, c := range codes {
		shown := 0
		for _, f := range d.findings {
			if f.Code == c.code && f.IKE != "" {
				shown++
			}
		}
		if more := d.perCode[c.code] - shown; shown > 0 && more > 0 {
			d.add(Finding{Code: c.code, Severity: SeverityNote, Text: "the same of " + count(more, "more IKE SA")})
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
