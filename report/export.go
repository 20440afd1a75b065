package report

import (
	"fmt"
	"slices"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/export"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
	"github.com/ikedecode/ikedecode/report/words"
)

// ExportResult is what a run of export wrote.
type ExportResult struct {
	Format string   `json:"format"`
	For    string   `json:"for,omitempty"`   // the version of Wireshark
	Since  string   `json:"since,omitempty"` // an older one that reads all rows
	Files  []string `json:"files"`
	IKE    int      `json:"ike_rows"`
	SAs    int      `json:"sa_rows"`
	Left   []string `json:"left_out"`        // what the format cannot express or is not verified, a sentence each
	Notes  []string `json:"notes,omitempty"` // what is to be known of the rest
	// Selection is set where a filter left something out.
	Selection *PacketSelection `json:"selection,omitempty"`
}

// Material are the keys that a capture has verified, ready for export.
type Material struct {
	// Bag has the secrets of the IKE SAs, bound to their cookies, and the SAs.
	Bag *secret.Bag
	// IKEv1 are rows for Wireshark.
	IKEv1 []export.IKEv1Row
	IKEv2 []export.IKEv2Row
	// Left are SAs that are not exported, LeftIKEv1 and LeftIKEv2 what Wireshark's tables cannot hold, a sentence each.
	Left, LeftIKEv1, LeftIKEv2 []string
}

// appendCaptured appends the parameters of sa as captured, once for each pair of addresses and with the length of the ICV and the kind of
// sequence numbers that were seen; as negotiated where it has no packet.
func appendCaptured(list []esp.Params, flows *traffic.Flows, sa *esp.SA) []esp.Params {
	n := len(list)
	p := *sa.Params
	if icv := sa.ICVLength(); icv != 0 && p.MAC != nil && icv != p.MAC.ICVLen {
		p.ICVLen = icv
	}
	if st := sa.Stats(); st.Opened > st.CutOpened && sa.Checked() { // what the ICV has proved, whatever the source says
		p.ESN, p.SeqHigh = sa.Extended(), uint32(st.MinSeq>>32)
	}
	for _, r := range flows.Of(sa) {
		p.Src, p.Dst, p.UDP = r.Src, r.Dst, r.Encapsulated || sa.UDP
		if p.TCP = nil; r.TCP != (esp.Ports{}) {
			p.TCP = &r.TCP
		}
		list = append(list, p)
	}
	if len(list) == n {
		list = append(list, p)
	}
	return list
}

// Collect gathers the keys that the capture has verified, after Run with flows. With noVerify it takes the others, too.
func Collect(s *ikedecode.Session, flows *traffic.Flows, noVerify bool) *Material {
	m := &Material{Bag: &secret.Bag{Secrets: s.Secrets(noVerify)}}
	for sa := range s.Keyed() {
		m.addRow(sa)
	}
	m.addSAs(s, flows, noVerify)
	if _, ipsec := s.NotShown(); s.LeftOut+ipsec > 0 {
		m.Left = append(m.Left, words.SAs(s.LeftOut, ipsec)+" left out: too many for the memory limit")
	}
	return m
}

// wiresharkCiphers are the ciphers of phase 1 that Wireshark knows.
var wiresharkCiphers = []string{"des-cbc", "3des-cbc", "aes-cbc"}

func (m *Material) addRow(sa *ikesa.SA) {
	switch {
	case sa.Version == 2:
		m.addIKEv2Row(sa)
		return
	case len(sa.Keys.Ka) == 0:
		return
	case sa.Policy.Cipher != nil && !slices.Contains(wiresharkCiphers, sa.Policy.Cipher.KeyLog):
		m.LeftIKEv1 = append(m.LeftIKEv1, fmt.Sprintf("%s: Wireshark's ikev1_decryption_table has no %s", nameOf(sa), sa.Policy.Cipher.Name))
		return
	}
	m.IKEv1 = append(m.IKEv1, export.IKEv1Row{Initiator: sa.Initiator, Key: sa.Keys.Ka})
}

// addSAs takes the SAs whose traffic verifies the keys, and those negotiated whose traffic is not in this capture: their
// keys come from an IKE SA that is verified, and may decrypt another part of the traffic.
func (m *Material) addSAs(s *ikedecode.Session, flows *traffic.Flows, noVerify bool) {
	n := negotiation.Read(s)
	unproven, idle, keyless := 0, 0, 0
	groups := n.Groups()
	if noVerify {
		groups = negotiation.GroupSAs(s.Table.SAs())
	}
	m.Bag.SAs = make([]esp.Params, 0, len(groups))
	for _, group := range groups {
		sa := group[0]
		st := sa.Stats()
		derived := n.Child(negotiation.KeyOf(sa)).Child != nil && len(group) == 1 && st.Packets == 0
		switch {
		case sa.Bare(): // AH that was read without a key
		case sa.Guessed() && sa.Cipher.AEAD:
			keyless++ // unlike NULL, no format has AES-GMAC without its key
		case sa.Protocol == esp.IPComp, st.Proven, st.Opened > 0, derived:
			m.Bag.SAs = appendCaptured(m.Bag.SAs, flows, sa)
		case noVerify:
			for _, sa := range group {
				m.Bag.SAs = appendCaptured(m.Bag.SAs, flows, sa)
			}
		case sa.AnySPI:
		case st.Packets == 0:
			idle++
		default:
			unproven++
		}
	}
	m.Left = append(m.Left, words.LeftOut(unproven, keyless, idle)...)
}

// addIKEv2Row adds the row of an IKEv2 SA for Wireshark, which holds one set of keys for a pair of SPIs: the last one.
func (m *Material) addIKEv2Row(sa *ikesa.SA) {
	n := len(sa.Generations)
	if n == 0 {
		return
	}
	g := sa.Generations[n-1]
	row := export.IKEv2Row{Initiator: sa.Initiator, Responder: sa.Responder, EI: g.EI, ER: g.ER, AI: g.AI, AR: g.AR,
		Cipher: sa.Policy.Cipher, MAC: sa.Policy.Integ}
	if err := row.Check(); err != nil {
		m.LeftIKEv2 = append(m.LeftIKEv2, fmt.Sprintf("%s: %v", nameOf(sa), err))
		return
	}
	m.IKEv2 = append(m.IKEv2, row)
	if n > 1 {
		m.LeftIKEv2 = append(m.LeftIKEv2, fmt.Sprintf(
			"%s: ikev2_decryption_table of Wireshark has one set of keys per IKE SA: messages before the last IKE_INTERMEDIATE are not decrypted there",
			nameOf(sa)))
	}
}
