package source

import (
	"regexp"
	"slices"
	"strings"
)

// A daemonLog is the log of an IKE daemon, read for what it says apart from keys. Each daemon has a row of daemons, and a grammar in a file
// of its own where it gives events.
type daemonLog struct {
	*out
	daemon *daemon
	first  int // the first line that is the daemon's; 0: none
}

// A daemon is a program that negotiates, by what its log looks like.
type daemon struct {
	name    string         // of the program, for people
	words   []string       // one of which is in a line that may be its own: a cheap look
	process []string       // what syslog calls it
	mark    *regexp.Regexp // how a message begins that no other program writes
	keys    string         // how its keys are got, for people
}

// daemons are those whose logs are known, apart from charon.
var daemons = []daemon{
	{"libreswan's pluto", []string{"pluto", "\" #", "packet from "}, []string{"pluto"}, regexp.MustCompile(`^(?:"[^"]+"(?:\[\d+\])?(?: [0-9a-fA-F.:]+)?(?: #\d+)?: |packet from \S+:\d+: )`),
		"set plutodebug=all,private, then start the tunnel"},
	{"racoon", []string{"racoon", ": INFO: ", ": ERROR: ", ": WARNING: ", ": NOTIFY: ", "INFO: ["}, []string{"racoon"}, regexp.MustCompile(`^(?:\[[\w.:-]+\] )?(?:INFO|NOTIFY|WARNING|ERROR|DEBUG2?): .*(?:phase ?[12]|ISAKMP|IPsec-SA|Identity Protection mode|Aggressive mode|proposal|rejected |rmconf|sainfo|pskey)`),
		`set "log debug2", then start the tunnel`},
	{"RouterOS", []string{"ipsec,", "ike2,", "ike,"}, nil, regexp.MustCompile(`^(?:\S+ )?(?:ipsec|ike2?)(?:,\w+)*,(?:info|error|warning|debug|notice|account|packet)\b`),
		"give installed-sa print detail, taken while the tunnel is up"},
	{"OpenIKED", []string{"iked", "ikev2_", "spi=0x", "proposals_negotiate: ", "sa_state", "pfkey_sa: "}, []string{"iked"}, regexp.MustCompile(`^(?:spi=0x[0-9a-f]{16}: |ikev2_[a-z_]+: |proposals_negotiate: |policy_lookup: |pfkey_sa: |sa_state(?:ok|flags)?: )`),
		"run iked -dvvv"},
	{"vpnc", []string{"vpnc", "S4"}, []string{"vpnc"}, regexp.MustCompile(`^(?:vpnc version |\S*vpnc: |S\d(?:\.\d+)? [A-Za-z_]+)`),
		"run vpnc --debug 99"},
	{"isakmpd", []string{"isakmpd", "Exch ", "Default ", "Negt ", "Mesg "}, []string{"isakmpd"}, regexp.MustCompile(`^(?:Misc|Trpt|Mesg|Cryp|Timr|Sdep|SA  |Exch|Negt|Plcy|UI  ) \d\d |^Default (?:[a-z_]+: |isakmpd: )`),
		"run isakmpd -d -DA=99"},
	{"a FortiGate", []string{"ike "}, nil, regexp.MustCompile(`^ike (?:V=\S+?:|\d+:|shrank |Negotiate )`),
		"diagnose vpn tunnel list has the ESP keys; the debug at level -1 has those of IKE"},
	{"a Cisco device", []string{"IKEv2:", "IKEv2-", "[IKEv1", "ISAKMP", "IPSEC(", "%ASA-", "%CRYPTO-", "%IKEV2-"}, nil, regexp.MustCompile(`^(?:%\S+: )?(?:IKEv2(?:-[A-Z]+)*(?:-\d+)?: ?\(|IKEv2:|IKEv2-(?:ERROR|PROTO|PLAT)|ISAKMP(?:-[A-Z]+)*: ?\(|ISAKMP: |ISAKMP-[A-Z]+: |IPSEC\(|\[IKEv1)|%(?:CRYPTO|IKEV2|ASA)-\d-\w+: .*(?i:ike|isakmp|group = )`),
		"it prints none: take them from the other gateway"},
	{"a Juniper device", []string{"kmd", "KMD_", " <-> ", "IKE negotiation "}, []string{"kmd"}, regexp.MustCompile(`^(?:\[\S+ <-> \S+\]|KMD_\w+: |kmd_\w+: |IKE negotiation (?:failed|done))`),
		"it prints none: take them from the other gateway"},
	{"a PAN-OS firewall", []string{"]: ", "ikemgr", "negotiation"}, []string{"ikemgr"}, regexp.MustCompile(`^(?:[+-]\d{4} +)?\[(?:PNTF|PERR|PWRN|INFO|DEBG|DUMP|PROTO_\w+|INTERNAL_\w+)\]: |^IKE(?:v2)? (?:phase-[12]|IKE SA|child SA|SA) negotiation`),
		"it prints none: take them from the other gateway"},
	{"Android's IKE", []string{" IKE ", " EAP "}, nil, regexp.MustCompile(`\b(?:IKE|EAP) +: (?:Ike[A-Z]\w+|Eap[A-Z]\w+|[A-Z]\w+State): `),
		"it prints none: take them from the gateway"},
	{"Apple's NEIKEv2Provider", []string{"IKEv2"}, nil, regexp.MustCompile(`\bNEIKEv2Provider\b|com\.apple\.networkextension.*\bIKEv2`),
		"it prints none: take them from the gateway"},
}

// daemonFormats are a format for each daemon.
func daemonFormats() (list []format) {
	for i := range daemons {
		d := &daemons[i]
		list = append(list, format{name: "log of " + d.name, log: true, start: func(o *out) parser {
			return &daemonLog{out: o, daemon: d}
		}})
	}
	return list
}

func (p *daemonLog) line(l line) error {
	if p.first > 0 || !slices.ContainsFunc(p.daemon.words, func(w string) bool { return strings.Contains(l.text, w) }) {
		return nil
	}
	if e := p.front.entry(l); slices.Contains(p.daemon.process, e.process) || p.daemon.mark.MatchString(e.text) {
		p.first = l.num
	}
	return nil
}

func (p *daemonLog) end() error {
	if p.first > 0 && !p.others() {
		p.recognise()
		p.warn(p.first, "no keys found in this log of %s: used for diagnose only; %s", p.daemon.name, p.daemon.keys)
	}
	return nil
}
