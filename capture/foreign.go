package capture

import (
	"bytes"
	"encoding/binary"
	"regexp"
)

// Files that are no pcap or pcapng are named where they can be recognised, with the way to convert them.

// headLen is how much of a file is looked at to recognise it: enough for a few records of formats without a magic number.
const headLen = 64 << 10

const withEditcap = "convert it: editcap -F pcapng IN OUT"

// foreignFormats are captures that are recognised by their first bytes.
var foreignFormats = []struct{ name, magic, hint string }{
	{"a snoop capture", "snoop\x00\x00\x00", withEditcap},
	{"a Bluetooth snoop capture", "btsnoop\x00", withEditcap},
	{"a Network Monitor capture", "GMBU", withEditcap},
	{"a Network Monitor capture", "RTSS", withEditcap},
	{"a Sniffer capture", "TRSNIFF data", withEditcap},
	{"an iptrace capture", "iptrace ", withEditcap},
	{"a 5Views capture", "\xaa\xaa\xaa\xaa", withEditcap},
	{"an OmniPeek capture", "\x7fver", withEditcap},
	{"a Visual Networks capture", "\x05VNF", withEditcap},
	{"a Network Instruments capture", "ObserverPktBuffe", withEditcap},
}

var (
	// dumpedRow is a row of a packet in the text of tcpdump -x, of a FortiGate's sniffer or of a hex dump.
	dumpedRow = regexp.MustCompile(`(?m)^\s*(?:0x[0-9a-fA-F]{4}:?\s+(?:[0-9a-fA-F]{4}[ \t]+){2}|[0-9a-fA-F]{4,8}:?\s+(?:[0-9a-fA-F]{2} +){7}[0-9a-fA-F]{2})`)
	// summaryLine is a line of tcpdump's or of a FortiGate's sniffer without the packet itself.
	summaryLine = regexp.MustCompile(`(?m)^(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d+ (?:\S+ (?:in|out) |IP6? |\S+ +(?:In|Out|B|M|P) +(?:ifindex \d+ \S+ )?(?:ethertype \S+, )?IP6? )`)
)

// foreign names a file by its first bytes, and says how to convert it; "" where it is not known.
func foreign(head []byte) (name, hint string) {
	for _, f := range foreignFormats {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return f.name, f.hint
		}
	}
	switch {
	case !isText(head):
	case dumpedRow.Match(head):
		return "the text of a sniffer", "convert it with text2pcap, a FortiGate's with fgt2eth; or capture again into a file"
	case summaryLine.Match(head):
		return "the text of a sniffer, without the packets", "capture again into a file: tcpdump -w FILE"
	default:
		return "text", "if it is a log, or holds keys, give it with -k; captures are pcap or pcapng"
	}
	switch {
	case isETL(head):
		return "a Windows event trace (ETL)", "convert it on Windows: pktmon etl2pcap IN, or etl2pcapng IN OUT"
	case isERF(head):
		return "an ERF capture", withEditcap
	}
	return "", ""
}

// isETL recognises a trace of Windows: a buffer, whose header of 72 bytes begins with its size, and in it the header of the trace itself
// (WMI_BUFFER_HEADER, SYSTEM_TRACE_HEADER).
func isETL(b []byte) bool {
	const bufferHeader = 72
	if len(b) < bufferHeader+8 {
		return false
	}
	size, trace := binary.LittleEndian.Uint32(b), b[bufferHeader:]
	const system32, system64, flags = 1, 2, 0xc0
	return size >= 1<<10 && size <= 16<<20 && size%(1<<10) == 0 && (trace[2] == system32 || trace[2] == system64) && trace[3] == flags
}

// isERF recognises Endace's records, which have no magic number: a time, a type, and two lengths that lead to the next record. The first
// few have to be in order.
func isERF(b []byte) bool {
	const header, enough = 16, 3
	var last uint64
	whole, n := len(b) < headLen, 0
	for ; n < enough && len(b) >= header; n++ {
		time, typ := binary.LittleEndian.Uint64(b), b[8]&0x7f
		length, wire := int(binary.BigEndian.Uint16(b[10:])), int(binary.BigEndian.Uint16(b[14:]))
		const year1990, lastType, second = 631152000, 48, 32
		if typ == 0 || typ > lastType || length < header || wire == 0 || time>>second < year1990 || last > 0 && time+1<<second < last || whole && length > len(b) {
			return false
		}
		last = time
		b = b[min(length, len(b)):]
	}
	return n == enough || n > 0 && len(b) == 0
}

// isText reports whether there is nothing in the first bytes but text: no control characters but those of lines and terminals.
func isText(b []byte) bool {
	const some = 4 << 10
	b = b[:min(len(b), some)]
	for _, c := range b {
		if c < ' ' && (c < '\a' || c > 0x0f) && c != 0x1b { // a pager rubs its prompt out with backspaces
			return false
		}
	}
	return len(b) > 0
}
