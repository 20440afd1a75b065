package source

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Some sources print keys without their algorithms, or with names that several stand for. Then the SA is added once for each that the
// lengths fit, and its first packets tell which is right.

// saKeys are the keys of one SA as a source prints them.
type saKeys struct {
	num         int // line
	enc, auth   []byte
	cipher, mac string // in any spelling; "": the source does not say

	encGone, authGone bool // the source has the key redacted
	part              bool // they are one way to cut KEYMAT
	typed             bool // it is a command, in a source that has others than commands
	chosen            bool // by a person, in a configuration: keys have any length
}

// read takes a key in hex digits. A key that is redacted is noted; any other error is returned.
func (k *saKeys) read(text string, auth bool) error {
	value, err := lex.ParseHex(text)
	gone := errors.Is(err, lex.ErrRedacted)
	if k.set(value, gone, auth); gone {
		return nil
	}
	return err
}

// set takes a key, or notes that it is redacted.
func (k *saKeys) set(value []byte, gone, auth bool) {
	if gone {
		value = nil
	}
	if auth {
		k.auth, k.authGone = value, gone
	} else {
		k.enc, k.encGone = value, gone
	}
}

// hide notes keys of zeros as hidden.
func (o *out) hide(k *saKeys) {
	if !k.typed {
		k.encGone, k.authGone = k.encGone || o.hides(k.enc), k.authGone || o.hides(k.auth)
	}
}

// empty reports whether the source has no key, not even a redacted one.
func (k *saKeys) empty() bool { return len(k.enc)+len(k.auth) == 0 && !k.encGone && !k.authGone }

// addKeys adds an SA with each pair of algorithms that its keys may be for. An ESP SA without an authentication key has none, or a combined
// mode.
//
// Without its authentication key an ESP SA is decrypted all the same, its ICVs not verified.
func (o *out) addKeys(sa esp.Params, k saKeys) {
	o.hide(&k)
	switch {
	case k.encGone || k.authGone && sa.Protocol == esp.AH:
		o.redactedSA(k.num, sa.SPI)
		return
	case k.empty() && !strings.HasSuffix(alphanumeric(k.cipher), "null"):
		o.keyless(k.num)
		return
	}
	macs, ok := []*alg.MAC(nil), true
	switch {
	case k.mac != "":
		macs, ok = spelledMACs(k.mac)
	case len(k.auth) > 0:
		macs = macsByLength(len(k.auth))
		ok = macs != nil
	}
	if !ok {
		o.warn(k.num, "SA 0x%08x: unknown integrity algorithm %s", sa.SPI, lex.Clip(k.mac))
		return
	}
	if sa.Protocol == esp.AH {
		o.addEach(sa, k, macs)
		return
	}
	ciphers := []*alg.Cipher{spelledCipher(k.cipher)}
	switch {
	case k.cipher == "":
		ciphers = ciphersByLength(len(k.enc), len(k.auth) == 0)
		if len(k.auth) == 0 && k.mac != "" && len(k.enc) > 0 { // the source says that there is no integrity algorithm
			ciphers = append(ciphers, ciphersByLength(len(k.enc), false)...)
		}
		if sa.SPI != 0 && !k.part {
			o.guess(sa.SPI, k.num, k.enc, k.auth)
		}
	case ciphers[0] == nil:
		o.warn(k.num, "SA 0x%08x: unknown encryption algorithm %s", sa.SPI, lex.Clip(k.cipher))
		return
	case len(k.enc) == 0 && !ciphers[0].Null():
		o.warn(k.num, "SA 0x%08x: the encryption key is missing", sa.SPI)
		return
	}
	if len(ciphers) == 0 {
		alone := ""
		if len(k.auth) == 0 {
			alone = " without an authentication key"
		}
		o.warn(k.num, "SA 0x%08x: no encryption algorithm is named, and none is known for a key of %d bytes%s", sa.SPI, len(k.enc), alone)
		return
	}
	o.checkBits(sa.SPI, &k, ciphers)
	sa.Derived = sa.Derived && k.cipher != "" // else the packets have to tell which it is
	for _, c := range ciphers {
		setCipher(&sa, c, k.enc)
		o.addEach(sa, k, macs)
	}
}

// reKeyBits are the bits of keys that the name of an algorithm may have: aes-cbc-256, AES_GCM_16_128.
var reKeyBits = pattern(`(?:^|\D)(128|192|256)(?:\D|$)`)

// checkBits warns where a key is not as long as the name of its algorithm says. Its length counts all the same: names may be old ones.
func (o *out) checkBits(spi uint32, k *saKeys, ciphers []*alg.Cipher) {
	m := reKeyBits.FindAllStringSubmatch(k.cipher, -1)
	if len(m) == 0 || ciphers[0] == nil || len(k.enc) == 0 {
		return
	}
	c := ciphers[0]
	have, named := 8*(len(k.enc)-c.SaltLen), 0
	for _, bits := range m {
		if named, _ = strconv.Atoi(bits[1]); named == have || named == 8*len(k.enc) || c.AEAD && named == 8*c.ICVLen {
			return
		}
	}
	o.warn(k.num, "SA 0x%08x: the key of %s has %d bytes instead of %d, most likely cut off by a copy", spi, lex.Clip(k.cipher), len(k.enc), named/8+c.SaltLen)
}

// addEach adds an SA with each of some MACs, or with none.
func (o *out) addEach(sa esp.Params, k saKeys, macs []*alg.MAC) {
	if k.authGone && (sa.Cipher == nil || !sa.Cipher.AEAD) {
		if len(macs) == 0 {
			o.redactedSA(k.num, sa.SPI)
			return
		}
		o.unchecked(&sa, macs[0].ICVLen, k.num)
		o.addSA(sa, k.num)
		return
	}
	if len(macs) == 0 || sa.Cipher != nil && sa.Cipher.AEAD {
		o.addSA(sa, k.num)
		return
	}
	for _, m := range macs {
		setMAC(&sa, m, k.auth)
		isCut := !k.typed && !k.chosen && o.cutMAC(&sa, k.num)
		o.addSA(sa, k.num)
		if isCut {
			return
		}
	}
}

// cutMAC makes an SA whose authentication key lacks its end, as in a copy of a window that is too narrow, one whose ICVs are not verified: daemons make keys
// as long as the algorithm says.
func (o *out) cutMAC(sa *esp.Params, num int) bool {
	if sa.MAC == nil || len(sa.MACKey) == 0 || len(sa.MACKey) >= sa.MAC.KeyLen || sa.Protocol != esp.ESP {
		return false
	}
	o.warn(num, "SA 0x%08x: the authentication key has %d of %d bytes, most likely cut off by a copy: ICVs are not verified", sa.SPI, len(sa.MACKey), sa.MAC.KeyLen)
	sa.ICVLen, sa.NoCheck = cmp.Or(sa.ICVLen, sa.MAC.ICVLen), true
	sa.MAC, sa.MACKey = nil, nil
	return true
}

// unchecked makes an SA whose authentication key is redacted one whose ICVs, of so many bytes, are not verified.
func (o *out) unchecked(sa *esp.Params, icvLen, num int) {
	o.redacted(num, fmt.Sprintf("SA 0x%08x: authentication key", sa.SPI))
	sa.ICVLen, sa.NoCheck = icvLen, true
}

// addSA adds an SA that can be one, and warns of one that can't.
func (o *out) addSA(sa esp.Params, num int) {
	if err := secret.CheckSA(sa); err != nil {
		o.warn(num, "SA 0x%08x: %v", sa.SPI, err)
		return
	}
	o.sa(sa, num)
}

// ciphersByLength are the ciphers of ESP whose keys have a number of bytes, in a combined mode with the salt; the usual ones come first.
func ciphersByLength(n int, combined bool) (list []*alg.Cipher) {
	names := map[int]string{0: "null", 8: "des-cbc", 16: "aes-cbc", 20: "aes-ctr", 24: "3des-cbc aes-cbc", 28: "aes-ctr", 32: "aes-cbc", 36: "aes-ctr"}
	if combined {
		names = map[int]string{20: "aes-gcm-16", 28: "aes-gcm-16", 36: "aes-gcm-16 chacha20-poly1305", 19: "aes-ccm-16", 27: "aes-ccm-16", 35: "aes-ccm-16"}
	}
	for name := range strings.FieldsSeq(names[n]) {
		list = append(list, alg.CipherByKeyLog(name))
	}
	return list
}

// macsByLength are the MACs whose keys have a number of bytes.
func macsByLength(n int) []*alg.MAC {
	names := map[int]string{16: "hmac-md5-96", 20: "hmac-sha1-96", 32: "hmac-sha2-256-128", 48: "hmac-sha2-384-192", 64: "hmac-sha2-512-256"}
	m := alg.MACByKeyLog(names[n])
	if m == nil {
		return nil
	}
	list := withTruncations(m)
	if n == 16 {
		list = append(list, alg.MACByKeyLog("aes-xcbc-96"))
	}
	return list
}

// splitKeymat cuts KEYMAT, which is the encryption key and then the authentication key (RFC 2409, section 5.5), at each place that two
// usual algorithms allow, the likely ones first.
func splitKeymat(keymat []byte) (list [][2][]byte) {
	if ciphersByLength(len(keymat), true) != nil {
		list = append(list, [2][]byte{keymat, nil})
	}
	var seldom [][2][]byte
	for _, auth := range []int{20, 32, 16, 64, 48} {
		enc := len(keymat) - auth
		if enc < 0 {
			continue
		}
		ciphers, parts := ciphersByLength(enc, false), [2][]byte{keymat[:enc], keymat[enc:]}
		switch {
		case ciphers == nil:
		case ciphers[0].SaltLen > 0:
			seldom = append(seldom, parts)
		default:
			list = append(list, parts)
		}
	}
	if list == nil {
		return seldom
	}
	return list
}

// hostOf reads an address of a source, with or without a port; the unspecified one, and what is no address, stands for any.
func hostOf(text string) netip.Addr {
	const longest = 100
	if len(text) > longest {
		return netip.Addr{}
	}
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return xfrmAddr(a.WithZone(""))
	}
	return xfrmAddr(hostPort(text).Addr())
}

// ikeSPI reads an SPI of IKE of up to 16 hex digits: some programs leave out leading zeros.
func ikeSPI(digits string) (spi decode.SPI, ok bool) {
	digits = strings.TrimPrefix(digits, "0x")
	if digits == "" || len(digits) > 16 || !lex.IsHex(digits) {
		return spi, false
	}
	spi, err := secret.ParseSPI(strings.Repeat("0", 16-len(digits)) + digits)
	return spi, err == nil
}

// ikeProtoAH is the protocol ID of AH (RFC 2407, section 4.4.1; RFC 7296, section 3.3.1).
const ikeProtoAH = 2

// addKeymat adds an ESP SA for each way to cut KEYMAT into keys. Where that is not one of the usual ones, packets tell.
func (o *out) addKeymat(sa esp.Params, num int, keymat []byte) {
	o.guess(sa.SPI, num, keymat)
	parts := splitKeymat(keymat)
	if parts == nil {
		o.warn(num, "SA 0x%08x: no algorithms have keys of %d bytes", sa.SPI, len(keymat))
	}
	for _, part := range parts {
		o.addKeys(sa, saKeys{num: num, enc: part[0], auth: part[1], part: true})
	}
}

// guess lets packets tell which of all algorithms the keys of an SA are for.
func (o *out) guess(spi uint32, num int, values ...[]byte) {
	values = slices.DeleteFunc(values, func(v []byte) bool { return len(v) == 0 || o.hides(v) })
	o.bag.Guesses = append(o.bag.Guesses, esp.Guess{SPI: spi, Values: values, Source: esp.Source{Name: o.file, Line: num}})
}

// bytesSPI is an SPI of ESP or AH as it is in a packet, 4 bytes.
func bytesSPI(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
