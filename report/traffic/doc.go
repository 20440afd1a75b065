// Package traffic observes the second pass over a capture: what its packets show besides the counts of the session and the SAs.
// It judges nothing: rules, outcomes and reports do. Every observer gets the frames in the order of the capture, its zero
// value is ready, and its memory is bounded, whatever the capture claims.
package traffic
