package source

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// pcaps has the sessions of this repository.
const pcaps = "../../testdata/pcaps"

// of lists the secrets of a kind.
func of(b *secret.Bag, kind secret.Kind) []secret.Secret {
	return slices.DeleteFunc(slices.Clone(b.Secrets), func(s secret.Secret) bool { return s.Kind != kind })
}

// charon's log has the MSK of EAP where it makes and checks AUTH: it is told from the pre-shared key by what stands around it, and
// bound to its IKE SA.
func TestMSKFromLog(t *testing.T) {
	for name, psks := range map[string]int{"v2-eap-nat-esn/gwa.log": 1, "v2-eap-only/gwa.log.gz": 0} {
		b := read(t, filepath.Join(pcaps, name))
		msks := of(b, secret.EAPMSK)
		if len(msks) != 1 || len(msks[0].Value) != 64 || msks[0].Where != of(b, secret.SKd)[0].Where || msks[0].Where.IsZero() {
			t.Errorf("%s: MSK %v", name, msks)
		}
		found := of(b, secret.PSK)
		if len(found) != psks || psks > 0 && string(found[0].Value) != "sekrit" {
			t.Errorf("%s: PSK %v", name, found)
		}
	}
}

// The MSK goes through the key log and the command line.
func TestMSK(t *testing.T) {
	b := mustRead(t, "EAP_MSK 840961b508fe60ec:19bfdf277910a358 0x0102\nEAP_MSK - 0x0304\n")
	check(t, b, "EAP_MSK 840961b508fe60ec:19bfdf277910a358 0102 g1", "EAP_MSK - 0304 g0")
	if again := mustRead(t, keyLogOf(t, b)); !sameFacts(b, again) {
		t.Errorf("written and read again: %v", facts(again))
	}
	s, err := ParseValue(secret.EAPMSK, "840961b508fe60ec=0x0102", secret.Origin{})
	if err != nil || s.Kind != secret.EAPMSK || !bytes.Equal(s.Value, []byte{1, 2}) || s.Where.Initiator.IsZero() {
		t.Errorf("%v, %v", s, err)
	}
}

// The secrets of one CREATE_CHILD_SA keep their order: the keys are made from them one after another (RFC 9370).
func TestOrderOfChildSecrets(t *testing.T) {
	for _, where := range []string{"840961b508fe60ec:19bfdf277910a358:00000002", "840961b508fe60ec:19bfdf277910a358"} {
		b := mustRead(t, strings.ReplaceAll("CHILD_DH_SECRET W 0x03\nCHILD_DH_SECRET W 0x01\nCHILD_DH_SECRET W 0x02\nSK_D W 0x05\n", "W", where))
		for range 2 {
			var got []byte
			for _, s := range of(b, secret.ChildDHSecret) {
				got = append(got, s.Value...)
			}
			if !bytes.Equal(got, []byte{3, 1, 2}) {
				t.Errorf("%s: %x", where, got)
			}
			b = mustRead(t, keyLogOf(t, b))
		}
	}
}

// strongSwan 5.9 prints the keys of an IKE SA that it rekeys under the number of the old one: they are not bound to that one's SPIs.
// Those of the old one are.
func TestRekeyedInLog(t *testing.T) {
	for name, want := range map[string][]bool{ // bound, in order of the log
		"v2-ss5-rekey/gwa.log.gz":             {true, false},
		"v2-ss5-rekey/gwb.log.gz":             {true, false},
		"v2-simultaneous/gwa.log.gz":          {true, true, false},
		"v2-psk-gcm-x25519-pfs-rekey/gwa.log": {true, false},
		"v2-eap-only/gwa.log.gz":              {true},
		"v2-mlkem/gwa.log":                    {true, true}, // IKE_INTERMEDIATE: two sets of keys under the same SPIs
	} {
		b := read(t, filepath.Join(pcaps, name))
		for _, kind := range []secret.Kind{secret.SKEYSEED, secret.SKd, secret.SKei, secret.SKer, secret.SKpi, secret.SKpr} {
			var got []bool
			for _, s := range of(b, kind) {
				got = append(got, !s.Where.Initiator.IsZero())
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v bound %v, want %v", name, kind, got, want)
			}
		}
		groups := map[int]int{}
		for _, s := range b.Secrets {
			if s.Kind >= secret.SKEYSEED && s.Kind <= secret.SKpr {
				groups[s.Group]++
			}
		}
		for g, n := range groups {
			if len(groups) != len(want) || n < 6 {
				t.Errorf("%s: group %d has %d of a set's values, there are %d groups", name, g, n, len(groups))
			}
		}
	}
}
