package source

import "strings"

// ScreenOS has a manual SA in one line, its SPIs in hex, the local one first, and one key for both directions:
//
//	set vpn "gwb" manual c9e510a3 cf127d15 gateway 192.0.2.2 outgoing-interface "ethernet3" esp aes128 key 7ebc... auth sha-1 key 3e96...
//
// In the place of "key" it may have "password", which the firewall makes a key of.
func (p *manual) screenOS(m []string) {
	p.flush()
	words := strings.Fields(m[4])
	set := map[string]string{"inbound spi": "0x" + m[1], "outbound spi": "0x" + m[2], "peer": m[3]}
	part := "enc"
	for i, word := range words[:max(len(words)-1, 0)] {
		next := words[i+1]
		switch word {
		case "esp":
			set["encryption"] = next
		case "auth", "ah":
			part, set["authentication"] = "auth", next
			if word == "ah" {
				set["protocol"] = "ah"
			}
		case "key":
			set["inbound "+part], set["outbound "+part] = next, next
		case "password":
			p.recognise()
			p.warn(p.now, "SPI 0x%s: the firewall makes the key from a password, in a way that is not documented", m[1])
			return
		}
	}
	p.set, p.num = set, p.now
	p.flush()
}
