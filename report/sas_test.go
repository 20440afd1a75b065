package report

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/report/traffic"
)

func inSession(name string, files ...string) (paths []string) {
	for _, f := range files {
		paths = append(paths, filepath.Join(pcaps, name, f))
	}
	return paths
}

// The log of a gateway behind NAT names its SAs by other addresses than the capture: they are listed and exported once, by those
// of the capture, and the source says so.
func TestSAsBehindNAT(t *testing.T) {
	p := inSession("v1-main-psk-nat", "wire.pcap", "gwa.log")
	s, _ := analyzed(t, p[0], p[1])
	r := NewSAs(s)
	if len(r.SAs) != 2 {
		t.Errorf("%d SAs, want 2", len(r.SAs))
	}
	for _, sa := range r.SAs {
		if sa.Opened == 0 || !strings.Contains(strings.Join(sa.Sources, " "), "172.16.9.2") {
			t.Errorf("%s from %v: %d opened", sa.SPI, sa.Sources, sa.Opened)
		}
	}
	m := Collect(s, &traffic.Flows{}, false)
	if len(m.Bag.SAs) != 2 || len(m.Left) != 0 {
		t.Errorf("%d SAs are exported, left out %v; want 2, none", len(m.Bag.SAs), m.Left)
	}
	for _, sa := range m.Bag.SAs {
		if sa.Src.String() == "172.16.9.2" || sa.Dst.String() == "172.16.9.2" {
			t.Errorf("%v is exported by an address that the capture does not have", sa)
		}
	}
}

// SAs that differ in their SPI are all listed.
func TestSAsOfTwoChildren(t *testing.T) {
	p := inSession("v1-two-children", "wire.pcap", "gwa.log")
	s, _ := analyzed(t, p[0], p[1])
	if r := NewSAs(s); len(r.SAs) != 4 {
		t.Errorf("%d SAs, want 4", len(r.SAs))
	}
}

// An IKE SA that replaced another one has the identities of that; so a filter finds it.
func TestIdentitiesAfterRekey(t *testing.T) {
	p := inSession("v2-psk-gcm-x25519-pfs-rekey", "wire.pcap", "gwa.log")
	s, _ := analyzed(t, p[0], p[1])
	r := NewSAs(s)
	if len(r.IKE) < 2 {
		t.Fatalf("%d IKE SAs, want 2 at the least", len(r.IKE))
	}
	for _, sa := range r.IKE {
		if sa.InitiatorID == nil || sa.InitiatorID.Value != "gwa.example.org" || sa.ResponderID == nil || sa.ResponderID.Value != "gwb.example.org" {
			t.Errorf("%s:%s of %v and %v", sa.Initiator, sa.Responder, sa.InitiatorID, sa.ResponderID)
		}
	}
	f := &Filter{}
	if err := f.AddPeer("gwa.example.org"); err != nil {
		t.Fatal(err)
	}
	if got := f.Timeline(s); len(got.SAs) != len(r.IKE) {
		t.Errorf("the filter selects %d IKE SAs of %d", len(got.SAs), len(r.IKE))
	}
}
