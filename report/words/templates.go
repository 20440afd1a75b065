package words

import "github.com/ikedecode/ikedecode/report/diagnose"

// templates has a row for each code.
var templates = map[diagnose.Code]template{
	diagnose.CodeICMPUnreachable:   icmpUnreachable,
	diagnose.CodeMTUSuspect:        mtuSuspect,
	diagnose.CodeFragmentLost:      fragmentLost,
	diagnose.CodeNATMappingChanged: mappingChanged,
	diagnose.CodeESPLoss:           loss,
	diagnose.CodeESPReplay:         replay,
	diagnose.CodeESPReordering:     reordering,
	diagnose.CodeESPAfterDelete:    afterEnd,
	diagnose.CodeESPOneWay:         oneWay,
	diagnose.CodeICVFailures:       icvFailures,
	diagnose.CodeWrongESPKey:       wrongESPKey,
	diagnose.CodeUnknownSPI:        unknownSPI,
	diagnose.CodeNullEncryption:    nullEncryption,
	diagnose.CodeESPNull:           espNull,
	diagnose.CodeCaptureCut:        captureCut,
	diagnose.CodeSnapLength:        snapLength,
	diagnose.CodeNotIKE:            notIKE,
	diagnose.CodeTooManySAs:        tooManySAs,
	diagnose.CodeMirrored:          mirrored,
	diagnose.CodeGatewayCapture:    gatewayCapture,
	diagnose.CodeAlreadyDecrypted:  alreadyDecrypted,
	diagnose.CodeStartedLate:       startedLate,
	diagnose.CodeDPDTimeout:        dpdTimeout,
	diagnose.CodeRetransmissions:   retransmissions,
	diagnose.CodeDeletedByPeer:     deleted,
	diagnose.CodeAddressAssigned:   addressAssigned,
	diagnose.CodeAddressChanged:    addressChanged,
	diagnose.CodeNATDetected:       natDetected,
	diagnose.CodeVendorQuirk:       vendorQuirk,
	diagnose.CodeOneWayIKE:         oneWayIKE,
	diagnose.CodeWeakAlgorithm:     weak,
	diagnose.CodeWeakDH:            weak,
}
