package source

import (
	"io"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A capture on Linux' interface nlmon has what daemons give the kernel, what it answers, and what it tells others: all SAs with their keys, as they come up
// and, where a program listed them meanwhile, those that were there before.
var nlmonFormat = format{
	name:    "a capture of nlmon",
	lacks:   kernelTable,
	keyless: "run ip xfrm state as root while nlmon is captured, or let the tunnel come up meanwhile",
}

// blockFormat are secrets blocks in a capture that was given for its keys.
var blockFormat = format{name: "a capture with secrets blocks", lacks: kernelTable}

// readCapture reads the keys that a capture carries, which has no others.
func (v *visit) readCapture(name string, r io.Reader, depth int) (*secret.Bag, error) {
	e := &FormatError{File: name, What: "a capture", Advice: "give it without -k"}
	in := &limitReader{r: r, left: &v.left[depth]}
	blocks, beyond := capture.ReadSecrets(name, in)
	bag, groups := &secret.Bag{}, 0
	newOut := func(f *format) *out {
		o := &out{bag: bag, file: name, src: f, groups: &groups, extent: &extent{}}
		o.all = []*out{o}
		return o
	}
	netlink, espBlocks := newOut(&nlmonFormat), newOut(&blockFormat)
	for _, b := range blocks {
		switch {
		case b.Frame > 0:
			netlink.messages(b)
		case b.Type == capture.SecretESP:
			for _, sa := range ReadESPS(b.Data) {
				espBlocks.sa(sa, sa.Source.Line)
			}
		}
	}
	if beyond > 0 {
		netlink.warn(0, "%d more messages or blocks with keys are not read: there are too many", beyond)
	}
	if *in.left <= 0 {
		netlink.warn(0, "not read to its end: it is too large")
	}
	netlink.keylessAlone(netlink.bare)
	for _, o := range []*out{netlink, espBlocks} {
		if o.recognised {
			bag.Formats = append(bag.Formats, o.summary())
		}
	}
	bag.Unique()
	if len(bag.Formats) == 0 {
		if len(blocks) > 0 && blocks[0].Frame > 0 {
			e.What, e.Advice = nlmonFormat.name+" without SAs", nlmonFormat.keyless
		}
		return nil, e
	}
	return bag, nil
}

// messages takes the SAs of the netlink messages in a packet.
func (o *out) messages(b capture.SecretBlock) {
	for sa, err := range netlinkSAs(b.Data) {
		switch {
		case err != nil:
			o.warn(b.Frame, "SA 0x%08x: %v", sa.SPI, err)
		case sa.Cipher == nil && sa.MAC == nil:
			o.bare.add(b.Frame)
		case o.hides(sa.CipherKey) || o.hides(sa.MACKey):
			o.redactedSA(b.Frame, sa.SPI)
		default:
			o.addSA(sa, b.Frame)
		}
	}
}

// netlinkSAs yields the SAs of several messages, one after the other.
func netlinkSAs(b []byte) func(yield func(esp.Params, error) bool) {
	return func(yield func(esp.Params, error) bool) {
		for n, _ := netlinkLen(b); n > 0; n, _ = netlinkLen(b) {
			if sa, ok, err := netlinkSA(b[:n]); ok && !yield(sa, err) {
				return
			}
			b = b[min((n+3)&^3, len(b)):]
		}
	}
}

// ReadBlock reads the SAs of a secrets block of a capture, or of a packet of netlink in it.
func ReadBlock(b capture.SecretBlock) []esp.Params {
	if b.Frame == 0 {
		return ReadESPS(b.Data)
	}
	bag := &secret.Bag{}
	o := &out{bag: bag, file: b.Path, src: &nlmonFormat, extent: &extent{}}
	o.messages(b)
	return bag.SAs
}
