// Package ip reads the headers of IPv4, IPv6, ICMP, TCP and UDP, sets their lengths and checksums, and names the protocol
// numbers. It is the one place that does: captured packets, packets out of a tunnel and packets quoted by ICMP errors are read by it.
//
// What is read comes as values, without allocation. Nothing is rejected for being cut: a header that is there is read, and says how
// long the packet claims to be. Where the bytes of a packet end, and what that means, is up to the caller.
package ip
