package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// ParsePSK reads a pre-shared key as it is typed: text, 0x and hex, or @FILE for what a file holds. from is its origin. No error holds
// the value.
func ParsePSK(text string, from secret.Origin) (secret.Secret, error) {
	text, err := atFile(text)
	if err != nil {
		return secret.Secret{}, err
	}
	value := []byte(text)
	if strings.HasPrefix(text, "0x") || strings.HasPrefix(text, "0X") {
		if value, err = lex.ParseHex(text); err != nil {
			return secret.Secret{}, err
		}
	}
	if len(value) == 0 {
		return secret.Secret{}, errors.New("the pre-shared key is empty")
	}
	return secret.Secret{Kind: secret.PSK, Value: value, Origin: from}, nil
}

// ParseValue reads any other secret as it is typed: hex, perhaps bound to an IKE SA as ICOOKIE[:RCOOKIE]=HEX, or @FILE in the place
// of the hex or of all of it. from is its origin. No error holds the value.
func ParseValue(kind secret.Kind, text string, from secret.Origin) (secret.Secret, error) {
	text, err := atFile(text)
	if err != nil {
		return secret.Secret{}, err
	}
	s := secret.Secret{Kind: kind, Origin: from}
	if where, value, ok := strings.Cut(text, "="); ok {
		if s.Where, err = secret.ParseBinding(strings.TrimSpace(where)); err != nil {
			return secret.Secret{}, errors.New("the part before = must be ICOOKIE[:RCOOKIE], 16 hex digits each")
		}
		if text, err = atFile(value); err != nil {
			return secret.Secret{}, err
		}
	}
	if s.Value, err = lex.ParseHexValue(text); err != nil {
		return secret.Secret{}, err
	}
	return s, nil
}

// atFile replaces @FILE by what the file holds, less the line break at its end.
func atFile(text string) (string, error) {
	path, ok := strings.CutPrefix(text, "@")
	if !ok {
		return text, nil
	}
	data, err := readAll(path)
	if err != nil {
		return "", err
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	return strings.TrimRight(string(data), "\r\n"), nil
}

// maxSmallFile bounds files that hold a few values.
const maxSmallFile = 16 << 20

func readAll(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readSmall(path, f)
}

func readSmall(name string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSmallFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxSmallFile {
		return nil, fmt.Errorf("%s: %w", name, ErrTooLarge)
	}
	return data, nil
}
