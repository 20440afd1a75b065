package source

import (
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// A script may have its commands in a function, which is called for each SA:
//
//	do_esp() {
//	    local me=$1
//	    ip xfrm state add src $2 dst $me proto esp spi $3 enc aes $4
//	}
//	do_esp 192.0.2.2 192.0.2.1 0x3e9 0x60cb...
type shellFuncs struct {
	names   []string // in the order of the script
	bodies  map[string][]line
	called  map[string]bool
	reading string // the name of the one that is being read; "": none
	body    []line
	depth   int // of calls
	lines   int // that the outermost call has run
}

const (
	maxShellFuncs = 100
	maxShellBody  = 200 // lines
	maxShellCalls = 3   // in one another
	maxShellLines = 400 // of a call, with those of the calls in it
	maxShellArgs  = 20
)

var reShellFunc = pattern(`^\s*(?:function\s+)?([A-Za-z_]\w*)\s*\(\)\s*\{\s*$`)

// opensShellFunc is the name of the function that a line begins; "": none.
func opensShellFunc(text string) string {
	if !strings.HasSuffix(trimBlanks(text), "{") || !strings.Contains(text, "()") {
		return ""
	}
	if m := reShellFunc.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// call is the name of the function that a line calls; "": none.
func (f *shellFuncs) call(text string) string {
	if len(f.bodies) == 0 {
		return ""
	}
	name, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	if f.bodies[name] == nil {
		return ""
	}
	return name
}

// read takes a line of a function, or the one that begins it. Where the end shows that it has no command, or is none, its lines are given back.
func (f *shellFuncs) read(l line, wanted func(text string) bool) (back []line, taken bool) {
	if f.reading == "" {
		f.reading = opensShellFunc(l.text)
		return nil, f.reading != ""
	}
	if strings.TrimSpace(l.text) != "}" {
		f.body = append(f.body, l)
		if len(f.body) < maxShellBody {
			return nil, true
		}
		return f.giveBack(), true
	}
	for _, b := range f.body {
		if wanted(b.text) && f.bodies[f.reading] == nil && len(f.names) < maxShellFuncs {
			if f.bodies == nil {
				f.bodies, f.called = make(map[string][]line), make(map[string]bool)
			}
			f.names, f.bodies[f.reading] = append(f.names, f.reading), f.body
			f.reading, f.body = "", nil
			return nil, true
		}
	}
	return f.giveBack(), true
}

func (f *shellFuncs) giveBack() []line {
	back := f.body
	f.reading, f.body = "", nil
	return back
}

// uncalled are the lines of functions that nothing calls, and those of one that has no end.
func (f *shellFuncs) uncalled() (list []line) {
	for _, name := range f.names {
		if !f.called[name] {
			list = append(list, f.bodies[name]...)
		}
	}
	return append(list, f.giveBack()...)
}

// run calls a function: its lines are taken with what stands behind its name as $1 and so on. What goes over the bounds is left out.
func (f *shellFuncs) run(name string, l line, vars *shellVars, take func(line) error) error {
	if f.depth >= maxShellCalls {
		return nil
	}
	if f.depth == 0 {
		f.lines = 0
	}
	f.called[name] = true
	words := lex.ShellWords(vars.expand(l.text))
	if *vars == nil {
		*vars = shellVars{}
	}
	for i := 1; i < maxShellArgs; i++ {
		delete(*vars, strconv.Itoa(i))
		if i < len(words) && len(words[i].Text) <= maxVarText {
			(*vars)[strconv.Itoa(i)] = words[i].Text
		}
	}
	f.depth++
	defer func() { f.depth-- }()
	for _, b := range f.bodies[name] {
		if f.lines++; f.lines > maxShellLines {
			break
		}
		b.num = l.num
		if err := take(b); err != nil {
			return err
		}
	}
	return take(l.with("")) // ends what the last command began
}
