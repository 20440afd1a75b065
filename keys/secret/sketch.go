// Package secret holds what the user knows: pre-shared keys, DH secrets, SKEYID material and SA keys, and reads them from
// every kind of file that prints them.
package secret

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/esp"
)

// Kind says what a secret is.
type Kind uint8

const (
	PSK Kind = iota + 1
	DHPrivate
	DHSecret // g^xy of phase 1 or of IKE_SA_INIT; of a Quick Mode where Where has a message ID or is unbound
	SKEYID
	SKEYIDd
	SKEYIDa
	SKEYIDe
	EncKey     // Ka
	QMDHSecret // g(qm)^xy of a Quick Mode
	NonceI     // Ni_b, for public key encryption, where the wire does not show it
	NonceR
	XAUTHPassword // for completeness; not used for keys
	// IKEv2 (kept and exported; used by the IKEv2 key schedule)
	SKEYSEED
	SKd
	SKai
	SKar
	SKei
	SKer
	SKpi
	SKpr
	PPK
	ChildDHSecret
)

// Where binds a secret: to an IKE SA, to one Quick Mode of it, or to a peer. The zero value binds to nothing.
type Where struct {
	Initiator, Responder decode.SPI // zero: any
	MessageID            uint32     // 0: none
	Peer                 string     // address, prefix or identity, from a PSK file
}

// A Secret is one value.
type Secret struct {
	Kind   Kind
	Where  Where
	Value  []byte
	Group  int // values of one key schedule in one log share a group > 0: SKEYID and SKEYID_d printed together
	Origin Origin
}

// Origin says where a secret was found.
type Origin struct {
	File  string // "" for flags
	Line  int
	Label string // "--psk", "SKEYID_d", ...
}

// A Bag is everything the user gave.
type Bag struct {
	Secrets []Secret
	SAs     []esp.Params
}

// Facts that a source tells beside the keys go here when a later reader needs them.
var _ netip.Addr
