// The script of the page. Whatever comes out of the capture becomes text by textContent or text nodes; no markup is ever made of it.
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const count = (n) => n.toLocaleString("en-US");
  const plural = (n, noun) => count(n) + " " + noun + (n === 1 ? "" : "s");

  for (const e of document.querySelectorAll(".script-only")) e.hidden = false;

  // write puts a text into an element, so that it breaks where Go lets it break (pieces.go).
  function write(e, text) {
    e.textContent = "";
    text.split(" ").forEach((word, i) => {
      if (i) e.append(" ");
      if (word.length <= 20) {
        e.append(word);
        return;
      }
      const parts = word.match(/[^:/,]*[:/,]|[^:/,]+/g);
      parts.forEach((part, k) => {
        let into = e;
        if (part.length > 26) {
          into = document.createElement("span");
          into.className = "long";
          e.append(into);
        }
        into.append(part);
        if (k < parts.length - 1) e.append(document.createElement("wbr"));
      });
    });
  }

  // pager makes the four buttons of a nav element lead through pages, which go counts anew: show(page) draws one.
  function pager(nav, per, text, show) {
    let at = 0, total = 0;
    const button = {};
    for (const b of nav.querySelectorAll("button")) {
      button[b.dataset.to] = b;
      b.addEventListener("click", () => go({ first: 0, previous: at - 1, next: at + 1, last: Infinity }[b.dataset.to]));
    }
    const where = nav.querySelector(".where");
    function set(n) {
      total = n;
      nav.hidden = n <= per;
      at = 0;
      label();
    }
    function label() {
      const last = Math.max(0, Math.ceil(total / per) - 1);
      at = Math.max(0, Math.min(last, at));
      button.first.disabled = button.previous.disabled = at === 0;
      button.next.disabled = button.last.disabled = at === last;
      where.textContent = text(at * per + 1, Math.min(total, (at + 1) * per), total);
    }
    function go(page) {
      at = page;
      label();
      show(at);
    }
    return { set, go, at: () => at };
  }

  const classes = ["good", "bad", "warn", "plain"];
  const mayLead = /^#(ike|esp|ah|ipcomp)-[0-9a-z-]+$/;

  // Tables.
  const tables = [];
  for (const id of ["esp", "ike", "tunnels"]) {
    const rows = data.tables[id];
    const box = byId("table-" + id);
    if (!box) continue;
    const body = box.querySelector("tbody"), badge = Number(box.dataset.badge);
    const names = Array.from(box.querySelectorAll("thead th"), (th) => th.textContent);
    const per = data.perTable;
    let list = rows;
    function line([own, link, kind, , cells]) {
      const tr = document.createElement("tr");
      if (own) tr.id = own;
      cells.forEach((cell, i) => {
        const td = document.createElement("td"), span = document.createElement("span");
        td.dataset.name = names[i];
        let into = span;
        if (i === 0 && mayLead.test(link)) {
          into = document.createElement("a");
          into.setAttribute("href", link);
        } else if (i === badge) {
          into = document.createElement("span");
          into.className = "badge " + (classes.includes(kind) ? kind : "");
        }
        write(into, cell);
        if (into !== span) span.append(into);
        td.append(span);
        tr.append(td);
      });
      return tr;
    }
    const pages = pager(box.querySelector(".pager"), per, (from, to, n) => count(from) + "–" + count(to) + " of " + count(n),
      (p) => body.replaceChildren(...list.slice(p * per, (p + 1) * per).map(line)));
    pages.set(rows.length);
    const lower = rows.map((row) => row[4].join(" ").toLowerCase());
    tables.push({
      // keep shows the rows that a filter lets pass, all of them without one; it says how many there are.
      keep(passes) {
        list = passes ? rows.filter((row, i) => passes(row[3], lower[i])) : rows;
        box.hidden = rows.length > 0 && list.length === 0;
        pages.set(list.length);
        pages.go(0);
        return list.length;
      },
      // find shows the row of an SA that stands nowhere else.
      find(own) {
        const i = list.findIndex((row) => row[0] === own);
        if (i < 0) return false;
        pages.go(Math.floor(i / per));
        for (const tr of body.children) tr.classList.toggle("target", tr.id === own);
        byId(own).scrollIntoView({ block: "center" });
        return true;
      },
      id,
    });
  }

  // The ladder.
  const rowsBox = byId("rows");
  const [EXCHANGE, FRAME, TIME, LEFT, STATE, LABEL, FACTS, NOTE, BAD, TREE] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const states = ["clear", "opened", "partly", "closed"];
  const fields = (e) => Object.fromEntries(Array.from(e.querySelectorAll("[data-f]"), (x) => [x.dataset.f, x]));
  const copy = (id) => byId(id).content.firstElementChild.cloneNode(true);

  function nodes(list) {
    const ul = document.createElement("ul");
    for (const i of list) {
      const [label, value, kind, ...kids] = data.nodes[i];
      const li = document.createElement("li");
      if (data.classes[kind]) li.className = data.classes[kind];
      for (const [name, text] of [["k", label], ["v", value]]) {
        const span = document.createElement("span");
        span.className = name;
        span.textContent = data.strings[text];
        li.append(span, " ");
      }
      if (kids.length) li.append(nodes(kids));
      ul.append(li);
    }
    return ul;
  }

  function message(i) {
    const row = data.rows[i], e = copy("row-template"), f = fields(e);
    e.id = "m" + i;
    e.className = "msg " + (row[LEFT] ? "left " : "right ") + (states.includes(row[STATE]) ? row[STATE] : "");
    f.frame.textContent = row[FRAME];
    f.time.textContent = row[TIME];
    f.way.textContent = row[LEFT] ? "from responder to initiator: " : "from initiator to responder: ";
    write(f.label, row[LABEL]);
    f.state.textContent = data.states[row[STATE]] || "";
    write(f.facts, row[FACTS]);
    write(f.note, row[NOTE]);
    f.note.classList.toggle("bad", row[BAD] === 1);
    return e;
  }

  function lanes(i) {
    const [id, title, sub, left, right, leftID, rightID] = data.sas[i];
    const e = copy("group-template"), f = fields(e);
    e.id = id;
    f.title.setAttribute("href", "#" + id);
    write(f.title, title);
    write(f.sub, sub);
    write(f.left, left);
    write(f.right, right);
    write(f.leftid, leftID);
    write(f.rightid, rightID);
    return [e, f.exchanges];
  }

  function exchange(i, continued) {
    const [, title, sub, outcome, kind, alone] = data.exchanges[i];
    const e = copy("exchange-template"), f = fields(e);
    e.classList.toggle("alone", alone === 1);
    f.title.textContent = title + (continued ? " (continued)" : "");
    f.sub.textContent = sub;
    f.outcome.textContent = outcome;
    f.outcome.className = "badge " + (classes.includes(kind) ? kind : "");
    return [e, f.rows];
  }

  const per = data.perPage, total = rowsBox ? data.rows.length : 0;
  const saOf = (i) => data.exchanges[data.rows[i][EXCHANGE]][0];
  const everyRow = Array.from({ length: total }, (_, i) => i);
  let shown = everyRow; // the rows that the filter lets pass
  function draw(page) {
    const list = [];
    let last = -1, sa = -1, group = null, section = null, box = null, rows = null;
    for (const i of shown.slice(page * per, (page + 1) * per)) {
      const x = data.rows[i][EXCHANGE], owner = data.exchanges[x][0];
      if (owner !== sa) {
        [group, box] = lanes(owner);
        list.push(group);
        sa = owner;
      }
      if (x !== last) {
        [section, rows] = exchange(x, last < 0 && i > 0 && data.rows[i - 1][EXCHANGE] === x);
        box.append(section);
        last = x;
      }
      rows.append(message(i));
    }
    rowsBox.replaceChildren(...list);
  }

  function fill(e) {
    const tree = e.querySelector(".tree");
    if (!tree.firstChild) tree.append(nodes(data.rows[Number(e.id.slice(1))][TREE]));
  }

  let pages = null;
  if (rowsBox) {
    rowsBox.addEventListener("toggle", (ev) => {
      if (ev.target.classList.contains("msg") && ev.target.open) fill(ev.target);
    }, true);
    pages = pager(byId("ladder-pager"), per, (from, to, n) => "Messages " + count(from) + "–" + count(to) + " of " + count(n),
      (p) => draw(p));
    pages.set(total);
    byId("ladder-pager").addEventListener("click", (ev) => {
      if (ev.target.closest("button")) byId("ladder").scrollIntoView();
    });
  }

  // turnTo draws the page of the ladder with a row.
  function turnTo(i) {
    const page = Math.floor(shown.indexOf(i) / per);
    if (pages.at() !== page) pages.go(page);
  }

  // show opens a message, on whatever page it is.
  function show(i) {
    if (!(i >= 0 && i < total)) return false;
    if (!shown.includes(i)) clear();
    turnTo(i);
    const e = byId("m" + i);
    fill(e);
    e.open = true;
    e.scrollIntoView({ block: "center" });
    e.querySelector("summary").focus({ preventScroll: true });
    return true;
  }

  // unfold opens what an element is folded in, and goes there.
  function unfold(e) {
    if (e.closest("[hidden]")) clear();
    for (let d = e.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
    e.scrollIntoView();
    if (e.tabIndex >= 0 || e.hasAttribute("tabindex")) e.focus({ preventScroll: true });
  }

  // visit shows what a fragment names: a message, an IKE SA in the ladder, an SA with a plot, or the row of a table.
  function visit(hash) {
    const id = decodeURIComponent(hash.slice(1));
    if (!id) return;
    if (/^m\d+$/.test(id)) {
      show(Number(id.slice(1)));
      return;
    }
    const sa = data.sas.findIndex((x) => x[0] === id);
    const first = sa < 0 ? -1 : everyRow.findIndex((i) => saOf(i) === sa);
    if (first >= 0) {
      if (!shown.includes(first)) clear();
      turnTo(first);
    }
    const e = byId(id);
    if (e && e.localName !== "tr") {
      unfold(e);
    } else if (!tables.some((t) => t.find(id))) {
      clear();
      tables.some((t) => t.find(id));
    }
  }
  document.addEventListener("click", (ev) => {
    const a = ev.target.closest && ev.target.closest('a[href^="#"]');
    if (!a || ev.ctrlKey || ev.metaKey || ev.shiftKey) return;
    const hash = a.getAttribute("href");
    if (!/^#m\d+$/.test(hash) && !mayLead.test(hash)) return;
    ev.preventDefault();
    history.replaceState(null, "", hash);
    visit(hash);
  });
  window.addEventListener("hashchange", () => visit(location.hash));
  // After the browser's own way to the fragment, which takes the focus away.
  window.addEventListener("load", () => setTimeout(() => visit(location.hash), 0));

  if (rowsBox) {
    const rowOfFrame = new Map(data.also);
    for (let i = total - 1; i >= 0; i--) rowOfFrame.set(data.rows[i][FRAME], i);
    byId("jump").addEventListener("submit", (ev) => {
      ev.preventDefault();
      const frame = Number(byId("jump-frame").value), result = byId("jump-result");
      if (!Number.isInteger(frame) || frame < 1) {
        result.textContent = "A frame number, please.";
        return;
      }
      let best = frame;
      if (!rowOfFrame.has(frame)) {
        best = -1;
        for (const f of rowOfFrame.keys()) if (best < 0 || Math.abs(f - frame) < Math.abs(best - frame)) best = f;
        result.textContent = "Frame " + frame + " has no IKE message; the nearest is frame " + best + ".";
      } else {
        result.textContent = "Frame " + frame + " is shown.";
      }
      show(rowOfFrame.get(best));
    });

    // The arrow keys go from message to message, Escape closes the open one.
    rowsBox.addEventListener("keydown", (ev) => {
      const all = Array.from(rowsBox.querySelectorAll(".msg > summary"));
      if (ev.key === "Escape") {
        const open = ev.target.closest(".msg[open]");
        if (open) {
          open.open = false;
          open.querySelector("summary").focus();
        }
        return;
      }
      const at = all.indexOf(ev.target);
      if (at < 0 || ev.ctrlKey || ev.metaKey || ev.altKey) return;
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[ev.key];
      if (to === undefined) return;
      ev.preventDefault();
      if (all[to]) all[to].focus();
    });
  }

  // The filter shows what has all words, and what belongs to a tunnel that has them: its peers, SPIs, capture or findings.
  const filter = byId("filter"), wanted = byId("filter-text"), result = byId("filter-result");
  const parts = Array.from(document.querySelectorAll("[data-t]"), (e) => ({
    e, tunnels: e.dataset.t.split(" ").filter(Boolean).map(Number), text: null,
  }));
  const notes = document.querySelector(".notes");
  const lowerRows = [];
  function lowerRow(i) {
    if (lowerRows[i] === undefined) {
      const row = data.rows[i], x = data.exchanges[row[EXCHANGE]];
      lowerRows[i] = [row[FRAME], row[LABEL], row[FACTS], row[NOTE], ...x.slice(1, 4), ...data.sas[x[0]].slice(1, 7)].join(" ").toLowerCase();
    }
    return lowerRows[i];
  }

  function apply() {
    const words = wanted.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) {
      restore();
      return;
    }
    const has = (text) => words.every((w) => text.includes(w));
    const on = new Set();
    data.find.forEach((text, i) => { if (has(text)) on.add(i); });
    const listed = new Set(on); // with those that have a finding, a message or an SA with the words
    let findings = 0;
    for (const p of parts) {
      // Without the names of its tunnels, of which it may have many.
      if (p.text === null) p.text = Array.from(p.e.children, (c) => (c.matches(".where") ? "" : c.textContent)).join(" ").toLowerCase();
      const own = has(p.text);
      const pass = own || p.tunnels.some((t) => on.has(t));
      if (own) for (const t of p.tunnels) listed.add(t);
      p.e.hidden = !pass;
      if (pass && p.e.classList.contains("finding")) findings++;
    }
    shown = everyRow.filter((i) => {
      const tunnel = data.sas[saOf(i)][7], own = has(lowerRow(i));
      if (own) listed.add(tunnel);
      return own || on.has(tunnel);
    });
    let tunnels = 0;
    for (const t of tables) {
      const index = t.id === "tunnels"; // which comes last
      const n = t.keep((tunnel, text) => {
        const own = has(text);
        if (own) listed.add(tunnel);
        return own || (index ? listed : on).has(tunnel);
      });
      if (index) tunnels = n;
    }
    if (pages) {
      pages.set(shown.length);
      draw(0);
    }
    result.textContent = plural(tunnels, "tunnel") + ", " + plural(findings, "finding") + ", " + plural(shown.length, "message");
    if (notes) {
      notes.hidden = !notes.querySelector(".finding:not([hidden])");
      notes.open = true; // those that are left are few
    }
    for (const e of document.querySelectorAll(".nothing")) {
      const section = e.closest("section");
      e.hidden = section.querySelector("[data-t]:not([hidden]), .msg") !== null || section.querySelector("[data-t], #rows") === null;
    }
  }

  function restore() {
    result.textContent = "";
    for (const p of parts) p.e.hidden = false;
    for (const e of document.querySelectorAll(".nothing")) e.hidden = true;
    if (notes) notes.hidden = notes.open = false;
    for (const t of tables) t.keep(null);
    if (shown !== everyRow) {
      shown = everyRow;
      pages.set(total);
      draw(0);
    }
  }

  function clear() {
    wanted.value = "";
    restore();
  }

  wanted.addEventListener("input", apply);
  filter.addEventListener("submit", (ev) => {
    ev.preventDefault();
    apply();
  });
  filter.addEventListener("reset", (ev) => {
    ev.preventDefault();
    clear();
    wanted.focus();
  });
  wanted.addEventListener("keydown", (ev) => {
    if (ev.key === "Escape") clear();
  });

  // On paper what is folded is open.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details.print:not([open])"));
    for (const d of opened) d.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const d of opened) d.open = false;
  });
})();
