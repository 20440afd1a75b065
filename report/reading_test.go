package report

import (
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// A log behind NAT names the SAs by other addresses than the capture has, which are shown as one: a filter that everything fits
// leaves none out, and what GroupedSAs returns is in the order of the report.
func TestSelectedTwins(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-main-psk-nat")
	bag := bagOf(t, matching(dir, "*.log", "*.xfrm")...)
	s := solved(t, filepath.Join(dir, "wire.pcap"), bag, ikedecode.Options{})
	sc := filterOf(t, "--since", "0").Scope(s)
	if err := s.Run(t.Context(), func(f *ikedecode.Frame) error {
		sc.Frame(f)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	read := Read(s)
	all, groups := read.SAs().SAs, read.Groups()
	if len(groups) != len(all) || len(groups) == len(s.Table.SAs()) {
		t.Fatalf("%d groups of %d SAs for the %d of the report", len(groups), len(s.Table.SAs()), len(all))
	}
	for i, g := range groups {
		if spi := spiString(g[0].Protocol, g[0].SPI); spi != all[i].SPI || g[0].Src.String() != all[i].Src {
			t.Errorf("group %d is %s from %v, in the report %s from %s", i, spi, g[0].Src, all[i].SPI, all[i].Src)
		}
	}
	if got := sc.SAs().SAs; len(got) != len(all) {
		t.Errorf("%d SAs selected, of %d", len(got), len(all))
	}
}

// A flow that is not decrypted belongs to the IKE SA that was alive, wherever MOBIKE has moved it.
func TestOwner(t *testing.T) {
	closed := func(x decode.ExchangeType, id uint32) []sketch2 {
		return []sketch2{{x, id, request2, nil, true}, {x, id, answer2, nil, true}}
	}
	gone := sketch2{ikev2.ExchangeInformational, 2, request2, []decode.Payload{payload2(ikev2.PayloadDelete, &ikev2.Delete{Protocol: ike.IKE})}, false}
	deleted := build2(append(closed(ikev2.ExchangeAuth, 1), gone)...)
	moved := build2(append(closed(ikev2.ExchangeAuth, 1), closed(ikev2.ExchangeInformational, 2)...)...)
	host := netip.MustParseAddrPort("192.0.2.3:4500")
	for i, m := range moved.Messages {
		m.Frame += 10
		if i >= 2 && m.FromInitiator {
			m.Src = host
		}
	}
	here, there := negotiation.InOrder(hostA.Addr(), hostB.Addr()), negotiation.InOrder(host.Addr(), hostB.Addr())
	for _, c := range []struct {
		name  string
		sas   []*ikesa.SA
		hosts negotiation.Hosts
		first int
		want  *ikesa.SA
	}{
		{"before the Delete", []*ikesa.SA{deleted}, here, 3, deleted},
		{"after it", []*ikesa.SA{deleted}, here, 5, nil},
		{"of the next one", []*ikesa.SA{deleted, moved}, here, 13, moved},
		{"moved", []*ikesa.SA{deleted, moved}, there, 20, moved},
	} {
		if got := diagnosisOf(c.sas...).Owner(c.hosts, c.first); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
