package page

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	goflag "flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/export"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/markup"
	"github.com/ikedecode/ikedecode/report/text"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// The whole path, from the packets to the page, over recorded sessions that were damaged, with the secrets that belong to them: what a
// report says of a message that is half readable is written for messages that are whole.

// A tape is a session whose packets can be changed: records of a pcap file, each with its header.
type tape struct {
	name    string
	head    []byte
	records [][]byte
	bag     *secret.Bag
}

const (
	pcapHead   = 24
	recordHead = 16
	udpPayload = 14 + 20 + 8 // in Ethernet and IPv4
)

// tapes are sessions in which much happens, from short captures; with the second form of each the messages inside are damaged, not
// their ciphertext.
func tapes(t testing.TB) (list []*tape) {
	t.Helper()
	for _, name := range []string{
		"diag-v2-rekey-lost", "v2-simultaneous", "simultaneous-v1", "diag-v2-ts", "v1-aggressive-rsa-certs", "diag-xauth", "diag-v2-eap", "path-mobike-probe",
		"path-cookie", "diag-pfs", "fail-id-mismatch", "v2-rsa-certs-frag", "diag-cert-expired",
	} {
		tp := record(t, name)
		list = append(list, tp, tp.opened(t))
	}
	return list
}

// record reads a session of testdata. It keeps the first ESP packets alone: the rest tells a report no more.
func record(t testing.TB, name string) *tape {
	t.Helper()
	dir := filepath.Join(pcaps, name)
	b, err := os.ReadFile(filepath.Join(dir, "wire.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	tp := &tape{name: name, head: b[:pcapHead]}
	const mostESP = 12
	esp := 0
	for b = b[pcapHead:]; len(b) > recordHead; {
		n := recordHead + int(binary.LittleEndian.Uint32(b[8:]))
		r := b[:n:n]
		b = b[n:]
		if protocol := r[recordHead+23]; protocol == 50 {
			if esp++; esp > mostESP {
				continue
			}
		}
		tp.records = append(tp.records, r)
	}
	tp.bag = secretsIn(t, dir)
	return tp
}

// secretsIn are the secrets of a session of testdata.
func secretsIn(t testing.TB, dir string) *secret.Bag {
	t.Helper()
	bag := &secret.Bag{}
	for _, file := range []string{"gwa.log", "gwa.log.gz", "gwb.remarks", "keys.txt"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			continue
		}
		keys, err := source.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		bag.Merge(keys)
	}
	return bag
}

// file is the tape as a capture file.
func (tp *tape) file() []byte { return append(bytes.Clone(tp.head), bytes.Join(tp.records, nil)...) }

// opened is the tape with its IKE messages in the clear, as decrypt writes them.
func (tp *tape) opened(t testing.TB) *tape {
	t.Helper()
	out := &tape{name: tp.name + ", opened", head: tp.head, records: bytesClone(tp.records), bag: tp.bag}
	_, err := passes(tp.file(), tp.bag, func(f *ikedecode.Frame) error {
		for _, it := range f.Items {
			if it.IKE == nil || !report.Readable(it.IKE) {
				continue
			}
			clear := report.ClearMessage(it.IKE)
			r := out.records[f.Packet.Number-1]
			at := bytes.Index(r, it.Datagram.Payload)
			if at < recordHead+udpPayload {
				continue
			}
			r = append(r[:at:at], clear...)
			n := len(r) - recordHead
			binary.LittleEndian.PutUint32(r[8:], uint32(n))
			binary.LittleEndian.PutUint32(r[12:], uint32(n))
			binary.BigEndian.PutUint16(r[recordHead+16:], uint16(n-14))
			binary.BigEndian.PutUint16(r[recordHead+38:], uint16(n-34))
			out.records[f.Packet.Number-1] = r
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func bytesClone(list [][]byte) [][]byte {
	out := make([][]byte, len(list))
	for i, b := range list {
		out[i] = bytes.Clone(b)
	}
	return out
}

// A program is a list of edits, five bytes each: what is done, in which record, where (two bytes), and a value.
const editLen = 5

// edited is the tape after a program of edits; other gives the packets that are spliced in.
func (tp *tape) edited(program []byte, other *tape) *tape {
	out := &tape{name: tp.name, head: tp.head, records: bytesClone(tp.records), bag: tp.bag}
	for ; len(program) >= editLen && len(out.records) > 0; program = program[editLen:] {
		out.edit(program[0], int(program[1])%len(out.records), int(binary.BigEndian.Uint16(program[2:])), program[4], other)
	}
	return out
}

func (tp *tape) edit(what byte, i, where int, value byte, other *tape) {
	const most = 400
	r := tp.records[i]
	at := recordHead + where%(len(r)-recordHead)
	if len(r) > recordHead+udpPayload && value&0x80 == 0 { // most edits hit what IKE and ESP are about
		at = recordHead + udpPayload + where%(len(r)-recordHead-udpPayload)
	}
	switch what % 10 {
	case 0, 1:
		r[at] ^= 1 << (value % 8)
	case 2:
		r[at] = value
	case 3:
		r[at] = 0xff
		r[min(at+1, len(r)-1)] = 0xff
	case 4: // the snap length cuts it
		if at > recordHead+14 {
			binary.LittleEndian.PutUint32(r[8:], uint32(at-recordHead))
			tp.records[i] = r[:at]
		}
	case 5:
		tp.records = append(tp.records[:i:i], tp.records[i+1:]...)
	case 6:
		tp.insert(i, r, most)
	case 7:
		k := (i + 1 + int(value)) % len(tp.records)
		a, b := tp.records[i], tp.records[k]
		var times [8]byte
		copy(times[:], a)
		copy(a[:8], b[:8])
		copy(b[:8], times[:])
		tp.records[i], tp.records[k] = b, a
	case 8:
		if s := other.records[where%len(other.records)]; len(s) > recordHead {
			s = bytes.Clone(s)
			copy(s[:8], r[:8])
			tp.insert(i, s, most)
		}
	case 9: // a part of one message in place of that of another
		if s := other.records[where%len(other.records)]; len(s) > recordHead+udpPayload && len(r) > recordHead+udpPayload {
			copy(r[recordHead+udpPayload+int(value)%(len(r)-recordHead-udpPayload):], s[recordHead+udpPayload:])
		}
	}
}

func (tp *tape) insert(i int, r []byte, most int) {
	if len(tp.records) < most {
		tp.records = append(tp.records[:i:i], append([][]byte{bytes.Clone(r)}, tp.records[i:]...)...)
	}
}

// passes runs both passes over a capture.
func passes(file []byte, bag *secret.Bag, frame func(*ikedecode.Frame) error) (*ikedecode.Session, error) {
	own := &secret.Bag{}
	own.Merge(bag)
	src, err := capture.Open([]string{"-"}, capture.Options{Stdin: bytes.NewReader(file)})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	s, err := ikedecode.Analyze(context.Background(), src, own, ikedecode.Options{})
	if err != nil {
		return nil, err
	}
	return s, s.Run(context.Background(), frame)
}

// reports makes of a capture all that can be made of it.
func reports(file []byte, bag *secret.Bag, withPage bool) error {
	watch, series, flows := &traffic.Watch{}, &traffic.Rates{}, &traffic.Flows{}
	var comments report.Comments
	var comment []byte
	s, err := passes(file, bag, func(f *ikedecode.Frame) error {
		for i := range f.Items {
			it := &f.Items[i]
			comment = comments.Append(comment[:0], it)
			if it.IKE != nil && report.Readable(it.IKE) {
				report.ClearMessage(it.IKE)
			}
		}
		return traffic.Shown(watch, series, flows)(f)
	})
	if input := (*capture.InputError)(nil); errors.As(err, &input) {
		return nil // no capture any more
	}
	if err != nil {
		return err
	}
	p := text.NewPrinter(io.Discard, text.Options{Color: true, Width: 80})
	timeline, sas, diagnosis := report.NewTimeline(s), report.NewSAs(s), report.Diagnose(s, watch)
	err = errors.Join(text.Timeline(p, timeline, report.TimelineView{Verbose: true}), text.Ladder(p, timeline, report.TimelineView{Times: report.TimesDelta}),
		markup.Mermaid(io.Discard, timeline, report.TimelineView{}), markup.Markdown(io.Discard, timeline, report.TimelineView{Times: report.TimesAbsolute}),
		text.SAs(p, sas), text.Diagnosis(p, diagnosis))
	_, jsonErr := json.Marshal([]any{timeline, sas, diagnosis, report.NewKeys(s.Bag, true)})
	err = errors.Join(err, jsonErr)
	for _, noVerify := range []bool{false, true} {
		err = errors.Join(err, exports(report.Collect(s, flows, noVerify)))
	}
	report.CertificateFiles(s.SAs)
	for range report.FileNotes(s) {
	}
	text.DecryptLines(report.NewDecrypt(s, nil, 0))
	if withPage {
		_, _, pageErr := Make(Input{Session: s, Watch: watch, Series: series, Captures: []string{"wire.pcap"}, ShowSecrets: true})
		err = errors.Join(err, pageErr)
	}
	return err
}

// exports writes the keys in every format.
func exports(m *report.Material) error {
	_, esp := export.WriteESPSA(io.Discard, m.Bag.SAs, export.Wireshark40)
	_, block := export.WriteESPS(io.Discard, m.Bag.SAs)
	_, tcpdump := export.WriteTCPDump(io.Discard, m.Bag.SAs)
	_, xfrm := export.WriteXFRM(io.Discard, m.Bag.SAs)
	_, setkey := export.WriteSetkey(io.Discard, m.Bag.SAs)
	return errors.Join(esp, block, tcpdump, xfrm, setkey, export.WriteIKEv1Table(io.Discard, m.IKEv1), export.WriteIKEv2Table(io.Discard, m.IKEv2), secret.WriteKeyLog(io.Discard, m.Bag))
}

// try runs the whole path over an edited tape, and tells of a panic which edits led to it.
func (tp *tape) try(t *testing.T, program []byte, other *tape, withPage bool) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s, edits %x from %s: panic: %v\n%s", tp.name, program, other.name, r, debug.Stack())
		}
	}()
	out := tp.edited(program, other)
	if err := reports(out.file(), out.bag, withPage); err != nil {
		t.Errorf("%s, edits %x from %s: %v", tp.name, program, other.name, err)
	}
}

var extraRounds = goflag.Int("rounds", 0, "how often each session is damaged in TestDamagedSessions and TestChangedLetters; more than a few where it is set")

// roundsOf is that, or so many where nobody set it.
func roundsOf(short, usual int) int {
	switch {
	case *extraRounds > 0:
		return *extraRounds
	case testing.Short():
		return short
	}
	return usual
}

// anyProgram is a program of so many edits.
func anyProgram(random *rand.Rand, edits int) []byte {
	program := make([]byte, editLen*edits)
	for k := range program {
		program[k] = byte(random.Uint32())
	}
	return program
}

// Damaged sessions break no report.
func TestDamagedSessions(t *testing.T) {
	rounds := roundsOf(8, 80)
	list := tapes(t)
	for i, tp := range list {
		t.Run(tp.name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(*extraRounds), uint64(i)))
			for n := range rounds {
				program := anyProgram(random, 1+random.IntN(6))
				tp.try(t, program, list[random.IntN(len(list))], n%8 == 0)
			}
		})
	}
}

func FuzzReports(f *testing.F) {
	list := tapes(f)
	for i := range list {
		f.Add(uint8(i), uint8(i+1), []byte{byte(i), byte(i), 0, byte(i), 0, 6, 3, 0, 0, 0, 7, 1, 0, 0, 1})
	}
	f.Fuzz(func(t *testing.T, from, other uint8, program []byte) {
		list[int(from)%len(list)].try(t, program[:min(len(program), 16*editLen)], list[int(other)%len(list)], true)
	})
}
