// Package page writes the report as one HTML page that needs nothing else: no network, no script and no style from
// elsewhere, and a content security policy that allows its own script and style by their hashes alone.
//
// The page is readable without JavaScript: the verdict, the findings, the topology, the tables, the plots and the first
// part of the ladder stand in it as HTML and SVG that Go wrote. The rest of a long ladder is data beside it, as JSON, from
// which the script builds elements and text, never markup. Whatever comes out of packets or files is escaped for
// terminals first ([report.Escape]), so that control characters and direction overrides show, and for HTML then
// (html/template) or for a script element (encoding/json).
//
// Everything is bounded: rows, bars, cards, the length of a string, and the data of the ladder as a whole. What a bound left
// out is said where it is missing.
package page
