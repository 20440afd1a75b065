// Package archive is what it takes to decrypt an archive of captures file by file, with one key log, by any number of processes on any number of
// machines: a manifest of what is in which file, tasks, marks of those that are done, and their sum.
//
// Nothing runs between the processes: who finds the mark of a task leaves it, and who does one that another does too writes the same.
package archive
