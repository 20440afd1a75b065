package source

import (
	"slices"
	"strings"
)

var (
	childConfig = behind(`^looking for a child config for (.+) === (.+)$`, "looking for a child config ")
	peerConfig  = having(`^looking for (?:.+ )?peer configs matching (\S+?)(?:\[(.*)\])?\.\.\.(\S+?)(?:\[(.*)\])?$`, "peer configs matching ")
	initiating  = behind(`^initiating (?:(?:Main|Aggressive) Mode )?IKE_SA (.*)\[(\d+)\] to (\S+)$`, "initiating ")
	initiated   = having(`^(\S+) is initiating an? (?:(?:Main|Aggressive) Mode )?IKE_SA`, " is initiating ")
	established = having(`^IKE_SA (.*)\[(\d+)\] established between (\S+?)\[(.*)\]\.\.\.(\S+?)\[(.*)\]$`, " established between ")
	childUp     = having(`^CHILD_SA .*established with SPIs ([0-9a-f]{8})(?:_i|\(inbound\)) ([0-9a-f]{8})(?:_o|\(outbound\))`, "established with SPIs ")
	provedBy    = behind(`^authentication of '(.+)' with (.+) successful`, "authentication of ")
	peerErrors  = having(`^received ([A-Z0-9_]+) (?:error notify|notify error|notify|error)\b`, " notify", " error")
	checkedIn   = having(`check-?in .*\[(\d+)\].* with SPIs ([0-9a-f]{16})_i ([0-9a-f]{16})_r`, " with SPIs ")
	netlink     = behind(`^received netlink error: (.+?)(?: \(\d+\))?$`, "received netlink ")
	sentAgain   = behind(`^(?:retransmit (\d+) of (?:request|response)|sending retransmit (\d+) of (?:request|response)) `, "retransmit ", "sending retransmit ")
	gaveUp      = behind(`^giving up after (\d+) (?:retransmits|retries|path probings)`, "giving up ")
	replaced    = behind(`^(?:destroying|deleting) duplicate IKE_SA for peer '(.+?)'`, "destroying ", "deleting ")
	gone        = behind(`^(received|sending) DELETE for (?:(?:ESP|AH) CHILD_SA with SPI ([0-9a-f]{8})|IKE_SA \S+\[\d+\])$`, "received DELETE ", "sending DELETE ")
	closing     = behind(`^closing CHILD_SA \S+ with SPIs ([0-9a-f]{8})_i \((\d+) bytes\) ([0-9a-f]{8})_o \((\d+) bytes\)`, "closing CHILD_SA ")
	sentTo      = behind(`^redirect(?:ed|ing peer) to '?([^']+?)'?$`, "redirect")
)

// charonFront takes off what stands before a message. bare tells that nothing there shows that it is charon's.
func charonFront(s string) (e event, text string, bare bool) {
	if e, text, ok := charonPrefix(s); ok {
		return e, trimBlanks(text), false
	}
	e = event{thread: -1, id: -1}
	const front = 100
	for i := strings.IndexByte(s, '['); i >= 0 && i < front; {
		if group, n := groupName(s[i+1:]); n > 0 && (i == 0 || s[i-1] == ' ' || s[i-1] == '\t') {
			e.group = group
			e.id, e.connection, text = ikeTag(s[i+1+n:])
			return e, text, false
		}
		next := strings.IndexByte(s[i+1:], '[')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	if i := strings.Index(s[:min(len(s), front)], "charon"); i >= 0 {
		if _, rest, ok := strings.Cut(s[i:], ": "); ok {
			return e, rest, false
		}
	}
	if i := strings.Index(s[:min(len(s), front)], "]: "); i > 0 && isDigit(s[i-1]) { // of NetworkManager, say, which logs what ipsec up prints
		return e, s[i+len("]: "):], true
	}
	for strings.HasPrefix(s, codeIndent) {
		s = s[len(codeIndent):]
	}
	return e, s, true
}

// codeIndent is what Markdown has before a line of code. charon itself indents by two blanks at most.
const codeIndent = "    "

// charonStarters are the beginnings of all messages that are read, by their first bytes: most lines of a log have none of them.
var charonStarters = func() (starters [256][]string) {
	for _, s := range charonBeginnings() {
		starters[s[0]] = append(starters[s[0]], s)
	}
	return starters
}()

// charonEventWords are in all lines that events are made of, but for the networks in a list.
func charonEventWords() []string {
	words := append(charonBeginnings(), " is initiating ")
	for _, s := range charonStems {
		if s.start == "" {
			words = append(words, s.then)
		}
	}
	return words
}

func charonBeginnings() []string {
	list := []string{"received ", "sending ", "parsed ", "generating ", "looking for ", "initiating ", "IKE_SA ", "CHILD_SA ", "authentication of ", "retransmit ",
		"giving up after ", "redirect", "destroying duplicate ", "deleting duplicate ", "configured proposals: ", "proposing traffic selectors ", "checkin ", "check-in ",
		"issuer is ", "Starting ", "closing CHILD_SA ", natdLabel, noIDr, assigning, mschapFailed, eapMD5}
	for _, s := range charonStems {
		if s.start != "" {
			list = append(list, s.start)
		}
	}
	return list
}

// isNetworkLine reports whether a message is a network in a list.
func isNetworkLine(text string) bool {
	return len(text) > 1 && text[0] == ' ' && text[1] != ' ' && networkLine.MatchString(text)
}

// mayTell is a cheap look at whether a message is one that is read.
func mayTell(text string) bool {
	text = strings.TrimLeft(text, " ")
	if text == "" || '0' <= text[0] && text[0] <= '9' && !strings.Contains(text, " is initiating ") {
		return false // a row of a dump
	}
	if slices.ContainsFunc(charonStarters[text[0]], func(s string) bool { return strings.HasPrefix(text, s) }) {
		return true
	}
	return len(text) <= maxStemText && !strings.Contains(text, "=>") && (strings.Contains(text, " is initiating ") || charonStemOf(text) != nil)
}

// isCharonGroup reports whether the messages of a group may be about a negotiation. Some logs have no groups.
func isCharonGroup(group string) bool {
	switch group {
	case "", "DMN", "NET", "ENC", "CFG", "IKE", "KNL", "CHD", "MGR", "TLS":
		return true
	}
	return false
}

// charonWrites reports whether a line without anything in front of it looks like one of charon's.
func charonWrites(text string) bool {
	return charonAlone(text) || charonStemOf(text) != nil || gaveUp.MatchString(text) || sentAgain.MatchString(text) || initiating.MatchString(text) ||
		initiated.MatchString(text) || peerErrors.MatchString(text) || strings.HasPrefix(text, "received proposals: ") || strings.HasPrefix(text, "configured proposals: ")
}

// charonAlone reports whether a message is one that no other program writes so.
func charonAlone(text string) bool {
	_, isPacket := charonPacketOf(text)
	_, isMessage := charonMessageOf(text)
	return isPacket || isMessage || startsWithAny(text, charonOnly) || peerErrors.MatchString(text)
}

// charonOnly begin messages that people paste without anything else.
var charonOnly = []string{"could not decrypt payloads", "received proposals unacceptable", "received proposals inacceptable", "no matching peer config found",
	"no matching CHILD_SA config found", "no IKE config found for "}

// charonFollows tells the order of two messages of one thread that stand beside each other.
func charonFollows(a, b string) int {
	_, a, _ = charonFront(a)
	_, b, _ = charonFront(b)
	for _, pair := range [][2]string{{"received packet: ", "parsed "}, {"generating ", "sending packet: "}, {"received proposals: ", "configured proposals: "},
		{"configured proposals: ", "received proposals unacceptable"}, {"no issuer certificate found", "  issuer is "}} {
		switch {
		case strings.HasPrefix(a, pair[0]) && strings.HasPrefix(b, pair[1]):
			return 1
		case strings.HasPrefix(b, pair[0]) && strings.HasPrefix(a, pair[1]):
			return -1
		}
	}
	return 0
}

// charonStarts reports whether a message is the first of a run of charon.
func charonStarts(text string) bool {
	return strings.Contains(text, "Starting") && strings.Contains(text, "charon") || strings.Contains(text, "Starting IKE") && strings.Contains(text, "daemon")
}

// noIDr is what charon says to an IKE_AUTH response of which it expects more than an error.
const noIDr = "IDr payload missing"

// eapMD5 begins what charon says as a client whose server asks for EAP-MD5.
const eapMD5 = "server requested EAP_MD5 "

// mschapFailed begins what charon says as a client whose password was rejected; what follows of the method says no more.
const mschapFailed = "EAP-MS-CHAPv2 failed with error "

// assigning begins what charon says when it has an address for the peer.
const assigning = "assigning virtual IP "
