(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js-on");

  // The colour scheme: that of the system unless the reader chose the other one.
  var dark = window.matchMedia ? window.matchMedia("(prefers-color-scheme: dark)") : { matches: false };
  function remembered() {
    try { return localStorage.getItem("marketwarden-theme"); } catch (e) { return null; }
  }
  function remember(theme) {
    try { localStorage.setItem("marketwarden-theme", theme); } catch (e) { /* not kept, then */ }
  }
  var chosen = remembered();
  if (chosen === "dark" || chosen === "light") root.setAttribute("data-theme", chosen);
  function isDark() {
    var theme = root.getAttribute("data-theme");
    return theme ? theme === "dark" : dark.matches;
  }
  function setUpTheme() {
    var button = document.getElementById("theme");
    function label() { button.textContent = button.getAttribute(isDark() ? "data-light" : "data-dark"); }
    button.addEventListener("click", function () {
      var theme = isDark() ? "light" : "dark";
      root.setAttribute("data-theme", theme);
      remember(theme);
      label();
    });
    if (dark.addEventListener) dark.addEventListener("change", label);
    label();
  }

  var collator = new Intl.Collator(root.lang, { numeric: true });
  function number(text) {
    var m = /^[−-]?[\d,]+(\.\d+)?/.exec(text);
    return m ? parseFloat(m[0].replace("−", "-").replace(/,/g, "")) : NaN;
  }
  function compare(a, b, numeric) {
    if (numeric) {
      var x = number(a), y = number(b);
      if (isNaN(x) || isNaN(y)) return (isNaN(x) ? 1 : 0) - (isNaN(y) ? 1 : 0);
      return x - y;
    }
    return collator.compare(a, b);
  }
  // Makes the text of a heading a button that calls sort(heading, descending).
  function sortButton(th, sort) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = th.textContent;
    th.textContent = "";
    th.appendChild(button);
    button.addEventListener("click", function () { sort(th, th.getAttribute("aria-sort") === "ascending"); });
  }
  function showSort(row, th, descending) {
    Array.prototype.forEach.call(row.cells, function (cell) { cell.removeAttribute("aria-sort"); });
    if (th) th.setAttribute("aria-sort", descending ? "descending" : "ascending");
  }
  function cellText(row, i) { return row.cells[i].textContent.trim(); }

  // Plain tables are sorted by what their cells say.
  function setUpTable(table) {
    var head = table.tHead.rows[0], body = table.tBodies[0];
    Array.prototype.forEach.call(head.cells, function (th, i) {
      sortButton(th, function (th, descending) {
        var rows = Array.prototype.slice.call(body.rows), numeric = th.classList.contains("num");
        rows.sort(function (a, b) {
          var order = compare(cellText(a, i), cellText(b, i), numeric);
          return descending ? -order : order;
        });
        rows.forEach(function (row) { body.appendChild(row); });
        showSort(head, th, descending);
      });
    });
  }

  var ranks = {
    o: ["violation", "suspected"],
    s: ["critical", "high", "medium", "low"],
    c: ["new", "reopened", "persisting", "not_judged"]
  };
  var columns = { o: 0, s: 1, c: 2, r: 3, p: 4, l: 5, first: 6, last: 7 };
  var filters = { outcome: "o", severity: "s", change: "c", rule: "r", provider: "p", standing: "d" };
  var fields = ["q"].concat(Object.keys(filters));
  var pageSize = 100;

  // The list of findings keeps in the document only the page that is looked at, so that
  // thousands of findings stay quick. Its state is the address behind the #.
  function setUpFinder(finder) {
    var table = finder.querySelector("table"), form = finder.querySelector("form");
    var all = Array.prototype.slice.call(table.tBodies), shown = all, texts = [];
    var page = 0, sortKey = "", descending = false, only = "";
    all.forEach(function (body, i) { body.index = i; });

    function text(body) {
      if (texts[body.index] === undefined) texts[body.index] = body.textContent.toLowerCase();
      return texts[body.index];
    }
    function sortValue(body) {
      var rank = ranks[sortKey];
      if (rank) {
        var i = rank.indexOf(body.getAttribute("data-" + sortKey));
        return i < 0 ? rank.length : i;
      }
      return cellText(body.rows[0], columns[sortKey]);
    }
    function select() {
      var words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
      shown = all.filter(function (body) {
        if (only) return body.id === only;
        for (var name in filters) {
          var field = form.elements[name];
          if (!field || !field.value) continue;
          var value = body.getAttribute("data-" + filters[name]);
          // What asks for something is all that people did not put aside.
          if (name === "standing" && field.value === "work") {
            if (value === "waived" || value === "dismissed") return false;
          } else if (value !== field.value) return false;
        }
        return words.every(function (word) { return text(body).indexOf(word) >= 0; });
      });
      if (sortKey) {
        var keyed = shown.map(function (body) { return { body: body, key: sortValue(body) }; });
        keyed.sort(function (a, b) {
          var order = ranks[sortKey] ? a.key - b.key : collator.compare(a.key, b.key);
          return (descending ? -order : order) || a.body.index - b.body.index;
        });
        shown = keyed.map(function (k) { return k.body; });
      }
      page = Math.min(page, Math.max(0, Math.ceil(shown.length / pageSize) - 1));
    }
    var attached = all;
    function attach(bodies) {
      attached.forEach(function (body) { table.removeChild(body); });
      var part = document.createDocumentFragment();
      bodies.forEach(function (body) { part.appendChild(body); });
      table.appendChild(part);
      attached = bodies;
    }
    function current() { return shown.slice(page * pageSize, (page + 1) * pageSize); }
    function draw() {
      attach(current());
      var from = page * pageSize, to = Math.min(from + pageSize, shown.length);
      var status = finder.querySelector(".shown");
      status.textContent = status.getAttribute(shown.length ? "data-some" : "data-none")
        .replace("{from}", from + 1).replace("{to}", to).replace("{of}", shown.length).replace("{all}", all.length);
      each(".prev", function (b) { b.disabled = page === 0; });
      each(".next", function (b) { b.disabled = to >= shown.length; });
      each(".pager", function (p, i) { if (i > 0) p.hidden = shown.length <= pageSize; });
      each("thead th", function (th) {
        if (th.getAttribute("data-sort") === sortKey) th.setAttribute("aria-sort", descending ? "descending" : "ascending");
        else th.removeAttribute("aria-sort");
      });
      foldLabel();
    }
    function each(selector, f) { Array.prototype.forEach.call(finder.querySelectorAll(selector), f); }

    function state() {
      var s = new URLSearchParams();
      if (only) { s.set("f", only.slice(2)); return s.toString(); }
      fields.forEach(function (name) {
        var field = form.elements[name];
        if (field && field.value) s.set(name, field.value);
      });
      if (sortKey) s.set("sort", (descending ? "-" : "") + sortKey);
      if (page) s.set("page", page + 1);
      return s.toString();
    }
    function keep() {
      var hash = state();
      try { history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search); }
      catch (e) { /* the address stays as it is */ }
    }
    function restore() {
      var s = new URLSearchParams(location.hash.slice(1));
      fields.forEach(function (name) {
        var field = form.elements[name];
        if (field) field.value = s.get(name) || "";
        if (field && field.selectedIndex === -1) field.value = "";
      });
      var sort = s.get("sort") || "";
      descending = sort.charAt(0) === "-";
      sortKey = descending ? sort.slice(1) : sort;
      if (!columns.hasOwnProperty(sortKey)) sortKey = "";
      page = Math.max(0, (parseInt(s.get("page"), 10) || 1) - 1);
      only = s.get("f") ? "f-" + s.get("f") : "";
      select();
      draw();
      if (only && shown.length) shown[0].querySelector("details").open = true;
    }
    function changed() { only = ""; page = 0; select(); keep(); draw(); }
    function turn(by) { page += by; keep(); draw(); finder.scrollIntoView(); }

    var waiting = 0;
    form.addEventListener("input", function (e) {
      clearTimeout(waiting);
      waiting = setTimeout(changed, e.target.name === "q" ? 150 : 0);
    });
    form.addEventListener("reset", function () { setTimeout(function () { sortKey = ""; descending = false; changed(); }, 0); });
    form.addEventListener("submit", function (e) { e.preventDefault(); changed(); });
    each(".prev", function (b) { b.addEventListener("click", function () { turn(-1); }); });
    each(".next", function (b) { b.addEventListener("click", function () { turn(1); }); });
    each("thead th", function (th) {
      sortButton(th, function (th, down) { sortKey = th.getAttribute("data-sort"); descending = down; page = 0; select(); keep(); draw(); });
    });

    var unfold = finder.querySelector(".unfold");
    function allOpen() { return current().every(function (b) { return b.querySelector("details").open; }); }
    function foldLabel() { unfold.textContent = unfold.getAttribute(shown.length && allOpen() ? "data-close" : "data-open"); }
    unfold.addEventListener("click", function () {
      var open = !allOpen();
      current().forEach(function (b) { b.querySelector("details").open = open; });
      foldLabel();
    });

    document.addEventListener("keydown", function (e) {
      var field = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
      if (e.key === "/" && !field && !e.ctrlKey && !e.metaKey && !e.altKey) { e.preventDefault(); form.elements.q.focus(); }
    });
    window.addEventListener("hashchange", function () { if (location.hash.indexOf("=") > 0) restore(); });
    // On paper there are no pages to turn: all that match, opened.
    var openBefore = [];
    window.addEventListener("beforeprint", function () {
      openBefore = shown.filter(function (b) { return b.querySelector("details").open; });
      shown.forEach(function (b) { b.querySelector("details").open = true; });
      attach(shown);
    });
    window.addEventListener("afterprint", function () {
      shown.forEach(function (b) { b.querySelector("details").open = openBefore.indexOf(b) >= 0; });
      draw();
    });
    restore();
    finder.classList.add("ready");
  }

  document.addEventListener("DOMContentLoaded", function () {
    setUpTheme();
    Array.prototype.forEach.call(document.querySelectorAll("table[data-sortable]"), setUpTable);
    Array.prototype.forEach.call(document.querySelectorAll(".finder"), setUpFinder);
  });
})();
