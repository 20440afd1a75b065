package main

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/ikedecode/ikedecode/report/archive"
)

// writeTables writes the tables that merge was asked for.
func (a *app) writeTables(o *mergeOptions, s *archive.Sum) error {
	var files []exportFile
	add := func(dir, name string, write func(*bytes.Buffer) error) error {
		if dir == "" {
			return nil
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		var b bytes.Buffer
		err := write(&b)
		files = append(files, exportFile{filepath.Join(dir, name), b.Bytes()})
		return err
	}
	if o.parquet == "" && o.csv == "" {
		return nil
	}
	sas, flows := s.SARows(), s.FlowRows()
	for _, t := range []struct {
		dir, name string
		write     func(*bytes.Buffer) error
	}{
		{o.parquet, "sas.parquet", func(b *bytes.Buffer) error { return archive.WriteParquet(b, sas) }},
		{o.parquet, "flows.parquet", func(b *bytes.Buffer) error { return archive.WriteParquet(b, flows) }},
		{o.csv, "sas.csv", func(b *bytes.Buffer) error { return archive.WriteCSV(b, sas) }},
		{o.csv, "flows.csv", func(b *bytes.Buffer) error { return archive.WriteCSV(b, flows) }},
	} {
		if err := add(t.dir, t.name, t.write); err != nil {
			return err
		}
	}
	return writeFiles(a.ctx, files...)
}
