package report

// What a report in another form than text needs beyond the models.

// A Page is what the command report wrote.
type Page struct {
	Output    string `json:"output"`
	Bytes     int    `json:"bytes"`
	Messages  int    `json:"messages"`            // in the ladder
	SAs       int    `json:"sas"`                 // with their traffic over time
	Secrets   bool   `json:"secrets"`             // values of keys are in it
	Left      int    `json:"left_out,omitempty"`  // messages that went over the bounds
	Truncated int    `json:"undecoded,omitempty"` // messages whose payloads went over the bounds
	// Selection is set where a filter left something out.
	Selection *PacketSelection `json:"selection,omitempty"`
}

// Spans reports whether Frames are the first and the last of many.
func (f *Finding) Spans() bool { return f.span && len(f.Frames) == 2 }

// Peer names a side of the IKE SA that f is about: "192.0.2.1 (initiator)".
func (f *Finding) Peer(initiator bool) string {
	a, name := f.peers[1], side(initiator)
	if initiator {
		a = f.peers[0]
	}
	if !a.IsValid() {
		return name
	}
	return a.String() + " (" + name + ")"
}
