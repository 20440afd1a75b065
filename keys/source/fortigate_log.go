package source

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What a FortiGate's event log says of VPNs, a record a line, in FortiOS 4 and up: a name and a value for each field.
//
//	date=2026-11-25 time=10:00:00 logid="0101037124" type="event" subtype="vpn" msg="IPsec phase 1 error" action="negotiate" remip=192.0.2.1
//	locip=192.0.2.2 remport=500 locport=500 cookies="d1ae31d584881057/0000000000000000" status="negotiate_error"
//	reason="peer SA proposal not match local policy"

// fortiLogStems are what its field for a reason says.
var fortiLogStems = stemsOf([]stem{
	{then: "peer SA proposal not match local policy", reason: logs.NoProposal},
	{then: "preshared key mismatch", reason: logs.PSKLikely},
	{then: "pre-shared key mismatch", reason: logs.PSKLikely},
	{then: "invalid certificate", reason: logs.InvalidCertificate},
	{then: "invalid SA payload", reason: logs.InvalidFormat},
	{then: "encapsulation mode mismatch", reason: logs.ModeRefused},
	{then: "aggressive vs main mode mismatch", reason: logs.ModeRefused},
	{then: "no matching gateway for new request", reason: logs.NoConnection},
})

// isFortiRecord is a cheap look for a record of the event log about IPsec.
func isFortiRecord(text string) bool {
	return strings.Contains(text, `subtype="vpn"`) || strings.Contains(text, "subtype=vpn") || strings.Contains(text, "subtype=ipsec") || strings.Contains(text, `subtype="ipsec"`)
}

// fortiFields reads name=value and name="value". A value without quotation marks may have blanks in it, and ends before the next name.
func fortiFields(s string) map[string]string {
	fields := make(map[string]string)
	for {
		front, rest, ok := strings.Cut(s, "=")
		if !ok {
			return fields
		}
		name, value := front[strings.LastIndexByte(front, ' ')+1:], ""
		if quoted, isQuoted := strings.CutPrefix(rest, `"`); isQuoted {
			value, s, _ = strings.Cut(quoted, `"`)
		} else {
			end := len(rest)
			if next := strings.IndexByte(rest, '='); next >= 0 {
				end = max(0, strings.LastIndexByte(rest[:next], ' '))
			}
			value, s = rest[:end], rest[end:]
		}
		fields[name] = strings.TrimSpace(value)
	}
}

// record takes a record of the event log.
func (g *fortiEvents) record(e entry) {
	f := fortiFields(e.text)
	either := func(names ...string) string {
		for _, name := range names {
			if v := f[name]; v != "" && v != "N/A" {
				return v
			}
		}
		return ""
	}
	spi, other, _ := strings.Cut(f["cookies"], "/")
	t := &talk{} // of no IKE SA that another record names
	if spi != "" {
		t = g.talks.of(spi)
		t.setSPIs(spi, other)
	}
	t.group.Name = cmp.Or(t.group.Name, either("vpntunnel", "vpn_tunnel"))
	t.local.Addr = addrPort(either("locip", "loc_ip"), either("locport", "loc_port"))
	t.remote.Addr = addrPort(either("remip", "rem_ip"), either("remport", "rem_port"))
	if role := f["role"]; role == "initiator" || role == "responder" {
		t.role = ike.SideOf(role == "initiator")
	}
	if e.time.date == "" {
		e.time, _, _ = findStamp(f["date"] + " " + f["time"] + f["tz"])
	}
	reason, msg := either("reason", "error_reason", "error_num"), either("msg", "logdesc")
	e.text = msg
	if reason != "" {
		e.text += ": " + reason
	}
	switch {
	case reason == "peer notification":
		g.peerError(e, t, ike.V1, f["peer_notif"])
	case g.refused(fortiLogStems, e, reason, t) != nil:
	case f["status"] == "dpd_failure":
		g.event(e, logs.GaveUp, t)
	case f["action"] == "install_sa":
		g.event(e, logs.ChildUp, t).Children = childSPIs(f["in_spi"], f["out_spi"])
	case (f["action"] == "tunnel-stats" || f["action"] == "tunnel-down") && f["sentbyte"] != "" && f["rcvdbyte"] != "": // of all its SAs so far
		ev := g.event(e, logs.Carried, t)
		ev.In, _ = strconv.ParseUint(f["rcvdbyte"], 10, 64)
		ev.Out, _ = strconv.ParseUint(f["sentbyte"], 10, 64)
	case f["action"] == "negotiate" && f["result"] == "DONE" && strings.Contains(msg, "phase 1"):
		g.event(e, logs.Up, t)
	}
}
