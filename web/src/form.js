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
  exactness();
  once();
}

// exactness lets the number and the choice below it say the same, as the server reads them: a word that is typed (约50, 200余) chooses its
// kind, and «逐人点的» takes the word away.
function exactness() {
  const word = (text) => (/约|左右|上下|近/.test(text) ? 'about' : /余|多|以上|至少|不少于/.test(text) ? 'least' : '');
  const choices = (input) => Array.from(input.form ? input.form.querySelectorAll('input[type=radio]') : []).filter((r) => r.name === input.dataset.exact);
  on('input', 'input[data-exact]', (e, input) => {
    const said = word(input.value);
    choices(input).forEach((r) => { if (said && r.value === said) r.checked = true; });
  });
  on('change', 'input[type=radio]', (e, radio) => {
    const input = radio.form && Array.from(radio.form.querySelectorAll('input[data-exact]')).find((i) => i.dataset.exact === radio.name);
    if (input && word(input.value) && word(input.value) !== radio.value) {
      input.value = input.value.replace(/[^0-9０-９,，]/g, '');
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }
  });
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
