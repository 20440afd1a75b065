package report

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// What the logs that were given say of a refusal, besides keys: the settings of the side that they are from, and its reasons. A log is
// taken for one of this negotiation where what came from the other side, as it says, is what the capture shows.

// remarks are those of one kind.
func (d *diagnosis) remarks(kind secret.RemarkKind) (list []secret.Remark) {
	if d.session.Bag == nil {
		return nil
	}
	for _, r := range d.session.Bag.Remarks {
		if r.Kind == kind {
			list = append(list, r)
		}
	}
	return list
}

// logName is where a remark stands: "gwb.log:489".
func logName(o secret.Origin) string { return fmt.Sprintf("%s:%d", filepath.Base(o.File), o.Line) }

// loggedStances are the proposals that the side which refused an offer is configured for, by its own log.
func (d *diagnosis) loggedStances(version, phase int, offered []stance) (list []stance) {
	for _, r := range d.remarks(secret.RemarkProposals) {
		asked := stancesOfLog(version, phase, r.Asked)
		if len(asked) == 0 || len(asked) != len(offered) && version == 2 || !allOffered(asked, offered) {
			continue
		}
		for i, s := range stancesOfLog(version, phase, r.Own) {
			s.logged, s.text = logName(r.Origin), r.Own[i]
			list = append(list, s)
		}
	}
	return list
}

// allOffered reports whether each of the proposals that a log says it received is in an offer.
func allOffered(asked, offered []stance) bool {
	for i := range asked {
		if !slices.ContainsFunc(offered, func(o stance) bool { return len(compareStances(&o, &asked[i], true).differing) == 0 }) {
			return false
		}
	}
	return true
}

// stancesOfLog reads proposals as charon writes them: "IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024". Of another phase than
// the wanted one there are none.
func stancesOfLog(version, phase int, list []string) (out []stance) {
	for _, text := range list {
		protocol, algorithms, ok := strings.Cut(text, ":")
		if !ok || (protocol == "IKE") != (phase == 1) {
			return nil
		}
		out = append(out, stance{traits: traitsOfLog(version, phase, strings.Split(algorithms, "/")), text: text})
	}
	return out
}

// traitsOfLog sorts the algorithms of a proposal of charon's into traits.
func traitsOfLog(version, phase int, algorithms []string) []trait {
	values := make(map[string][]string)
	add := func(name, value string) { values[name] = append(values[name], strings.ReplaceAll(value, "_", "-")) }
	for _, a := range algorithms {
		switch {
		case strings.HasPrefix(a, "PRF_"):
			a = strings.TrimPrefix(a, "PRF_")
			add("PRF", a)
			add("hash", strings.TrimPrefix(a, "HMAC_"))
		case strings.HasPrefix(a, "HMAC_") || strings.HasPrefix(a, "AES_XCBC") || strings.HasPrefix(a, "AES_CMAC"):
			add("integrity", a)
		case strings.HasPrefix(a, "MODP_") || strings.HasPrefix(a, "ECP_") || strings.HasPrefix(a, "CURVE_"):
			add("DH group", a)
			add(traitPFS, a)
		case a == "NO_EXT_SEQ":
			add("ESN", "no")
		case a == "EXT_SEQ":
			add("ESN", "yes")
		default:
			add("encryption", a)
		}
	}
	names := []string{"encryption", "integrity", traitPFS, "ESN"}
	switch {
	case phase == 1 && version == 1:
		names = []string{"encryption", "hash", "DH group"}
	case phase == 1:
		names = []string{"encryption", "PRF", "integrity", "DH group"}
	case version == 1:
		names = []string{"encryption", "integrity", traitPFS}
	}
	list := make([]trait, 0, len(names))
	for _, name := range names {
		v := values[name]
		if len(v) == 0 {
			v = []string{none}
		}
		list = append(list, trait{name, v})
	}
	return list
}

// sameName compares names of algorithms regardless of how they are written: "CURVE-25519", "Curve25519".
func sameName(a, b string) bool { return a == b || plainName(a) == plainName(b) }

func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// loggedPolicies are the networks that the side which refused some is configured for, by its own log.
func (d *diagnosis) loggedPolicies(asked policy) (list []policy) {
	for _, r := range d.remarks(secret.RemarkNetworks) {
		if sameNetworks(r.Asked, asked.remote) && sameNetworks(r.AskedRemote, asked.local) && len(r.Own) > 0 {
			list = append(list, policy{local: networksOfLog(r.Own), remote: networksOfLog(r.OwnRemote), logged: logName(r.Origin)})
		}
	}
	return list
}

func sameNetworks(texts []string, list []network) bool {
	logged := networksOfLog(texts)
	return len(logged) == len(list) && len(list) > 0 && slices.EqualFunc(logged, list, func(a, b network) bool { return a.from == b.from && a.to == b.to })
}

// networksOfLog reads networks as charon writes them: "10.1.0.0/24", "10.1.0.1/32[udp/l2tp]".
func networksOfLog(texts []string) (list []network) {
	for _, text := range texts {
		n := network{text: text}
		addr, _, _ := strings.Cut(text, "[")
		if p, err := netip.ParsePrefix(addr); err == nil {
			n.from, n.to = p.Masked().Addr(), lastOfPrefix(p.Masked())
			n.text = strings.TrimSuffix(text, fmt.Sprintf("/%d", n.from.BitLen()))
		}
		list = append(list, n)
	}
	return list
}

// lastOfPrefix is the last address of a prefix.
func lastOfPrefix(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// wantedByLog is the identity that a side wants instead of the one that came, by its own log; "" where none says.
func (d *diagnosis) wantedByLog(said string) (wanted, at string) {
	for _, r := range d.remarks(secret.RemarkIdentity) {
		if text, _, _ := strings.Cut(said, " ("); len(r.Asked) == 1 && len(r.Own) == 1 && r.Asked[0] == text {
			return r.Own[0], logName(r.Origin)
		}
	}
	return "", ""
}

// Reasons of logs are looked for around the frames of a finding, at most so many.
const (
	reasonBefore = 1 // seconds, for a log has no fractions
	reasonAfter  = 2
	maxReasons   = 4
)

// reasons are the lines of logs that say why, from the time of a finding; the hour is left out, for the time zone is not known.
func (d *diagnosis) reasons(sa *ikesa.SA, frames []int) (lines []diagnose.LogLine) {
	remarks := d.remarks(secret.RemarkReason)
	if len(remarks) == 0 {
		return nil
	}
	var seconds []int
	for _, m := range sa.Messages {
		if slices.Contains(frames, m.Frame) {
			seconds = append(seconds, m.Time.Minute()*60+m.Time.Second())
		}
	}
	for _, r := range remarks {
		near := slices.ContainsFunc(seconds, func(s int) bool {
			const hour = 3600
			late := ((r.Second-s+reasonBefore)%hour + hour) % hour
			return r.Second >= 0 && late <= reasonBefore+reasonAfter
		})
		line := diagnose.LogLine{At: logName(r.Origin), Text: r.Text}
		if near && len(lines) < maxReasons && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// macMismatch is where a log says that the pre-shared key did not fit what the other side sent; "" where none does.
func (d *diagnosis) macMismatch(sa *ikesa.SA, frames []int) string {
	return d.reasonAt(sa, frames, "MAC mismatched")
}

// noPeerConfig is where a log says that there is no connection for the identities of both sides; "" where none does.
func (d *diagnosis) noPeerConfig(sa *ikesa.SA, frames []int) string {
	return d.reasonAt(sa, frames, "no matching peer config found")
}

// reasonAt is where a log gives a reason, by its end, at the time of a finding.
func (d *diagnosis) reasonAt(sa *ikesa.SA, frames []int, end string) string {
	for _, line := range d.reasons(sa, frames) {
		if strings.HasSuffix(line.Text, end) {
			return line.At
		}
	}
	return ""
}
