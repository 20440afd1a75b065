// The script of the page. Whatever comes out of the capture becomes text by textContent; no markup is ever made of it.
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const count = (n) => n.toLocaleString("en-US");

  for (const e of document.querySelectorAll(".script-only")) e.hidden = false;

  // pager makes the four buttons of a nav element lead through pages. show(page) draws one.
  function pager(nav, pages, text, show) {
    let at = 0;
    const button = {};
    for (const b of nav.querySelectorAll("button")) {
      button[b.dataset.to] = b;
      b.addEventListener("click", () => go({ first: 0, previous: at - 1, next: at + 1, last: pages - 1 }[b.dataset.to], true));
    }
    const where = nav.querySelector(".where");
    function go(page, drawn) {
      at = Math.max(0, Math.min(pages - 1, page));
      button.first.disabled = button.previous.disabled = at === 0;
      button.next.disabled = button.last.disabled = at === pages - 1;
      where.textContent = text(at);
      if (drawn) show(at);
    }
    go(0, false);
    return { go: (page) => go(page, true), at: () => at };
  }

  // Tables.
  for (const [id, rows] of Object.entries(data.tables)) {
    const box = byId("table-" + id);
    const body = box.querySelector("tbody");
    const names = Array.from(box.querySelectorAll("thead th"), (th) => th.textContent);
    const per = data.perTable;
    pager(box.querySelector(".pager"), Math.ceil(rows.length / per),
      (p) => count(p * per + 1) + "–" + count(Math.min(rows.length, (p + 1) * per)) + " of " + count(rows.length),
      (p) => {
        body.replaceChildren(...rows.slice(p * per, (p + 1) * per).map((row) => {
          const tr = document.createElement("tr");
          row.slice(1).forEach((cell, i) => {
            const td = document.createElement("td");
            td.dataset.name = names[i];
            let into = td;
            if (i === 0 && /^#sa-\d+$/.test(row[0])) {
              into = document.createElement("a");
              into.setAttribute("href", row[0]);
              td.append(into);
            }
            into.textContent = cell;
            tr.append(td);
          });
          return tr;
        }));
      });
  }

  // The ladder.
  const rowsBox = byId("rows");
  if (!rowsBox) return;
  const [EXCHANGE, FRAME, TIME, LEFT, STATE, LABEL, NOTE, BAD, TREE] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const states = ["clear", "opened", "partly", "closed"];
  const outcomes = ["good", "bad", "warn"];
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
    f.label.textContent = row[LABEL];
    f.state.textContent = row[STATE];
    f.note.textContent = row[NOTE];
    f.note.classList.toggle("bad", row[BAD] === 1);
    return e;
  }

  function lanes(i) {
    const [title, left, right, leftID, rightID] = data.sas[i];
    const e = copy("group-template"), f = fields(e);
    f.title.textContent = title;
    f.left.textContent = left;
    f.right.textContent = right;
    f.leftid.textContent = leftID;
    f.rightid.textContent = rightID;
    return [e, f.exchanges];
  }

  function exchange(i, continued) {
    const [, title, sub, outcome, kind] = data.exchanges[i];
    const e = copy("exchange-template"), f = fields(e);
    f.title.textContent = title + (continued ? " (continued)" : "");
    f.sub.textContent = sub;
    f.outcome.textContent = outcome;
    f.outcome.className = "badge " + (outcomes.includes(kind) ? kind : "");
    return [e, f.rows];
  }

  const per = data.perPage, total = data.rows.length;
  function draw(page) {
    const list = [];
    let last = -1, sa = -1, group = null, section = null, box = null, rows = null;
    for (let i = page * per; i < Math.min(total, (page + 1) * per); i++) {
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
  rowsBox.addEventListener("toggle", (ev) => {
    if (ev.target.classList.contains("msg") && ev.target.open) fill(ev.target);
  }, true);

  const nav = byId("ladder-pager");
  const pages = nav && pager(nav, Math.ceil(total / per),
    (p) => "Messages " + count(p * per + 1) + "–" + count(Math.min(total, (p + 1) * per)) + " of " + count(total),
    (p) => { draw(p); byId("ladder").scrollIntoView(); });

  // show opens a message, on whatever page it is.
  function show(i) {
    if (!(i >= 0 && i < total)) return;
    const page = Math.floor(i / per);
    if (pages && pages.at() !== page) pages.go(page);
    const e = byId("m" + i);
    fill(e);
    e.open = true;
    e.scrollIntoView({ block: "center" });
    e.querySelector("summary").focus({ preventScroll: true });
  }

  const rowOfFrame = new Map(data.also);
  for (let i = total - 1; i >= 0; i--) rowOfFrame.set(data.rows[i][FRAME], i);
  const messageOf = (hash) => (/^#m\d+$/.test(hash) ? Number(hash.slice(2)) : -1);
  document.addEventListener("click", (ev) => {
    const a = ev.target.closest && ev.target.closest('a[href^="#m"]');
    const i = a ? messageOf(a.getAttribute("href")) : -1;
    if (i < 0) return;
    ev.preventDefault();
    history.replaceState(null, "", "#m" + i);
    show(i);
  });
  window.addEventListener("hashchange", () => show(messageOf(location.hash)));
  // After the browser's own way to the fragment, which takes the focus away.
  window.addEventListener("load", () => setTimeout(() => show(messageOf(location.hash)), 0));

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
      result.textContent = "Frame " + count(frame) + " is no IKE message; the nearest is frame " + count(best) + ".";
    } else {
      result.textContent = "Frame " + count(frame) + " is shown.";
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

  // On paper the key schedules are open.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details.print:not([open])"));
    for (const d of opened) d.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const d of opened) d.open = false;
  });
})();
