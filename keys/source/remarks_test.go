package source

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// What charon's log says of both sides' settings, and why it refuses.
func TestRemarks(t *testing.T) {
	log := strings.Join([]string{
		"Nov 23 08:38:57 16[CFG] <1> received proposals: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024, IKE:3DES_CBC/HMAC_MD5_96/PRF_HMAC_MD5/MODP_768",
		"Nov 23 08:38:57 15[CFG] <2> configured proposals: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024",
		"Nov 23 08:38:57 16[CFG] <1> configured proposals: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048",
		"Nov 23 08:39:35 05[CFG] <t|1> looking for a child config for 10.2.0.0/24 === 10.1.0.0/24",
		"Nov 23 08:39:35 05[CFG] <t|1> proposing traffic selectors for us:",
		"Nov 23 08:39:35 05[CFG] <t|1>  10.3.0.0/24",
		"Nov 23 08:39:35 05[CFG] <t|1>  10.4.0.1/32[udp/l2tp]",
		"Nov 23 08:39:35 05[CFG] <t|1> proposing traffic selectors for other:",
		"Nov 23 08:39:35 05[CFG] <t|1>  10.1.0.0/25",
		"Nov 23 08:39:35 05[CFG] <t|1>   candidate \"net\" with prio 5+5",
		"Nov 23 08:39:35 05[IKE] <t|1> no matching CHILD_SA config found for 10.1.0.0/24 === 10.2.0.0/24",
		"Nov 23 08:39:59 11[IKE] <t|1> IDir 'gwb.example.org' does not match to 'other.example.org'",
		"Nov 23 08:40:00 11[IKE] <t|1> sending keep alive",
		"shared Diffie Hellman secret => 4 bytes @ 0x1",
		"   0: 01 02 03 04                                      ....",
	}, "\n")
	bag, err := Read("gwb.log", []byte(log))
	if err != nil {
		t.Fatal(err)
	}
	at := func(line int, label string) secret.Origin {
		return secret.Origin{File: "gwb.log", Line: line, Label: label}
	}
	want := []secret.Remark{
		{Kind: secret.RemarkProposals, Asked: []string{"IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024", "IKE:3DES_CBC/HMAC_MD5_96/PRF_HMAC_MD5/MODP_768"},
			Own: []string{"IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048"}, Second: 38*60 + 57, Origin: at(3, "configured proposals")},
		{Kind: secret.RemarkNetworks, Asked: []string{"10.2.0.0/24"}, AskedRemote: []string{"10.1.0.0/24"}, Own: []string{"10.3.0.0/24", "10.4.0.1/32[udp/l2tp]"},
			OwnRemote: []string{"10.1.0.0/25"}, Second: 39*60 + 35, Origin: at(4, "child config")},
		{Kind: secret.RemarkReason, Text: "no matching CHILD_SA config found for 10.1.0.0/24 === 10.2.0.0/24", Second: 39*60 + 35, Origin: at(11, "")},
		{Kind: secret.RemarkIdentity, Asked: []string{"gwb.example.org"}, Own: []string{"other.example.org"}, Second: 39*60 + 59, Origin: at(12, "identity")},
		{Kind: secret.RemarkReason, Text: "IDir 'gwb.example.org' does not match to 'other.example.org'", Second: 39*60 + 59, Origin: at(12, "")},
	}
	if len(bag.Remarks) != len(want) {
		t.Fatalf("%d remarks: %+v", len(bag.Remarks), bag.Remarks)
	}
	for i := range want {
		if !reflect.DeepEqual(bag.Remarks[i], want[i]) {
			t.Errorf("remark %d: %+v, want %+v", i, bag.Remarks[i], want[i])
		}
	}
	if slices.ContainsFunc(bag.Formats, func(f secret.Format) bool { return f.Name == remarkFormat.name }) {
		t.Errorf("a log with keys is called %v", bag.Formats)
	}
	merged := &secret.Bag{}
	merged.Merge(bag)
	if len(merged.Remarks) != len(want) {
		t.Errorf("%d remarks after Merge", len(merged.Remarks))
	}
}

// A log without keys serves, too, and stays within bounds.
func TestRemarksAlone(t *testing.T) {
	line := "Nov 23 08:38:57 16[IKE] <1> no proposal found\n"
	bag, err := Read("x.log", []byte(strings.Repeat(line, maxRemarks+50)))
	if err != nil {
		t.Fatal(err)
	}
	if len(bag.Remarks) != maxRemarks || len(bag.Formats) != 1 || len(bag.Warnings) != 1 {
		t.Errorf("%d remarks, formats %v, warnings %v", len(bag.Remarks), bag.Formats, bag.Warnings)
	}
	long := "Nov 23 08:38:57 16[CFG] <1> received proposals: " + strings.Repeat("IKE:A, ", 5000) + "\nNov 23 08:38:57 16[CFG] <1> configured proposals: IKE:A\n"
	if bag, err = Read("x.log", []byte(long)); err != nil || len(bag.Remarks) != 1 || len(bag.Remarks[0].Asked) != maxRemark {
		t.Errorf("%v, %d remarks", err, len(bag.Remarks))
	}
}

// The log of a real daemon, where the other sessions are.
func TestRemarksOfSession(t *testing.T) {
	const path = "../../../shared/captures/fail-phase1-proposal/gwb.log"
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not there", path)
	}
	bag, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(bag.Remarks, func(r secret.Remark) bool { return r.Kind == secret.RemarkProposals })
	if i < 0 || bag.Remarks[i].Own[0] != "IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048" {
		t.Errorf("%+v", bag.Remarks)
	}
}
