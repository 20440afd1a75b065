package report

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/words"
)

// Keys is what files of secrets hold.
type Keys struct {
	Formats  []KeyFormat `json:"formats"`
	Secrets  KeyList     `json:"secrets"`
	Unread   []UnreadKey `json:"not_understood,omitempty"`
	Warnings []string    `json:"warnings,omitempty"`

	Captured bool `json:"-"` // captures were given: each secret says what uses it
	Shown    bool `json:"-"` // the values are not masked
}

// A KeyList is a list of secrets, each made when it is asked for: there may be millions. In JSON it is an array. The zero value is empty.
type KeyList struct {
	n  int
	at func(i int) KeyEntry
}

// KeyListOf is a list of some secrets.
func KeyListOf(entries ...KeyEntry) KeyList {
	return KeyList{len(entries), func(i int) KeyEntry { return entries[i] }}
}

// Len is how many there are.
func (l KeyList) Len() int { return l.n }

// At is the secret at i, from 0.
func (l KeyList) At(i int) KeyEntry { return l.at(i) }

// MarshalJSON makes the array as a whole; Document.Write doesn't.
func (l KeyList) MarshalJSON() ([]byte, error) {
	list := make([]KeyEntry, l.n)
	for i := range list {
		list[i] = l.at(i)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // that is for the encoder that this is called by
	err := enc.Encode(list)
	return b.Bytes(), err
}

// A KeyFormat is a format that was recognised in a file.
type KeyFormat struct {
	File   string `json:"file"`
	Format string `json:"format"`
	Count  int    `json:"count"` // values found; a format can be recognised and hold none

	Keyless  int       `json:"sas_without_keys,omitempty"`
	Redacted int       `json:"redacted,omitempty"` // values that were taken out
	Lacks    []KeyLack `json:"lacks,omitempty"`
	Advice   string    `json:"advice,omitempty"` // what to do where there is no key in it
}

// A KeyLack is what a source never prints.
type KeyLack struct {
	Of   string `json:"of"` // "ike", "ikev1-phase1", "ipsec", "authentication"
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// A KeyEntry is one secret. Value is masked unless it was asked for.
type KeyEntry struct {
	Kind   string `json:"kind"` // as in the key log
	Where  string `json:"where"`
	Bytes  int    `json:"bytes"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
	NoSalt bool   `json:"no_salt,omitempty"` // the source leaves out the salt that belongs to the key

	File   string `json:"file,omitempty"`   // as it was given
	Member string `json:"member,omitempty"` // of the directory or archive
	Line   int    `json:"line,omitempty"`
	Label  string `json:"label,omitempty"` // how the file calls it

	// With captures: what became of it (UseVerified and the others), the SA that it belongs to, and what proves it.
	Use    string     `json:"use,omitempty"`
	SA     string     `json:"sa,omitempty"`
	Proofs []KeyProof `json:"proofs,omitempty"`
	Why    string     `json:"why,omitempty"` // nothing proves it
}

// What became of a secret.
const (
	UseVerified = "verified"
	UseUnproven = "unverified" // an SA uses it, and nothing verifies it by itself
	UseWrong    = "wrong"      // its SA is in the capture, and it does not decrypt or verify it
	UseNone     = "unused"     // nothing in the capture uses it
)

// A KeyProof is what proves a key.
type KeyProof struct {
	Of    string `json:"of,omitempty"` // of an IPsec SA: "authentication key", "encryption key"
	Kind  string `json:"kind"`         // "HASH", "ICV", "AUTH", "public value", "payload chain", "inner header", "key schedule"
	Frame int    `json:"frame,omitempty"`
	Text  string `json:"text"`
}

// An UnreadKey is a line with what looks like a key in a form that no source has.
type UnreadKey struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// NewKeys lists what a bag holds, which must not change while the list is in use; show puts the values in. Members of archives and directories are told by files, as they were given.
func NewKeys(b *secret.Bag, show bool, files ...string) *Keys {
	k := &Keys{Formats: []KeyFormat{}, Shown: show}
	for _, f := range b.Formats {
		one := KeyFormat{File: f.File, Format: f.Name, Count: f.Count, Keyless: f.Keyless, Redacted: f.Redacted, Advice: f.Advice}
		for _, l := range f.Lacks {
			one.Lacks = append(one.Lacks, KeyLack{l.Of.String(), l.Text, l.Advice})
		}
		k.Formats = append(k.Formats, one)
	}
	k.Secrets = KeyList{b.Len(), func(i int) KeyEntry {
		l := b.Listing(i, show)
		e := KeyEntry{Kind: l.Kind, Where: l.Where, Bytes: l.Bytes, Value: l.Value, Origin: l.Origin, NoSalt: l.NoSalt}
		if i < len(b.Secrets) {
			e.place(b.Secrets[i].Origin, files)
		} else {
			e.place(secret.OriginOf(b.SAs[i-len(b.Secrets)].Source), files)
		}
		return e
	}}
	for _, u := range b.Unread {
		k.Unread = append(k.Unread, UnreadKey{u.File, u.Line, fmt.Sprintf("%d bytes of hex beside %q, in a form that is not known", u.Bytes, u.Near)})
	}
	for _, w := range b.Warnings {
		k.Warnings = append(k.Warnings, w.String())
	}
	return k
}

// place says where a secret was found.
func (e *KeyEntry) place(o secret.Origin, files []string) {
	e.File, e.Member = o.In(files)
	e.Line, e.Label = o.Line, o.Label
}

// UseText says what proves a secret, or that nothing does.
func (e *KeyEntry) UseText() []string {
	var list []string
	for _, p := range e.Proofs {
		if p.Of != "" {
			list = append(list, p.Of+": "+p.Text)
		} else {
			list = append(list, p.Text)
		}
	}
	if e.Why != "" {
		list = append(list, e.Why)
	}
	return list
}

// Text is the source as a line: what it has, and what it never has.
func (f *KeyFormat) Text() string {
	s := fmt.Sprintf("%s: %s, %s", f.File, f.Format, words.Count(f.Count, "value"))
	if f.Keyless > 0 {
		s += fmt.Sprintf("; %s without keys", words.Count(f.Keyless, "SA"))
	}
	if f.Redacted > 0 {
		s += fmt.Sprintf("; %d redacted", f.Redacted)
	}
	if f.Advice != "" {
		s += ": " + f.Advice
	}
	for _, l := range f.Lacks {
		s += "; " + l.Text
		if l.Hint != "" {
			s += ": " + l.Hint
		}
	}
	return s
}
