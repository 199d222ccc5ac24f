// Dialogs, toasts, the table of keys, and links that copy.
import { on, reachable, trap } from './dom.js';

const stay = 6000; // ms that a toast stays

export function overlays() {
  dialogs();
  toasts();
  on('click', '[data-copy]', (e, link) => {
    if (!navigator.clipboard) return; // without it the link leads to the page whose address can be copied
    e.preventDefault();
    navigator.clipboard.writeText(link.href).then(() => { link.textContent = link.dataset.copied; });
  });
  on('click', '[data-print]', () => window.print());
  on('click', '[data-off]', (e) => e.preventDefault());
}

function dialogs() {
  const keys = document.getElementById('keys');
  let from = null;
  const cover = (yes) => document.documentElement.classList.toggle('is-covered', yes);
  const openOne = () => document.querySelector('details[data-dialog][open]');

  document.addEventListener('shilu:keys', () => { if (!keys) return; from = document.activeElement; keys.hidden = false; cover(true); keys.firstElementChild.focus(); });
  function close() {
    const ask = openOne();
    if (ask) { ask.open = false; ask.querySelector('summary').focus(); }
    if (keys && !keys.hidden) { keys.hidden = true; if (from) from.focus(); }
    cover(false);
  }
  document.addEventListener('toggle', (e) => {
    const ask = e.target;
    if (!ask.matches || !ask.matches('details[data-dialog]')) return;
    cover(ask.open);
    if (!ask.open) return;
    const first = ask.querySelector('textarea') || reachable(ask.querySelector('.dialog')).pop(); // the way back, unless a reason is asked
    if (first) first.focus();
  }, true);
  document.addEventListener('click', (e) => {
    if (e.target === keys || e.target.closest('#keys [data-close], details[data-dialog] [data-close]')) close();
    const ask = openOne();
    if (ask && !ask.contains(e.target)) close();
  });
  document.addEventListener('keydown', (e) => {
    const ask = openOne(), box = ask ? ask.querySelector('.dialog') : keys && !keys.hidden ? keys.firstElementChild : null;
    if (!box) return;
    if (e.key === 'Escape') { e.preventDefault(); close(); } else trap(e, box);
  }, true);
}

function toasts() {
  document.querySelectorAll('[data-toast]').forEach((toast) => {
    let timer = 0;
    const go = () => { timer = setTimeout(() => toast.remove(), stay); }, hold = () => clearTimeout(timer);
    ['mouseenter', 'focusin'].forEach((kind) => toast.addEventListener(kind, hold));
    ['mouseleave', 'focusout'].forEach((kind) => toast.addEventListener(kind, go));
    go();
    clearOfButtons(toast.parentNode);
    ['scroll', 'resize'].forEach((kind) => window.addEventListener(kind, () => clearOfButtons(toast.parentNode), { passive: true }));
  });
}

// clearOfButtons raises the box of toasts above the buttons that it would lie on: those of the bar below a form, on a phone.
function clearOfButtons(box) {
  box.style.bottom = '';
  const low = parseFloat(getComputedStyle(box).bottom), buttons = Array.from(document.querySelectorAll('main button, main .btn'));
  for (let raised = true; raised;) {
    const at = box.getBoundingClientRect();
    const under = buttons.map((b) => b.getBoundingClientRect()).filter((b) => b.width && b.height && b.top < at.bottom && b.bottom > at.top && b.left < at.right && b.right > at.left);
    raised = under.length > 0;
    if (raised) box.style.bottom = window.innerHeight - Math.min(...under.map((b) => b.top)) + 8 + 'px';
    if (parseFloat(box.style.bottom) > window.innerHeight / 2) { box.style.bottom = low + 'px'; return; } // buttons all the way up
  }
}
