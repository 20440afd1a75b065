package source

import (
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

var (
	reIKESPIs  = having(`with SPIs ([0-9a-f]{16})_i ([0-9a-f]{16})_r`, "with SPIs ")
	reIKEName  = pattern(`SA \S*?\[(\d+)\]`)
	reNewSA    = having(`IKE_SA \S*?\[(\d+)\] state change: CREATED => CONNECTING`, "state change: CREATED => CONNECTING")
	reExchange = having(`(parsed|generating) ([A-Z_]+) (request|response) (\d+) \[`, "parsed ", "generating ")
	reShared   = having(`secret: ((?:[0-9a-fA-F]{2}:)*[0-9a-fA-F]{2})$`, "secret: ")
)

func newCharonLog(o *out) *charonLog {
	return &charonLog{out: o, byID: map[int]*charonSA{}, byThread: map[int]*charonSA{}, addrs: map[uint32]spiAddrs{}}
}

// charonWords are found in every message that is wanted; they keep the regular expressions from the many that are not.
var charonWordList = []string{
	"with SPIs ", "state change: CREATED", "parsed ", "generating ", "received packet", " for encryption",
	" for integrity", "SPI 0x", "adding inbound", "adding outbound", "registering outbound", "registering inbound",
	"adding SAD entry", "compression algorithm", "selected proposal", "behind NAT", "faking NAT", "pre-shared key",
	" with EAP", "Starting IKE", "secret: ", "MAC mismatched",
}

var charonWords = newWordSet(charonWordList...)

// wants reports whether a message without a dump matters.
func (c *charonLog) wants(e event) bool {
	if e.text == "" || e.group == "JOB" || e.group == "CFG" && strings.HasPrefix(e.text, "vici") {
		return false
	}
	return charonWords.in(e.text)
}

// of returns the IKE SA that an event belongs to.
func (c *charonLog) of(e event) *charonSA {
	m, key := c.byThread, e.thread
	if e.id >= 0 {
		m, key = c.byID, e.id
	}
	if m[key] == nil {
		m[key] = &charonSA{stream: e.id < 0 && e.thread < 0}
	}
	return m[key]
}

func (c *charonLog) event(e event) {
	if charonStarts(e.text) {
		c.end() // numbers start again
		c.byID, c.byThread = map[int]*charonSA{}, map[int]*charonSA{}
		return
	}
	sa := c.of(e)
	if e.dump != nil {
		c.dump(sa, e)
		return
	}
	c.message(sa, e)
}

func (c *charonLog) message(sa *charonSA, e event) {
	switch {
	case e.id < 0 && strings.Contains(e.text, "received packet"):
		c.nextMessage(e)
	case reIKESPIs.MatchString(e.text):
		c.spis(sa, e)
	case reNewSA.MatchString(e.text):
		c.newSA(sa, e)
	case strings.Contains(e.text, "behind NAT") || strings.Contains(e.text, "faking NAT"):
		sa.udp = true
	case strings.Contains(e.text, "selected proposal: "):
		c.proposal(sa, e.text)
	case strings.Contains(e.text, "authentication of") && strings.Contains(e.text, "pre-shared key"):
		c.authKey(sa, secret.PSK, e.text)
	case strings.Contains(e.text, "authentication of") && strings.Contains(e.text, " with EAP"):
		c.authKey(sa, secret.EAPMSK, e.text)
	case strings.Contains(e.text, "but MAC mismatched"):
		c.triedKeys(sa)
	case reShared.MatchString(e.text):
		value, _ := lex.ParseHex(reShared.FindStringSubmatch(e.text)[1])
		c.secret(secret.Secret{Kind: secret.PSK, Value: value}, e.num, "secret")
	case strings.Contains(e.text, " [") && reExchange.MatchString(e.text):
		m := reExchange.FindStringSubmatch(e.text)
		if e.id < 0 && m[1] == "parsed" {
			sa = c.nextMessage(e)
		}
		c.exchange(sa, m)
	default:
		c.childMessage(sa, e)
	}
}

// nextMessage forgets what is known of a thread: without tags its next message may be of another IKE SA. A log without
// threads is one stream of messages, in which nothing tells where one ends.
func (c *charonLog) nextMessage(e event) *charonSA {
	if e.thread < 0 {
		return c.of(e)
	}
	c.finish(c.of(e))
	delete(c.byThread, e.thread)
	return c.of(e)
}

// newSA forgets what an earlier IKE SA of the same number left behind. The IKE SA that a line is about need not be the
// one in its tag: <t|1> IKE_SA t[2] state change: CREATED => CONNECTING.
func (c *charonLog) newSA(sa *charonSA, e event) {
	id, err := strconv.Atoi(reNewSA.FindStringSubmatch(e.text)[1])
	if err != nil || e.id < 0 {
		return
	}
	if id != e.id {
		sa.rekeys = append(sa.rekeys, id)
	}
	old := c.byID[id]
	if old == nil {
		return
	}
	if old.group == 0 && old.child == nil {
		return // the lines just before are of this one
	}
	c.finish(old)
	c.byID[id] = &charonSA{}
}

// exchange notes the message that is worked at: who asked, and its ID.
func (c *charonLog) exchange(sa *charonSA, m []string) {
	verb, name, kind := m[1], m[2], m[3]
	mid, err := strconv.ParseUint(m[4], 10, 32)
	if err != nil {
		return
	}
	switch name {
	case "ID_PROT", "AGGRESSIVE", "QUICK_MODE", "TRANSACTION":
		sa.version = 1
	case "IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA", "IKE_INTERMEDIATE", "IKE_FOLLOWUP_KE":
		sa.version = 2
	}
	if sa.stream {
		return
	}
	sa.mid = 0
	if name == "QUICK_MODE" {
		sa.mid = uint32(mid)
	}
	sa.known = true
	sa.initiator = (verb == "generating") == (kind == "request")
}

// proposal notes from "selected proposal: ESP:AES_CBC_128/HMAC_SHA1_96/EXT_SEQ" whether sequence numbers are extended.
func (c *charonLog) proposal(sa *charonSA, text string) {
	_, p, _ := strings.Cut(text, "selected proposal: ")
	if !strings.HasPrefix(p, "IKE:") {
		sa.esn = strings.Contains(p, "/EXT_SEQ") || strings.HasSuffix(p, ":EXT_SEQ")
	}
}

// authKey tells what a "secret" is by the message about AUTH: before it for the own one, after it for the peer's.
func (c *charonLog) authKey(sa *charonSA, kind secret.Kind, text string) {
	switch {
	case strings.Contains(text, "(myself)"):
		sa.authKey = kind
	case strings.Contains(text, "successful") && sa.secret != nil:
		c.keepAuthKey(sa, kind, *sa.secret)
		sa.secret, sa.tried = nil, nil
	}
}

// maxTried bounds the keys of one peer that are tried one after the other.
const maxTried = 16

// triedKeys keeps the pre-shared keys with which the peer's AUTH did not match: they are this side's own.
func (c *charonLog) triedKeys(sa *charonSA) {
	for _, e := range sa.tried {
		c.keepAuthKey(sa, secret.PSK, e)
	}
	sa.secret, sa.tried = nil, nil
}

// keepAuthKey adds a pre-shared key, or the MSK of EAP, which is this IKE SA's alone.
func (c *charonLog) keepAuthKey(sa *charonSA, kind secret.Kind, e event) {
	if kind == secret.EAPMSK {
		c.keep(sa, secret.Secret{Kind: kind, Value: e.dump}, e)
		return
	}
	c.secret(secret.Secret{Kind: kind, Value: e.dump}, e.num, e.text)
}

// spis binds what an IKE SA printed to its SPIs.
func (c *charonLog) spis(sa *charonSA, e event) {
	m := reIKESPIs.FindStringSubmatch(e.text)
	i, err1 := secret.ParseSPI(m[1])
	r, err2 := secret.ParseSPI(m[2])
	if err1 != nil || err2 != nil {
		return
	}
	if name := reIKEName.FindStringSubmatch(e.text); name != nil {
		if id, err := strconv.Atoi(name[1]); err == nil && id != e.id {
			if sa = c.byID[id]; sa == nil {
				sa = &charonSA{}
				c.byID[id] = sa
			}
		}
	} else if e.id < 0 && strings.Contains(e.text, "checkout") {
		return // names the SA that this thread goes on to look up: which number it has comes later
	}
	c.bind(sa, i, r)
}

// bind sets the cookies of an IKE SA and of the secrets that it printed before they were known.
func (c *charonLog) bind(sa *charonSA, i, r decode.SPI) {
	if r.IsZero() || i.IsZero() || sa.stream {
		return
	}
	if !sa.where.Initiator.IsZero() && (sa.where.Initiator != i || sa.where.Responder != r) {
		sa.emitted = nil // another IKE SA under the same number
	}
	sa.where = secret.Where{Initiator: i, Responder: r}
	for _, n := range sa.emitted {
		s := &c.bag.Secrets[n]
		s.Where.Initiator, s.Where.Responder = i, r
	}
	sa.emitted = nil
}

// keep adds a secret of an IKE SA, to be bound later if its cookies are not known yet.
func (c *charonLog) keep(sa *charonSA, s secret.Secret, e event) {
	s.Where.Initiator, s.Where.Responder = sa.where.Initiator, sa.where.Responder
	n := c.secret(s, e.num, e.text)
	if n >= 0 && sa.where.Initiator.IsZero() {
		sa.emitted = append(sa.emitted, n)
	}
}

// keyed returns the IKE SA that a value of a key schedule belongs to. Up to 5.9 charon prints those of an IKE SA that it rekeys
// under the number of the old one, while the new one has no key yet.
func (c *charonLog) keyed(sa *charonSA, e event) *charonSA {
	kind := charonLabels[e.text]
	if !sa.derived || e.text != "shared Diffie Hellman secret" && (kind < secret.SKEYSEED || kind > secret.SKpr) {
		return sa
	}
	for i := len(sa.rekeys) - 1; i >= 0; i-- {
		e.id = sa.rekeys[i]
		if next := c.of(e); !next.derived {
			return next
		}
	}
	return sa
}

// settle gives the pending DH secret its use.
func (c *charonLog) settle(sa *charonSA, ike bool) {
	e := sa.pending
	if e == nil {
		return
	}
	sa.pending = nil
	if ike {
		if e.id < 0 && sa.group != 0 { // a second derivation: the cookies are the first one's
			sa.where, sa.emitted = secret.Where{}, nil
		}
		sa.group = c.newGroup()
		sa.sharedLen = len(e.dump)
		c.keep(sa, secret.Secret{Kind: secret.DHSecret, Value: e.dump, Group: sa.group}, *e)
		return
	}
	c.childSecret(sa, *e)
}

// finish ends what is open of an IKE SA.
func (c *charonLog) finish(sa *charonSA) {
	c.settle(sa, sa.child == nil)
	c.finishChild(sa)
}

func (c *charonLog) end() {
	for _, m := range []map[int]*charonSA{c.byID, c.byThread} {
		for _, k := range sortedKeys(m) {
			c.finish(m[k])
		}
	}
	c.addKernelSAs()
}
