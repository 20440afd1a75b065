// Package page writes the report as one self-contained HTML page: no network, no external script or style, and a content
// security policy that allows only its own script and style, by their hashes.
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
