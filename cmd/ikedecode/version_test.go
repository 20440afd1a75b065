package main

import (
	"runtime/debug"
	"strings"
	"testing"
)

// A build says what it was made of, and one that does not know says so.
func TestVersionText(t *testing.T) {
	for _, c := range []struct {
		info debug.BuildInfo
		want string
	}{
		{debug.BuildInfo{}, "ikedecode (devel)\ncommit unknown\ngo"},
		{debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123abc"}, {Key: "vcs.time", Value: "2026-11-25T23:00:00Z"}, {Key: "vcs.modified", Value: "false"},
		}}, "ikedecode v1.2.3\ncommit 0123abc of 2026-11-25T23:00:00Z\ngo"},
		{debug.BuildInfo{Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123abc"}, {Key: "vcs.modified", Value: "true"},
		}}, "ikedecode (devel)\ncommit 0123abc, with changes\ngo"},
	} {
		if got := versionText(&c.info); !strings.HasPrefix(got, c.want) || !strings.HasSuffix(got, "\n") {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
