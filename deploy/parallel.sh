#!/bin/sh
# An archive with GNU parallel: N processes on this machine, or on those of --sshlogin that see the same directories.
#
#     deploy/parallel.sh ARCHIVE KEYLOG OUT N
set -eu
archive=$1 keys=$2 out=$3 n=$4
seq 0 $((n - 1)) | parallel --halt soon,fail=1 --retries 2 \
	ikedecode batch "$archive" -k "$keys" -w "$out" --workers 1 --index {} --of "$n" --closed-ok -q
ikedecode merge "$out"
