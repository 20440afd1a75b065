package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/traffic"
)

const filterHelp = `filters:
        --peer PEER     only traffic of this peer: address, prefix, or part of an identity or user
                        name (XAUTH, EAP). May be repeated, any match counts
        --sa SA         only this IKE SA: ICOOKIE[:RCOOKIE], a prefix is enough; or only this IPsec
                        SA: 0x and its SPI. May be repeated, any match counts
        --since TIME, --until TIME
                        only what has a packet in that time: seconds since the first packet (12.5),
                        a time in UTC (15:04:05), or date and time (RFC 3339)

`

// filterOptions select a part of a capture.
type filterOptions struct {
	peers, sas   []string
	since, until string
}

func (o *filterOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.peers, "peer", nil, "only traffic of this peer")
	f.StringArrayVar(&o.sas, "sa", nil, "only this SA")
	f.StringVar(&o.since, "since", "", "only from this time on")
	f.StringVar(&o.until, "until", "", "only up to this time")
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
			f.Words = append(f.Words, one.flag+" "+v)
		}
	}
	if f.Never() {
		return nil, usagef("--until %s is before --since %s", o.until, o.since)
	}
	return f, nil
}

// scope readies the filter for the second pass; nil: there is none.
func (o *filterOptions) scope(an *analysis) (*report.Scope, error) {
	filter, err := o.filter()
	if err != nil || !filter.Active() {
		return nil, err
	}
	if an.live != nil {
		return an.liveScope(filter), nil
	}
	return filter.Scope(an.Session), nil
}

// choose is the analysis, after its run, of what a filter selects: all, where there is none.
func (an *analysis) choose(sc *report.Scope) (*analysis, *report.PacketSelection) {
	if sc == nil {
		return an, nil
	}
	part, sel := sc.Part()
	chosen := *an
	chosen.Session = part
	return &chosen, sel
}

// An onlySelected shows its observer what a filter selects.
type onlySelected struct {
	scope    *report.Scope
	observer traffic.Observer
}

// Frame takes one packet in.
func (o onlySelected) Frame(f *ikedecode.Frame) {
	if o.scope.Selects(f) {
		o.observer.Frame(f)
	}
}

func given(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}
