// Package esp opens ESP (RFC 4303), AH (RFC 4302) and IPComp (RFC 3173) packets.
//
// A [Table] holds the SAs, whoever told of them: an IKE negotiation, a key log, a kernel's state. [Table.Open] finds the SA of a
// packet, checks the ICV, decrypts, checks the padding, and goes on inside: ESP, AH or IPComp in transport mode, the inner
// packet of a tunnel, the tunnel inside that. What comes out is an inner IP packet, or the content that belongs behind the
// outer IP header.
//
// # Which SA
//
// An SA is found by SPI and destination, then by SPI alone, since a NAT may stand between the gateway that told the addresses
// and the capture; then among those whose source names no SPI. Where several SAs fit, the ICV tells. An SA without an ICV,
// or with one whose key nobody has, proves itself by its content: padding, next header, lengths and checksums inside.
// What a source does not tell or has wrong is found by the ICV too: HMAC-SHA-256 cut to 96 or to 128 bits, 32 or 64 bits of
// sequence number.
//
// # NULL encryption without keys
//
// A [NullDetector] finds flows whose ESP packets are not encrypted by what they hold (RFC 5879), and the table then opens them,
// as unverified.
//
// # Speed
//
// Algorithms and keys are looked at once for each SA, cipher and MAC set up once for each SA and goroutine; a [Scratch] has
// all memory that a packet needs. Opening a packet, or failing to, allocates nothing, and its cost does not depend on the
// number of SAs.
package esp
