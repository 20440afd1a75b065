package source

import "strings"

// "ip xfrm state add" takes its words in any order, and the front of each name. A program gives them as a list of strings:
//
//	ip x s a proto esp spi 0x3e9 dst 192.0.2.2 src 192.0.2.1 mode tunnel \
//	    aead 'rfc4106(gcm(aes))' 0x60cb... 128
//	subprocess.run(["ip", "xfrm", "state", "add", "src", "192.0.2.1", ...])

// xfrmCommandWords are in the line that a command begins in.
var xfrmCommandWords = []string{"xfrm s", " x s a", " x s u", " x st", `"xfrm"`, "'xfrm'"}

var (
	reXFRMCommand = having(`^(.*?(?:^|[\s;&|"'(])x(?:f(?:rm?)?)?\s+s(?:a|t(?:a(?:te?)?)?)?\s+(?:a(?:dd?)?|u(?:p(?:d(?:a(?:te?)?)?)?)?))(\s.*)$`, xfrmCommandWords[:4]...)
	reXFRMList    = having(`["']xfrm["'],\s*["'](?:state|sa)["'],\s*["'](?:add|update)["']`, xfrmCommandWords[4:]...)
	reQuotedPlain = pattern(`"([^"\s()$\\]*)"`) // a value that a script has in quotation marks, as "$SRC"
	reQuotedWord  = pattern(`"([^"\\]*)"|'([^'\\]*)'`)
	reXFRMHosts   = [2]*lazyRegexp{pattern(`\ssrc\s+\S+`), pattern(`\sdst\s+\S+`)}
	reXFRMInner   = pattern(`\ssel\s+src\s+\S+\s+dst\s+\S+`)
)

// isXFRMCommand reports whether a line of a script has a command that sets up a state.
func isXFRMCommand(text string) bool { return reXFRMCommand.FindStringSubmatch(text) != nil }

// xfrmListed is the command that a list of strings is, or the text itself.
func xfrmListed(text string) string {
	if reXFRMList.FindStringSubmatch(text) == nil {
		return text
	}
	var words []string
	for _, m := range reQuotedWord.FindAllStringSubmatch(text, -1) {
		word := m[1] + m[2]
		if word == "" || strings.ContainsAny(word, " \t()") {
			word = `"` + word + `"`
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// xfrmUnquoted is a line of a script without the quotation marks around its values.
func xfrmUnquoted(text string) string {
	if strings.IndexByte(text, '"') < 0 || !strings.Contains(text, " dst ") && !strings.Contains(text, " x") {
		return text
	}
	return reQuotedPlain.ReplaceAllString(text, "$1")
}

// xfrmOrdered is a command with its addresses in front of the other words, as states have them. The selector has addresses of its own.
func xfrmOrdered(text string) string {
	m := reXFRMCommand.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	front, rest := m[1]+" add", m[2]
	selector := reXFRMInner.FindString(rest)
	rest = reXFRMInner.ReplaceAllString(rest, "")
	for _, re := range reXFRMHosts {
		m := re.FindStringIndex(rest)
		if m == nil {
			return text
		}
		front += " " + strings.Join(strings.Fields(rest[m[0]:m[1]]), " ")
		rest = rest[:m[0]] + rest[m[1]:]
	}
	return front + rest + selector
}
