#!/usr/bin/python3
"""Makes null.txt: flows of ESP without encryption (see README.md). One flow a block; wire is the IP packet with ESP, clear the one that went in."""
import hashlib, hmac, struct, warnings, zlib
warnings.filterwarnings("ignore")
from scapy.all import IP, IPv6, TCP, UDP, ICMP, DNS, DNSQR, GRE, ICMPv6EchoRequest, IPv6ExtHdrFragment, Raw, raw, fragment, fragment6
from scapy.layers.ipsec import SecurityAssociation, ESP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SPI = [0x3000]


def data(n, seed=7):  # hard to tell from a cipher's output
    out = b""
    while len(out) < n:
        out += hashlib.sha256(b"%d %d" % (seed, len(out))).digest()
    return out[:n]


def talk4(a, b, fragments=True):
    ip = lambda i, **k: IP(src=a, dst=b, id=100 + i, **k)
    out = [
        ip(0) / ICMP(id=7, seq=1) / Raw(data(56)), ip(1) / ICMP(id=7, seq=2),
        ip(2) / TCP(sport=40000, dport=443, flags="S", seq=1, options=[("MSS", 1400), ("NOP", None), ("WScale", 7)]),
        ip(3) / TCP(sport=40000, dport=443, flags="A", seq=2, ack=77),
        ip(4) / TCP(sport=40000, dport=443, flags="PA", seq=2, ack=77, options=[("NOP", None), ("NOP", None), ("Timestamp", (9, 8))]) / Raw(data(61)),
        ip(5) / UDP(sport=5353, dport=53) / DNS(qd=DNSQR(qname="example.org")),
        ip(6) / UDP(sport=9, dport=9999) / Raw(b"x"),
        ip(7) / ICMP(type=3, code=3) / Raw(raw(IP(src=b, dst=a) / UDP(sport=1, dport=2))),
    ]
    if fragments:
        out += fragment(ip(8) / UDP(sport=6000, dport=7000) / Raw(data(130)), fragsize=64)
    return out


def talk6(a, b, fragments=True):
    ip = lambda: IPv6(src=a, dst=b)
    out = [
        ip() / ICMPv6EchoRequest(id=7, seq=1, data=data(56)), ip() / ICMPv6EchoRequest(id=7, seq=2),
        ip() / TCP(sport=40000, dport=443, flags="S", seq=1), ip() / TCP(sport=40000, dport=443, flags="A", seq=2, ack=77),
        ip() / TCP(sport=40000, dport=443, flags="PA", seq=2, ack=77) / Raw(data(61)),
        ip() / UDP(sport=5353, dport=53) / DNS(qd=DNSQR(qname="example.org")), ip() / UDP(sport=9, dport=9999) / Raw(b"x"),
    ]
    if fragments:
        out += fragment6(IPv6(src=a, dst=b) / IPv6ExtHdrFragment(id=9) / UDP(sport=6000, dport=7000) / Raw(data(1400)), 1300)
    return out


def block(name, icv, iv, mode, pairs):
    print("name %s\nicv %d\niv %d\nmode %s" % (name, icv, iv, mode))
    for wire, clear in pairs:
        print("wire %s\nclear %s" % (raw(wire).hex(), raw(clear).hex()))
    print()


def made(name, auth, icv, packets, tunnel=None, natt=None, nat=None):
    """What scapy's IPsec layer makes of packets; nat is the source address that a NAT writes."""
    SPI[0] += 1
    sa = SecurityAssociation(ESP, spi=SPI[0], crypt_algo="NULL", auth_algo=auth, auth_key=data(64, 3) if auth != "NULL" else None,
                             tunnel_header=tunnel, nat_t_header=natt)
    pairs = []
    for i, p in enumerate(packets):
        wire = sa.encrypt(p.copy(), seq_num=i + 1)
        if nat:
            wire.src = nat
            del wire.chksum
        pairs.append((wire, p))
    block(name, icv, 0, "tunnel" if tunnel else "transport", pairs)


def by_hand(name, icv, packets, tunnel=None, iv=0, pad=None, tfc=0, encode=None, proto=None):
    """ESP put together here: ICV lengths, paddings and contents that scapy has not. The ICV is a MAC cut to size; with an IV it is AES-GMAC."""
    SPI[0] += 1
    pairs = []
    for i, p in enumerate(packets):
        inner, nh = (raw(p), 41 if p.version == 6 else 4) if tunnel else (raw(p.payload), p.nh if p.version == 6 else p.proto)
        if encode:
            nh, inner = encode(nh, inner)
        inner += data(tfc * (1 + i % 3), i)
        n = -(len(inner) + 2) % 4 + (4 * (i % 3) if pad else 0)
        padding = pad(n, i) if pad else bytes(range(1, n + 1))
        head, vector = struct.pack(">II", SPI[0], i + 1), struct.pack(">Q", i + 1)[:iv]
        body = vector + inner + padding + bytes([n, nh])
        if iv:
            tag = AESGCM(data(16, 3)).encrypt(data(4, 4) + vector, b"", head + body)
        else:
            tag = hmac.new(data(32, 3), head + body, hashlib.sha256).digest()
        outer = (tunnel or (IPv6 if p.version == 6 else IP)(src=p.src, dst=p.dst)).copy()
        if p.version == 6 and not tunnel or outer.version == 6:
            outer.nh = 50
        else:
            outer.proto, outer.id = 50, i
        pairs.append((outer / Raw(head + body + tag[:icv]), p))
    block(name, icv, iv, "tunnel" if tunnel else "transport", pairs)


def deflated(nh, inner):
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    return 108, struct.pack(">BBH", nh, 0, 0x8123) + z.compress(inner) + z.flush()


T4, T6 = IP(src="192.0.2.1", dst="192.0.2.2"), IPv6(src="2001:db8::1", dst="2001:db8::2")
IN4, IN6 = ("10.1.0.10", "10.2.0.10"), ("fd01::10", "fd02::10")
HOST4, HOST6 = ("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")
NATT = UDP(sport=4500, dport=4500)

made("tunnel, HMAC-SHA1-96", "HMAC-SHA1-96", 12, talk4(*IN4), T4)
made("tunnel, HMAC-SHA2-256-128", "SHA2-256-128", 16, talk4(*IN4), T4)
made("tunnel, no ICV", "NULL", 0, talk4(*IN4), T4)
made("tunnel, HMAC-SHA2-384-192", "SHA2-384-192", 24, talk4(*IN4), T4)
made("tunnel, HMAC-SHA2-512-256", "SHA2-512-256", 32, talk4(*IN4), T4)
made("IPv6 in IPv4", "HMAC-SHA1-96", 12, talk6(*IN6), T4)
made("IPv6 in IPv6", "SHA2-256-128", 16, talk6(*IN6), T6)
made("IPv4 in IPv6, no ICV", "NULL", 0, talk4(*IN4), T6)
made("transport, HMAC-SHA1-96", "HMAC-SHA1-96", 12, talk4(*HOST4, fragments=False))
made("transport, no ICV", "NULL", 0, talk4(*HOST4, fragments=False))
made("transport, IPv6", "SHA2-256-128", 16, talk6(*HOST6, fragments=False))
made("tunnel in UDP", "HMAC-SHA1-96", 12, talk4(*IN4), T4, NATT)
made("transport in UDP", "HMAC-SHA1-96", 12, talk4(*HOST4, fragments=False), None, NATT)
made("transport in UDP behind NAT", "HMAC-SHA1-96", 12, talk4("10.0.0.5", "192.0.2.2", fragments=False), None, NATT, "203.0.113.7")
by_hand("tunnel, ICV of 64 bits", 8, talk4(*IN4), T4)
by_hand("tunnel, ICV of 160 bits", 20, talk4(*IN4), T4)
by_hand("tunnel, zero padding", 12, talk4(*IN4), T4, pad=lambda n, i: bytes(n))
by_hand("tunnel, random padding", 12, talk4(*IN4), T4, pad=data)
by_hand("transport, random padding, no ICV", 0, talk4(*HOST4, fragments=False), pad=data)
by_hand("tunnel, TFC padding", 16, talk4(*IN4), T4, tfc=40)
by_hand("tunnel, AES-GMAC", 16, talk4(*IN4), T4, iv=8)
by_hand("IPv6 tunnel, AES-GMAC", 16, talk6(*IN6), T6, iv=8)
by_hand("transport, AES-GMAC", 16, talk4(*HOST4, fragments=False), iv=8)
by_hand("IPComp in transport mode", 12, talk4(*HOST4, fragments=False), encode=deflated)
by_hand("GRE in transport mode", 12, [IP(src=HOST4[0], dst=HOST4[1]) / GRE() / p for p in talk4(*IN4)])
by_hand("TCP acknowledgements only", 12, [IP(src=HOST4[0], dst=HOST4[1], id=i) / TCP(sport=40000, dport=5001, flags="A", seq=2, ack=77 * i) for i in range(4)])
