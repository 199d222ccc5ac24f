// Where a page has a chart, the bundle that draws it is fetched; other pages do not pay for it. Until it has drawn, and where it
// cannot be had, the table stands open.
let asked = false;

export function charts(root) {
  const box = root.querySelector('[data-chart]');
  if (!box) return;
  if (asked) {
    document.dispatchEvent(new CustomEvent('shilu:charts'));
    return;
  }
  asked = true;
  const script = document.createElement('script');
  script.src = box.dataset.src;
  script.onerror = () => { asked = false; document.querySelectorAll('[data-chart]').forEach((b) => { b.hidden = true; }); };
  document.head.appendChild(script);
}
