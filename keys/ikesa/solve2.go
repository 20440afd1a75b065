package ikesa

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A Generation is one set of keys of an IKEv2 SA (RFC 7296, section 2.14). There is one more for each additional key
// exchange (RFC 9370), under the same SPIs.
type Generation struct {
	SKEYSEED []byte
	keys.IKEv2Keys
	GXY    []byte // the shared secret that it comes from; nil where it was not needed
	Used   []secret.Secret
	proofs []Proof
	first  int // frame of the first message that it opens
}

// solve2 finds the keys of an IKEv2 SA, opens its messages and derives the keys of its children.
func (s *solver) solve2() {
	m := s.material2()
	s.sa.Established = s.established2()
	best := s.findGeneration(m)
	if best != nil {
		s.openAll()
		s.joinFragments()
		s.nextGenerations(m)
	}
	s.joinFragments()
	s.identities2()
	s.checkAuth2(m)
	s.children2(m)
	s.gaps2(m)
	s.noteResumable()
}

// findGeneration tries every policy with every candidate until one opens a message.
func (s *solver) findGeneration(m *material2) *Generation {
	ps := s.policies2(m)
	if len(ps) > 0 {
		s.sa.Policy = ps[0]
	}
	for _, p := range ps {
		if p.Cipher == nil {
			continue
		}
		for _, g := range s.generations(p, m) {
			if !s.proves(p, g, m.chosen != nil) {
				continue
			}
			s.sa.Policy = p
			s.prfKnown = s.prfKnown || m.chosen != nil || g.SKEYSEED != nil
			s.addGeneration(g)
		}
		if len(s.sa.Generations) > 0 {
			s.settlePRF()
			slices.SortStableFunc(s.sa.Generations, func(a, b Generation) int { return a.first - b.first })
			return &s.sa.Generations[0]
		}
	}
	return nil
}

// addGeneration keeps a proved set of keys. What two sources say of one set is put together.
func (s *solver) addGeneration(g *Generation) {
	s.sa.Proofs = append(s.sa.Proofs, g.proofs...)
	for i := range s.sa.Generations {
		if h := &s.sa.Generations[i]; h.join(g) {
			return
		}
	}
	s.sa.Generations = append(s.sa.Generations, *g)
}

// join takes over what o knows more of the same keys; false where they are others.
func (g *Generation) join(o *Generation) bool {
	same := func(a, b []byte) bool { return a != nil && bytes.Equal(a, b) }
	differ := func(a, b []byte) bool { return a != nil && b != nil && !bytes.Equal(a, b) }
	if !same(g.EI, o.EI) && !same(g.ER, o.ER) || differ(g.EI, o.EI) || differ(g.ER, o.ER) || differ(g.D, o.D) {
		return false
	}
	for _, f := range []struct{ dst, src *[]byte }{
		{&g.SKEYSEED, &o.SKEYSEED}, {&g.D, &o.D}, {&g.AI, &o.AI}, {&g.AR, &o.AR}, {&g.EI, &o.EI}, {&g.ER, &o.ER},
		{&g.PI, &o.PI}, {&g.PR, &o.PR}, {&g.GXY, &o.GXY},
	} {
		if *f.dst == nil {
			*f.dst = *f.src
		}
	}
	g.Used, g.proofs = append(g.Used, o.Used...), append(g.proofs, o.proofs...)
	g.first = min(g.first, o.first)
	return true
}

// settlePRF takes the PRF that the length of SK_d allows, where nothing else tells it and only one does.
func (s *solver) settlePRF() {
	if s.prfKnown {
		return
	}
	s.sa.Policy.PRF = alg.PRF{}
	for _, g := range s.sa.Generations {
		if ps := s.prfs(g.D); len(ps) == 1 {
			s.sa.Policy.PRF, s.prfKnown = ps[0], true
		}
	}
}

// prfs are the PRFs that the SA may use: the one that is known, else all whose keys are as long as SK_d.
func (s *solver) prfs(d []byte) []alg.PRF {
	if s.prfKnown {
		return []alg.PRF{s.sa.Policy.PRF}
	}
	return slices.DeleteFunc(alg.PRFs(), func(p alg.PRF) bool { return p.IKEv2 == 0 || p.KeyLen() != len(d) })
}

// proves reports whether a candidate opens the encrypted messages. Their ICV is the proof, but it says nothing of a cipher
// that was not seen to be chosen; and where no key for it is known, the payload chains must be enough.
func (s *solver) proves(p Policy, g *Generation, chosen bool) bool {
	const look = 32
	n, bits, verified := 0, 0, false
	var first *Message
	judged := false
	for _, m := range s.sa.Messages {
		if m.State == Clear || n == look {
			continue
		}
		n++
		o, ok := s.openSK(p, g, m)
		if !ok {
			continue
		}
		b, whole := chainBits(m, o)
		if whole && b == 0 && !(o.Verified && (chosen || p.Cipher.AEAD)) {
			continue
		}
		if first == nil {
			first = m
		}
		bits, verified, judged = bits+b, verified || o.Verified, judged || whole
		if o.Verified && (chosen || p.Cipher.AEAD || whole) || bits >= enoughBits {
			break
		}
	}
	if first == nil || !verified && bits < enoughBits {
		return false
	}
	g.first = first.Frame
	kind, text := ByICV, fmt.Sprintf("ICV of the message in frame %d", first.Frame)
	if !verified {
		kind, text = ByChain, fmt.Sprintf("payloads from frame %d on", first.Frame)
	}
	for _, x := range g.Used {
		g.proofs = append(g.proofs, Proof{Secret: label(x), Kind: kind, Frame: first.Frame, Text: text})
	}
	return true
}

// chainBits is what the payloads inside an SK payload prove, in bits: 0 where they are no payloads. Of a fragment nothing can
// be said, whole is false then.
func chainBits(m *Message, o keys.Opened) (bits int, whole bool) {
	if _, ok := decode.Find(m.Message.Payloads, decode.Payload2SK); !ok {
		return 0, false
	}
	end, ok := decode.WalkChain2(o.First, o.Payloads)
	if !ok || end != len(o.Payloads) {
		return 0, true
	}
	bits = 8 // the padding length fits
	inner, _, _ := decode.ParsePayloads2(o.First, o.Payloads)
	for range inner {
		bits += 12 // the next payload's type, reserved bits, a length that leads there
	}
	return bits, true
}

// generations are the candidates that the bag gives: whole sets of keys first, then those that follow from a shared secret.
func (s *solver) generations(p Policy, m *material2) []*Generation {
	out := s.givenGenerations(p)
	if m.ni == nil || m.nr == nil || p.PRF.Sum == nil {
		return out
	}
	for _, x := range s.secrets(secret.SKEYSEED) {
		out = append(out, s.derive2(p, m, keys.SKEYSEED{PRF: p.PRF, Key: x.Value}, nil, nil, x))
	}
	switch {
	case m.resume:
		return append(out, s.afterResumption(p, m)...)
	case m.rekey:
		return append(out, s.afterRekey(p, m)...)
	}
	for _, sh := range s.shared2(p, m) {
		seed := keys.SKEYSEEDFromInit(p.PRF, m.ni, m.nr, sh.gxy)
		out = append(out, s.derive2(p, m, seed, sh.gxy, sh.proofs, sh.used))
	}
	return out
}

// afterRekey are the candidates for an IKE SA that takes the place of another (RFC 7296, section 2.18).
func (s *solver) afterRekey(p Policy, m *material2) []*Generation {
	if m.chosen != nil && additional(*m.chosen) > 0 {
		return s.afterFollowUps(p, m)
	}
	var out []*Generation
	for _, sh := range s.shared2(p, m) {
		for _, d := range m.oldDs {
			seed := keys.SKEYSEEDFromRekey(m.oldPRF, p.PRF, d, sh.gxy, m.ni, m.nr)
			out = append(out, s.derive2(p, m, seed, sh.gxy, sh.proofs, sh.used))
		}
	}
	return out
}

// A resumable is what an SA leaves to one that resumes it.
type resumable struct {
	policy Policy
	d      secret.Secret
}

// afterResumption are the candidates for an SA that resumes another (RFC 5723, section 5.1): one of the capture, or one whose
// SK_d was given.
func (s *solver) afterResumption(p Policy, m *material2) []*Generation {
	var ds []secret.Secret
	for _, r := range s.resumables {
		ds = append(ds, r.d)
	}
	for _, x := range s.bag.Secrets { // it is bound to the SA that was resumed, not to this one
		if x.Kind == secret.SKd {
			ds = append(ds, x)
		}
	}
	var out []*Generation
	for _, d := range ds {
		if len(d.Value) == p.PRF.KeyLen() {
			out = append(out, s.derive2(p, m, keys.SKEYSEEDFromResumption(p.PRF, d.Value, m.ni, m.nr), nil, nil, d))
		}
	}
	return out
}

// noteResumable keeps what may be resumed later.
func (s *solver) noteResumable() {
	const most = 64
	for _, d := range s.ds() {
		if s.prfKnown && len(s.sa.Generations) > 0 && len(s.resumables) < most {
			at := secret.Where{Initiator: s.sa.Initiator, Responder: s.sa.Responder}
			s.resumables = append(s.resumables, resumable{s.sa.Policy, secret.Secret{Kind: secret.SKd, Where: at, Value: d}})
		}
	}
}

// afterFollowUps are the candidates for an IKE SA that rekeys another with additional key exchanges (RFC 9370, section 2.2.4).
func (s *solver) afterFollowUps(p Policy, m *material2) []*Generation {
	var all []secret.Secret
	for _, k := range []secret.Kind{secret.DHSecret, secret.ChildDHSecret} {
		all = append(all, s.secrets(k)...)
	}
	values := make([][]byte, len(all))
	for i, x := range all {
		values[i] = x.Value
	}
	var out []*Generation
	for _, set := range sets(values, additional(*m.chosen)+1) {
		used := all[slices.IndexFunc(values, func(v []byte) bool { return bytes.Equal(v, set[0]) })]
		for _, d := range m.oldDs {
			seed := keys.SKEYSEEDFromRekey(m.oldPRF, p.PRF, d, set[0], m.ni, m.nr, set[1:]...)
			out = append(out, s.derive2(p, m, seed, set[0], nil, used))
		}
	}
	return out
}

// derive2 cuts the keys of an SA out of its SKEYSEED.
func (s *solver) derive2(p Policy, m *material2, seed keys.SKEYSEED, gxy []byte, proofs []Proof, used ...secret.Secret) *Generation {
	k := seed.Keys(m.ni, m.nr, s.sa.Initiator, s.sa.Responder, keys.IKEv2Lengths{Integ: p.integLen(), Encr: p.KeyLen})
	return &Generation{SKEYSEED: seed.Key, IKEv2Keys: k, GXY: gxy, Used: used, proofs: slices.Clone(proofs)}
}

// shared2 are the candidates for the shared secret of the exchange that set the SA up.
func (s *solver) shared2(p Policy, m *material2) []shared {
	var gxi, gxr []byte
	if m.kei != nil {
		gxi = m.kei.Data
	}
	if m.ker != nil {
		gxr = m.ker.Data
	}
	mat := material{gxi: gxi, gxr: gxr, frameI: m.frameI, frameR: m.frameR}
	if p.Group == nil && m.ker != nil {
		p.GroupID, p.Group = uint16(m.ker.Group), alg.GroupByID(uint16(m.ker.Group))
	}
	out := s.sharedSecrets(p, mat)
	for _, x := range s.secrets(secret.ChildDHSecret) { // a rekeyed IKE SA's
		if m.rekey {
			out = append(out, shared{gxy: pad(x.Value, p.Group, mat), used: x})
		}
	}
	return out
}

// givenGenerations are the sets of SK_* values that a source printed together, or bound to this SA.
func (s *solver) givenGenerations(p Policy) []*Generation {
	type key struct {
		file  string
		group int
		i, r  decode.SPI
	}
	byKey := make(map[key]*Generation)
	var order []*Generation
	for _, x := range s.bag.Secrets {
		if !s.binds(x) {
			continue
		}
		k := key{x.Origin.File, x.Group, x.Where.Initiator, x.Where.Responder}
		if x.Group != 0 {
			k.i, k.r = decode.SPI{}, decode.SPI{}
		}
		g := byKey[k]
		if g == nil {
			g = &Generation{}
		}
		dst := g.field(x.Kind)
		if dst == nil {
			continue
		}
		*dst = x.Value
		g.Used = append(g.Used, x)
		if byKey[k] == nil {
			byKey[k] = g
			order = append(order, g)
		}
	}
	return slices.DeleteFunc(order, func(g *Generation) bool {
		fits := func(k []byte) bool { return len(k) == p.KeyLen }
		return !fits(g.EI) && !fits(g.ER)
	})
}

// field is where a secret of a kind belongs; nil for the other kinds.
func (g *Generation) field(k secret.Kind) *[]byte {
	switch k {
	case secret.SKd:
		return &g.D
	case secret.SKai:
		return &g.AI
	case secret.SKar:
		return &g.AR
	case secret.SKei:
		return &g.EI
	case secret.SKer:
		return &g.ER
	case secret.SKpi:
		return &g.PI
	case secret.SKpr:
		return &g.PR
	}
	return nil
}

// openAll opens what the generations open.
func (s *solver) openAll() {
	for _, m := range s.sa.Messages {
		if m.State != Closed {
			continue
		}
		for i := range s.sa.Generations {
			g := &s.sa.Generations[i]
			plain, ok := s.openSK(s.sa.Policy, g, m)
			if bits, whole := chainBits(m, plain); !ok || !plain.Verified && whole && bits == 0 {
				continue
			}
			s.take(m, plain, i)
			break
		}
		if m.State == Closed {
			m.Why = "no key that is known opens it"
		}
	}
}

// openSK opens the SK payload, or the fragment, of a message.
func (s *solver) openSK(p Policy, g *Generation, m *Message) (keys.Opened, bool) {
	encr, integ := g.ER, g.AR
	if m.FromInitiator {
		encr, integ = g.EI, g.AI
	}
	if len(encr) != p.KeyLen {
		return keys.Opened{}, false
	}
	o, err := keys.NewSKOpener(p.Cipher, p.Integ, encr, integ)
	if err != nil {
		return keys.Opened{}, false
	}
	x, err := o.OpenSK(m.Raw)
	return x, err == nil
}

// take writes a decrypted SK payload into its message.
func (s *solver) take(m *Message, o keys.Opened, generation int) {
	m.State, m.Plain, m.Generation, m.First = Opened, o.Payloads, generation, o.First
	m.IV = "in the message"
	if _, ok := decode.Find(m.Message.Payloads, decode.Payload2SK); ok {
		inner, _, err := decode.ParsePayloads2(o.First, o.Payloads)
		m.PayErr = err
		m.Payloads = slices.Concat(before(m.Message.Payloads, decode.Payload2SK), inner)
	}
}

// before are the payloads in front of the one of type t.
func before(ps []decode.Payload, t decode.PayloadType) []decode.Payload {
	for i, p := range ps {
		if p.Type == t {
			return slices.Clone(ps[:i])
		}
	}
	return nil
}

// nextGenerations finds the keys after each IKE_INTERMEDIATE that had a key exchange (RFC 9370, section 2.2.2), of which there
// are up to seven, or that agreed upon a PPK (RFC 9867).
func (s *solver) nextGenerations(m *material2) {
	for range 8 {
		last := s.sa.Generations[len(s.sa.Generations)-1]
		if last.D == nil || m.ni == nil || m.nr == nil || s.sa.Policy.PRF.Sum == nil || !s.anyClosed() {
			return
		}
		g := s.nextGeneration(m, &last)
		if g == nil {
			return
		}
		s.addGeneration(g)
		s.openAll()
	}
}

// nextGeneration is the one that follows last; nil where no secret makes it.
func (s *solver) nextGeneration(m *material2, last *Generation) *Generation {
	p := s.sa.Policy
	fits := func(seed keys.SKEYSEED, sh shared) *Generation {
		g := s.derive2(p, m, seed, sh.gxy, sh.proofs, sh.used)
		if bytes.Equal(g.EI, last.EI) || !s.proves(p, g, true) {
			return nil
		}
		return g
	}
	for _, sh := range s.intermediateSecrets() {
		if g := fits(keys.SKEYSEEDFromIntermediate(p.PRF, last.D, sh.gxy, m.ni, m.nr), sh); g != nil {
			return g
		}
	}
	for _, x := range s.secrets(secret.PPK) {
		if g := fits(keys.SKEYSEEDFromPPK(p.PRF, x.Value, last.D), shared{used: x}); g != nil {
			return g
		}
	}
	return nil
}

// intermediateSecrets are the candidates for what a key exchange in IKE_INTERMEDIATE agreed upon: those given, and those that
// a private value makes with a KE payload of the messages that are open so far.
func (s *solver) intermediateSecrets() []shared {
	var out []shared
	for _, kind := range []secret.Kind{secret.DHSecret, secret.ChildDHSecret} {
		for _, x := range s.secrets(kind) {
			out = append(out, shared{gxy: x.Value, used: x})
		}
	}
	private := s.secrets(secret.DHPrivate)
	for _, m := range s.sa.Messages {
		if m.Message.Exchange != decode.ExchangeIntermediate || m.State != Opened {
			continue
		}
		ke := findKE2(m.Payloads)
		if ke == nil {
			continue
		}
		x := alg.KeyExchangeByID(uint16(ke.Group))
		for _, priv := range private {
			if x == nil {
				break
			}
			if v, err := x.Shared(priv.Value, ke.Data); err == nil {
				out = append(out, shared{gxy: v, used: priv})
			}
		}
	}
	return out
}

func (s *solver) anyClosed() bool {
	return slices.ContainsFunc(s.sa.Messages, func(m *Message) bool { return m.State == Closed })
}

// A fragmentKey names a message that came in fragments (RFC 7383).
type fragmentKey struct {
	x         decode.ExchangeType
	id        uint32
	initiator bool
	response  bool
}

// joinFragments puts the plaintexts of fragmented messages together: the last fragment seen gets the payloads. Of a message that
// lacks some, the first fragment gets the payloads in front of the hole. It may be called again when more is open.
func (s *solver) joinFragments() {
	s.holes = nil
	sets := make(map[fragmentKey][]*Message)
	var order []fragmentKey
	for _, m := range s.sa.Messages {
		if m.State != Opened || m.Plain == nil || fragment2(m) == nil {
			continue
		}
		k := fragmentKey{m.Message.Exchange, m.MessageID, m.FromInitiator, m.Flags&decode.FlagResponse != 0}
		if sets[k] == nil {
			order = append(order, k)
		}
		sets[k] = append(sets[k], m)
	}
	for _, k := range order {
		if slices.ContainsFunc(sets[k], func(m *Message) bool { return m.Joined > 0 }) {
			continue // by an earlier call
		}
		if missing, total := joinSet(sets[k]); len(missing) > 0 {
			s.holes = append(s.holes, hole{k, missing, total})
		}
	}
}

// A hole is what a fragmented message lacks.
type hole struct {
	fragmentKey
	missing []uint16
	total   uint16
}

// maxMissing bounds the fragments that are named: a hostile message can claim 65,535.
const maxMissing = 16

// joinSet joins the fragments of one message, which are in order of time, and returns the numbers of those that are missing.
func joinSet(ms []*Message) (missing []uint16, total uint16) {
	parts := make(map[uint16]*Message)
	for _, m := range ms {
		f := fragment2(m)
		if f.Total > total {
			total, parts = f.Total, make(map[uint16]*Message) // a sender may start again with smaller fragments
		}
		if f.Total == total && parts[f.Number] == nil {
			parts[f.Number] = m
		}
	}
	var plain []byte
	var last *Message
	for n := 1; n <= int(total) && len(missing) < maxMissing; n++ {
		m := parts[uint16(n)]
		if m == nil {
			missing = append(missing, uint16(n))
			continue
		}
		if len(missing) == 0 {
			plain = append(plain, m.Plain...)
		}
		if last == nil || m.Frame > last.Frame {
			last = m
		}
	}
	if parts[1] == nil {
		return missing, total
	}
	if len(missing) > 0 {
		last = parts[1]
	}
	first, _ := decode.Find(parts[1].Message.Payloads, decode.Payload2SKF)
	inner, _, err := decode.ParsePayloads2(first.Next, plain)
	front := before(parts[1].Message.Payloads, decode.Payload2SKF)
	if len(missing) > 0 {
		// The payload that the hole cuts does not parse, and what is in front of it is all that there is.
		inner = slices.DeleteFunc(inner, func(p decode.Payload) bool { return p.Err != nil })
		last.Payloads = slices.Concat(front, inner)
		return missing, total
	}
	last.Joined, last.PayErr = int(total), err
	last.Plain, last.First = plain, first.Next
	last.Payloads = slices.Concat(front, inner)
	return nil, total
}

// lostFragments tells of the messages that lack fragments.
func (s *solver) lostFragments() []Gap {
	var out []Gap
	for _, h := range s.holes {
		out = append(out, Gap{Code: GapLost, Text: fmt.Sprintf("fragments %v of %d of %v, message ID %d, are not in the capture: what comes after the first of them is lost",
			h.missing, h.total, h.x, h.id)})
	}
	return out
}

func fragment2(m *Message) *decode.SKF2 {
	p, ok := decode.Find(m.Message.Payloads, decode.Payload2SKF)
	if !ok {
		return nil
	}
	f, _ := p.Body.(*decode.SKF2)
	return f
}

// established2 reports whether the SA was seen to come up: the responder answered IKE_AUTH, or anything after it was said.
func (s *solver) established2() bool {
	for _, m := range s.sa.Messages {
		switch m.Message.Exchange {
		case decode.ExchangeCreateChild, decode.ExchangeInformational2:
			return true
		}
	}
	return false
}
