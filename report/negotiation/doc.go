// Package negotiation says what a capture shows of the negotiations in it: how each exchange ended, and why. It has facts, no words:
// package words has those.
package negotiation
