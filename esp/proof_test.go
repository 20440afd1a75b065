package esp

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// A payload is something that ESP carries.
type payload struct {
	name string
	next uint8
	data []byte
}

// noise is n bytes that look like random ones, the same each time.
func noise(seed, n int) (b []byte) {
	for i := 0; len(b) < n; i++ {
		sum := sha256.Sum256(fmt.Append(nil, seed, i))
		b = append(b, sum[:]...)
	}
	return b[:n]
}

// payloads are what a right key decrypts to, the usual and the odd.
func payloads() []payload {
	six := append([]byte{0x60, 0, 0, 0, 0, 24, 17, 64, 0x20, 1, 0xd, 0xb8}, bytes.Repeat([]byte{1}, 28)...)
	six = append(six, udp(5000, 6000, noise(1, 16))...)
	broken := bytes.Clone(inner)
	broken[10] ^= 0x55 // checksum
	echo := append([]byte{8, 0, 0, 0, 0, 1, 0, 1}, noise(2, 48)...)
	be.PutUint16(echo[2:], ^ip.Sum(echo))
	syn := append(be.AppendUint16(be.AppendUint16(nil, 40000), 443), noise(3, 8)...)
	syn = append(syn, 0x50, 2, 0xff, 0xff, 1, 2, 0, 0)
	fragment := ipv4(hostA, hostB, ip.ProtoUDP, noise(4, 80))
	fragment[6] = 0x20
	be.PutUint16(fragment[10:], 0)
	be.PutUint16(fragment[10:], ^ip.Sum(fragment[:20]))
	return []payload{
		{"IPv4", ip.ProtoIPv4, inner},
		{"IPv4 with TFC padding", ip.ProtoIPv4, append(bytes.Clone(inner), make([]byte, 200)...)},
		{"IPv4 with a wrong checksum", ip.ProtoIPv4, broken},
		{"a fragment", ip.ProtoIPv4, fragment},
		{"a tunnel in the tunnel", ip.ProtoIPv4, ipv4(gwA, hostB, ip.ProtoIPv4, inner)},
		{"IPv6", ip.ProtoIPv6, six},
		{"IPv6 under the number of IPv4", ip.ProtoIPv4, six},
		{"UDP", ip.ProtoUDP, udp(1701, 1701, noise(5, 60))},
		{"UDP with TFC padding", ip.ProtoUDP, append(udp(1701, 1701, noise(5, 60)), noise(6, 100)...)},
		{"TCP whose checksum a NAT made wrong", ip.ProtoTCP, syn},
		{"ICMP", ip.ProtoICMP, echo},
		{"GRE", ip.ProtoGRE, append([]byte{0, 0, 8, 0}, inner...)},
		{"OSPF", ip.ProtoOSPF, append([]byte{2, 1, 0, 44}, noise(7, 40)...)},
		{"L2TPv3", ip.ProtoL2TP, noise(8, 61)},
		{"EtherIP", ip.ProtoEtherIP, append([]byte{0x30, 0}, noise(9, 60)...)},
		{"IPComp", ip.ProtoIPComp, append([]byte{4, 0, 0, 2}, noise(10, 60)...)},
		{"AGGFRAG", ip.ProtoAGGFRAG, append([]byte{0, 0, 0, 0}, noise(11, 61)...)},
		{"Mobile IPv6", ip.ProtoMobility, noise(12, 25)},
		{"a protocol nobody knows", 201, noise(13, 61)},
		{"a dummy", ip.ProtoNoNext, noise(14, 300)},
	}
}

// apartSAs are SAs with a MAC beside a cipher.
func apartSAs(t testing.TB) map[string]Params {
	t.Helper()
	cbc := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1)
	ctr, des, null := cbc, cbc, cbc
	ctr.Cipher, ctr.CipherKey = cipherRow(t, "AES-CTR"), noise(20, 20)
	des.Cipher, des.CipherKey = cipherRow(t, "3DES-CBC"), noise(21, 24)
	null.Cipher, null.CipherKey = cipherRow(t, "NULL"), nil
	return map[string]Params{"AES-CBC": cbc, "AES-CTR": ctr, "3DES-CBC": des, "NULL": null}
}

// TestRightKeys decrypts a single packet of each kind: what is inside is odd at times, but refutes no key.
func TestRightKeys(t *testing.T) {
	for name, p := range apartSAs(t) {
		for _, x := range payloads() {
			for _, esn := range []bool{false, true} {
				p.ESN = esn
				table := newTable(t, p)
				o, err := table.Open(packetOf(p, seal(t, p, 1, x.next, x.data)), new(Scratch))
				if x.next == 201 && name != "AES-CBC" && name != "3DES-CBC" {
					continue // without padding nothing speaks for the key: see TestUnknownProtocol
				}
				if err != nil || !o.Verified {
					t.Errorf("%s, %s, ESN %v: %v", name, x.name, esn, err)
				}
				if fault, _ := table.SAs()[0].KeyFault(); fault != NoKeyFault {
					t.Errorf("%s, %s: fault %d", name, x.name, fault)
				}
			}
		}
	}
}

// TestOddPadding has padding of zeros and of random bytes around packets that are right.
func TestOddPadding(t *testing.T) {
	for _, x := range payloads()[:8] {
		for _, pad := range []func(int) byte{func(int) byte { return 0 }, func(i int) byte { return noise(i, 1)[0] }} {
			p := cbcSA(t, 0x1001, "HMAC-SHA1-96", 1)
			if _, err := newTable(t, p).Open(packetOf(p, sealPadded(t, p, 1, x.next, x.data, pad)), new(Scratch)); err != nil {
				t.Errorf("%s: %v", x.name, err)
			}
		}
	}
}

// TestUnknownProtocol has packets without padding of a protocol that no rule knows: the second one is decrypted.
func TestUnknownProtocol(t *testing.T) {
	p := apartSAs(t)["AES-CTR"]
	table := newTable(t, p)
	var s Scratch
	opened := 0
	for seq := range uint64(20) {
		if _, err := table.Open(packetOf(p, seal(t, p, seq+1, 201, noise(int(seq), 62))), &s); err == nil {
			opened++
		}
	}
	if fault, _ := table.SAs()[0].KeyFault(); opened != 19 || fault != NoKeyFault {
		t.Errorf("%d of 20 decrypted, fault %d", opened, fault)
	}
}

// TestWrongCipherKey changes one bit of the encryption key at a time: no packet is decrypted, be it one or many, and the key is named.
func TestWrongCipherKey(t *testing.T) {
	lucky, packets := 0, 0
	for name, right := range apartSAs(t) {
		for i := range 8 * len(right.CipherKey) {
			p := right
			p.CipherKey = bytes.Clone(right.CipherKey)
			if p.CipherKey[i/8] ^= 1 << (i % 8); name == "3DES-CBC" && i%8 == 0 {
				continue // a parity bit
			}
			for _, x := range payloads()[:1] {
				table := newTable(t, p)
				var s Scratch
				for seq := range uint64(4) {
					_, err := table.Open(packetOf(p, seal(t, right, seq+1, x.next, x.data)), &s)
					if packets++; err == nil {
						lucky++
					} else if !errors.Is(err, ErrCipherKey) {
						t.Errorf("%s, bit %d: %v, want %v", name, i, err, ErrCipherKey)
					}
				}
				sa := table.SAs()[0]
				if fault, _ := sa.KeyFault(); fault != WrongCipherKey || sa.Proven() || sa.Stats().Undeciphered < 3 {
					t.Errorf("%s, bit %d: fault %d, %+v", name, i, fault, sa.Stats())
				}
			}
		}
	}
	// One in some thousand first packets ends in zero padding and a protocol that is not looked into.
	if lucky > packets/1000 {
		t.Errorf("%d of %d packets decrypted", lucky, packets)
	}
}

// TestNegotiatedKeys takes the keys of one schedule as sure as each other: what is inside refutes none.
func TestNegotiatedKeys(t *testing.T) {
	p := apartSAs(t)["AES-CTR"]
	p.Derived = true
	table := newTable(t, p)
	if _, err := table.Open(packetOf(p, seal(t, p, 1, 201, noise(1, 62))), new(Scratch)); err != nil {
		t.Error(err)
	}
}

// TestOtherCipher has the key of the MAC right and another cipher than the SA names, or none.
func TestOtherCipher(t *testing.T) {
	all := apartSAs(t)
	for wire, right := range all {
		for name, p := range all {
			if name == wire {
				continue
			}
			table := newTable(t, p)
			var s Scratch
			for seq := range uint64(4) {
				if _, err := table.Open(packetOf(p, seal(t, right, seq+1, 4, inner[:60+4*seq])), &s); !errors.Is(err, ErrCipherKey) {
					t.Errorf("%s for %s: %v, want %v", name, wire, err, ErrCipherKey)
				}
			}
		}
	}
}

// TestWrongMAC has the encryption key right and something about the ICV wrong. Nothing is decrypted, unless that is asked for.
func TestWrongMAC(t *testing.T) {
	for name, right := range apartSAs(t) {
		other := right
		other.MACKey = noise(30, 20)
		longer, md5 := right, right
		longer.ICVLen = 16
		md5.MAC, md5.MACKey = macRow(t, "HMAC-SHA2-384-192"), noise(31, 48)
		for _, tt := range []struct {
			name  string
			p     Params
			fault KeyFault
			icv   int
		}{{"other key", other, WrongMACKey, 12}, {"longer ICV", longer, WrongICVLength, 12}, {"other algorithm", md5, WrongMACAlgorithm, 12}} {
			for _, unverified := range []bool{false, true} {
				table := newTable(t, tt.p)
				table.NoVerify = unverified
				var s Scratch
				for seq := range uint64(40) {
					o, err := table.Open(packetOf(tt.p, seal(t, right, seq+1, 4, inner)), &s)
					switch {
					case !unverified && !errors.Is(err, ErrICV) && !errors.Is(err, ErrMalformed):
						t.Fatalf("%s, %s: %v", name, tt.name, err)
					case unverified && seq > 2 && (err != nil || o.Verified || o.Notes&NoteICV == 0 || !bytes.Equal(o.IP, inner)):
						t.Fatalf("%s, %s, unverified: %v, verified %v, %q", name, tt.name, err, o.Verified, o.Notes)
					}
				}
				if fault, icv := table.SAs()[0].KeyFault(); fault != tt.fault || icv != tt.icv {
					t.Errorf("%s, %s: fault %d, ICV %d; want %d, %d", name, tt.name, fault, icv, tt.fault, tt.icv)
				}
			}
		}
		// Both keys are wrong: nothing tells more.
		both := other
		if both.CipherKey = bytes.Clone(right.CipherKey); name != "NULL" {
			both.CipherKey[1] ^= 2
			table := newTable(t, both)
			table.NoVerify = true
			for seq := range uint64(40) {
				if _, err := table.Open(packetOf(both, seal(t, right, seq+1, 4, inner)), new(Scratch)); err != ErrICV {
					t.Fatalf("%s, both wrong: %v", name, err)
				}
			}
			if fault, _ := table.SAs()[0].KeyFault(); fault != NoKeyFault {
				t.Errorf("%s, both wrong: fault %d", name, fault)
			}
		}
	}
}

// TestProvedKeys are not weighed any more: a damaged trailer under a correct ICV is no fault of the key.
func TestProvedKeys(t *testing.T) {
	p := apartSAs(t)["NULL"]
	table := newTable(t, p)
	var s Scratch
	if _, err := table.Open(packetOf(p, seal(t, p, 1, 4, inner)), &s); err != nil {
		t.Fatal(err)
	}
	body := append(be.AppendUint32(be.AppendUint32(nil, p.SPI), 2), 1, 2, 99, 4)
	mac := p.MAC.New(p.MACKey)
	mac.Write(body)
	if _, err := table.Open(packetOf(p, mac.Sum(body)[:len(body)+12]), &s); !errors.Is(err, ErrPadding) {
		t.Errorf("%v, want %v", err, ErrPadding)
	}
}

// TestHMACKeyLengths has HMAC keys of other lengths than IKE gives, as kernels take them: shorter, longer than the output, longer than a
// block of the hash.
func TestHMACKeyLengths(t *testing.T) {
	for _, name := range []string{"HMAC-MD5-96", "HMAC-SHA1-96", "HMAC-SHA2-256-128", "HMAC-SHA2-384-192", "HMAC-SHA2-512-256"} {
		for _, n := range []int{1, 16, 20, 32, 64, 65, 128, 200} {
			p := cbcSA(t, 0x1001, name, 1)
			p.MACKey = noise(n, n)
			if _, err := newTable(t, p).Open(packetOf(p, seal(t, p, 1, 4, inner)), new(Scratch)); err != nil {
				t.Errorf("%s with a key of %d bytes: %v", name, n, err)
			}
		}
	}
}

// TestCombinedICVLength has AES-GCM under the number of another ICV length: the key is right, and is named so.
func TestCombinedICVLength(t *testing.T) {
	for wire, icv := range map[string]int{"AES-GCM-8": 8, "AES-GCM-12": 12, "AES-CCM-8": 8} {
		right := gcmSA(t, 0x1001, 1)
		p := right
		right.Cipher = cipherRow(t, wire)
		if p.Cipher = cipherRow(t, wire[:7]+"-16"); p.Cipher.SaltLen == 3 {
			right.CipherKey = right.CipherKey[:19]
			p.CipherKey = right.CipherKey
		}
		table := newTable(t, p)
		for seq := range uint64(4) {
			if _, err := table.Open(packetOf(p, seal(t, right, seq+1, 4, inner)), new(Scratch)); err != ErrICV {
				t.Errorf("%s: %v", wire, err)
			}
		}
		if fault, n := table.SAs()[0].KeyFault(); fault != WrongICVLength || n != icv {
			t.Errorf("%s: fault %d, ICV %d", wire, fault, n)
		}
		// A wrong key is no question of length.
		p.CipherKey = bytes.Clone(p.CipherKey)
		p.CipherKey[2] ^= 4
		table = newTable(t, p)
		for seq := range uint64(8) {
			if _, err := table.Open(packetOf(p, seal(t, right, seq+1, 4, inner)), new(Scratch)); err != ErrICV {
				t.Errorf("%s, other key: %v", wire, err)
			}
		}
		if fault, _ := table.SAs()[0].KeyFault(); fault != NoKeyFault {
			t.Errorf("%s, other key: fault %d", wire, fault)
		}
	}
}
