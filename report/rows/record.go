package rows

import (
	"time"

	"github.com/ikedecode/ikedecode/report"
)

// A head is what every record starts with.
type head struct {
	Schema int    `json:"schema"`
	Record string `json:"record"`
}

// The records.
const (
	recordIKESA    = "ike_sa"
	recordSA       = "sa"
	recordUnknown  = "unknown"
	recordExchange = "exchange"
	recordMessage  = "message"
	recordFinding  = "finding"
	recordRun      = "run"
)

// What has a tag csv is in CSV alone: in JSON it can be had from the rest.

// An ikeSARecord is an IKE SA of the report of SAs.
type ikeSARecord struct {
	head
	IKE string `json:"ike_sa"`
	*report.IKESA
	Last       time.Time `json:"-" csv:"last"`
	LastOffset float64   `json:"-" csv:"last_offset"`
}

func newIKESA(sa *report.IKESA) *ikeSARecord {
	return &ikeSARecord{head{report.Schema, recordIKESA}, cookies(sa), sa, sa.Start.Add(seconds(sa.Duration)), sa.Offset + sa.Duration}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// cookies names an IKE SA as the other records do.
func cookies(sa *report.IKESA) string { return sa.Initiator + ":" + sa.Responder }

// A saRecord is an SA of ESP, AH or IPComp.
type saRecord struct {
	head
	*report.TrafficSA
}

// An unknownRecord is a flow that was not decrypted.
type unknownRecord struct {
	head
	*report.UnknownSA
}

// A timelineSARecord is an IKE SA of a timeline; its exchanges have records of their own.
type timelineSARecord struct {
	head
	IKE string `json:"ike_sa"`
	*report.TimelineSA
	Exchanges *struct{} `json:"exchanges,omitempty"`
}

// An exchangeRecord is an exchange; its messages have records of their own.
type exchangeRecord struct {
	head
	IKE     string `json:"ike_sa"`
	Version int    `json:"version"`
	*report.Exchange
	Messages *struct{} `json:"messages,omitempty"`
}

// A messageRecord is a message, with what tells which exchange it belongs to.
type messageRecord struct {
	head
	IKE       string      `json:"ike_sa"`
	Version   int         `json:"version"`
	Exchange  string      `json:"exchange"`
	MessageID string      `json:"message_id,omitempty"`
	Purpose   string      `json:"purpose,omitempty"`
	StartedBy report.Role `json:"started_by"`
	*report.Message

	Outcome       string `json:"-" csv:"outcome"`
	Retransmitted []int  `json:"-" csv:"retransmitted_frames"`
	Mirrored      []int  `json:"-" csv:"mirrored_frames"`
}

func newMessage(sa *report.IKESA, x *report.Exchange, m *report.Message) *messageRecord {
	r := &messageRecord{
		head{report.Schema, recordMessage}, cookies(sa), sa.Version, x.Type, x.MessageID, x.Purpose, x.StartedBy, m, string(x.Outcome.Code), nil, nil,
	}
	for _, again := range m.Repeats {
		if again.Mirror {
			r.Mirrored = append(r.Mirrored, again.Frame)
		} else {
			r.Retransmitted = append(r.Retransmitted, again.Frame)
		}
	}
	return r
}

// A findingRecord is a finding.
type findingRecord struct {
	head
	*report.Finding
	Compared []string `json:"-" csv:"compared"`
	Settings []string `json:"-" csv:"options"`
}

func newFinding(f *report.Finding) *findingRecord {
	r := &findingRecord{head{report.Schema, recordFinding}, f, nil, nil}
	for _, v := range f.Values {
		r.Compared = append(r.Compared, v.Name+": "+v.Initiator+" | "+v.Responder)
	}
	for _, o := range f.Options {
		r.Settings = append(r.Settings, o.Product+": "+o.Name)
	}
	return r
}

// A runRecord is the last one: what the document says apart from the rows.
type runRecord struct {
	head
	Report   string           `json:"report"`
	Captures []string         `json:"captures,omitempty"`
	ExitCode int              `json:"exit_code"`
	Complete bool             `json:"complete"`
	Error    *report.Problem  `json:"error,omitempty"`
	Warnings []report.Problem `json:"warnings,omitempty"`
	*timelineRun
	*sasRun
	*diagnosisRun
	Selection any `json:"selection,omitempty"`
}

type timelineRun struct {
	Packets  int        `json:"packets"`
	Start    *time.Time `json:"start,omitempty"`
	Duration float64    `json:"duration"`
	Notes    []string   `json:"notes,omitempty"`
}

type sasRun struct {
	UnknownMore int `json:"unknown_more,omitempty"`
}

type diagnosisRun struct {
	Verdict report.Verdict `json:"verdict"`
	Healthy bool           `json:"healthy"`
}

func newRun(d *report.Document) *runRecord {
	r := &runRecord{
		head: head{report.Schema, recordRun}, Report: d.Report, Captures: d.Captures, ExitCode: d.ExitCode, Complete: d.Complete, Error: d.Error, Warnings: d.Warnings,
	}
	if t := d.Timeline; t != nil {
		r.timelineRun = &timelineRun{t.Packets, t.Start, t.Duration, t.Notes}
		if t.Selection != nil {
			r.Selection = t.Selection
		}
	}
	if s := d.SAs; s != nil {
		r.sasRun = &sasRun{s.UnknownMore}
		if s.Selection != nil {
			r.Selection = s.Selection
		}
	}
	if x := d.Diagnosis; x != nil {
		r.diagnosisRun = &diagnosisRun{x.Verdict, x.Healthy}
		if x.Selection != nil {
			r.Selection = x.Selection
		}
	}
	return r
}
