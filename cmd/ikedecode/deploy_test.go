//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What a scheduler starts in a shell, with the variables that it sets, does the shares of an archive to the bytes of one process.
func TestDeploy(t *testing.T) {
	c := cutUp(t, "v2-psk-aes128-sha256", 9, 20, 30)
	dir := t.TempDir()
	keys, want, bin := filepath.Join(dir, "keys.log"), filepath.Join(dir, "want"), filepath.Join(dir, "ikedecode")
	runDone(t, append([]string{"export", "keylog", c.archive, "-q", "-o", keys}, c.secrets...)...)
	runDone(t, "batch", c.archive, "-k", keys, "-w", want, "-q")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, bin); err != nil { // TestMain runs the program under that name
		t.Fatal(err)
	}
	const deploy, of = "../../deploy", 3
	for _, e := range []struct {
		file         string
		index, count string // variables
		args         func(out string) []string
	}{
		{"slurm.sbatch", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", func(out string) []string {
			return []string{filepath.Join(deploy, "slurm.sbatch"), c.archive, keys, out}
		}},
		{"aws-batch.json", "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", func(out string) []string {
			return awsArgs(t, filepath.Join(deploy, "aws-batch.json"), strings.NewReplacer("Ref::archive", c.archive, "Ref::out", out, "/ikedecode", bin, "/keys/keys.log", keys))
		}},
	} {
		t.Run(e.file, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "plain")
			for i := range of {
				cmd := exec.Command("/bin/sh", e.args(out)...)
				cmd.Env = append(os.Environ(), "PATH="+dir, fmt.Sprintf("%s=%d", e.index, i), fmt.Sprintf("%s=%d", e.count, of))
				if said, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("share %d: %v\n%s", i, err, said)
				}
			}
			if got := filesIn(t, out); len(got) != 2*c.files+1 {
				t.Errorf("%d files", len(got))
			}
			sameFiles(t, want, out)
		})
	}
}

// awsArgs are the arguments of sh in a job definition of AWS Batch, filled in.
func awsArgs(t *testing.T, path string, values *strings.Replacer) (args []string) {
	t.Helper()
	var def struct {
		ContainerProperties struct{ Command []string }
	}
	if err := json.Unmarshal(contents(t, path), &def); err != nil {
		t.Fatal(err)
	}
	for _, word := range def.ContainerProperties.Command {
		args = append(args, values.Replace(word))
	}
	if len(args) == 0 || args[0] != "sh" {
		t.Fatalf("command %q", args)
	}
	return args[1:]
}

func contents(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
