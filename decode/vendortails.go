package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ikedecode/ikedecode/decode/ike"
)

// What follows the fixed part of a vendor ID, by vendor. Each of these takes a tail of any length and falls back to hex.

// tailMajorMinor reads two bytes: 0100 is 1.0.
func tailMajorMinor(b []byte) string {
	if len(b) != 2 {
		return ike.Hex(b)
	}
	return fmt.Sprintf("%d.%d", b[0], b[1])
}

// tailLastMajorMinor reads the last two of at least two bytes.
func tailLastMajorMinor(b []byte) string {
	if len(b) < 2 {
		return ike.Hex(b)
	}
	return tailMajorMinor(b[len(b)-2:])
}

// tailAltiga reads the version of a Cisco VPN 3000: 0x50, then 0306 for 3.0.6.
func tailAltiga(b []byte) string {
	if len(b) != 3 {
		return ike.Hex(b)
	}
	return fmt.Sprintf("%d.%d.%d", b[1], b[2]>>4, b[2]&15)
}

// tailFragmentation reads the capabilities of IKE fragmentation as racoon and strongSwan understand them.
func tailFragmentation(b []byte) string {
	if len(b) != 4 {
		return ike.Hex(b)
	}
	v := binary.BigEndian.Uint32(b)
	var caps []string
	if v&0x80000000 != 0 {
		caps = append(caps, "Main and Aggressive Mode")
	}
	if v&0x40000000 != 0 {
		caps = append(caps, "base ISAKMP")
	}
	if v&^0xc0000000 != 0 || v == 0 {
		caps = append(caps, ike.Hex(b))
	}
	return "(" + strings.Join(caps, ", ") + ")"
}

var windowsVersions = map[uint32]string{
	2: "(Windows 2000)", 3: "(Windows XP)", 4: "(Windows XP SP2, Server 2003)", 5: "(Windows Vista)",
	6: "(Windows Server 2008)", 7: "(Windows 7)", 8: "(Windows Server 2008 R2)", 9: "(Windows 8 or later)",
}

// tailWindows reads the version of Windows. Windows XP and 2003 send more bytes after it.
func tailWindows(b []byte) string {
	if len(b) < 4 {
		return ike.Hex(b)
	}
	if s, ok := windowsVersions[binary.BigEndian.Uint32(b)]; ok {
		return s
	}
	return ike.Hex(b)
}

var (
	checkPointProducts = map[uint32]string{1: "Firewall-1", 2: "SecuRemote/SecureClient"}
	checkPointVersions = map[uint32]string{
		2: "4.1", 3: "4.1 SP1", 4002: "4.1 SP2-SP6", 5000: "NG", 5001: "NG FP1", 5002: "NG FP2", 5003: "NG FP3",
		5004: "NG AI R54", 5005: "NG AI R55 or later", 5006: "NG AI R56",
	}
)

// tailCheckPoint reads product, version, the sender's clock (NGX and later, 0 before), a reserved field and features,
// 4 bytes each.
func tailCheckPoint(b []byte) string {
	if len(b) < 8 {
		return ike.Hex(b)
	}
	product, version := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	parts := []string{checkPointProducts[product], checkPointVersions[version]}
	if parts[0] == "" {
		parts[0] = fmt.Sprintf("product %d", product)
	}
	if parts[1] == "" {
		parts[1] = fmt.Sprintf("version %d", version)
	}
	if len(b) >= 12 {
		if clock := binary.BigEndian.Uint32(b[8:]); clock != 0 {
			parts = append(parts, "at "+time.Unix(int64(clock), 0).UTC().Format(time.RFC3339))
		}
	}
	return strings.Join(parts, " ")
}

// tailNetScreen reads two numbers of 4 bytes; the second is the version of ScreenOS: 050a is 5.1.0.
func tailNetScreen(b []byte) string {
	if len(b) != 8 {
		return ike.Hex(b)
	}
	platform, major, minor := binary.BigEndian.Uint32(b), b[6], b[7]
	if major == 0 {
		return fmt.Sprintf("(platform %d)", platform)
	}
	return fmt.Sprintf("%d.%d.%d (platform %d)", major, minor/10, minor%10, platform)
}

// tailFortiGate reads release and build.
func tailFortiGate(b []byte) string {
	if len(b) != 4 {
		return ike.Hex(b)
	}
	return fmt.Sprintf("release %d build %d", binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]))
}

// tailNumber reads one big-endian number of 4 bytes.
func tailNumber(b []byte) string {
	if len(b) != 4 {
		return ike.Hex(b)
	}
	return fmt.Sprint(binary.BigEndian.Uint32(b))
}

// tailNibbles reads a byte with major and minor version, and one that is 0.
func tailNibbles(b []byte) string {
	if len(b) != 2 {
		return ike.Hex(b)
	}
	return fmt.Sprintf("%d.%d", b[0]>>4, b[0]&15)
}

// tailText reads text to the end.
func tailText(b []byte) string {
	if !utf8.Valid(b) {
		return ike.Hex(b)
	}
	return ike.Printable(strings.Trim(string(b), " -/"))
}

// tailSafeNet reads the version of SafeNet's client out of a list of type, length and value: it is of type 3.
func tailSafeNet(b []byte) string {
	const version = 3
	for rest := b; len(rest) >= 2 && rest[0] != 0; {
		n := int(rest[1])
		if n > len(rest)-2 {
			break
		}
		if rest[0] == version {
			return ike.Printable(string(bytes.TrimRight(rest[2:2+n], "\x00")))
		}
		rest = rest[2+n:]
	}
	return ike.Hex(b)
}

// tailNumberHex shows a tail in hex, in brackets: it looks like a version, but nobody knows how to read it.
func tailNumberHex(b []byte) string { return "(" + ike.Hex(b) + ")" }

// tailNone hides a tail that says nothing.
func tailNone([]byte) string { return "" }
