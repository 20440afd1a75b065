package ikedecode_test

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// unsalted are the keys of a session that decrypt it directly, without the salts of AES-GCM: SK_e, and the SAs. n counts the salts.
func unsalted(r *run) (bag *secret.Bag, n int) {
	bag = &secret.Bag{}
	for _, x := range only(r.KeyLog(false), secret.SKei, secret.SKer, secret.SKai, secret.SKar, secret.EncKey, secret.SKEYIDe).Secrets {
		for _, sa := range r.SAs {
			if c := sa.Policy.Cipher; c != nil && c.ComputeSalt != nil && x.Where.Initiator == sa.Initiator && (x.Kind == secret.SKei || x.Kind == secret.SKer) {
				x.Value = x.Value[:len(x.Value)-c.SaltLen]
				n++
			}
		}
		bag.Secrets = append(bag.Secrets, x)
	}
	for _, p := range r.KeyLog(false).SAs {
		if p.Cipher != nil && p.Cipher.ComputeSalt != nil {
			p.SetCipher(p.Cipher, p.CipherKey[:len(p.CipherKey)-p.Cipher.SaltLen])
			n++
		}
		bag.SAs = append(bag.SAs, p)
	}
	return bag, n
}

// Every session with AES-GCM decrypts without the salts as it does with them: IKE messages and fragments, ESP plain and in UDP. The keys
// that are written have their salts.
func TestKeysWithoutSalts(t *testing.T) {
	if testing.Short() {
		t.Skip("searches salts, which takes long with the race detector")
	}
	dirs, err := filepath.Glob(filepath.Join(pcaps, "*"))
	if err != nil {
		t.Fatal(err)
	}
	ikeSalts, espSalts, fragments := 0, 0, 0
	for _, dir := range dirs {
		if secretsFile(dir, "gwa.log") == "" || !exists(wire(dir)) {
			continue
		}
		full := analyze(t, logBag(t, dir, "gwa.log"), wire(dir))
		bag, n := unsalted(full)
		if n == 0 || len(full.KeyLog(false).SAs) == 0 {
			continue
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			r := analyze(t, bag, wire(dir))
			encapsulated := analyze(t, bag, inUDP(t, dir))
			if n := encapsulated.Counts; n.Opened != full.Counts.Opened || n.ESP != full.Counts.ESP {
				t.Errorf("in UDP: %+v, want %+v", n, full.Counts)
			}
			if r.Counts != full.Counts {
				t.Errorf("%+v, want %+v", r.Counts, full.Counts)
			}
			if missing, extra := compare(r.inner, full.inner); missing+extra > 0 {
				t.Errorf("%d packets missing, %d too many", missing, extra)
			}
			got, want := r.KeyLog(false), full.KeyLog(false)
			for _, x := range only(want, secret.SKei, secret.SKer).Secrets {
				if !slices.ContainsFunc(got.Secrets, func(y secret.Secret) bool {
					return x.Kind == y.Kind && x.Where == y.Where && bytes.Equal(x.Value, y.Value) && !y.NoSalt
				}) {
					t.Errorf("%v is not written", x)
				}
			}
			for _, p := range want.SAs {
				if !slices.ContainsFunc(got.SAs, func(q esp.Params) bool {
					return p.SPI == q.SPI && bytes.Equal(p.CipherKey, q.CipherKey) && !q.NoSalt
				}) {
					t.Errorf("%v is not written", p)
				}
			}
			for _, sa := range r.SAs {
				for _, p := range sa.Proofs {
					if p.Salt != 0 {
						ikeSalts++
					}
				}
				for _, m := range sa.Messages {
					fragments += m.Fragments
				}
			}
			for _, sa := range r.Table.SAs() {
				if sa.SaltFrame != 0 {
					espSalts++
				}
			}
		})
	}
	if ikeSalts < 8 || espSalts < 16 || fragments == 0 {
		t.Errorf("%d salts of IKE keys, %d of ESP keys, %d fragments: the sessions show too little", ikeSalts, espSalts, fragments)
	}
}

// What pluto's log leaves out of the keys of IKE comes from the messages.
func TestPlutoLogWithoutSalts(t *testing.T) {
	dir := filepath.Join("testdata", "key-sources", "libreswan-v2-gcm-no-salt")
	r := analyze(t, logBag(t, dir, "SOURCE.txt"), wire(dir))
	if c := r.Counts; c.IKE != 9 || c.IKEOpened != 7 || c.IKEClosed != 0 || c.ESP != 26 || c.Opened != 26 {
		t.Errorf("%+v", c)
	}
	want := map[secret.Kind]int{secret.SKei: 3, secret.SKer: 7} // the first message of each side
	for _, p := range r.SAs[0].Proofs {
		if p.Salt != want[p.Of] {
			t.Errorf("%v: salt from frame %d", p.Of, p.Salt)
		}
	}
	if missing, extra := compare(r.inner, clearTruth(t, dir)); missing+extra > 0 {
		t.Errorf("%d packets missing, %d too many", missing, extra)
	}
}

// A wrong key gets no salt, and what it is the key of stays encrypted for that reason; so do packets without their end.
func TestNoSaltOfWrongKeys(t *testing.T) {
	dir := recorded(t, "v2-psk-gcm-x25519-pfs-rekey")
	full := analyze(t, logBag(t, dir, "gwa.log"), wire(dir))
	bag, _ := unsalted(full)
	wrong := &secret.Bag{}
	for _, x := range bag.Secrets {
		x.Value = slices.Clone(x.Value)
		x.Value[3] ^= 8
		wrong.Secrets = append(wrong.Secrets, x)
	}
	for _, p := range bag.SAs {
		p.CipherKey = slices.Clone(p.CipherKey)
		p.CipherKey[3] ^= 8
		wrong.SAs = append(wrong.SAs, p)
	}
	r := analyze(t, wrong, wire(dir))
	if c := r.Counts; c.IKEOpened != 0 || c.Opened != 0 || c.BadICV == 0 || c.BadICV != full.Counts.Opened {
		t.Errorf("wrong keys: %+v", c)
	}
	for _, sa := range r.Table.SAs() {
		if !sa.NoSalt || sa.SaltFrame != 0 || !sa.SaltTried {
			t.Errorf("%v: NoSalt %v, frame %d, tried %v", sa, sa.NoSalt, sa.SaltFrame, sa.SaltTried)
		}
	}
	if n := len(r.KeyLog(true).SAs); n > 0 {
		t.Errorf("%d keys without their salt are written", n)
	}
	r = analyze(t, bag, truncated(t, dir, 80))
	if c := r.Counts; c.Opened != 0 || c.CutESP == 0 || c.CutESP != c.ESP {
		t.Errorf("truncated packets: %+v", c)
	}
}

// inUDP is the capture of a session with its ESP in UDP (RFC 3948).
func inUDP(t *testing.T, dir string) string {
	const ethernet, protocol, esp, udp = 14, 14 + 9, 50, 17
	ps := readPackets(t, wire(dir))
	for _, p := range ps {
		if b := p.Data; len(b) > ethernet+20 && b[ethernet] == 0x45 && b[protocol] == esp && binary.BigEndian.Uint16(b[ethernet+6:])&0x3fff == 0 {
			n := binary.BigEndian.Uint16(b[ethernet+2:])
			header := binary.BigEndian.AppendUint16([]byte{4500 >> 8, 4500 & 0xff, 4500 >> 8, 4500 & 0xff}, n-20+8)
			p.Data = slices.Concat(b[:ethernet+20], header, []byte{0, 0}, b[ethernet+20:])
			p.Data[protocol] = udp
			binary.BigEndian.PutUint16(p.Data[ethernet+2:], n+8)
			p.OrigLen += 8
		}
	}
	return writePackets(t, ps)
}

// truncated is the capture of a session with a snap length.
func truncated(t *testing.T, dir string, n int) string {
	ps := readPackets(t, wire(dir))
	for _, p := range ps {
		p.Data = p.Data[:min(n, len(p.Data))]
	}
	return writePackets(t, ps)
}
