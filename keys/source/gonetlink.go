package source

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// Programs in Go that set up SAs of the Linux kernel with the package netlink of vishvananda print one with its keys in a line: Docker, for its encrypted
// overlay networks, at the level debug, and what connects clusters of Kubernetes (xfrm_state_linux.go, XfrmState.String):
//
//	Dst: 192.0.2.2, Src: 192.0.2.1, Proto: esp, Mode: transport, SPI: 0xcf127d15, ReqID: 0xd0c4e3, ReplayWindow: 1024, Mark: <nil>, ...,
//	Auth: {Name: hmac(sha256), Key: 0x45e0..., Truncate length: 128}, Crypt: {Name: cbc(aes), Key: 0xa811...}, Aead: <nil>, Encap: <nil>, ESN: false
var goNetlinkFormat = format{
	name:    "XfrmState of a program in Go",
	words:   []string{", ReqID: 0x"},
	lacks:   kernelTable,
	keyless: "give ip xfrm state, as root",
	start:   func(o *out) parser { return &goNetlink{out: o} },
}

var (
	reGoState     = pattern(`\bDst: (\S+), Src: (\S+), Proto: (\w+), Mode: (\w+), SPI: 0x([0-9a-f]{1,8}), ReqID: 0x`)
	reGoAlgorithm = pattern(`\b(Auth|Crypt|Aead): \{Name: (\S+), Key: ([^,}]*)(?:, (?:Truncate|ICV) length: (\d+))?`)
)

type goNetlink struct{ *out }

func (p *goNetlink) line(l line) error {
	text := l.text
	for m := reGoState.FindStringSubmatch(text); m != nil; m = reGoState.FindStringSubmatch(text) {
		_, text, _ = strings.Cut(text, m[0])
		rest, _, _ := strings.Cut(text, "Dst: ")
		sa := esp.Params{Protocol: esp.ESP, SPI: hex32(m[5]), Src: hostOf(m[2]), Dst: hostOf(m[1]), Tunnel: m[4] == "tunnel", Transport: m[4] == "transport"}
		sa.UDP, sa.ESN = strings.Contains(rest, "Encap: {Type: espinudp"), strings.Contains(rest, "ESN: true")
		switch m[3] {
		case "esp":
		case "ah":
			sa.Protocol = esp.AH
		default:
			continue // IPComp, the tunnel around it
		}
		p.recognise()
		p.state(l.num, sa, reGoAlgorithm.FindAllStringSubmatch(rest, -1))
	}
	return nil
}

// state adds an SA with its algorithms.
func (p *goNetlink) state(num int, sa esp.Params, algorithms [][]string) {
	if len(algorithms) == 0 {
		p.keyless(num)
		return
	}
	for _, m := range algorithms {
		bits, _ := strconv.Atoi(m[4])
		key, err := hex.DecodeString(strings.TrimPrefix(m[3], "0x"))
		known := true
		switch {
		case err != nil || p.hides(key):
			p.redactedSA(num, sa.SPI)
			return
		case m[1] == "Auth":
			mac, icv := macByXFRM(m[2], bits)
			known = setMAC(&sa, mac, key)
			sa.ICVLen = icv
		default:
			known = setCipher(&sa, cipherByXFRM(m[2], bits), key)
		}
		if !known {
			p.warn(num, "SA 0x%08x: algorithm %s is not known", sa.SPI, lex.Clip(m[2]))
			return
		}
	}
	if sa.Cipher == nil && sa.Protocol == esp.ESP {
		setCipher(&sa, nullCipher(), nil)
	}
	p.addSA(sa, num)
}

func (p *goNetlink) end() error { return nil }
