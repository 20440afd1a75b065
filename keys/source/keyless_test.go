package source

import (
	"errors"
	"strings"
	"testing"
)

// Output of products that print no keys is named, with what to do.
func TestKeylessProducts(t *testing.T) {
	for _, c := range []struct{ text, what, advice string }{
		{"IPv4 Crypto ISAKMP SA\n\nC-id  Local           Remote          I-VRF  Status Encr Hash   Auth DH Lifetime Cap.\n1001  192.0.2.1       192.0.2.2              ACTIVE aes  sha256 psk  14 23:59:32 D\n", "Cisco's show crypto isakmp sa", "other gateway"},
		{"interface: outside\n    Crypto map tag: M, seq num: 1, local addr: 192.0.2.1\n      current outbound spi: C2F1A0B1\n", "Cisco's show crypto ipsec sa", "other gateway"},
		{"     inbound esp sas:\n      spi: 0xC2F1A0B1(3270615217)\n        transform: esp-aes esp-sha256-hmac ,\n", "Cisco's show crypto ipsec sa", "other gateway"},
		{"  Total active tunnels: 1     Total Ipsec sas: 1\n  ID    Algorithm       SPI      Life:sec/kb  Mon lsys Port  Gateway\n  <131073 ESP:aes-cbc-256/sha256 25b4b0f5 2551/ unlim - root 500 192.0.2.2\n", "Junos' show security ipsec", "other gateway"},
		{"Index   State  Initiator cookie  Responder cookie  Mode           Remote Address\n1   UP     d2a1cc9b45f0b1c2  7a6b5c4d3e2f1a0b  IKEv2          192.0.2.2\n", "Junos' show security ike", "other gateway"},
		{"GwID/client IP  TnID   Peer-Address           Tunnel(Gateway)                                Algorithm          SPI(in)  SPI(out)\n1               1      192.0.2.2              tun(gw)   ESP/A256/SHA256    C2F1A0B1 D9E2F3A4\n", "PAN-OS' show vpn ipsec-sa", "other gateway"},
		{"**********     Select Option     **********\n(1)             List all IKE SAs\n(5)             Delete all IPsec SAs for a given peer (GW)\n", "Check Point's vpn tu", "other gateway"},
		{"Peer  192.0.2.2 , gw-b SAs:\n\n        IKE SA <d2a1cc9b45f0b1c2,7a6b5c4d3e2f1a0b>\n        INBOUND:\n         1. 0xdeadbeef   (i:  0)\n", "Check Point's vpn tu", "other gateway"},
		{"Name                             : 17\nLocalEndpoint                    : 192.0.2.10\nLocalFirstId                     : Identity: 192.0.2.10\nRemoteFirstId                    : Identity: 192.0.2.2\n", "Windows' Get-NetIPsecMainModeSA", "other gateway"},
		{"Main Mode SA at 11/23/2026 08:43:20\n----\nLocal IP Address:                     192.0.2.10\n", "Windows' netsh", "other gateway"},
		{"! Amazon Web Services\n! a VPN Connection. Each VPN Connection is assigned an identifier\ncrypto keyring k\n", "AWS' configuration", "--psk"},
		{"{ \"type\": \"Microsoft.Network/connections\", \"properties\": { \"sharedKey\": \"abc\", \"virtualNetworkGateway1\": {} } }\n", "Azure's description", "--psk"},
		{"tunnel  t1\n        id:                     1\n        enc  algorithm:         AES256\n        proxy-id:\n        local spi:              A1B2C3D4\n        remote spi:             E5F6A7B8\n", "PAN-OS' show vpn flow tunnel-id", "other gateway"},
		{"[vpnd 4711 4136584896]@gw[25 Nov 10:00:00][tunnel] MMProcess3: entering\n", "Check Point's vpnd.elg", "other gateway"},
		{"IKE Main Mode SAs at 11/25/2026 10:00:00 AM\n----\nCookie Pair              : a1b2c3d4e5f6a7b8:1122334455667788\n", "Windows' netsh ipsec dynamic show mmsas", "other gateway"},
		{"<?xml version=\"1.0\"?>\n<wfpstate>\n\t<ikeSADb numItems=\"1\">\n", "Windows' netsh wfp show state", "other gateway"},
		{"<netEvents>\n<item><type>FWPM_NET_EVENT_TYPE_IKEEXT_MM_FAILURE</type></item>\n", "Windows' netsh wfp show netevents", "other gateway"},
		{"NAME   REMOTE-GW      PROXY-ID-SOURCE   PROXY-ID-DESTINATION  STATUS  TIMEOUT\nhq     192.0.2.2:0    0.0.0.0/0.0.0.0   0.0.0.0/0.0.0.0       up      42893\n", "get ipsec tunnel list", "diagnose vpn tunnel list"},
		{"# Cisco IOS clients are served, too\nremote anonymous {\n\texchange_mode main;\n\tproposal { encryption_algorithm aes; }\n}\nsainfo anonymous { }\n", "racoon.conf", "debug2"},
		{"A guide to tunnels between VyOS and Cisco IOS.\n", "text that names a Cisco router", "other gateway"},
		{"       #send errors: 0, #recv errors: 105\n      local crypto endpt.: 192.0.2.1, remote crypto endpt.: 192.0.2.2\n      current outbound spi: D0E9F6C9\n", "Cisco's show crypto ipsec sa", "other gateway"},
		{"Cannot open netlink socket: Operation not permitted\n", "an error message", "as root"},
		{"SonicOS Enhanced 6.5\nCurrently Active VPN Tunnels\n", "SonicWall", "other gateway"},
		{"WatchGuard Fireware XTM\n BOVPN Tunnel status\n", "WatchGuard", "other gateway"},
		{"Sophos Firmware Version SFOS 19.5.1\nconsole> show vpn connection status\n", "Sophos", "ip xfrm state"},
		{"con1 #4\tHQ\tESTABLISHED 2551 seconds ago\nRekey: 22011s\nBytes-In: 1,204 (1 KiB) Bytes-Out: 2,231\n", "pfSense", "setkey -D"},
		{"t: #1, ESTABLISHED, IKEv2, 112124cc538ac351_i* 2df52bfbf2f4581e_r\n  local  'gwa' @ 192.0.2.1[500]\n", "swanctl --list-sas", "charon's log at level 4"},
		{"    Conn-ID    Peer            VPN   Flag(s)   Phase\n    13118      192.0.2.2:500         RD|ST     v2:2\n", "Huawei's display ike sa", "other gateway"},
		{"Columns: SPI, STATE, SRC-ADDRESS, DST-ADDRESS, AUTH-ALGORITHM, ENC-ALGORITHM\n#     SPI        STATE   SRC-ADDRESS   DST-ADDRESS   AUTH-ALGORITHM\n0  E  0xC7E6F04  mature  192.0.2.1     192.0.2.2     sha256\n", "RouterOS' installed-sa print", "print detail"},
		{"'hq' 192.0.2.2:0  selectors(total,up): 1/1  rx(pkt,err): 12/0  tx(pkt,err): 12/0\n", "get vpn ipsec tunnel summary", "diagnose vpn tunnel list"},
		{"OrderedDict([('gw', OrderedDict([('initiator-spi', b'112124cc538ac351'), ('child-sas', OrderedDict([('net-1', OrderedDict([('spi-in', b'c0077ff1')]))]))]))])\n", "vici", "ip xfrm state"},
		{"esp0xc203f085@192.0.2.2 ESP_AES_HMAC_SHA1: dir=out src=192.0.2.1 iv_bits=128bits iv=0x8a2c5d3f9c1b7e604f5a6b7c8d9e0f10 ooowin=64 alen=160 aklen=160 eklen=128\n", "KLIPS", "pluto's log"},
		{"12         10.1.0.0/24        -> 10.2.0.0/24        => tun0x1002@192.0.2.2:0\n", "KLIPS", "pluto's log"},
		{"vpncfg {\n        connections {\n                key = \"correct horse\";\n        }\n}\n", "FRITZ!Box", "--psk"},
		{"config remote 'b'\n\toption gateway '192.0.2.2'\n\toption pre_shared_key 'correct horse'\n", "OpenWrt", "ip xfrm state"},
		{"IpSecService dump:\nmNetdService Connected: true\n{mEncryption={mName=cbc(aes), mTruncLenBits=0}}\n", "dumpsys ipsec", "gateway"},
		{"\"tunnel1_preshared_key\": \"correcthorse\",\n", "Terraform", "--psk"},
		{"socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM) = 3\nsendmsg(3, {msg_iov=[{iov_base=[{nlmsg_len=24}]}]}, 0) = 24\n", "strace", "ip xfrm state"},
		{"RTNETLINK answers: Operation not permitted\nDump terminated\n", "an error message", "as root"},
		{"CLIENT_RANDOM 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff 0011\n", "a key log of TLS", "Wireshark"},
		{"192.0.2.1 gwa\n192.0.2.2 gwb\n", "a list of addresses", "--psk-file"},
		{"gwa setup\nenc key: REDACTED\nauth key: REDACTED\n", "text with its keys redacted", "without redaction"},
	} {
		_, err := Read("f", []byte(c.text))
		var f *FormatError
		if !errors.As(err, &f) || !strings.Contains(f.What, c.what) || !strings.Contains(f.Advice, c.advice) {
			t.Errorf("%v, %q, want %q and %q", err, c.text, c.what, c.advice)
		}
	}
	for _, k := range keylessOutput {
		if len(k.advice) > 120 || k.advice == "" || len(k.words) == 0 {
			t.Errorf("%s: %q", k.name, k.advice)
		}
	}
}

// A document that quotes an error is no error.
func TestQuotedErrorIsNoError(t *testing.T) {
	_, err := Read("x", []byte(strings.Repeat("A line of a manual.\n", 30)+"ip: Operation not permitted\n"))
	if err == nil || strings.Contains(err.Error(), "error message") {
		t.Error(err)
	}
}
