package sip

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// request is a REGISTER in odd but allowed spelling: names in any case and compact, folded lines, blanks around separators, several
// mechanisms in a field and several fields (RFC 3261, section 7.3.1).
const request = "REGISTER sip:ims.example.org SIP/2.0\r\n" +
	"v: SIP/2.0/TCP 10.45.0.2:5060;branch=z9hG4bK1\r\n" +
	"Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK0\r\n" +
	"i:\tc1@10.45.0.2\r\n" +
	"CSEQ : 7\tREGISTER\r\n" +
	"security-client: tls;q=0.2, ipsec-3gpp ; alg = HMAC-MD5-96 ;ealg=aes-cbc;mod=trans;\r\n" +
	" prot=esp;spi-c=1111111; spi-s=2222222;\r\n\tport-c=31800;port-s=31900\r\n" +
	"Security-Client: ipsec-3gpp;q=0.9;alg=hmac-sha-1-96;spi-c=1111111;spi-s=2222222;port-c=31800;port-s=31900;d-ver=\"a,b;c\"\r\n" +
	"l: 5\r\n\r\nhello"

func TestParse(t *testing.T) {
	m, err := Parse([]byte(request))
	if err != nil {
		t.Fatal(err)
	}
	ipsec := Mechanism{Name: "ipsec-3gpp", Integrity: "hmac-md5-96", Encryption: "aes-cbc", Protocol: "esp", Mode: "trans",
		ClientSPI: 1111111, ServerSPI: 2222222, ClientPort: 31800, ServerPort: 31900}
	second := ipsec
	second.Integrity, second.Encryption, second.Preference = "hmac-sha-1-96", "null", 900
	want := []Mechanism{{Name: "tls", Preference: 200, Encryption: "null", Protocol: "esp", Mode: "trans"}, ipsec, second}
	if m.Method != "REGISTER" || m.CallID != "c1@10.45.0.2" || m.CSeq != 7 || m.CSeqMethod != "REGISTER" || !reflect.DeepEqual(m.Client, want) {
		t.Errorf("%+v", m)
	}
	if m.size+m.length != len(request) {
		t.Errorf("the message has %d bytes", m.size+m.length)
	}
	for i, p := range []bool{false, true, true} {
		if m.Client[i].IPsec() != p {
			t.Errorf("mechanism %d: IPsec %v", i, !p)
		}
	}
}

// TestParseTruncated cuts a message at every length before the end of its header.
func TestParseTruncated(t *testing.T) {
	for n := range len(request) - len("hello") {
		if m, err := Parse([]byte(request[:n])); m != nil || !errors.Is(err, ErrTruncated) {
			t.Fatalf("%d bytes: %+v, %v", n, m, err)
		}
	}
}

// TestChallenge reads what a P-CSCF gets and what it sends on.
func TestChallenge(t *testing.T) {
	text := "SIP/2.0 401 Unauthorized - Challenging the UE\nCall-ID: x\nCSeq: 1 REGISTER\n" +
		`WWW-Authenticate: Digest realm="a, ck=1", nonce="AAEC==", algorithm=AKAv1-MD5, ck="3ecd6474e2db6220ec4ed64b804b9ac2", IK = "11c75e008b0064b3830eade5a72272eb", qop="auth,auth-int"` +
		"\nSecurity-Server: ipsec-3gpp;q=0.1;prot=esp;mod=trans;alg=hmac-sha-1-96;ealg=null;spi-c=4096;spi-s=4097;port-c=5100;port-s=6100\n\n"
	m, err := Parse([]byte(text))
	if err != nil || m.Status != 401 || len(m.Server) != 1 || m.Server[0].ServerPort != 6100 || len(m.Challenges) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	if c := m.Challenges[0]; len(c.CK) != 16 || len(c.IK) != 16 || c.CK[0] != 0x3e || c.IK[0] != 0x11 {
		t.Errorf("%+v", c)
	}
}

func TestParseOthers(t *testing.T) {
	for _, text := range []string{"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "SIP/2.0 4x1 No\r\n\r\n", "register sip:a SIP/2.0\r\n\r\n", "\r\n", strings.Repeat("R", maxHeader)} {
		if m, err := Parse([]byte(text)); !errors.Is(err, ErrNotSIP) {
			t.Errorf("%.20q: %+v, %v", text, m, err)
		}
	}
}

// TestStream brings two messages in segments of every size, some twice, some out of order, and begins again behind one that never comes.
func TestStream(t *testing.T) {
	text := request + "\r\n\r\n" + strings.Replace(request, " 7\t", " 8\t", 1)
	const first = 0xfffffff0 // the numbers go around
	for size := 1; size < len(text); size++ {
		var s Stream
		s.Start(first)
		var got []*Message
		var segments [][2]int
		for at := 0; at < len(text); at += size {
			segments = append(segments, [2]int{at, min(at+size, len(text))})
		}
		for i := 0; i < len(segments); i += 2 { // each second one first, and again
			for _, j := range []int{i + 1, i, i + 1} {
				if j < len(segments) {
					x := segments[j]
					got = append(got, s.Add(uint32(first+uint64(x[0])), []byte(text[x[0]:x[1]]))...)
				}
			}
		}
		if len(got) != 2 || got[0].CSeq != 7 || got[1].CSeq != 8 {
			t.Fatalf("segments of %d bytes: %d messages", size, len(got))
		}
	}
	var s Stream
	var got []*Message
	s.Start(1)
	for i := range uint32(maxLater + 3) { // the first bytes are lost
		got = append(got, s.Add(100+i*uint32(len(request)), []byte(request))...)
	}
	if len(got) != maxLater+3 {
		t.Errorf("behind a hole: %d messages", len(got))
	}
	if s.Size() > maxHeader {
		t.Errorf("keeps %d bytes", s.Size())
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(request), uint8(3))
	f.Add([]byte("SIP/2.0 401 U\r\nWWW-Authenticate: Digest ck=\"00\"\r\nSecurity-Server: ipsec-3gpp;alg=a\r\n\r\n"), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		m, err := Parse(b)
		if (m == nil) == (err == nil) {
			t.Errorf("%+v, %v", m, err)
		}
		var s Stream
		for at := 0; at < len(b); at += int(step) + 1 {
			for _, m := range s.Add(uint32(at), b[at:min(at+int(step)+1, len(b))]) {
				if len(m.Client) > maxMechanisms {
					t.Error("too many mechanisms")
				}
			}
		}
		if s.Size() > 4*maxHeader {
			t.Errorf("keeps %d bytes", s.Size())
		}
	})
}
