// Package esp decrypts ESP (RFC 4303), verifies AH (RFC 4302) and decompresses IPComp (RFC 3173).
//
// A [Table] has the SAs from any source: an IKE negotiation, a key log, kernel state. [Table.Open] finds the SA of a
// packet, verifies the ICV, decrypts, checks the padding, and continues with the inner packet: ESP, AH or IPComp in transport mode, the inner
// packet of a tunnel, the tunnel inside that. What comes out is an inner IP packet, or the content that belongs behind the
// outer IP header.
//
// # Which SA
//
// An SA is found by SPI and destination, then by SPI alone, since a NAT may stand between the gateway that told the addresses
// and the capture; then among those whose source names no SPI. Where several SAs match, the ICV tells. An SA without an ICV,
// or with one whose key nobody has, is verified by its content: padding, next header, lengths and checksums inside.
// What a source does not tell or has wrong is found by the ICV too: HMAC-SHA-256 cut to 96 or to 128 bits, 32 or 64 bits of
// sequence number.
//
// # What an ICV proves
//
// An ICV proves the key that it is made with, and that the packet is as it was sent. In a combined mode (AES-GCM, AES-CCM,
// ChaCha20-Poly1305) there is no other key, and the salt is under the ICV, too. Where a MAC stands beside a cipher, the ICV says
// nothing of the encryption key. That is proved by what it decrypts in the first packets, unless the SA is [Params].Derived: pad
// length, padding, next header, inner header and lengths, counted in bits. With ICVs that are correct and content that is not,
// [Table.Open] gives [ErrCipherKey] and nothing is decrypted. The reverse, content that is correct and ICVs that are not, is found
// too, but decrypted only with [Table].NoVerify. [SA.KeyFault] says which key it is.
//
// # NULL encryption without keys
//
// A [NullDetector] finds flows whose ESP packets are not encrypted by what they hold (RFC 5879), and the table then decrypts them,
// as unverified.
//
// An SA with extended sequence numbers whose beginning is not in the capture has an unknown high half, which is under the ICV but
// not sent. It is searched on the first packets, up to 2^17, and followed from there over loss, reordering and wraps; what a
// wrong key may cost in vain is bounded for each SA and for the table.
//
// # Without an ICV
//
// Packets that the snap length cut lack their ICV and trailer. Where other packets have verified the SA, or nothing is encrypted,
// what is there comes out: [Opened].Cut is set, nothing is Verified, and the next header is what shows itself (an IP packet
// in tunnel mode) or what most packets of the SA had. The last bytes may be padding where only the ICV is missing in part.
//
// AH does not encrypt: what no SA is known for is read all the same, with [NoteNoSA] and nothing verified, if its content is
// plausible. An SA is made to count it on ([SA.Bare]).
//
// # Statistics
//
// [SA.Stats] has the traffic of each SA: packets and bytes, loss and gaps in the sequence numbers, reordering, what the capture
// point saw twice and what was replayed, what replay windows of 32 to 1024 packets would drop, ICV failures, protocols inside.
//
// # Speed
//
// Algorithms and keys are looked at once for each SA, cipher and MAC set up once for each SA and goroutine; a [Scratch] has
// all memory that a packet needs. Decrypting a packet, or failing to, allocates nothing, and its cost does not depend on the
// number of SAs.
package esp
