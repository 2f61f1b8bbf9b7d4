/** The one style sheet of the server's own pages. No script, no font and no image from elsewhere. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f7f5f0, #14181a);
  --sheet: light-dark(#ffffff, #1c2224);
  --ink: light-dark(#1d2527, #e6e9e6);
  --soft: light-dark(#5b676a, #9aa7a8);
  --line: light-dark(#e0dcd2, #2c3538);
  --accent: light-dark(#a4451f, #f0986b);
  --code: light-dark(#f0ede5, #11161a);
  --good: light-dark(#1f7a4d, #6fcf97);
  --bad: light-dark(#b3261e, #ff8a80);
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 ui-sans-serif, system-ui, "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
}
main, header, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; align-items: center; gap: .75rem; padding-block: 1.5rem; }
header .mark { display: flex; align-items: center; gap: .6rem; font-weight: 650; font-size: 1.15rem; color: inherit; text-decoration: none; }
header .mark svg { width: 2rem; height: 2rem; color: var(--accent); }
header nav { margin-left: auto; display: flex; gap: 1.25rem; }
a { color: var(--accent); text-underline-offset: .2em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
h1 { font-size: clamp(1.9rem, 5.5vw, 3.1rem); line-height: 1.15; letter-spacing: -.02em; margin: 2.5rem 0 1rem; max-width: 20ch; text-wrap: balance; }
h1 span { display: inline-block; }
h1 span:not(:last-child) { white-space-collapse: preserve; }
html:lang(zh) h1 { max-width: 16em; letter-spacing: 0; }
h2 { font-size: 1.2rem; margin: 0 0 .35rem; }
p { margin: .35rem 0 .9rem; max-width: 68ch; }
.soft { color: var(--soft); }
.lead { font-size: 1.1rem; }
.state { display: inline-flex; align-items: center; gap: .5rem; color: var(--soft); font-size: .95rem; }
.state::before { content: ""; width: .6rem; height: .6rem; border-radius: 50%; background: var(--bad); }
.state.good::before { background: var(--good); }
section { margin: 2.75rem 0; }
.grid { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
.grid + p { margin-top: .75rem; }
.terminal { background: #161b1d; color: #e6e9e6; border-radius: .6rem; overflow: hidden; border: 1px solid var(--line); }
.terminal b { display: block; font-weight: 500; font-size: .8rem; color: #9aa7a8; padding: .5rem 1rem; border-bottom: 1px solid #2c3538; }
pre, code { font-family: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace; font-size: .88rem; }
pre { margin: 0; padding: 1rem; overflow-x: auto; line-height: 1.55; }
pre.sheet { background: var(--code); border: 1px solid var(--line); border-radius: .6rem; }
.prompt { color: #f0986b; user-select: none; }
dl { margin: 0; border-top: 1px solid var(--line); }
dl div { display: grid; grid-template-columns: minmax(11rem, 1fr) 2fr; gap: .25rem 1rem; padding: .6rem 0; border-bottom: 1px solid var(--line); }
dt { overflow-wrap: anywhere; } dd { margin: 0; color: var(--soft); }
footer { color: var(--soft); font-size: .9rem; padding-block: 1.5rem 3rem; }
details { background: var(--sheet); border: 1px solid var(--line); border-radius: .6rem; margin: .5rem 0; }
summary { cursor: pointer; padding: .65rem 1rem; display: grid; grid-template-columns: 4.5rem minmax(0, 1fr) auto; gap: .25rem .75rem; align-items: baseline; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary > code::after { content: " ▸"; color: var(--soft); }
details[open] > summary > code::after { content: " ▾"; }
summary .what { grid-column: 2 / -1; color: var(--soft); font-size: .93rem; }
summary code { overflow-wrap: anywhere; font-size: .95rem; }
.method { font: 600 .78rem ui-monospace, Menlo, Consolas, monospace; color: var(--accent); }
.who { font-size: .8rem; color: var(--soft); white-space: nowrap; }
.inside { padding: 0 1rem 1rem; }
.inside h3 { font-size: .85rem; color: var(--soft); margin: .9rem 0 .35rem; font-weight: 600; }
.inside ul { margin: 0; padding-left: 1.1rem; font-size: .92rem; }
@media (max-width: 34rem) {
  h1 { margin-top: 1.25rem; }
  dl div { grid-template-columns: 1fr; gap: 0; }
  summary { grid-template-columns: 3.6rem minmax(0, 1fr); }
  summary .who { grid-column: 2; grid-row: 3; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;

/** A godwit, a bird that flies eleven days over the ocean without a stop: long bill, long legs. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><path d="M2 9.5 11 8.6c.6-2 2.300-3.300 4.300-3.300 2.500 0 4.200 2 4.200 4.400 0 1.500-.4 2.500-.4 3.600 0 1 .5 1.700 1.700 2.200l8.200 3.700c-2.400 2.300-6 3.800-9.800 3.800-5.200 0-8.500-2.900-8.500-7.200 0-2 .7-3.300.7-4.700 0-1-.2-1.700-.4-2.500"/><path d="m16.500 22.900-1.300 6.100m5-6.300.6 6.300"/><circle cx="15.200" cy="8.500" r=".7" fill="currentColor" stroke="none"/></svg>`;

export const favicon = icon
  .replace("currentColor", "#c4572b")
  .replaceAll('fill="currentColor"', 'fill="#c4572b"');
