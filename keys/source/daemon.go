package source

import (
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/logs"
)

// daemons are those whose logs are known, apart from charon.
var daemons = []daemon{
	{logs.Pluto, newPlutoEvents, "libreswan's pluto", []string{"pluto", "Pluto", "packet from "}, []string{"pluto", "Pluto"}, pattern(`^(?:(?:ERROR: )?"[^"]+"(?:/\d+x\d+)?(?:\[\d+\](?:/\d+x\d+)?(?: \S+)?)?(?: #\d+: |: (?:added |terminating |(?:IKE SA|Child SA|local \S+) proposals))|packet from \S+: )`),
		[]string{"Starting Pluto", "bytes from ", " SPI: ", "exchange type: ", "Message ID: ", " cookie:"}, hasConnection, plutoSkips, "set plutodebug=all,private, then start the tunnel"},
	{logs.Racoon, newRacoonEvents, "racoon", []string{"racoon", "INFO: ", "ERROR: ", "WARNING: ", "NOTIFY: "}, []string{"racoon"}, pattern(`^(?:\[[\w.:-]+\] )?(?:INFO|NOTIFY|WARNING|ERROR): .*(?:phase ?[12]|ISAKMP|IPsec-SA|Identity Protection mode|Aggressive mode|proposal|rejected |rmconf|sainfo|pskey)`),
		[]string{"DEBUG: ", "DEBUG2: "}, nil, nil, `set "log debug2", then start the tunnel`},
	{logs.MikroTik, newRacoonEvents, "RouterOS", []string{"ipsec,", "ike2,", "ike,", "ipsec reply notify: ", "ipsec ike2 ", "ipsec processing payload"}, nil, pattern(`^(?:\S+ ){0,3}(?:ipsec|ike2?)(?:,!?\w+)*,!?(?:info|error|warning|debug|notice|account|packet)\b|^ipsec (?:reply notify: |ike2 |processing payload)`),
		[]string{"INFO: ", "ERROR: ", "WARNING: ", "NOTIFY: ", "DEBUG: ", "DEBUG2: "}, nil, nil, "give installed-sa print detail, taken while the tunnel is up"},
	{logs.Meraki, newRacoonEvents, "a Meraki MX", []string{merakiRacoon}, nil, pattern(`(?:^|^(?:<\d+>)?1 )\d{10}\.\d+ \S+ events Site-to-site VPN: `),
		[]string{}, nil, nil, "it prints none: take them from the other gateway"},
	{logs.Iked, newIkedEvents, "OpenIKED", []string{"iked", "ikev2_", "spi=0x", "proposals_negotiate: ", "policy_lookup: ", "sa_state", "pfkey_sa: ", `ikev2 "`}, []string{"iked"}, pattern(`^(?:ikev2 "[^"]*" .* lifetime \d+ bytes \d+|spi=0x[0-9a-f]{16}: |ikev2_[a-z_]+: |proposals_negotiate: |policy_lookup: |pfkey_sa: |sa_state(?:ok|flags)?: )`),
		nil, nil, nil, "run iked -dvvv"},
	{logs.VPNC, newVPNCEvents, "vpnc", vpncWords(), []string{"vpnc"}, pattern(`^(?:vpnc version |\S*vpnc: |S4(?:\.\d+)? [A-Za-z_]+)`),
		nil, nil, nil, "run vpnc --debug 99"},
	{logs.Isakmpd, newIsakmpdEvents, "isakmpd", []string{"isakmpd", "Default ", "Misc ", "Trpt ", "Mesg ", "Cryp ", "Timr ", "Sdep ", "SA   ", "Exch ", "Negt ", "Plcy ", "UI   "}, []string{"isakmpd"}, pattern(`^(?:\d{6}\.\d{6} )?(?:(?:Misc|Trpt|Mesg|Cryp|Timr|Sdep|SA  |Exch|Negt|Plcy|UI  ) \d\d |Default [a-z0-9_]+: )`),
		nil, nil, nil, "run isakmpd -d -DA=99"},
	{logs.FortiGate, newFortiEvents, "a FortiGate", []string{"ike ", `subtype="vpn"`, "subtype=vpn", `subtype="ipsec"`, "subtype=ipsec"}, nil, pattern(`^ike (?:V=\S+?:|\d+:|shrank |Negotiate )|\bsubtype="?(?:vpn|ipsec)\b.*\bmsg=".*(?i:ipsec|phase)`),
		[]string{}, nil, nil, "diagnose vpn tunnel list has the ESP keys; the debug at level -1 has those of IKE"},
	{logs.Cisco, newCiscoEvents, "a Cisco device", []string{"IKEv2:", "IKEv2-", "[IKEv1", "ISAKMP", "IPSEC(", "%ASA-", "%FTD-", "%CRYPTO-", "%IKEV2-", "%PKI-"}, nil, pattern(`^(?:%\S+: )?(?:IKEv2(?:-[A-Z]+)*(?:-\d+)?: ?\(|IKEv2:|IKEv2-(?:ERROR|PROTO|PLAT)|ISAKMP(?:-[A-Z]+)*: ?\(|ISAKMP: |ISAKMP \(\d+(?::\d+)?\): |ISAKMP-[A-Z]+: |IPSEC\(|\[IKEv1)|[\ddhw]: (?:ISAKMP:? ?\(\d|IKEv2:\(|\[IKEv1)|%(?:CRYPTO|IKEV2|ASA|FTD)-\d-\w+: .*(?i:ike|isakmp|group = )|%(?:ASA|FTD)-\d-75[01]\d{3}: Local:`),
		nil, nil, nil, "it prints none: take them from the other gateway"},
	{logs.Junos, newJunosEvents, "a Juniper device", []string{"kmd[", "kmd(", "kmd:", "kmd_", "kmd ", "KMD_", " <-> ", "IKE negotiation "}, []string{"kmd"}, pattern(`^(?:\[\S+ <-> \S+\]|kmd_\w+: |IKE negotiation (?:failed|done))|\bKMD_[A-Z]\w+: |\bIKE negotiation failed with error: `),
		nil, nil, nil, "it prints none: take them from the other gateway"},
	{logs.PANOS, newPANOSEvents, "a PAN-OS firewall", []string{"[PNTF]: ", "[PERR]: ", "[PWRN]: ", "[INFO]: ", "[DEBG]: ", "[DUMP]: ", "[PROTO_", "[INTERNAL_", "ikemgr", "SA negotiation", "phase-1 negotiation", "phase-2 negotiation", "IKE phase ", ",SYSTEM,vpn,"}, []string{"ikemgr"}, pattern(`^(?:[+-]\d{4} +)?\[(?:PNTF|PERR|PWRN|INFO|DEBG|DUMP|PROTO_\w+|INTERNAL_\w+)\]: |,SYSTEM,vpn,|(?:^|[",=])IKE(?:v2)? (?:phase[- ][12]|IKE SA|child SA|SA) negotiation`),
		nil, nil, nil, "it prints none: take them from the other gateway"},
	{logs.AWS, newAWSEvents, "AWS' Site-to-Site VPN", []string{"AWS tunnel ", "AWS: Traffic Selector", "No Proposal Match Found", "Declaring peer dead"}, nil, pattern(`\bAWS tunnel |^AWS: Traffic Selector|^No Proposal Match Found`),
		[]string{}, nil, nil, "it prints none: take them from the other gateway"},
	{0, nil, "Android's IKE", []string{": Ike", ": Eap", "State: "}, nil, pattern(`\b(?:IKE|EAP) +: (?:Ike[A-Z]\w+|Eap[A-Z]\w+|[A-Z]\w+State): `),
		nil, nil, nil, "it prints none: take them from the gateway"},
	{0, nil, "Apple's NEIKEv2Provider", []string{"NEIKEv2Provider", "com.apple.networkextension"}, nil, pattern(`\bNEIKEv2Provider\b|com\.apple\.networkextension.*\bIKEv2`),
		nil, nil, nil, "it prints none: take them from the gateway"},
}

// daemonFormats are a format for each daemon.
func daemonFormats() (list []format) {
	for i := range daemons {
		d := &daemons[i]
		list = append(list, format{name: "log of " + d.name, log: true, words: slices.Concat(d.words, d.says), looks: d.looks, start: eachWriter(func(o *out) parser { return newDaemonLog(o, d) })})
	}
	return list
}

func newDaemonLog(o *out, d *daemon) *daemonLog {
	p := &daemonLog{out: o, daemon: d}
	p.order = chronology{take: p.take, follows: func(string, string) int { return 0 }}
	timed := func(text string) bool { return hasStamp(text) }
	// What a device prints goes over several lines, of which the first has the time.
	begins := func(text string) bool { return len(d.process) > 0 && timed(text) }
	rest := func(text string) bool { return !timed(text) && !d.mark.MatchString(text) && !isFence(text) }
	p.text = wrapping{front: o.front, take: func(l line) error { p.order.line(l); return nil }, begins: begins, rest: rest}
	if d.grammar != nil {
		p.grammar = d.grammar(p)
	}
	return p
}

// isFence reports whether a line begins or ends a listing in Markdown.
func isFence(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "```") }

// needs is every line behind the first of the daemon's, of a log whose events are read, unless the daemon has words for those too.
func (p *daemonLog) needs() need {
	switch {
	case p.grammar == nil || p.first == 0:
		return needLook
	case p.daemon.says == nil || p.text.holds || !p.order.forwards():
		return needLine
	}
	return needLook | needFull
}

func (p *daemonLog) line(l line) error {
	if p.first == 0 && !p.begins(l) {
		return nil
	}
	if p.first == 0 {
		p.first = l.num
	}
	if p.grammar != nil && (p.daemon.skips == nil || !p.daemon.skips(l.text)) {
		return p.text.line(l)
	}
	return nil
}

// begins reports whether a line is the daemon's.
func (p *daemonLog) begins(l line) bool {
	if p.daemon.says != nil && !slices.ContainsFunc(p.daemon.words, func(w string) bool { return strings.Contains(l.text, w) }) && (p.daemon.looks == nil || !p.daemon.looks(unescaped(l.text))) {
		return false // a line with what its grammar takes alone
	}
	e := p.front.entry(l)
	return slices.Contains(p.daemon.process, e.process) || p.daemon.mark.MatchString(e.text)
}

// take gives the grammar a line in the order of writing. What syslog says another process wrote is not the daemon's.
func (p *daemonLog) take(l line) {
	if p.daemon.id == logs.Meraki {
		l = merakiLine(l, merakiRacoon, "")
	}
	e := p.front.entry(l)
	if e.process == "" || len(p.daemon.process) == 0 || slices.Contains(p.daemon.process, e.process) {
		p.grammar.take(e)
	}
}

func (p *daemonLog) end() error {
	if p.first == 0 {
		return nil
	}
	if err := p.text.flush(); err != nil {
		return err
	}
	p.order.end()
	p.tellDropped(p.order.dropped)
	p.settle()
	for _, e := range p.events {
		p.bag.Events = append(p.bag.Events, *e)
	}
	if !p.others() {
		p.recognise()
		p.warn(p.first, "no keys found in this log of %s: used for diagnose only; %s", p.daemon.name, p.daemon.keys)
	}
	return nil
}
