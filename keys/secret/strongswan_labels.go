package secret

import "strings"

// charonLabels are the labels of dumps that are wanted. Where a line has text before its label (syslog, the journal), the
// longest label that ends it counts.
var charonLabels = map[string]Kind{
	"shared Diffie Hellman secret":   DHSecret,
	"key exchange secret":            DHSecret,
	"additional key exchange secret": ChildDHSecret,
	"DH secret":                      ChildDHSecret,
	"SKEYID":                         SKEYID,
	"SKEYID_d":                       SKEYIDd,
	"SKEYID_a":                       SKEYIDa,
	"SKEYID_e":                       SKEYIDe,
	"encryption key Ka":              EncKey,
	"SKEYSEED":                       SKEYSEED,
	"Sk_d secret":                    SKd,
	"Sk_ai secret":                   SKai,
	"Sk_ar secret":                   SKar,
	"Sk_ei secret":                   SKei,
	"Sk_er secret":                   SKer,
	"Sk_pi secret":                   SKpi,
	"Sk_pr secret":                   SKpr,
	"PPK":                            PPK,
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
	best := ""
	for l := range charonLabels {
		if len(l) > len(best) && strings.HasSuffix(text, l) && strings.HasSuffix(text[:len(text)-len(l)], ": ") {
			best = l
		}
	}
	return best
}
