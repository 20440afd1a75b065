#!/usr/bin/python3
"""make_kernel.py OUT: packets of hand-keyed SAs of the Linux kernel, every algorithm that its xfrm knows, a few packets a case."""
import os, subprocess, sys, time, secrets
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab
from lab import sh, ns

def H(n): return "0x" + secrets.token_hex(n)
SHA1 = ("hmac(sha1)", 20, 96)
def enc(name, n): return f"enc '{name}' {H(n)}" if n else f"enc '{name}' ''"
def auth(m): return f"auth-trunc '{m[0]}' {H(m[1])} {m[2]}"
MACS = [("hmac(md5)", 16, 96), ("hmac(md5)", 16, 128), SHA1, ("hmac(sha1)", 20, 160), ("hmac(sha256)", 32, 96), ("hmac(sha256)", 32, 128),
        ("hmac(sha384)", 48, 192), ("hmac(sha512)", 64, 256), ("hmac(rmd160)", 20, 96), ("xcbc(aes)", 16, 96), ("cmac(aes)", 16, 96)]
ENCS = [("ecb(cipher_null)", 0), ("cbc(des)", 8), ("cbc(des3_ede)", 24)] + [("cbc(aes)", n) for n in (16, 24, 32)] + \
       [("rfc3686(ctr(aes))", n) for n in (20, 28, 36)] + [("cbc(blowfish)", n) for n in (5, 16, 24, 56)] + [("cbc(cast5)", n) for n in (5, 8, 10, 11, 16)] + \
       [(f"cbc({c})", n) for c in ("camellia", "serpent", "twofish") for n in (16, 24, 32)]
AEADS = [(f"rfc4106(gcm(aes))", k + 4, b) for k, b in ((16, 64), (24, 96), (32, 128), (16, 128))] + [("rfc4309(ccm(aes))", k + 3, b) for k, b in ((16, 64), (24, 96), (32, 128), (16, 128))] + \
        [("rfc4543(gcm(aes))", k + 4, 128) for k in (16, 24, 32)] + [("rfc7539esp(chacha20,poly1305)", 36, 128)]
ESN = "replay-window 64 flag esn replay-seq-hi 0x{0:x} replay-oseq-hi 0x{0:x} replay-oseq 0x{1:x} replay-seq 0x{1:x}".format
CASES = []  # name, proto, mode, version, text, extra
def case(name, proto, mode, v, text, extra=""): CASES.append((name, proto, mode, v, text, extra))
for c, n in ENCS: case(f"{c}-{8*n} {SHA1[0]}", "esp", "tunnel", 4, lambda c=c, n=n: auth(SHA1) + " " + enc(c, n))
for c, n, b in AEADS: case(f"{c}-{8*n} ICV {b}", "esp", "tunnel", 4, lambda c=c, n=n, b=b: f"aead '{c}' {H(n)} {b}")
for m in MACS:
    case(f"cbc(aes) {m[0]} {m[2]}", "esp", "tunnel", 6, lambda m=m: auth(m) + " " + enc("cbc(aes)", 16))
    case(f"AH {m[0]} {m[2]}", "ah", "tunnel", 4, lambda m=m: auth(m))
    case(f"AH {m[0]} {m[2]} IPv6", "ah", "transport", 6, lambda m=m: auth(m))
case("no ICV", "esp", "tunnel", 4, lambda: enc("cbc(aes)", 16))
case("NULL, no ICV", "esp", "tunnel", 4, lambda: enc("ecb(cipher_null)", 0))
A1 = lambda: auth(SHA1) + " " + enc("cbc(aes)", 16)
G = lambda: f"aead 'rfc4106(gcm(aes))' {H(20)} 128"
case("transport", "esp", "transport", 4, A1)
case("transport IPv6", "esp", "transport", 6, G)
case("AH transport", "ah", "transport", 4, lambda: auth(SHA1))
case("beet", "esp", "beet", 4, G)
case("beet IPv6", "esp", "beet", 6, A1)
case("TFC padding", "esp", "tunnel", 4, G, "tfcpad 600")
for hi, lo in ((5, 0x10), (0xfffe, 0x10), (0x1ffff, 0x20), (1, 0xfffffffb)):
    for nm, t, p in (("cbc(aes)", A1, "esp"), ("gcm", G, "esp"), ("AH", lambda: auth(SHA1), "ah")):
        case(f"ESN from {hi:#x}:{lo:#x} {nm}", p, "tunnel", 4, t, ESN(hi, lo))

def guest(out):
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    for t, d in (("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/run"), ("tmpfs", "/var/run")): sh(f"mount -t {t} {t} {d}")
    try:
        lab.MODULES.append("ghash-generic")
        lab.topo({}, out)
        time.sleep(1)
        ns("hosta", "ping -c 2 -i 0.1 10.2.0.10"); ns("gwa", "ping -6 -c 2 -i 0.1 2001:db8::2"); ns("hosta", "ping -6 -c 2 -i 0.1 fd02::10")
        for i, (name, proto, mode, v, text, extra) in enumerate(CASES):
            algo, algo2 = text(), text()
            d = f"{out}/{i:03d}"; os.makedirs(d); open(d + "/name", "w").write(f"{name}\n{mode}\n")
            spi1, spi2 = 0x3000 + 2*i, 0x3001 + 2*i
            A, B = ("192.0.2.1", "192.0.2.2") if v == 4 else ("2001:db8::1", "2001:db8::2")
            IA, IB = ("10.1.0.10", "10.2.0.10") if v == 4 else ("fd01::10", "fd02::10")
            l, r, bits = {"tunnel": (IA, IB, ""), "beet": (IA, IB, ""), "transport": (A, B, "")}[mode]
            six = "" if v == 4 else "-6 "
            for g in ("gwa", "gwb"):
                ns(g, "ip xfrm state flush"); ns(g, "ip xfrm policy flush")
                sel = lambda s, d: f"sel src {s} dst {d}" if mode == "beet" else ""
                e = ns(g, f"ip xfrm state add src {A} dst {B} proto {proto} spi {spi1:#x} reqid 1 mode {mode} {algo} {extra} {sel(IA, IB)}")
                e += ns(g, f"ip xfrm state add src {B} dst {A} proto {proto} spi {spi2:#x} reqid 2 mode {mode} {algo2} {extra} {sel(IB, IA)}")
                o, n = ("out", "in") if g == "gwa" else ("in", "out")
                e += ns(g, f"ip xfrm policy add src {l} dst {r} dir {o} tmpl src {A} dst {B} proto {proto} reqid 1 mode {mode}")
                e += ns(g, f"ip xfrm policy add src {r} dst {l} dir {n} tmpl src {B} dst {A} proto {proto} reqid 2 mode {mode}")
                f = (l, r, A, B, 1) if o == "in" else (r, l, B, A, 2)
                e += ns(g, f"ip xfrm policy add src {f[0]} dst {f[1]} dir fwd tmpl src {f[2]} dst {f[3]} proto {proto} reqid {f[4]} mode {mode}")
                if e.strip(): print(name, g, e)
            open(f"{d}/gwb.xfrm", "w").write(ns("gwb", "ip xfrm state"))
            ps = [subprocess.Popen(f"ip netns exec {n} tcpdump --immediate-mode -i {dev} -U -w {d}/{f}.pcap '{flt}' 2>/dev/null", shell=True)
                  for n, dev, f, flt in (("gwb", "wanb", "wire", "ip proto 50 or ip proto 51 or ip6 proto 50 or ip6 proto 51"), ("hostb", "eth0", "clear", "ip or ip6"))]
            for _ in range(60):
                if all(os.path.exists(f"{d}/{f}.pcap") and os.path.getsize(f"{d}/{f}.pcap") >= 24 for f in ("wire", "clear")): break
                time.sleep(.05)
            src, dst = ("gwa", B) if mode == "transport" else ("hosta", IB)
            cnt = 6 if "ESN" in name and "fffffffb" in name else 1
            print(name, ns(src, f"ping {six}-c {cnt} -i 0.02 -W 1 -s 37 {dst}").splitlines()[-2:])
            ns(src, f"python3 -c 'import socket;s=socket.socket(socket.AF_INET{six[1:2]},socket.SOCK_DGRAM);s.sendto(b\"the quick brown fox jumps over the lazy dog\",(\"{dst}\",9999))'")
            time.sleep(.3); sh("pkill tcpdump"); [p.wait() for p in ps]
    except Exception:
        import traceback; traceback.print_exc()
    open("/proc/sysrq-trigger", "w").write("o"); time.sleep(10)

if __name__ == "__main__":
    if sys.argv[1] == "guest": guest(sys.argv[2])
    else:
        out = os.path.abspath(sys.argv[1]); sh(f"rm -rf {out}"); os.makedirs(out)
        init = f"{out}/init.sh"; open(init, "w").write(f"#!/bin/sh\nexec /usr/bin/python3 {os.path.abspath(__file__)} guest {out}\n"); os.chmod(init, 0o755)
        with open(f"{out}/console.log", "w") as f:
            subprocess.run(["linux.uml", "mem=1G", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw", f"init={init}", "con=null", "con0=fd:0,fd:1"], stdin=subprocess.DEVNULL, stdout=f, stderr=subprocess.STDOUT, timeout=900)
