package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// ikedecrypt reads the keys of an IKE SA of IKEv1 from XML, an element a value:
//
//	<SA><iCookie>38db764f3d5447ca</iCookie><rCookie>bae238c60a99624e</rCookie><EncAlg>AES</EncAlg>
//	<HashAlg>SHA1</HashAlg><SKeyId_e>d031...</SKeyId_e></SA>
var ikedecryptFormat = format{
	name:   "ikedecrypt XML",
	typed:  true,
	folded: []string{"<iCookie>", "<rCookie>", "<SKeyId", "<Ka>", "<EncKey>", "</SA>"},
	lacks:  []secret.Lack{{Of: secret.IPsecKeys, Text: "ikedecrypt has no ESP keys", Advice: "ESP without PFS needs SKEYID_d"}},
	start:  func(o *out) parser { return &ikedecrypt{out: o} },
}

var reIkedecrypt = pattern(`(?i)<(iCookie|rCookie|SKeyId(?:_[dae])?|Ka|EncKey)>\s*([0-9a-fx\s]*?)\s*</|<(/SA)>`)

var ikedecryptKinds = map[string]secret.Kind{"skeyid": secret.SKEYID, "skeyid_d": secret.SKEYIDd, "skeyid_a": secret.SKEYIDa, "skeyid_e": secret.SKEYIDe,
	"ka": secret.EncKey, "enckey": secret.EncKey}

type ikedecrypt struct {
	*out
	where secret.Where
	group int
	first int    // place of the group's first secret in the bag
	open  string // a value that its line does not end
}

// reOpenValue is an element that goes on in the next line.
var reOpenValue = pattern(`(?i)<(?:iCookie|rCookie|SKeyId(?:_[dae])?|Ka|EncKey)>[0-9a-fx\s]*$`)

// needs is every line of an element that goes over several.
func (p *ikedecrypt) needs() need {
	if p.open != "" {
		return needLine
	}
	return needLook
}

func (p *ikedecrypt) line(l line) error {
	text := p.open + " " + l.text
	p.open = ""
	if at := reOpenValue.FindStringIndex(text); at != nil && len(text) < maxCall {
		p.open = text[at[0]:]
		text = text[:at[0]]
	}
	if !strings.Contains(text, "</") { // charon's lines have a tag, too
		return nil
	}
	for _, m := range reIkedecrypt.FindAllStringSubmatch(text, -1) {
		name := strings.ToLower(m[1])
		kind := ikedecryptKinds[name]
		value, err := lex.ParseHex(m[2])
		switch {
		case m[3] != "":
			p.finish()
		case err != nil || len(value) == 0:
			if err == nil {
				err = lex.ErrNoHex
			}
			p.unread(l.num, m[1], err)
		case kind != 0:
			p.begin()
			p.secret(secret.Secret{Kind: kind, Value: value, Group: p.group}, l.num, m[1])
		case len(value) == 8:
			p.begin()
			if name == "icookie" {
				p.where.Initiator = [8]byte(value)
			} else {
				p.where.Responder = [8]byte(value)
			}
		}
	}
	return nil
}

// begin starts an SA.
func (p *ikedecrypt) begin() {
	if p.group == 0 {
		p.group, p.first = p.newGroup(), len(p.bag.Secrets)
	}
}

// finish ends an SA: its keys get its SPIs, which may stand behind them.
func (p *ikedecrypt) finish() {
	for i := p.first; p.group != 0 && i < len(p.bag.Secrets); i++ {
		if p.bag.Secrets[i].Group == p.group {
			p.bag.Secrets[i].Where = p.where
		}
	}
	p.where, p.group = secret.Where{}, 0
}

func (p *ikedecrypt) end() error {
	p.finish()
	return nil
}
