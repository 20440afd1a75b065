package page

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// secretsOf are the values of all keys of a session and of all that was given to open it, in hex.
func secretsOf(r *run) map[string]string {
	all := make(map[string]string)
	add := func(name string, b []byte) {
		if len(b) >= 7 { // shorter ones are found anywhere
			all[name] = hex.EncodeToString(b)
		}
	}
	for _, bag := range []*secret.Bag{r.KeyLog(true), r.Bag} {
		for i, s := range bag.Secrets {
			if s.Kind.Public() {
				continue
			}
			add(s.String()+"#"+string(rune('a'+i%26)), s.Value)
			if s.Kind == secret.PSK || s.Kind == secret.XAUTHPassword {
				all["text of "+s.String()] = string(s.Value)
			}
		}
		for _, p := range bag.SAs {
			add("cipher key of "+p.String(), p.CipherKey)
			add("MAC key of "+p.String(), p.MACKey)
		}
	}
	for _, sa := range r.SAs {
		for _, g := range sa.Generations {
			add("shared secret", g.GXY)
		}
		for _, m := range sa.Messages {
			for _, p := range m.Payloads {
				a, ok := p.Body.(*ikev1.Attributes)
				if !ok {
					continue
				}
				if v, ok := a.Attr(ike.XAUTHUserPassword); ok && len(v.Value) > 0 {
					all["the password of XAUTH"] = string(v.Value)
				}
			}
		}
	}
	return all
}

// squeezed is a page without the spaces that groups of hex digits have between them.
func squeezed(page []byte) string { return strings.ReplaceAll(strings.ToLower(string(page)), " ", "") }

// No secret is in a page that was not asked to show them: of no recorded session, whatever was given.
func TestNoSecrets(t *testing.T) {
	if testing.Short() {
		t.Skip("every recorded session: the race detector makes it slow")
	}
	for _, dir := range recorded(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			r := withKeys(t, dir)
			page := squeezed(r.page(t, false))
			for name, value := range secretsOf(r) {
				if strings.Contains(page, strings.ToLower(strings.ReplaceAll(value, " ", ""))) {
					t.Errorf("%s is in the page", name)
				}
			}
		})
	}
}

// Asked to, the page shows the keys of the IKE SA and of its children, and says so.
func TestShowSecrets(t *testing.T) {
	r := withKeys(t, filepath.Join(pcaps, "v1-main-psk-aes128-sha1"))
	html := r.page(t, true)
	page := squeezed(html)
	k := r.SAs[0].Keys
	p := r.SAs[0].Children[0].SAs[0].Candidates[0]
	for name, b := range map[string][]byte{"g^xy": k.GXY, "SKEYID": k.SKEYID, "SKEYID_d": k.D, "SKEYID_a": k.A, "SKEYID_e": k.E, "Ka": k.Ka, "cipher key": p.CipherKey, "MAC key": p.MACKey} {
		if len(b) == 0 || !strings.Contains(page, hex.EncodeToString(b)) {
			t.Errorf("%s is not in the page", name)
		}
	}
	if !strings.Contains(string(html), "This page holds keys.") {
		t.Error("the page does not say that it holds keys")
	}
}

// Every step whose inputs are known is recomputed and fits; these titles and formulas are there.
func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		session string
		want    []string // formulas, each of a step that was recomputed
	}{
		{"v1-main-psk-aes128-sha1", []string{"SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)", "Ka = the first 16 bytes of SKEYID_e", "K1 = prf(SKEYID_d, protocol | SPI | Ni_b | Nr_b)"}},
		{"v1-aggressive-psk-pfs", []string{"K1 = prf(SKEYID_d, g(qm)^xy | protocol | SPI | Ni_b | Nr_b)"}},
		{"v1-main-psk-nat", []string{"Ka = the first 32 bytes of K1 | K2 | …"}},
		{"v1-main-rsa-certs-frag", []string{"SKEYID = prf(Ni_b | Nr_b, g^xy)"}},
		{"v1-racoon-dh-private", []string{"g^xy = (g^xr)^xi = (g^xi)^xr"}},
		{"v2-psk-aes128-sha256", []string{"SKEYSEED = prf(Ni | Nr, g^ir)", "KEYMAT = prf+(SK_d, Ni | Nr)", "{SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr)"}},
		{"v2-psk-gcm-x25519-pfs-rekey", []string{"SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr)", "KEYMAT = prf+(SK_d, g^ir (new) | Ni | Nr)"}},
		{"v2-mlkem", []string{"SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr)", "KEYMAT = prf+(SK_d, g^ir (new) | Ni | Nr | SK(1))"}},
	} {
		t.Run(c.session, func(t *testing.T) {
			dir := filepath.Join(pcaps, c.session)
			if list, _ := filepath.Glob(dir); len(list) == 0 {
				dir = shared(t, c.session)
			}
			r := withKeys(t, dir)
			list, more := schedules(r.Session, r.naming(), false)
			if len(list) != len(r.SAs) || more != 0 {
				t.Errorf("%d schedules and %d more for %d IKE SAs", len(list), more, len(r.SAs))
			}
			var fits []string
			for _, s := range list {
				for _, st := range s.Steps {
					if st.OK {
						fits = append(fits, st.Formula...)
					}
				}
			}
			for _, f := range c.want {
				if !slices.Contains(fits, f) {
					t.Errorf("no step that was recomputed has %q; they have %q", f, fits)
				}
			}
		})
	}
}

// With a pre-shared key and g^xy every step of IKEv1 is recomputed.
func TestScheduleFromPSK(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-main-psk-aes128-sha1")
	log, err := source.ReadFile(filepath.Join(dir, "gwa.log"))
	if err != nil {
		t.Fatal(err)
	}
	scenario, err := os.ReadFile(filepath.Join(dir, "scenario.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, psk, _ := strings.Cut(string(scenario), `"psk": "`)
	psk, _, _ = strings.Cut(psk, `"`)
	bag := &secret.Bag{}
	bag.Add(secret.Secret{Kind: secret.PSK, Value: []byte(psk), Origin: secret.Origin{Label: "--psk"}})
	for _, s := range log.Secrets {
		if s.Kind == secret.DHSecret {
			bag.Add(s)
		}
	}
	r := analyzedWith(t, bag, filepath.Join(dir, "wire.pcap"))
	list, _ := schedules(r.Session, r.naming(), false)
	if len(list) != 1 {
		t.Fatalf("%d schedules", len(list))
	}
	for i, st := range list[0].Steps {
		if given := i == 0 || st.Title == "The first IV"; st.OK == given {
			t.Errorf("step %d, %s: %s", i+1, st.Title, st.Check)
		}
	}
	st := list[0].Steps[1]
	if !slices.Contains(st.Formula, "SKEYID = prf(pre-shared-key, Ni_b | Nr_b)") || st.In[0].From != "given: --psk" || !st.In[0].Hidden || st.In[1].Hex == "" {
		t.Errorf("the step to SKEYID: %+v", st)
	}
}

// A key that is wrong in the last bit does not fit any formula.
func TestScheduleOfWrongKey(t *testing.T) {
	r := withKeys(t, filepath.Join(pcaps, "v1-main-psk-aes128-sha1"))
	sa := r.SAs[0]
	d := slices.Clone(sa.Keys.D)
	d[len(d)-1] ^= 1
	sa.Keys.D = d
	list, _ := schedules(r.Session, r.naming(), false)
	for _, st := range list[0].Steps {
		if strings.HasPrefix(st.Title, "Three keys") && st.OK {
			t.Errorf("%s is said to fit", st.Title)
		}
	}
}
