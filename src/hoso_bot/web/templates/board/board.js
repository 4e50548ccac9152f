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
