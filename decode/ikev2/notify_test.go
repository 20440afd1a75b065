package ikev2

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
)

var notifyVectors = []decodetest.Vector{
	{Name: "REKEY_SA", Type: PayloadNotify, Hex: "03 04 4009 c12159b6",
		Want: &Notify{Protocol: ike.ESP, SPI: []byte{0xc1, 0x21, 0x59, 0xb6}, Type: NotifyRekeySA, Data: []byte{}}},
	{Name: "INVALID_KE_PAYLOAD", Type: PayloadNotify, Hex: "00 00 0011 000e",
		Want: &Notify{SPI: []byte{}, Type: NotifyInvalidKE, Data: []byte{0, 14}}},
	{Name: "INVALID_KE_PAYLOAD, short", Type: PayloadNotify, Hex: "00 00 0011 0e", Notes: 1,
		Want: &Notify{SPI: []byte{}, Type: NotifyInvalidKE, Data: []byte{14}}},
	{Name: "unknown notify", Type: PayloadNotify, Hex: "00 00 ffff 01",
		Want: &Notify{SPI: []byte{}, Type: 0xffff, Data: []byte{1}}},
}

func TestNotify(t *testing.T) { decodetest.TestVectors(t, Grammar, notifyVectors) }

// notify parses the body of a Notify payload of IKEv2.
func notify(t *testing.T, hex string) *Notify {
	t.Helper()
	ps, _, err := Grammar.ParsePayloads(PayloadNotify, decodetest.PayloadBytes(testbytes.Unhex(t, hex)))
	if err != nil {
		t.Fatalf("%s: %v", hex, err)
	}
	return ps[0].Body.(*Notify)
}

var notifyTexts = []struct{ hex, want string }{
	{"00 00 000e", "NO_PROPOSAL_CHOSEN"},
	{"00 00 0001 2a", "UNSUPPORTED_CRITICAL_PAYLOAD D"},
	{"00 00 0009 00000007", "INVALID_MESSAGE_ID 7"},
	{"00 00 000b c0ffee01", "INVALID_SPI 0xc0ffee01"},
	{"00 00 0011 000e", "INVALID_KE_PAYLOAD MODP-2048"},
	{"00 00 0011 00", "INVALID_KE_PAYLOAD"},
	{"03 04 002c c0ffee01", "CHILD_SA_NOT_FOUND ESP 0xc0ffee01"},
	{"01 08 4009 0102030405060708", "REKEY_SA IKE 0x0102030405060708"},
	{"00 00 4001 00000005", "SET_WINDOW_SIZE 5"},
	{"00 00 4003 1234 02", "IPCOMP_SUPPORTED DEFLATE CPI 1234"},
	{"00 00 4004 " + sha1Hex, "NAT_DETECTION_SOURCE_IP"},
	{"00 00 4006 aabb", "COOKIE 0xaabb"},
	{"00 00 400d c0000201", "ADDITIONAL_IP4_ADDRESS 192.0.2.1"},
	{"00 00 400e 20010db8000000000000000000000001", "ADDITIONAL_IP6_ADDRESS 2001:db8::1"},
	{"00 00 400e c0000201", "ADDITIONAL_IP6_ADDRESS"},
	{"00 00 4013 00000e10", "AUTH_LIFETIME 3600 s"},
	{"00 00 4016", "REDIRECT_SUPPORTED"},
	{"00 00 4017 01 04 c0000201 aabb", "REDIRECT 192.0.2.1"},
	{"00 00 4017 03 03 677762", "REDIRECT gwb"},
	{"00 00 4018 02 10 20010db8000000000000000000000001", "REDIRECTED_FROM 2001:db8::1"},
	{"00 00 4017 09 01 aa", "REDIRECT 0xaa"},
	{"00 00 4017 01 05 c0000201", "REDIRECT"},
	{"00 00 4019 00000e10 aabbcc", "TICKET_LT_OPAQUE 3600 s"},
	{"00 00 4020 8001 0010 8003 000c", "ROHC_SUPPORTED MAX_CID=16, ROHC_INTEG=HMAC-SHA2-256-128"},
	{"00 00 4020 8001", "ROHC_SUPPORTED"},
	{"00 00 4026 00000001 00000002 00000003", "IKEV2_MESSAGE_ID_SYNC send 2, receive 3"},
	{"00 00 4028 0001 0003 0009", "SECURE_PASSWORD_METHODS PACE, Secure PSK Authentication, method 9"},
	{"00 00 4028 00", "SECURE_PASSWORD_METHODS"},
	{"00 00 402f 0002 0003 0005", "SIGNATURE_HASH_ALGORITHMS SHA2-256, SHA2-384, identity"},
	{"00 00 402f 00", "SIGNATURE_HASH_ALGORITHMS"},
	{"00 00 4032 0005 14", "PUZZLE HMAC-SHA2-256 difficulty 20"},
	{"00 00 4032 00", "PUZZLE"},
	{"00 00 4034", "PPK_IDENTITY"}, // in an answer
	{"00 00 4034 02 70706b31", "PPK_IDENTITY ppk1"},
	{"00 00 4034 09 70706b31", "PPK_IDENTITY type 9 0x70706b31"},
	{"00 00 403e 02 70706b31 0102030405060708", "PPK_IDENTITY_KEY ppk1"},
	{"00 00 403a 03", "USE_AGGFRAG congestion control, no fragments"},
	{"00 00 403b 02 02 03 01 01 0f 0e 00" + ecdsaSHA256Hex, "SUPPORTED_AUTH_METHODS shared key, RSA signature, ECDSA SHA2-256"},
	{"00 00 403b 01", "SUPPORTED_AUTH_METHODS"},
	{"00 00 a001", "USE_BEET_MODE"},
	{"00 00 ffff 01", "notify 65535"},
}

func TestNotifyString(t *testing.T) {
	for _, tt := range notifyTexts {
		if got := notify(t, tt.hex).String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestNotifyData(t *testing.T) {
	if g, ok := notify(t, "00 00 0011 0024").Group(); !ok || g != 36 {
		t.Errorf("group %v, %v", g, ok)
	}
	if v, ok := notify(t, "00 00 4001 00000005").WindowSize(); !ok || v != 5 {
		t.Errorf("window %v, %v", v, ok)
	}
	if v, ok := notify(t, "00 00 4013 00000e10").AuthLifetime(); !ok || v != 3600 {
		t.Errorf("lifetime %v, %v", v, ok)
	}
	if cpi, transform, ok := notify(t, "00 00 4003 1234 02").IPComp(); !ok || cpi != 0x1234 || transform != 2 {
		t.Errorf("IPComp %x, %d, %v", cpi, transform, ok)
	}
	if h, ok := notify(t, "00 00 4005 "+sha1Hex).NATHash(); !ok || !bytes.Equal(h, testbytes.Unhex(t, sha1Hex)) {
		t.Errorf("hash %x, %v", h, ok)
	}
	if _, nonce, ok := notify(t, "00 00 4017 01 04 c0000201 aabb").Gateway(); !ok || !bytes.Equal(nonce, []byte{0xaa, 0xbb}) {
		t.Errorf("nonce %x, %v", nonce, ok)
	}
	if ticket, life, ok := notify(t, "00 00 4019 00000e10 aabbcc").Ticket(); !ok || life != 3600 || len(ticket) != 3 {
		t.Errorf("ticket %x, %d, %v", ticket, life, ok)
	}
	if ticket, _, ok := notify(t, "00 00 401d aabbcc").Ticket(); !ok || len(ticket) != 3 {
		t.Errorf("ticket %x, %v", ticket, ok)
	}
	hashes, ok := notify(t, "00 00 402f 0002 0005").Hashes()
	if !ok || !slices.Equal(hashes, []cert.HashAlgorithm{cert.HashSHA256, cert.HashIdentity}) {
		t.Errorf("hashes %v, %v", hashes, ok)
	}
	typ, id, confirmation, ok := notify(t, "00 00 403e 02 70706b31 0102030405060708").PPKIdentity()
	if !ok || typ != PPKFixed || string(id) != "ppk1" || len(confirmation) != 8 || confirmation[0] != 1 {
		t.Errorf("PPK %d %q %x %v", typ, id, confirmation, ok)
	}
	as, ok := notify(t, "00 00 403b 02 02 03 01 07").AuthMethods()
	if !ok || len(as) != 2 || as[0].Method != AuthSharedKey || as[1].Link != 7 {
		t.Errorf("methods %v, %v", as, ok)
	}
	// No type has another's data.
	other := notify(t, "00 00 4007 00000e10")
	_, isGroup := other.Group()
	_, isAddr := other.Addr()
	_, isWindow := other.WindowSize()
	_, _, isTicket := other.Ticket()
	_, _, isGateway := other.Gateway()
	_, isSync := other.MessageIDSync()
	if isGroup || isAddr || isWindow || isTicket || isGateway || isSync {
		t.Error("USE_TRANSPORT_MODE has data")
	}
}

func TestNotifyError(t *testing.T) {
	for typ, want := range map[NotifyType]bool{0: false, 1: true, 8192: true, 16383: true, 16384: false, 40961: false} {
		if typ.IsError() != want || (&Notify{Type: typ}).IsError() != want {
			t.Errorf("%v: %v", typ, !want)
		}
	}
}
