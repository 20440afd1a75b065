// Package alg has the tables of algorithms, one row each, and the primitives that the Go library lacks. A row
// has the numbers of each space that negotiates it, the names by which programs print it, and constructors.
//
// A look-up that finds nothing gives nil: the algorithm is not supported. Package ike has the names of all known
// algorithms.
package alg
