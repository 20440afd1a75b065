package source

import (
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/ikedecode/ikedecode/keys/logs"
)

// Gateways of which a line, or a record, says all that there is to an event: who logs it, of which peer, and why. One format reads all of them, and asks for
// each line which of them has words in it, so that their number costs nothing. Each has a row here, and its grammar in a file of its own.
var boxes = []daemon{
	{id: logs.SonicWall, grammar: newSonicWallEvents, name: "a SonicWall", words: []string{"Responder: ", "Initiator: ", "negotiation aborted", "negotiation complete",
		"proposal does not match", "Received notify. "}, mark: sonicMark},
	{id: logs.WatchGuard, grammar: newWatchGuardEvents, name: "a WatchGuard Firebox", words: []string{"negotiation to peer ", "Mismatched ID settings", "Peer proposes phase ",
		"No Proposal Chosen message", "NO_PROPOSAL_CHOSEN message"}, mark: watchGuardHosts},
	{id: logs.DrayTek, grammar: newDrayTekEvents, name: "a DrayTek Vigor", words: []string{"IKE <==, ", "IKE ==>, ", "Responding to Main Mode", "[IPSEC/IKE][", "Parse dial-in phase2 SA",
		"established. Dynamic client"}, mark: drayTekMark},
	{id: logs.CheckPoint, grammar: newCheckPointEvents, name: "a Check Point gateway", words: []string{"Failed to match proposal: ", "Informational Exchange Received", "Main Mode completion"}, mark: checkPointMark},
	{id: logs.Huawei, grammar: newHuaweiEvents, name: "a Huawei gateway", words: []string{"PSec tunnel negotiation fails"}, mark: huaweiMark},
	{id: logs.Azure, grammar: newAzureEvents, name: "an Azure VPN gateway", words: []string{"SESSION_ID", "500: Local "}, mark: azureHosts},
	{id: logs.Windows, grammar: newWindowsEvents, name: "Windows", words: []string{"[ikeext]", "CoId={", "error code returned on failure is "}, mark: windowsMark},
	{id: logs.Zyxel, grammar: newZyxelEvents, name: "a Zyxel gateway", words: []string{"!! No proposal chosen", "!! Verifying ", "!! IKE Packet Retransmit", "Send Main Mode ", "Recv Main Mode ", "Send Aggressive Mode ", "Recv Aggressive Mode ", "Phase 1 IKE SA process done"}, mark: zyxelMark},
	{id: logs.Apple, grammar: newAppleEvents, name: "the IKEv2 client of Apple", words: []string{"v2Session[", "IKE_AUTH R resp", appleWrong}, mark: appleMark},
	{id: logs.Tencent, grammar: newTencentEvents, name: "a VPN gateway of Tencent Cloud", words: []string{"IKE_SA_ESTABLISH_FAIL", "IKE_NEGO: "}, mark: tencentMark},
}

// boxFormat is that of all boxes.
var boxFormat = format{name: "log of a gateway", log: true, words: boxWordList(), start: func(o *out) parser {
	return &boxLog{out: o, logs: make([]*daemonLog, len(boxes))}
}}

func boxWordList() (list []string) {
	for i := range boxes {
		list = append(list, boxes[i].words...)
	}
	return list
}

// boxWords finds which boxes a line has words of.
var boxWords = sync.OnceValue(func() *wordFinder {
	var words []findWord
	for i := range boxes {
		for _, w := range boxes[i].words {
			words = append(words, findWord{text: w, bit: 1 << i})
		}
	}
	return newWordFinder(words)
})

// A boxLog reads the log of a box, or of several: a server for syslog has those of all.
type boxLog struct {
	*out
	logs []*daemonLog // by the row of boxes; nil: no line had its words
}

func (p *boxLog) line(l line) error {
	for found := boxWords().find(unescaped(l.text)); found != 0; found &= found - 1 {
		i := bits.TrailingZeros64(found)
		if p.logs[i] == nil {
			d := boxes[i]
			d.says, d.keys = []string{}, "it prints none: take them from the other gateway"
			p.logs[i] = newDaemonLog(p.out, &d)
		}
		if err := p.logs[i].line(l); err != nil {
			return err
		}
	}
	return nil
}

func (p *boxLog) end() error {
	for _, d := range p.logs {
		if d == nil || d.first == 0 {
			continue
		}
		p.src = &format{name: "log of " + d.daemon.name, log: true}
		if err := d.end(); err != nil {
			return err
		}
	}
	return nil
}

// boxAddr is an address in a record, perhaps with a port, an interface, brackets or a comma behind it: 192.0.2.1:500:X1, [192.0.2.1].
func boxAddr(s string) string {
	s = strings.Trim(s, "[] ,\t")
	if parts := strings.Split(s, ":"); len(parts) > 1 && strings.Contains(parts[0], ".") {
		return parts[0]
	}
	return s
}

// A boxReason is what a box calls a cause.
type boxReason struct {
	words  string
	reason logs.Reason
	unsure bool // it has several causes, of which this is the most likely
	own    bool
	xauth  bool
}

// boxReasonOf is the reason that a text is; nil: it is not known.
func boxReasonOf(list []boxReason, text string) *boxReason {
	text = strings.ToLower(strings.TrimSpace(text))
	if i := slices.IndexFunc(list, func(r boxReason) bool { return r.words == text }); i >= 0 {
		return &list[i]
	}
	return nil
}

// rejected adds the event of a reason.
func (p *daemonLog) rejected(e entry, t *talk, r *boxReason) *logs.Event {
	ev := p.event(e, logs.Refused, t)
	ev.Reason, ev.Unsure, ev.Own, ev.XAUTH = r.reason, r.unsure, r.own, r.xauth
	return ev
}
