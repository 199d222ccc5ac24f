// Lists: selection with its count and sum, and the keys J K Enter X / ?.
import { fill, grouped, on, typing } from './dom.js';

export function lists() {
  const bar = document.querySelector('[data-batch]');
  if (bar) selection(bar);
  keys();
}

function selection(bar) {
  const mine = 'input[name=id][form="' + bar.getAttribute('id') + '"]'; // bar.id would be the boxes themselves
  const boxes = () => Array.from(document.querySelectorAll(mine));
  const all = bar.querySelector('[data-all]'), count = bar.querySelector('[data-count]'), sum = bar.querySelector('[data-sum]');
  let last = null;
  const idle = count.textContent;

  function say() {
    const chosen = boxes().filter((b) => b.checked), n = chosen.length;
    boxes().forEach((b) => b.closest('tr').classList.toggle('is-on', b.checked));
    bar.classList.toggle('is-on', n > 0);
    all.checked = n > 0 && n === boxes().length;
    all.indeterminate = n > 0 && !all.checked;
    count.textContent = n === 0 ? idle : fill(bar.dataset.chosen, { n: grouped(n) });
    sum.textContent = n === 0 || !bar.dataset.unit ? '' : fill(bar.dataset.total, { n: grouped(chosen.reduce((s, b) => s + Number(b.dataset.amount || 0), 0)) });
  }

  all.addEventListener('change', () => { boxes().forEach((b) => { b.checked = all.checked; }); say(); });
  bar.querySelector('[data-clear]').addEventListener('click', () => { boxes().forEach((b) => { b.checked = false; }); say(); });
  document.addEventListener('click', (e) => {
    const box = e.target;
    if (!box.matches || !box.matches(mine)) return;
    const list = boxes();
    if (e.shiftKey && last && list.indexOf(last) >= 0) { // from the last one to here
      const a = list.indexOf(last), b = list.indexOf(box);
      for (let i = Math.min(a, b); i <= Math.max(a, b); i++) list[i].checked = box.checked;
    }
    last = box;
    say();
  });
  window.addEventListener('pageshow', say); // the browser keeps boxes when one comes back
  say();
}

function keys() {
  const rows = () => Array.from(document.querySelectorAll('table[data-rows] tbody tr'));
  let at = -1;

  function move(step) {
    const list = rows();
    if (!list.length) return;
    if (list[at]) list[at].classList.remove('is-at');
    at = Math.max(0, Math.min(list.length - 1, at + step));
    const row = list[at], target = row.querySelector('input.box, a');
    row.classList.add('is-at');
    if (target) target.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
  }

  document.addEventListener('keydown', (e) => {
    if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || typing()) return;
    if (document.documentElement.classList.contains('is-covered')) return;
    const row = rows()[at];
    switch (e.key) {
      case '/': {
        const search = document.querySelector('[data-search]');
        if (search) { e.preventDefault(); search.focus(); search.select(); }
        break;
      }
      case '?': case '？': e.preventDefault(); document.dispatchEvent(new CustomEvent('shilu:keys')); break;
      case 'j': case 'J': e.preventDefault(); move(1); break;
      case 'k': case 'K': e.preventDefault(); move(-1); break;
      case 'x': case 'X': {
        const box = row && row.querySelector('input.box');
        if (box) { e.preventDefault(); box.click(); }
        break;
      }
      case 'Enter': {
        const here = document.activeElement;
        if (row && row.dataset.href && (here === document.body || here.matches('input.box'))) { e.preventDefault(); location.href = row.dataset.href; }
        break;
      }
      default: {
        const button = Array.from(document.querySelectorAll('[data-key]')).find((b) => b.dataset.key && b.dataset.key.toLowerCase() === e.key.toLowerCase());
        if (button) { e.preventDefault(); button.click(); }
      }
    }
  });
  on('focusin', 'table[data-rows] tbody tr', (e, row) => {
    rows().forEach((r, i) => { r.classList.toggle('is-at', r === row); if (r === row) at = i; });
  });
}
