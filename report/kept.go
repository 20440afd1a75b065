package report

import "github.com/ikedecode/ikedecode/keys/ikesa"

// What is kept of a report in files, to be added up later, is its JSON form and what texts need beside that.

// KeptIKE is what the JSON form of an IKESA leaves out.
type KeptIKE struct {
	Proofs     []ikesa.Proof `json:"proofs,omitempty"`
	Identities [2]string     `json:"identities"` // of initiator and responder
}

// Keep is what the JSON form of the IKE SAs leaves out.
func (r *SAs) Keep() []KeptIKE {
	list := make([]KeptIKE, len(r.IKE))
	for i := range r.IKE {
		for _, p := range r.IKE[i].Proofs {
			list[i].Proofs = append(list[i].Proofs, p.proof)
		}
		for j, id := range []*Identity{r.IKE[i].InitiatorID, r.IKE[i].ResponderID} {
			if id != nil {
				list[i].Identities[j] = id.Text
			}
		}
	}
	return list
}

// Restore completes SAs that were read from their JSON form with what Keep gave.
func (r *SAs) Restore(list []KeptIKE) {
	for i := range min(len(r.IKE), len(list)) {
		ike, kept := &r.IKE[i], list[i]
		for j := range min(len(ike.Proofs), len(kept.Proofs)) {
			ike.Proofs[j].proof = kept.Proofs[j]
		}
		for j, id := range []*Identity{ike.InitiatorID, ike.ResponderID} {
			if id != nil {
				id.Text = kept.Identities[j]
			}
		}
	}
}
