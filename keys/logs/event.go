// Package logs has what the log of an IKE daemon says about its negotiations, as typed events: received and configured proposals,
// traffic selectors, identities, and reasons for a rejection. Package source parses the lines; rules compare the values and never read
// the words of a daemon, which differ between daemons and between releases.
//
// An event confirms nothing: the log may be of a different negotiation, which only a comparison with the capture can show. Events have no
// secrets.
package logs

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
)

// An Event is what one line of a log says, together with the lines beside it that belong to it. What the log does not say is zero.
type Event struct {
	File string
	Line int    // from 1
	Text string // the message without time, host and thread, for quoting only

	Time   Stamp
	Daemon Daemon
	// Run counts the starts of the daemon that the file shows before the event: numbers of IKE SAs begin anew with each.
	Run    int
	Group  Group
	Thread int // of the daemon, -1: not known

	// Local is the side that writes the log, Remote its peer. Role is what Local is in the IKE SA; NoSide where the log does not say.
	Local, Remote Peer
	Role          ike.Side
	// SPIs are those of the IKE SA, the initiator's and the responder's; zero where the log does not say. Children are SPIs of ESP or AH.
	SPIs     [2]ike.SPI
	Children []ike.ChildSPI
	// Message is, with Sent and Received, the message that it tells of, otherwise the last one that came in and that the event may be
	// about: of the same thread, on the same IKE SA.
	Message Message

	Kind   Kind
	Reason Reason // of Refused
	// Own tells, of Refused, that this side could not do its own part, or says why it was itself at fault: no private key of its own,
	// no password for its user, a kernel that refuses an SA.
	Own bool
	// Unsure tells that the log says so of a failure with several causes, of which Reason is the most likely.
	Unsure bool

	// Compares tells that the message has both what the peer proposes and what this side is set to take: "trns_id mismatched: my:AES peer:3DES".
	Compares bool

	// Received is what the peer proposes, Configured what this side is set to take.
	Received, Configured *Offer
	// Asked is the traffic that the peer asks for, Allowed what this side is set to carry; both seen from this side. Allowed has no
	// Remote where the log does not get that far.
	Asked, Allowed *Traffic
	// Agreed is what the Child SA is for, of ChildUp, seen from this side; nil where the log does not say.
	Agreed *Traffic
	// Came is the identity that the peer sent, Wanted the identity that this side expects.
	Came, Wanted *ike.Identity
	// Used is how the peer authenticated, Required how it has to.
	Used, Required Method
	// Notify is the error that the peer sent, of PeerError.
	Notify ike.NotifyType
	// User is the name that XAUTH or EAP rejected; XAUTH tells that it was XAUTH.
	User  string
	XAUTH bool
	// Phase1 is the exchange type of phase 1 that a Reason names (RFC 2408, section 3.1); 0: none.
	Phase1 uint8
	// Certificate and Issuer are names of the certificate that was rejected, and of the issuer that lacks, as the log writes them.
	Certificate, Issuer string
	OfIssuer            bool // what was rejected is the certificate of the issuer, or one above it
	// ValidFrom and ValidTo are when the certificate that was rejected is valid, by the daemon's clock as if it were in UTC.
	ValidFrom, ValidTo time.Time
	// Gateway is where Redirected sends the peer, an address or a name.
	Gateway string
	// Errno is what the kernel said, of KernelRefused: "Protocol not supported".
	Errno string
	// Count is the number of the retransmission, of Resent, and how many there were, of GaveUp.
	Count int
	// In and Out are the bytes that this side received and sent, of Carried.
	In, Out uint64
}

// Where is the place of the event for people: "gwb.log:489".
func (e *Event) Where() string { return fmt.Sprintf("%s:%d", filepath.Base(e.File), e.Line) }

// Kind says what an event tells, and which of its values are set.
type Kind uint8

// The kinds of events.
const (
	Offers        Kind = iota + 1 // Received and Configured
	Selectors                     // Asked and Allowed
	Refused                       // by this side, for a Reason
	Sent                          // a message, Message
	Received                      // a message, Message
	Started                       // an IKE SA is begun: by whom, says Role
	Authenticated                 // the peer proved who it is, with Used
	Up                            // the IKE SA is established
	ChildUp                       // a Child SA or a pair of IPsec SAs is, Children
	PeerError                     // the peer sent an error notification, Notify
	Resent                        // a message was sent again, for want of a response
	GaveUp                        // no response came, and this side gave up
	Deleted                       // the IKE SA or a child, Children, was deleted by either side
	Redirected                    // the peer is sent to Gateway
	Assigned                      // the peer was given a virtual address
	Carried                       // a Child SA or a pair of IPsec SAs ended, Children, and this side's kernel counted In and Out

	lastKind = Carried
)

// Kinds is one more than the last kind.
const Kinds = lastKind + 1

var kindNames = [...]string{
	Offers: "offers", Selectors: "selectors", Refused: "refused", Sent: "sent", Received: "received", Started: "started",
	Authenticated: "authenticated", Up: "up", ChildUp: "child up", PeerError: "peer error", Resent: "resent", GaveUp: "gave up",
	Deleted: "deleted", Redirected: "redirected", Assigned: "assigned", Carried: "carried",
}

// String is "offers", "refused" or "kind 99".
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Daemon is the program that writes a log.
type Daemon uint8

// The daemons. The zero value is one that is not known.
const (
	Charon     Daemon = iota + 1 // strongSwan's
	Pluto                        // libreswan's, Openswan's
	Racoon                       // of ipsec-tools
	Iked                         // OpenIKED's
	Isakmpd                      // OpenBSD's for IKEv1
	VPNC                         // vpnc
	FortiGate                    // diagnose debug application ike
	MikroTik                     // RouterOS, topic ipsec
	Cisco                        // IOS and ASA, debug crypto
	Junos                        // kmd and iked of Juniper
	PANOS                        // ikemgr of Palo Alto Networks
	AWS                          // Site-to-Site VPN of Amazon Web Services
	SonicWall                    // SonicOS, syslog and the list of its web interface
	WatchGuard                   // iked of Fireware
	DrayTek                      // Vigor, syslog
	CheckPoint                   // the log that gateways send, as syslog or a table
	Huawei                       // VRP and Huawei Cloud
	Azure                        // IKEDiagnosticLog of VPN gateways
	Windows                      // IKEEXT's trace, events of RasClient
	Zyxel                        // ZyWALL and Prestige with ZyNOS
	Tencent                      // VPN gateways of Tencent Cloud
	Apple                        // NEIKEv2Provider of macOS and iOS
	Meraki                       // MX before 15.12, whose IKE is racoon's
)

var daemonNames = [...]string{
	Charon: "strongSwan", Pluto: "libreswan", Racoon: "racoon", Iked: "OpenIKED", Isakmpd: "isakmpd", VPNC: "vpnc", FortiGate: "FortiGate",
	MikroTik: "MikroTik", Cisco: "Cisco", Junos: "Juniper", PANOS: "PAN-OS", AWS: "AWS",
	SonicWall: "SonicWall", WatchGuard: "WatchGuard", DrayTek: "DrayTek", CheckPoint: "Check Point", Huawei: "Huawei", Azure: "Azure", Windows: "Windows",
	Zyxel: "Zyxel", Tencent: "Tencent Cloud", Apple: "Apple", Meraki: "Meraki",
}

// String is the name of the product: "strongSwan"; "" for none.
func (d Daemon) String() string {
	if int(d) < len(daemonNames) {
		return daemonNames[d]
	}
	return fmt.Sprintf("daemon %d", uint8(d))
}

// A Method is a way to authenticate, as logs tell them apart.
type Method struct {
	Kind ike.AuthKind // AuthUnknown where EAP is set, or nothing is known
	// EAP tells that it is EAP, XAUTH that a user authenticates after phase 1, Name which method of EAP, or which signature: "MSCHAPV2", "ECDSA".
	EAP, XAUTH bool
	Name       string
}

// IsZero reports whether nothing is known of the method.
func (m Method) IsZero() bool { return m == Method{} }

// A Group is the IKE SA that a daemon says it is at work with. What binds one event of a group to the capture binds the others.
type Group struct {
	ID   int    // the daemon's own number for it, unique in a Run; 0: none
	Name string // of the connection that it belongs to; "" until that is known
}

// A Peer is one of the two hosts of a negotiation, as a log names it.
type Peer struct {
	Addr     netip.AddrPort // not valid where the log does not say
	Identity *ike.Identity
}

// A Message is what a daemon says of an IKE message that it has received.
type Message struct {
	Size int // of the message, without a non-ESP marker; 0: not known
	// Exchange is the exchange type of the header (RFC 2408, section 3.1; RFC 7296, section 3.1). Where it is 0, nothing is known but
	// the size.
	Exchange uint8
	Version  ike.Version
	ID       uint32 // message ID
	NoID     bool   // that of a CREATE_CHILD_SA is not named
	Response bool   // so it says of IKEv1 as well, which has no flag for it
	// Fragment of Fragments is an IKE fragment of IKEv2 alone (RFC 7383); 0: the line is about a whole message.
	Fragment, Fragments int
}

// An Offer is proposals as a log writes them. Daemons write those of IKEv1 in the terms of IKEv2: [ike.Offer.In] makes them what the
// wire has.
type Offer struct {
	ike.Offer
	Words  []string // each proposal in the daemon's notation, for quoting only
	InAuth bool     // as for IKE_AUTH, which names no PFS group
}

// Traffic is what a child SA is for: selectors of this side's and of the peer's.
type Traffic struct {
	Local, Remote ike.Selectors
}
