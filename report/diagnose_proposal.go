package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// What one side offers against what the other one is known to take: by its own offers, and by what it took of others.

// A match is the nearest that an offer comes to what the other side is known for.
type match struct {
	offer, known *stance
	rows         []Compared
	differing    []string // names of traits
}

// nearestStance finds the pair with the fewest differences. initiator tells that the offer is the initiator's of the IKE SA.
func nearestStance(offered, known []stance, initiator bool) (best match, ok bool) {
	for i := range offered {
		for k := range known {
			m := compareStances(&offered[i], &known[k], initiator)
			if !ok || len(m.differing) < len(best.differing) {
				best, ok = m, true
			}
		}
	}
	return best, ok
}

func compareStances(offer, known *stance, initiator bool) match {
	m := match{offer: offer, known: known}
	add := func(name, a, b string, differs bool) {
		if !initiator {
			a, b = b, a
		}
		m.rows = append(m.rows, Compared{Name: name, Initiator: a, Responder: b, Differs: differs})
	}
	for _, t := range offer.traits {
		other, ok := traitOf(known, t.name)
		if !ok {
			continue
		}
		differs := !slices.ContainsFunc(t.values, func(v string) bool {
			return slices.ContainsFunc(other, func(o string) bool { return sameName(v, o) })
		})
		if differs {
			m.differing = append(m.differing, t.name)
		}
		if differs || t.name != traitProtocols {
			add(t.name, join(t.values, "|"), join(other, "|"), differs)
		}
	}
	if a, b := offer.life.String(), known.life.String(); a != "" && b != "" {
		differs := a != b && len(m.differing) == 0
		add(traitLife, a, b, differs)
	}
	return m
}

func traitOf(s *stance, name string) ([]string, bool) {
	for _, t := range s.traits {
		if t.name == name {
			return t.values, true
		}
	}
	return nil, false
}

// offeredIn are the stances of the side that started x, from its last offer: a first one may have been for another group.
func offeredIn(sa *ikesa.SA, x *ikesa.Exchange) (phase int, list []stance) {
	for _, m := range x.Messages {
		if p, s := stances(sa, m, false); len(s) > 0 && !tookOffer(sa, x, m) {
			phase, list = p, s
		}
	}
	return phase, list
}

// compareOffer adds to the finding about a refused offer what the side that refused it is known to take.
func (d *diagnosis) compareOffer(s *story, x *ikesa.Exchange, o *Outcome, f Finding) Finding {
	phase, offered := offeredIn(s.sa, x)
	if len(offered) == 0 {
		return f
	}
	refuser := sideName(o.From)
	f.Details = append(f.Details, stanceLines(offered, sideName(side(o.From != side(true))))...)
	known := d.loggedStances(s.sa.Version, phase, offered)
	if len(known) == 0 {
		known = d.knownOf(stanceKey{offered[0].to, s.sa.Version, phase}, offered[0].from)
	}
	m, ok := nearestStance(offered, known, o.From != side(true))
	if !ok {
		f.Hint += fmt.Sprintf("; what the %s would take is not in the capture: a negotiation that it starts itself shows it, as does its log", refuser)
		return f
	}
	f.Values = m.rows
	configured := m.alternatives(known)
	for _, k := range configured {
		f.Details = append(f.Details, fmt.Sprintf("the %s %s, %s", refuser, k.verb(), k.text))
	}
	f.Frames = frames(append(f.Frames, m.known.frame)...)
	if group, ok := traitOf(m.offer, traitPFS); ok && len(m.differing) == 0 {
		if _, seen := traitOf(m.known, traitPFS); !seen {
			m.differing = append(m.differing, traitPFS)
			f.Values = append(f.Values, groupRow(join(group, "|"), o.From != side(true)))
		}
	}
	f.Text += "; " + m.sentence(refuser, len(configured))
	switch len(m.differing) {
	case 0:
	case 1:
		f = onlyDiffers(f, m.differing[0])
	default:
		f.Hint = fmt.Sprintf("set the same %s on both sides", enumerate(m.differing))
	}
	return f
}

// groupRow compares a group with one that is not known.
func groupRow(group string, initiator bool) Compared {
	r := Compared{Name: traitPFS, Initiator: group, Responder: "another, or none", Differs: true}
	if group == none {
		r.Responder = "a group"
	}
	if !initiator {
		r.Initiator, r.Responder = r.Responder, r.Initiator
	}
	return r
}

// verb says how the stance is known: "offers itself in frame 9".
func (s *stance) verb() string {
	switch {
	case s.logged != "":
		return "is configured for (" + s.logged + ")"
	case s.took:
		return fmt.Sprintf("took in frame %d", s.frame)
	}
	return fmt.Sprintf("offers itself in frame %d", s.frame)
}

// alternatives are the proposals that the same line of a log names, any of which would do, that of m among them; else it alone.
func (m *match) alternatives(known []stance) (list []*stance) {
	if m.known.logged == "" {
		return []*stance{m.known}
	}
	for i := range known {
		if known[i].logged == m.known.logged && len(list) < maxOfferLines {
			list = append(list, &known[i])
		}
	}
	return list
}

// sentence says how near the match is, which is the nearest of some alternatives.
func (m *match) sentence(refuser string, alternatives int) string {
	what := fmt.Sprintf("what the %s %s", refuser, m.known.verb())
	if alternatives > 1 {
		what = fmt.Sprintf("the nearest of the %d proposals that the %s %s", alternatives, refuser, m.known.verb())
	}
	switch len(m.differing) {
	case 0:
		return "yet the same is " + what
	case 1:
		return fmt.Sprintf("%s differs in the %s alone", what, m.differing[0])
	}
	return fmt.Sprintf("%s differs in %s", what, enumerate(m.differing))
}

// onlyDiffers names the finding by the one trait that differs.
func onlyDiffers(f Finding, name string) Finding {
	switch name {
	case traitPFS:
		f.Code = "pfs-mismatch"
		f.Hint = "let both sides use PFS with the same group, or neither"
	case traitMode:
		f.Code, f.RFC = "mode-mismatch", "RFC 2407, 4.5"
		f.Hint = "set the same mode, tunnel or transport, on both sides"
	default:
		f.Hint = fmt.Sprintf("set the same %s on both sides", name)
	}
	return f
}

// stanceLines lists offers.
func stanceLines(list []stance, who string) (lines []string) {
	for i, s := range list {
		if i == maxOfferLines {
			return append(lines, fmt.Sprintf("and %d more", len(list)-i))
		}
		lines = append(lines, fmt.Sprintf("offered by the %s in frame %d, %s", who, s.frame, s.text))
	}
	return lines
}

// sideName is the name of a side, or "other side" where it is not known.
func sideName(s string) string {
	if s == "" {
		return "other side"
	}
	return s
}

// enumerate is "a", "a and b", "a, b and c".
func enumerate(list []string) string {
	if len(list) < 2 {
		return join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
