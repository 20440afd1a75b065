package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// ofMany reports whether a headline has to name the peers first: the capture has others, and the words for such facts may leave one of them out, or give
// an address that several have.
func ofMany(f *diagnose.Finding) bool {
	switch f.Facts.(type) {
	case diagnose.KeyUnread, diagnose.AuthByShape, diagnose.XAUTHFailed, diagnose.EAPFailed, diagnose.RefusedOffer, diagnose.RefusedSelectors,
		diagnose.LengthsDiffer, diagnose.FailedExchange, diagnose.NoAnswer, diagnose.InitAlone, diagnose.Deleted, diagnose.ChildDeleted,
		diagnose.ErrorNotify:
		return f.Among.Hosts || f.Among.Port != 0
	case diagnose.LoggedRefusal, diagnose.LoggedError, diagnose.RefusedProof, diagnose.WrongGroup, diagnose.Unheard, diagnose.GaveUp, diagnose.NoTraffic:
		return f.Among.Port != 0
	}
	return false
}

// peers names the peers of a finding's IKE SA: "IKE SA 192.0.2.1:1027 > 192.0.2.2".
func peers(f *diagnose.Finding) string {
	if f.Subject.Guessed {
		return fmt.Sprintf("IKE SA between %s and %v", f.InitiatorAt(), f.Subject.Responder)
	}
	return fmt.Sprintf("IKE SA %s > %v", f.InitiatorAt(), f.Subject.Responder)
}
