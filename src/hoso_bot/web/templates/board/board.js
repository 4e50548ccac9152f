"use strict";
// Everything works without this file; it only saves a tap.
document.querySelectorAll("form[data-go]").forEach(function (form) {
  form.classList.add("goes");
  form.addEventListener("change", function () { form.submit(); });
});
document.querySelectorAll("[data-print]").forEach(function (button) {
  button.hidden = false;
  button.addEventListener("click", function () { window.print(); });
});
// On a wide screen that can show a PDF by itself, the file opens beside its checks.
var plan = document.querySelector("[data-beside]");
if (plan && navigator.pdfViewerEnabled && window.matchMedia("(min-width: 75rem)").matches) {
  plan.querySelectorAll("[data-show]").forEach(function (link) {
    link.addEventListener("click", function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      var frame = document.createElement("iframe");
      frame.title = plan.dataset.beside;
      frame.src = link.href;
      var shown = plan.querySelector(".page1, iframe");
      if (shown) shown.replaceWith(frame);
      else plan.querySelector(".look").prepend(frame);
      plan.classList.add("beside");
    });
  });
}
