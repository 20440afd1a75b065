// Package alg holds the tables of algorithms, one row an algorithm, and the primitives that Go's library lacks. A row
// has the numbers of each space that negotiates it, the names by which programs print it, and constructors.
//
// A look-up that finds nothing gives nil: the algorithm is not supported. The name functions (CipherNameESP and its like) know
// more numbers than the tables do, so that a report can tell "known, but not supported" from "unknown".
package alg
