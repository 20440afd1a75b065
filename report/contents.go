package report

import (
	"fmt"
	"strings"
)

// What a message of IKEv2 holds, in a line.

// contents2 lists the payloads in the notation of RFC 7296, those that were encrypted in SK{...}, runs of one type folded.
func (m *Message) contents2() string {
	names := func(list []Payload) string {
		var parts []string
		for i := 0; i < len(list); {
			n := 1
			for i+n < len(list) && list[i+n].Type == list[i].Type {
				n++
			}
			parts = append(parts, list[i].Type)
			if n > 1 {
				parts[len(parts)-1] += fmt.Sprintf("×%d", n)
			}
			i += n
		}
		return strings.Join(parts, " ")
	}
	switch m.State {
	case StateClear:
		return names(m.Payloads)
	case StateClosed:
		return "not decrypted"
	}
	out := min(m.outside, len(m.Payloads))
	s := "SK{" + names(m.Payloads[out:]) + "}"
	if out > 0 {
		s = names(m.Payloads[:out]) + " " + s
	}
	if m.Generation > 0 {
		s += fmt.Sprintf("  [keys %d]", m.Generation)
	}
	if m.Hash != nil && m.Hash.Result != "not checked" {
		s += fmt.Sprintf("  [%s %s]", m.Hash.Name, m.Hash.Result)
	}
	return s
}

// notifyLine puts the status notifications of a message in one line.
func (m *Message) notifyLine() string {
	var parts []string
	for i := range m.Payloads {
		if n := m.Payloads[i].Notify; n != nil && !n.Error && m.Payloads[i].Error == "" {
			parts = append(parts, clip(m.Payloads[i].Text, longest))
		}
	}
	return join(parts, "; ")
}
