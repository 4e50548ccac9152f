// Line icons, 20x20, drawn with the current text colour.

const shapes = {
  clip: '<path d="m14.6 9.3-5 5a3.2 3.2 0 0 1-4.6-4.5l5.6-5.6a2.1 2.1 0 0 1 3 3l-5.4 5.4a1 1 0 0 1-1.5-1.4l4.6-4.7"/>',
  send: '<path d="M3.4 10 3 4.2c0-.6.6-1 1.1-.7l13 5.8c.6.3.6 1.1 0 1.4l-13 5.8c-.5.3-1.1-.1-1.1-.7z"/><path d="M3.4 10h6"/>',
  slash: '<rect x="3.2" y="3.2" width="13.6" height="13.6" rx="4"/><path d="m11.6 6.8-3.2 6.4"/>',
  down: '<path d="M10 4.5v11m0 0 4.3-4.3M10 15.5l-4.3-4.3"/>',
  save: '<path d="M10 3.5v8.700m0 0 3.3-3.200M10 12.200 6.700 9M4 15.800h12"/>',
  open: '<path d="M8 4.5H5.5A1.5 1.5 0 0 0 4 6v8.5A1.5 1.5 0 0 0 5.5 16H14a1.5 1.5 0 0 0 1.5-1.5V12M11.5 4H16v4.5M15.600 4.400 9.5 10.5"/>',
  check: '<path d="m4.5 10.600 3.600 3.600 7.400-8"/>',
  cross: '<path d="m5.5 5.5 9 9m0-9-9 9"/>',
  back: '<path d="M8.200 5 3.600 9.500l4.600 4.500M4 9.500h7.500a5 5 0 0 1 5 5v.800"/>',
  plan: '<path d="M5.5 2.800h6.300l3.200 3.400v11H5.5z"/><path d="M11.600 2.900v3.5H15M7.800 10h4.600M7.800 13h4.600"/>',
};

/** An SVG element; decoration only, so screen readers skip it. */
export function icon(name) {
  const holder = document.createElement("template");
  holder.innerHTML = `<svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false"
    fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">${shapes[name]}</svg>`;
  return holder.content.firstElementChild;
}

/** `make("button", {class: "key", "data-x": 1, onclick: f}, ...children)`; children are nodes or text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
