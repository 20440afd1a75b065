package source

import (
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// A plutoOffer is what a connection is set to take for the IKE SA and for its children.
type plutoOffer struct{ ike, child *logs.Offer }

// plutoOffer1 reads proposals as pluto writes them, received ones and its own; nil where there is something in them that is not known:
//
//	1:IKE:ENCR=AES_CBC_256;PRF=HMAC_SHA2_512,HMAC_SHA2_256;INTEG=HMAC_SHA2_512_256;DH=MODP4096 2:IKE:...
//	1:IKE=AES_CBC_256-HMAC_SHA2_256-HMAC_SHA2_256_128-MODP2048+MODP3072
func plutoOffer1(text string) *logs.Offer {
	o := &logs.Offer{Offer: ike.Offer{Version: ike.V2}}
	for _, word := range strings.Fields(text) {
		word, _, _ = strings.Cut(word, "[")
		number, rest, ok := strings.Cut(word, ":")
		n, err := strconv.ParseUint(number, 10, 8)
		if !ok || err != nil || len(o.Words) >= maxEventList {
			return nil
		}
		p := ike.Proposal{Number: uint8(n), Suites: make([]ike.Suite, 1)}
		if p.Suites[0].Transforms, p.Protocol, ok = plutoSuite(rest); !ok {
			return nil
		}
		o.Proposals, o.Words = append(o.Proposals, p), append(o.Words, word)
	}
	if len(o.Words) == 0 {
		return nil
	}
	return o
}

// plutoKinds are the kinds of transforms in the order in which pluto writes its own proposals.
var plutoKinds = map[ike.Protocol][]ike.Kind{
	ike.IKE: {ike.Encryption, ike.PRF, ike.Integrity, ike.KeyExchange},
	ike.ESP: {ike.Encryption, ike.Integrity, ike.KeyExchange, ike.ESN},
	ike.AH:  {ike.Integrity, ike.KeyExchange, ike.ESN},
}

// plutoLabels are pluto's names for kinds of transforms.
var plutoLabels = map[string]ike.Kind{"ENCR": ike.Encryption, "PRF": ike.PRF, "INTEG": ike.Integrity, "DH": ike.KeyExchange, "KE": ike.KeyExchange, "ESN": ike.ESN, "SN": ike.ESN}

func plutoSuite(text string) (list []ike.Transform, protocol ike.Protocol, ok bool) {
	name, labelled, isRemote := strings.Cut(text, ":")
	if !isRemote {
		name, labelled, _ = strings.Cut(text, "=")
	}
	protocol = charonProtocols[name]
	add := func(kind ike.Kind, names, sep string) bool {
		for _, name := range strings.Split(names, sep) {
			if name == "NONE" || name == "" {
				continue
			}
			t, ok := plutoTransform(kind, name)
			if !ok {
				return false
			}
			list = append(list, t)
		}
		return true
	}
	if !isRemote {
		kinds := plutoKinds[protocol]
		for i, names := range strings.Split(labelled, "-") {
			if i >= len(kinds) || !add(kinds[i], names, "+") {
				return nil, protocol, false
			}
		}
		return list, protocol, len(list) > 0
	}
	for _, field := range strings.Split(labelled, ";") {
		label, names, _ := strings.Cut(field, "=")
		if kind, ok := plutoLabels[label]; !ok || !add(kind, names, ",") {
			return nil, protocol, false
		}
	}
	return list, protocol, len(list) > 0 && protocol != ike.NoProtocol
}

// plutoNames are pluto's names for algorithms where they are not charon's.
var plutoNames = map[string]string{
	"ENABLED": "EXT_SEQ", "YES": "EXT_SEQ", "DISABLED": "NO_EXT_SEQ", "NO": "NO_EXT_SEQ", "DH19": "ECP_256", "DH20": "ECP_384", "DH21": "ECP_521",
	"3DES": "3DES_CBC", "DH31": "CURVE_25519", "CURVE25519": "CURVE_25519", "DH22": "MODP_1024_160", "DH23": "MODP_2048_224", "DH24": "MODP_2048_256",
}

func plutoTransform(kind ike.Kind, name string) (ike.Transform, bool) {
	if other, ok := plutoNames[name]; ok {
		name = other
	} else if bits, ok := strings.CutPrefix(name, "MODP"); ok {
		name = "MODP_" + strings.TrimPrefix(bits, "_")
	}
	name = strings.Replace(strings.Replace(strings.Replace(name, "GCM_C_", "GCM_16_", 1), "GCM_B_", "GCM_12_", 1), "GCM_A_", "GCM_8_", 1)
	if kind == ike.PRF {
		name = "PRF_" + strings.Replace(name, "AES_", "AES128_", 1)
	}
	t, ok := charonTransform(name)
	return t, ok && t.Kind == kind
}

// plutoNetwork reads one side of what the peer proposes: "10.2.0.0/24", "10.2.0.0/24:0/0", "10.2.0.0/24:17/1701"; nil where it is none.
func plutoNetwork(s string) ike.Selectors {
	network, rest, restricted := s, "", false
	if i := strings.IndexByte(s, '/'); i >= 0 {
		if j := strings.IndexByte(s[i:], ':'); j >= 0 {
			network, rest, restricted = s[:i+j], s[i+j+1:], true
		}
	}
	list := networkOf(network)
	if list == nil || !restricted {
		return list
	}
	protocol, port, _ := strings.Cut(rest, "/")
	n, err1 := strconv.ParseUint(protocol, 10, 8)
	ports, err2 := strconv.ParseUint(port, 10, 16)
	if err1 != nil || err2 != nil {
		return nil
	}
	if list[0].Protocol = uint8(n); ports > 0 {
		list[0].StartPort, list[0].EndPort = uint16(ports), uint16(ports)
	}
	return list
}

// plutoTraffic reads a pair of clients with their hosts: "10.2.0.0/24===192.0.2.2[@gwb]...192.0.2.1[@gwa]===10.1.0.0/24".
func plutoTraffic(s string) *logs.Traffic {
	here, there, ok := strings.Cut(s, "...")
	if !ok {
		return nil
	}
	local, _, ok1 := strings.Cut(here, "===")
	i := strings.LastIndex(there, "===")
	if !ok1 || i < 0 {
		return nil
	}
	return trafficOf(plutoNetwork(local), plutoNetwork(there[i+3:]))
}
