package negotiation

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// AlreadyDecrypted tells from which message on what must be encrypted is unencrypted (isakmpd -L writes such captures): its frame, 0:
// all is as it should be, and of IKEv1 its place in phase 1, counted from 1.
func AlreadyDecrypted(sa *ikesa.SA) (number, frame int) {
	if sa.Version == 2 {
		for _, m := range sa.Messages {
			if m.State == ikesa.Clear && slices.ContainsFunc(m.Payloads, onlyEncrypted) {
				return 0, m.Frame
			}
		}
		return 0, 0
	}
	for _, x := range sa.Exchanges {
		for i, m := range x.Messages {
			if m.State != ikesa.Clear || !mustBeEncrypted(m) {
				continue
			}
			if !IsPhase1(x.Type) {
				i = 0
				if first := Phase1Of(sa); first != nil {
					i = len(first.Messages)
				}
			}
			return i + 1, m.Frame
		}
	}
	return 0, 0
}

// onlyEncrypted reports whether a payload of IKEv2 goes out in an encrypted payload alone; unlike notifications, which a host without an
// IKE SA sends unencrypted (RFC 7296, section 1.5).
func onlyEncrypted(p decode.Payload) bool {
	switch p.Type {
	case ikev2.PayloadIDi, ikev2.PayloadIDr, ikev2.PayloadAuth, ikev2.PayloadTSi, ikev2.PayloadDelete:
		return true
	}
	return false
}

// mustBeEncrypted reports whether a message of IKEv1 has what only goes out encrypted: a HASH of Quick Mode and later ones, the
// identities of Main Mode.
func mustBeEncrypted(m *ikesa.Message) bool {
	_, hash := decode.Find(m.Payloads, ikev1.PayloadHash)
	_, id := decode.Find(m.Payloads, ikev1.PayloadID)
	_, sa := decode.Find(m.Payloads, ikev1.PayloadSA)
	switch TypeOf(m) {
	case ikev1.ExchangeMain:
		return id && !sa
	case ikev1.ExchangeQuick, ikev1.ExchangeTransaction, ikev1.ExchangeNewGroup:
		return hash
	}
	return false
}
