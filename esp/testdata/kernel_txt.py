#!/usr/bin/python3
"""kernel_txt.py DIR > kernel.txt: the packets that make_kernel.py captured, one block a direction of an SA."""
import glob, os, re, struct, sys

def pcap(path):
    b = open(path, "rb").read()[24:]
    while b:
        n = struct.unpack("<4I", b[:16])[2]
        f, b = b[16:16 + n], b[16 + n:]
        t = f[12:14]
        if t == b"\x08\x00": yield f[14:14 + struct.unpack(">H", f[16:18])[0]]
        elif t == b"\x86\xdd": yield f[14:54 + struct.unpack(">H", f[18:20])[0]]

def ends(p): return (p[12:16], p[16:20]) if p[0] >> 4 == 4 else (p[8:24], p[24:40])
def body(p): return (p[9], p[20:]) if p[0] >> 4 == 4 else (p[6], p[40:])

def noise(p): return p[0] >> 4 == 6 and (p[6] == 0 or p[24] == 0xff or p[6] == 58 and p[40] >= 130)  # neighbour discovery

for d in sorted(glob.glob(sys.argv[1] + "/[0-9]*")):
    name, mode = open(d + "/name").read().split("\n")[:2]
    sas = []
    for line in open(d + "/gwb.xfrm"):
        w = line.split()
        if not w: continue
        if w[0] == "src": sas.append({"src": w[1], "dst": w[3], "algs": [], "esn": ""})
        elif w[0] == "proto": sas[-1]["proto"], sas[-1]["spi"] = w[1].upper(), int(w[3], 0)
        elif w[0] in ("enc", "auth-trunc", "aead"): sas[-1]["algs"].append(line.strip())
        elif "esn" in w: sas[-1]["esn"] = "esn"
        elif w[0] == "sel": sas[-1]["sel"] = w[2] + " " + w[4]
    wire, clear = list(pcap(d + "/wire.pcap")), [p for p in pcap(d + "/clear.pcap") if not noise(p)]
    for sa in sorted(sas, key=lambda s: s["spi"]):
        mine = [p for p in wire if struct.pack(">I", sa["spi"]) == body(p)[1][4 * (body(p)[0] == 51):][:4]]
        away = sa["spi"] % 2 == 0  # to hostb
        inner = [p for p in clear if (p[15] == 10 and p[13] == 1 if p[0] >> 4 == 4 else p[9] == 1) == away]
        if not mine: sys.stderr.write("nothing for %s %x\n" % (name, sa["spi"])); continue
        if mode != "transport" and len(mine) != len(inner): sys.stderr.write("%s %x: %d on the wire, %d in the clear\n" % (name, sa["spi"], len(mine), len(inner))); continue
        print("name %s%s\nproto %s\nspi 0x%x\nmode %s" % (name, "" if away else ", back", sa["proto"], sa["spi"], mode))
        if mode == "beet": print("inner", re.sub(r"/\d+", "", sa["sel"]))
        for a in sa["algs"]: print(a)
        if sa["esn"]: print("flags esn")
        for i, p in enumerate(mine):
            print("wire", p.hex())
            if mode != "transport": print("clear", inner[i].hex())
        print()
