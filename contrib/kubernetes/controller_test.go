package kubernetes

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	k8stesting "k8s.io/client-go/testing"
	jobcontroller "k8s.io/kubernetes/pkg/controller/job"
)

// runJob lets the Job controller of Kubernetes carry a Job out to its end, over a store in memory, with a kubelet that runs containers as processes.
func runJob(t *testing.T, j *batchv1.Job, k *kubelet) batchv1.JobStatus {
	t.Helper()
	jobcontroller.DefaultJobPodFailureBackOff = 10 * time.Millisecond
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	client := fake.NewClientset(j)
	client.PrependReactor("create", "pods", func(a k8stesting.Action) (bool, runtime.Object, error) {
		pod := a.(k8stesting.CreateAction).GetObject().(*corev1.Pod) // what the API server gives a pod
		pod.UID = types.UID(uuid.NewUUID())
		pod.Name = pod.GenerateName + string(pod.UID[:8])
		pod.CreationTimestamp = metav1.Now()
		return false, nil, nil
	})
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := jobcontroller.NewController(ctx, factory.Core().V1().Pods(), factory.Batch().V1().Jobs(), client)
	if err != nil {
		t.Fatal(err)
	}
	k.watch(ctx, t, client, factory)
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	go controller.Run(ctx, 1)
	for ctx.Err() == nil {
		now, err := client.BatchV1().Jobs(j.Namespace).Get(ctx, j.Name, metav1.GetOptions{})
		if err == nil && slices.ContainsFunc(now.Status.Conditions, func(c batchv1.JobCondition) bool {
			return (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue
		}) {
			return now.Status
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the job does not end")
	return batchv1.JobStatus{}
}

func condition(s batchv1.JobStatus) (list []string) {
	for _, c := range s.Conditions {
		if c.Status == corev1.ConditionTrue {
			list = append(list, string(c.Type))
		}
	}
	return list
}

// edit changes words of the command.
func edit(j *batchv1.Job, from, to string) {
	c := &j.Spec.Template.Spec.Containers[0]
	c.Command = slices.Clone(c.Command)
	i := slices.Index(c.Command, from)
	if to == "" {
		c.Command = slices.Delete(c.Command, i, i+1)
	} else {
		c.Command[i] = to
	}
}

func TestJob(t *testing.T) {
	bin := build(t)
	archive, keys := capturesIn(t, bin)
	want := filepath.Join(t.TempDir(), "plain")
	output(t, bin, "batch", archive, "-k", filepath.Join(keys, "keys.log"), "-w", want, "-q")
	for _, c := range []struct {
		name      string
		change    func(t *testing.T, j *batchv1.Job, k *kubelet)
		condition string
		failed    string      // indexes
		runs      map[int]int // by index; 1 where it is not there
		each      int         // runs of each index
	}{
		{name: "as it is", condition: "Complete"},
		{"a pod is killed", func(_ *testing.T, _ *batchv1.Job, k *kubelet) { k.kill[3] = 2 }, "Complete", "", map[int]int{3: 3}, 1},
		{"a pod is killed too often", func(_ *testing.T, _ *batchv1.Job, k *kubelet) { k.kill[3] = 9 }, "Failed", "3", map[int]int{3: 4}, 1},
		{"a node is drained, often", func(_ *testing.T, _ *batchv1.Job, k *kubelet) { k.drain[3] = 9 }, "Complete", "", map[int]int{3: 10}, 1},
		{"wrong usage", func(_ *testing.T, j *batchv1.Job, _ *kubelet) { edit(j, "-q", "--nonsense") }, "Failed", "0-31", nil, 1},
		{"without keys, which is told", func(t *testing.T, j *batchv1.Job, k *kubelet) {
			edit(j, "--closed-ok", "")
			k.mount["/keys"] = t.TempDir()
			for name, text := range map[string]string{"keys.log": "\n", "keys.log.manifest": read(t, filepath.Join(keys, "keys.log.manifest"))} {
				if err := os.WriteFile(filepath.Join(k.mount["/keys"], name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}, "Failed", "", nil, 1}, // those with a share
		{"without keys", func(t *testing.T, j *batchv1.Job, k *kubelet) { k.mount["/keys"] = t.TempDir() }, "Failed", "0-31", nil, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "plain")
			k := &kubelet{bin: bin, mount: map[string]string{"s3://captures/site": archive, "s3://plain/site": out, "/keys": keys}, kill: map[int]int{}, drain: map[int]int{}, runs: map[int]int{}}
			j := readJob(t)
			if c.change != nil {
				c.change(t, j, k)
			}
			status := runJob(t, admit(t, j), k)
			if got := condition(status); !slices.Contains(got, c.condition) {
				t.Errorf("conditions %v", got)
			}
			t.Logf("%d pods succeeded, %d failed, indexes %s done", status.Succeeded, status.Failed, status.CompletedIndexes)
			if failed := status.FailedIndexes; c.failed != "" && (failed == nil || *failed != c.failed) || c.condition == "Complete" && failed != nil && *failed != "" {
				t.Errorf("failed indexes %v", *failed)
			}
			for i := range 32 {
				n := max(c.each, 1)
				if c.runs[i] > 0 {
					n = c.runs[i]
				}
				if k.runs[i] != n {
					t.Errorf("index %d ran %d times, not %d", i, k.runs[i], n)
				}
			}
			if c.condition == "Complete" {
				same(t, out, want)
			}
		})
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// same compares the files of two directories.
func same(t *testing.T, got, want string) {
	t.Helper()
	names := func(dir string) (list []string) {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				list = append(list, strings.TrimPrefix(path, dir))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if a, b := names(got), names(want); !slices.Equal(a, b) || len(a) < 17 {
		t.Fatalf("files %v, not %v", a, b)
	}
	for _, name := range names(want) {
		if a, b := read(t, got+name), read(t, want+name); a != b {
			t.Errorf("%s: differs", name)
		}
	}
}

// capturesIn makes an archive of eight files of a recorded session, and the key log and manifest of it.
func capturesIn(t *testing.T, bin string) (archive, keys string) {
	t.Helper()
	archive, keys = filepath.Join(t.TempDir(), "archive"), t.TempDir()
	if err := os.Mkdir(archive, 0o700); err != nil {
		t.Fatal(err)
	}
	const session, files = "../../testdata/pcaps/v2-psk-aes128-sha256", 8
	data := []byte(read(t, filepath.Join(session, "wire.pcap")))
	var records [][]byte
	for at := 24; at < len(data); {
		n := 16 + int(uint32(data[at+8])|uint32(data[at+9])<<8|uint32(data[at+10])<<16|uint32(data[at+11])<<24)
		records = append(records, data[at:at+n])
		at += n
	}
	for i := range files {
		b := slices.Concat(data[:24], bytes.Join(records[i*len(records)/files:(i+1)*len(records)/files], nil))
		if err := os.WriteFile(filepath.Join(archive, fmt.Sprintf("wire.pcap%d", i)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output(t, bin, "export", "keylog", archive, "-q", "-k", filepath.Join(session, "gwa.log"), "-o", filepath.Join(keys, "keys.log"))
	return archive, keys
}
