package v2

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// IP-TFS is in use where both peers say so: the flags are those of the side that says them.
func TestIPTFS(t *testing.T) {
	typ, _ := ike.UseAGGFRAG.Type(ike.V2)
	with := func(flags ...byte) *ikesa.Message {
		m := &ikesa.Message{Payloads: []decode.Payload{{}}, Parts: []ike.Part{nil}}
		if flags != nil {
			m.Parts[0] = &ike.Notify{Type: typ, Data: flags}
		}
		return m
	}
	for _, c := range []struct {
		name              string
		request, response *ikesa.Message
		want              *ikesa.IPTFS
	}{
		{"both", with(1), with(2), &ikesa.IPTFS{Initiator: ikesa.AGGFRAG{NoFragment: true}, Responder: ikesa.AGGFRAG{Congestion: true}}},
		{"not granted", with(0), with(), nil},
		{"not asked", with(), with(0), nil},
		{"request lost", nil, with(3), &ikesa.IPTFS{Responder: ikesa.AGGFRAG{Congestion: true, NoFragment: true}}},
	} {
		got := iptfs(childExchange{request: c.request, response: c.response})
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
