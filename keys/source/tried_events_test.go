package source

import (
	"slices"
	"testing"
)

// What is wrong with one of several offers is no reason where another one is taken.
func TestOneOfOffersTaken(t *testing.T) {
	const racoon = "2026-11-25 10:00:00: INFO: respond new phase 1 negotiation: 192.0.2.2[500]<=>192.0.2.1[500]\n" +
		"2026-11-25 10:00:00: ERROR: rejected enctype: DB(prop#1:trns#1):Peer(prop#1:trns#1) = 3DES-CBC:AES-CBC\n" +
		"2026-11-25 10:00:00: ERROR: rejected hashtype: DB(prop#1:trns#1):Peer(prop#1:trns#2) = SHA:MD5\n"
	const ios = "ISAKMP:(0): processing SA payload. message ID = 0\n" +
		"ISAKMP:(0):Checking ISAKMP transform 1 against priority 3 policy\n" +
		"ISAKMP:(0):Encryption algorithm offered does not match policy!\n" +
		"ISAKMP:(0):atts are not acceptable. Next payload is 0\n"
	for _, c := range []struct {
		log  string
		want []string
	}{
		{racoon + "2026-11-25 10:00:00: INFO: ISAKMP-SA established 192.0.2.2[500]-192.0.2.1[500] spi:1e76c8f10e489050:63b4e9b6e6ab63ab\n", []string{"started", "up"}},
		{racoon + "2026-11-25 10:00:00: ERROR: no suitable proposal found.\n", []string{"started", "refused no proposal", "refused no proposal"}},
		{ios + "ISAKMP:(0):atts are acceptable. Next payload is 0\n", nil},
		{ios + "ISAKMP:(0): phase 1 SA policy not acceptable! (local 192.0.2.2 remote 192.0.2.1)\n", []string{"refused no proposal"}},
	} {
		if got, _ := toldBy(t, c.log); !slices.Equal(got, c.want) {
			t.Errorf("%s\ngot %q", c.log, got)
		}
	}
}
