package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// totalsName is the file of the corpus with what all runs that used it have done.
const totalsName = "totals.json"

// A total is what all runs of a target have done.
type total struct {
	Executions int     `json:"executions"`
	Minutes    float64 `json:"minutes"`
}

func (t total) add(executions int, took time.Duration) total {
	return total{t.Executions + executions, t.Minutes + took.Minutes()}
}

// totals are those of all targets, by package and name.
type totals map[string]total

func (t *target) key() string { return t.pkg + "." + t.name }

// readTotals reads what earlier runs have done: nothing where there is no file.
func readTotals(corpus string) (totals, error) {
	b, err := os.ReadFile(filepath.Join(corpus, totalsName))
	if errors.Is(err, fs.ErrNotExist) {
		return totals{}, nil
	}
	if err != nil {
		return nil, err
	}
	t := totals{}
	if err := json.Unmarshal(b, &t); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(corpus, totalsName), err)
	}
	return t, nil
}

// write replaces the file as a whole: a run may be ended at any time.
func (t totals) write(corpus string) error {
	b, err := json.MarshalIndent(t, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(corpus, 0o700); err != nil {
		return err
	}
	name := filepath.Join(corpus, totalsName)
	if err := os.WriteFile(name+".new", append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}
