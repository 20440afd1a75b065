package archive

import (
	"time"

	"github.com/ikedecode/ikedecode/report"
)

// What the tasks of an archive came to as tables for other programs: the SAs, and the flows inside them.

// An SARow is a row of the table of SAs. Columns are named as in the CSV of sas; text that is not known is empty, and a time null.
type SARow struct {
	Record       string     `parquet:"record,dict"` // "sa"; "unknown" for a flow that was not decrypted
	IKE          string     `parquet:"ike_sa"`      // cookies of the IKE SA that negotiated it
	Protocol     string     `parquet:"protocol,dict"`
	SPI          string     `parquet:"spi"`
	Src          string     `parquet:"src"`
	Dst          string     `parquet:"dst"`
	Mode         string     `parquet:"mode,dict"`
	Encryption   string     `parquet:"encryption,dict"`
	Integrity    string     `parquet:"integrity,dict"`
	ESN          bool       `parquet:"esn"`
	UDP          bool       `parquet:"udp"`
	Selectors    string     `parquet:"selectors"`
	PFS          string     `parquet:"pfs_group,dict"`
	RekeyedFrom  string     `parquet:"rekeyed_from"`
	Proved       bool       `parquet:"proved"`
	Proof        string     `parquet:"proof,dict"`
	Packets      int64      `parquet:"packets"`
	Bytes        int64      `parquet:"bytes"`
	Opened       int64      `parquet:"opened"`
	OpenedBytes  int64      `parquet:"opened_bytes"`
	ICVFailures  int64      `parquet:"icv_failures"`
	Undeciphered int64      `parquet:"undeciphered"`
	Malformed    int64      `parquet:"malformed"`
	Lost         uint64     `parquet:"lost"`
	Gaps         int64      `parquet:"gaps"`
	Duplicates   int64      `parquet:"duplicates"`
	Repeats      int64      `parquet:"repeats"`
	Replays      int64      `parquet:"replays"`
	Reordered    int64      `parquet:"reordered"`
	Dummies      int64      `parquet:"dummies"`
	FirstFrame   int64      `parquet:"first_frame"`
	LastFrame    int64      `parquet:"last_frame"`
	First        *time.Time `parquet:"first,optional,timestamp(microsecond)"`
	Last         *time.Time `parquet:"last,optional,timestamp(microsecond)"`
	MinSeq       uint64     `parquet:"min_seq"`
	MaxSeq       uint64     `parquet:"max_seq"`
	Reason       string     `parquet:"reason,dict"` // why it was not decrypted
	// The files that FirstFrame and LastFrame are frames of, where it is not known which frames of the whole they are.
	FirstFile string `parquet:"first_file,dict"`
	LastFile  string `parquet:"last_file,dict"`
}

// A FlowRow is a row of the table of flows: packets with the same addresses, protocol and ports inside an SA.
type FlowRow struct {
	Protocol    string    `parquet:"protocol,dict"` // of the SA, as SPI, SASrc and SADst
	SPI         string    `parquet:"spi,dict"`
	SASrc       string    `parquet:"sa_src,dict"`
	SADst       string    `parquet:"sa_dst,dict"`
	IKE         string    `parquet:"ike_sa,dict"`
	Src         string    `parquet:"src"`
	Dst         string    `parquet:"dst"`
	InnerNumber int32     `parquet:"ip_protocol"` // number of IANA
	SrcPort     int32     `parquet:"src_port"`
	DstPort     int32     `parquet:"dst_port"`
	Other       bool      `parquet:"other"` // all that there was no room for
	Packets     int64     `parquet:"packets"`
	Bytes       int64     `parquet:"bytes"` // of the inner packets
	First       time.Time `parquet:"first,timestamp(microsecond)"`
	Last        time.Time `parquet:"last,timestamp(microsecond)"`
}

// SARows are the rows of the SAs, then those of the flows that were not decrypted.
func (s *Sum) SARows() []SARow {
	rows := make([]SARow, 0, len(s.SAs.SAs)+len(s.SAs.Unknown))
	for i := range s.SAs.SAs {
		if t := &s.SAs.SAs[i]; t.Shown() {
			rows = append(rows, newSARow(t))
		}
	}
	for i := range s.SAs.Unknown {
		u := &s.SAs.Unknown[i]
		rows = append(rows, SARow{
			Record: "unknown", Protocol: u.Protocol, SPI: u.SPI, Src: u.Src, Dst: u.Dst, UDP: u.UDP, Packets: int64(u.Packets),
			FirstFrame: int64(u.FirstFrame), LastFrame: int64(u.LastFrame), First: &u.First, Last: &u.Last, Reason: u.Reason,
			FirstFile: u.FirstFile, LastFile: u.LastFile,
		})
	}
	return rows
}

func newSARow(t *report.TrafficSA) SARow {
	return SARow{
		Record: "sa", IKE: t.IKE, Protocol: t.Protocol, SPI: t.SPI, Src: t.Src, Dst: t.Dst, Mode: t.Mode, Encryption: t.Encryption, Integrity: t.Integrity,
		ESN: t.ESN, UDP: t.UDP, Selectors: t.Selectors, PFS: t.PFS, RekeyedFrom: t.RekeyedFrom, Proved: t.Proved, Proof: t.Proof,
		Packets: int64(t.Packets), Bytes: t.Bytes, Opened: int64(t.Opened), OpenedBytes: t.OpenedBytes, ICVFailures: int64(t.ICVFailures),
		Undeciphered: int64(t.Undeciphered), Malformed: int64(t.Malformed), Lost: t.Lost, Gaps: int64(t.Gaps), Duplicates: int64(t.Duplicates),
		Repeats: int64(t.Repeats), Replays: int64(t.Replays), Reordered: int64(t.Reordered), Dummies: int64(t.Dummies),
		FirstFrame: int64(t.FirstFrame), LastFrame: int64(t.LastFrame), First: t.First, Last: t.Last, MinSeq: t.MinSeq, MaxSeq: t.MaxSeq,
		FirstFile: t.FirstFile, LastFile: t.LastFile,
	}
}

// FlowRows are the rows of the flows.
func (s *Sum) FlowRows() []FlowRow {
	rows := make([]FlowRow, len(s.Flows))
	for i := range s.Flows {
		f := &s.Flows[i]
		sa := &s.SAs.SAs[f.SA]
		rows[i] = FlowRow{
			Protocol: sa.Protocol, SPI: sa.SPI, SASrc: sa.Src, SADst: sa.Dst, IKE: sa.IKE, InnerNumber: int32(f.Protocol),
			SrcPort: int32(f.SrcPort), DstPort: int32(f.DstPort), Other: f.Other, Packets: int64(f.Packets), Bytes: f.Bytes, First: f.First, Last: f.Last,
		}
		if f.Src.IsValid() {
			rows[i].Src, rows[i].Dst = f.Src.String(), f.Dst.String()
		}
	}
	return rows
}
