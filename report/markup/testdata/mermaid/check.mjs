// Reads a list of {name, kind, text} from standard input and writes what mermaid and marked make of each text.
import { readFileSync } from "node:fs";
import DOMPurify from "dompurify";
import { marked } from "marked";

// Without a browser DOMPurify is not there; leaving text as it is shows more of it to the test, not less.
DOMPurify.sanitize ??= (text) => text;
DOMPurify.addHook ??= () => {};
const { default: mermaid } = await import("mermaid");

// shown is the text that a diagram shows: mermaid keeps character codes in a form of its own until it draws.
function shown(text) {
  return (text ?? "").replace(/\ufb02\u00b0\u00b0(\d+)\u00b6\u00df/g, (_, n) => String.fromCodePoint(Number(n)));
}

async function diagram(text) {
  const { diagramType: type } = await mermaid.parse(text);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const participants = [...db.getActors().values()].map((a) => ({ id: a.name, text: shown(a.description) }));
  const messages = db.getMessages().map((m) => ({ from: m.from ?? "", to: m.to ?? "", type: m.type, text: shown(m.message) }));
  return { type, participants, messages };
}

// markdown lists the kinds of all tokens, what is HTML, and the size of the tables.
function markdown(text) {
  const kinds = new Set();
  const html = new Set();
  const tables = [];
  marked.walkTokens(marked.lexer(text, { gfm: true }), (token) => {
    kinds.add(token.type);
    if (token.type === "html") html.add(token.raw.trim());
    if (token.type === "table") {
      tables.push({ head: token.header.map((c) => c.text), rows: token.rows.map((row) => row.map((c) => c.text)) });
    }
  });
  return { kinds: [...kinds].sort(), html: [...html].sort(), tables };
}

const results = [];
for (const { name, kind, text } of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    results.push({ name, ...(kind === "mermaid" ? await diagram(text) : markdown(text)) });
  } catch (err) {
    results.push({ name, error: String(err.message ?? err) });
  }
}
process.stdout.write(JSON.stringify(results));
