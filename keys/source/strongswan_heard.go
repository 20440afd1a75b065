package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// charonExchanges are exchange types by charon's names for them. Those up to 32 are of IKEv1.
var charonExchanges = map[string]uint8{
	"ID_PROT": 2, "AUTH_ONLY": 3, "AGGRESSIVE": 4, "INFORMATIONAL_V1": 5, "TRANSACTION": 6, "QUICK_MODE": 32, "NEW_GROUP_MODE": 33,
	"IKE_SA_INIT": 34, "IKE_AUTH": 35, "CREATE_CHILD_SA": 36, "INFORMATIONAL": 37, "IKE_SESSION_RESUME": 38, "IKE_INTERMEDIATE": 43,
	"IKE_FOLLOWUP_KE": 44,
}

// heard takes the lines that tell of IKE messages.
func (p *charonEvents) heard(t *charonThread, l line, prefix event, text string) bool {
	if packet, ok := charonPacketOf(text); ok {
		p.finish(t)
		p.sure = true
		t.packet(p, l, prefix, packet)
		return true
	}
	m, ok := charonMessageOf(text)
	if !ok || m.exchange == 0 {
		return false
	}
	p.finish(t)
	p.sure = true
	message := logs.Message{Exchange: m.exchange, ID: m.id, Response: m.response}
	message.Version = versionOf(message.Exchange)
	if m.generated {
		t.generated = message
		if strings.Contains(m.payloads, "N(INVAL_KE)") || strings.Contains(m.payloads, "N(COOKIE)") {
			p.again = prefix.id
		}
		if peer := p.peers[t.remote.Addr()]; peer != nil && charonErrors[m.payloads] != "" {
			peer.ended(t.group)
		}
		if !t.remote.IsValid() && prefix.id < 0 && !message.Response { // a fragment of a log
			t.group = p.group(prefix, t)
		}
		p.deletes(t)
		p.shortSent(t, l, prefix, text)
		return true
	}
	if t.tag != prefix.id { // the line about its packet is not there, or was cut
		*t = charonThread{tag: prefix.id, generated: t.generated}
	}
	if message.Size = t.message.Size; t.message.Exchange != 0 || strings.Contains(m.payloads, "FRAG(") {
		message.Size = 0 // it is, or was, that of a fragment
	}
	message.Fragment, message.Fragments = charonFragment(m.payloads)
	t.message = message
	if begins(message, m.payloads) {
		p.begin(t, prefix)
	} else if peer := p.peers[t.remote.Addr()]; peer != nil && prefix.id < 0 {
		peer.moved(t.remote.Port(), t.group)
	}
	e := p.eventOf(t, l, prefix, text)
	e.Kind = logs.Received
	p.add(e)
	t.alone = nil
	if message.Version == ike.V2 && !message.Response && m.payloads == authFailed { // the verdict on this side's IKE_AUTH response
		n, _ := ike.NotifyNamed(ike.V2, "AUTHENTICATION_FAILED")
		e.Kind, e.Notify = logs.PeerError, n
		p.add(e)
		return true
	}
	if n, ok := ike.NotifyNamed(message.Version, charonErrors[m.payloads]); ok {
		e.Kind, e.Notify = logs.PeerError, n
		t.alone = &e
	}
	return true
}

// deletes adds what the message that was made deletes.
func (p *charonEvents) deletes(t *charonThread) {
	if e := t.deleting; e != nil && (t.generated.Exchange == charonExchanges["INFORMATIONAL_V1"] || t.generated.Exchange == charonExchanges["INFORMATIONAL"]) {
		e.Message = t.generated
		p.add(*e)
	}
	t.deleting = nil
}

// charonFragment is the number of an IKE fragment of IKEv2, and of how many, where the payloads are that alone.
func charonFragment(payloads string) (number, total int) {
	text, ok := strings.CutPrefix(payloads, " EF(")
	one, all, cut := strings.Cut(text, "/")
	if all, end := strings.CutSuffix(all, ") ]"); ok && cut && end {
		number, total = int(decimal32(one)), int(decimal32(all))
	}
	if number < 1 || number > total || total > maxFragments {
		return 0, 0
	}
	return number, total
}

// maxFragments is the most that the header of an IKE fragment can tell (RFC 7383, section 2.5).
const maxFragments = 1<<16 - 1

// shortSent keeps a message that is to be sent, until its size is known.
func (p *charonEvents) shortSent(t *charonThread, l line, prefix event, text string) {
	e := p.eventOf(t, l, prefix, text)
	e.Kind, e.Message = logs.Sent, t.generated
	p.add(e)
	t.last = len(p.events)
}

// begin takes the first message of an IKE SA. Numbers of IKE SAs go up: one that was there before is of another run, whose start the log
// lacks, unless its initiator was asked to try again.
func (p *charonEvents) begin(t *charonThread, prefix event) {
	switch {
	case prefix.id < 0:
		t.group = p.newTalk(t.remote)
	case prefix.id > p.highest:
		p.highest = prefix.id
	case prefix.id == p.again:
	default:
		p.restart()
		p.threads[prefix.thread], p.highest = t, prefix.id
	}
}

// begins reports whether a message with these payloads is the first one of an IKE SA.
func begins(m logs.Message, payloads string) bool {
	const saInit, resume = 34, 38
	switch m.Exchange {
	case mainMode, aggressive:
		return !m.Response && strings.HasPrefix(payloads, " SA ")
	case saInit, resume:
		return !m.Response
	}
	return false
}

// packet takes the line about a packet that was received, or is sent.
func (t *charonThread) packet(p *charonEvents, l line, prefix event, m charonPacket) {
	from, to, size := m.from, m.to, m.size
	if !m.sent {
		if t.remote.Addr() != from.Addr() || t.tag != prefix.id {
			t.localID, t.remoteID, t.used = nil, nil, logs.Method{}
		}
		t.tag, t.message, t.errno, t.rejected, t.failed, t.md5 = prefix.id, logs.Message{Size: size}, "", nil, false, false
		t.remote, t.local = from, to
		t.group = p.group(prefix, t)
		return
	}
	if t.tag != prefix.id || !t.remote.IsValid() {
		t.local, t.remote = from, to
		t.group = p.group(prefix, t)
	}
	if last := t.last; last > 0 && p.events[last-1].Kind == logs.Sent && p.events[last-1].Message.Size == 0 {
		e := p.events[last-1]
		e.Local.Addr, e.Remote.Addr, e.Message.Size = from, to, size
		if e.Group.ID == 0 {
			e.Group = t.group
		}
		return
	}
	e := p.eventOf(t, l, prefix, strings.TrimSpace(m.text))
	e.Kind, e.Message = logs.Sent, t.generated
	e.Message.Size = size
	e.Local.Addr, e.Remote.Addr = from, to
	p.add(e)
}

// authFailed are the payloads of a request by which an initiator rejects the responder (RFC 7296, section 2.21.2); charon goes on as if it
// were a Delete.
const authFailed = " N(AUTH_FAILED) ]"

// charonErrors are the lists of payloads of messages with one error alone, by which charon goes on without a word of it.
var charonErrors = map[string]string{
	" N(NO_PROP) ]": "NO_PROPOSAL_CHOSEN", " N(TS_UNACCEPT) ]": "TS_UNACCEPTABLE", " N(INVAL_SYN) ]": "INVALID_SYNTAX", " N(NO_ADD_SAS) ]": "NO_ADDITIONAL_SAS",
	" N(INT_ADDR_FAIL) ]": "INTERNAL_ADDRESS_FAILURE", " N(FAIL_CP_REQ) ]": "FAILED_CP_REQUIRED", " N(SINGLE_PAIR) ]": "SINGLE_PAIR_REQUIRED",
	" N(INVAL_KE) ]": "INVALID_KE_PAYLOAD", " N(TEMP_FAIL) ]": "TEMPORARY_FAILURE",
}
