package source

import "strings"

// Junos prints its configuration as XML, too ("show configuration | display xml", NETCONF), an element on a line: each becomes the line that braces have.
//
//	<direction>
//	    <name>inbound</name>
//	    <spi>256</spi>
//	    <encryption>
//	        <algorithm>aes-128-cbc</algorithm>
//	        <key>
//	            <hexadecimal>7ebc...</hexadecimal>
var manualXML = pattern(`^<([a-z-]+)(?: [^<>]*)?>(?:([^<>]*)</[a-z-]+>)?`)

// manualUnXML is an element of Junos as braces have it; what is none stays as it is.
func manualUnXML(text string) string {
	m := manualXML.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	name, value := m[1], strings.TrimSpace(m[2])
	switch {
	case name == "name" && (value == "inbound" || value == "outbound" || value == "bidirectional"):
		return "direction " + value + " {"
	case name == "hexadecimal" || name == "ascii-text":
		return "key " + name + " " + value + ";"
	case value != "":
		return name + " " + value + ";"
	case name == "security-association":
		return "security-association xml {"
	}
	return name + " {"
}
