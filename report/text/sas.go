package text

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/words"
)

// SAs writes the IKE SAs, a table of the IPsec SAs, and a table of the flows that are not decrypted.
func SAs(p *Printer, r *report.SAs) error {
	null := ""
	if n := withoutKeys(r); n > 0 {
		null = words.Count(n, "IPsec SA") + " without encryption decoded without keys, "
	}
	if n := bare(r); n > 0 {
		null += words.Count(n, "AH SA") + " decoded without a key, "
	}
	p.line(0, 2, plain(fmt.Sprintf("%s, %s with keys, %s%s not decrypted",
		words.Count(len(r.IKE), "IKE SA"), words.Count(withTraffic(r), "IPsec SA"), null, words.Count(len(r.Unknown), "flow"))))
	if s := r.EncapsulationText(); s != "" {
		p.line(0, 2, plain(s))
	}
	if r.Selection != nil {
		selection(p, r.Selection.Text(), r.Selection.Hint)
	}
	for i := range r.IKE {
		p.blank()
		p.line(0, 2, styled(bold, r.IKE[i].Name()), plain(fmt.Sprintf(", IKEv%d", r.IKE[i].Version)))
		fields(p, &r.IKE[i])
		certificates(p, &r.IKE[i])
	}
	if len(r.SAs) > 0 {
		traffic(p, r)
	}
	if len(r.Unknown) > 0 {
		unknown(p, r)
	}
	return p.Err()
}

func withTraffic(r *report.SAs) (n int) {
	for i := range r.SAs {
		if sa := &r.SAs[i]; sa.Shown() && !sa.NullOnly && !sa.Bare {
			n++
		}
	}
	return n
}

// withoutKeys counts the SAs that were found by their content.
func withoutKeys(r *report.SAs) (n int) {
	for i := range r.SAs {
		if r.SAs[i].NullOnly {
			n++
		}
	}
	return n
}

// bare counts the SAs of AH that no key is known for.
func bare(r *report.SAs) (n int) {
	for i := range r.SAs {
		if r.SAs[i].Bare {
			n++
		}
	}
	return n
}

func traffic(p *Printer, r *report.SAs) {
	t := newTable("SA", "keys", "traffic")
	idle := 0
	for i := range r.SAs {
		sa := &r.SAs[i]
		if !sa.Shown() {
			idle++
			continue
		}
		t.row(p.flow(sa.Protocol, sa.SPI, sa.Src, sa.Dst, sa.UDP), description(sa), packets(sa))
	}
	if idle < len(r.SAs) {
		p.blank()
		t.write(p)
	}
	if idle > 0 {
		p.blank()
		p.line(0, 2, plain(words.Count(idle, "IPsec SA")+" of the key files without a packet in the capture"))
	}
}

func unknown(p *Printer, r *report.SAs) {
	p.blank()
	p.line(0, 2, styled(bad, "not decrypted:"))
	t := newTable("SA", "traffic", "why")
	for i := range r.Unknown {
		u := &r.Unknown[i]
		why := u.Reason
		if u.Negotiated != "" {
			why += " (" + u.Negotiated + ")"
		}
		if u.Null != nil {
			why += "; " + words.ClosedNull(u.Null.Verdict, &u.Null.NullCounts)
		}
		t.row(p.flow(u.Protocol, u.SPI, u.Src, u.Dst, u.UDP), []string{words.Count(u.Packets, "packet"), u.FrameText()}, []string{why})
	}
	t.write(p)
	if r.UnknownMore > 0 {
		p.line(0, 2, plain(words.Count(r.UnknownMore, "packet")+" of more flows"))
	}
}

// flow is the cell that names an SA: on a terminal each address has a line.
func (p *Printer) flow(protocol, spi, src, dst string, udp bool) []string {
	head := protocol + " " + spi
	if udp {
		head += " in UDP"
	}
	if p.width == 0 {
		return []string{head + " " + src + " > " + dst}
	}
	return []string{head, src + " >", dst}
}

// description is the cell with the algorithms, where the keys come from, and what the SA is for.
func description(t *report.TrafficSA) []string {
	mode := t.Mode
	if t.ESN {
		mode = strings.TrimSpace(mode + " ESN")
	}
	lines := slices.Concat([]string{t.Encryption, t.Integrity, mode, t.IPTFSMode}, lineage(t))
	switch {
	case t.Bare:
		lines = append(lines, "no key")
	case t.NullOnly && t.Null != nil:
		lines = append(lines, "found by its content: "+t.Null.Facts())
	case len(t.Sources) > 0:
		lines = append(lines, "from "+path.Base(t.Sources[0]))
	}
	lines = append(lines, t.SaltText(), t.Selectors)
	if len(t.Deleted) > 0 {
		lines = append(lines, "deleted in "+words.Frames(t.Deleted))
	}
	return withText(lines)
}

// lineage is PFS, and which Child SA this one replaced.
func lineage(t *report.TrafficSA) []string {
	var parts []string
	if t.RekeyedFrom != "" {
		parts = append(parts, "rekeying of "+t.RekeyedFrom)
	}
	if t.Queue != nil {
		parts = append(parts, t.Queue.Text())
	}
	switch t.PFS {
	case "":
	case "no":
		parts = append(parts, "no PFS")
	default:
		parts = append(parts, "PFS "+t.PFS)
	}
	return parts
}

// packets is the cell with the packets.
func packets(t *report.TrafficSA) []string {
	if t.Packets == 0 {
		return []string{"no packet"}
	}
	opened := fmt.Sprintf("%s decrypted", words.Number(t.Opened))
	if t.ICVFailures > 0 {
		opened += fmt.Sprintf(", %d wrong ICV", t.ICVFailures)
	}
	if t.Undeciphered > 0 {
		opened += fmt.Sprintf(", %d with a wrong encryption key", t.Undeciphered)
	}
	if t.Malformed > 0 {
		opened += fmt.Sprintf(", %d malformed", t.Malformed)
	}
	lines := []string{
		words.Count(t.Packets, "packet") + ", " + words.Count(int(t.Bytes), "byte"),
		opened,
		counts(amount{t.Cut - t.CutOpened, "truncated, not decrypted"}, amount{t.CutOpened, "truncated, partly decrypted"}),
		counts(amount{t.Replays, "replayed"}, amount{t.Repeats, "captured twice"}, amount{t.Dummies, "dummy"}),
		iptfs(t), inner(t), t.FrameText(),
	}
	return withText(append(append(lines, sequence(t)...), t.ProofText()))
}

// iptfs is what AGGFRAG payloads held.
func iptfs(t *report.TrafficSA) string {
	if t.IPTFS == nil {
		return ""
	}
	return "IP-TFS: " + t.IPTFS.String()
}

// An amount is a number of packets of some kind.
type amount struct {
	n    int
	kind string
}

// counts lists amounts that are not zero: "2 replayed, 1 dummy".
func counts(list ...amount) string {
	var parts []string
	for _, a := range list {
		if a.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", a.n, a.kind))
		}
	}
	return strings.Join(parts, ", ")
}

// inner is "inside: TCP 20, UDP 3", the most frequent first.
func inner(t *report.TrafficSA) string {
	const most = 4
	var parts []string
	rest := t.InnerMore
	for i, in := range t.MostCarried() {
		if i >= most {
			rest += in.Packets
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %d", in.Name, in.Packets))
	}
	if rest > 0 {
		parts = append(parts, fmt.Sprintf("others %d", rest))
	}
	if len(parts) == 0 {
		return ""
	}
	return "inside: " + strings.Join(parts, ", ")
}

// sequence says what the sequence numbers tell, where that is anything but one after another.
func sequence(t *report.TrafficSA) (lines []string) {
	if t.Opened > 0 && t.MaxSeq > 0 {
		to := "-"
		if t.MaxSeq > math.MaxUint32 {
			to = " to " // long enough for a line to break there
		}
		lines = append(lines, fmt.Sprintf("sequence %d%s%d", t.MinSeq, to, t.MaxSeq))
	}
	if t.Lost > 0 {
		line := fmt.Sprintf("%s missing, %s", words.Number(t.Lost), words.Percent(t.Lost, t.MaxSeq-t.MinSeq+1))
		if t.Gaps > 1 && t.Reordered == 0 { // else some jumps were filled later
			line += " in " + words.Count(t.Gaps, "gap")
		}
		lines = append(lines, line)
	}
	if t.Reordered > 0 {
		lines = append(lines, fmt.Sprintf("%d out of order, by up to %d", t.Reordered, t.MaxReorder))
	}
	if n := len(t.Late); n > 0 {
		late := t.Late[n-1] // of the largest window
		lines = append(lines, fmt.Sprintf("%d outside a replay window of %d", late.Packets, late.Window))
	}
	return lines
}

// withText leaves out what is empty.
func withText(list []string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// mostCertificates bounds the certificates of an IKE SA that are listed.
const mostCertificates = 20

// certificates writes the certificates of both peers in the SA's head, each side's own one first.
func certificates(p *Printer, r *report.IKESA) {
	shown := 0
	for _, own := range []bool{true, false} {
		for _, c := range r.Certificates {
			if c.EndEntity != own {
				continue
			}
			if shown == mostCertificates {
				field(p, none, "", plain(fmt.Sprintf("and %d more", len(r.Certificates)-shown)))
				return
			}
			shown++
			spans := []span{plain(c.Summary())}
			for _, f := range c.Findings {
				spans = append(spans, plain("; "), styled(caution, words.Clip(f, words.Longest)))
			}
			field(p, dim, c.Label(), spans...)
		}
	}
}
