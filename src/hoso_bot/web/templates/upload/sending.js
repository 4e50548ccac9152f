/* Sends a file in pieces and goes on where it stopped. Old phones run this too: nothing newer than 2011's
   JavaScript. Without it, or where something of it is missing, the form sends the file in one go. */
(function () {
  "use strict";
  var form = document.getElementById("upload");
  if (!form || !window.FileReader || !window.Uint8Array || !("upload" in new XMLHttpRequest())) { return; }
  var chooser = document.getElementById("file");
  var bar = document.getElementById("bar"), said = document.getElementById("said");
  var progress = document.getElementById("progress"), outcome = document.getElementById("outcome");
  var choice = document.getElementById("choice"), name = document.getElementById("name");
  var here = location.pathname.replace(/\/+$/, "");
  var ENDS = 65536, PATIENCE = 90000;
  var job = null, watch = null, shown = "";

  function words(name) { return form.getAttribute("data-" + name) || ""; }

  /* --- SHA-256 of a file that comes in pieces (FIPS 180-4) --- */

  function Digest() {
    this.state = new Int32Array(8);
    this.rest = new Uint8Array(64);
    this.held = 0;
    this.length = 0;
    for (var i = 0; i < 8; i++) { this.state[i] = Digest.START[i]; }
  }

  function fraction(x) { return ((x - Math.floor(x)) * 4294967296) | 0; }

  (function () {
    var primes = [], n = 2, i;
    while (primes.length < 64) {
      for (i = 0; i < primes.length && n % primes[i]; i++) { /* a divisor, or none */ }
      if (i === primes.length) { primes.push(n); }
      n++;
    }
    Digest.START = [];
    Digest.K = new Int32Array(64);
    for (i = 0; i < 64; i++) {
      Digest.K[i] = fraction(Math.pow(primes[i], 1 / 3));
      if (i < 8) { Digest.START.push(fraction(Math.sqrt(primes[i]))); }
    }
    Digest.W = new Int32Array(64);
  }());

  Digest.prototype.block = function (data, at) {
    var w = Digest.W, k = Digest.K, s = this.state, i, x, y;
    for (i = 0; i < 16; i++, at += 4) {
      w[i] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
    }
    for (; i < 64; i++) {
      x = w[i - 15];
      y = w[i - 2];
      w[i] = (w[i - 16] + w[i - 7] +
        ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ (x >>> 3)) +
        ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ (y >>> 10))) | 0;
    }
    var a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (i = 0; i < 64; i++) {
      x = (h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) +
        ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      y = (((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) +
        ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + x) | 0; d = c; c = b; b = a; a = (x + y) | 0;
    }
    s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
  };

  Digest.prototype.add = function (data) {
    var at = 0, end = data.length;
    this.length += end;
    while (at < end) {
      if (!this.held && end - at >= 64) {
        this.block(data, at);
        at += 64;
        continue;
      }
      this.rest[this.held++] = data[at++];
      if (this.held === 64) { this.block(this.rest, 0); this.held = 0; }
    }
  };

  Digest.prototype.hex = function () {
    var bits = this.length * 8, high = Math.floor(bits / 4294967296), low = bits >>> 0, i, text = "";
    this.add(new Uint8Array([128]));
    while (this.held !== 56) { this.add(new Uint8Array([0])); }
    this.add(new Uint8Array([high >>> 24, high >>> 16, high >>> 8, high, low >>> 24, low >>> 16, low >>> 8, low]));
    for (i = 0; i < 8; i++) { text += ("0000000" + (this.state[i] >>> 0).toString(16)).slice(-8); }
    return text;
  };

  /* --- asking the server, reading the file --- */

  function ask(method, path, body, done, moved) {
    var request = new XMLHttpRequest();
    request.open(method, here + path, true);
    request.timeout = PATIENCE;
    if (typeof body === "string") { request.setRequestHeader("Content-Type", "application/json"); }
    if (moved) { request.upload.onprogress = moved; }
    request.onreadystatechange = function () {
      if (request.readyState !== 4) { return; }
      var answer = null;
      try { answer = JSON.parse(request.responseText); } catch (nonsense) { /* of a proxy, or nothing */ }
      done(request.status, answer);
    };
    if (job) { job.request = request; }
    request.send(body);
  }

  function read(file, from, to, done) {
    var reader = new FileReader(), slice = file.slice || file.webkitSlice || file.mozSlice;
    var mine = job;
    reader.onload = function () { if (job === mine) { done(new Uint8Array(reader.result)); } };
    reader.onerror = function () { if (job === mine) { stop(words("unreadable")); } };
    reader.readAsArrayBuffer(slice.call(file, from, to));
  }

  function base64(data) {
    var text = "", i;
    for (i = 0; i < data.length; i += 4096) {
      text += String.fromCharCode.apply(null, Array.prototype.slice.call(data, i, i + 4096));
    }
    return btoa(text);
  }

  /* --- what the person sees --- */

  function show(share, text) {
    bar.value = share;
    said.textContent = text;
  }

  function percent() { return Math.floor(100 * job.have / (job.file.size || 1)); }

  function showSending(have) {
    var share = Math.min(99, Math.floor(100 * have / job.file.size));
    var text = words("sending").replace("%p", share), gone = (now() - job.since) / 1000;
    if (gone > 4 && have > job.from) {
      var left = (job.file.size - have) * gone / (have - job.from);
      var unit = left < 60 ? 10 : 60, name = left < 60 ? "seconds" : "minutes";
      text += " · " + words(name).replace("%n", Math.ceil(left / unit) * (left < 60 ? unit : 1));
    }
    show(share, text);
  }

  function now() { return new Date().getTime(); }

  function hold(file) {
    choice.hidden = !!file;
    progress.hidden = !file;
    name.textContent = file ? file.name : "";
    if (!file) { chooser.value = ""; }
  }

  function stop(text) {
    leave();
    label("");
    outcome.innerHTML = shown = "";
    var box = document.createElement("section"), head = document.createElement("h2");
    var line = document.createElement("p");
    box.className = "card outcome bad";
    head.textContent = words("refused");
    line.textContent = text;
    box.appendChild(head);
    box.appendChild(line);
    outcome.appendChild(box);
    window.scrollTo(0, 0);
  }

  /* How much the way to another file stands out once there is one. */
  function label(kind) {
    form.className = "card" + kind;
    document.getElementById("label").textContent = words("choose");
  }

  function leave() {
    if (job) {
      clearTimeout(job.timer);
      if (job.request) { job.request.onreadystatechange = null; job.request.abort(); }
    }
    job = null;
    hold(null);
  }

  /* --- the way of one file; every step may fail and is then simply taken again --- */

  function later(step) {
    job.failed++;
    show(percent(), words("offline").replace("%p", percent()));
    job.waiting = step;
    job.timer = setTimeout(goOn, Math.min(15000, 500 * Math.pow(2, job.failed)));
  }

  function goOn() {
    if (!job || !job.waiting) { return; }
    var step = job.waiting;
    clearTimeout(job.timer);
    job.waiting = null;
    step();
  }

  function refused(status, answer, step) {
    if (answer && answer.text && answer.final) { stop(answer.text); } else { later(step); }
  }

  function begin() {
    var file = job.file;
    read(file, 0, Math.min(ENDS, file.size), function (head) {
      read(file, Math.max(0, file.size - ENDS), file.size, function (tail) {
        var modified = file.lastModified || (file.lastModifiedDate ? file.lastModifiedDate.getTime() : 0);
        var facts = {
          name: file.name, size: file.size, mark: [file.name.slice(-80), file.size, modified].join("|"),
          head: base64(head), tail: base64(tail)
        };
        ask("POST", "/bat-dau", JSON.stringify(facts), function (status, answer) {
          if (status !== 200 || !answer) { refused(status, answer, begin); return; }
          job.id = answer.id;
          job.piece = answer.piece;
          job.have = job.from = answer.have;
          job.since = now();
          digestUntil(answer.have, sendPiece);
        });
      });
    });
  }

  /* What was sent before is read again, so that the whole file has one sum. */
  function digestUntil(end, then) {
    if (job.digest.length >= end) { then(); return; }
    show(percent(), words("again"));
    var to = Math.min(end, job.digest.length + job.piece);
    read(job.file, job.digest.length, to, function (data) {
      job.digest.add(data);
      digestUntil(end, then);
    });
  }

  function sendPiece() {
    var from = job.have, to = Math.min(job.file.size, from + job.piece);
    if (from >= job.file.size) { finish(); return; }
    job.failed = job.failed || 0;
    read(job.file, from, to, function (data) {
      if (job.digest.length === from) { job.digest.add(data); }
      showSending(from);
      ask("POST", "/phan/" + job.id + "?tu=" + from, data.buffer, function (status, answer) {
        if (answer && typeof answer.have === "number") {
          job.failed = 0;
          job.have = answer.have;
          digestUntil(answer.have, sendPiece);
        } else {
          refused(status, answer, begin);
        }
      }, function (event) { showSending(Math.min(to, from + event.loaded)); });
    });
  }

  function finish() {
    show(99, words("checking"));
    if (!job.sum) { job.sum = job.digest.hex(); }
    ask("POST", "/xong/" + job.id, JSON.stringify({ sha256: job.sum }), function (status, answer) {
      if (status !== 200 || !answer) { refused(status, answer, finish); return; }
      if (answer.arrived) { arrived(); return; }
      if (job.again) { stop(words("broken")); return; }
      start(job.file, true);
    });
  }

  function arrived() {
    leave();
    label(" later");
    look(0);
  }

  function start(file, again) {
    job = { file: file, have: 0, from: 0, failed: 0, since: now(), digest: new Digest(), sum: "", again: again };
    clearTimeout(watch);
    hold(file);
    show(0, words("sending").replace("%p", 0));
    begin();
  }

  chooser.onchange = form.onsubmit = function () {
    var file = chooser.files && chooser.files[0];
    if (job || !file) { return false; }
    if (file.size > Number(words("max"))) { stop(words("too-big")); } else { start(file, false); }
    return false;
  };
  document.getElementById("stop").onclick = leave;
  document.documentElement.className = "script";
  window.addEventListener("online", goOn);
  window.onbeforeunload = function () { return job ? words("leaving") : undefined; };

  /* --- what became of it --- */

  function look(times) {
    if (job) { return; }
    ask("GET", "/xem", null, function (status, answer) {
      if (job) { return; }
      if (status === 200 && answer && answer.html && answer.html !== shown) {
        outcome.innerHTML = shown = answer.html;
      }
      if (status === 403 || status === 404) { return; }
      if (answer && (answer.state === "submitted" || answer.state === "refused")) { return; }
      watch = setTimeout(function () { look(times + 1); }, times < 30 ? 2000 : 15000);
    });
  }

  if (document.querySelector(".steps")) { look(0); }
}());
