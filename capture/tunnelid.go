package capture

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// tunnelID is the number by which an encapsulation tells its tunnels apart; ok is false where it has none, or this packet does not name it.
func (pk *ipPacket) tunnelID(in Encapsulation) (id uint32, ok bool) {
	b := pk.b[pk.Len:]
	if pk.Proto == ip.ProtoUDP && len(b) >= ip.UDPLen {
		b = b[ip.UDPLen:]
	}
	if len(b) < 8 {
		return 0, false
	}
	word := binary.BigEndian.Uint32(b[4:])
	switch in {
	case VXLAN, VXLANGPE, GENEVE:
		return word >> 8, true
	case GTPU:
		return word, true
	case LISP:
		const instance = 0x08
		return word >> 8, b[0]&instance != 0
	case L2TP2:
		const length = 0x40
		if at := 2 + int(b[0]&length)>>5; len(b) >= at+4 { // two numbers: of the tunnel and of the session
			return binary.BigEndian.Uint32(b[at:]), true
		}
	case L2TP3:
		if pk.Proto == ip.ProtoUDP {
			return word, true
		}
		return binary.BigEndian.Uint32(b), true
	case MPLSinIP, MPLSinUDP:
		return binary.BigEndian.Uint32(b) >> 12, true
	case PPTP:
		return word & 0xffff, true
	case EoIP:
		return uint32(binary.LittleEndian.Uint16(b[6:])), true
	case GRE, NVGRE, WCCP, ERSPAN1, ERSPAN2, ERSPAN3:
		return greID(b, in)
	}
	return 0, false
}

// greID is the key of GRE, or the session of a mirrored frame, which is in the header behind it.
func greID(b []byte, in Encapsulation) (id uint32, ok bool) {
	const checksum, key, sequence = 0x80, 0x20, 0x10
	at := 4
	if b[0]&checksum != 0 {
		at += 4
	}
	keyAt := at
	if b[0]&key != 0 {
		at += 4
	}
	if b[0]&sequence != 0 {
		at += 4
	}
	switch {
	case (in == ERSPAN2 || in == ERSPAN3) && len(b) >= at+4:
		return binary.BigEndian.Uint32(b[at:]) & 0x3ff, true
	case b[0]&key == 0 || in == ERSPAN2 || in == ERSPAN3 || len(b) < keyAt+4:
		return 0, false
	case in == NVGRE:
		return binary.BigEndian.Uint32(b[keyAt:]) >> 8, true
	}
	return binary.BigEndian.Uint32(b[keyAt:]), true
}

// idNames are what the standards call the numbers.
var idNames = [encapsulations]string{
	GRE: "key %d", NVGRE: "VSID %d", PPTP: "call %d", EoIP: "tunnel %d", WCCP: "key %d", ERSPAN1: "key %d", ERSPAN2: "session %d", ERSPAN3: "session %d",
	VXLAN: "VNI %d", VXLANGPE: "VNI %d", GENEVE: "VNI %d", GTPU: "TEID 0x%08x", L2TP3: "session %d", LISP: "instance %d", MPLSinIP: "label %d",
	MPLSinUDP: "label %d",
}

// layerName is an encapsulation with its number: "VXLAN, VNI 42".
func layerName(in Encapsulation, id uint32, known bool) string {
	switch {
	case !known:
		return in.String()
	case in == L2TP2:
		return fmt.Sprintf("%v, tunnel %d, session %d", in, id>>16, id&0xffff)
	}
	return in.String() + ", " + fmt.Sprintf(idNames[in], id)
}

// A tag is what the link header of a frame has between it and IP, with its number.
type tag struct {
	kind uint16 // EtherType; 0: none
	id   uint32
}

// linkTags are those of a frame of Ethernet, the outermost first, as many as there is room for.
func linkTags(link LinkType, b []byte) (tags [4]tag) {
	if link != LinkEthernet || plainEthernet(link, b) {
		return tags
	}
	off := etherHeaderLen
	for n := 0; n < len(tags) && len(b) >= off+6; {
		typ := binary.BigEndian.Uint16(b[off-2:])
		low := binary.BigEndian.Uint16(b[off:])
		t := tag{kind: typ}
		switch typ {
		case etherVLAN, etherQinQ, etherQinQ91, etherQinQ92:
			t.kind, t.id = etherVLAN, uint32(low&0xfff)
			off += 4
		case etherVNTag:
			t.id = uint32(low & 0x3fff) // the downlink's interface; 0 towards the network
			if t.id == 0 {
				t.id = uint32(binary.BigEndian.Uint16(b[off+2:]) & 0xfff)
			}
			off += 6
		case etherCiscoMeta:
			if len(b) < off+8 {
				return tags
			}
			t.id = uint32(binary.BigEndian.Uint16(b[off+4:]))
			off += 8
		case etherPBB:
			t.id = binary.BigEndian.Uint32(b[off:]) & 0xffffff
			off += 4 + etherHeaderLen
		case etherMPLS, etherMPLSMc:
			t.kind, t.id = etherMPLS, binary.BigEndian.Uint32(b[off:])>>12
			tags[n] = t
			return tags
		case etherPPPoE:
			t.id = uint32(binary.BigEndian.Uint16(b[off+2:]))
			tags[n] = t
			return tags
		default:
			return tags
		}
		tags[n] = t
		n++
	}
	return tags
}

var tagNames = map[uint16]string{
	etherVLAN: "VLAN %d", etherVNTag: "VN-Tag, interface %d", etherCiscoMeta: "Cisco metadata, SGT %d", etherPBB: "PBB, I-SID %d", etherMPLS: "MPLS, label %d",
	etherPPPoE: "PPPoE, session %d",
}

// Carriers counts datagrams by what carries them: the tags of their frames, and encapsulations with their tunnel IDs.
type Carriers struct {
	More int // datagrams of others than the first maxCarriers

	list []Carrier
	at   map[carrierKey]int
	last carrierKey
	n    int // of last in list, plus 1

	plain *around // of last, where it is shared and frames are Ethernet with nothing between it and IP
}

// A Carrier is one way in which datagrams came.
type Carrier struct {
	Layers      []string // the outermost first: "VLAN 5", "VXLAN, VNI 42"
	Packets     int
	First, Last int // frames
}

// String is its layers, the outermost first.
func (c *Carrier) String() string { return strings.Join(c.Layers, ", in it ") }

// maxCarriers bounds the carriers that are told apart.
const maxCarriers = 256

type carrierKey struct {
	tags  [4]tag
	in    [maxNesting]Encapsulation
	ids   [maxNesting]uint32
	known uint8
	wesp  bool
}

// Add counts a datagram of p, if anything but its link header is before its packet.
func (c *Carriers) Add(p *Packet, d *Datagram) {
	if d.Wrapping == nil && d.WESP == nil && plainEthernet(p.Link, p.Data) {
		return
	}
	w, plain := d.Wrapping, plainEthernet(p.Link, p.Data) && d.WESP == nil
	if plain && w != nil && w.around == c.plain {
		c.count(p)
		return
	}
	k := carrierKey{tags: linkTags(p.Link, p.Data), wesp: d.WESP != nil}
	if w != nil {
		k.in, k.ids, k.known = w.in, w.ids, w.known
	}
	if k == (carrierKey{}) {
		return
	}
	if c.n == 0 || k != c.last {
		i, ok := c.at[k]
		if !ok {
			if i = len(c.list); i == maxCarriers {
				c.More++
				return
			}
			if c.at == nil {
				c.at = make(map[carrierKey]int)
			}
			c.at[k] = i
			c.list = append(c.list, Carrier{Layers: k.layers(), First: p.Number})
		}
		c.last, c.n, c.plain = k, i+1, nil
	}
	if plain && w != nil && w.shared {
		c.plain = w.around
	}
	c.count(p)
}

// count counts a datagram of p for the last in list.
func (c *Carriers) count(p *Packet) {
	x := &c.list[c.n-1]
	x.Packets++
	x.Last = p.Number
}

func (k *carrierKey) layers() (list []string) {
	for _, t := range k.tags {
		if t.kind != 0 {
			list = append(list, fmt.Sprintf(tagNames[t.kind], t.id))
		}
	}
	for i, in := range k.in {
		if in != NoEncapsulation {
			list = append(list, layerName(in, k.ids[i], k.known&(1<<i) != 0))
		}
	}
	if k.wesp {
		list = append(list, WESP.String())
	}
	return list
}

// List are the carriers in the order of their first datagrams.
func (c *Carriers) List() []Carrier {
	if c == nil {
		return nil
	}
	return c.list
}
