package source

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// How charon writes proposals and traffic selectors.

// charonProtocols are the protocols of proposals.
var charonProtocols = map[string]ike.Protocol{"IKE": ike.IKE, "ESP": ike.ESP, "AH": ike.AH}

// charonOffer reads "IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024, IKE:…". nil where there is something in it that is not
// known: whoever compares must not take it for less than it is.
func charonOffer(text string) *logs.Offer {
	o := &logs.Offer{Offer: ike.Offer{Version: ike.V2}}
	for _, word := range strings.SplitN(text, ", ", maxEventList+1) {
		if len(o.Words) == maxEventList {
			break
		}
		protocol, algorithms, _ := strings.Cut(word, ":")
		p := ike.Proposal{Number: uint8(len(o.Words) + 1), Protocol: charonProtocols[protocol], Suites: make([]ike.Suite, 1)}
		if p.Protocol == ike.NoProtocol {
			return nil
		}
		for _, name := range strings.Split(algorithms, "/") {
			t, ok := charonTransform(name)
			if !ok {
				return nil
			}
			p.Suites[0].Transforms = append(p.Suites[0].Transforms, t)
		}
		o.Proposals, o.Words = append(o.Proposals, p), append(o.Words, word)
	}
	return o
}

// charonAlgorithms are the algorithms of IKEv2 by charon's names for them, without key lengths.
var charonAlgorithms = func() map[string]ike.Transform {
	all := map[string]ike.Transform{
		"NO_EXT_SEQ": {Kind: ike.ESN, Space: ike.ESNs, ID: 0}, "EXT_SEQ": {Kind: ike.ESN, Space: ike.ESNs, ID: 1},
		"PRF_AES128_XCBC": {Kind: ike.PRF, Space: ike.PRFs, ID: 4}, "PRF_AES128_CMAC": {Kind: ike.PRF, Space: ike.PRFs, ID: 8},
		"PRF_HMAC_TIGER": {Kind: ike.PRF, Space: ike.PRFs, ID: 3},
	}
	name := func(s string) string { return strings.ToUpper(strings.ReplaceAll(s, "-", "_")) }
	add := func(names []string, t ike.Transform) {
		for _, s := range names {
			if s != "" && t.ID != 0 {
				all[s] = t
			}
		}
	}
	for _, c := range alg.Ciphers() {
		add([]string{name(c.Name), c.StrongSwan}, ike.Transform{Kind: ike.Encryption, Space: ike.ENCR, ID: c.IKEv2})
	}
	for _, m := range alg.MACs() {
		add([]string{name(m.Name), m.StrongSwan}, ike.Transform{Kind: ike.Integrity, Space: ike.INTEG, ID: m.IKEv2})
	}
	for _, p := range alg.PRFs() {
		add([]string{"PRF_" + name(p.Name)}, ike.Transform{Kind: ike.PRF, Space: ike.PRFs, ID: p.IKEv2})
	}
	for _, k := range alg.KeyExchanges() {
		s := strings.Replace(name(k.Name), "CURVE", "CURVE_", 1)
		if bits, ok := strings.CutPrefix(s, "BRAINPOOLP"); ok {
			s = "ECP_" + strings.TrimSuffix(bits, "R1") + "_BP"
		}
		add([]string{s}, ike.Transform{Kind: ike.KeyExchange, Space: ike.Group, ID: k.ID})
	}
	// Known to charon and not to package alg.
	for s, id := range map[string]uint16{"RC5_CBC": 4, "IDEA_CBC": 5, "3IDEA": 8} {
		all[s] = ike.Transform{Kind: ike.Encryption, Space: ike.ENCR, ID: id}
	}
	for s, id := range map[string]uint16{"DES_MAC": 3, "KPDK_MD5": 4, "HMAC_SHA1_128": 1025, "HMAC_SHA2_256_96": 1026, "HMAC_SHA2_256_256": 1027,
		"HMAC_SHA2_384_384": 1028, "CAMELLIA_XCBC_96": 1029} {
		all[s] = ike.Transform{Kind: ike.Integrity, Space: ike.INTEG, ID: id}
	}
	return all
}()

// additional is an additional key exchange (RFC 9370): "KE1_ML_KEM_768".
var additional = pattern(`^KE([1-7])_(.+)$`)

// unknownAdditional is how releases before 6.0, which have none, write an additional key exchange: its transform type and number.
var unknownAdditional = pattern(`^UNKNOWN_([6-9]|1[0-2])_(\d{1,5})$`)

// charonTransform reads one algorithm of a proposal: "AES_CBC_128", "MODP_2048".
func charonTransform(name string) (ike.Transform, bool) {
	if m := additional.FindStringSubmatch(name); m != nil {
		t, ok := charonAlgorithms[m[2]]
		t.Kind = ike.AddKE1 + ike.Kind(m[1][0]-'1')
		return t, ok && t.Space == ike.Group
	}
	if m := unknownAdditional.FindStringSubmatch(name); m != nil {
		kind, _ := strconv.ParseUint(m[1], 10, 16)
		id, err := strconv.ParseUint(m[2], 10, 16)
		return ike.Transform{Kind: ike.Kind(kind), Space: ike.Group, ID: uint16(id)}, err == nil
	}
	if t, ok := charonAlgorithms[name]; ok {
		return t, true
	}
	i := strings.LastIndexByte(name, '_')
	bits, err := strconv.ParseUint(name[i+1:], 10, 16)
	t, ok := charonAlgorithms[name[:max(i, 0)]]
	t.Bits = uint16(bits)
	return t, ok && err == nil && t.Kind == ike.Encryption
}

// charonTraffic reads the selectors of both peers, several with blanks between.
func charonTraffic(local, remote string) (*logs.Traffic, bool) {
	l, okLocal := charonSelectors(local)
	r, okRemote := charonSelectors(remote)
	return &logs.Traffic{Local: l, Remote: r}, okLocal && okRemote
}

func charonSelectors(text string) (list ike.Selectors, ok bool) {
	for _, word := range strings.Fields(text) {
		s, ok := charonSelector(word)
		if !ok {
			return nil, false
		}
		if len(list) < maxEventList {
			list = append(list, s)
		}
	}
	return list, len(list) > 0
}

// networkLine is a line of a list of selectors.
var networkLine = pattern(`^ ([0-9a-fA-F.:]+(/\d+|\.\.[0-9a-fA-F.:]+)|dynamic)(\|\S*)?(\[.*\])?$`)

// charonSelector reads a selector: "10.1.0.0/24", "10.1.0.1/32[udp/l2tp]", "10.1.0.1..10.1.0.9[tcp]", "dynamic". pfSense 2.2 writes what it is translated
// to behind a bar.
func charonSelector(text string) (s ike.Selector, ok bool) {
	addrs, rest, restricted := strings.Cut(text, "[")
	addrs, _, _ = strings.Cut(addrs, "|")
	switch from, to, isRange := strings.Cut(addrs, ".."); {
	case addrs == "dynamic":
		s = ike.Selector{Kind: ike.SelectorDynamic}
	case isRange:
		s.From, _ = netip.ParseAddr(from)
		s.To, _ = netip.ParseAddr(to)
		if !s.From.IsValid() || s.From.BitLen() != s.To.BitLen() {
			return s, false
		}
	default:
		p, err := netip.ParsePrefix(addrs)
		if err != nil {
			return s, false
		}
		s = ike.Network(p)
	}
	s.EndPort = 0xffff
	if !restricted {
		return s, true
	}
	protocol, port, hasPort := strings.Cut(strings.TrimSuffix(rest, "]"), "/")
	s.Protocol, ok = number8(protocol, charonIPProtocols)
	if ok && hasPort {
		s.StartPort, s.EndPort, ok = charonPorts(port)
	}
	return s, ok
}

// charonIPProtocols are protocols by their names in /etc/protocols, charonServices ports by those in /etc/services, as far as
// selectors have them.
var (
	charonIPProtocols = map[string]uint64{"icmp": 1, "igmp": 2, "ipencap": 4, "tcp": 6, "udp": 17, "ipv6": 41, "gre": 47, "esp": 50, "ah": 51,
		"ipv6-icmp": 58, "ospf": 89, "l2tp": 115, "sctp": 132}
	charonServices = map[string]uint64{"ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "bootps": 67, "bootpc": 68, "tftp": 69,
		"http": 80, "kerberos": 88, "pop3": 110, "sunrpc": 111, "ntp": 123, "netbios-ns": 137, "netbios-dgm": 138, "netbios-ssn": 139, "imap2": 143, "snmp": 161,
		"snmp-trap": 162, "bgp": 179, "ldap": 389, "https": 443, "microsoft-ds": 445, "submission": 587, "isakmp": 500, "syslog": 514, "ldaps": 636, "imaps": 993,
		"pop3s": 995, "ms-sql-s": 1433, "l2f": 1701, "l2tp": 1701, "radius": 1812, "radius-acct": 1813, "nfs": 2049, "mysql": 3306, "ms-wbt-server": 3389,
		"ipsec-nat-t": 4500, "sip": 5060, "sip-tls": 5061, "postgresql": 5432, "http-alt": 8080}
)

func number8(s string, names map[string]uint64) (uint8, bool) {
	n, ok := number(s, names, 8)
	return uint8(n), ok
}

// number reads a number of so many bits, or a name for one.
func number(s string, names map[string]uint64, bits int) (uint64, bool) {
	if n, ok := names[s]; ok {
		return n, true
	}
	n, err := strconv.ParseUint(s, 10, bits)
	return n, err == nil
}

// icmpCodes is a type of ICMP with its codes: "8(0)", "3(0-4)".
var icmpCodes = pattern(`^(\d+)\((\d+)(?:-(\d+))?\)$`)

// charonPorts reads a port or a range of ports, or a type of ICMP.
func charonPorts(s string) (from, to uint16, ok bool) {
	if s == "OPAQUE" {
		return 0xffff, 0, true
	}
	if m := icmpCodes.FindStringSubmatch(s); m != nil {
		typ, ok1 := number(m[1], nil, 8)
		first, ok2 := number(m[2], nil, 8)
		last, ok3 := first, true
		if m[3] != "" {
			last, ok3 = number(m[3], nil, 8)
		}
		return uint16(typ<<8 | first), uint16(typ<<8 | last), ok1 && ok2 && ok3
	}
	if n, ok := number(s, charonServices, 16); ok {
		return uint16(n), uint16(n), true
	}
	first, last, isRange := strings.Cut(s, "-")
	a, ok1 := number(first, charonServices, 16)
	b, ok2 := number(last, charonServices, 16)
	return uint16(a), uint16(b), isRange && ok1 && ok2
}
