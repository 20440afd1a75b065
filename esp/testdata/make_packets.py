#!/usr/bin/python3
"""Makes packets.txt with scapy's IPsec layer (see README.md): one line a fact, an empty line between packets."""
import struct
import warnings
warnings.filterwarnings("ignore")
from scapy.all import IP, IPv6, TCP, UDP, ICMP, ICMPv6EchoRequest, Raw, raw
from scapy.layers.inet import IPOption_NOP, IPOption_RR, IPOption_Router_Alert, IPOption_EOL, IPOption_LSRR
from scapy.layers.inet6 import IPv6ExtHdrHopByHop, IPv6ExtHdrDestOpt, IPv6ExtHdrRouting, HBHOptUnknown, RouterAlert
from scapy.layers.ipsec import SecurityAssociation, ESP, AH, CRYPT_ALGOS, AUTH_ALGOS, CryptAlgo, AuthAlgo, zero_mutable_fields
import gcrypt

OUT = []
SPI = [0x2000]


def key(n, seed):
    return bytes((i * 7 + seed * 31 + 1) & 0xff for i in range(n))


def iv(n):
    return bytes((i * 13 + 5) & 0xff for i in range(n))


V4 = IP(src="10.1.0.10", dst="10.2.0.10", id=77) / UDP(sport=5000, dport=6000) / Raw(b"the quick brown fox jumps over the lazy dog")
V6 = IPv6(src="fd01::10", dst="fd02::10") / TCP(sport=80, dport=4000, seq=1, ack=2, flags="PA") / Raw(b"HTTP/1.1 200 OK\r\n\r\n")
OUT4 = IP(src="192.0.2.1", dst="192.0.2.2", id=1)
OUT6 = IPv6(src="2001:db8::1", dst="2001:db8::2")
HOST4 = IP(src="192.0.2.1", dst="192.0.2.2", id=9, tos=4) / UDP(sport=1, dport=2) / Raw(b"transport mode")
HOST6 = IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP(sport=1, dport=2) / Raw(b"transport mode")

# ours, scapy's, key bytes with salt, ICV bytes of a combined mode
CIPHERS = [
    ("NULL", "NULL", 0, 0), ("DES-CBC", "DES", 8, 0), ("3DES-CBC", "3DES", 24, 0),
    ("AES-CBC", "AES-CBC", 16, 0), ("AES-CBC", "AES-CBC", 24, 0), ("AES-CBC", "AES-CBC", 32, 0),
    ("AES-CTR", "AES-CTR", 20, 0), ("Blowfish-CBC", "Blowfish", 16, 0), ("CAST-128-CBC", "CAST", 16, 0),
    ("AES-GCM-8", "AES-GCM", 20, 8), ("AES-GCM-12", "AES-GCM", 28, 12), ("AES-GCM-16", "AES-GCM", 36, 16),
    ("AES-CCM-8", "AES-CCM", 19, 8), ("AES-CCM-12", "AES-CCM", 27, 12), ("AES-CCM-16", "AES-CCM", 35, 16),
    ("ChaCha20-Poly1305", "CHACHA20-POLY1305", 36, 16),
]
MACS = [
    ("NONE", "NULL", 0), ("HMAC-MD5-96", "HMAC-MD5-96", 16), ("HMAC-SHA1-96", "HMAC-SHA1-96", 20),
    ("HMAC-SHA2-256-128", "SHA2-256-128", 32), ("HMAC-SHA2-384-192", "SHA2-384-192", 48),
    ("HMAC-SHA2-512-256", "SHA2-512-256", 64), ("AES-CMAC-96", "AES-CMAC-96", 16),
]


def put(name, proto, cipher, ckey, mac, mkey, wire, clear, flags=""):
    OUT.append("name %s\nproto %s\nspi 0x%x\ncipher %s %s\nmac %s %s\nflags %s\nwire %s\nclear %s\n" % (
        name, proto, SPI[0], cipher, ckey.hex(), mac, mkey.hex(), flags, raw(wire).hex(), raw(clear).hex()))


def esp(name, cipher, mac, clear, tunnel=None, natt=None, flags="", **more):
    SPI[0] += 1
    ours, theirs, n, icv = cipher
    ck, mk = key(n, 1), key(mac[2], 2)
    sa = SecurityAssociation(ESP, spi=SPI[0], crypt_algo=theirs, crypt_key=ck or None, crypt_icv_size=icv or None,
                             auth_algo=mac[1], auth_key=mk or None, tunnel_header=tunnel, nat_t_header=natt)
    wire = sa.encrypt(clear, seq_num=3, iv=iv(sa.crypt_algo.iv_size), **more)
    if theirs == "AES-GCM" and icv < 16:  # scapy writes the whole tag whatever the ICV length: cut it
        wire[ESP].data = wire[ESP].data[:icv - 16]
        wire.len = wire.chksum = None
    put(name, "ESP", ours, ck, mac[0], mk, wire, clear, flags)


def ah(name, mac, clear, tunnel=None, flags="", change=None, **more):
    SPI[0] += 1
    mk = key(mac[2], 2)
    sa = SecurityAssociation(AH, spi=SPI[0], auth_algo=mac[1], auth_key=mk, tunnel_header=tunnel)
    wire = sa.encrypt(clear, seq_num=3, **more)
    if change:
        wire, clear = change(wire), change(clear.copy())
    put(name, "AH", "NULL", b"", mac[0], mk, wire, clear, flags)


def hops(p):
    """What routers change."""
    if p.version == 4:
        p.ttl, p.tos, p.chksum = 7, 0x2e << 2, None
    else:
        p.hlim, p.tc, p.fl = 7, 0x88, 0x12345
    return p.__class__(raw(p))


SHA1, SHA256 = MACS[2], MACS[3]
AES = CIPHERS[3]
for c in CIPHERS:
    bits = "" if c[0] == "NULL" else "-%d" % (8 * c[2])
    esp(c[0] + bits + " tunnel IPv4", c, MACS[0] if c[3] else SHA1, V4, OUT4)
for m in MACS:
    esp("AES-CBC " + m[0] + " tunnel IPv6 in IPv4", AES, m, V6, OUT4)
    if m[2]:
        ah("AH " + m[0] + " tunnel IPv4", m, V4, OUT4, change=None)
esp("tunnel IPv4 in IPv6", AES, SHA256, V4, OUT6)
esp("tunnel IPv6 in IPv6", AES, SHA256, V6, OUT6)
esp("transport IPv4", AES, SHA256, HOST4)
esp("transport IPv6", AES, SHA256, HOST6)
esp("transport IPv4 without padding to take off", AES, SHA1, IP(src="192.0.2.1", dst="192.0.2.2") / UDP() / Raw(b"x" * 6))
esp("tunnel in UDP", AES, SHA1, V4, OUT4, UDP(sport=4500, dport=4500))
esp("GCM with ESN", CIPHERS[11], MACS[0], V4, OUT4, flags="esn", esn_en=True, esn=5)
esp("ChaCha20 with ESN", CIPHERS[15], MACS[0], V6, OUT6, flags="esn", esn_en=True, esn=1)
esp("no ICV", AES, MACS[0], V4, OUT4)

ah("AH transport IPv4", SHA1, HOST4, change=hops)
opts = HOST4.copy()
opts.options = [IPOption_Router_Alert(), IPOption_NOP(), IPOption_RR(pointer=4, routers=["0.0.0.0", "0.0.0.0"]), IPOption_EOL()]
ah("AH transport IPv4 with options", SHA256, opts, change=hops)


def record(p):
    p = p.copy()
    for o in p.options:
        if o.option == 7:
            o.routers, o.pointer = ["198.51.100.1", "0.0.0.0"], 8
    return hops(p)


ah("AH transport IPv4, route recorded on the way", SHA256, opts, change=record)
ah("AH transport IPv6", SHA1, HOST6, change=hops)
ext = (IPv6(src="2001:db8::1", dst="2001:db8::2") /
       IPv6ExtHdrHopByHop(options=[RouterAlert(value=0), HBHOptUnknown(otype=0x3e, optlen=4, optdata=b"abcd")]) /
       UDP(sport=1, dport=2) / Raw(b"behind extension headers"))
ah("AH transport IPv6 with hop-by-hop options", SHA256, ext, change=hops)


def rewrite(p):
    b = raw(hops(p))
    return IPv6(b.replace(b"abcd", b"ABCD"))


ah("AH transport IPv6, mutable option changed on the way", SHA256, ext, change=rewrite)
route = (IPv6(src="2001:db8::1", dst="2001:db8::a") /
         IPv6ExtHdrRouting(type=0, segleft=2, addresses=["2001:db8::b", "2001:db8::2"]) / UDP(sport=1, dport=2) / Raw(b"source routed"))
ah("AH transport IPv6, routing header before the first hop", SHA1, route)
ah("AH tunnel IPv6", SHA256, V6, OUT6, change=None)
ah("AH with ESN", SHA1, V4, OUT4, flags="esn", esn_en=True, esn=5)



class Foreign(CryptAlgo):
    """An algorithm that scapy does not have, by libgcrypt."""

    def __init__(self, name, algos, mode, iv_size, salt=0, icv=0, block=1, head=b"", implicit=False):
        CryptAlgo.__init__(self, name, None, None, block_size=block, iv_size=iv_size, key_size=tuple(algos), icv_size=icv, salt_size=salt)
        self.algos, self.gmode, self.head, self.implicit, self.is_aead = algos, mode, head, implicit, icv > 0

    def encrypt(self, sa, esp, key, icv_size=None, esn_en=False, esn=0):
        c = gcrypt.Cipher(self.algos[len(key)], self.gmode, key)
        data = esp.data_for_encryption()
        iv = struct.pack("!LL", esn if esn_en else 0, esp.seq) if self.implicit else esp.iv
        nonce = sa.crypt_salt + iv
        if self.gmode == gcrypt.CTR:
            c.counter(nonce + b"\0\0\0\1")
        else:
            c.iv(nonce)
        ad = struct.pack("!LLL", esp.spi, esn, esp.seq) if esn_en else struct.pack("!LL", esp.spi, esp.seq)
        if self.gmode == gcrypt.CCM:
            c.ccm_lengths(len(data), len(ad), self.icv_size)
        if self.is_aead:
            c.authenticate(ad)
        data = c.encrypt(data)
        if self.is_aead:
            data += c.tag(self.icv_size)
        return ESP(spi=esp.spi, seq=esp.seq, data=esp.iv + data)


class GMAC(AuthAlgo):
    """AES-GMAC for AH (RFC 4543, section 4): IV and tag in the ICV field, which counts as zero."""

    def sign(self, pkt, key, esn_en=False, esn=0):
        data = raw(zero_mutable_fields(pkt.copy(), sending=True)) + (struct.pack("!L", esn) if esn_en else b"")
        c = gcrypt.Cipher(gcrypt.AES[len(key) - 4], gcrypt.GCM, key[:-4])
        c.iv(key[-4:] + iv(8))
        c.authenticate(data)
        c.encrypt(b"")
        pkt[AH].icv = iv(8) + c.tag(16)
        return pkt


MORE = []  # as CIPHERS


def more(row, algos, mode, iv_size, salt=0, icv=0, block=1, implicit=False, keys=None):
    CRYPT_ALGOS[row] = Foreign(row, algos, mode, iv_size, salt, icv, block, implicit=implicit)
    for n in keys or algos:
        MORE.append((row, row, n + salt, icv))


more("Serpent-CBC", gcrypt.SERPENT, gcrypt.CBC, 16, block=16)
more("Twofish-CBC", gcrypt.TWOFISH, gcrypt.CBC, 16, block=16)
more("Camellia-CBC", gcrypt.CAMELLIA, gcrypt.CBC, 16, block=16)
more("SEED-CBC", gcrypt.SEED, gcrypt.CBC, 16, block=16)
more("SM4-CBC", gcrypt.SM4, gcrypt.CBC, 16, block=16)
more("Camellia-CTR", gcrypt.CAMELLIA, gcrypt.CTR, 8, salt=4)
for icv in (8, 12, 16):
    more("Camellia-CCM-%d" % icv, gcrypt.CAMELLIA, gcrypt.CCM, 8, salt=3, icv=icv)
more("NULL-AES-GMAC", gcrypt.AES, gcrypt.GCM, 8, salt=4, icv=16)
more("AES-CCM-8-IIV", gcrypt.AES, gcrypt.CCM, 0, salt=3, icv=8, implicit=True)
more("AES-GCM-16-IIV", gcrypt.AES, gcrypt.GCM, 0, salt=4, icv=16, implicit=True)
more("ChaCha20-Poly1305-IIV", gcrypt.CHACHA20, gcrypt.POLY1305, 0, salt=4, icv=16, implicit=True)


def gmac_esp(self, sa, esp, key, icv_size=None, esn_en=False, esn=0):
    """NULL with AES-GMAC (RFC 4543, section 3): SPI, sequence number, IV and payload are all additional data."""
    c = gcrypt.Cipher(gcrypt.AES[len(key)], gcrypt.GCM, key)
    c.iv(sa.crypt_salt + esp.iv)
    data = esp.data_for_encryption()
    c.authenticate(struct.pack("!LL", esp.spi, esp.seq) + esp.iv + data)
    c.encrypt(b"")
    return ESP(spi=esp.spi, seq=esp.seq, data=esp.iv + data + c.tag(16))


CRYPT_ALGOS["NULL-AES-GMAC"].encrypt = gmac_esp.__get__(CRYPT_ALGOS["NULL-AES-GMAC"])
for c in MORE:
    esp("%s-%d by libgcrypt, tunnel IPv4" % (c[0], 8 * c[2]), c, MACS[0] if c[3] else SHA1, V4, OUT4)
for c in MORE[-3:]:
    esp("%s with ESN" % c[0], c, MACS[0], V6, OUT6, flags="esn", esn_en=True, esn=5)
for bits in (128, 192, 256):
    n = "AES-%d-GMAC" % bits
    AUTH_ALGOS[n] = GMAC(n, True, None, 24)
    ah("AH %s tunnel IPv4" % n, (n, n, bits // 8 + 4), V4, OUT4)
    ah("AH %s transport IPv6" % n, (n, n, bits // 8 + 4), HOST6, change=hops)
ah("AH AES-128-GMAC with ESN", ("AES-128-GMAC", "AES-128-GMAC", 20), V4, OUT4, flags="esn", esn_en=True, esn=5)

FOREIGN = len(MORE)
more("SM4-GCM-16", gcrypt.SM4, gcrypt.GCM, 8, salt=4, icv=16)
more("SM4-CCM-16", gcrypt.SM4, gcrypt.CCM, 8, salt=3, icv=16)
for c in MORE[FOREIGN:]:
    esp("%s by libgcrypt, tunnel IPv4" % c[0], c, MACS[0], V4, OUT4)
    esp("%s with ESN" % c[0], c, MACS[0], V6, OUT6, flags="esn", esn_en=True, esn=5)


class SM3(AuthAlgo):
    """HMAC-SM3, by libgcrypt."""

    def sign(self, pkt, key, esn_en=False, esn=0):
        high = struct.pack("!L", esn) if esn_en else b""
        if pkt.haslayer(ESP):
            pkt[ESP].data += gcrypt.mac(gcrypt.HMAC_SM3, key, raw(pkt[ESP]) + high, self.icv_size)
        else:
            pkt[AH].icv = gcrypt.mac(gcrypt.HMAC_SM3, key, raw(zero_mutable_fields(pkt.copy(), sending=True)) + high, self.icv_size)
        return pkt


def long_icv(theirs, n):
    """An algorithm of scapy's with another length of its ICV."""
    a = AUTH_ALGOS[theirs]
    return AuthAlgo("%s-%d" % (theirs, n), a.mac, a.digestmod, n, a.key_size)


AUTH_ALGOS["HMAC-SM3"] = SM3("HMAC-SM3", True, None, 32)
LONG = [("HMAC-SM3", "HMAC-SM3", 32)]
for row, theirs, n, size in (("HMAC-SHA1-128", "HMAC-SHA1-96", 20, 16), ("HMAC-SHA2-256-256", "SHA2-256-128", 32, 32),
                             ("HMAC-SHA2-384-384", "SHA2-384-192", 48, 48), ("HMAC-SHA2-512-512", "SHA2-512-256", 64, 64)):
    AUTH_ALGOS[row] = long_icv(theirs, size)
    LONG.append((row, row, n))
for m in LONG:
    esp("AES-CBC with %s, tunnel IPv4" % m[0], CIPHERS[3], m, V4, OUT4)
    ah("AH %s tunnel IPv4" % m[0], m, V4, OUT4)

print("\n".join(OUT), end="")
