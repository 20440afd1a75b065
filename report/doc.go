// Package report turns an analysed capture into what people and programs read: the timeline of the negotiations, the
// tables of SAs, the diagnosis, what decrypt did, and what a key export holds. It reads the results of the packages
// below it and changes none.
//
// Every report is built as a model first: plain structs whose JSON form is documented in docs/json.md. The text form
// is made from the same model, so that the two never tell different facts, and colour only changes the look. Whatever
// comes out of packets or files passes through [Escape] on its way to a terminal.
package report
