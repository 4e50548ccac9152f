"use strict";
// Everything works without this file; with it the page shows by itself what the bot says.
(function () {
  var live = document.getElementById("live");
  if (!live || !window.XMLHttpRequest) return;
  var started = new Date().getTime(), timer = null;

  function revision() {
    return live.querySelector("[data-revision]").getAttribute("data-revision");
  }
  function isBusy() {
    return live.querySelector("[data-busy]") !== null;
  }
  function isWriting() {
    var field = live.querySelector("textarea");
    return field !== null && field.value !== "";
  }
  function pause() {
    var age = new Date().getTime() - started;
    return isBusy() ? 1000 : age < 60000 ? 2500 : age < 600000 ? 10000 : 60000;
  }
  function ask() {
    clearTimeout(timer);
    if (document.hidden) return;
    var request = new XMLHttpRequest();
    request.open("GET", live.getAttribute("data-news") + "?co=" + encodeURIComponent(revision()));
    request.onload = function () {
      if (request.status === 200 && !isWriting()) {
        live.innerHTML = request.responseText;
        started = new Date().getTime();
      } else if (request.status >= 400 && request.status !== 429) {
        window.location.reload();
        return;
      }
      timer = setTimeout(ask, pause());
    };
    request.onerror = function () { timer = setTimeout(ask, 5000); };
    request.send();
  }
  // A second press of the same form is the same press; the grey button only says that it was taken.
  live.addEventListener("submit", function (event) {
    var form = event.target;
    setTimeout(function () {
      var keys = form.querySelectorAll("button");
      for (var i = 0; i < keys.length; i += 1) keys[i].disabled = true;
    }, 0);
  });
  document.addEventListener("visibilitychange", ask);
  timer = setTimeout(ask, pause());
})();
