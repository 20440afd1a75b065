package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/report"
)

const filterHelp = `filters:
        --peer PEER     only what this peer takes part in: address, prefix, or a part of an identity
                        or of the name of a user (XAUTH, EAP). Repeatable: one must fit
        --sa SA         only this IKE SA: ICOOKIE[:RCOOKIE], of which the first digits do; or only
                        this SA of ESP or AH: 0x and its SPI. Repeatable: one must fit
        --since TIME, --until TIME
                        only what has a packet in that time: seconds since the first packet of the
                        capture (12.5), a time in UTC (15:04:05), or date and time (RFC 3339)

`

// filterOptions select a part of a capture.
type filterOptions struct {
	peers, sas   []string
	since, until string
}

func (o *filterOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.peers, "peer", nil, "only what this peer takes part in")
	f.StringArrayVar(&o.sas, "sa", nil, "only this SA")
	f.StringVar(&o.since, "since", "", "only what was seen from then on")
	f.StringVar(&o.until, "until", "", "only what was seen up to then")
}

// filter makes the filter; what cannot be one is wrong usage.
func (o *filterOptions) filter() (*report.Filter, error) {
	f := &report.Filter{}
	for _, one := range []struct {
		flag   string
		values []string
		set    func(string) error
	}{{"--peer", o.peers, f.AddPeer}, {"--sa", o.sas, f.AddSA}, {"--since", given(o.since), f.SetSince}, {"--until", given(o.until), f.SetUntil}} {
		for _, v := range one.values {
			if err := one.set(v); err != nil {
				return nil, &usageError{err: fmt.Errorf("%s: %w", one.flag, err)}
			}
		}
	}
	if f.Never() {
		return nil, usagef("--until %s is before --since %s", o.until, o.since)
	}
	return f, nil
}

func given(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}
