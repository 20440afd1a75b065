package secret

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// A FlagError is a secret on the command line that cannot be read. It never holds the value.
type FlagError struct {
	Flag string // "--dh-secret"
	Err  error
}

func (e *FlagError) Error() string { return e.Flag + ": " + e.Err.Error() }
func (e *FlagError) Unwrap() error { return e.Err }

// flagNames are the flags that give one value each.
var flagNames = map[Kind]string{
	PSK: "--psk", DHSecret: "--dh-secret", DHPrivate: "--dh-private", SKEYID: "--skeyid", SKEYIDd: "--skeyid-d",
	SKEYIDa: "--skeyid-a", SKEYIDe: "--skeyid-e", EAPMSK: "--eap-msk",
}

// FlagName is the flag that gives a secret of this kind, "" if there is none.
func FlagName(k Kind) string { return flagNames[k] }

// ParsePSK reads the value of --psk: text, 0x and hex, or @FILE.
func ParsePSK(text string) (Secret, error) {
	return parsePSK(text, Origin{Label: "--psk"})
}

// EnvPSK is the environment variable that gives a pre-shared key without showing it in the list of processes.
const EnvPSK = "IKEDECODE_PSK"

// ParseEnvPSK reads the value of the environment variable [EnvPSK].
func ParseEnvPSK(text string) (Secret, error) {
	return parsePSK(text, Origin{Label: EnvPSK})
}

func parsePSK(text string, from Origin) (Secret, error) {
	text, err := atFile(text)
	if err != nil {
		return Secret{}, &FlagError{from.Label, err}
	}
	value := []byte(text)
	if strings.HasPrefix(text, "0x") || strings.HasPrefix(text, "0X") {
		if value, err = parseHex(text); err != nil {
			return Secret{}, &FlagError{from.Label, err}
		}
	}
	if len(value) == 0 {
		return Secret{}, &FlagError{from.Label, errors.New("the pre-shared key is empty")}
	}
	return Secret{Kind: PSK, Value: value, Origin: from}, nil
}

// ParseHexFlag reads the value of --dh-secret, --dh-private, --eap-msk and the --skeyid flags: hex, perhaps bound to an IKE SA as
// ICOOKIE[:RCOOKIE]=HEX, or @FILE in the place of the hex or of all of it.
func ParseHexFlag(kind Kind, text string) (Secret, error) {
	flag := flagNames[kind]
	if flag == "" {
		flag = kind.String()
	}
	text, err := atFile(text)
	if err != nil {
		return Secret{}, &FlagError{flag, err}
	}
	s := Secret{Kind: kind, Origin: Origin{Label: flag}}
	if where, value, ok := strings.Cut(text, "="); ok {
		if s.Where, err = parseBinding(strings.TrimSpace(where)); err != nil {
			return Secret{}, &FlagError{flag, errors.New("the part before = is not ICOOKIE[:RCOOKIE], cookies of 16 hex digits")}
		}
		if text, err = atFile(value); err != nil {
			return Secret{}, &FlagError{flag, err}
		}
	}
	if s.Value, err = parseHexValue(text); err != nil {
		return Secret{}, &FlagError{flag, err}
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
	data, err := io.ReadAll(io.LimitReader(f, maxSmallFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxSmallFile {
		return nil, fmt.Errorf("%s: %w", path, ErrTooLarge)
	}
	return data, nil
}
