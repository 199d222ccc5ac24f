// Forms: drafts save themselves, «核实后计入» follows the typing, errors take the focus, a form is sent once.
import { on, token } from './dom.js';

const wait = 700; // ms of quiet before something is sent

export function forms(htmx) {
  const errors = document.querySelector('[data-errors]');
  if (errors) errors.focus();
  on('click', '[data-errors] a[href^="#"]', (e, a) => {
    const target = document.getElementById(a.getAttribute('href').slice(1));
    if (!target) return;
    e.preventDefault();
    target.scrollIntoView({ block: 'center' });
    target.focus();
  });
  document.querySelectorAll('form[data-form]').forEach((form) => {
    if (form.dataset.autosave) autosave(form);
    if (form.dataset.previewHref) preview(form, htmx);
  });
  once();
}

function debounced(fn) {
  let timer = 0;
  return () => { clearTimeout(timer); timer = setTimeout(fn, wait); };
}

// fieldsOf is what the form says without its files: they are sent once, with the form itself.
function fieldsOf(form) {
  const out = new URLSearchParams();
  new FormData(form).forEach((value, name) => { if (typeof value === 'string') out.append(name, value); });
  return out;
}

function autosave(form) {
  const said = document.getElementById('saved');
  let running = false, again = false, sent = false;
  form.addEventListener('submit', () => { sent = true; });
  const save = () => {
    if (sent) return;
    if (running) { again = true; return; }
    running = true;
    fetch(form.dataset.autosave, { method: 'POST', body: fieldsOf(form), credentials: 'same-origin', headers: { 'HX-Request': 'true', 'X-CSRF-Token': token() } })
      .then((r) => {
        if (!r.ok) throw new Error(String(r.status));
        // The first save makes the record: from now on it is saved there, under the version that is now the latest.
        const next = r.headers.get('Shilu-Autosave'), action = r.headers.get('Shilu-Action'), version = r.headers.get('Shilu-Version');
        if (next) form.dataset.autosave = next;
        if (action) form.setAttribute('action', action);
        if (version && form.elements.version) form.elements.version.value = version;
        return r.text();
      })
      .then((text) => { if (said) { said.textContent = text; said.classList.remove('late'); } })
      .catch(() => { if (said) { said.textContent = form.dataset.unsaved; said.classList.add('late'); } })
      .then(() => { running = false; if (again) { again = false; later(); } });
  };
  const later = debounced(save);
  form.addEventListener('input', later);
  form.addEventListener('change', later);
}

function preview(form, htmx) {
  const slot = document.getElementById('preview');
  if (!slot) return;
  let turn = 0;
  const load = debounced(() => {
    const mine = ++turn;
    fetch(form.dataset.previewHref, { method: 'POST', body: fieldsOf(form), credentials: 'same-origin', headers: { 'HX-Request': 'true', 'HX-Target': 'preview', 'X-CSRF-Token': token() } })
      .then((r) => (r.ok ? r.text() : null))
      .then((html) => {
        if (html === null || mine !== turn) return; // the last one that was true stays
        const page = new DOMParser().parseFromString(html, 'text/html'), inner = page.getElementById('preview') || page.body;
        slot.textContent = '';
        while (inner.childNodes.length) slot.appendChild(inner.childNodes[0]);
        htmx.process(slot);
      })
      .catch(() => {});
  });
  const follow = (e) => { if (e.target.matches('[data-preview], [data-preview] *')) load(); };
  form.addEventListener('input', follow);
  form.addEventListener('change', follow);
}

// once keeps a second click from sending a form again; coming back with the browser frees it.
function once() {
  document.addEventListener('submit', (e) => {
    const form = e.target;
    if (e.defaultPrevented || (form.getAttribute('method') || '').toLowerCase() !== 'post') return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = '1';
    setTimeout(() => { delete form.dataset.sent; }, 2000); // a download leaves the page where it is
  });
  window.addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach((f) => { delete f.dataset.sent; }));
}
