package diagnose

import "github.com/ikedecode/ikedecode/keys/logs"

// reasonCodes are the codes of findings by the reasons that logs give. Where an IKE SA and a Child SA have different ones, child is that
// of the Child SA.
var reasonCodes = map[logs.Reason]struct{ ike, child Code }{
	logs.NoConnection:       {ike: CodeNoConnection},
	logs.NoPeer:             {ike: CodeIdentityMismatch},
	logs.PSKMissing:         {ike: CodePSKMissing},
	logs.PSKMismatch:        {ike: CodePSKMismatch},
	logs.PSKLikely:          {ike: CodePSKMismatch},
	logs.Unreadable:         {ike: CodePSKMismatch},
	logs.InvalidHash:        {ike: CodePSKMismatch},
	logs.IdentityMismatch:   {ike: CodeIdentityMismatch},
	logs.AuthMethod:         {ike: CodeAuthMethodMismatch},
	logs.AggressiveRefused:  {ike: CodeAuthMethodMismatch},
	logs.NoProposal:         {ike: CodePhase1NoProposal, child: CodePhase2NoProposal},
	logs.GroupRefused:       {ike: CodeInvalidKE, child: CodePFSMismatch},
	logs.PFSRequired:        {ike: CodePFSMismatch},
	logs.ModeRefused:        {ike: CodeModeMismatch},
	logs.NoTraffic:          {ike: CodeTSMismatch},
	logs.NoTrustedKey:       {ike: CodeCertificateProblem},
	logs.NoIssuer:           {ike: CodeCertificateProblem},
	logs.UntrustedIssuer:    {ike: CodeCertificateProblem},
	logs.InvalidCertificate: {ike: CodeCertificateProblem},
	logs.ExpiredCertificate: {ike: CodeCertificateProblem},
	logs.EarlyCertificate:   {ike: CodeCertificateProblem},
	logs.RevokedCertificate: {ike: CodeCertificateProblem},
	logs.UnknownRevocation:  {ike: CodeCertificateProblem},
	logs.CertificateName:    {ike: CodeCertificateProblem},
	logs.CertificateUse:     {ike: CodeCertificateProblem},
	logs.WeakSignature:      {ike: CodeCertificateProblem},
	logs.Constraint:         {ike: CodeAuthFailed},
	logs.InvalidSignature:   {ike: CodeCertificateProblem},
	logs.NoPrivateKey:       {ike: CodeCertificateProblem},
	logs.NoCertificate:      {ike: CodeCertificateProblem},
	logs.NoUserKey:          {ike: CodeEAPFailed},
	logs.UserRefused:        {ike: CodeEAPFailed},
	logs.EAPMethod:          {ike: CodeEAPFailed},
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
