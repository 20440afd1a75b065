package source

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Configurations of routers with manual keys have the SPI, in decimal digits or with 0x, and the keys of each direction as settings on their
// own lines; the algorithms stand in another place of the configuration. Each product is a row of manualWords:
//
//	set session-key inbound esp 256 cipher 7ebc... authenticator 3e96...            Cisco IOS
//	sa spi inbound esp 256                                                          H3C, HPE Comware, Huawei
//	sa encryption-hex inbound esp simple 7ebc...
//	direction inbound { spi 256; encryption { algorithm aes-128-cbc; key hexadecimal 7ebc...; } }   Junos
//	set localspi 0x100                                                              FortiOS
//	set enckey 7ebcefceb8bbe88b-834575b804332c75                                    also enc-key, local-spi, enc-alg
var manualFormat = format{
	name:   "manual keys of a router",
	typed:  true,
	starts: manualStarts,
	lacks:  manualKeys,
	start: func(o *out) parser {
		return &manual{out: o, set: map[string]string{}, transforms: map[string]ciscoTransform{}}
	},
}

// manualKeys is what configurations with manual keys lack.
var manualKeys = []secret.Lack{{Of: secret.IKEKeys, Text: "manual keys need no IKE, and there are no IKE keys"}}

// manual collects the settings of one policy, which are added when the next one begins.
type manual struct {
	*out
	set   map[string]string // by "inbound spi", "outbound enc", "peer"
	num   int               // line of the first key; 0: none
	now   int               // line that is read
	names [2]string         // encryption and integrity of the last transform set
	dir   string            // Junos: the direction whose braces are open
	part  string            // Junos: encryption or authentication
	vpn   string            // Junos: of the command before

	inKeys     bool                      // FortiOS: in ipsec-keys of OSPFv3
	ospfProto  string                    // its protocol
	ciscoMap   string                    // of Cisco, that lines belong to
	transforms map[string]ciscoTransform // by name
}

// A manualWord is a setting: how its line looks, and how it is kept; $1 is the direction.
type manualWord struct {
	re   *lazyRegexp
	keep func(p *manual, m []string)
}

var manualWords = []manualWord{
	// Cisco
	{pattern(`^(crypto map \S+ \d+)`), (*manual).cryptoMap},
	{pattern(`^(?:crypto map \S+ \d+ )?set session-key (inbound|outbound) (esp|ah) (\d+|0x[0-9a-fA-F]+) (.+)$`), (*manual).sessionKey},
	{pattern(`^(?:crypto map \S+ \d+ )?set peer (\S+)`), func(p *manual, m []string) { p.set["peer"] = m[1] }},
	{pattern(`^(?:crypto map \S+ \d+ )?set transform-set (\S+)`), func(p *manual, m []string) { p.set["transform"] = m[1] }},
	{pattern(`^crypto ipsec transform-set (\S+) (.*)`), (*manual).transformSet},
	// Comware and Huawei
	{pattern(`^sa spi (inbound|outbound) (esp|ah) (\d+|0x[0-9a-fA-F]+)`), func(p *manual, m []string) {
		p.put(m[1]+" spi", m[3])
		p.put("protocol", m[2])
	}},
	{pattern(`^sa (?:encryption-hex|hex-key encryption|hex-key) (inbound|outbound) esp (?:simple |cipher )?(\S+)`), func(p *manual, m []string) { p.put(m[1]+" enc", m[2]) }},
	{pattern(`^sa (?:authentication-hex|hex-key authentication) (inbound|outbound) (?:esp|ah) (?:simple |cipher )?(\S+)`), func(p *manual, m []string) { p.put(m[1]+" auth", m[2]) }},
	{pattern(`^sa string-key (inbound|outbound) (?:esp|ah) `), (*manual).stringKey},
	{pattern(`^(?:local-address|tunnel local) (\S+)`), func(p *manual, m []string) { p.set["local"] = m[1] }},
	{pattern(`^(?:remote-address|tunnel remote) (\S+)`), func(p *manual, m []string) { p.set["peer"] = m[1] }},
	{pattern(`^(?:esp|transform) ?(?:encryption-algorithm) (\S+)`), func(p *manual, m []string) { p.names[0] = m[1] }},
	{pattern(`^(?:esp|ah) authentication-algorithm (\S+)`), func(p *manual, m []string) { p.names[1] = m[1] }},
	{pattern(`^ipsec (?:\{?ipv6-\}?)?policy \S+ \d+ manual|^ipsec transform-set|^ipsec proposal`), func(p *manual, _ []string) { p.flush() }},
	// Junos
	{pattern(`^security-association (\S+) \{`), func(p *manual, _ []string) { p.flush() }},
	{pattern(`^manual \{`), func(p *manual, _ []string) {
		p.flush()
		p.dir = "bidirectional" // of a VPN of SRX, which has no directions
	}},
	{pattern(`^(?:vpn|proposal|policy) \S+ \{`), func(p *manual, _ []string) {
		p.flush()
		p.dir = ""
	}},
	{pattern(`^gateway (\S+);`), func(p *manual, m []string) { p.junos("peer", m[1]) }},
	{pattern(`^direction (inbound|outbound|bidirectional) \{`), func(p *manual, m []string) { p.dir = m[1] }},
	{pattern(`^(encryption|authentication) \{`), func(p *manual, m []string) { p.part = m[1] }},
	{pattern(`^protocol (esp|ah);`), func(p *manual, m []string) { p.junos("protocol", m[1]) }},
	{pattern(`^spi (\d+);`), func(p *manual, m []string) { p.junos("spi", m[1]) }},
	{pattern(`^algorithm (\S+);`), func(p *manual, m []string) { p.junos(p.part+" name", m[1]) }},
	{pattern(`^key (hexadecimal|ascii-text) "?([^";]+)"?;`), func(p *manual, m []string) { p.junos(p.part, m[1]+" "+m[2]) }},
	{pattern(`ipsec vpn (\S+) manual (protocol|spi|gateway|(?:encryption|authentication) (?:algorithm|key)) (.*)$`), func(p *manual, m []string) {
		if p.vpn != m[1] {
			p.flush()
			p.vpn = m[1]
		}
		p.junosSet([]string{m[0], "bidirectional", m[2], m[3]})
	}},
	{pattern(`security-association \S+ manual direction (\S+) (protocol|spi|(?:encryption|authentication) (?:algorithm|key)) (.*)$`), (*manual).junosSet},
	// FortiOS
	{pattern(`^set (?:local-?spi|localspi) (?:0x)?([0-9a-fA-F]+)`), func(p *manual, m []string) { p.put("inbound spi", "0x"+m[1]) }},
	{pattern(`^set (?:remote-?spi|remotespi) (?:0x)?([0-9a-fA-F]+)`), func(p *manual, m []string) { p.put("outbound spi", "0x"+m[1]) }},
	{pattern(`^set (auth|enc)-?key (\S+)`), func(p *manual, m []string) {
		kind := m[1]
		p.put("inbound "+kind, m[2])
		p.put("outbound "+kind, m[2])
	}},
	{pattern(`^set (authentication|encryption) (\S+)`), (*manual).fortiAlgorithm},
	{pattern(`^set ipsec-(auth|enc)-alg (\S+)`), (*manual).fortiOSPF},
	{pattern(`^config ipsec-keys`), func(p *manual, _ []string) { p.flush(); p.inKeys = true }},
	{pattern(`^edit (\d+)$`), (*manual).fortiSPI},
	{pattern(`^set (auth|enc)-alg (\S+)`), func(p *manual, m []string) {
		p.set[map[string]string{"auth": "authentication", "enc": "encryption"}[m[1]]] = m[2]
	}},
	{pattern(`^set remote-gw6? (\S+)`), func(p *manual, m []string) { p.set["peer"] = m[1] }},
	{pattern(`^set local-gw6? (\S+)`), func(p *manual, m []string) { p.set["local"] = m[1] }},
	// OSPFv3, ScreenOS
	{pattern(`^(?:(?:ipv6 ospf(?:v?3)?|ospfv3|area) (?:.* )?)?(encryption|authentication) ipsec spi (\d+) (.+)$`), (*manual).ospf},
	{pattern(`^set vpn (?:"[^"]*"|\S+) manual (?:0x)?([0-9a-fA-F]{1,8}) (?:0x)?([0-9a-fA-F]{1,8}) gateway (\S+)(.*)$`), (*manual).screenOS},
	{pattern(`^next$|^end$`), func(p *manual, m []string) {
		p.flush()
		p.inKeys = p.inKeys && m[0] == "next"
	}},
}

// manualStarts are the words that a line of a setting may begin with: a cheap look.
var manualStarts = []string{"set ", "sa spi ", "sa enc", "sa hex-key ", "sa string-key ", "sa auth", "crypto ", "local-address ", "remote-address ", "tunnel ", "esp ", "ah auth", "ipsec ", "security-association ", "manual ",
	"ipv6 ospf", "ospfv3 ", "area ", "vpn ", "proposal ", "policy ", "gateway ", "direction ", "encryption ", "authentication ", "protocol ", "spi ", "algorithm ", "key ", "next", "end", "transform ", "config ipsec-keys", "edit ",
	"<security-association", "<manual", "<name>", "<protocol>", "<spi>", "<encryption>", "<authentication>", "<algorithm>", "<hexadecimal>", "<ascii-text>", "<gateway>"}

func (p *manual) line(l line) error {
	text := strings.TrimSpace(l.text)
	if !startsWithAny(text, manualStarts) {
		return nil
	}
	if text[0] == '<' {
		text = manualUnXML(text)
	}
	for _, w := range manualWords {
		if m := w.re.FindStringSubmatch(text); m != nil {
			before := len(p.set)
			p.now = l.num
			w.keep(p, m)
			if p.num == 0 && len(p.set) > before {
				p.num = l.num
			}
		}
	}
	return nil
}

// put keeps a setting. One that is there already is of the next policy.
func (p *manual) put(name, value string) {
	if old, ok := p.set[name]; ok && old != value && strings.HasSuffix(name, " spi") {
		p.flush()
	}
	if value != "" {
		p.set[name] = value
	}
}

// junos keeps a setting of the direction whose braces are open; "bidirectional" is for both.
func (p *manual) junos(name, value string) {
	if p.dir == "" {
		return
	}
	if name == "gateway" || name == "peer" {
		p.set["peer"] = value
		return
	}
	switch name {
	case "encryption":
		name = "enc"
	case "authentication":
		name = "auth"
	}
	for _, dir := range []string{"inbound", "outbound"} {
		if p.dir == dir || p.dir == "bidirectional" {
			p.put(dir+" "+name, value)
		}
	}
}

// junosSet takes the form of "show configuration | display set".
func (p *manual) junosSet(m []string) {
	p.dir = m[1]
	p.part, _, _ = strings.Cut(m[2], " ")
	switch {
	case strings.HasSuffix(m[2], " algorithm"):
		p.junos(p.part+" name", m[3])
	case strings.HasSuffix(m[2], " key"):
		p.junos(p.part, strings.ReplaceAll(m[3], `"`, ""))
	default:
		p.junos(m[2], m[3])
	}
}

// stringKey takes a key in characters, of which Comware and VRP make the keys of the algorithms ("sa string-key" in their command references).
func (p *manual) stringKey(m []string) {
	p.recognise()
	p.warn(p.now, "%s key: the router makes the keys from this string, in a way that is not documented: set hexadecimal keys, or take them from the other gateway", m[1])
}

// flush adds the SAs of the policy that was read.
func (p *manual) flush() {
	set, num := p.set, p.num
	p.set, p.num = map[string]string{}, 0
	local, peer := hostOf(set["local"]), hostOf(set["peer"])
	cisco, isCisco := p.transforms[set["transform"]]
	for _, dir := range []string{"inbound", "outbound"} {
		spi, err := strconv.ParseUint(set[dir+" spi"], 0, 32)
		if err != nil || set[dir+" enc"]+set[dir+" auth"] == "" {
			continue
		}
		p.recognise()
		sa := esp.Params{Protocol: esp.ESP, SPI: uint32(spi), Src: peer, Dst: local}
		if dir == "outbound" {
			sa.Src, sa.Dst = local, peer
		}
		if set["protocol"] == "ah" || set[dir+" protocol"] == "ah" {
			sa.Protocol = esp.AH
		}
		if isCisco {
			cisco.cut(set, dir)
		}
		k := saKeys{num: num, chosen: true, cipher: firstOf(set[dir+" encryption name"], set["encryption"], cisco.cipher, p.names[0]), mac: firstOf(set[dir+" authentication name"], set["authentication"], cisco.mac, p.names[1])}
		if p.key(&k, set[dir+" enc"], false) && p.key(&k, set[dir+" auth"], true) {
			p.addKeys(sa, k)
		}
	}
}

// key reads a key as a configuration has it.
func (p *manual) key(k *saKeys, text string, auth bool) bool {
	text = strings.ReplaceAll(text, `"`, "")
	ascii, isText := strings.CutPrefix(text, "ascii-text ")
	text = strings.TrimPrefix(text, "hexadecimal ")
	switch {
	case strings.Contains(text, "$9$"):
		secret, ok := junosSecret(strings.TrimPrefix(text, "ascii-text "))
		if !ok {
			p.warn(k.num, "key: encrypted by the router")
			return false
		}
		if text = secret; isText {
			text = hex.EncodeToString([]byte(secret))
		}
	case strings.Contains(text, "$8$") || strings.HasPrefix(text, "$c$") || strings.HasPrefix(text, "%^%#") || strings.HasPrefix(text, "%$%$") || strings.HasPrefix(text, "%@%@") || text == "ENC":
		p.warn(k.num, "key: encrypted by the router")
		return false
	case isText && !lex.IsRedacted(ascii):
		text = hex.EncodeToString([]byte(ascii))
	case isText:
		text = ascii
	}
	if err := k.read(text, auth); err != nil {
		p.warn(k.num, "key: %v", err)
		return false
	}
	return true
}

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

func (p *manual) end() error {
	p.flush()
	return nil
}
