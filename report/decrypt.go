package report

// Decrypt is what a run of decrypt did.
type Decrypt struct {
	Outputs   []string   `json:"outputs"`
	Packets   int        `json:"packets"`
	Written   int        `json:"written"`
	IKE       int        `json:"ike"`        // messages, repeats included
	IKEOpened int        `json:"ike_opened"` // of them
	IKEClosed int        `json:"ike_closed"`
	ESP       int        `json:"esp"` // ESP, AH and IPComp packets
	Opened    int        `json:"esp_opened"`
	Closed    []ClosedBy `json:"esp_closed"` // by SA and reason
}

// ClosedBy counts packets that stayed closed for one reason.
type ClosedBy struct {
	SA      string `json:"sa"`
	Packets int    `json:"packets"`
	Reason  string `json:"reason"`
}

// ExportResult is what a run of export wrote.
type ExportResult struct {
	Format string   `json:"format"`
	Files  []string `json:"files"`
	IKE    int      `json:"ike_rows"`
	SAs    int      `json:"sa_rows"`
	Left   []string `json:"left_out"` // what the format cannot express, a sentence each
}

// Keys is what files of secrets hold.
type Keys struct {
	Formats  []KeyFormat `json:"formats"`
	Secrets  []KeyEntry  `json:"secrets"`
	Warnings []string    `json:"warnings,omitempty"`
}

// A KeyFormat is a format that was recognised in a file.
type KeyFormat struct {
	File   string `json:"file"`
	Format string `json:"format"`
	Count  int    `json:"count"` // values found; a format can be recognised and hold none
}

// A KeyEntry is one secret. Value is masked unless it was asked for.
type KeyEntry struct {
	Kind   string `json:"kind"` // as in the key log
	Where  string `json:"where"`
	Bytes  int    `json:"bytes"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
}
