package report

import "github.com/ikedecode/ikedecode/keys/secret"

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
	NoSalt bool   `json:"no_salt,omitempty"` // the source leaves out the salt that belongs to the key
}

// NewKeys lists what a bag holds; show puts the values in.
func NewKeys(b *secret.Bag, show bool) *Keys {
	k := &Keys{Formats: []KeyFormat{}, Secrets: []KeyEntry{}}
	for _, f := range b.Formats {
		k.Formats = append(k.Formats, KeyFormat{f.File, f.Name, f.Count})
	}
	for _, l := range b.Masked(show) {
		k.Secrets = append(k.Secrets, KeyEntry{l.Kind, l.Where, l.Bytes, l.Value, l.Origin, l.NoSalt})
	}
	for _, w := range b.Warnings {
		k.Warnings = append(k.Warnings, w.String())
	}
	return k
}
