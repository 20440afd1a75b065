package words

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

func icvFailures(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.ICVFailures)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("%s of %s on %s have a wrong ICV, most likely altered on the path", Number(x.Failed), Count(x.Packets, "packet"), Flow(x.Flow)),
		Details: []string{fmt.Sprintf("the same keys verified %s", Count(x.Opened, "packet"))},
		Hint:    alteredHint}
	switch {
	case x.Since > 0:
		t.Headline = fmt.Sprintf("%s of %s on %s have a wrong ICV, most likely because the sender changed keys", Number(x.Failed), Count(x.Packets, "packet"), Flow(x.Flow))
		t.Details = append(t.Details, fmt.Sprintf("from frame %d on all of them fail: a restart or a rekeying that is not in the capture", x.Since))
	case x.Large > 0:
		t.Details = append(t.Details, fmt.Sprintf("only packets of %s and more fail, none up to %s: large packets are altered on the path", Count(x.Large, "byte"), Number(x.Small)))
	}
	return t
}

const alteredHint = "look for what alters packets between the gateways: NAT helpers, checksum or encryption offload, faulty links"

func spiAltered(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.AlteredSPIs)
	if !ok {
		return Text{}
	}
	have := "have"
	if x.Altered == 1 {
		have = "has"
	}
	t := Text{Headline: fmt.Sprintf("%s of %s %s an SPI that differs in one bit, most likely altered on the path", Count(x.Altered, "packet"), Flow(x.Flow), have),
		Details: []string{fmt.Sprintf("SPI 0x%08x in frame %d: its sequence number, %d, is missing on 0x%08x", x.SPI, x.Frame, x.Number, x.Flow.SPI),
			fmt.Sprintf("the correct SPI is in %s", Count(x.Packets, "packet"))},
		Hint: alteredHint}
	return t
}

func icvLengthMismatch(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.ICVLengths)
	if !ok {
		return Text{}
	}
	src, dst := x.Flow.Src, x.Flow.Dst
	t := Text{Hint: fmt.Sprintf("on %v cut the ICV of HMAC-SHA2-256 to 128 bits, as RFC 4868 says, not to %d as old kernels do", src, x.Bits)}
	if x.MAC != "" {
		t.Hint = fmt.Sprintf("on %v cut the ICV of %s to %d bits, as on %v", src, x.MAC, x.Want, dst)
	}
	other := "longer ones"
	if x.Want > 0 {
		other = fmt.Sprintf("ICVs of %d bits", x.Want)
	}
	switch {
	case x.Table:
		change, like := dst, src
		if x.Bits < x.Want {
			change, like = src, dst
		}
		t.Headline = fmt.Sprintf("most likely %v drops what %v sends: its ICVs have %d bits, and the kernel's SA table says %d", dst, src, x.Bits, x.Want)
		t.Details = []string{Flow(x.Flow) + ": nothing comes back", fmt.Sprintf("the kernel of %v would send what its table says, so that the table is the one of %v", src, dst)}
		t.Hint = fmt.Sprintf("on %v cut the ICV to %d bits, as on %v", change, max(x.Bits, x.Want), like)
	case x.Silent:
		t.Headline = fmt.Sprintf("most likely %v drops what %v sends: its ICVs have %d bits, those of %s have %d", dst, src, x.Bits, x.MAC, x.Want)
		t.Details = []string{Flow(x.Flow) + ": nothing comes back"}
	case x.ByLength:
		t.Headline = fmt.Sprintf("most likely %v sends ICVs of %d bits and %v %s: each drops what the other sends", src, x.Bits, dst, other)
		t.Details = []string{"the packets are not decrypted: their lengths are those of a block cipher, with 4 bytes less in one direction"}
		if x.Want == 0 {
			t.Details = []string{"the packets are not decrypted: their lengths are those of a block cipher, with other ICVs in one direction"}
		}
		t.Details = append(t.Details, "it may also be two Child SAs with different algorithms, each with traffic in one direction")
	default:
		t.Headline = fmt.Sprintf("%v sends ICVs of %d bits and %v %s: each drops what the other sends", src, x.Bits, dst, other)
		t.Details = []string{Flow(x.Flow) + ", " + Flow(x.Back)}
	}
	return t
}

func wrongESPKey(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.WrongKey)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("the keys for %s are wrong: none of %s verifies", Flow(x.Flow), Count(x.Packets, "packet")),
		Hint: "give the keys of this SA: these are of a different SA with the same SPI, or name a different algorithm"}
	switch x.Fault {
	case esp.WrongCipherKey:
		t.Headline = fmt.Sprintf("%s: the authentication key is right, the encryption key is not", Flow(x.Flow))
		t.Details = []string{Count(x.Packets, "packet") + ": every ICV verifies, but neither padding nor inner header is valid"}
		t.Hint = "correct the encryption key; if it is as the gateway has it, the encryption algorithm is not NULL"
		if x.Cipher != nil && !x.Cipher.Null() {
			t.Hint = hint("correct the encryption key, digit by digit", "; if it is as the gateway has it, the algorithm is not "+x.Cipher.Name)
		}
	case esp.SwappedKeys:
		t.Headline = fmt.Sprintf("%s: encryption key and authentication key are swapped", Flow(x.Flow))
		t.Details = []string{"with the two exchanged the ICV verifies"}
		t.Hint = "exchange the two keys in the file"
	case esp.KeysOfOther:
		t.Headline = fmt.Sprintf("%s: the keys are those of SPI 0x%08x, most likely the other direction", Flow(x.Flow), x.Of)
		t.Details = []string{"with the keys that the file has for that SPI the ICV verifies"}
		t.Hint = "exchange the keys, or the SPIs, of the two SAs in the file"
	case esp.WrongMACKey:
		t.Headline = fmt.Sprintf("%s: the encryption key is right, the authentication key is not", Flow(x.Flow))
		if x.Cipher != nil && x.Cipher.Null() {
			t.Headline = fmt.Sprintf("%s: the packets are not encrypted, and the authentication key is not right", Flow(x.Flow))
		}
		t.Details = []string{unverified(x)}
		t.Hint = "correct the authentication key, or its algorithm " + macName(x.MAC) + unlessUnverified(x)
	case esp.WrongMACAlgorithm:
		t.Headline = fmt.Sprintf("%s: the encryption key is right, the integrity algorithm is not", Flow(x.Flow))
		t.Details = []string{unverified(x), icvLengths(x)}
		t.Hint = "name the integrity algorithm that has such an ICV, with its key" + unlessUnverified(x)
	case esp.WrongICVLength:
		t.Headline = fmt.Sprintf("%s: both keys are right, the length of the ICV is not", Flow(x.Flow))
		if x.Cipher != nil && x.Cipher.AEAD {
			t.Headline = fmt.Sprintf("%s: the key is right, the length of the ICV is not", Flow(x.Flow))
		}
		t.Details = []string{icvLengths(x)}
		t.Hint = fmt.Sprintf("name an algorithm with an ICV of %d bits", 8*x.ICV) + unlessUnverified(x)
	}
	if x.NoSalt {
		t.Details = append(t.Details, "the key was given without its salt; with no salt does it verify a packet")
	}
	t.Details = append(t.Details, "from "+strings.Join(x.Sources, ", "))
	if x.Kernel {
		t.Details = append(t.Details, fmt.Sprintf("if this is what the kernel of %v has, it drops these packets", x.Flow.Dst))
	}
	return t
}

// unverified says what became of packets whose content is right and whose ICV is not.
func unverified(x diagnose.WrongKey) string {
	s := Count(x.Packets, "packet") + ": padding and inner headers are valid, but no ICV verifies"
	if x.Opened > 0 {
		s += "; decrypted unverified"
	}
	return s
}

// unlessUnverified says how to decrypt such packets all the same, where that is not done.
func unlessUnverified(x diagnose.WrongKey) string {
	if x.Opened > 0 {
		return ""
	}
	return "; or decrypt unverified with --no-verify"
}

func icvLengths(x diagnose.WrongKey) string {
	if x.ICV == 0 {
		return fmt.Sprintf("the packets have no ICV; %s has one of %d bits", icvName(x), 8*x.Want)
	}
	return fmt.Sprintf("the ICV on the wire has %d bits, that of %s %d", 8*x.ICV, icvName(x), 8*x.Want)
}

// icvName names the algorithm that makes the ICV.
func icvName(x diagnose.WrongKey) string {
	if x.MAC == nil && x.Cipher != nil {
		return x.Cipher.Name
	}
	return macName(x.MAC)
}

func macName(m *alg.MAC) string {
	if m == nil {
		return "the integrity algorithm"
	}
	return m.Name
}
