/** The style of the API page: readable on a phone, on paper, in the dark. */
export const PAGE_STYLE = `
:root { --back: #fff; --text: #1d2430; --soft: #5b6675; --line: #dde2ea; --panel: #f5f7fa; --link: #0b5cad; --get: #1a7f4b; --post: #9a5b00; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --back: #14181f; --text: #dfe5ee; --soft: #97a3b4; --line: #2c3440; --panel: #1b212a; --link: #7db7ff; --get: #5fd396; --post: #f0b35a; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.7rem; }
h1 small { color: var(--soft); font-size: 1rem; font-weight: normal; }
h2 { margin: 2.5rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); font-size: 1.25rem; text-transform: capitalize; }
h2 small { color: var(--soft); font-size: .95rem; font-weight: normal; text-transform: none; }
h3 { margin: 1.25rem 0 .4rem; font-size: 1rem; }
h4 { margin: 1rem 0 .3rem; font-size: .9rem; color: var(--soft); }
a { color: var(--link); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin-top: 1rem; }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { margin: .3rem 0; padding: .7rem .9rem; background: var(--back); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
details { margin: .5rem 0; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
summary { padding: .55rem .8rem; cursor: pointer; overflow-wrap: anywhere; }
summary span { color: var(--soft); }
.body { padding: 0 .8rem .8rem; }
.method { display: inline-block; min-width: 3.2rem; font-weight: 700; }
.get { color: var(--get); }
.post { color: var(--post); }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
td:first-child { white-space: nowrap; }
td:last-child { min-width: 10rem; }
.required::after { content: " *"; color: var(--post); }
`;
