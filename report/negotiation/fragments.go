package negotiation

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// FoldFragments puts the fragments of one message (RFC 7383) together, in order of their first one. A message that was not
// fragmented is a group of its own.
func FoldFragments(list []*ikesa.Message) (groups [][]*ikesa.Message) {
	type key struct {
		id                  uint32
		initiator, response bool
	}
	at := make(map[key]int)
	for _, m := range list {
		k := key{m.MessageID, m.FromInitiator, m.IsResponse()}
		if i, ok := at[k]; ok && FragmentOf(m) != nil {
			groups[i] = append(groups[i], m)
			continue
		}
		if FragmentOf(m) != nil {
			at[k] = len(groups)
		}
		groups = append(groups, []*ikesa.Message{m})
	}
	return groups
}

// FragmentOf is the SKF payload that m was captured with, nil where it had none.
func FragmentOf(m *ikesa.Message) *ikev2.SKF {
	p, ok := decode.Find(m.Message.Payloads, ikev2.PayloadSKF)
	if !ok {
		return nil
	}
	f, _ := p.Body.(*ikev2.SKF)
	return f
}
