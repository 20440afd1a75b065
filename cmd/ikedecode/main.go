// Command ikedecode decrypts captured IPsec traffic with the keys of the user, and shows what was negotiated and what went
// wrong. See the README for how to use it.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
