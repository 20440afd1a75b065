package source

import (
	"regexp"
	"sync"
)

// A lazyRegexp is a regular expression that is compiled when it is first tried. Most files are of one product, whose patterns are few; to compile those of
// all products takes longer than to decrypt a short capture.
type lazyRegexp struct {
	expr     string
	compiled func() *regexp.Regexp
}

// patterns are all that pattern made, for a test to compile.
var patterns []*lazyRegexp

// pattern is for variables of the package: an expression that does not compile panics where it is first tried.
func pattern(expr string) *lazyRegexp {
	p := &lazyRegexp{expr: expr, compiled: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })}
	patterns = append(patterns, p)
	return p
}

func (p *lazyRegexp) Match(b []byte) bool                  { return p.compiled().Match(b) }
func (p *lazyRegexp) MatchString(s string) bool            { return p.compiled().MatchString(s) }
func (p *lazyRegexp) FindString(s string) string           { return p.compiled().FindString(s) }
func (p *lazyRegexp) FindStringIndex(s string) []int       { return p.compiled().FindStringIndex(s) }
func (p *lazyRegexp) FindStringSubmatch(s string) []string { return p.compiled().FindStringSubmatch(s) }
func (p *lazyRegexp) FindStringSubmatchIndex(s string) []int {
	return p.compiled().FindStringSubmatchIndex(s)
}
func (p *lazyRegexp) FindAllString(s string, n int) []string { return p.compiled().FindAllString(s, n) }
func (p *lazyRegexp) FindAllStringIndex(s string, n int) [][]int {
	return p.compiled().FindAllStringIndex(s, n)
}
func (p *lazyRegexp) FindAllStringSubmatch(s string, n int) [][]string {
	return p.compiled().FindAllStringSubmatch(s, n)
}
func (p *lazyRegexp) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return p.compiled().FindAllStringSubmatchIndex(s, n)
}
func (p *lazyRegexp) ReplaceAllString(s, with string) string {
	return p.compiled().ReplaceAllString(s, with)
}
func (p *lazyRegexp) ReplaceAllStringFunc(s string, with func(string) string) string {
	return p.compiled().ReplaceAllStringFunc(s, with)
}

func (p *lazyRegexp) FindAllIndex(b []byte, n int) [][]int { return p.compiled().FindAllIndex(b, n) }
func (p *lazyRegexp) ReplaceAll(b, with []byte) []byte     { return p.compiled().ReplaceAll(b, with) }
