//go:build unix

package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// rowsOf are the rows of a CSV file, by column.
func rowsOf(t *testing.T, path string) (list []map[string]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil || len(records) == 0 {
		t.Fatal(err)
	}
	for _, r := range records[1:] {
		row := make(map[string]string)
		for i, name := range records[0] {
			row[name] = r[i]
		}
		list = append(list, row)
	}
	return list
}

// The tables of an archive in several files are those of one in a single file, and the flows inside an SA have all packets that it decrypts.
func TestMergeTables(t *testing.T) {
	var want [][]byte
	for i, borders := range [][]int{nil, {20, 50, 51, 90}} {
		c := cutUp(t, "v2-psk-gcm-x25519-pfs-rekey", borders...)
		dir := t.TempDir()
		keys, out, tables := filepath.Join(dir, "keys.log"), filepath.Join(dir, "plain"), filepath.Join(dir, "new", "tables")
		runDone(t, slices.Concat([]string{"export", "keylog", c.archive, "-q", "-o", keys}, c.secrets)...)
		c.run(t, "batch", c.archive, "-k", keys, "-w", out, "-q")
		c.run(t, "merge", out, "-q", "--parquet", tables, "--csv", tables)
		packets := make(map[string]int)
		for _, f := range rowsOf(t, filepath.Join(tables, "flows.csv")) {
			n, err := strconv.Atoi(f["packets"])
			if err != nil || f["src"] == "" || f["ip_protocol"] == "0" {
				t.Fatal(f, err)
			}
			packets[f["spi"]] += n
		}
		for _, sa := range rowsOf(t, filepath.Join(tables, "sas.csv")) {
			if got := strconv.Itoa(packets[sa["spi"]]); got != sa["opened"] || sa["opened"] == "0" {
				t.Errorf("SA %s: %s packets in flows, %s decrypted", sa["spi"], got, sa["opened"])
			}
		}
		for j, name := range []string{"sas.csv", "flows.csv", "sas.parquet", "flows.parquet"} {
			path := filepath.Join(tables, name)
			b, err := os.ReadFile(path)
			if info, e := os.Stat(path); err != nil || e != nil || info.Mode().Perm() != 0o600 {
				t.Fatal(name, err, e, info)
			}
			if i == 0 {
				want = append(want, b)
			} else if string(b) != string(want[j]) {
				t.Errorf("%s: %d bytes, of one file %d", name, len(b), len(want[j]))
			}
		}
	}
}
