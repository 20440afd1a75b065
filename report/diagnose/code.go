package diagnose

// A Code names one kind of finding. It is stable: scripts rely on it (docs/json.md).
type Code string

// The codes of findings, in the order of docs/json.md.
const (
	CodeHealthy Code = "healthy"

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
	CodeModeMismatch     Code = "mode-mismatch"

	// Authentication.
	CodePSKMismatch        Code = "psk-mismatch"
	CodeIdentityMismatch   Code = "identity-mismatch"
	CodeCertificateProblem Code = "certificate-problem"
	CodeAuthFailed         Code = "auth-failed"
	CodeXAUTHFailed        Code = "xauth-failed"
	CodeEAPFailed          Code = "eap-failed"
	CodeAddressAssigned    Code = "address-assigned"

	// Child SAs, phase 2.
	CodePhase2NoProposal Code = "phase2-no-proposal"
	CodePFSMismatch      Code = "pfs-mismatch"
	CodeTSMismatch       Code = "ts-mismatch"
	CodePhase2Refused    Code = "phase2-refused"
	CodePhase2Failed     Code = "phase2-failed"
	CodePhase2NoResponse Code = "phase2-no-response"
	CodeLifetimeDiffers  Code = "lifetime-differs"

	// An SA's life.
	CodeRekeyFailed    Code = "rekey-failed"
	CodeRekeyCollision Code = "rekey-collision"
	CodeDPDTimeout     Code = "dpd-timeout"
	CodeDeletedByPeer  Code = "deleted-by-peer"
	CodeErrorNotify    Code = "error-notify"
	CodeVendorQuirk    Code = "vendor-quirk"

	// ESP and AH.
	CodeICVFailures       Code = "icv-failures"
	CodeWrongESPKey       Code = "wrong-esp-key"
	CodeESPLoss           Code = "esp-loss"
	CodeESPReplay         Code = "esp-replay"
	CodeESPReordering     Code = "esp-reordering"
	CodeESPOneWay         Code = "esp-one-way"
	CodeESPAfterDelete    Code = "esp-after-delete"
	CodeUnknownSPI        Code = "unknown-spi"
	CodeESPNull           Code = "esp-null"
	CodeNullEncryption    Code = "null-encryption"
	CodeWeakAlgorithm     Code = "weak-algorithm"
	CodeWeakDH            Code = "weak-dh"
	CodeAggressiveModePSK Code = "aggressive-mode-psk"
	CodeIKEv1Deprecated   Code = "ikev1-deprecated"

	// What keeps an SA closed.
	CodeNoKey         Code = "no-key"
	CodeWrongKey      Code = "wrong-key"
	CodeWrongPSK      Code = "wrong-psk"
	CodeNeedDHSecret  Code = "need-dh-secret"
	CodeNeedPSK       Code = "need-psk"
	CodeNeedSKEYIDd   Code = "need-skeyid-d"
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
	CodeAlreadyDecrypted Code = "already-decrypted"
	CodeNoIPsec          Code = "no-ipsec"
)
