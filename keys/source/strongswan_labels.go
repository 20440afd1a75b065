package source

import (
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// charonLabels are the labels of dumps that are wanted. Where a line has text before its label (syslog, the journal), the
// longest label that ends it counts.
var charonLabels = map[string]secret.Kind{
	"shared Diffie Hellman secret":   secret.DHSecret,
	"key exchange secret":            secret.DHSecret,
	"additional key exchange secret": secret.ChildDHSecret,
	"DH secret":                      secret.ChildDHSecret,
	"SKEYID":                         secret.SKEYID,
	"SKEYID_d":                       secret.SKEYIDd,
	"SKEYID_a":                       secret.SKEYIDa,
	"SKEYID_e":                       secret.SKEYIDe,
	"encryption key Ka":              secret.EncKey,
	"initial IV":                     secret.IV,
	"SKEYSEED":                       secret.SKEYSEED,
	"Sk_d secret":                    secret.SKd,
	"Sk_ai secret":                   secret.SKai,
	"Sk_ar secret":                   secret.SKar,
	"Sk_ei secret":                   secret.SKei,
	"Sk_er secret":                   secret.SKer,
	"Sk_pi secret":                   secret.SKpi,
	"Sk_pr secret":                   secret.SKpr,
	"PPK":                            secret.PPK,
	"nonces":                         0,
	"seed":                           0,
	"secret":                         0,
	"natd_chunk":                     0,
	"HASH_I data":                    0,
	"HASH_R data":                    0,
	"initiator SA seed":              0,
	"responder SA seed":              0,
	"encryption initiator key":       0,
	"encryption responder key":       0,
	"integrity initiator key":        0,
	"integrity responder key":        0,
}

// knownLabel returns the label that text ends in, "" if it is none that is wanted.
func knownLabel(text string) string {
	text = strings.TrimSpace(text)
	if _, ok := charonLabels[text]; ok {
		return text
	}
	if i := strings.LastIndex(text, nextIV); i == 0 || i > 0 && strings.HasSuffix(text[:i], ": ") {
		if _, ok := ivMessage(text[i:]); ok {
			return text[i:]
		}
	}
	if i := strings.LastIndex(text, sendingSA); i >= 0 && isSendingSA(text[i:]) {
		return text[i:]
	}
	best := ""
	for l := range charonLabels {
		if len(l) > len(best) && strings.HasSuffix(text, l) && strings.HasSuffix(text[:len(text)-len(l)], ": ") {
			best = l
		}
	}
	return best
}

// sendingSA begins the label of a netlink message to the kernel, which the group KNL prints at level 3; the number of the message follows.
const sendingSA = "sending XFRM_MSG_"

// isSendingSA reports whether that message is an SA.
func isSendingSA(label string) bool {
	kind, ok := strings.CutPrefix(label, sendingSA)
	return ok && (strings.HasPrefix(kind, "NEWSA ") || strings.HasPrefix(kind, "UPDSA "))
}

// nextIV begins the label of an IV of IKEv1, that of the next message of an exchange; its message ID follows in decimal, 0 of phase 1.
const nextIV = "next IV for MID "

// ivMessage is the message ID of the IV under a label; ok is false where the label is not one of an IV.
func ivMessage(label string) (id uint32, ok bool) {
	if charonLabels[label] == secret.IV {
		return 0, true
	}
	digits, ok := strings.CutPrefix(label, nextIV)
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), ok && err == nil
}
