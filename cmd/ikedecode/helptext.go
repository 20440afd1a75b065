package main

const secretsHelp = `secrets:
    -k, --keys FILE     a file, directory or archive with secrets, recognised by their content: the debug log of a daemon,
                        ip xfrm state, FortiGate's tunnel list, setkey -D, Wireshark tables, a key log. May be repeated
        --psk SECRET    pre-shared key: text, or 0x and hex. May be repeated; each is tried
        --psk-file FILE
                        one [PEER] SECRET a line; also swanctl.conf, ipsec.secrets and psk.txt of racoon. May be repeated
        --dh-secret HEX
                        DH shared secret g^xy
        --dh-private HEX
                        DH private value of either peer
        --skeyid HEX, --skeyid-d HEX, --skeyid-a HEX, --skeyid-e HEX
                        SKEYID material
        --eap-msk HEX   the MSK of an EAP method, to verify AUTH
        --no-verify     use keys that nothing in the capture verifies
        --search-salt   search the four bytes of salt that a key lacks: up to some minutes a key. Not needed for AES-GCM with an ICV of
                        16 bytes and for AES-CCM

ikedecode works out which SA a value belongs to. ICOOKIE[:RCOOKIE]=HEX binds it to one IKE SA; @FILE reads the value from a file. The FILE -
is standard input. The environment variable IKEDECODE_PSK keeps a pre-shared key out of the process list, IKEDECODE_KEYLOG names a file as
-k does.

`

const captureHelp = `captures:
        --max-spool SIZE
                        largest temporary file, in TMPDIR: a pipe is copied to it, since most captures are read twice, and IKE messages
                        that do not fit in memory. 500M, 40G; default 16G. A tenth of the free space is always left
        --max-memory SIZE
                        memory that the run may use, at least 128M (default 1G). IKE SAs and IPsec SAs that do not fit are decrypted, but
                        left out of reports, which say how many

`

const outputHelp = `output:
        --json          one JSON document on standard output, described in docs/json.md
        --color WHEN    auto, always or never; honours NO_COLOR
    -q, --quiet         no progress, warnings or hints; only errors and the counts of decrypt
    -j, --jobs N        use at most N CPUs
        --closed-ok     exit code 0 instead of 3 if not everything was decrypted

`
