package kubernetes

import (
	"context"
	"os"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	genericapi "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	admission "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

const manifest = "../../deploy/kubernetes.yaml"

// readJob decodes the manifest as the API server does with strict field validation: no field that the API does not have, none twice. Defaults are set.
func readJob(t *testing.T) *batchv1.Job {
	t.Helper()
	data, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	strict := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)
	obj, _, err := strict.UniversalDeserializer().Decode(data, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	j, ok := obj.(*batchv1.Job)
	if !ok {
		t.Fatalf("%T is not a Job of batch/v1", obj)
	}
	j.Namespace, j.UID = "default", "00000000-0000-4000-8000-000000000001" // as the API server sets them
	legacyscheme.Scheme.Default(j)
	return j
}

// admit does what the API server does before it stores a Job, and returns it as stored.
func admit(t *testing.T, j *batchv1.Job) *batchv1.Job {
	t.Helper()
	var internal batch.Job
	if err := legacyscheme.Scheme.Convert(j, &internal, nil); err != nil {
		t.Fatal(err)
	}
	ctx := genericapi.WithNamespace(context.Background(), j.Namespace)
	job.Strategy.PrepareForCreate(ctx, &internal)
	for _, err := range job.Strategy.Validate(ctx, &internal) {
		t.Error(err)
	}
	for _, text := range job.Strategy.WarningsOnCreate(ctx, &internal) {
		t.Error(text)
	}
	stored := &batchv1.Job{}
	if err := legacyscheme.Scheme.Convert(&internal, stored, nil); err != nil {
		t.Fatal(err)
	}
	return stored
}

// The manifest is a Job that the API server takes, without a warning, in a namespace whose pods are restricted.
func TestManifest(t *testing.T) {
	j := readJob(t)
	before := j.Spec.DeepCopy()
	j = admit(t, j)
	if j.Spec.BackoffLimitPerIndex == nil || len(j.Spec.PodFailurePolicy.Rules) != len(before.PodFailurePolicy.Rules) {
		t.Error("this version of the API server drops the limit by index")
	}
	checks, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		t.Fatal(err)
	}
	level := admission.LevelVersion{Level: admission.LevelRestricted, Version: admission.LatestVersion()}
	for _, r := range checks.EvaluatePod(level, &j.Spec.Template.ObjectMeta, &j.Spec.Template.Spec) {
		if !r.Allowed {
			t.Errorf("%s: %s", r.ForbiddenReason, r.ForbiddenDetail)
		}
	}
	c := j.Spec.Template.Spec.Containers[0]
	if c.SecurityContext.ReadOnlyRootFilesystem == nil || !*c.SecurityContext.ReadOnlyRootFilesystem {
		t.Error("the root can be written")
	}
	for _, v := range j.Spec.Template.Spec.Volumes {
		if v.Name == "tmp" && v.EmptyDir.SizeLimit.Cmp(c.Resources.Limits[corev1.ResourceEphemeralStorage]) > 0 {
			t.Error("the pod is evicted before its temporary files reach their limit")
		}
	}
}
