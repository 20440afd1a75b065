package diagnose

import "github.com/ikedecode/ikedecode/keys/logs"

// A Code names one kind of finding. It is stable: scripts rely on it (docs/json.md).
type Code string

// The codes of findings, in the order of docs/json.md.
const (
	CodeHealthy  Code = "healthy"
	CodeUnproven Code = "not-enough-seen"

	// No answer.
	CodeICMPUnreachable   Code = "icmp-unreachable"
	CodeNoResponse        Code = "no-response"
	CodeOneWayIKE         Code = "one-way-ike"
	CodeRetransmissions   Code = "retransmissions"
	CodeFragmentLost      Code = "fragment-lost"
	CodeMTUSuspect        Code = "mtu-suspect"
	CodeNATDetected       Code = "nat-detected"
	CodeNATMappingChanged Code = "nat-mapping-changed"
	CodeAddressChanged    Code = "address-changed"

	// IKE_SA_INIT, phase 1.
	CodePhase1NoProposal Code = "phase1-no-proposal"
	CodeInvalidKE        Code = "invalid-ke"
	CodeCookieChallenge  Code = "cookie-challenge"
	CodePhase1Failed     Code = "phase1-failed"
	CodePhase1Stopped    Code = "phase1-stopped"
	CodeStoppedAfterInit Code = "stopped-after-init"
	CodeRedirected       Code = "redirected"
	CodeModeMismatch     Code = "mode-mismatch"
	CodeNoConnection     Code = "no-connection"

	// Authentication.
	CodePSKMismatch        Code = "psk-mismatch"
	CodePSKMissing         Code = "psk-missing"
	CodeIdentityMismatch   Code = "identity-mismatch"
	CodeAuthMethodMismatch Code = "auth-method-mismatch"
	CodeCertificateProblem Code = "certificate-problem"
	CodeAuthFailed         Code = "auth-failed"
	CodeXAUTHFailed        Code = "xauth-failed"
	CodeEAPFailed          Code = "eap-failed"
	CodeAddressAssigned    Code = "address-assigned"
	CodePerResourceSAs     Code = "per-resource-sas"
	CodeNoAddress          Code = "no-address"

	// Child SAs, phase 2.
	CodePhase2NoProposal Code = "phase2-no-proposal"
	CodePFSMismatch      Code = "pfs-mismatch"
	CodeTSMismatch       Code = "ts-mismatch"
	CodePhase2Refused    Code = "phase2-refused"
	CodePhase2Failed     Code = "phase2-failed"
	CodePhase2NoResponse Code = "phase2-no-response"
	CodeKernelRefused    Code = "kernel-refused"
	CodeLifetimeDiffers  Code = "lifetime-differs"

	// An SA's life.
	CodeRekeyFailed    Code = "rekey-failed"
	CodeRekeyCollision Code = "rekey-collision"
	CodeRekeyedOften   Code = "rekeyed-often"
	CodeDPDTimeout     Code = "dpd-timeout"
	CodeDeletedByPeer  Code = "deleted-by-peer"
	CodeChildUndone    Code = "child-undone"
	CodeIdentityClash  Code = "identity-clash"
	CodePeerRestarted  Code = "peer-restarted"
	CodeErrorNotify    Code = "error-notify"
	CodeVendorQuirk    Code = "vendor-quirk"

	// ESP and AH.
	CodeICVFailures       Code = "icv-failures"
	CodeICVLength         Code = "icv-length-mismatch"
	CodeTablesDiffer      Code = "esp-sa-mismatch"
	CodeWrongESPKey       Code = "wrong-esp-key"
	CodeESPLoss           Code = "esp-loss"
	CodeESPReplay         Code = "esp-replay"
	CodeESPReordering     Code = "esp-reordering"
	CodeAggfragIncomplete Code = "aggfrag-incomplete"
	CodeAggfragMalformed  Code = "aggfrag-malformed"
	CodeESPCounterRestart Code = "esp-counter-restart"
	CodeESPExhausted      Code = "esp-sequence-exhausted"
	CodeESPWrapped        Code = "esp-sequence-wrapped"
	CodeESPSwapped        Code = "esp-sequence-byte-order"
	CodeAHThroughNAT      Code = "ah-through-nat"
	CodeESPOneWay         Code = "esp-one-way"
	CodeESPNotArriving    Code = "esp-not-arriving"
	CodeHostSilent        Code = "host-silent"
	CodeHostUnreachable   Code = "host-unreachable"
	CodeRoutingLoop       Code = "routing-loop"
	CodeInnerChecksum     Code = "inner-checksum"
	CodePPPFailed         Code = "ppp-failed"
	CodeOutsideSelectors  Code = "outside-selectors"
	CodeNoESP             Code = "no-esp"
	CodeTrafficOutside    Code = "traffic-outside-tunnel"
	CodeESPAfterDelete    Code = "esp-after-delete"
	CodeUnknownSPI        Code = "unknown-spi"
	CodeSPIAltered        Code = "spi-altered"
	CodeESPNull           Code = "esp-null"
	CodeNullEncryption    Code = "null-encryption"
	CodeWeakAlgorithm     Code = "weak-algorithm"
	CodeWeakDH            Code = "weak-dh"
	CodeAggressiveModePSK Code = "aggressive-mode-psk"
	CodeIKEv1Deprecated   Code = "ikev1-deprecated"

	// What was not decrypted, and why.
	CodeNoKey         Code = "no-key"
	CodeWrongKey      Code = "wrong-key"
	CodeWrongPSK      Code = "wrong-psk"
	CodeNeedDHSecret  Code = "need-dh-secret"
	CodeNeedPSK       Code = "need-psk"
	CodeNeedSKEYIDd   Code = "need-skeyid-d"
	CodeNeedSalt      Code = "need-salt"
	CodeNeedPFSSecret Code = "need-pfs-secret"
	CodeLostMessage   Code = "lost-message"
	CodeUnsupported   Code = "unsupported"

	// The capture.
	CodeCaptureCut       Code = "capture-cut"
	CodeSnapLength       Code = "snap-length"
	CodeStartedLate      Code = "started-late"
	CodeTooManySAs       Code = "too-many-sas"
	CodeNotIKE           Code = "not-ike"
	CodeClockJump        Code = "clock-jump"
	CodeMirrored         Code = "mirrored"
	CodeGatewayCapture   Code = "gateway-capture"
	CodeEncapsulated     Code = "encapsulated"
	CodeAlreadyDecrypted Code = "already-decrypted"
	CodeNoIPsec          Code = "no-ipsec"

	CodeUnsupportedLink          Code = "unsupported-link"
	CodeUnsupportedEncapsulation Code = "unsupported-encapsulation"
)

// A Class says what a finding of a code is about.
type Class uint8

// The classes of findings.
const (
	Fault    Class = iota // something between the peers does not work, or may not
	Weakness              // it works, and is weaker than it should be
	Secret                // what keeps traffic from being decrypted
	Sight                 // how the capture was made, and what it lacks: about the capture as a whole
	Unseen                // packets of the capture that nothing was read of: whatever else was seen, the tunnels cannot be called healthy
	Note                  // worth knowing
)

// An Info is what holds for all findings of one code.
type Info struct {
	Code  Code
	Class Class
	RFC   string // "RFC 7296, section 2.7"; empty: no RFC speaks of it
	RFC1  string // of IKEv1, where that is another one
	NoRFC string // why there is none
	// Setting is what an administrator may change; NoSetting: nothing.
	Setting Setting
	// StopsIKE tells that it keeps an IKE SA from coming up.
	StopsIKE bool
	// Silence tells that it says no more than that nothing came: what explains it stands before it.
	Silence bool
}

// Reasons for a code without an RFC.
const (
	aboutCapture = "about how the capture was made"
	aboutSecrets = "about the secrets given"
	aboutTool    = "about a bound of this program"
)

// Codes are all codes of findings, in the order of docs/json.md.
var Codes = []Info{
	{Code: CodeHealthy, Class: Note, NoRFC: "nothing is wrong"},
	{Code: CodeUnproven, Class: Note, NoRFC: aboutCapture},
	// No answer.
	{Code: CodeICMPUnreachable, Class: Fault, RFC: "RFC 792; RFC 4443", Setting: SettingPeer},
	{Code: CodeNoResponse, Class: Fault, RFC: "RFC 7296, section 2.1", RFC1: "RFC 2408, section 5.1", Setting: SettingPeer, StopsIKE: true, Silence: true},
	{Code: CodeOneWayIKE, Class: Fault, RFC: "RFC 7296, section 2.1", RFC1: "RFC 2408, section 5.1", Setting: SettingPeer},
	{Code: CodeRetransmissions, Class: Note, RFC: "RFC 7296, section 2.1", RFC1: "RFC 2408, section 5.1"},
	{Code: CodeFragmentLost, Class: Fault, RFC: "RFC 7383", Setting: SettingFragmentation},
	{Code: CodeMTUSuspect, Class: Fault, RFC: "RFC 7383; RFC 4459", Setting: SettingMTU},
	{Code: CodeNATDetected, Class: Note, RFC: "RFC 7296, section 2.23", RFC1: "RFC 3947", Setting: SettingNAT},
	{Code: CodeNATMappingChanged, Class: Fault, RFC: "RFC 3948, section 4; RFC 7296, section 2.23", Setting: SettingNAT},
	{Code: CodeAddressChanged, Class: Note, RFC: "RFC 4555"},
	// IKE_SA_INIT, phase 1.
	{Code: CodePhase1NoProposal, Class: Fault, RFC: "RFC 7296, section 2.7", RFC1: "RFC 2409, section 5", Setting: SettingPhase1, StopsIKE: true},
	{Code: CodeInvalidKE, Class: Fault, RFC: "RFC 7296, sections 1.2 and 1.3", Setting: SettingPhase1},
	{Code: CodeCookieChallenge, Class: Note, RFC: "RFC 7296, section 2.6"},
	{Code: CodePhase1Failed, Class: Fault, RFC: "RFC 7296, section 2.21", RFC1: "RFC 2408, section 5", Setting: SettingPhase1, StopsIKE: true},
	{Code: CodePhase1Stopped, Class: Fault, RFC: "RFC 7296, section 2.21", RFC1: "RFC 2408, section 5", StopsIKE: true, Silence: true},
	{Code: CodeStoppedAfterInit, Class: Fault, RFC: "RFC 7296, sections 1.2 and 2.23", Setting: SettingNAT, StopsIKE: true, Silence: true},
	{Code: CodeRedirected, Class: Fault, RFC: "RFC 5685", Setting: SettingPeer},
	{Code: CodeModeMismatch, Class: Fault, RFC: "RFC 7296, section 1.3.1", RFC1: "RFC 2409, section 5; RFC 2407, section 4.5", Setting: SettingMode, StopsIKE: true},
	{Code: CodeNoConnection, Class: Fault, RFC: "RFC 7296, section 2.21.1", RFC1: "RFC 2408, section 5", Setting: SettingPeer, StopsIKE: true},
	// Authentication.
	{Code: CodePSKMismatch, Class: Fault, RFC: "RFC 7296, section 2.15", RFC1: "RFC 2409, section 5.4", Setting: SettingPSK, StopsIKE: true},
	{Code: CodePSKMissing, Class: Fault, RFC: "RFC 7296, section 2.15", RFC1: "RFC 2409, section 5.4", Setting: SettingPSK, StopsIKE: true},
	{Code: CodeIdentityMismatch, Class: Fault, RFC: "RFC 7296, sections 2.15 and 3.5", RFC1: "RFC 2407, section 4.6.2", Setting: SettingIdentity, StopsIKE: true},
	{Code: CodeAuthMethodMismatch, Class: Fault, RFC: "RFC 7296, sections 2.15 and 2.16", RFC1: "RFC 2409, section 5", Setting: SettingAuth, StopsIKE: true},
	{Code: CodeCertificateProblem, Class: Fault, RFC: "RFC 4945; RFC 5280", Setting: SettingCertificate, StopsIKE: true},
	{Code: CodeAuthFailed, Class: Fault, RFC: "RFC 7296, section 2.15", RFC1: "RFC 2409, section 5", Setting: SettingAuth, StopsIKE: true},
	{Code: CodeXAUTHFailed, Class: Fault, RFC: "draft-beaulieu-ike-xauth", Setting: SettingUser, StopsIKE: true},
	{Code: CodeEAPFailed, Class: Fault, RFC: "RFC 7296, section 2.16; RFC 3748, section 4.2", Setting: SettingEAP, StopsIKE: true},
	{Code: CodePerResourceSAs, Class: Note, RFC: "RFC 9611, section 3"},
	{Code: CodeAddressAssigned, Class: Note, RFC: "RFC 7296, section 2.19", RFC1: "draft-dukes-ike-mode-cfg"},
	{Code: CodeNoAddress, Class: Fault, RFC: "RFC 7296, section 3.15.4", RFC1: "draft-dukes-ike-mode-cfg", Setting: SettingPool},
	// Child SAs, phase 2.
	{Code: CodePhase2NoProposal, Class: Fault, RFC: "RFC 7296, section 2.7", RFC1: "RFC 2409, section 5.5", Setting: SettingPhase2},
	{Code: CodePFSMismatch, Class: Fault, RFC: "RFC 7296, section 1.3.1", RFC1: "RFC 2409, section 5.5", Setting: SettingPFS},
	{Code: CodeTSMismatch, Class: Fault, RFC: "RFC 7296, section 2.9", RFC1: "RFC 2409, section 5.5", Setting: SettingSelectors},
	{Code: CodePhase2Refused, Class: Fault, RFC: "RFC 7296, section 2.21.2", RFC1: "RFC 2409, section 5.5", Setting: SettingPhase2},
	{Code: CodePhase2Failed, Class: Fault, RFC: "RFC 7296, section 2.21", RFC1: "RFC 2409, section 5.5", Setting: SettingPhase2},
	{Code: CodePhase2NoResponse, Class: Fault, RFC: "RFC 7296, section 2.1", RFC1: "RFC 2409, section 5.5", Setting: SettingPhase2, Silence: true},
	{Code: CodeKernelRefused, Class: Fault, NoRFC: "about the IPsec stack of a gateway"},
	{Code: CodeLifetimeDiffers, Class: Fault, RFC: "RFC 2407, sections 4.5.4 and 4.6.3.1", Setting: SettingLifetime},
	// An SA's life.
	{Code: CodeRekeyFailed, Class: Fault, RFC: "RFC 7296, sections 2.8 and 2.25", RFC1: "RFC 2409, section 5.5", Setting: SettingRekey},
	{Code: CodeRekeyCollision, Class: Fault, RFC: "RFC 7296, sections 2.8.1 and 2.25", Setting: SettingRekey},
	{Code: CodeRekeyedOften, Class: Fault, RFC: "RFC 7296, section 2.8", RFC1: "RFC 2409, section 5.5", Setting: SettingLifetime},
	{Code: CodeDPDTimeout, Class: Fault, RFC: "RFC 7296, section 2.4", RFC1: "RFC 3706", Setting: SettingDPD},
	{Code: CodeDeletedByPeer, Class: Note, RFC: "RFC 7296, section 1.4.1", RFC1: "RFC 2408, section 3.15", Setting: SettingDelete},
	{Code: CodeChildUndone, Class: Fault, RFC: "RFC 7296, section 1.4.1", RFC1: "RFC 2408, section 3.15", Setting: SettingSelectors},
	{Code: CodeIdentityClash, Class: Fault, RFC: "RFC 7296, section 2.4", RFC1: "RFC 2407, section 4.6.3.3", Setting: SettingIdentity},
	{Code: CodePeerRestarted, Class: Note, RFC: "RFC 7296, section 2.4", RFC1: "RFC 2407, section 4.6.3.3"},
	{Code: CodeErrorNotify, Class: Fault, RFC: "RFC 7296, section 3.10.1", RFC1: "RFC 2408, section 3.14.1"},
	{Code: CodeVendorQuirk, Class: Note, NoRFC: "implementations differ from the RFCs here"},
	// ESP and AH.
	{Code: CodeICVFailures, Class: Fault, RFC: "RFC 4303, section 3.4.4; RFC 4302, section 3.4.4"},
	{Code: CodeICVLength, Class: Fault, RFC: "RFC 4868, section 2.3", Setting: SettingTruncation},
	{Code: CodeTablesDiffer, Class: Fault, RFC: "RFC 4301, section 4.4.2"},
	{Code: CodeWrongESPKey, Class: Secret, NoRFC: aboutSecrets},
	{Code: CodeESPLoss, Class: Fault, RFC: "RFC 4303, section 3.3.3"},
	{Code: CodeESPReplay, Class: Fault, RFC: "RFC 4303, section 3.4.3", Setting: SettingReplay},
	{Code: CodeESPReordering, Class: Note, RFC: "RFC 4303, section 3.4.3", Setting: SettingReplay},
	{Code: CodeAggfragIncomplete, Class: Fault, RFC: "RFC 9347, section 2.2.3"},
	{Code: CodeAggfragMalformed, Class: Fault, RFC: "RFC 9347, section 6.1"},
	{Code: CodeESPCounterRestart, Class: Fault, RFC: "RFC 4303, section 3.3.3", Setting: SettingRekey},
	{Code: CodeESPExhausted, Class: Fault, RFC: "RFC 4303, section 3.3.3", Setting: SettingRekey},
	{Code: CodeESPWrapped, Class: Fault, RFC: "RFC 4303, section 3.3.3", Setting: SettingRekey},
	{Code: CodeESPSwapped, Class: Fault, RFC: "RFC 4303, section 2.2"},
	{Code: CodeAHThroughNAT, Class: Fault, RFC: "RFC 3715, section 2.1", Setting: SettingPhase2},
	{Code: CodeESPOneWay, Class: Fault, RFC: "RFC 4301, section 4.4.1", Setting: SettingSelectors},
	{Code: CodeESPNotArriving, Class: Fault, RFC: "RFC 4301, section 5.2"},
	{Code: CodeHostSilent, Class: Note, NoRFC: "about the hosts behind the tunnel"},
	{Code: CodeHostUnreachable, Class: Fault, RFC: "RFC 792; RFC 4443"},
	{Code: CodeOutsideSelectors, Class: Fault, RFC: "RFC 4301, section 5.2", Setting: SettingSelectors},
	{Code: CodePPPFailed, Class: Fault, RFC: "RFC 1661, section 3.5"},
	{Code: CodeInnerChecksum, Class: Fault, RFC: "RFC 9293, section 3.1"},
	{Code: CodeRoutingLoop, Class: Fault, RFC: "RFC 1812, section 5.3.1"},
	{Code: CodeTrafficOutside, Class: Fault, RFC: "RFC 4301, section 4.4.1", Setting: SettingSelectors},
	{Code: CodeNoESP, Class: Sight, RFC: "RFC 4301, section 4.4.1"},
	{Code: CodeESPAfterDelete, Class: Fault, RFC: "RFC 7296, section 1.4.1", RFC1: "RFC 2408, section 3.15", Setting: SettingRekey},
	{Code: CodeUnknownSPI, Class: Secret, RFC: "RFC 4303, section 2.1"},
	{Code: CodeSPIAltered, Class: Fault, RFC: "RFC 4303, section 2.1"},
	{Code: CodeESPNull, Class: Note, RFC: "RFC 2410; RFC 5879", Setting: SettingPhase2},
	{Code: CodeNullEncryption, Class: Note, RFC: "RFC 2410; RFC 5879", Setting: SettingPhase2},
	{Code: CodeWeakAlgorithm, Class: Weakness, RFC: "RFC 8247; RFC 8221", Setting: SettingPhase1},
	{Code: CodeWeakDH, Class: Weakness, RFC: "RFC 8247, section 2.4", Setting: SettingPhase1},
	{Code: CodeAggressiveModePSK, Class: Weakness, RFC: "RFC 2409, section 5.4", Setting: SettingAggressive},
	{Code: CodeIKEv1Deprecated, Class: Note, RFC: "RFC 9395, section 3"},
	// What was not decrypted, and why.
	{Code: CodeNoKey, Class: Secret, NoRFC: aboutSecrets},
	{Code: CodeWrongKey, Class: Secret, NoRFC: aboutSecrets},
	{Code: CodeWrongPSK, Class: Secret, NoRFC: aboutSecrets},
	{Code: CodeNeedDHSecret, Class: Secret, RFC: "RFC 7296, section 2.14", RFC1: "RFC 2409, section 5"},
	{Code: CodeNeedPSK, Class: Secret, RFC: "RFC 2409, section 5"},
	{Code: CodeNeedSKEYIDd, Class: Secret, RFC: "RFC 7296, section 2.17", RFC1: "RFC 2409, section 5.5"},
	{Code: CodeNeedSalt, Class: Secret, RFC: "RFC 4106, section 8.1"},
	{Code: CodeNeedPFSSecret, Class: Secret, RFC: "RFC 7296, section 2.17", RFC1: "RFC 2409, section 5.5"},
	{Code: CodeLostMessage, Class: Secret, NoRFC: aboutCapture},
	{Code: CodeUnsupported, Class: Secret, NoRFC: aboutTool},
	// The capture.
	{Code: CodeCaptureCut, Class: Sight, NoRFC: aboutCapture},
	{Code: CodeSnapLength, Class: Sight, NoRFC: aboutCapture},
	{Code: CodeStartedLate, Class: Sight, NoRFC: aboutCapture},
	{Code: CodeTooManySAs, Class: Sight, NoRFC: aboutTool},
	{Code: CodeNotIKE, Class: Sight, NoRFC: aboutCapture},
	{Code: CodeClockJump, Class: Sight, NoRFC: aboutCapture},
	{Code: CodeMirrored, Class: Sight, NoRFC: aboutCapture},
	{Code: CodeGatewayCapture, Class: Sight, NoRFC: aboutCapture},
	{Code: CodeEncapsulated, Class: Sight, NoRFC: aboutCapture},
	{Code: CodeAlreadyDecrypted, Class: Sight, NoRFC: aboutCapture},
	{Code: CodeNoIPsec, Class: Sight, NoRFC: aboutCapture},
	{Code: CodeUnsupportedLink, Class: Unseen, NoRFC: aboutCapture},
	{Code: CodeUnsupportedEncapsulation, Class: Unseen, NoRFC: aboutCapture},
}

var infos = func() map[Code]*Info {
	m := make(map[Code]*Info, len(Codes))
	for i := range Codes {
		m[Codes[i].Code] = &Codes[i]
	}
	return m
}()

// Info is what holds for all findings of a code; of one that is not in the table nothing.
func (c Code) Info() *Info {
	if i := infos[c]; i != nil {
		return i
	}
	return &Info{Code: c, Class: Note}
}

// RFCFor names the RFCs that speak of a code in a version of IKE; 0: in either.
func (i *Info) RFCFor(version int) string {
	switch {
	case i.RFC1 == "" || version == 2:
		return i.RFC
	case version == 1:
		return i.RFC1
	}
	return i.RFC + "; " + i.RFC1
}

// reasonCodes are the codes of findings by the reasons that logs give. Where an IKE SA and a Child SA have different ones, child is that
// of the Child SA.
var reasonCodes = map[logs.Reason]struct{ ike, child Code }{
	logs.NoConnection:       {ike: CodeNoConnection},
	logs.NoVersion:          {ike: CodeNoConnection},
	logs.NoPeer:             {ike: CodeIdentityMismatch},
	logs.PSKMissing:         {ike: CodePSKMissing},
	logs.PSKMismatch:        {ike: CodePSKMismatch},
	logs.PSKLikely:          {ike: CodePSKMismatch},
	logs.Unreadable:         {ike: CodePSKMismatch},
	logs.InvalidHash:        {ike: CodePSKMismatch},
	logs.IdentityMismatch:   {ike: CodeIdentityMismatch},
	logs.AuthMethod:         {ike: CodeAuthMethodMismatch},
	logs.PPKMissing:         {ike: CodeAuthFailed},
	logs.PPKRequired:        {ike: CodeAuthFailed},
	logs.ExchangeRefused:    {ike: CodeNoConnection},
	logs.AggressiveRefused:  {ike: CodeAuthMethodMismatch},
	logs.NoProposal:         {ike: CodePhase1NoProposal, child: CodePhase2NoProposal},
	logs.GroupRefused:       {ike: CodeInvalidKE, child: CodePFSMismatch},
	logs.PFSRequired:        {ike: CodePFSMismatch},
	logs.ModeRefused:        {ike: CodeModeMismatch},
	logs.NoTraffic:          {ike: CodeTSMismatch},
	logs.RoundsMissing:      {ike: CodeAuthMethodMismatch},
	logs.NoTrustedKey:       {ike: CodeCertificateProblem},
	logs.NoIssuer:           {ike: CodeCertificateProblem},
	logs.UntrustedIssuer:    {ike: CodeCertificateProblem},
	logs.InvalidCertificate: {ike: CodeCertificateProblem},
	logs.ExpiredCertificate: {ike: CodeCertificateProblem},
	logs.EarlyCertificate:   {ike: CodeCertificateProblem},
	logs.OutsideValidity:    {ike: CodeCertificateProblem},
	logs.RevokedCertificate: {ike: CodeCertificateProblem},
	logs.UnknownRevocation:  {ike: CodeCertificateProblem},
	logs.CertificateName:    {ike: CodeCertificateProblem},
	logs.CertificateUse:     {ike: CodeCertificateProblem},
	logs.IssuerConstraint:   {ike: CodeCertificateProblem},
	logs.WeakSignature:      {ike: CodeCertificateProblem},
	logs.Constraint:         {ike: CodeAuthFailed},
	logs.InvalidSignature:   {ike: CodeCertificateProblem},
	logs.CertificateRefused: {ike: CodeCertificateProblem},
	logs.NoPrivateKey:       {ike: CodeCertificateProblem},
	logs.NoCertificate:      {ike: CodeCertificateProblem},
	logs.NoUserKey:          {ike: CodeEAPFailed},
	logs.UserRefused:        {ike: CodeEAPFailed},
	logs.EAPMethod:          {ike: CodeEAPFailed},
	logs.EAPFailure:         {ike: CodeEAPFailed},
	logs.NoRADIUS:           {ike: CodeEAPFailed},
	logs.TooBusy:            {ike: CodeNoResponse},
	logs.Kept:               {ike: CodeAuthFailed},
	logs.ChildlessOnly:      {ike: CodePhase2Refused, child: CodePhase2Refused},
	logs.NoChildless:        {ike: CodeStoppedAfterInit},
	logs.NoAddress:          {ike: CodeNoAddress},
	logs.KernelRefused:      {ike: CodeKernelRefused},
}

// ReasonCode is the code of what an event rejected; "" where its reason has none. child tells that it was a Child SA.
func ReasonCode(e *logs.Event, child bool) Code {
	codes := reasonCodes[e.Reason]
	switch {
	case codes.ike == CodeEAPFailed && e.XAUTH:
		return CodeXAUTHFailed
	case child && codes.child != "":
		return codes.child
	}
	return codes.ike
}
