package kubernetes

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/pkg/fieldpath"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

// A kubelet runs the container of each pod as a process, without isolation, and reports its exit code.
type kubelet struct {
	bin         string
	mount       map[string]string // what stands in the command: where it is here
	kill, drain map[int]int       // how many pods of an index are killed, or end with their node

	mu   sync.Mutex
	runs map[int]int // pods by index
}

// watch runs pods as they are created.
func (k *kubelet) watch(ctx context.Context, t *testing.T, client kubernetes.Interface, factory informers.SharedInformerFactory) {
	t.Helper()
	slots := make(chan bool, 2)
	_, err := factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: func(obj any) {
		pod := obj.(*corev1.Pod).DeepCopy()
		go func() {
			slots <- true
			defer func() { <-slots }()
			k.run(pod)
			if _, err := client.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, pod, metav1.UpdateOptions{}); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}()
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a pod to its end and sets its status.
func (k *kubelet) run(pod *corev1.Pod) {
	index, err := strconv.Atoi(pod.Annotations[batchv1.JobCompletionIndexAnnotation])
	if err != nil {
		index = -1
	}
	k.mu.Lock()
	k.runs[index]++
	n := k.runs[index]
	k.mu.Unlock()
	c := pod.Spec.Containers[0]
	code := 0
	switch {
	case n <= k.kill[index]:
		code = 128 + int(syscall.SIGKILL)
	case n <= k.drain[index]:
		code = 128 + int(syscall.SIGTERM)
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: corev1.PodReasonTerminationByKubelet})
	default:
		code = k.process(pod, &c)
	}
	pod.Status.Phase = corev1.PodSucceeded
	if code != 0 {
		pod.Status.Phase = corev1.PodFailed
	}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: c.Name, State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: int32(code), FinishedAt: metav1.Now()}},
	}}
}

// process runs the command of a container, with its variables set and filled in as a kubelet does it.
func (k *kubelet) process(pod *corev1.Pod, c *corev1.Container) int {
	env := map[string]string{}
	for _, v := range c.Env {
		env[v.Name] = v.Value
		if v.ValueFrom != nil {
			env[v.Name], _ = fieldpath.ExtractFieldPathAsString(pod, v.ValueFrom.FieldRef.FieldPath)
		}
	}
	delete(env, "TMPDIR") // which is in the container's file system
	var args []string
	for _, word := range c.Command {
		word = expansion.Expand(word, expansion.MappingFuncFor(env))
		for there, here := range k.mount {
			if rest, ok := strings.CutPrefix(word, there); ok {
				word = here + rest
			}
		}
		args = append(args, word)
	}
	if args[0] != "/ikedecode" { // where the image has it
		return 127
	}
	cmd := exec.Command(k.bin, args[1:]...)
	cmd.Env = os.Environ()
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		return exit.ExitCode()
	} else if err != nil {
		return 127
	}
	return 0
}

// build builds the program.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "ikedecode")
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/ikedecode")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// output runs the program to its end.
func output(t *testing.T, bin string, args ...string) {
	t.Helper()
	if out, err := exec.Command(bin, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}
