// Small things that several modules need.

// on calls fn for events of kind on elements that match selector, now or later on the page.
export function on(kind, selector, fn) {
  document.addEventListener(kind, (e) => {
    const at = e.target.closest ? e.target.closest(selector) : null;
    if (at) fn(e, at);
  });
}

const focusable = 'a[href], button:not([disabled]):not([tabindex="-1"]), input:not([disabled]):not([type=hidden]), select:not([disabled]), textarea:not([disabled]), summary, [tabindex="0"]';

// reachable are the elements within box that the key Tab reaches.
export function reachable(box) {
  return Array.from(box.querySelectorAll(focusable)).filter((el) => el.offsetParent !== null || el.getClientRects().length > 0);
}

// trap keeps the key Tab within box.
export function trap(e, box) {
  if (e.key !== 'Tab') return;
  const all = reachable(box);
  if (all.length === 0) { e.preventDefault(); box.focus(); return; }
  const first = all[0], last = all[all.length - 1], here = document.activeElement;
  if (!box.contains(here) || (e.shiftKey && (here === first || here === box))) { e.preventDefault(); (e.shiftKey ? last : first).focus(); }
  else if (!e.shiftKey && here === last) { e.preventDefault(); first.focus(); }
}

// typing says whether keys go into a field now.
export function typing() {
  const at = document.activeElement;
  return !!at && (/^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName) && !/^(checkbox|radio|button|submit)$/.test(at.type) || at.isContentEditable);
}

// fill puts values into the places {name} of text.
export function fill(text, values) {
  return (text || '').replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
}

// grouped is n with commas between thousands.
export function grouped(n) {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

export function token() {
  const meta = document.querySelector('meta[name=csrf]');
  return meta ? meta.content : '';
}
