// Package alg holds the tables of algorithms, one row an algorithm, and the primitives that Go's library lacks. A row
// has the numbers of each space that negotiates it, the names by which programs print it, and constructors.
//
// A look-up that finds nothing gives nil: the algorithm is not supported. Package ike has the names of those that are known all the
// same.
package alg
