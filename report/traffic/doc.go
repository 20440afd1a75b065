// Package traffic observes the second pass over a capture: what is seen of its packets besides the counts that the session and the SAs
// keep. Nothing is judged here; rules, outcomes and reports ask. Every observer gets the frames in the order of the capture, its zero
// value is ready, and its memory is bounded, whatever the capture claims.
package traffic
